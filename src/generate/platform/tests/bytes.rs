//! Same options, same bytes; every scale works, and what is told about the files is true.

use super::{files, write};
use crate::generate::read_back::{Read, file};
use crate::generate::{Options, Progress, platform, platform_headers};
use std::collections::BTreeMap;
use std::fs;

#[test]
fn same_options_same_bytes_on_any_number_of_threads() {
    let folders = [(); 3].map(|()| tempfile::tempdir().expect("a folder"));
    write(700, 1, folders[0].path());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    pool.install(|| write(700, 1, folders[1].path()));
    write(700, 2, folders[2].path());
    let [first, again, other] = folders.each_ref().map(|folder| files(folder.path()));
    assert!(first == again, "the same seed gave other bytes");
    for ((one, two), (name, _)) in first.iter().zip(&other).zip(platform_headers()) {
        assert_ne!(one, two, "{name} does not depend on the seed");
    }
}

#[test]
fn the_bytes_are_those_of_every_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    write(50, 7, folder.path());
    let sums = files(folder.path()).into_iter().map(|bytes| xxhash_rust::xxh3::xxh3_64(&bytes));
    assert_eq!(
        format!("{:x?}", sums.collect::<Vec<_>>()),
        "[1c749a103aaa1a5b, 90e06b252ecbf706, 6038ca96cccec10, 84e41a7e71ef0ca, d6c82a0cc6c77f52, a6693ddb59cfa035, e0beba10216fdf52]"
    );
}

#[test]
fn the_smallest_populations_work() {
    for users in [1, 2, 5, 100] {
        let folder = tempfile::tempdir().expect("a folder");
        let summary = write(users, 3, folder.path());
        let rows: BTreeMap<_, _> = summary.tables.iter().map(|&(name, rows, _)| (name, rows)).collect();
        assert_eq!(rows["users"], users);
        assert_eq!(rows["meetings"], users * 20);
        assert_eq!(rows["support_tickets"], users);
        for (name, rows, bytes) in summary.tables {
            let read = Read::new(folder.path(), name);
            assert_eq!(read.0.len() as u64, rows, "{name}");
            assert_eq!(fs::metadata(file(folder.path(), name)).expect(name).len(), bytes, "{name}");
        }
    }
}

#[test]
fn limits_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { months: 0, ..Options::new(1, 1, folder.path()) };
    let error = platform(&options, &mut |_| {}).expect_err("no month");
    assert_eq!(error.to_string(), "months: 0 given, 1 to 120 allowed");
}

#[test]
fn progress_ends_with_the_summary() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut last: BTreeMap<&str, Progress> = BTreeMap::new();
    let mut note = |progress: Progress| {
        if let Some(before) = last.insert(progress.table, progress) {
            assert!(before.done <= progress.done && before.rows <= progress.rows);
        }
    };
    let summary = platform(&Options::new(9_000, 1, folder.path()), &mut note).expect("the export is written");
    for (name, rows, bytes) in summary.tables {
        let told = last[name];
        assert_eq!((told.rows, told.bytes, told.done), (rows, bytes, told.total), "{name}");
    }
}
