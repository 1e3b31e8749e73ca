//! How many rows does each period and group have?

use std::ops::RangeInclusive;

use super::chunk::Chunk;
use super::parts::Part;
use super::periods::NO_BUCKET;
use super::predicate::TRUE;
use super::run::rows;
use super::{Joins, Scan};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::{Entry, Grouped};
use crate::kpi::kernels::groups::Groups;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::totals::Totals;
use crate::model::ColumnType;
use crate::store::views::{self, Counts};
use crate::store::{Selection, StoreError};

/// The rows of each of so many codes are counted by comparing all with it.
const FEW_CODES: usize = 16;

impl<'a> Scan<'a, '_> {
    /// Counts the rows per period and group. `emit` takes a period, a group and its number of rows, in order; what
    /// it makes of them comes in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn counted<O: Send + Default>(
        &self,
        emit: impl Fn(&mut O, u32, u64, u64) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        let scan = self.flagged();
        scan.by_period(
            || Totals::<0>::new(scan.layout.groups()),
            |state, chunk| {
                if scan.is_flagged {
                    state.add_rows(0, chunk.flags.as_deref().map_or(chunk.len() as u64, views::count), []);
                } else {
                    state.add(&chunk.groups, chunk.len(), []);
                }
                Ok(())
            },
            |state, bucket, output| state.finish(|group, rows, _| emit(output, bucket, group, rows)),
        )
    }

    /// Counts the rows of each class per period and group: that of a row is the one that `classes` has for its
    /// code in a category column. `emit` takes a period, a group and the number of rows of each of its `N`
    /// classes, in order; what it makes of them comes in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged, or there are too many groups.
    pub fn classed<const N: usize, O: Send + Default>(
        &self,
        column: &str,
        classes: &[u8],
        emit: impl Fn(&mut O, u32, u64, [u64; N]) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        let class = |code: u32| u32::from(classes.get(code as usize).copied().unwrap_or(0)).min(N as u32 - 1);
        let scan = self.flagged();
        let cells = scan.layout.cells(N as u64)?;
        scan.by_period(
            || Totals::<0>::new(cells),
            |state, chunk| {
                let codes = chunk.stored_codes(column)?;
                if scan.is_flagged
                    && classes.len() <= FEW_CODES
                    && let Some(counts) =
                        codes.count_each(&chunk.rows, chunk.flags.as_deref(), classes.len() as u8)
                {
                    for (code, rows) in (0u32..).zip(counts) {
                        state.add_rows(u64::from(class(code)), rows, []);
                    }
                    return Ok(());
                }
                let mut of = chunk.of_those_that_count(codes.read(&chunk.rows));
                of.iter_mut().for_each(|code| *code = class(*code));
                let len = of.len();
                state.add(&chunk.groups.cut(of, N as u64, cells), len, []);
                Ok(())
            },
            |state, bucket, output| {
                state.finish_parts(|group, parts: [_; N]| {
                    emit(output, bucket, group, parts.map(|part| part.0))
                });
            },
        )
    }

    /// Counts the rows of each class per period and group: `classes` tells that of each row of a chunk, which is
    /// below `N`. `emit` takes a period, a group and the number of rows of each class, in order; what it makes of
    /// them comes in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged, or there are too many groups.
    pub fn classes<const N: usize, O: Send + Default>(
        &self,
        classes: impl Fn(&Chunk<'a>) -> Result<Vec<u32>, StoreError> + Sync,
        emit: impl Fn(&mut O, u32, u64, [u64; N]) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        let groups = self.layout.groups();
        if let Some(tallied) = self.tallied(N as u64)? {
            let visit = |totals: &mut Totals<0>, chunk: &Chunk<'a>| {
                let cells = tallied.slots(self, chunk)?.cut(classes(chunk)?, N as u64, tallied.cells);
                totals.add(&cells, chunk.len(), []);
                Ok(())
            };
            let mut output = O::default();
            let mut totals =
                self.fold(&tallied.parts, &tallied.joins, &|| Totals::new(tallied.cells), &visit)?;
            totals.finish_parts(|slot, parts: [_; N]| {
                if slot < tallied.none * groups {
                    emit(&mut output, (slot / groups) as u32, slot % groups, parts.map(|part| part.0));
                }
            });
            return Ok(vec![output]);
        }
        let cells = self.layout.cells(N as u64)?;
        self.by_period(
            || Totals::<0>::new(cells),
            |state, chunk| {
                state.add(&chunk.groups.cut(classes(chunk)?, N as u64, cells), chunk.len(), []);
                Ok(())
            },
            |state, bucket, output| {
                state.finish_parts(|group, parts: [_; N]| {
                    emit(output, bucket, group, parts.map(|part| part.0))
                });
            },
        )
    }

    /// How rows are counted where they fall, of a table whose rows stand in no order of time; none of others, and
    /// where periods, groups and so many classes are more than rows.
    fn tallied(&self, classes: u64) -> Result<Option<Tallied<'a>>, KpiError> {
        if self.clock.is_none() || self.def.time.is_some() {
            return Ok(None);
        }
        let parts = self.files()?;
        let none = self.periods.count() as u64;
        let cells = self.layout.groups().saturating_mul(none + 1).saturating_mul(classes);
        let total = rows(&parts) as u64;
        if cells > total {
            return Ok(None);
        }
        self.lookups.work().add_rows(total);
        Ok(Some(Tallied { joins: self.joins(&parts)?, parts, none, cells }))
    }

    /// Number of rows per period and group.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn counts(&self) -> Result<Grouped<u64>, KpiError> {
        Ok(Grouped::new(&self.layout, self.count_parts()?))
    }

    /// As [`Self::counts`], in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn count_parts(&self) -> Result<Vec<Vec<Entry<u64>>>, KpiError> {
        if let Some(entries) = self.tally()? {
            return Ok(vec![entries]);
        }
        self.counted(|entries: &mut Vec<Entry<u64>>, bucket, group, value| {
            entries.push(Entry { bucket, group, value });
        })
    }

    /// As [`Self::counts`], of a table whose rows stand in no order of time: each is counted where it falls,
    /// where periods and groups are fewer than rows.
    fn tally(&self) -> Result<Option<Vec<Entry<u64>>>, KpiError> {
        let Some(tallied) = self.tallied(1)? else { return Ok(None) };
        let scan = self.flagged();
        if scan.is_flagged
            && let Some(entries) = scan.tally_values(&tallied)?
        {
            return Ok(Some(entries));
        }
        let visit = |totals: &mut Totals<0>, chunk: &Chunk<'a>| {
            totals.add(&tallied.slots(self, chunk)?, chunk.len(), []);
            Ok(())
        };
        let (groups, mut entries) = (self.layout.groups(), Vec::new());
        let mut totals = self.fold(&tallied.parts, &tallied.joins, &|| Totals::new(tallied.cells), &visit)?;
        totals.finish(|slot, value, _| {
            if slot < tallied.none * groups {
                entries.push(Entry { bucket: (slot / groups) as u32, group: slot % groups, value });
            }
        });
        Ok(Some(entries))
    }

    /// As [`Self::tally`], where whatever counts is counted by the value of its day first; none where days are
    /// stored otherwise.
    fn tally_values(&self, tallied: &Tallied<'a>) -> Result<Option<Vec<Entry<u64>>>, StoreError> {
        let clock = self.clock.expect("who tallies has a clock");
        if self.def.columns[self.def.column(clock.column)].ty != ColumnType::Date {
            return Ok(None);
        }
        let visit = |tally: &mut Tally, chunk: &Chunk<'a>| {
            let Selection::Run(run) = &chunk.rows else { unreachable!("all rows of a file are a run") };
            let mut flags = chunk.flags.clone().unwrap_or_else(|| vec![TRUE; run.len()]);
            tally.is_whole &= chunk.stored(clock.column)?.count_each(run, &mut flags, &mut tally.by_day);
            Ok(())
        };
        let days = self.periods.days();
        let new = || Tally { by_day: Counts::default(), days: days.clone(), is_whole: true };
        let tally = self.fold(&tallied.parts, &tallied.joins, &new, &visit)?;
        let mut totals = Totals::<0>::new(self.periods.count() as u64);
        for day in days {
            let bucket = self.periods.raw(i64::from(day));
            if bucket != NO_BUCKET {
                totals.add_rows(u64::from(bucket), tally.by_day.of(day), []);
            }
        }
        let mut entries = Vec::new();
        totals.finish(|bucket, value, _| entries.push(Entry { bucket: bucket as u32, group: 0, value }));
        Ok(tally.is_whole.then_some(entries))
    }
}

