//! Does a column file whose header seal holds, whatever its bytes, read within its bounds? The seal
//! and the length are set after each mutation, which would else never pass them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quipu::store::dir::MemoryDir;
use quipu::store::keys::Sought;
use quipu::store::{ColumnFile, Dictionary, sets};
use xxhash_rust::xxh3::xxh3_64;

/// Names of columns in the seeds, of each kind.
const COLUMNS: &[&str] = &[
    "#id",
    "#known",
    "start_time",
    "duration_minutes",
    "meeting_type",
    "host_user_id",
    "meeting_topic",
    "meeting_id",
    "user_id",
    "user_name",
    "registration_date",
    "key",
    "set",
    "text",
    "count",
    "shown",
];

fuzz_target!(|data: &[u8]| {
    let mut bytes = data.to_vec();
    let length = bytes.len() as u64;
    let word = |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight"));
    let mut rows = 0;
    if bytes.len() >= 64 {
        rows = word(&bytes, 16);
        bytes[24..32].copy_from_slice(&length.to_le_bytes());
        let sections = word(&bytes, 8) >> 32;
        let end = usize::try_from(64 + 64 * sections).unwrap_or(usize::MAX).min(bytes.len());
        let sealed = [&bytes[..32], &bytes[40..end]].concat();
        bytes[32..40].copy_from_slice(&xxh3_64(&sealed).to_le_bytes());
    }
    let dir = MemoryDir::new();
    dir.put("segment", &bytes).expect("memory takes every file");
    let Ok(file) = ColumnFile::open(&dir, "segment", length, rows) else { return };
    let rows = file.rows();
    for name in COLUMNS {
        read_column(&file, name, rows);
    }
    let _ = sets::read(&file, 1 << 16, |_| true);
    let Ok(dictionary) = Dictionary::new(file) else { return };
    let some = dictionary.len().min(1 << 12) as u32;
    for code in (0..=some).chain([u32::MAX]) {
        dictionary.text(code);
        dictionary.count(code);
    }
    if dictionary.len() < 1 << 16 {
        dictionary.shown();
        let _ = quipu::store::dictionary::DictionaryBuilder::from_stored(&dictionary);
    }
});

/// Looks at a column in every way that it can be looked at.
fn read_column(file: &ColumnFile, name: &str, rows: usize) {
    let sample = || (0..rows).take(1 << 12).chain(rows.checked_sub(1));
    let gathered: Vec<u32> = sample().map(|row| row as u32).collect();
    if let Ok(numbers) = file.numbers(name) {
        sample().for_each(|row| _ = numbers.get(row));
        let mut out = Vec::new();
        numbers.gather(&gathered, &mut out);
        assert!(gathered.iter().zip(&out).all(|(row, value)| numbers.get(*row as usize) == *value));
        assert!(numbers.lower_bound(0) <= rows);
    }
    if let Ok(codes) = file.codes(name) {
        sample().for_each(|row| _ = codes.get(row));
        codes.gather(&gathered, &mut Vec::new());
    }
    if let Ok(ids) = file.ids(name) {
        ids.gather(&gathered, &mut Vec::new());
    }
    if let Ok(flags) = file.flags(name) {
        assert!(flags.ones().take(1 << 16).all(|at| flags.get(at as usize)));
    }
    if let Ok(texts) = file.texts(name) {
        sample().for_each(|row| _ = texts.get(row));
    }
    if let Ok(keys) = file.keys(name) {
        sample().for_each(|row| drop(keys.get(row)));
    }
    if let Ok(stored) = file.stored_keys(name) {
        for key in sample().filter_map(|row| stored.keys().get(row)).take(1 << 8) {
            // Damaged slots may miss a key, and never find another one.
            let found = stored.find(&Sought::new(&key));
            assert!(found.is_none_or(|row| row < rows && stored.keys().get(row) == Some(key)));
        }
    }
}
