//! Is a set that can be read one that can be used?

#![no_main]

use libfuzzer_sys::fuzz_target;
use quipu::store::dir::MemoryDir;
use quipu::store::{ColumnFile, ColumnFileBuilder, sets};

/// The ids that there are; the seeds have some below and some above it.
const IDS: usize = 1 << 20;

fuzz_target!(|blob: &[u8]| {
    let mut file = ColumnFileBuilder::new(2);
    file.numbers("key", &[7, 8], &[1]);
    file.blobs("set", [blob, &blob[blob.len() / 2..]].into_iter());
    let mut bytes = Vec::new();
    let (length, _) = file.write(&mut bytes).expect("memory takes every byte");
    let dir = MemoryDir::new();
    dir.put("sets", &bytes).expect("memory takes every file");
    let file = ColumnFile::open(&dir, "sets", length, 2).expect("it was written just now");
    let Ok(sets) = sets::read(&file, IDS, |key| key == 7) else { return };
    let (_, set) = &sets[0];
    assert!(set.max().is_none_or(|id| (id as usize) < IDS));
    assert_eq!(set.iter().take(1 << 16).count() as u64, set.len().min(1 << 16));
    assert!(set.iter().take(1 << 16).is_sorted_by(|a, b| a < b));
    assert!(set.iter().take(1 << 10).all(|id| set.contains(id)));
    let mut written = Vec::new();
    set.serialize_into(&mut written).expect("memory takes every byte");
    assert!(roaring::RoaringBitmap::deserialize_from(&written[..]).is_ok_and(|again| again == *set));
});
