//! Rows in memory, column by column, on their way into column files.
//!
//! The same type holds the rows that a load brings and the stored rows that they are merged with, so
//! that merging is one gather. A column without a single value is held as nothing.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::texts::TextCells;
use crate::model::{ColumnDef, ColumnType, DECIMAL_ONE, MICROS_PER_SECOND, RowHasher, TableDef};
use crate::store::keys::KeyValues;
use crate::store::manifest::Range;
use crate::store::snapshot::ID;
use crate::store::{BitVec, ColumnFile, ColumnFileBuilder, NULL_ID, NULL_NUMBER, StoreError};

/// The cells of one column.
#[derive(Clone, Debug)]
pub enum Cells {
    /// The table's own keys, where they are not held as ids.
    Keys(KeyValues),
    /// References.
    Ids(Vec<u32>),
    /// Categories.
    Codes(Vec<u32>),
    /// Numbers, days, instants.
    Numbers(Vec<i64>),
    /// Days or instants.
    Moments {
        /// Instants; of a day, its midnight as if in UTC.
        micros: Vec<i64>,
        /// Which are days.
        date_only: BitVec,
    },
    /// Texts.
    Texts(TextCells),
}

impl Cells {
    fn new(ty: ColumnType) -> Cells {
        match ty {
            ColumnType::Key => Cells::Keys(KeyValues::new()),
            ColumnType::Reference(_) => Cells::Ids(Vec::new()),
            ColumnType::Category => Cells::Codes(Vec::new()),
            ColumnType::DateOrTimestamp => Cells::Moments { micros: Vec::new(), date_only: BitVec::new() },
            ColumnType::Text | ColumnType::Attributes | ColumnType::AnyReference { .. } => {
                Cells::Texts(TextCells::default())
            }
            ColumnType::Integer
            | ColumnType::Decimal
            | ColumnType::Money
            | ColumnType::Bool
            | ColumnType::Date
            | ColumnType::Timestamp => Cells::Numbers(Vec::new()),
        }
    }

    /// Appends a missing cell.
    pub fn push_null(&mut self) {
        match self {
            Cells::Keys(keys) => keys.push(None),
            Cells::Ids(ids) => ids.push(NULL_ID),
            Cells::Codes(codes) => codes.push(0),
            Cells::Numbers(numbers) => numbers.push(NULL_NUMBER),
            Cells::Moments { micros, date_only } => {
                micros.push(NULL_NUMBER);
                date_only.push(false);
            }
            Cells::Texts(texts) => texts.push(None),
        }
    }

    /// Appends a text cell.
    pub fn push_text(&mut self, text: Option<&[u8]>) {
        match self {
            Cells::Texts(texts) => texts.push(text),
            Cells::Keys(keys) => keys.push(text),
            _ => unreachable!("only texts and keys are pushed as text"),
        }
    }

    /// Leaves no cell, and room for as many as there were.
    fn clear(&mut self) {
        match self {
            Cells::Keys(keys) => keys.clear(),
            Cells::Ids(cells) | Cells::Codes(cells) => cells.clear(),
            Cells::Numbers(cells) => cells.clear(),
            Cells::Moments { micros, date_only } => {
                micros.clear();
                *date_only = BitVec::new();
            }
            Cells::Texts(texts) => texts.clear(),
        }
    }

    /// So many missing cells.
    fn missing(ty: ColumnType, len: usize) -> Cells {
        let mut cells = Cells::new(ty);
        (0..len).for_each(|_| cells.push_null());
        cells
    }

    /// Bytes held.
    fn size(&self) -> usize {
        match self {
            Cells::Keys(keys) => keys.size(),
            Cells::Ids(cells) | Cells::Codes(cells) => 4 * cells.len(),
            Cells::Numbers(cells) | Cells::Moments { micros: cells, .. } => 8 * cells.len(),
            Cells::Texts(texts) => texts.size(),
        }
    }

