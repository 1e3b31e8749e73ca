//! Which rows can the references of a table mean that are given by the name of the row, or by a key
//! that rows of several tables may have?
//!
//! Invariant: it is known before the table is read: the tables asked stand before it in the schema.
//! A name becomes the key of its row or nothing, never a key of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::ids::IdSpace;
use super::report::Unresolved;
use super::rows::{Cells, Rows};
use crate::model::{ColumnType, TableDef};
use crate::store::dictionary::{DictionaryBuilder, fold};

/// What the references of one table can mean.
#[derive(Default)]
pub struct Targets<'a> {
    /// Columns that may be given by name.
    pub(super) names: Vec<(usize, Names)>,
    /// Columns that may mean a row of several tables.
    pub(super) any: Vec<AnyOf<'a>>,
}

impl Targets<'_> {
    /// The key of the one row that a name means.
    pub(super) fn key_of_name(&self, column: usize, name: &[u8]) -> Option<&[u8]> {
        let (_, names) = self.names.iter().find(|(of, _)| *of == column)?;
        names.keys.get(name)?.as_deref()
    }
}

/// The key of the row of each name; none where several rows have it.
#[derive(Default)]
pub(super) struct Names {
    keys: HashMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Names {
    /// Adds a row.
    pub fn add(&mut self, name: &[u8], key: Vec<u8>) {
        self.keys.entry_ref(name).and_modify(|only| *only = None).or_insert(Some(key));
    }
}

/// A reference to a row of one of several tables.
pub(super) struct AnyOf<'a> {
    /// Its column.
    pub column: usize,
    /// The column that tells which table.
    pub kind: usize,
    /// The tables, in the order of the declaration.
    pub tables: Vec<Target<'a>>,
}

/// The rows of one table: those of the store and those of this load.
pub(super) struct Target<'a> {
    /// Its name.
    pub name: &'static str,
    /// Key and id, and which ids have a row.
    pub space: Arc<IdSpace<'a>>,
}

impl Target<'_> {
    fn has(&self, key: &[u8]) -> bool {
        self.space.find(key).is_some_and(|id| self.space.is_known(id))
    }
}

/// By table, then those that do not say which: rows and keys that find no row.
pub(super) type Missing = BTreeMap<usize, RowsAndKeys>;

type RowsAndKeys = (u64, HashSet<Box<[u8]>>);

impl AnyOf<'_> {
    /// Whether rows of several tables have a key.
    pub fn is_ambiguous(&self, key: &[u8]) -> bool {
        self.tables.iter().filter(|table| table.has(key)).nth(1).is_some()
    }

    /// Adds the references of some rows that find no row. One to an unknown table is a value outside of
    /// its column's domain, and not counted here.
    pub fn look(&self, rows: &Rows, table_of_kind: &[Option<usize>], missing: &mut Missing) {
        let Some(Cells::Texts(keys)) = rows.cells(self.column) else { return };
        let kinds: &[u32] = match rows.cells(self.kind) {
            Some(Cells::Codes(kinds)) => kinds,
            _ => &[],
        };
        for row in 0..rows.len() {
            let (Some(key), kind) = (keys.get(row), kinds.get(row).copied().unwrap_or(0)) else { continue };
            let (at, found) = match table_of_kind.get((kind as usize).wrapping_sub(1)) {
                None => (self.tables.len(), self.tables.iter().any(|table| table.has(key))),
                Some(Some(at)) => (*at, self.tables[*at].has(key)),
                Some(None) => continue,
            };
            if !found {
                let (rows, keys) = missing.entry(at).or_default();
                *rows += 1;
                if !keys.contains(key) {
                    keys.insert(key.into());
                }
            }
        }
    }

    /// What was missed, for the report.
    pub fn unresolved(&self, def: &TableDef, missing: Missing) -> Vec<Unresolved> {
        let every = || self.tables.iter().map(|table| table.name).collect::<Vec<_>>().join(" | ");
        let count = |(at, (rows, keys)): (usize, RowsAndKeys)| Unresolved {
            column: def.columns[self.column].name.into(),
            target: self.tables.get(at).map_or_else(every, |table| table.name.into()),
            rows,
            keys: keys.len() as u64,
            names: BTreeMap::new(),
        };
        missing.into_iter().map(count).collect()
    }

    /// For each code of the kind, from 1, the table that it means.
    pub fn table_of_kind(&self, def: &TableDef, kinds: &DictionaryBuilder) -> Vec<Option<usize>> {
        let ColumnType::AnyReference { tables, .. } = def.columns[self.column].ty else {
            unreachable!("the column may mean a row of several tables")
        };
        let table = |code| {
            let kind = fold(&String::from_utf8_lossy(kinds.text(code)));
            tables.iter().position(|(name, _)| fold(name) == kind)
        };
        (1..=kinds.len() as u32).map(table).collect()
    }
}
