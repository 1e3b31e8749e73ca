//! How does an export become typed columns? Paths → matched files → dialect → header → blocks of
//! typed columns, in file order, with every row that cannot be read named as a fault; then columns →
//! rows with ids → one commit.
//!
//! | stage | file |
//! |---|---|
//! | paths → files of a table | `discover`, `stamp` |
//! | what the user says about the files | `mapping`, `settings` |
//! | file → text (hash, gzip, encoding) | `source`, `encoding` |
//! | first line → delimiter, columns | `dialect`, `header`, `plan` |
//! | text → blocks that end with a record, a window of them | `blocks`, `feed` |
//! | block → fields → cells → columns | `records`, `cells`, `parse`, `column` |
//! | what only the whole load can tell | `infer` |
//! | what a name or a key of some table means | `targets` |
//! | all of it, for one table | `table_reader` |
//! | rows with ids and codes | `ids`, `rows`, `texts`, `runs`, `repeats`, `build` |
//! | among the stored rows | `merge` |
//! | one commit, and what it did | `load`, `limits`, `report`, `quarantine` |
//!
//! Invariant: nothing is guessed and nothing is lost. Every record read comes out as a row or as a
//! `Fault`; a file that cannot be understood is refused as a whole; no rule names a table.

mod blocks;
mod build;
mod cells;
pub mod column;
pub mod dialect;
pub mod discover;
mod encoding;
pub mod error;
pub mod fault;
mod feed;
pub mod header;
mod ids;
mod infer;
pub mod limits;
pub mod load;
pub mod mapping;
mod merge;
mod parse;
mod plan;
mod quarantine;
mod records;
mod repeats;
pub mod report;
mod rows;
mod runs;
pub mod settings;
mod source;
mod stamp;
pub mod table_reader;
mod targets;
#[cfg(test)]
mod tests;
mod texts;
mod zone;

pub use column::{Block, Column, NULL, Notes, TextColumn};
pub use dialect::Dialect;
pub use discover::{Discovery, SourceFile, discover};
pub use encoding::Encoding;
pub use error::{IngestError, Refusal};
pub use fault::{Fault, Hidden, Reason};
pub use feed::{FileReport, FileStart, Progress};
pub use header::Header;
pub use limits::Limits;
pub use load::{LoadOptions, Loaded, MaxRejects, Mode, load, load_into, load_within};
pub use mapping::Mapping;
pub use report::LoadReport;
pub use settings::{DateOrder, Settings};
pub use source::content_hash;
pub use table_reader::{Conventions, Event, TableOutcome, read_table};
pub use targets::Targets;
