//! Same options, same bytes; every scale works, and what is told about the files is true.

use super::write;
use crate::generate::read_back::{Read, file, files};
use crate::generate::{Models, Options, Progress, billing, billing_headers, exports, platform_headers};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What every seed sells alike.
const FIXED: [&str; 6] = [
    "dbo.Organizations",
    "dbo.Products",
    "dbo.ReportingGroups",
    "dbo.ProductReportingGroups",
    "subscription.SubscriptionPackages",
    "subscription.SubscriptionPackageProducts",
];

fn all(folder: &Path) -> Vec<Vec<u8>> {
    files(folder, &billing_headers())
}

#[test]
fn same_options_same_bytes_on_any_number_of_threads() {
    let folders = [(); 3].map(|()| tempfile::tempdir().expect("a folder"));
    write(700, 1, folders[0].path());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    pool.install(|| write(700, 1, folders[1].path()));
    write(700, 2, folders[2].path());
    let [first, again, other] = folders.each_ref().map(|folder| all(folder.path()));
    assert!(first == again, "the same seed gave other bytes");
    for ((one, two), (name, _)) in first.iter().zip(&other).zip(billing_headers()) {
        assert_eq!(one == two, FIXED.contains(&name), "{name}");
    }
}

#[test]
fn the_bytes_are_those_of_every_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    write(50, 7, folder.path());
    let sum = xxhash_rust::xxh3::xxh3_64(&all(folder.path()).concat());
    assert_eq!(format!("{sum:x}"), "f1d537146bb5b788");
}

#[test]
fn the_smallest_populations_and_spans_work() {
    for (users, months) in [(1, 24), (2, 1), (5, 120), (129, 13)] {
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options { months, ..Options::new(users, 3, folder.path()) };
        let summary = billing(&options, &mut |_| {}).expect("the export is written");
        let rows: BTreeMap<_, _> = summary.tables.iter().map(|&(name, rows, _)| (name, rows)).collect();
        assert_eq!(rows["dbo.Subscribers"], users);
        for (name, rows, bytes) in summary.tables {
            assert_eq!(Read::new(folder.path(), name).0.len() as u64, rows, "{name}");
            assert_eq!(fs::metadata(file(folder.path(), name)).expect(name).len(), bytes, "{name}");
        }
    }
}

#[test]
fn both_models_fit_into_one_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options::new(5, 1, folder.path());
    let summary = exports(Models::Both, &options, &mut |_| {}).expect("the exports are written");
    assert_eq!(summary.tables.len(), platform_headers().len() + billing_headers().len());
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), summary.tables.len());
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
    let summary = billing(&Options::new(5_000, 1, folder.path()), &mut note).expect("the export is written");
    for (name, rows, bytes) in summary.tables {
        let told = last[name];
        assert_eq!((told.rows, told.bytes, told.done), (rows, bytes, told.total), "{name}");
    }
}
