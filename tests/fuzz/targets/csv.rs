//! Does the reader count every record of any bytes, and say rightly where a fault stands? The first
//! byte chooses the table, the rest is the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quipu::ingest::fault::RAW_BYTES_MAX;
use quipu::ingest::{Block, Column, Encoding, Fault, Reason, Settings};
use quipu::model::SCHEMA;

const TABLES: &[&str] = &[
    "users",
    "meetings",
    "attendees",
    "support_tickets",
    "billing_events",
    "organizations",
    "subscriber_contacts",
    "tags",
    "orders",
    "subscription_packages",
];

fuzz_target!(|data: &[u8]| {
    let Some((&choice, text)) = data.split_first() else { return };
    let table = SCHEMA.id(TABLES[usize::from(choice) % TABLES.len()]);
    let Ok((outcome, blocks)) = quipu_fuzz::read(table, text, &Settings::default()) else { return };
    let file = &outcome.files[0];
    let (mut read, mut rows, mut faults) = (0, 0, 0);
    for block in &blocks {
        check_columns(block);
        assert_eq!(block.read, block.rows as u64 + block.faults.len() as u64);
        read += block.read;
        rows += block.rows as u64;
        faults += block.faults.len() as u64;
        // Of other encodings, the raw record is kept after conversion.
        if file.start.dialect.encoding == Encoding::Utf8 {
            block.faults.iter().for_each(|fault| check_place(text, fault));
            block.lines.iter().for_each(|line| assert!(*line <= lines_before(text, text.len())));
        }
    }
    assert_eq!((file.read, file.rows, file.faults), (read, rows, faults));
    assert_eq!(file.bytes, text.len() as u64);
    let again = quipu_fuzz::read(table, text, &Settings::default()).expect("it could be read before");
    assert_eq!((outcome, blocks), again);
});

fn check_columns(block: &Block) {
    for column in &block.columns {
        let cells = match column {
            Column::Absent => block.rows,
            Column::Text(text) => text.iter().count(),
            Column::Number(values) => values.len(),
            Column::Moment { micros, date_only } => {
                assert_eq!(micros.len(), date_only.len());
                micros.len()
            }
        };
        assert_eq!(cells, block.rows);
    }
    assert_eq!(block.row_hash.len(), block.rows);
    assert_eq!(block.lines.len(), block.rows);
    assert!(block.lines.is_sorted());
}

/// The raw record stands at the offset, and the line counts the line ends before it.
fn check_place(text: &[u8], fault: &Fault) {
    let at = fault.byte_offset as usize;
    assert!(fault.raw.len() <= RAW_BYTES_MAX);
    assert!(text[at..].starts_with(&fault.raw), "offset {at}: {fault:?}");
    assert_eq!(fault.line, lines_before(text, at), "{fault:?}");
    if let Reason::NotUtf8 { byte_offset, .. } = fault.reason {
        assert!((at..text.len()).contains(&(byte_offset as usize)), "{fault:?}");
    }
}

/// The number of the line in which a byte stands.
fn lines_before(text: &[u8], at: usize) -> u64 {
    let ends = |(i, b): (usize, &u8)| {
        *b == b'\n' || (*b == b'\r' && text.get(i + 1).is_none_or(|next| *next != b'\n'))
    };
    1 + text[..at].iter().enumerate().filter(|pair| ends(*pair)).count() as u64
}
