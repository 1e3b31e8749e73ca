//! A result for spreadsheets: RFC 4180, a header line, missing values empty.
//!
//! Invariant: no text of an export is read as a formula.

use crate::query::result::{QueryResult, Value};

use super::{Rendered, cells, notes};

/// The rows; the notes go elsewhere.
pub fn render(result: &QueryResult) -> Rendered {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    let mut write = |cells: Vec<String>| writer.write_record(cells).expect("memory takes every record");
    write(result.columns.iter().map(|c| disarmed(c.name.clone())).collect());
    for row in &result.rows {
        write(row.iter().map(cell).collect());
    }
    let bytes = writer.into_inner().expect("memory takes every record");
    let data = String::from_utf8(bytes).expect("texts went in");
    Rendered { data, notes: notes::lines(result) }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Text(text) => disarmed(text.clone()),
        _ => cells::plain(value),
    }
}

/// A spreadsheet runs a text that starts like a formula; a `'` before it keeps it a text.
fn disarmed(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}
