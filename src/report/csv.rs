//! A result for spreadsheets: RFC 4180, a header line, missing values empty.
//!
//! Invariant: no text of an export is read as a formula.

use crate::query::result::{QueryResult, Value};

use super::{Rendered, cells, notes};

/// The rows; the notes go elsewhere.
pub fn render(result: &QueryResult) -> Rendered {
    let columns: Vec<&str> = result.columns.iter().map(|c| c.name.as_str()).collect();
    Rendered { data: records(&columns, result.rows.iter().cloned()), notes: notes::lines(result) }
}

/// A header line, then a line for each record.
pub(super) fn records(columns: &[&str], rows: impl Iterator<Item = Vec<Value>>) -> String {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    let mut write = |cells: Vec<String>| writer.write_record(cells).expect("memory takes every record");
    write(columns.iter().map(|name| disarmed((*name).to_owned())).collect());
    for row in rows {
        write(row.iter().map(cell).collect());
    }
    let bytes = writer.into_inner().expect("memory takes every record");
    String::from_utf8(bytes).expect("texts went in")
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
