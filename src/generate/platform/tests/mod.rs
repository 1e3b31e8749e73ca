//! An export read back.

mod bytes;
mod links;
mod rows;

use crate::generate::{Options, Summary, platform, platform_headers};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn write(users: u64, seed: u64, folder: &Path) -> Summary {
    platform(&Options::new(users, seed, folder), &mut |_| {}).expect("the export is written")
}

/// A table read back; null is an empty cell.
struct Read(Vec<BTreeMap<String, String>>);

impl Read {
    fn new(folder: &Path, name: &str) -> Self {
        let mut reader =
            csv::Reader::from_path(folder.join(name).with_extension("csv")).expect("the table has a file");
        Self(reader.deserialize().map(|row| row.expect("the row reads")).collect())
    }

    fn column(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().map(move |row| row[name].as_str())
    }

    fn values(&self, name: &str) -> BTreeMap<&str, usize> {
        let mut values = BTreeMap::new();
        for value in self.column(name) {
            *values.entry(value).or_default() += 1;
        }
        values
    }

    /// Rows that are null, and that are in `keys`, in thousandths.
    fn references(&self, name: &str, keys: &BTreeSet<&str>) -> (usize, usize) {
        let count = |is: &dyn Fn(&str) -> bool| {
            self.column(name).filter(|value| is(value)).count() * 1000 / self.0.len()
        };
        (count(&str::is_empty), count(&|value| keys.contains(value)))
    }
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    platform_headers().map(|(name, _)| fs::read(folder.join(name).with_extension("csv")).expect(name)).into()
}
