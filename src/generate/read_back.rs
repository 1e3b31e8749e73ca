//! What does an export say? For tests: its files, read back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A table read back; null is an empty cell.
pub(crate) struct Read(pub(crate) Vec<BTreeMap<String, String>>);

impl Read {
    /// Reads the file that is named after a table.
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        let mut reader = csv::Reader::from_path(file(folder, name)).expect("the table has a file");
        Self(reader.deserialize().map(|row| row.expect("the row reads")).collect())
    }

    /// The cells of a column.
    pub(crate) fn column(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().map(move |row| row[name].as_str())
    }

    /// The values of a column, and how many cells have each.
    pub(crate) fn values(&self, name: &str) -> BTreeMap<&str, usize> {
        let mut values = BTreeMap::new();
        for value in self.column(name) {
            *values.entry(value).or_default() += 1;
        }
        values
    }

    /// Rows that are null, and that are in `keys`, in thousandths.
    pub(crate) fn references(&self, name: &str, keys: &BTreeSet<&str>) -> (usize, usize) {
        let count = |is: &dyn Fn(&str) -> bool| {
            self.column(name).filter(|value| is(value)).count() * 1000 / self.0.len()
        };
        (count(&str::is_empty), count(&|value| keys.contains(value)))
    }
}

/// The bytes of the tables' files.
pub(crate) fn files(folder: &Path, tables: &[(&str, &str)]) -> Vec<Vec<u8>> {
    tables.iter().map(|(name, _)| fs::read(file(folder, name)).expect("the table has a file")).collect()
}

/// The path of a table's file.
pub(crate) fn file(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join(format!("{name}.csv"))
}
