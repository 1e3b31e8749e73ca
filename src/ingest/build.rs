//! Typed blocks of one table's exports → rows with ids and codes.
//!
//! Within one load the last row with a key wins, in file order.

use rayon::prelude::*;

use super::column::{Block, Column, TextColumn};
use super::error::IngestError;
use super::ids::{IdSpace, IdSpaces};
use super::limits::Limits;
use super::repeats::each_repeat;
use super::rows::{Cells, Rows, Share};
use super::runs::{Part, PartRows, Runs};
use crate::model::{ColumnType, SCHEMA, TableDef, TableId};
use crate::store::commit::Writer;
use crate::store::dictionary::DictionaryBuilder;
use crate::store::{BitVec, NULL_ID};

/// How many earlier rows with the same key a load left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// The earlier row said the same as the last one.
    pub identical: u64,
    /// The earlier row said something else.
    pub differing: u64,
}

const NONE: u32 = u32::MAX;

/// The rows of one table in one load.
pub struct TableBuilder<'w> {
    /// The table.
    pub table: TableId,
    /// Its declaration.
    pub def: &'static TableDef,
    /// Earlier rows with the same key.
    pub skipped: Skipped,
    limits: Limits,
    runs: Runs<'w>,
    /// The hash of what each row says.
    hashes: Vec<u64>,
    /// Of each id the last row.
    latest: Vec<u32>,
    left_out: BitVec,
    /// Where keys are held as ids: the rows left out, each with its id.
    earlier: Vec<(u32, u32)>,
    /// The last key, as long as each is longer or greater than the one before, so that none can be
    /// there twice; where keys are not held as ids.
    rising: Option<Vec<u8>>,
}

impl<'w> TableBuilder<'w> {
    /// Without rows.
    pub fn new(table: TableId, writer: &'w Writer, limits: Limits) -> Self {
        let def = SCHEMA.get(table);
        TableBuilder {
            table,
            def,
            skipped: Skipped::default(),
            limits,
            runs: Runs::new(def, writer, limits),
            hashes: Vec::new(),
            latest: Vec::new(),
            left_out: BitVec::new(),
            earlier: Vec::new(),
            rising: Some(Vec::new()),
        }
    }

    /// Appends a block. The ids of the table and of those it refers to must have been asked for.
    ///
    /// # Errors
    /// When there are more ids or rows than numbers, or rows cannot be put aside.
    pub fn append(
        &mut self,
        block: &Block,
        ids: &mut IdSpaces<'_>,
        dictionaries: &mut [DictionaryBuilder],
    ) -> Result<(), IngestError> {
        let first = self.runs.memory.len();
        self.append_own_ids(block, ids);
        self.append_columns(block, ids, dictionaries);
        self.runs.memory.set_len(first + block.rows);
        self.limits.check(self.def, "rows", self.runs.len())?;
        for table in self.with_ids() {
            self.limits.check(SCHEMA.get(table), "ids", ids.get(table).len())?;
        }
        self.hashes.extend_from_slice(&block.row_hash);
        if self.def.has_ids() {
            self.latest.resize(ids.get(self.table).len(), NONE);
            for row in first..self.runs.memory.len() {
                let number = self.runs.number(row);
                let id = self.runs.memory.ids[row];
                let earlier = std::mem::replace(&mut self.latest[id as usize], number as u32);
                if earlier != NONE {
                    self.earlier.push((earlier, id));
                }
            }
        } else if let Some(Column::Text(keys)) = self.def.key().map(|key| &block.columns[key]) {
            self.follow_keys(keys);
        }
        self.runs.spill()
    }

    /// The tables whose ids a row of this one may be the first to mention.
    fn with_ids(&self) -> impl Iterator<Item = TableId> + use<> {
        let own = self.def.has_ids().then_some(self.table);
        let targets = self.def.columns.iter().filter_map(|column| match column.ty {
            ColumnType::Reference(target) => Some(SCHEMA.id(target)),
            _ => None,
        });
        own.into_iter().chain(targets)
    }

    fn append_own_ids(&mut self, block: &Block, ids: &mut IdSpaces<'_>) {
        if !self.def.has_ids() {
            return;
        }
        let own = &mut self.runs.memory.ids;
        let first = own.len();
        let keys = self.def.key().map(|key| &block.columns[key]);
        let Some(Column::Text(keys)) = keys else {
            let space = ids.get_mut(self.table);
            own.extend((0..block.rows).map(|_| space.push_anonymous()));
            return;
        };
        let stored = ids.get(self.table);
        own.par_extend((0..block.rows).into_par_iter().map(|row| found(stored, keys, row)));
        let space = ids.get_mut(self.table);
        for (row, id) in own[first..].iter_mut().enumerate().filter(|(_, id)| **id == NULL_ID) {
            *id = match keys.get(row) {
                Some(key) => space.add(key),
                None => space.push_anonymous(),
            };
        }
    }

