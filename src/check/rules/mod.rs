//! How are faulty rows found? A file for each group of tables.
//!
//! Invariant: a rule is a loop over columns; it never stops at the first fault, and never looks at
//! what another rule found.

pub mod cancellations;
pub mod chains;
pub mod dates;
pub mod demands;
pub mod events;
pub mod invoices;
pub mod ledger;
pub mod licences;
pub mod meetings;
pub mod numbers;
pub mod organizations;
pub mod packages;
pub mod payments;
pub mod references;
pub mod repeats;
pub mod same_row;
pub mod subscribers;
pub mod subscriptions;
mod sums;
pub mod tags;
pub mod transactions;
pub mod users;
pub mod values;
