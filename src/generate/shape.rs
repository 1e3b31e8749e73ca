//! When do things happen?
//!
//! Weights give every day its share of a total: growth over the span, working weeks, a summer and
//! a year-end dip, and a little noise. A [`Schedule`] then deals out exactly that total.
//! Invariant: integers only, and the counts of the days always add up to the total.

use super::calendar::{Day, Moment, Span};
use super::rng::{Draw, Stream};
use std::ops::Range;

/// Monday to Sunday, in percent of a mean working day.
const WEEKDAYS: [u64; 7] = [97, 108, 110, 105, 84, 11, 8];
/// January to December, in percent.
const MONTHS: [u64; 12] = [99, 103, 105, 100, 101, 94, 71, 77, 106, 110, 108, 96];

/// Where people are: their office hours in UTC, and what they pay in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    Americas,
    Europe,
    Asia,
}

impl Region {
    /// Any region, as likely as its market is large.
    pub(crate) fn draw(draw: &mut Draw) -> Self {
        [Self::Americas, Self::Europe, Self::Asia][draw.weighted(&[38, 47, 15])]
    }

    /// Hours to add to local time to get UTC.
    fn to_utc(self) -> u32 {
        match self {
            Self::Americas => 6,
            Self::Europe => 23,
            Self::Asia => 16,
        }
    }
}

/// The share of a day within the span for things that happen at work.
pub(crate) fn work_weight(seed: u64, span: Span, day: Day) -> u64 {
    let growth = 1000 + u64::from(span.passed(day)) * 9 / 10;
    let noise = 94 + u64::from(Draw::new(seed, Stream::Day, day.0 as u64).below(13));
    growth * WEEKDAYS[day.weekday()] * season(day) * noise
}

/// The share of a day for signups, which weekends slow down but do not stop.
pub(crate) fn signup_weight(seed: u64, first: Day, day: Day) -> u64 {
    let growth = 300 + (day.0 - first.0) as u64 * 6 / 10;
    let noise = 80 + u64::from(Draw::new(seed, Stream::Day, day.0 as u64).below(41));
    growth * (WEEKDAYS[day.weekday()] + 50) * (season(day) + 40) * noise
}

fn season(day: Day) -> u64 {
    match day.civil() {
        (_, 12, 20..) => 34,
        (_, 1, ..=4) => 42,
        (_, month, _) => MONTHS[month as usize - 1],
    }
}

/// A local hour of an office day for each of 64 equally likely draws.
#[rustfmt::skip]
const HOURS: [u8; 64] = [
    7, 7, 7, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 10, 10, 10, 10, 10,
    11, 11, 11, 11, 11, 11, 11, 12, 12, 12, 13, 13, 13, 13, 13, 13, 14, 14, 14, 14, 14, 14, 14,
    15, 15, 15, 15, 15, 15, 16, 16, 16, 16, 17, 18, 20, 21, 23,
];

/// A moment of the day at which somebody in `region` is likely to be at work.
///
/// The hour wraps around within the day, so that nothing leaves the span. On the span's last day
/// it stays far enough from midnight for anything that starts to end on that day too.
pub(crate) fn work_moment(span: Span, region: Region, day: Day, draw: &mut Draw) -> Moment {
    let mut hour = (u32::from(draw.pick(&HOURS)) + region.to_utc()) % 24;
    if day == span.last {
        hour = 7 + hour % 10;
    }
    day.at(i64::from(hour * 3600 + draw.below(3600)))
}

/// Which end of the days is sure to get one, however small the total.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    /// The first item falls on the first day.
    First,
    /// The last item falls on the last day.
    Last,
}

/// How many of a total fall on each day.
pub(crate) struct Schedule {
    first: Day,
    /// Items up to and including each day.
    ends: Vec<u64>,
}

impl Schedule {
    /// Deals `total` items out to `days` days from `first`, by weight.
    pub(crate) fn new(
        total: u64,
        first: Day,
        days: usize,
        anchor: Anchor,
        weight: impl Fn(Day) -> u64,
    ) -> Self {
        let weights: Vec<u64> = (0..days).map(|place| weight(first + place as i32)).collect();
        let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
        let mut passed = 0u128;
        let ends = weights.iter().map(|&weight| {
            passed += u128::from(weight);
            let share = u128::from(total) * passed;
            match anchor {
                Anchor::First => share.div_ceil(sum) as u64,
                Anchor::Last => (share / sum) as u64,
            }
        });
        Self { first, ends: ends.collect() }
    }

    /// The days with the numbers of their items, in order.
    pub(crate) fn days(&self) -> impl Iterator<Item = (Day, Range<u64>)> {
        self.ends.iter().enumerate().map(|(place, &end)| {
            let start = if place == 0 { 0 } else { self.ends[place - 1] };
            (self.first + place as i32, start..end)
        })
    }

    /// The day of an item.
    pub(crate) fn day_of(&self, item: u64) -> Day {
        self.first + self.ends.partition_point(|&end| end <= item) as i32
    }

    /// The items that fall on earlier days.
    pub(crate) fn before(&self, day: Day) -> u64 {
        match (day.0 - self.first.0).clamp(0, self.ends.len() as i32) {
            0 => 0,
            place => self.ends[place as usize - 1],
        }
    }

    /// All items.
    pub(crate) fn total(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_deals_out_its_total() {
        let first = Day::of(2024, 1, 1);
        for total in [1, 7, 1000] {
            for anchor in [Anchor::First, Anchor::Last] {
                let schedule = Schedule::new(total, first, 90, anchor, |day| 1 + day.weekday() as u64);
                assert_eq!(schedule.total(), total);
                for (day, items) in schedule.days() {
                    assert_eq!(schedule.before(day), items.start);
                    assert!(items.into_iter().all(|item| schedule.day_of(item) == day));
                }
            }
        }
        let schedule = |anchor| Schedule::new(1, first, 90, anchor, |_| 1);
        assert_eq!(schedule(Anchor::First).day_of(0), first);
        assert_eq!(schedule(Anchor::Last).day_of(0), first + 89);
    }
}
