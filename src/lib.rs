//! quipu: exports of business systems in, exact KPIs out.
//!
//! The modules stand in reading order; each may use those above it and none below.

/// Synthetic exports at any scale, the same bytes for the same seed.
pub mod generate;
pub mod index;
pub mod ingest;
pub mod kpi;
pub mod model;
pub mod query;
pub mod report;
pub mod store;

pub mod cli;
