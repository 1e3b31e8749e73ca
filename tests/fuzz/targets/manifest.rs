//! Does a manifest whose seal holds, whatever it says, open as a snapshot or end in an error? The
//! bytes are the JSON in front of the seal.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use quipu::model::SCHEMA;
use quipu::store::Snapshot;
use quipu::store::manifest::Manifest;
use xxhash_rust::xxh3::xxh3_128;

fuzz_target!(|body: &[u8]| {
    let folder = Path::new("/nonexistent");
    let _ = Manifest::from_bytes(folder, body);
    let sealed = [body, format!("{:032x}\n", xxh3_128(body)).as_bytes()].concat();
    let Ok(manifest) = Manifest::from_bytes(folder, &sealed) else { return };
    let bytes = manifest.to_bytes();
    let again = Manifest::from_bytes(folder, &bytes).expect("what was written is read");
    assert_eq!(again.to_bytes(), bytes);
    for file in manifest.files() {
        let path = quipu::store::snapshot::data_path(folder, &file.name);
        let inside = path.strip_prefix("/nonexistent/data").expect("the file lies in the store");
        let plain = |part| matches!(part, std::path::Component::Normal(_));
        assert!(inside.components().all(plain), "{} leads out of the store", file.name);
    }
    let snapshot = Snapshot::from_manifest(folder, manifest);
    for (id, def) in SCHEMA.tables() {
        let Some(table) = snapshot.table(id) else { continue };
        for (at, column) in def.columns.iter().enumerate() {
            table.range(column.name);
            let _ = table.dictionary(at);
        }
        let _ = table.chunks();
        let _ = table.info.content_sum();
        table.segments.iter().for_each(|s| _ = s.open());
    }
});
