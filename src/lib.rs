//! quipu: exports of business systems in, exact KPIs out.
//!
//! The modules stand in reading order; each may use those above it and none below.

/// Which tables, columns, keys and domains exist: `SCHEMA`, and the words that all layers share.
pub mod model;

/// Bytes on disk: typed column files, manifests, snapshots, the commit.
pub mod store;

/// Look-ups derived from the rows when they are committed.
pub mod index;

/// Export files → typed blocks → rows with ids → one commit.
pub mod ingest;

/// What each figure means and how it is computed: `KPIS`.
pub mod kpi;

/// Request → plan → answer: periods, filters, groups.
pub mod query;

/// Whether the figures can be trusted: rules about the rows, coverage, shipped figures compared.
pub mod check;

/// Synthetic exports at any scale, the same bytes for the same seed.
pub mod generate;

/// An answer as table, csv, json or markdown.
pub mod report;

/// Commands, options, messages and exit statuses: the only layer that prints.
pub mod cli;
