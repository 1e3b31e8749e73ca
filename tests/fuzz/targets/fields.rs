//! Does the reader find the fields that the `csv` crate finds? The bytes are taken as CSV by that
//! crate, and every field of them is written by it as the free text of one row.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quipu::ingest::{Column, Settings};
use quipu::model::SCHEMA;

/// What the reader takes for a sign that a file is no text.
fn is_binary(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

fuzz_target!(|data: &[u8]| {
    let Some((&form, text)) = data.split_first() else { return };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let fields: Vec<Vec<u8>> = reader
        .byte_records()
        .flatten()
        .flat_map(|record| record.iter().map(<[u8]>::to_vec).collect::<Vec<_>>())
        .filter(|field| std::str::from_utf8(field).is_ok_and(|text| !text.chars().any(is_binary)))
        .collect();
    let style = if form & 1 == 0 { csv::QuoteStyle::Necessary } else { csv::QuoteStyle::Always };
    let end = if form & 2 == 0 { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let delimiter = *[b',', b';', b'\t', b'|'].get(usize::from(form >> 2) & 3).expect("two bits");
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .quote_style(style)
        .terminator(end)
        .from_writer(Vec::new());
    writer.write_record(["ticket_id", "description", "open_date"]).expect("memory takes every record");
    for (row, field) in fields.iter().enumerate() {
        let id = row.to_string();
        writer.write_record([id.as_bytes(), field, b"2025-01-31"]).expect("memory takes every record");
    }
    let export = writer.into_inner().expect("memory takes every record");

    let table = SCHEMA.id("support_tickets");
    let (outcome, blocks) =
        quipu_fuzz::read(table, &export, &Settings::default()).expect("what is well formed is read");
    assert_eq!(
        outcome.files[0].rows,
        fields.len() as u64,
        "{:?}",
        blocks.iter().map(|b| &b.faults).collect::<Vec<_>>()
    );
    let def = SCHEMA.get(table);
    let mut found = Vec::new();
    for block in &blocks {
        let Column::Text(texts) = &block.columns[def.column("description")] else {
            unreachable!("it is text")
        };
        found.extend(texts.iter().map(|cell| cell.unwrap_or_default().to_vec()));
    }
    assert_eq!(found, fields);
});