    /// Appends the chosen cells of a column of the same type.
    fn append_from(&mut self, other: &Cells, rows: &[u32]) {
        let at = |r: &u32| *r as usize;
        match (self, other) {
            (Cells::Keys(to), Cells::Keys(from)) => to.extend(&from.view(), rows.iter().map(at)),
            (Cells::Ids(to), Cells::Ids(from)) | (Cells::Codes(to), Cells::Codes(from)) => {
                to.extend(rows.iter().map(|r| from[at(r)]));
            }
            (Cells::Numbers(to), Cells::Numbers(from)) => to.extend(rows.iter().map(|r| from[at(r)])),
            (Cells::Moments { micros, date_only }, Cells::Moments { micros: from, date_only: flags }) => {
                micros.extend(rows.iter().map(|r| from[at(r)]));
                rows.iter().for_each(|r| date_only.push(flags.get(at(r))));
            }
            (Cells::Texts(to), Cells::Texts(from)) => to.extend(from, rows),
            _ => unreachable!("the cells of one column have one type"),
        }
    }

    /// Adds the column to a file, the cells in the given order.
    fn write(&self, def: &ColumnDef, order: &[u32], file: &mut ColumnFileBuilder) {
        let at = |r: &u32| *r as usize;
        match self {
            Cells::Keys(keys) => file.keys(def.name, keys, order.iter().copied()),
            Cells::Ids(ids) => file.ids(def.name, &order.iter().map(|r| ids[at(r)]).collect::<Vec<_>>()),
            Cells::Codes(codes) => {
                file.codes(def.name, &order.iter().map(|r| codes[at(r)]).collect::<Vec<_>>())
            }
            Cells::Numbers(v) => {
                let values: Vec<i64> = order.iter().map(|r| v[at(r)]).collect();
                file.numbers(def.name, &values, multipliers(def.ty));
            }
            Cells::Moments { micros, date_only } => {
                let values: Vec<i64> = order.iter().map(|r| micros[at(r)]).collect();
                file.numbers(def.name, &values, multipliers(def.ty));
                file.flags(def.name, &order.iter().map(|r| date_only.get(at(r))).collect());
            }
            Cells::Texts(texts) => texts.write(def.name, order, file),
        }
    }

    /// Appends the chosen cells of a column of a file.
    fn append_from_file(&mut self, file: &ColumnFile, name: &str, rows: &[u32]) -> Result<(), StoreError> {
        let at = |r: &u32| *r as usize;
        match self {
            Cells::Keys(keys) => keys.extend(&file.keys(name)?, rows.iter().map(at)),
            Cells::Ids(ids) => file.ids(name)?.gather(rows, ids),
            Cells::Codes(codes) => file.codes(name)?.gather(rows, codes),
            Cells::Numbers(numbers) => file.numbers(name)?.gather(rows, numbers),
            Cells::Moments { micros, date_only } => {
                file.numbers(name)?.gather(rows, micros);
                let flags = file.flags(name)?;
                rows.iter().for_each(|r| date_only.push(flags.get(at(r))));
            }
            Cells::Texts(texts) => texts.extend_stored(&file.texts(name)?, rows),
        }
        Ok(())
    }
}

/// What the hash of a row is made of beside its cells: the texts behind ids and codes.
pub trait Texts {
    /// The key behind a reference.
    fn key(&self, table: &str, id: u32, out: &mut Vec<u8>);
    /// The spelling behind a code of a column.
    fn spelling(&self, column: usize, code: u32) -> &[u8];
}

/// What the threads share out among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Files: one thread works on all columns of a file. If it waited for others to do some of them, it
    /// would take up another file meanwhile, whose rows are to be held then, too.
    Parts,
    /// The columns of one file.
    Columns,
}

impl Share {
    /// The columns, or rows, that one thread works on at least.
    pub fn items_min(self) -> usize {
        match self {
            Share::Parts => usize::MAX,
            Share::Columns => 1,
        }
    }
}

/// Rows of a table, with all or some of its columns.
#[derive(Clone, Debug)]
pub struct Rows {
    def: &'static TableDef,
    /// By position in the declaration: whether the rows have the column.
    has: Vec<bool>,
    /// Likewise the cells; none where every cell so far is missing.
    cells: Vec<Option<Cells>>,
    /// Surrogate ids of the rows, for tables that have them.
    pub ids: Vec<u32>,
    len: usize,
}

impl Rows {
    /// No rows, with the given columns. The key column is left out where rows have ids.
    fn new(def: &'static TableDef, wanted: impl Fn(&ColumnDef) -> bool) -> Self {
        let own_key = |c: &ColumnDef| def.has_ids() && c.ty == ColumnType::Key;
        let has = def.columns.iter().map(|c| wanted(c) && !own_key(c)).collect();
        Rows { def, has, cells: vec![None; def.columns.len()], ids: Vec::new(), len: 0 }
    }

