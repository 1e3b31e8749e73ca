//! Which kept sets hold the users who acted in a period?
//!
//! Invariant: a set is taken only where its rows are those of the period, so that reading the rows gives
//! the same users.

use roaring::RoaringBitmap;

use crate::index::{self, WHOLE_MONTH};
use crate::kpi::context::Context;
use crate::kpi::error::KpiError;
use crate::kpi::scan::{Clock, Periods};
use crate::model::{Day, MICROS_PER_DAY, civil};
use crate::store::{ColumnFile, StoreError, sets};

/// A set of those who acted within a period.
pub struct KeptSet<'a> {
    /// Position of the period.
    pub bucket: u32,
    /// Whether it is of a whole month rather than of a day.
    pub is_month: bool,
    file: &'a ColumnFile,
    row: usize,
}

impl KeptSet<'_> {
    /// The users, known or not.
    ///
    /// # Errors
    /// When the set is damaged.
    pub fn users(&self, ctx: &Context<'_, '_>) -> Result<RoaringBitmap, StoreError> {
        sets::at(self.file, self.row, ctx.lookups.ids_of("users"))
    }

    /// How many they are.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn len(&self) -> Result<u64, StoreError> {
        sets::len_at(self.file, self.row)
    }
}

/// The sets that together hold who acted in each period by a clock in UTC, in order of the periods: that of
/// a month where a period has all of its rows, else those of its days. None where some are not kept.
///
/// # Errors
/// When the store is damaged.
pub fn sets_of<'a>(
    ctx: &Context<'a, '_>,
    table: &str,
    clock: Clock,
    periods: &Periods,
) -> Result<Option<Vec<KeptSet<'a>>>, KpiError> {
    let Some(table) = ctx.lookups.snapshot().named(table) else { return Ok(Some(Vec::new())) };
    let Some(set) = index::month_sets(table.def.name).next().filter(|_| ctx.zone.is_utc()) else {
        return Ok(None);
    };
    let mut found = Vec::new();
    for segment in &table.segments {
        let Some(month) = segment.info.month else { continue };
        let within = civil::month_start(month)..civil::month_start(month + 1);
        if !periods.touch(within) {
            continue;
        }
        let range = segment.info.ranges.get(clock.column);
        let day = |micros: i64| micros.div_euclid(MICROS_PER_DAY) as Day;
        let of_all = range.and_then(|range| periods.of_all(day(range.min)..day(range.max) + 1));
        let file = segment.derived(set.member)?;
        // Stores that were written before lengths were kept have no sets of months either.
        let Some(file) = file.filter(|file| file.has("len")) else { return Ok(None) };
        let keys = file.numbers("key")?;
        found.extend((0..file.rows()).filter_map(|row| {
            let is_month = keys.get(row) == WHOLE_MONTH;
            let bucket = if is_month { of_all } else { periods.of(keys.get(row) as Day) };
            (is_month == of_all.is_some()).then_some(KeptSet { bucket: bucket?, is_month, file, row })
        }));
    }
    found.sort_by_key(|set| set.bucket);
    Ok(Some(found))
}
