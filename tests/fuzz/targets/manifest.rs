//! Does a manifest whose seal holds, whatever it says, open as a snapshot or end in an error? The
//! bytes are the JSON in front of the seal.

#![no_main]

use std::path::Path;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use quipu::model::SCHEMA;
use quipu::store::Snapshot;
use quipu::store::dir::{Dir, MemoryDir};
use quipu::store::manifest::Manifest;
use xxhash_rust::xxh3::xxh3_128;

fuzz_target!(|body: &[u8]| {
    // The number in the seeds, which has to be that of the file's name.
    let path = Path::new("00000001.json");
    let _ = Manifest::from_bytes(path, body);
    let sealed = [body, format!("{:032x}\n", xxh3_128(body)).as_bytes()].concat();
    let Ok(manifest) = Manifest::from_bytes(path, &sealed) else { return };
    let bytes = manifest.to_bytes();
    let again = Manifest::from_bytes(path, &bytes).expect("what was written is read");
    assert_eq!(again.to_bytes(), bytes);
    for file in manifest.files() {
        let plain = |part| matches!(part, std::path::Component::Normal(_));
        assert!(Path::new(&file.name).components().all(plain), "{} leads out of the store", file.name);
    }
    let nothing: Arc<dyn Dir> = Arc::new(MemoryDir::new());
    let snapshot = Snapshot::from_manifest(&nothing, manifest);
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
