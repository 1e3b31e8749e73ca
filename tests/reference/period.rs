//! Which days belong to which bucket?
//!
//! Invariant: a bucket is a range of civil days; no instant and no time zone is known here.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    Day,
    Week,
    Month,
    Quarter,
    Year,
    All,
}

impl Grain {
    pub fn name(self) -> &'static str {
        match self {
            Grain::Day => "day",
            Grain::Week => "week",
            Grain::Month => "month",
            Grain::Quarter => "quarter",
            Grain::Year => "year",
            Grain::All => "all",
        }
    }
}

/// How days are cut into buckets.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    pub grain: Grain,
    pub week_start: Weekday,
    /// The month in which a fiscal year starts.
    pub fiscal_start: i8,
}

/// A range of civil days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    pub first: Date,
    pub last: Date,
}

/// One bucket: `whole` as the calendar has it, `days` after the interval has clipped it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub whole: Days,
    pub days: Days,
}

impl Days {
    pub fn contains(self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }

    pub fn count(self) -> i64 {
        days_between(self.first, self.last) + 1
    }
}

impl Bucket {
    pub fn unclipped(whole: Days) -> Bucket {
        Bucket { whole, days: whole }
    }
}

impl Calendar {
    /// The first day of the bucket that holds the day.
    pub fn first_day(&self, day: Date) -> Date {
        let fiscal_month = (day.month() - self.fiscal_start).rem_euclid(12);
        match self.grain {
            Grain::Day | Grain::All => day,
            Grain::Week => {
                let mut first = day;
                while first.weekday() != self.week_start {
                    first = plus(first, (-1).days());
                }
                first
            }
            Grain::Month => day.first_of_month(),
            Grain::Quarter => plus(day.first_of_month(), (-(fiscal_month % 3)).months()),
            Grain::Year => plus(day.first_of_month(), (-fiscal_month).months()),
        }
    }

    fn step(&self) -> Span {
        match self.grain {
            Grain::Day | Grain::All => 1.day(),
            Grain::Week => 7.days(),
            Grain::Month => 1.month(),
            Grain::Quarter => 3.months(),
            Grain::Year => 12.months(),
        }
    }

    fn whole(&self, first: Date) -> Days {
        Days { first, last: plus(plus(first, self.step()), (-1).days()) }
    }

    /// The buckets that the interval touches, in order, each clipped to it.
    pub fn buckets(&self, interval: Days) -> Vec<Bucket> {
        if interval.first > interval.last {
            return Vec::new();
        }
        if self.grain == Grain::All {
            return vec![Bucket::unclipped(interval)];
        }
        let mut buckets = Vec::new();
        let mut first = self.first_day(interval.first);
        while first <= interval.last {
            let whole = self.whole(first);
            let days = Days { first: whole.first.max(interval.first), last: whole.last.min(interval.last) };
            buckets.push(Bucket { whole, days });
            first = plus(first, self.step());
        }
        buckets
    }

    /// The whole bucket just before; of the one bucket of a whole interval, as many days before it.
    pub fn previous(&self, bucket: &Bucket) -> Bucket {
        let last = plus(bucket.whole.first, (-1).days());
        let first = match self.grain {
            Grain::All => plus(bucket.whole.first, (-bucket.whole.count()).days()),
            _ => self.first_day(last),
        };
        Bucket::unclipped(Days { first, last })
    }

    /// The whole bucket one year before; of a week, the one 52 weeks before.
    pub fn year_before(&self, bucket: &Bucket) -> Bucket {
        let Days { first, last } = bucket.whole;
        let whole = match self.grain {
            Grain::All => Days {
                first: plus(first, (-1).year()),
                last: plus(plus(plus(last, 1.day()), (-1).year()), (-1).days()),
            },
            Grain::Week => self.whole(plus(first, (-364).days())),
            _ => self.whole(plus(first, (-1).year())),
        };
        Bucket::unclipped(whole)
    }

    /// The number of buckets from the one that starts on `from` to the one that starts on `to`.
    pub fn distance(&self, from: Date, to: Date) -> i64 {
        let days = days_between(from, to);
        let months = 12 * i64::from(to.year() - from.year()) + i64::from(to.month() - from.month());
        match self.grain {
            Grain::Day | Grain::All => days,
            Grain::Week => days / 7,
            Grain::Month => months,
            Grain::Quarter => months / 3,
            Grain::Year => months / 12,
        }
    }
}

pub fn plus(day: Date, span: Span) -> Date {
    day.checked_add(span).expect("a date of the test data is far from the calendar's ends")
}

/// Negative when `to` is the earlier day.
pub fn days_between(from: Date, to: Date) -> i64 {
    i64::from(to.since(from).expect("two civil days differ by whole days").get_days())
}
