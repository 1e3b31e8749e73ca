//! quipu: exports of business systems in, exact KPIs out.
//!
//! The modules stand in reading order; each may use those above it and none below.

pub mod model;
pub mod store;
pub mod index;
pub mod ingest;
pub mod kpi;
pub mod query;
/// Synthetic exports at any scale, the same bytes for the same seed.
pub mod generate;
pub mod report;

pub mod cli;
