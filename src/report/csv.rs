//! A result for spreadsheets: RFC 4180, a header line, missing values empty.
//!
//! Invariant: no text of an export is read as a formula, unless texts are asked for as they are.

use std::ops::Range;

use rayon::prelude::*;

use crate::model::Day;
use crate::model::civil::format_day;
use crate::model::formula::is_formula;
use crate::query::cells::Cells;
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

/// Rows that are written by one thread at a time.
const SHARE: usize = 1 << 14;

fn rendered(result: &QueryResult, shown: fn(String) -> String) -> Rendered {
    let columns: Vec<&str> = result.columns.iter().map(|c| c.name.as_str()).collect();
    let mut data = written(&columns, std::iter::empty(), shown);
    let shares: Vec<usize> = (0..result.len()).step_by(SHARE).collect();
    let part = |&at: &usize| lines(result, at..result.len().min(at + SHARE), shown);
    let parts: Vec<String> = match shares.as_slice() {
        [_] => shares.iter().map(part).collect(),
        _ => shares.par_iter().map(part).collect(),
    };
    data.reserve(parts.iter().map(String::len).sum());
    parts.iter().for_each(|part| data.push_str(part));
    Rendered { data, notes: notes::lines(result) }
}

/// A line for each of some rows.
fn lines(result: &QueryResult, rows: Range<usize>, shown: fn(String) -> String) -> String {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    let mut day: Option<(Day, String)> = None;
    let mut number = itoa::Buffer::new();
    for row in rows {
        for cells in &result.cells {
            match cells {
                Cells::Days(days) => {
                    if day.as_ref().is_none_or(|(last, _)| *last != days[row]) {
                        day = Some((days[row], format_day(days[row])));
                    }
                    write(&mut writer, &day.as_ref().expect("it has just been set").1);
                }
                Cells::Integers(numbers) => write(&mut writer, number.format(numbers[row])),
                cells => match (cells.text(row), cells.get(row)) {
                    (Some(text), _) => write(&mut writer, &shown(text.to_owned())),
                    (None, value) => write(&mut writer, &cells::plain(&value)),
                },
            }
        }
        writer.write_record(None::<&[u8]>).expect("memory takes every record");
    }
    text(writer)
}

fn write(writer: &mut ::csv::Writer<Vec<u8>>, cell: &str) {
    writer.write_field(cell).expect("memory takes every field");
}

fn text(writer: ::csv::Writer<Vec<u8>>) -> String {
    let bytes = writer.into_inner().expect("memory takes every record");
    String::from_utf8(bytes).expect("texts went in")
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
    text(writer)
}

/// A spreadsheet runs a text that starts like a formula; a `'` before it keeps it a text.
fn disarmed(text: String) -> String {
    if is_formula(text.as_bytes()) { format!("'{text}") } else { text }
}
