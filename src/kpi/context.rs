//! What a figure is computed from, and what comes out.

use std::collections::{BTreeMap, BTreeSet};

use super::billing::Zones;
use super::convert::Conversion;
use super::dims::Dimension;
use super::error::KpiError;
use super::exact::Exact;
use super::lookup::Lookups;
use super::rows::Rows;
use super::scan::{Clock, Excluded, Layout, Periods, Scan, Side};
use crate::model::{Bucket, Calendar, Day, Zone};

/// The KPI's options with their values, defaults filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options(pub BTreeMap<&'static str, String>);

impl Options {
    /// The value of a declared option.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The value of a declared option that is a whole number.
    pub fn whole(&self, name: &str) -> i64 {
        self.get(name).parse().unwrap_or(0)
    }
}

/// One computation: a KPI over periods, by dimensions.
pub struct Context<'a, 'q> {
    /// Columns by id.
    pub lookups: &'q Lookups<'a>,
    /// The query's zone.
    pub zone: &'q Zone,
    /// In which zone the days of rows start that have an organization.
    pub zones: Zones,
    /// What amounts are turned into, when they are.
    pub conversion: Option<&'q Conversion>,
    /// The last day on which anything happened.
    pub as_of: Day,
    /// The day behind the last one that was asked for.
    pub until: Day,
    /// Grain, weeks and fiscal years.
    pub calendar: Calendar,
    /// The periods.
    pub buckets: &'q [Bucket],
    /// The dimensions of the result, in order.
    pub dims: &'q [Dimension],
    /// The sides of the figure, each with its dimensions and filter.
    pub sides: Vec<Side>,
    /// The KPI's options.
    pub options: &'q Options,
    /// Days of a rolling window.
    pub rolling_days: Option<u32>,
    /// The earliest day of the KPI's own facts.
    pub earliest: Option<Day>,
    /// Whether periods without rows are to be shown too.
    pub fill: bool,
}

impl<'a> Context<'a, '_> {
    /// The days of the buckets that have happened.
    pub fn flow(&self) -> Periods {
        Periods::flow(self.buckets, self.as_of)
    }

    /// The day at which a stock is measured, for each bucket.
    pub fn stock_days(&self) -> Vec<Day> {
        self.buckets.iter().map(|b| b.last).collect()
    }

    /// A pass over a side's rows, grouped by all the dimensions that it reaches.
    ///
    /// # Errors
    /// When there are too many groups.
    pub fn scan<'s>(
        &'s self,
        side: usize,
        clock: Option<Clock>,
        periods: &'s Periods,
    ) -> Result<Scan<'a, 's>, KpiError> {
        let dims = reached(&self.sides[side]);
        Scan::new(self.lookups, self.zone, &self.sides[side], clock, periods, &dims)
    }

    /// Period and full group of a slot: dimensions that the side lacks have code 0.
    pub fn key(&self, layout: &Layout, dims: &[usize], slot: u64) -> GroupKey {
        let (bucket, codes) = layout.split(slot);
        let mut all = vec![0; self.dims.len()];
        dims.iter().zip(codes).for_each(|(&d, code)| all[d] = code);
        GroupKey { bucket, codes: all }
    }
}

/// The dimensions that a side reaches, by position.
pub fn reached(side: &Side) -> Vec<usize> {
    (0..side.dims.len()).filter(|&d| side.dims[d].is_some()).collect()
}

/// A period and a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// Position of the period.
    pub bucket: u32,
    /// A code per dimension of the result; 0 is missing.
    pub codes: Vec<u32>,
}

/// Something per period and group.
pub type Groups<T> = BTreeMap<GroupKey, T>;

/// A row of the answer: its place and a value per measure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// Period and group.
    pub group: GroupKey,
    /// Values of the KPI's own computed columns.
    pub extra: Vec<Option<i64>>,
}

/// What a computation gives.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The rows that have data, each in a place of its own.
    pub rows: Rows,
    /// Rows left out.
    pub excluded: Excluded,
    /// What a reader should know.
    pub warnings: BTreeSet<String>,
    /// Whether amounts of a kind that is divided are whole this time, and so not to be rounded.
    pub undivided: bool,
}

impl Output {
    /// Sets the measures of a group.
    pub fn put(&mut self, group: GroupKey, measures: Vec<Option<Exact>>) {
        self.rows.push(&RowKey { group, extra: Vec::new() }, &measures);
    }
}

/// A count as a figure.
pub fn count(value: u64) -> Option<Exact> {
    Some(Exact::whole(i128::from(value)))
}

/// A quotient of counts as a figure.
pub fn ratio(numerator: u64, denominator: u64) -> Option<Exact> {
    Exact::ratio(i128::from(numerator), i128::from(denominator))
}

/// A period and the codes of the dimensions that two sides share.
type SharedKey = (u32, Vec<u32>);

/// The full outer join of two sides on the period and the dimensions that both reach. A row that only
/// one side has shows nothing for the dimensions of the other.
pub fn full_outer_join<A: Clone, B: Clone>(
    left: (&Side, Groups<A>),
    right: (&Side, Groups<B>),
) -> Groups<(Option<A>, Option<B>)> {
    let (left_side, left) = left;
    let (right_side, right) = right;
    let shared: Vec<usize> = (0..left_side.dims.len())
        .filter(|&d| left_side.dims[d].is_some() && right_side.dims[d].is_some())
        .collect();
    let on = |key: &GroupKey| (key.bucket, shared.iter().map(|&d| key.codes[d]).collect::<Vec<u32>>());
    let mut by_shared: BTreeMap<SharedKey, Vec<(&GroupKey, &B)>> = BTreeMap::new();
    for (key, value) in &right {
        by_shared.entry(on(key)).or_default().push((key, value));
    }
    let mut joined: Groups<(Option<A>, Option<B>)> = BTreeMap::new();
    let mut met: BTreeSet<SharedKey> = BTreeSet::new();
    for (key, value) in &left {
        let place = on(key);
        match by_shared.get(&place) {
            Some(others) => {
                for (other, other_value) in others {
                    let codes =
                        key.codes.iter().enumerate().map(|(d, &code)| {
                            if left_side.dims[d].is_some() { code } else { other.codes[d] }
                        });
                    let both = GroupKey { bucket: key.bucket, codes: codes.collect() };
                    joined.insert(both, (Some(value.clone()), Some((*other_value).clone())));
                }
                met.insert(place);
            }
            None => {
                joined.insert(key.clone(), (Some(value.clone()), None));
            }
        }
    }
    for (_, others) in by_shared.into_iter().filter(|(place, _)| !met.contains(place)) {
        for (key, value) in others {
            joined.entry(key.clone()).or_insert((None, Some(value.clone())));
        }
    }
    joined
}