    /// No rows, with every column.
    pub fn whole(def: &'static TableDef) -> Self {
        Self::new(def, |_| true)
    }

    /// No rows, with the columns that are kept by id: all for a table without time order.
    pub fn by_id(def: &'static TableDef) -> Self {
        Self::new(def, |c| def.time.is_none() || c.by_id)
    }

    /// The table's declaration.
    pub fn def(&self) -> &'static TableDef {
        self.def
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bytes held, near enough.
    pub fn size(&self) -> usize {
        self.cells.iter().flatten().map(Cells::size).sum::<usize>() + 4 * self.ids.len()
    }

    /// Leaves no row, and room for as many as there were.
    pub fn clear(&mut self) {
        self.cells.iter_mut().flatten().for_each(Cells::clear);
        self.ids.clear();
        self.len = 0;
    }

    /// Sets the number of rows once every column was appended to.
    pub fn set_len(&mut self, len: usize) {
        self.len = len;
    }

    /// The cells of a column that these rows have, when one of them has a value.
    pub fn cells(&self, column: usize) -> Option<&Cells> {
        self.cells[column].as_ref()
    }

    /// Every column's cells, for appending; see [`Self::filled`].
    pub fn columns_mut(&mut self) -> &mut [Option<Cells>] {
        &mut self.cells
    }

    /// The cells of a column, those of the first `len` rows made missing if there were none.
    pub fn filled(cells: &mut Option<Cells>, ty: ColumnType, len: usize) -> &mut Cells {
        cells.get_or_insert_with(|| Cells::missing(ty, len))
    }

    fn fields(&self) -> impl Iterator<Item = (usize, &'static ColumnDef, Option<&Cells>)> {
        let columns = self.def.columns.iter().zip(&self.cells).enumerate();
        columns.filter(|(c, _)| self.has[*c]).map(|(c, (def, cells))| (c, def, cells.as_ref()))
    }

    fn fields_mut(&mut self) -> impl Iterator<Item = (usize, &'static ColumnDef, &mut Option<Cells>)> {
        let columns = self.def.columns.iter().zip(&mut self.cells).enumerate();
        columns.filter(|(c, _)| self.has[*c]).map(|(c, (def, cells))| (c, def, cells))
    }

    /// Appends the chosen rows of `other`, which has at least these columns.
    pub fn append_from(&mut self, other: &Rows, rows: &[u32]) {
        let len = self.len;
        for (c, def, cells) in self.fields_mut() {
            match (other.cells(c), cells) {
                (Some(from), cells) => Self::filled(cells, def.ty, len).append_from(from, rows),
                (None, Some(cells)) => rows.iter().for_each(|_| cells.push_null()),
                (None, None) => {}
            }
        }
        if !other.ids.is_empty() {
            self.ids.extend(rows.iter().map(|&r| other.ids[r as usize]));
        }
        self.len += rows.len();
    }

    /// Appends the chosen rows of a file that has at least these columns, with their ids where it
    /// holds them.
    ///
    /// # Errors
    /// When a column is missing or damaged.
    pub fn append_from_file(
        &mut self,
        file: &ColumnFile,
        rows: &[u32],
        share: Share,
    ) -> Result<(), StoreError> {
        let len = self.len;
        let fields: Vec<_> = self.fields_mut().collect();
        fields.into_par_iter().with_min_len(share.items_min()).try_for_each(|(_, def, cells)| {
            Self::filled(cells, def.ty, len).append_from_file(file, def.name, rows)
        })?;
        if file.has(ID) {
            file.ids(ID)?.gather(rows, &mut self.ids);
        }
        self.len += rows.len();
        Ok(())
    }

    /// Appends a row of missing cells.
    pub fn push_null_row(&mut self) {
        self.cells.iter_mut().flatten().for_each(Cells::push_null);
        self.len += 1;
    }

    /// Instants (or days) of the rows, for their month and their place in it; none where no row has one.
    pub fn times(&self) -> Option<&[i64]> {
        match self.cells(self.def.time_column()?)? {
            Cells::Numbers(times) | Cells::Moments { micros: times, .. } => Some(times),
            _ => unreachable!("the time column holds numbers or moments"),
        }
    }

