//! Which rows can the references of a table mean that are given by the name of the row, or by a key
//! that rows of several tables may have?
//!
//! Invariant: it is known before the table is read: the tables asked stand before it in the schema.
//! A name becomes the key of its row or nothing, never a key of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::build::TableBuilder;
use super::ids::IdSpace;
use super::report::Unresolved;
use super::rows::Cells;
use crate::model::{ColumnType, TableDef};
use crate::store::BitVec;
use crate::store::dictionary::{DictionaryBuilder, fold};

/// What the references of one table can mean.
#[derive(Default)]
pub struct Targets {
    /// Columns that may be given by name.
    pub(super) names: Vec<(usize, Names)>,
    /// Columns that may mean a row of several tables.
    pub(super) any: Vec<AnyOf>,
}

impl Targets {
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
pub(super) struct AnyOf {
    /// Its column.
    pub column: usize,
    /// The column that tells which table.
    pub kind: usize,
    /// The tables, in the order of the declaration.
    pub tables: Vec<Target>,
}

/// The rows of one table: those of the store and those of this load.
pub(super) struct Target {
    /// Its name.
    pub name: &'static str,
    /// Key and id.
    pub space: Arc<IdSpace>,
    /// The ids that have a row.
    pub known: BitVec,
}

impl Target {
    fn has(&self, key: &[u8]) -> bool {
        self.space.map.find(key).is_some_and(|id| self.known.get(id as usize))
    }
}

impl AnyOf {
    /// Whether rows of several tables have a key.
    pub fn is_ambiguous(&self, key: &[u8]) -> bool {
        self.tables.iter().filter(|table| table.has(key)).nth(1).is_some()
    }

    /// The references of a load that find no row: by table, then those that do not say which. One to
    /// an unknown table is a value outside of its column's domain, and not counted here.
    pub fn unresolved(
        &self,
        builder: &TableBuilder,
        alive: &[u32],
        dictionaries: &[DictionaryBuilder],
    ) -> Vec<Unresolved> {
        let (Some(Cells::Texts(keys)), Some(Cells::Codes(kinds))) =
            (builder.rows.cells(self.column), builder.rows.cells(self.kind))
        else {
            unreachable!("a key that several tables may have is kept as text, its kind as a category")
        };
        let table_of = self.table_of_kind(builder.def, &dictionaries[self.kind]);
        let mut missing: BTreeMap<usize, (u64, HashSet<&[u8]>)> = BTreeMap::new();
        for &row in alive {
            let (Some(key), kind) = (keys.get(row as usize), kinds[row as usize]) else { continue };
            let (at, found) = match table_of.get((kind as usize).wrapping_sub(1)) {
                None => (self.tables.len(), self.tables.iter().any(|table| table.has(key))),
                Some(Some(at)) => (*at, self.tables[*at].has(key)),
                Some(None) => continue,
            };
            if !found {
                let (rows, keys) = missing.entry(at).or_default();
                *rows += 1;
                keys.insert(key);
            }
        }
        let every = || self.tables.iter().map(|table| table.name).collect::<Vec<_>>().join(" | ");
        let count = |(at, (rows, keys)): (usize, (u64, HashSet<&[u8]>))| Unresolved {
            column: builder.def.columns[self.column].name.into(),
            target: self.tables.get(at).map_or_else(every, |table| table.name.into()),
            rows,
            keys: keys.len() as u64,
            names: BTreeMap::new(),
        };
        missing.into_iter().map(count).collect()
    }

    /// For each code of the kind, from 1, the table that it means.
    fn table_of_kind(&self, def: &TableDef, kinds: &DictionaryBuilder) -> Vec<Option<usize>> {
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
