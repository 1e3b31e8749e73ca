//! Revenue: how much money came in, from whom, and how much of it recurs?
//!
//! Invariant: amounts of two currencies are never in one sum, since every figure here has the
//! currency as a dimension.

use super::data::{Event, License};
use super::exact::{Fraction, money};
use super::filter::folded;
use super::period::days_between;
use super::rows::{Fact, Row, Source};
use super::side::{Dims, Evaluate, Side, Value, join, known_users, one_sided};
use super::usage::minutes_met;
use super::world::World;

/// The numbers of months that a term is taken to be one of.
const TERMS: [i64; 7] = [1, 2, 3, 6, 12, 24, 36];

fn event<'w>(row: &Row<'w>) -> &'w Event {
    match row.fact {
        Fact::Event(event) => event,
        other => panic!("{other:?} is not a billing event"),
    }
}

/// What is paid back counts as negative, however it was exported.
fn signed(event: &Event) -> Option<i128> {
    let amount = i128::from(event.amount?);
    let kind = event.event_type.as_deref().map(folded);
    Some(match kind.as_deref() {
        Some("refund" | "credit" | "chargeback") => -amount.abs(),
        _ => amount,
    })
}

fn sum(rows: &[Row<'_>]) -> Fraction {
    money(rows.iter().filter_map(|row| signed(event(row))).sum())
}

pub fn revenue<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let events = Side::new(world, Source::Events, dims);
    let meetings = Side::new(world, Source::Meetings, dims);
    let dims = dims.clone();
    Box::new(move |bucket, seed| {
        let billed = events.groups(|row| world.counts(row, bucket.days), seed);
        let met = meetings.groups(|row| world.counts(row, bucket.days), seed);
        let joined = join(&dims, (&events.has, &billed), (&meetings.has, &met));
        let measure = |(events, meetings): (Vec<Row<'_>>, Vec<Row<'_>>)| {
            let revenue = sum(&events);
            let hosts = known_users(world, &meetings).len() as i128;
            vec![
                Value::Money(revenue),
                Value::count(events.len()),
                Value::DividedMoney(revenue.over(hosts)),
                Value::DividedMoney(revenue.times(60).over(minutes_met(&meetings))),
            ]
        };
        joined.into_iter().map(|(group, sides)| (group, measure(sides))).collect()
    })
}

pub fn revenue_by_license_type<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    one_sided(world, Side::single(world, Source::Events, dims), |rows, _| {
        vec![Value::Money(sum(rows)), Value::count(rows.len())]
    })
}

pub fn mrr<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let types: Vec<String> = world.request.option("types").split(',').map(folded).collect();
    let cash = world.request.option("method") == "cash";
    let recurring = Side::single(world, Source::Events, dims).keep(|row| {
        let kind = event(row).event_type.as_deref().map(folded);
        kind.is_some_and(|kind| types.contains(&kind))
            && event(row).amount.is_some()
            && row.day.is_some_and(|day| day <= world.as_of)
    });
    // The month of a day, counted from the year 0.
    let month = |day: jiff::civil::Date| 12 * i64::from(day.year()) + i64::from(day.month());
    let term = move |row: &Row<'_>| {
        let license = row.user.zip(row.day).and_then(|(user, day)| world.license_on(user, day));
        if cash { 1 } else { license.map_or(1, term_months) }
    };
    Box::new(move |bucket, seed| {
        let this_month = month(world.measured_on(bucket));
        let spread_over = |row: &Row<'_>| {
            let own = row.day.map(month).expect("an event without a date was left out");
            own <= this_month && this_month < own + term(row)
        };
        let measure = |rows: Vec<Row<'_>>| {
            if cash {
                return vec![Value::Money(sum(&rows))];
            }
            let mut mrr = Fraction::ZERO;
            for row in &rows {
                let share = sum(&[*row]).over(i128::from(term(row)));
                mrr = mrr.plus(share.expect("a term is at least one month"));
            }
            vec![Value::DividedMoney(Some(mrr))]
        };
        let groups = recurring.groups(spread_over, seed).into_iter();
        groups.map(|(group, rows)| (group, measure(rows))).collect()
    })
}

/// The licence's days ÷ 30.4375, to the nearest of the usual terms, of two equally near ones the
/// smaller. A month of 30.4375 days is 487 sixteenths of a day.
fn term_months(license: &License) -> i64 {
    let (Some(start), Some(end)) = (license.start_date, license.end_date) else {
        return 1;
    };
    let sixteenths = 16 * days_between(start, end);
    let distance = |term: i64| (sixteenths - 487 * term).abs();
    TERMS.into_iter().min_by_key(|term| (distance(*term), *term)).expect("there are terms")
}
