//! Which rows are meant? The language of `--where` and `--users`.
//!
//! ```text
//! plan_type in ('Pro', 'Enterprise') and not company = 'Acme' and duration_minutes >= 5
//! ```
//!
//! Invariant: names and types are not known here. An expression that parses is well formed, and
//! every part of it knows its bytes in the text as typed, so that a later stage which finds an unknown
//! name can point at it. No text makes the parser panic, and none makes it recurse past
//! [`DEPTH_MAX`].

mod ast;
mod lexer;
mod parser;
mod print;

pub use ast::{Expr, ExprKind, Leaf, Literal, Name, Op, Span, Value};
pub use parser::{BYTES_MAX, DEPTH_MAX, parse};

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", help.as_ref().map_or_else(String::new, |h| format!(" ({h})")))]
pub struct ExprError {
    /// What is wrong.
    pub message: String,
    /// The bytes of the text that it is about.
    pub span: Span,
    /// What to write instead.
    pub help: Option<String>,
}

impl ExprError {
    /// An error about some bytes of the text.
    pub fn new(message: impl Into<String>, span: Span) -> Self {
        ExprError { message: message.into(), span, help: None }
    }

    /// With what to write instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

#[cfg(test)]
mod tests;
