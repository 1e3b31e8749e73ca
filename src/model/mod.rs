//! Which tables, columns, keys and domains exist, and the words that the other layers share.
//!
//! Invariant: this layer does no I/O (zones come from a database that is part of the program). `SCHEMA` is the one declaration of both models; CSV
//! matching, column files, `quipu schema`, the names of `--by` and `--where`, the generator and the
//! README are derived from it.

pub mod attributes;
mod billing;
pub mod calendar;
pub mod civil;
pub mod currency;
pub mod decimal;
pub mod formula;
pub mod mask;
pub mod names;
mod platform;
pub mod row_hash;
pub mod schema;
pub mod table;
pub mod zone;

pub use calendar::{Bucket, Calendar, Grain, Interval};
pub use civil::{Day, MICROS_PER_DAY, MICROS_PER_MINUTE, MICROS_PER_SECOND, Micros};
pub use decimal::{DECIMAL_DIGITS, DECIMAL_ONE};
pub use row_hash::RowHasher;
pub use schema::{SCHEMA, Schema};
pub use table::{ColumnDef, ColumnType, ElseMinutes, KeyScope, Model, TableDef, TableId, Unit};
pub use zone::Zone;

/// The program and version that figures are labelled with.
pub const ENGINE: &str = concat!("quipu ", env!("CARGO_PKG_VERSION"));
