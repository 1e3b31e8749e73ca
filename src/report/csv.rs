//! A result for spreadsheets: RFC 4180, a header line, missing values empty.
//!
//! Invariant: no text of an export is read as a formula, unless texts are asked for as they are.

use crate::model::formula::is_formula;
use crate::query::result::{QueryResult, Value};

use super::{Rendered, cells, notes};

/// The rows; the notes go elsewhere.
pub fn render(result: &QueryResult) -> Rendered {
    rendered(result, disarmed)
}

/// The rows with texts as they are, for programs: a spreadsheet may run them.
pub fn render_raw(result: &QueryResult) -> Rendered {
    rendered(result, |text| text)
}

fn rendered(result: &QueryResult, shown: fn(String) -> String) -> Rendered {
    let columns: Vec<&str> = result.columns.iter().map(|c| c.name.as_str()).collect();
    Rendered { data: written(&columns, result.rows.iter().cloned(), shown), notes: notes::lines(result) }
}

/// A header line, then a line for each record.
pub(super) fn records(columns: &[&str], rows: impl Iterator<Item = Vec<Value>>) -> String {
    written(columns, rows, disarmed)
}

fn written(columns: &[&str], rows: impl Iterator<Item = Vec<Value>>, shown: fn(String) -> String) -> String {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    let mut write = |cells: Vec<String>| writer.write_record(cells).expect("memory takes every record");
    write(columns.iter().map(|name| shown((*name).to_owned())).collect());
    for row in rows {
        let cell = |value: &Value| match value {
            Value::Text(text) => shown(text.clone()),
            _ => cells::plain(value),
        };
        write(row.iter().map(cell).collect());
    }
    let bytes = writer.into_inner().expect("memory takes every record");
    String::from_utf8(bytes).expect("texts went in")
}

/// A spreadsheet runs a text that starts like a formula; a `'` before it keeps it a text.
fn disarmed(text: String) -> String {
    if is_formula(text.as_bytes()) { format!("'{text}") } else { text }
}