    /// Every column at the same time; then the keys that nobody has mentioned before get their ids, in
    /// order.
    fn append_columns(
        &mut self,
        block: &Block,
        ids: &mut IdSpaces<'_>,
        dictionaries: &mut [DictionaryBuilder],
    ) {
        let (def, first, rows) = (self.def, self.runs.memory.len(), block.rows);
        let spaces: &IdSpaces<'_> = ids;
        let append = |((c, cells), dictionary): ((usize, &mut Option<Cells>), &mut DictionaryBuilder)| {
            let (column, ty) = (&block.columns[c], def.columns[c].ty);
            if ty == ColumnType::Key && def.has_ids() {
                return;
            }
            if *column == Column::Absent {
                cells.iter_mut().for_each(|cells| (0..rows).for_each(|_| cells.push_null()));
                return;
            }
            append_column(Rows::filled(cells, ty, first), ty, column, rows, spaces, dictionary);
        };
        let cells = self.runs.memory.columns_mut();
        cells.par_iter_mut().enumerate().zip(dictionaries.par_iter_mut()).with_max_len(1).for_each(append);
        for ((column, cells), texts) in def.columns.iter().zip(cells).zip(&block.columns) {
            if let (ColumnType::Reference(target), Some(Cells::Ids(cells)), Column::Text(texts)) =
                (column.ty, cells, texts)
            {
                let target = SCHEMA.id(target);
                for (row, id) in cells[first..].iter_mut().enumerate().filter(|(_, id)| **id == NULL_ID) {
                    if let Some(key) = texts.get(row) {
                        *id = ids.get_mut(target).add(key);
                    }
                }
            }
        }
    }

    fn follow_keys(&mut self, keys: &TextColumn) {
        let Some(last) = &self.rising else { return };
        let mut last: &[u8] = last;
        for key in keys.iter().flatten() {
            if (key.len(), key) <= (last.len(), last) {
                self.rising = None;
                return;
            }
            last = key;
        }
        self.rising = Some(last.to_vec());
    }

    fn leave_out(&mut self, earlier: usize, last: usize) {
        self.left_out.set(earlier);
        if self.hashes[earlier] == self.hashes[last] {
            self.skipped.identical += 1;
        } else {
            self.skipped.differing += 1;
        }
    }

    /// Leaves out the rows whose key a later row has. No more rows will come.
    ///
    /// # Errors
    /// When rows that were put aside cannot be read.
    pub fn finish(&mut self) -> Result<(), IngestError> {
        self.runs.finish();
        for (earlier, id) in std::mem::take(&mut self.earlier) {
            self.leave_out(earlier as usize, self.latest[id as usize] as usize);
        }
        if let (false, Some(key), None) = (self.def.has_ids(), self.def.key(), &self.rising) {
            let mut repeats = Vec::new();
            each_repeat(&self.runs, key, |earlier, last| repeats.push((earlier, last)))?;
            repeats.into_iter().for_each(|(earlier, last)| self.leave_out(earlier, last));
        }
        Ok(())
    }

    /// Number of rows that stay.
    pub fn len(&self) -> u64 {
        self.runs.len() as u64 - self.left_out.count()
    }

    /// The ids of the rows.
    pub fn ids(&self) -> BitVec {
        let mut ids = BitVec::new();
        self.latest.iter().enumerate().filter(|(_, row)| **row != NONE).for_each(|(id, _)| ids.set(id));
        ids
    }

    /// The parts of the table that have a row.
    pub fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        self.runs.parts()
    }

    /// The rows of a part that stay.
    ///
    /// # Errors
    /// When rows that were put aside cannot be read.
    pub fn rows(&self, part: Part, share: Share) -> Result<PartRows, IngestError> {
        self.runs.rows(part, &self.left_out, share)
    }

    /// The sum of the hashes of some rows, modulo 2^128.
    pub fn content(&self, numbers: &[u32]) -> u128 {
        numbers.iter().fold(0, |sum, &n| sum.wrapping_add(u128::from(self.hashes[n as usize])))
    }
}

/// The id of a key; none where it has no id yet, or there is no key.
fn found(space: &IdSpace<'_>, keys: &TextColumn, row: usize) -> u32 {
    keys.get(row).and_then(|key| space.find(key)).unwrap_or(NULL_ID)
}

fn append_column(
    cells: &mut Cells,
    ty: ColumnType,
    column: &Column,
    rows: usize,
    ids: &IdSpaces<'_>,
    dictionary: &mut DictionaryBuilder,
) {
    match (cells, column) {
        (Cells::Ids(out), Column::Text(texts)) => {
            let ColumnType::Reference(target) = ty else { unreachable!("ids are of references") };
            let space = ids.get(SCHEMA.id(target));
            space.find_each(texts.iter(), out);
        }
        (Cells::Codes(out), Column::Text(texts)) => {
            out.extend((0..rows).map(|row| texts.get(row).map_or(0, |text| dictionary.code(text))));
        }
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
