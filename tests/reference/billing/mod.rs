//! What is the answer to a billing question, if every row is simply looked at?
//!
//! Invariant: nothing here calls the engine; all amounts are exact fractions until they are shown.

pub mod catalogue;
pub mod cells;
pub mod claims;
pub mod data;
pub mod debt;
pub mod dims;
pub mod movements;
pub mod mrr;
pub mod orders;
pub mod payments;
pub mod reach;
pub mod rows;
pub mod selection;
pub mod split;
pub mod subscriptions;
pub mod tags;
pub mod world;
