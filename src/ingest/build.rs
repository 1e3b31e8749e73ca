//! Typed blocks of one table's exports → rows with ids and codes.
//!
//! Within one load the last row with a key wins, in file order.

use hashbrown::HashTable;

use super::column::{Block, Column, TextColumn};
use super::ids::IdSpaces;
use super::rows::{Cells, Rows};
use crate::model::{ColumnType, SCHEMA, TableDef, TableId};
use crate::store::NULL_ID;
use crate::store::dictionary::DictionaryBuilder;
use crate::store::keys::hash_text;

/// How many earlier rows with the same key a load left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// The earlier row said the same.
    pub identical: u64,
    /// The earlier row said something else.
    pub differing: u64,
}

const NONE: u32 = u32::MAX;

/// The rows of one table in one load.
pub struct TableBuilder {
    /// The table.
    pub table: TableId,
    /// Its declaration.
    pub def: &'static TableDef,
    /// The rows, in file order.
    pub rows: Rows,
    /// The hash of what each row says.
    pub hashes: Vec<u64>,
    /// Earlier rows with the same key.
    pub skipped: Skipped,
    latest: Vec<u32>,
    alive: Vec<bool>,
}

impl TableBuilder {
    /// Without rows.
    pub fn new(table: TableId) -> Self {
        let def = SCHEMA.get(table);
        TableBuilder {
            table,
            def,
            rows: Rows::whole(def),
            hashes: Vec::new(),
            skipped: Skipped::default(),
            latest: Vec::new(),
            alive: Vec::new(),
        }
    }

    /// Appends a block. The ids of the table and of those it refers to must have been asked for.
    pub fn append(&mut self, block: &Block, ids: &mut IdSpaces, dictionaries: &mut [DictionaryBuilder]) {
        let first = self.rows.len();
        for (c, column) in block.columns.iter().enumerate() {
            let ty = self.def.columns[c].ty;
            if ty == ColumnType::Key && self.def.has_ids() {
                self.append_own_ids(column, block.rows, ids);
                continue;
            }
            let cells = self.rows.cells_mut(c).expect("whole rows have every other column");
            append_column(cells, ty, column, block.rows, ids, &mut dictionaries[c]);
        }
        if self.def.has_ids() && self.def.key().is_none() {
            let space = ids.get_mut(self.table);
            (0..block.rows).for_each(|_| self.rows.ids.push(space.map.push_anonymous()));
        }
        self.rows.set_len(first + block.rows);
        self.hashes.extend_from_slice(&block.row_hash);
        self.alive.resize(self.rows.len(), true);
        if self.def.has_ids() {
            self.latest.resize(ids.get(self.table).map.len(), NONE);
            for row in first..self.rows.len() {
                let earlier = std::mem::replace(&mut self.latest[self.rows.ids[row] as usize], row as u32);
                if earlier != NONE {
                    self.leave_out(earlier as usize, row);
                }
            }
        }
    }

    fn append_own_ids(&mut self, column: &Column, rows: usize, ids: &mut IdSpaces) {
        let space = ids.get_mut(self.table);
        match column {
            Column::Text(texts) => (0..rows).for_each(|r| {
                let id = match texts.get(r) {
                    Some(key) => space.map.id(key),
                    None => space.map.push_anonymous(),
                };
                self.rows.ids.push(id);
            }),
            _ => (0..rows).for_each(|_| self.rows.ids.push(space.map.push_anonymous())),
        }
    }

    fn leave_out(&mut self, earlier: usize, later: usize) {
        self.alive[earlier] = false;
        if self.hashes[earlier] == self.hashes[later] {
            self.skipped.identical += 1;
        } else {
            self.skipped.differing += 1;
        }
    }

    /// Finds rows with the same key in a table whose rows have no ids, then gives the rows that stay,
    /// in file order.
    pub fn finish(&mut self) -> Vec<u32> {
        if let (false, Some(key)) = (self.def.has_ids(), self.def.key()) {
            let Some(Cells::Keys(keys)) = self.rows.cells(key).cloned() else {
                unreachable!("keys are kept")
            };
            if !keys.strictly_rising() {
                let mut by_hash: HashTable<u32> = HashTable::with_capacity(keys.len());
                let mut text = Vec::new();
                let hash = |row: u32| hash_text(&keys.text(row as usize));
                for row in 0..keys.len() as u32 {
                    if keys.is_null(row as usize) {
                        continue;
                    }
                    text.clear();
                    keys.write(row as usize, &mut text);
                    let own = hash_text(&text);
                    match by_hash.find_mut(own, |&r| keys.text(r as usize) == text) {
                        Some(at) => {
                            let earlier = std::mem::replace(at, row);
                            self.leave_out(earlier as usize, row as usize);
                        }
                        None => {
                            by_hash.insert_unique(own, row, |&r| hash(r));
                        }
                    }
                }
            }
        }
        (0..self.rows.len() as u32).filter(|&r| self.alive[r as usize]).collect()
    }
}

fn append_column(
    cells: &mut Cells,
    ty: ColumnType,
    column: &Column,
    rows: usize,
    ids: &mut IdSpaces,
    dictionary: &mut DictionaryBuilder,
) {
    match (cells, column) {
        (cells, Column::Absent) => (0..rows).for_each(|_| cells.push_null()),
        (Cells::Ids(out), Column::Text(texts)) => {
            let ColumnType::Reference(target) = ty else { unreachable!("ids are of references") };
            let map = &mut ids.get_mut(SCHEMA.id(target)).map;
            out.extend((0..rows).map(|r| texts.get(r).map_or(NULL_ID, |key| map.id(key))));
        }
        (Cells::Codes(out), Column::Text(texts)) => append_codes(out, texts, rows, dictionary),
        (Cells::Numbers(out), Column::Number(values)) => out.extend_from_slice(values),
        (Cells::Moments { micros, date_only }, Column::Moment { micros: from, date_only: flags }) => {
            micros.extend_from_slice(from);
            flags.iter().for_each(|&f| date_only.push(f));
        }
        (cells @ (Cells::Texts(_) | Cells::Keys(_)), Column::Text(texts)) => {
            (0..rows).for_each(|r| cells.push_text(texts.get(r)));
        }
        _ => unreachable!("a block's columns have the declared types"),
    }
}

fn append_codes(out: &mut Vec<u32>, texts: &TextColumn, rows: usize, dictionary: &mut DictionaryBuilder) {
    for r in 0..rows {
        out.push(texts.get(r).map_or(0, |t| dictionary.code(t)));
    }
}
