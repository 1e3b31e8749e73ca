//! Is a mapping that is accepted kept in the store as what it says?

#![no_main]

use libfuzzer_sys::fuzz_target;
use quipu::ingest::Mapping;
use quipu::model::SCHEMA;

fuzz_target!(|text: &str| {
    let Ok(mapping) = Mapping::from_toml(text) else { return };
    let kept = mapping.to_toml();
    let again = Mapping::from_toml(&kept).unwrap_or_else(|e| panic!("{kept}: {e}"));
    assert!(again == mapping, "{kept}");
    for (table, _) in SCHEMA.tables() {
        let settings = again.settings(table).expect("it was checked when it was read");
        // A mapping must leave the reader able to read, whatever it says.
        let _ = quipu_fuzz::read(
            table,
            b"Id,CreatedDate,Amount\n1,31/01/2025 10:00 EST,\"1.234,50\"\n",
            &settings,
        );
    }
});
