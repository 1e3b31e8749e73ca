//! An export read back.

mod bytes;
mod chains;
mod links;
mod money;
mod rows;
mod shipped;

use crate::generate::read_back::Read;
use crate::generate::{Options, Summary, billing, billing_headers};
use std::collections::BTreeMap;
use std::path::Path;

fn write(subscribers: u64, seed: u64, folder: &Path) -> Summary {
    billing(&Options::new(subscribers, seed, folder), &mut |_| {}).expect("the export is written")
}

/// An export in memory.
struct Export(BTreeMap<&'static str, Read>);

impl Export {
    fn new(subscribers: u64, seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        write(subscribers, seed, folder.path());
        Self(billing_headers().map(|(name, _)| (name, Read::new(folder.path(), name))).into())
    }

    fn table(&self, name: &str) -> &Read {
        &self.0[name]
    }

    fn rows(&self, name: &str) -> impl Iterator<Item = &Row> {
        self.table(name).0.iter()
    }

    /// The rows of a table by their Ids.
    fn by_id(&self, name: &str) -> BTreeMap<&str, &Row> {
        self.rows(name).map(|row| (row["Id"].as_str(), row)).collect()
    }
}

type Row = BTreeMap<String, String>;

/// An amount in ten-thousandths; nothing counts as none.
fn amount(cell: &str) -> i64 {
    let (sign, digits) = cell.strip_prefix('-').map_or((1, cell), |digits| (-1, digits));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().expect(cell) };
    sign * (whole * 10_000 + format!("{rest:0<4}").parse::<i64>().expect(cell))
}

/// What is there of a cell.
fn some(cell: &str) -> Option<&str> {
    (!cell.is_empty()).then_some(cell)
}
