//! A result for documents: a table of GitHub-flavoured Markdown.

use crate::query::result::QueryResult;

use super::{Rendered, notes, table};

/// The table alone; the notes go elsewhere.
pub fn render(result: &QueryResult) -> Rendered {
    Rendered { data: table::grid(result).markdown(), notes: notes::lines(result) }
}
