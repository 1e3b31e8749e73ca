//! Which rows do the references of a load find? Asked before a table is read, for what is given by
//! name or without its table; and at the end, for the report.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::State;
use crate::ingest::build::TableBuilder;
use crate::ingest::cells::trimmed;
use crate::ingest::error::IngestError;
use crate::ingest::merge::ById;
use crate::ingest::report::Unresolved;
use crate::ingest::rows::Cells;
use crate::ingest::targets::{AnyOf, Names, Target, Targets};
use crate::model::{ColumnType, SCHEMA, TableDef, TableId};
use crate::store::{BitVec, NULL_ID};

/// The rows of a column whose reference has found no row so far.
pub(super) struct UnknownYet {
    table: TableId,
    column: &'static str,
    target: TableId,
    /// One for each row.
    ids: Vec<u32>,
}

impl State<'_> {
    /// What the references of a table can mean beside the key of one table.
    pub(super) fn targets(&self, def: &'static TableDef, replace: bool) -> Result<Targets, IngestError> {
        let mut targets = Targets::default();
        for (c, column) in def.columns.iter().enumerate() {
            match column.ty {
                ColumnType::Reference(target) if column.name_header.is_some() => {
                    targets.names.push((c, self.names(SCHEMA.id(target), replace)?));
                }
                ColumnType::AnyReference { kind, tables } => {
                    let target = |name: &'static str| {
                        let table = SCHEMA.id(name);
                        let known = self.known_so_far(table, replace);
                        Target { name, space: self.ids.share(table), known }
                    };
                    let tables = tables.iter().map(|(_, name)| target(name)).collect();
                    targets.any.push(AnyOf { column: c, kind: def.column(kind), tables });
                }
                _ => {}
            }
        }
        Ok(targets)
    }

    /// The names of the rows of a table, as far as it is loaded.
    fn names(&self, table: TableId, replace: bool) -> Result<Names, IngestError> {
        let (def, map) = (SCHEMA.get(table), &self.ids.get(table).map);
        let mut names = Names::default();
        let mut add = |id: u32, name: Option<&[u8]>| {
            if let Some(name) = name {
                names.add(trimmed(name).0, map.keys().text(id as usize));
            }
        };
        let mut come = BitVec::new();
        for rows in self.pending_rows(table) {
            for (id, name) in rows.texts(def.column("Name")) {
                come.set(id as usize);
                add(id, name);
            }
        }
        let known = self.known_so_far(table, replace);
        let stored = self.base.and_then(|b| b.table(table));
        for (first, file) in stored.map(|t| t.chunks()).transpose()?.unwrap_or_default() {
            let texts = file.texts("Name")?;
            for row in (0..file.rows()).filter(|row| known.get(first + row) && !come.get(first + row)) {
                add((first + row) as u32, texts.get(row));
            }
        }
        Ok(names)
    }

    /// Notes the rows whose reference finds no row so far; a later table may still bring it.
    pub(super) fn count_references(&mut self, builder: &TableBuilder, alive: &[u32], replace: bool) {
        for (c, column) in builder.def.columns.iter().enumerate() {
            let (ColumnType::Reference(target), Some(Cells::Ids(refs))) = (column.ty, builder.rows.cells(c))
            else {
                continue;
            };
            let target = SCHEMA.id(target);
            // A table that this load may yet replace has no row for certain.
            let open = replace && !self.is_pending(target);
            let known = if open { BitVec::new() } else { self.known_so_far(target, replace) };
            let ids = alive.iter().map(|&row| refs[row as usize]);
            let ids = ids.filter(|&id| id != NULL_ID && !known.get(id as usize)).collect();
            self.unresolved.push(UnknownYet { table: builder.table, column: column.name, target, ids });
        }
    }

    fn is_pending(&self, table: TableId) -> bool {
        self.pending.iter().any(|p| p.table == table)
    }

    fn pending_rows(&self, table: TableId) -> impl Iterator<Item = &ById> {
        self.pending.iter().filter(move |p| p.table == table).flat_map(|p| &p.by_id)
    }

    /// The ids that have a row in the store or in what has been read, as if no more were to come.
    fn known_so_far(&self, table: TableId, replace: bool) -> BitVec {
        let emptied = replace && self.is_pending(table);
        let mut known = if emptied { BitVec::new() } else { self.ids.get(table).known_before.clone() };
        self.pending_rows(table).flat_map(ById::ids).for_each(|id| known.set(id as usize));
        known
    }

    /// Puts into the report what has found no row when all tables are read.
    pub(super) fn report_references(&mut self, known: &BTreeMap<TableId, RoaringBitmap>) {
        for UnknownYet { table, column, target, mut ids } in std::mem::take(&mut self.unresolved) {
            ids.retain(|&id| !known[&target].contains(id));
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