    /// Adds the columns to a file, the rows in the given order.
    pub fn write(&self, order: &[u32], file: &mut ColumnFileBuilder, share: Share) {
        let fields: Vec<_> = self.fields().collect();
        let column = |(_, def, cells): (usize, &'static ColumnDef, Option<&Cells>)| {
            let mut column = ColumnFileBuilder::new(order.len());
            match cells {
                Some(cells) => cells.write(def, order, &mut column),
                None => Cells::missing(def.ty, self.len).write(def, order, &mut column),
            }
            column
        };
        let columns: Vec<ColumnFileBuilder> =
            fields.into_par_iter().with_min_len(share.items_min()).map(column).collect();
        columns.into_iter().for_each(|column| file.append(column));
    }

    /// Ranges of the date and time columns over the given rows.
    pub fn ranges(&self, rows: &[u32]) -> BTreeMap<String, Range> {
        let mut ranges = BTreeMap::new();
        let mut put = |name: String, values: &mut dyn Iterator<Item = i64>| {
            let range =
                values.filter(|&v| v != NULL_NUMBER).map(|v| Range { min: v, max: v }).reduce(Range::join);
            if let Some(range) = range {
                ranges.insert(name, range);
            }
        };
        for (_, def, cells) in self.fields() {
            let rows = || rows.iter().map(|&r| r as usize);
            match (def.ty, cells) {
                (ColumnType::Date | ColumnType::Timestamp, Some(Cells::Numbers(v))) => {
                    put(def.name.into(), &mut rows().map(|r| v[r]));
                }
                (_, Some(Cells::Moments { micros, date_only })) => {
                    put(def.name.into(), &mut rows().filter(|&r| !date_only.get(r)).map(|r| micros[r]));
                    let days = |r: usize| match micros[r] {
                        NULL_NUMBER => NULL_NUMBER,
                        m => m.div_euclid(crate::model::MICROS_PER_DAY),
                    };
                    put(format!("{}.day", def.name), &mut rows().filter(|&r| date_only.get(r)).map(days));
                }
                _ => {}
            }
        }
        ranges
    }

    /// The hash of what a row says, equal to that of the export's line.
    pub fn hash(&self, row: usize, texts: &dyn Texts, hasher: &mut RowHasher) -> u64 {
        let mut key = Vec::new();
        for (c, def) in self.def.columns.iter().enumerate() {
            key.clear();
            if !self.has[c] {
                // Only an own key is not among the columns of whole rows.
                texts.key(self.def.name, self.ids[row], &mut key);
                hasher.text(&key);
                continue;
            }
            let Some(cells) = self.cells(c) else {
                hasher.null();
                continue;
            };
            match cells {
                Cells::Keys(keys) if keys.is_null(row) => hasher.null(),
                Cells::Keys(keys) => {
                    keys.write(row, &mut key);
                    hasher.text(&key);
                }
                Cells::Ids(ids) if ids[row] == NULL_ID => hasher.null(),
                Cells::Ids(ids) => {
                    let ColumnType::Reference(table) = def.ty else { unreachable!("ids are of references") };
                    texts.key(table, ids[row], &mut key);
                    hasher.text(&key);
                }
                Cells::Codes(codes) if codes[row] == 0 => hasher.null(),
                Cells::Codes(codes) => hasher.text(texts.spelling(c, codes[row])),
                Cells::Numbers(v) if v[row] == NULL_NUMBER => hasher.null(),
                Cells::Numbers(v) => hasher.number(v[row]),
                Cells::Moments { micros, .. } if micros[row] == NULL_NUMBER => hasher.null(),
                Cells::Moments { micros, date_only } if date_only.get(row) => hasher.date_only(micros[row]),
                Cells::Moments { micros, .. } => hasher.number(micros[row]),
                Cells::Texts(cells) => match cells.get(row) {
                    Some(text) => hasher.text(text),
                    None => hasher.null(),
                },
            }
        }
        hasher.finish()
    }
}

fn multipliers(ty: ColumnType) -> &'static [i64] {
    match ty {
        ColumnType::Timestamp | ColumnType::DateOrTimestamp => &[MICROS_PER_SECOND, 1],
        ColumnType::Money | ColumnType::Decimal => &[DECIMAL_ONE, DECIMAL_ONE / 10, DECIMAL_ONE / 100, 1],
        _ => &[1],
    }
}
