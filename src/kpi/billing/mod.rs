//! The KPIs of a subscription business: orders, subscriptions, billing, payments.
//!
//! | question | file |
//! |---|---|
//! | whom and what does a row lead to | `reach`, `contacts`, `products`, `tags` |
//! | what is its value in a dimension | `dims`, `values` |
//! | which rows, in which groups, on which day | `rows`, `filter`, `days`, `parts` |
//! | what is claimed, and covered by payments | `claims` |
//! | when is a subscription in force, what is it worth a month | `terms` |
//! | the figures, a family a file | the others |
//!
//! Invariant: every figure is computed from the rows; the KPI tables that a source system ships are
//! never read here.

pub mod cancellations;
pub mod churn;
mod claims;
mod contacts;
pub mod contracts;
pub mod days;
pub mod debt;
pub mod demands;
pub mod dims;
mod filter;
pub mod ledger;
mod memo;
pub mod movements;
pub mod mrr;
pub mod orders;
mod parts;
pub mod payments;
mod products;
mod reach;
pub mod rows;
pub mod subscriptions;
mod tags;
pub mod terms;
mod values;

pub use days::Zones;
pub use dims::DIMENSIONS;
pub use memo::Memo;
