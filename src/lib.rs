//! quipu: exports of business systems in, exact KPIs out.
//!
//! The modules stand in reading order; each may use those above it and none below.

pub mod model;

pub mod ingest;