/// Files whose rows are counted where they fall.
struct Tallied<'a> {
    parts: Vec<Part<'a>>,
    joins: Joins<'a>,
    /// Rows that fall into no period are in this one, behind all others.
    none: u64,
    /// Whatever is counted apart has a number below this.
    cells: u64,
}

impl<'a> Tallied<'a> {
    /// Period and group of each row, as one number.
    fn slots(&self, scan: &Scan<'a, '_>, chunk: &Chunk<'a>) -> Result<Groups, StoreError> {
        let none = self.none as u32;
        let buckets = Groups::Each(scan.buckets(chunk)?.into_iter().map(|bucket| bucket.min(none)).collect());
        Ok(match &chunk.groups {
            Groups::One => buckets,
            Groups::Each(each) => buckets.cut(each.clone(), scan.layout.groups(), self.cells),
            Groups::Wide(_) => unreachable!("groups are fewer than rows"),
        })
    }
}

/// How many rows there are of each day.
struct Tally {
    by_day: Counts,
    /// The days that matter.
    days: RangeInclusive<u16>,
    /// Whether all rows were counted.
    is_whole: bool,
}

impl Merge for Tally {
    fn merge(&mut self, other: Self) {
        self.by_day.add(&other.by_day, self.days.clone());
        self.is_whole &= other.is_whole;
    }
}
