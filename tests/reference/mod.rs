//! What is the answer, if every row is simply looked at?
//!
//! A naive implementation of every KPI, written from their definitions alone. Invariant:
//! nothing here calls the engine, and nothing here is faster than it is obvious; loops over rows,
//! ordered maps and exact fractions decide what is true.

#![allow(dead_code, reason = "each test binary uses its own part of the reference")]

pub mod answer;
pub mod billing;
pub mod catalogue;
pub mod data;
pub mod dims;
pub mod exact;
pub mod filter;
pub mod licences;
pub mod movement;
pub mod period;
pub mod request;
pub mod revenue;
pub mod rows;
pub mod side;
pub mod support;
pub mod usage;
pub mod world;

use answer::Answer;
use data::Model;
use request::Request;

/// The figure that the request asks for, straight from the rows of the dataset.
pub fn answer(data: &impl Model, request: &Request) -> Answer {
    data.answer(request)
}
