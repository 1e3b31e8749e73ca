//! How is a result shown? One file per format, each a function from a result to text.
//!
//! Invariant: a report computes no figure and prints nothing; what it is given is final.

pub mod cells;
pub mod check;
pub mod csv;
pub mod grid;
pub mod json;
pub mod markdown;
pub mod notes;
pub mod table;

use crate::query::request::Format;
use crate::query::result::QueryResult;

/// A result as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The data: for standard output, or a file.
    pub data: String,
    /// What a reader should know about it: for standard error. Empty where the format says it itself.
    pub notes: String,
}

/// A result in a format.
pub fn render(result: &QueryResult, format: Format) -> Rendered {
    match format {
        Format::Table => table::render(result),
        Format::Csv => csv::render(result),
        Format::Json => json::render(result),
        Format::Markdown => markdown::render(result),
    }
}

#[cfg(test)]
mod tests;
