//! Do the exports of a subscription business load as they are meant?

mod columns;
mod files;
mod keys;
mod names;
mod tags;

use std::collections::BTreeMap;
use std::fs;

use quipu::model::ColumnType;
use quipu::store::snapshot::KNOWN;
use quipu::store::{NULL_ID, NULL_NUMBER, Snapshot};

use crate::place::Place;

/// The keys of some rows, in order.
fn keys(snapshot: &Snapshot, table: &str, ids: impl IntoIterator<Item = u32>) -> Vec<String> {
    let table = snapshot.named(table).unwrap();
    let chunks = table.chunks().unwrap();
    let keys = chunks[0].1.keys("Id").unwrap();
    let mut keys: Vec<String> =
        ids.into_iter().map(|id| String::from_utf8(keys.get(id as usize).unwrap()).unwrap()).collect();
    keys.sort();
    keys
}

/// A table's cells, by key: of a reference the key referred to.
fn cells(place: &Place, table: &str, column: &str) -> BTreeMap<String, Option<String>> {
    let snapshot = Snapshot::open(&place.store()).unwrap();
    let table = snapshot.named(table).unwrap();
    let at = table.def.column(column);
    let dictionary = table.dictionary(at).unwrap();
    let mut cells = BTreeMap::new();
    for (_, file) in table.chunks().unwrap() {
        let ids = file.keys("Id").unwrap();
        for row in file.flags(KNOWN).unwrap().ones().map(|row| row as usize) {
            let cell = match table.def.columns[at].ty {
                ColumnType::Reference(target) => match file.ids(column).unwrap().get(row) {
                    NULL_ID => None,
                    id => Some(keys(&snapshot, target, [id]).remove(0)),
                },
                ColumnType::Category => match file.codes(column).unwrap().get(row) {
                    0 => None,
                    code => Some(dictionary.unwrap().text(code)),
                },
                ColumnType::Text | ColumnType::Attributes => {
                    file.texts(column).unwrap().get(row).map(|t| String::from_utf8(t.to_vec()).unwrap())
                }
                _ => Some(file.numbers(column).unwrap().get(row))
                    .filter(|&n| n != NULL_NUMBER)
                    .map(|n| n.to_string()),
            };
            cells.insert(String::from_utf8(ids.get(row).unwrap()).unwrap(), cell);
        }
    }
    cells
}

fn row<const N: usize>(expected: [(&str, Option<&str>); N]) -> BTreeMap<String, Option<String>> {
    expected.iter().map(|(key, cell)| (key.to_string(), cell.map(ToString::to_string))).collect()
}

/// Why rows of a table were put aside: reason, column, value and line.
fn faults(place: &Place, table: &str) -> Vec<[String; 4]> {
    let folder = place.store().join("quarantine");
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut all = Vec::new();
    for path in entries.map(|e| e.unwrap().path()) {
        let mut reader = csv::Reader::from_path(path).unwrap();
        for record in reader.records().map(Result::unwrap).filter(|r| &r[1] == table) {
            all.push([6, 5, 8, 3].map(|at| record[at].to_string()));
        }
    }
    all
}
