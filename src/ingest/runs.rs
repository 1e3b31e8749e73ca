//! Where do the rows of a table wait for their place in the store? In memory, and past a limit in
//! runs on disk, sorted out by the file of the store that they will be part of.
//!
//! Invariant: a row is known by its number, which is its place in the load; a part gives its rows in
//! the order of their numbers.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::error::IngestError;
use super::limits::Limits;
use super::rows::{Rows, Share};
use crate::model::{ColumnType, MICROS_PER_DAY, TableDef, civil};
use crate::store::commit::Writer;
use crate::store::keys::KeysView;
use crate::store::snapshot::{CHUNK, ID, MONTH};
use crate::store::{BitVec, ColumnFileBuilder, NULL_NUMBER, Scratch, StoreError};

/// The section of a run that holds the numbers of its rows.
const NUMBER: &str = "#number";

/// What of a table is written as one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A month; none: the rows without a time.
    Month(Option<i32>),
    /// A range of ids.
    Ids(usize),
}

/// Some rows of a part.
pub struct PartRows {
    /// All columns of the part's file.
    pub rows: Rows,
    /// The number of each row.
    pub numbers: Vec<u32>,
    /// Of a range of ids of a fact table: the month of each row.
    pub months: Vec<i64>,
}

/// The rows of one table.
pub struct Runs<'w> {
    def: &'static TableDef,
    writer: &'w Writer,
    limits: Limits,
    /// The rows of the last run, still in memory.
    pub memory: Rows,
    /// The number of the first of them.
    first: usize,
    parts: BTreeMap<Part, Vec<Scratch>>,
    /// The rows in memory by part, once there are no more to come.
    in_memory: BTreeMap<Part, Vec<u32>>,
    written: usize,
}

impl<'w> Runs<'w> {
    /// Without rows.
    pub fn new(def: &'static TableDef, writer: &'w Writer, limits: Limits) -> Self {
        Runs {
            def,
            writer,
            limits,
            memory: Rows::whole(def),
            first: 0,
            parts: BTreeMap::new(),
            in_memory: BTreeMap::new(),
            written: 0,
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.first + self.memory.len()
    }

    /// The number of a row in memory.
    pub fn number(&self, row: usize) -> usize {
        self.first + row
    }

    fn sorted_out(&self) -> BTreeMap<Part, Vec<u32>> {
        let mut parts: BTreeMap<Part, Vec<u32>> = BTreeMap::new();
        if self.def.time.is_some() {
            let (mut months, times) = (Months::of(self.def), self.memory.times());
            let month =
                |row: u32| Part::Month(months.month(times.map_or(NULL_NUMBER, |times| times[row as usize])));
            sort_out(self.memory.len(), month, &mut parts);
        }
        if self.def.has_ids() {
            let chunk = |row: u32| Part::Ids(self.memory.ids[row as usize] as usize / CHUNK);
            sort_out(self.memory.len(), chunk, &mut parts);
        }
        parts
    }

    fn take(&self, part: Part, rows: &[u32]) -> PartRows {
        let mut of_part = PartRows::new(self.def, part);
        of_part.rows.append_from(&self.memory, rows);
        of_part.numbers.extend(rows.iter().map(|&row| self.number(row as usize) as u32));
        if of_part.has_months(part) {
            let (mut months, times) = (Months::of(self.def), self.memory.times());
            let mut month = |&row: &u32| months.month(times.map_or(NULL_NUMBER, |times| times[row as usize]));
            of_part.months.extend(rows.iter().map(|row| month(row).map_or(NULL_NUMBER, i64::from)));
        }
        of_part
    }

    /// Writes the rows in memory to disk when they have become too many.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn spill(&mut self) -> Result<(), IngestError> {
        if self.memory.size() <= self.limits.run_bytes {
            return Ok(());
        }
        let parts: Vec<(usize, (Part, Vec<u32>))> = (self.written..).zip(self.sorted_out()).collect();
        let write = |(number, (part, rows)): &(usize, (Part, Vec<u32>))| self.write(*number, *part, rows);
        let runs: Vec<Scratch> = parts.par_iter().with_max_len(1).map(write).collect::<Result<_, _>>()?;
        for ((_, (part, _)), run) in parts.iter().zip(runs) {
            self.parts.entry(*part).or_default().push(run);
        }
        self.written += parts.len();
        self.first = self.len();
        self.memory.clear();
        Ok(())
    }

