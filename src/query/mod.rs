//! What was asked, and what is the answer? From the request as typed to the result.
//!
//! Invariant: a query never prints and never changes a store.

pub mod as_of;
pub mod bandwidth;
pub mod cells;
pub mod error;
pub mod execute;
pub mod expr;
mod judge;
mod literals;
mod order;
pub mod period;
pub mod plan;
pub mod rates;
pub mod request;
mod resolve;
pub mod result;
mod write;

pub use error::QueryError;
pub use execute::{Timing, answer, execute};
pub use expr::{Expr, ExprError, Span};
pub use request::Request;
pub use result::QueryResult;
