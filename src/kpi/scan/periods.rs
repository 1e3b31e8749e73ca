//! Into which period does a day fall?

use std::ops::{Range, RangeInclusive};

use crate::model::{Bucket, Day};

/// Which part of the time a scan reads, and into which periods it sorts the rows.
#[derive(Clone, Debug)]
pub struct Periods {
    pub(super) start: Day,
    pub(super) end: Day,
    /// Period of each day from `start` on.
    bucket_of: Vec<u32>,
    /// The first day of each run of days with the same period, in order.
    pub(super) runs: Vec<(Day, u32)>,
    count: usize,
}

pub(super) const NO_BUCKET: u32 = u32::MAX;

impl Periods {
    /// The days of each range, which must not overlap and stand in order.
    pub fn new(ranges: impl Iterator<Item = Range<Day>>) -> Self {
        let ranges: Vec<Range<Day>> = ranges.collect();
        let days = || ranges.iter().filter(|r| r.start < r.end);
        let start = days().map(|r| r.start).min().unwrap_or(0);
        let end = days().map(|r| r.end).max().unwrap_or(start);
        let mut bucket_of = vec![NO_BUCKET; (end - start) as usize];
        for (bucket, range) in ranges.iter().enumerate().filter(|(_, r)| r.start < r.end) {
            bucket_of[(range.start - start) as usize..(range.end - start) as usize].fill(bucket as u32);
        }
        let mut runs: Vec<(Day, u32)> = Vec::new();
        for (at, &bucket) in bucket_of.iter().enumerate() {
            if runs.last().is_none_or(|r| r.1 != bucket) {
                runs.push((start + at as Day, bucket));
            }
        }
        Periods { start, end, bucket_of, runs, count: ranges.len() }
    }

    /// The days of buckets that have happened by as_of.
    pub fn flow(buckets: &[Bucket], as_of: Day) -> Self {
        Self::new(buckets.iter().map(|b| b.start..b.end.min(as_of + 1).max(b.start)))
    }

    /// The days from the first to behind the last period, as far as they are not before 1970 nor after 2149.
    pub(super) fn days(&self) -> RangeInclusive<u16> {
        let cut = |day: Day| day.clamp(0, Day::from(u16::MAX)) as u16;
        cut(self.start)..=cut(self.end)
    }

    /// Number of periods.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The period of a day, if it falls into one.
    pub fn of(&self, day: Day) -> Option<u32> {
        Some(self.raw(i64::from(day))).filter(|&b| b != NO_BUCKET)
    }

    /// The period that all of some days fall into, if they do.
    pub fn of_all(&self, days: Range<Day>) -> Option<u32> {
        let bucket = self.of(days.start)?;
        let next = self.runs.partition_point(|run| run.0 <= days.start);
        let end = self.runs.get(next).map_or(self.end, |run| run.0);
        (days.end <= end).then_some(bucket)
    }

    /// Whether some of the days may fall into a period.
    pub fn touch(&self, days: Range<Day>) -> bool {
        days.start < self.end && self.start < days.end
    }

    /// The period of a day or of a number that is none.
    pub(super) fn raw(&self, day: i64) -> u32 {
        let at = day.wrapping_sub(i64::from(self.start)) as usize;
        self.bucket_of.get(at).copied().unwrap_or(NO_BUCKET)
    }
}
