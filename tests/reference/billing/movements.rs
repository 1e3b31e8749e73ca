//! Who came, grew, shrank, left and came back between two days?
//!
//! Invariant: an account is looked at within one group; what it has elsewhere does not matter there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::data::Subscription;
use super::mrr::monthly;
use super::rows::{Row, effect, in_force};
use super::selection::{Groups, Selection};
use super::subscriptions::period;
use super::world::World;
use crate::reference::exact::Fraction;
use crate::reference::period::{Bucket, Days};
use crate::reference::side::{Cells, Dims, Evaluate, Value};
use crate::reference::world::days_after;

/// A subscriber account; where there is none, a subscriber; where there is neither, nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Payer<'a> {
    Account(&'a str),
    Subscriber(&'a str),
    Nobody,
}

fn payer(period: &Subscription) -> Payer<'_> {
    match (&period.account, &period.subscriber) {
        (Some(account), _) => Payer::Account(account),
        (None, Some(subscriber)) => Payer::Subscriber(subscriber),
        (None, None) => Payer::Nobody,
    }
}

fn by_payer<'r, 'w>(rows: &'r [Row<'w>]) -> BTreeMap<Payer<'w>, Vec<&'r Row<'w>>> {
    let mut payers: BTreeMap<Payer<'w>, Vec<&Row<'w>>> = BTreeMap::new();
    for row in rows {
        payers.entry(payer(period(row))).or_default().push(row);
    }
    payers
}

/// The last day before the bucket, and the day of measurement.
fn ends(world: &World<'_>, bucket: &Bucket) -> Days {
    let first = days_after(bucket.days.first, -1).min(world.frame.as_of);
    Days { first, last: world.frame.measured_on(bucket) }
}

/// The groups with a row in force on one of the two days, or with `seed` the one without dimensions.
fn groups_in_force<'w>(
    selection: &Selection<'w>,
    ends: Days,
    belongs: impl Fn(&Row<'w>) -> bool,
    seed: bool,
) -> Groups<'w> {
    let mut groups = selection.groups(belongs, seed);
    let lives = |rows: &[Row<'w>]| {
        rows.iter().any(|row| in_force(period(row), ends.first) || in_force(period(row), ends.last))
    };
    groups.retain(|_, rows| lives(rows) || seed);
    groups
}

#[derive(Clone, Copy)]
struct Movements {
    opening: Fraction,
    new: Fraction,
    expansion: Fraction,
    contraction: Fraction,
    churn: Fraction,
    reactivation: Fraction,
    closing: Fraction,
    /// Closing, and the smaller of opening and closing, of those with something at the opening.
    kept: Fraction,
    kept_at_most: Fraction,
}

pub fn mrr_movements<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let selection = Selection::new(world, dims, None).keep(|row| monthly(world, row).is_some());
    Box::new(move |bucket, seed| {
        let ends = ends(world, bucket);
        let has_rate = |row: &Row<'w>| row.rate(world, ends.last).is_some();
        let mut cells = Cells::new();
        for (group, rows) in groups_in_force(&selection, ends, has_rate, seed) {
            let mut sums = Movements::NONE;
            for rows in by_payer(&rows).values() {
                let on = |day: Date| mrr_on(world, rows, day, ends.last);
                sums.add(on(ends.first), on(ends.last), || was_ever_above_zero(rows, ends.first, on));
            }
            cells.insert(group, sums.values());
        }
        cells
    })
}

/// All of it converted on the day of measurement, so that nothing moves but the subscriptions.
fn mrr_on<'w>(world: &World<'w>, rows: &[&Row<'w>], day: Date, measured: Date) -> Fraction {
    let mut sum = Fraction::ZERO;
    for row in rows.iter().filter(|row| in_force(period(row), day)) {
        let rate = row.rate(world, measured).expect("a row without a rate is left out");
        sum = sum.plus(monthly(world, row).expect("an unknown frequency is left out").by(rate));
    }
    sum
}

/// Between the days on which something starts or ends, nothing changes.
fn was_ever_above_zero(rows: &[&Row<'_>], until: Date, on: impl Fn(Date) -> Fraction) -> bool {
    let changes = |row: &&Row<'_>| {
        let period = period(row);
        [period.start_date, period.end_date, effect(period)].into_iter().flatten()
    };
    let days: BTreeSet<Date> = rows.iter().flat_map(changes).filter(|day| *day <= until).collect();
    days.into_iter().any(|day| on(day) > Fraction::ZERO)
}

impl Movements {
    const NONE: Movements = Movements {
        opening: Fraction::ZERO,
        new: Fraction::ZERO,
        expansion: Fraction::ZERO,
        contraction: Fraction::ZERO,
        churn: Fraction::ZERO,
        reactivation: Fraction::ZERO,
        closing: Fraction::ZERO,
        kept: Fraction::ZERO,
        kept_at_most: Fraction::ZERO,
    };

    fn add(&mut self, opening: Fraction, closing: Fraction, before: impl Fn() -> bool) {
        let zero = Fraction::ZERO;
        self.opening = self.opening.plus(opening);
        self.closing = self.closing.plus(closing);
        if opening > zero {
            self.kept = self.kept.plus(closing);
            self.kept_at_most = self.kept_at_most.plus(opening.min(closing));
        }
        if opening == closing {
            return;
        }
        let class = match () {
            () if opening == zero && before() => &mut self.reactivation,
            () if opening == zero => &mut self.new,
            () if closing == zero => &mut self.churn,
            () if closing > opening => &mut self.expansion,
            () => &mut self.contraction,
        };
        *class = class.plus(closing.minus(opening));
    }

    fn values(self) -> Vec<Value> {
        let moved = [self.new, self.expansion, self.contraction, self.churn, self.reactivation];
        let sum = moved.into_iter().fold(self.opening, Fraction::plus);
        assert_eq!(sum, self.closing, "opening and movements make the closing");
        let amounts = [self.opening].into_iter().chain(moved).chain([self.closing]);
        let mut values: Vec<Value> = amounts.map(|amount| Value::DividedMoney(Some(amount))).collect();
        values.push(Value::Number(self.kept.per(self.opening)));
        values.push(Value::Number(self.kept_at_most.per(self.opening)));
        values
    }
}

pub fn subscription_churn<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let grace = world.frame.request.number("grace");
    let selection = Selection::new(world, dims, None).keep(|row| payer(period(row)) != Payer::Nobody);
    Box::new(move |bucket, seed| {
        let ends = ends(world, bucket);
        let patient_until = days_after(ends.last, grace).min(world.frame.as_of);
        let mut cells = Cells::new();
        for (group, rows) in groups_in_force(&selection, ends, |_| true, seed) {
            let (mut opening, mut churned, mut reactivated) = (0, 0, 0);
            for rows in by_payer(&rows).values() {
                let lives = |day: Date| rows.iter().any(|row| in_force(period(row), day));
                let lived = || {
                    let starts = rows.iter().filter_map(|row| period(row).start_date);
                    starts.filter(|start| *start <= ends.first).any(lives)
                };
                let soon = || {
                    let mut days = (1..=grace).map(|days| days_after(ends.last, days));
                    days.any(|day| day <= patient_until && lives(day))
                };
                if lives(ends.first) {
                    opening += 1;
                    churned += usize::from(!lives(ends.last) && !soon());
                } else if lives(ends.last) && lived() {
                    reactivated += 1;
                }
            }
            cells.insert(
                group,
                vec![
                    Value::ratio(churned, opening),
                    Value::count(churned),
                    Value::count(opening),
                    Value::count(reactivated),
                ],
            );
        }
        cells
    })
}
