//! The rows of a fact that pass the filter, the groups that each falls into, and figures per group.
//!
//! Invariant: what is added up per group does not depend on the order of the rows.

use std::ops::Range;
use std::sync::Arc;

use super::days::{Zones, days};
use super::filter::RowFilter;
use super::parts;
use crate::kpi::context::{Context, Groups, Output, reached};
use crate::kpi::convert::Worth;
use crate::kpi::dims::{Dim, RowCodes, RowsOf, Source};
use crate::kpi::error::KpiError;
use crate::kpi::kernels::slots::{Accumulator, Slots};
use crate::kpi::lookup::{Lookups, code_at};
use crate::kpi::scan::predicate::TRUE;
use crate::kpi::scan::{Layout, Others, Periods, Side};
use crate::model::{Day, SCHEMA, civil};
use crate::store::{BitVec, NULL_NUMBER};

/// The rows that are counted: those of a table, or the parts that these are cut into.
pub struct Frame<'a, 'q> {
    /// Columns by id.
    pub lookups: &'q Lookups<'a>,
    /// Where the days of its rows start.
    pub zones: &'q Zones,
    /// The fact's table.
    pub table: &'static str,
    /// The row of the table that each part is cut from.
    owners: Option<Arc<Vec<u32>>>,
    len: u32,
}

impl<'a, 'q> Frame<'a, 'q> {
    fn new(lookups: &'q Lookups<'a>, zones: &'q Zones, side: &Side) -> Result<Self, KpiError> {
        let table = side.fact.table;
        let owners = side.fact.parts.map(|kind| parts::owners(lookups, kind)).transpose()?;
        let len = owners.as_ref().map_or(lookups.ids_of(table), |o| o.len()) as u32;
        Ok(Frame { lookups, zones, table, owners, len })
    }

    /// Number of rows.
    pub fn rows(&self) -> u32 {
        self.len
    }

    /// The row of the table that a row is, or is part of.
    pub fn table_row(&self, row: u32) -> u32 {
        self.owners.as_ref().map_or(row, |owners| owners[row as usize])
    }

    /// Where a row's codes stand.
    pub fn place(&self, of: RowsOf, row: u32) -> u32 {
        match of {
            RowsOf::Table => self.table_row(row),
            RowsOf::Parts => row,
        }
    }
}

/// The groups of each row, as numbers below the layout's.
enum RowGroups {
    One(Vec<u64>),
    Many { ends: Vec<u32>, groups: Vec<u64> },
}

/// The rows of one side of a figure.
pub struct Rows<'a, 'q> {
    ctx: &'q Context<'a, 'q>,
    side: usize,
    frame: Frame<'a, 'q>,
    passing: Vec<u32>,
    groups: RowGroups,
    layout: Layout,
    dims: Vec<usize>,
    /// The place of the age among the layout's dimensions.
    age_at: Option<usize>,
    aged_filter: Option<RowFilter>,
}

impl<'a, 'q> Rows<'a, 'q> {
    /// The rows of a side.
    ///
    /// # Errors
    /// When there are too many groups or the store is damaged.
    pub fn new(ctx: &'q Context<'a, 'q>, side: usize) -> Result<Self, KpiError> {
        let of = &ctx.sides[side];
        let frame = Frame::new(ctx.lookups, &ctx.zones, of)?;
        let filter = RowFilter::new(&of.filter, &frame)?;
        let known = ctx.lookups.known(of.fact.table)?;
        let mut is_known = BitVec::zeros(ctx.lookups.ids_of(of.fact.table));
        known.iter().for_each(|row| is_known.set(row as usize));
        let has_age = filter.has_age();
        let passing: Vec<u32> = (0..frame.rows())
            .filter(|&row| is_known.get(frame.table_row(row) as usize))
            .filter(|&row| has_age || filter.answer(row, 0) == TRUE)
            .filter(|&row| of.others.as_ref().is_none_or(|others| has_other(others, &frame, row)))
            .collect();
        let dims = reached(of);
        let layout = Layout::new(of, &dims, ctx.buckets.len())?;
        let aged = dims.iter().position(|&d| is_age(of.dims[d].as_ref().expect("reached")));
        let mut rows = Rows {
            ctx,
            side,
            frame,
            passing,
            groups: RowGroups::One(Vec::new()),
            age_at: aged,
            layout,
            dims,
            aged_filter: has_age.then_some(filter),
        };
        rows.groups = rows.row_groups();
        Ok(rows)
    }

