//! Why could a query not be answered? One enum, whose usage errors name the flag that is wrong.

use super::expr::ExprError;

/// Why a query could not be answered.
#[derive(Clone, Debug, thiserror::Error)]
pub enum QueryError {
    /// The store cannot be read.
    #[error("{0}")]
    Store(std::sync::Arc<crate::store::StoreError>),
    /// An option has a value that makes no sense.
    #[error("{}{message}", if flag.is_empty() { String::new() } else { format!("{flag}: ") })]
    Usage {
        /// The option, `--from`; empty when the message says all.
        flag: &'static str,
        /// What is wrong, what is allowed, and the nearest match.
        message: String,
    },
    /// An expression cannot be read, or names what does not exist.
    #[error("{flag}: {error}")]
    Expr {
        /// The option that holds the expression.
        flag: &'static str,
        /// The expression as typed: the spans of the error point into it.
        text: String,
        /// What is wrong with it, and where.
        error: ExprError,
    },
}

impl QueryError {
    /// A wrong use of an option.
    pub fn usage(flag: &'static str, message: impl Into<String>) -> Self {
        QueryError::Usage { flag, message: message.into() }
    }

    /// A wrong expression in an option.
    pub fn expr(flag: &'static str, text: &str, error: ExprError) -> Self {
        QueryError::Expr { flag, text: text.to_owned(), error }
    }
}