    fn write(&self, number: usize, part: Part, rows: &[u32]) -> Result<Scratch, StoreError> {
        let of_part = self.take(part, rows);
        let mut file = ColumnFileBuilder::new(rows.len());
        file.ids(NUMBER, &of_part.numbers);
        if self.def.has_ids() {
            file.ids(ID, &of_part.rows.ids);
        }
        if of_part.has_months(part) {
            file.numbers(MONTH, &of_part.months, &[1]);
        }
        of_part.rows.write(&(0..rows.len() as u32).collect::<Vec<_>>(), &mut file, Share::Parts);
        Scratch::write(self.writer.dir(), self.def.name, &format!("{number:06}"), rows.len(), file)
    }

    /// No more rows will come.
    pub fn finish(&mut self) {
        self.in_memory = self.sorted_out();
        self.in_memory.keys().for_each(|part| _ = self.parts.entry(*part).or_default());
    }

    /// The parts that have a row.
    pub fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        self.parts.keys().copied()
    }

    /// The rows of a part, without those that are left out.
    ///
    /// # Errors
    /// When a run cannot be read.
    pub fn rows(&self, part: Part, left_out: &BitVec, share: Share) -> Result<PartRows, IngestError> {
        let mut all = PartRows::new(self.def, part);
        for run in self.parts.get(&part).into_iter().flatten() {
            let file = run.open()?;
            let numbers = file.ids(NUMBER)?.raw;
            let rows: Vec<u32> = (0..file.rows() as u32)
                .filter(|&row| !left_out.get(numbers[row as usize] as usize))
                .collect();
            all.rows.append_from_file(&file, &rows, share)?;
            all.numbers.extend(rows.iter().map(|&row| numbers[row as usize]));
            if all.has_months(part) {
                file.numbers(MONTH)?.gather(&rows, &mut all.months);
            }
        }
        if let Some(rows) = self.in_memory.get(&part) {
            let stays = |row: &u32| !left_out.get(self.number(*row as usize));
            let last = self.take(part, &rows.iter().copied().filter(stays).collect::<Vec<_>>());
            if all.rows.len() == 0 {
                return Ok(last);
            }
            all.rows.append_from(&last.rows, &(0..last.rows.len() as u32).collect::<Vec<_>>());
            all.numbers.extend(last.numbers);
            all.months.extend(last.months);
        }
        Ok(all)
    }

    /// Every row's number and key, a stretch of rows at a time, in no order.
    ///
    /// # Errors
    /// When a run cannot be read.
    pub fn each_key(
        &self,
        column: usize,
        take: &mut dyn FnMut(&[u32], &KeysView<'_>),
    ) -> Result<(), IngestError> {
        for run in
            self.parts.iter().filter(|(part, _)| matches!(part, Part::Month(_))).flat_map(|(_, runs)| runs)
        {
            let file = run.open()?;
            take(file.ids(NUMBER)?.raw, &file.keys(self.def.columns[column].name)?);
        }
        if let Some(super::rows::Cells::Keys(keys)) = self.memory.cells(column) {
            let numbers: Vec<u32> = (self.first..self.len()).map(|number| number as u32).collect();
            take(&numbers, &keys.view());
        }
        Ok(())
    }
}

/// Puts rows to those of their part; neighbours are mostly of the same.
fn sort_out(rows: usize, mut part: impl FnMut(u32) -> Part, parts: &mut BTreeMap<Part, Vec<u32>>) {
    let mut row = 0;
    while row < rows as u32 {
        let own = part(row);
        let same = parts.entry(own).or_default();
        while row < rows as u32 && part(row) == own {
            same.push(row);
            row += 1;
        }
    }
}

/// Tells the month of a time, remembering the last one.
struct Months {
    in_days: bool,
    /// The last month, and the times that lie in it.
    last: Option<i32>,
    times: Range<i64>,
}

impl Months {
    fn of(def: &TableDef) -> Self {
        let time = def.time_column().expect("only rows of a fact table have a month");
        Months { in_days: def.columns[time].ty == ColumnType::Date, last: None, times: 0..0 }
    }

    fn month(&mut self, time: i64) -> Option<i32> {
        if self.times.contains(&time) {
            return self.last;
        }
        if time == NULL_NUMBER {
            return None;
        }
        let unit = if self.in_days { 1 } else { MICROS_PER_DAY };
        let month = civil::month_index(time.div_euclid(unit) as i32);
        let start = |month| i64::from(civil::month_start(month)) * unit;
        (self.last, self.times) = (Some(month), start(month)..start(month + 1));
        self.last
    }
}

impl PartRows {
    /// None yet.
    pub fn new(def: &'static TableDef, part: Part) -> Self {
        let rows = match part {
            Part::Month(_) => Rows::whole(def),
            Part::Ids(_) => Rows::by_id(def),
        };
        PartRows { rows, numbers: Vec::new(), months: Vec::new() }
    }

    fn has_months(&self, part: Part) -> bool {
        matches!(part, Part::Ids(_)) && self.rows.def().time.is_some()
    }
}