    fn side(&self) -> &'q Side {
        &self.ctx.sides[self.side]
    }

    fn row_groups(&self) -> RowGroups {
        let of: Vec<&Dim> =
            self.dims.iter().map(|&d| self.side().dims[d].as_ref().expect("reached")).collect();
        let len = self.frame.rows() as usize;
        if !of.iter().any(|d| d.is_many_valued()) {
            let mut groups = vec![0u64; len];
            for (at, dim) in of.iter().enumerate() {
                let Source::Rows(RowCodes::One(codes), rows_of) = &dim.source else { continue };
                for &row in &self.passing {
                    groups[row as usize] +=
                        self.layout.part(at, code_at(codes, self.frame.place(*rows_of, row)));
                }
            }
            return RowGroups::One(groups);
        }
        let (mut ends, mut groups) = (Vec::with_capacity(len), Vec::new());
        let mut next = self.passing.iter().copied().peekable();
        for row in 0..len as u32 {
            if next.next_if_eq(&row).is_some() {
                let start = groups.len();
                groups.push(0u64);
                for (at, dim) in of.iter().enumerate() {
                    self.spread(dim, at, row, start, &mut groups);
                }
            }
            ends.push(groups.len() as u32);
        }
        RowGroups::Many { ends, groups }
    }

    /// Puts a row's groups, from `start` on, into the groups of each of its codes in a dimension.
    fn spread(&self, dim: &Dim, at: usize, row: u32, start: usize, groups: &mut Vec<u64>) {
        match &dim.source {
            Source::Rows(RowCodes::One(codes), of) => {
                let part = self.layout.part(at, code_at(codes, self.frame.place(*of, row)));
                groups[start..].iter_mut().for_each(|g| *g += part);
            }
            Source::Rows(RowCodes::Many(codes), of) => {
                let several = codes.of(self.frame.place(*of, row));
                let first = self.layout.part(at, several.first().copied().unwrap_or(0));
                let base: Vec<u64> = groups[start..].to_vec();
                groups[start..].iter_mut().for_each(|g| *g += first);
                for &code in several.iter().skip(1) {
                    let part = self.layout.part(at, code);
                    groups.extend(base.iter().map(|g| g + part));
                }
            }
            _ => {}
        }
    }

    /// The rows that pass the filter, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.passing.iter().copied()
    }

    /// The row of the table that a row is, or is part of.
    pub fn table_row(&self, row: u32) -> u32 {
        self.frame.table_row(row)
    }

    /// The groups of a row.
    pub fn groups(&self, row: u32) -> &[u64] {
        let at = row as usize;
        match &self.groups {
            RowGroups::One(groups) => std::slice::from_ref(&groups[at]),
            RowGroups::Many { ends, groups } => {
                let start = if at == 0 { 0 } else { ends[at - 1] };
                &groups[start as usize..ends[at] as usize]
            }
        }
    }

    /// Whether a row of an age passes a filter that asks for ages.
    pub fn passes_at(&self, row: u32, age: u32) -> bool {
        self.aged_filter.as_ref().is_none_or(|filter| filter.answer(row, age) == TRUE)
    }

    /// The civil day of each row of the table, by one of its columns.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn days(&self, column: &'static str) -> Result<Arc<Vec<i64>>, KpiError> {
        Ok(days(self.ctx.lookups, &self.ctx.zones, self.frame.table, column)?)
    }

    /// Amounts of a column of the table.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn numbers(&self, column: &'static str) -> Result<Arc<Vec<i64>>, KpiError> {
        Ok(self.ctx.lookups.numbers(self.frame.table, column)?)
    }

    /// Which spellings of a category column fold to one of these words, by row of the table.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn is_one_of(&self, column: &'static str, words: &[&str]) -> Result<BitVec, KpiError> {
        is_one_of(self.ctx.lookups, self.frame.table, column, words)
    }

    /// The rows that a flow counts, with the period and day of each. Those without a day, and those
    /// after as_of, are left out and counted.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn flow(&self, column: &'static str, output: &mut Output) -> Result<Vec<Placed>, KpiError> {
        self.flow_by(&self.days(column)?, &format!("{}: no {column}", self.frame.table), output)
    }

    /// As [`Self::flow`], by the days of the table's rows.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn flow_by(&self, days: &[i64], without: &str, output: &mut Output) -> Result<Vec<Placed>, KpiError> {
        let periods = self.ctx.flow();
        self.place_rows(days, &periods, self.iter(), without, output)
    }

    /// As [`Self::flow_by`], of some rows only and into given periods.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn place_rows(
        &self,
        days: &[i64],
        periods: &Periods,
        rows: impl Iterator<Item = u32>,
        without: &str,
        output: &mut Output,
    ) -> Result<Vec<Placed>, KpiError> {
        let ctx = self.ctx;
        let asked = ctx.buckets.first().map_or(0, |b| b.start)..ctx.until;
        let (mut placed, mut undated, mut later) = (Vec::new(), 0, 0);
        for row in rows {
            let day = days.get(self.table_row(row) as usize).copied().unwrap_or(NULL_NUMBER);
            if day == NULL_NUMBER {
                undated += 1;
                continue;
            }
            let day = day as Day;
            match periods.of(day) {
                Some(bucket) => placed.push(Placed { row, bucket, day }),
                None => later += u64::from(day > ctx.as_of && asked.contains(&day)),
            }
        }
        output.excluded.add(without, undated);
        output.excluded.add(format!("after {}", civil::format_day(ctx.as_of)), later);
        Ok(placed)
    }

    /// What amounts of the table are worth.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn worth(&self) -> Result<RowWorth<'q>, KpiError> {
        RowWorth::new(self.ctx, self.frame.table)
    }

    /// Figures per period and group, nothing added yet.
    pub fn cells<A: Accumulator>(&self) -> Cells<'_, 'a, 'q, A> {
        let used = BitVec::zeros(self.frame.rows() as usize);
        Cells { rows: self, slots: Slots::new(self.layout.slots), used }
    }

    /// How groups are numbered.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Period and group of a slot, as the answer has them.
    pub fn key(&self, slot: u64) -> crate::kpi::context::GroupKey {
        self.ctx.key(&self.layout, &self.dims, slot)
    }

    /// Counts the rows used whose value in a dimension is missing because what they name is not in the
    /// store.
    pub fn note_strangers(&self, used: &BitVec, output: &mut Output) {
        for &d in &self.dims {
            let dim = self.side().dims[d].as_ref().expect("reached");
            let Some(strangers) = &dim.strangers else { continue };
            let is = |&&row: &&u32| used.get(row as usize) && strangers.get(self.table_row(row) as usize);
            let rows = self.passing.iter().filter(is).count() as u64;
            output.excluded.add(format!("{}: not in the store", dim.def.name), rows);
        }
    }
}

