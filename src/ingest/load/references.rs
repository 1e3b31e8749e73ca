//! Which rows do the references of a load find? Asked before a table is read, for what is given by
//! name or without its table; while it is merged; and at the end, for the report.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::State;
use crate::ingest::cells::trimmed;
use crate::ingest::error::IngestError;
use crate::ingest::ids::IdSpaces;
use crate::ingest::report::Unresolved;
use crate::ingest::rows::{Cells, Rows};
use crate::ingest::targets::{AnyOf, Missing, Names, Target, Targets};
use crate::model::{ColumnType, SCHEMA, TableDef, TableId};
use crate::store::NULL_ID;
use crate::store::dictionary::DictionaryBuilder;
use crate::store::snapshot::KNOWN;

/// The rows of a column whose reference has found no row so far.
pub(super) struct UnknownYet {
    table: TableId,
    column: &'static str,
    target: TableId,
    /// One for each row.
    ids: Vec<u32>,
}

/// Looks at the rows of one table, in any order and from any thread.
pub(super) struct Look<'a> {
    ids: &'a IdSpaces<'a>,
    /// Column, the table it refers to, and whether this load may yet empty that table.
    references: Vec<(usize, TableId, bool)>,
    /// What may refer to several tables, with the table of each kind.
    any: Vec<(&'a AnyOf<'a>, Vec<Option<usize>>)>,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    /// In the order of the references.
    unknown: Vec<Vec<u32>>,
    /// In the order of `any`.
    missing: Vec<Missing>,
}

impl Look<'_> {
    /// Looks at some rows.
    pub fn at(&self, rows: &Rows) {
        let unknown = |(column, target, open): &(usize, TableId, bool)| match rows.cells(*column) {
            Some(Cells::Ids(ids)) => {
                let space = self.ids.get(*target);
                let unknown = |id: &u32| *id != NULL_ID && (*open || !space.is_known(*id));
                ids.iter().copied().filter(unknown).collect()
            }
            _ => Vec::new(),
        };
        let unknown: Vec<Vec<u32>> = self.references.iter().map(unknown).collect();
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        for (all, own) in found.unknown.iter_mut().zip(unknown) {
            all.extend(own);
        }
        for ((any, table_of_kind), missing) in self.any.iter().zip(&mut found.missing) {
            any.look(rows, table_of_kind, missing);
        }
    }

    /// What may still find a row by the end of the load, and what will not.
    pub fn found(self, table: TableId) -> (Vec<UnknownYet>, Vec<Unresolved>) {
        let def = SCHEMA.get(table);
        let found = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let unknown = self.references.iter().zip(found.unknown).map(|(&(column, target, _), ids)| {
            UnknownYet { table, column: def.columns[column].name, target, ids }
        });
        let missing = self.any.iter().zip(found.missing);
        (unknown.collect(), missing.flat_map(|((any, _), missing)| any.unresolved(def, missing)).collect())
    }
}

impl<'a> State<'a> {
    /// What the references of a table can mean beside the key of one table.
    pub(super) fn targets(&self, def: &'static TableDef) -> Result<Targets<'a>, IngestError> {
        let mut targets = Targets::default();
        for (c, column) in def.columns.iter().enumerate() {
            match column.ty {
                ColumnType::Reference(target) if column.name_header.is_some() => {
                    targets.names.push((c, self.names(SCHEMA.id(target))?));
                }
                ColumnType::AnyReference { kind, tables } => {
                    let target = |name: &'static str| Target { name, space: self.ids.share(SCHEMA.id(name)) };
                    let tables = tables.iter().map(|(_, name)| target(name)).collect();
                    targets.any.push(AnyOf { column: c, kind: def.column(kind), tables });
                }
                _ => {}
            }
        }
        Ok(targets)
    }

    /// The names of the rows of a table, as far as it is loaded.
    fn names(&self, table: TableId) -> Result<Names, IngestError> {
        let mut names = Names::default();
        let so_far = self.so_far();
        let Some(table) = so_far.table(table) else { return Ok(names) };
        let key = table.def.key().expect("what has names has keys");
        for (_, file) in table.chunks()? {
            let (texts, keys) = (file.texts("Name")?, file.keys(table.def.columns[key].name)?);
            for row in file.flags(KNOWN)?.ones().map(|row| row as usize) {
                if let (Some(name), Some(key)) = (texts.get(row), keys.get(row)) {
                    names.add(trimmed(name).0, key);
                }
            }
        }
        Ok(names)
    }

    /// Looks for the rows that the references of a table mean; a later table may still bring them.
    pub(super) fn look<'l>(
        &'l self,
        targets: &'l Targets<'l>,
        dictionaries: &[DictionaryBuilder],
        def: &'static TableDef,
        replace: bool,
    ) -> Look<'l> {
        let references = def.columns.iter().enumerate().filter_map(|(c, column)| match column.ty {
            ColumnType::Reference(target) => {
                let target = SCHEMA.id(target);
                // A table that this load may yet replace has no row for certain.
                Some((c, target, replace && !self.merged.contains(&target)))
            }
            _ => None,
        });
        let references: Vec<_> = references.collect();
        let any = targets.any.iter().map(|any| (any, any.table_of_kind(def, &dictionaries[any.kind])));
        let found = Found {
            unknown: vec![Vec::new(); references.len()],
            missing: targets.any.iter().map(|_| Missing::new()).collect(),
        };
        Look { ids: &self.ids, references, any: any.collect(), found: Mutex::new(found) }
    }

    /// Puts into the report what has found no row when all tables are read.
    pub(super) fn report_references(&mut self) {
        for UnknownYet { table, column, target, mut ids } in std::mem::take(&mut self.unresolved) {
            let space = self.ids.get(target);
            ids.retain(|&id| !space.is_known(id));
            if ids.is_empty() {
                continue;
            }
            let rows = ids.len() as u64;
            ids.sort_unstable();
            ids.dedup();
            let name = SCHEMA.get(table).name;
            let report = self.report.tables.iter_mut().find(|t| t.table == name);
            report.expect("a loaded table has a report").unresolved.push(Unresolved {
                column: column.into(),
                target: SCHEMA.get(target).name.into(),
                rows,
                keys: ids.len() as u64,
                names: BTreeMap::new(),
            });
        }
    }
}
