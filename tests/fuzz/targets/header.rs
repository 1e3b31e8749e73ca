//! Does any header line of any table either name each column at most once or end in a message that
//! can be shown? The first byte chooses the table, the rest is the line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quipu::ingest::Settings;
use quipu::model::SCHEMA;
use quipu::model::names::{normal, same};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, line)) = data.split_first() else { return };
    let tables: Vec<_> = SCHEMA.tables().collect();
    let (table, def) = tables[usize::from(choice) % tables.len()];
    if let Ok(name) = std::str::from_utf8(line) {
        assert!(same(name, &normal(name)), "the normal form of {name:?} has another one");
        SCHEMA.match_name(name);
    }
    match quipu_fuzz::read(table, line, &Settings::default()) {
        Ok((outcome, _)) => {
            let header = &outcome.files[0].start.header;
            assert_eq!(header.names.len(), header.columns.len());
            for (column, declared) in def.columns.iter().enumerate() {
                let fields = header.columns.iter().filter(|c| **c == Some(column)).count();
                assert!(fields <= 1, "{} is meant by {fields} headers", declared.name);
                assert!(fields == 1 || !declared.required, "{} is missing", declared.name);
                assert_eq!(fields == 0, outcome.files[0].start.absent.contains(&column));
            }
        }
        Err(error) => {
            let message = error.to_string();
            assert!(!message.chars().any(char::is_control), "{message:?}");
        }
    }
});