/// Whether a row has some value, or combination of values, that is not among those kept.
fn has_other(others: &Others, frame: &Frame<'_, '_>, row: u32) -> bool {
    let mut combinations: Vec<Vec<u32>> = vec![Vec::new()];
    for dim in &others.dims {
        let codes = match &dim.source {
            Source::Rows(RowCodes::One(codes), of) => vec![code_at(codes, frame.place(*of, row))],
            Source::Rows(RowCodes::Many(codes), of) => match codes.of(frame.place(*of, row)) {
                [] => vec![0],
                several => several.to_vec(),
            },
            _ => vec![0],
        };
        combinations = combinations
            .into_iter()
            .flat_map(|c| codes.iter().map(move |&code| c.iter().copied().chain([code]).collect()))
            .collect();
    }
    combinations.iter().any(|c| !others.kept.contains(c))
}

fn is_age(dim: &Dim) -> bool {
    matches!(dim.source, Source::Rows(RowCodes::Age, _))
}

/// A row in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The row.
    pub row: u32,
    /// Position of the period.
    pub bucket: u32,
    /// Its day.
    pub day: Day,
}

/// Figures per period and group.
pub struct Cells<'r, 'a, 'q, A> {
    rows: &'r Rows<'a, 'q>,
    slots: Slots<A>,
    used: BitVec,
}

