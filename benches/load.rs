//! How long does each stage of a load take? Stages that can be called by themselves are timed on the largest table
//! of a generated export, then a whole load and one more day. `QUIPU_BENCH_USERS` sets the size of the export; under
//! `cargo test` it is tiny. Every answer is checked once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput};
use quipu::generate;
use quipu::ingest::{
    Column, Conventions, Event, LoadOptions, Mapping, Settings, SourceFile, Targets, content_hash, discover,
    load, read_table,
};
use quipu::model::{MICROS_PER_SECOND, SCHEMA};
use quipu::store::ColumnFileBuilder;
use quipu::store::dir::{Dir, MemoryDir};
use quipu::store::keys::{KeyMap, KeyValues};
use quipu::store::text_set::TextSet;

const TABLE: &str = "attendees";

fn users() -> u64 {
    let asked = std::env::var("QUIPU_BENCH_USERS").ok().and_then(|n| n.parse().ok());
    let is_test = std::env::args().any(|a| a == "--test") || !std::env::args().any(|a| a == "--bench");
    asked.unwrap_or(if is_test { 200 } else { 20_000 })
}

/// Hands every column of every block to `take`; returns the number of rows.
fn read(file: &SourceFile, mut take: impl FnMut(&[Column]) + Send) -> usize {
    let mut rows = 0;
    let mut sink = |event| {
        if let Event::Block(block) = event {
            rows += block.rows;
            take(&block.columns);
        }
        Ok(())
    };
    let (settings, targets, known) = (Settings::default(), Targets::default(), Conventions::default());
    let files = std::slice::from_ref(file);
    read_table(file.table, files, &settings, &targets, known, &(), &mut sink).expect("the export is read");
    rows
}

/// The texts and the numbers of a column.
fn column(file: &SourceFile, name: &str) -> (Vec<Vec<u8>>, Vec<i64>) {
    let at = SCHEMA.get(file.table).column(name);
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    read(file, |columns| match &columns[at] {
        Column::Text(cells) => texts.extend(cells.iter().map(|cell| cell.unwrap_or_default().to_vec())),
        Column::Number(cells) => numbers.extend(cells),
        _ => {}
    });
    (texts, numbers)
}

fn load_into(paths: &[PathBuf], store: &Path) -> u64 {
    let options = LoadOptions::new(paths.to_vec(), store.to_path_buf());
    let loaded = load(&options, &()).expect("the export is loaded");
    assert!(loaded.refused.is_empty(), "{:?}", loaded.refused);
    loaded.report.tables.iter().map(|table| table.loaded).sum()
}

/// The header of a file, and as many of its last rows as one day may have.
fn last_day(file: &SourceFile, folder: &Path) -> PathBuf {
    let text = std::fs::read_to_string(&file.path).expect("the export is text");
    let lines: Vec<&str> = text.lines().collect();
    let day = [&lines[..1], &lines[lines.len() - (lines.len() / 700).max(1)..]].concat();
    let path = folder.join(format!("{TABLE}-2026-01-01.csv"));
    std::fs::write(&path, day.join("\n")).expect("a file is written");
    path
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the export and the stores");
    let exports = folder.path().join("exports");
    let options = generate::Options::new(users(), 7, exports.clone());
    generate::exports(generate::Models::Platform, &options, &mut |_| ()).expect("the exports are written");
    let found = discover(std::slice::from_ref(&exports), &Mapping::default()).expect("the exports are found");
    let file = found.files.iter().find(|file| SCHEMA.get(file.table).name == TABLE).expect("it is generated");
    let bytes: u64 = found.files.iter().map(|file| file.bytes).sum();

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group(TABLE);
    group.sample_size(10).throughput(Throughput::Bytes(file.bytes));
    let hash = content_hash(&file.path).expect("it is read");
    assert_ne!(hash, 0);
    group.bench_function("read and hash", |b| b.iter(|| content_hash(&file.path)));
    let rows = read(file, |_| ());
    assert!(rows > 0);
    group.bench_function("read, split and parse", |b| b.iter(|| assert_eq!(read(file, |_| ()), rows)));

    group.throughput(Throughput::Elements(rows as u64));
    let (keys, _) = column(file, "meeting_id");
    let map_keys = || {
        let mut map = KeyMap::default();
        keys.iter().for_each(|key| _ = map.id(key));
        map
    };
    let map = map_keys();
    assert!(keys.iter().all(|key| map.keys().text(map.find(key).expect("it was given") as usize) == *key));
    group.bench_function("ids of keys", |b| b.iter(map_keys));
    let (names, _) = column(file, "participant_name");
    let set_texts = || {
        let mut set = TextSet::default();
        let positions: Vec<u32> = names.iter().map(|name| set.position(name)).collect();
        (set, positions)
    };
    let (set, positions) = set_texts();
    assert!(names.iter().zip(&positions).all(|(name, at)| set.get(*at) == name));
    group.bench_function("different texts", |b| b.iter(set_texts));
    let (_, times) = column(file, "join_time");
    let mut own = KeyValues::new();
    column(file, "attendee_id").0.iter().for_each(|key| own.push(Some(key)));
    let write = || {
        let dir: Arc<dyn Dir> = Arc::new(MemoryDir::new());
        dir.make_folder("data", quipu::store::dir::Access::Usual).expect("memory has room");
        let mut file = ColumnFileBuilder::new(rows);
        file.keys("attendee_id", &own, 0..rows as u32);
        file.numbers("join_time", &times, &[MICROS_PER_SECOND, 1]);
        file.repeating_texts("name", &positions.iter().map(|&at| Some(at)).collect::<Vec<_>>(), set.iter());
        file.create(dir.as_ref(), "data/file").map(|(_, bytes, hash)| (bytes, hash)).expect("memory has room")
    };
    let written = write();
    assert!(written.0 > rows as u64);
    group.bench_function("three columns to a file", |b| b.iter(|| assert_eq!(write(), written)));
    group.finish();

    let store = folder.path().join("store");
    let loaded = load_into(std::slice::from_ref(&exports), &store);
    let day = last_day(file, folder.path());
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10).throughput(Throughput::Bytes(bytes));
    group.bench_function("everything", |b| {
        let empty = || tempfile::tempdir_in(folder.path()).expect("a folder");
        let load = |store: tempfile::TempDir| {
            assert_eq!(load_into(std::slice::from_ref(&exports), store.path()), loaded);
            store
        };
        b.iter_batched(empty, load, BatchSize::PerIteration);
    });
    group.throughput(Throughput::Bytes(std::fs::metadata(&day).expect("it was written").len()));
    group.bench_function("one more day", |b| {
        // The rows replace themselves: the store stays as it is, and the file is another one each time.
        let mut text = std::fs::read(&day).expect("it was written");
        let next = || {
            text.push(b'\n');
            std::fs::write(&day, &text).expect("a file is written");
        };
        b.iter_batched(next, |()| load_into(std::slice::from_ref(&day), &store), BatchSize::PerIteration);
    });
    group.finish();
    criterion.final_summary();
}
