//! Random exports of the billing model, and random questions about them.
//!
//! Invariant: every row is valid, so that a load without tolerance takes all of them.

pub mod catalogue;
pub mod conditions;
pub mod data;
pub mod maker;
pub mod money;
pub mod requests;