impl<A: Accumulator> Cells<'_, '_, '_, A> {
    /// Adds to every group of a row in a period.
    pub fn add(&mut self, bucket: u32, row: u32, add: impl Fn(&mut A)) {
        self.add_at(bucket, row, 0, add);
    }

    /// As [`Self::add`], for a row of an age.
    pub fn add_at(&mut self, bucket: u32, row: u32, age: u32, add: impl Fn(&mut A)) {
        self.used.set(row as usize);
        let layout = &self.rows.layout;
        let base = layout.period(bucket) + self.rows.age_at.map_or(0, |at| layout.part(at, age));
        for group in self.rows.groups(row) {
            add(self.slots.at(base + group));
        }
    }

    /// Adds to every group of a row in each of some periods.
    pub fn add_over(&mut self, buckets: Range<u32>, row: u32, add: impl Fn(&mut A)) {
        buckets.for_each(|bucket| self.add(bucket, row, &add));
    }

    /// The figures of the groups that something was added to; rows whose value in a dimension is not in
    /// the store are counted.
    pub fn finish(self, output: &mut Output) -> Groups<A> {
        self.rows.note_strangers(&self.used, output);
        self.slots.into_entries().map(|(slot, value)| (self.rows.key(slot), value)).collect()
    }
}

/// What the amounts of a table's rows are worth, on a day.
pub struct RowWorth<'q> {
    codes: Arc<Vec<u32>>,
    worth: Worth<'q>,
}

impl<'q> RowWorth<'q> {
    /// Of the rows of a table with a currency, its own or its subscription's.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn new(ctx: &Context<'_, 'q>, table: &'static str) -> Result<Self, KpiError> {
        let (codes, names) = super::dims::currencies(ctx.lookups, table)?;
        Ok(RowWorth { codes, worth: Worth::new(ctx.conversion, &names) })
    }

    /// What a unit of 0.0001 of a row of the table is worth on a day; none without a rate.
    pub fn at(&self, table_row: u32, day: Day) -> Option<i128> {
        self.worth.at(code_at(&self.codes, table_row), day)
    }

    /// As [`Self::at`]; rows without a rate are counted out.
    pub fn or_exclude(&self, table_row: u32, day: Day, output: &mut Output) -> Option<i128> {
        let worth = self.at(table_row, day);
        if worth.is_none() {
            output.excluded.add("no rate to convert with", 1);
        }
        worth
    }

    /// Sums of worths as money.
    pub fn worth(&self) -> &Worth<'q> {
        &self.worth
    }
}

/// Whether the category of each row of a table folds to one of these words.
///
/// # Errors
/// When the store is damaged.
pub fn is_one_of(
    lookups: &Lookups<'_>,
    table: &'static str,
    column: &'static str,
    words: &[&str],
) -> Result<BitVec, KpiError> {
    debug_assert!(SCHEMA.get(SCHEMA.id(table)).position(column).is_some());
    let dictionary = lookups.dictionary(table, column)?;
    let is = |code: u32| {
        let text = dictionary.filter(|_| code > 0).map(|d| crate::store::dictionary::fold(&d.text(code)));
        text.is_some_and(|text| words.iter().any(|w| w.eq_ignore_ascii_case(&text)))
    };
    let wanted: Vec<bool> = (0..=dictionary.map_or(0, |d| d.len()) as u32).map(is).collect();
    let mut flags = BitVec::zeros(lookups.ids_of(table));
    for (row, &code) in lookups.codes(table, column)?.iter().enumerate() {
        if wanted.get(code as usize) == Some(&true) {
            flags.set(row);
        }
    }
    Ok(flags)
}
