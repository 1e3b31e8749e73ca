//! Usage and adoption: how many people use the platform, for what, and how much?
//!
//! Invariant: each function below is one KPI, and reads like its definition.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::exact::{Fraction, percentile};
use super::period::{Bucket, Days, Grain};
use super::rows::{Fact, Row, Source};
use super::side::{Dims, Evaluate, Side, Value, join, known_users, meeting_key, one_sided};
use super::world::{World, days_after, duration_minutes, nanoseconds};
use super::{catalogue, filter::folded};

const NANOSECONDS_PER_MINUTE: i128 = 60_000_000_000;

/// Distinct known users who acted in the bucket, or in the days that end with it.
pub fn active_users<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let min_minutes = i128::from(world.request.number("min_minutes"));
    let long_enough = move |row: &Row<'_>| {
        let minutes = match row.fact {
            Fact::Meeting(meeting) => duration_minutes(meeting).map(i128::from),
            _ => stay(row).map(|stay| stay / NANOSECONDS_PER_MINUTE),
        };
        min_minutes == 0 || minutes.is_some_and(|minutes| minutes >= min_minutes)
    };
    let mut sides = Vec::new();
    for source in catalogue::sources(world.request) {
        let side = Side::single(world, source, dims);
        sides.push(side.keep(|row| world.is_known(row) && long_enough(row)));
    }
    let acts =
        Side { has: sides[0].has.clone(), rows: sides.into_iter().flat_map(|side| side.rows).collect() };
    Box::new(move |bucket, seed| {
        let days = match world.request.rolling {
            None => bucket.days,
            Some(count) => {
                let last = world.measured_on(bucket);
                Days { first: days_after(last, 1 - count), last }
            }
        };
        let groups = acts.groups(|row| world.counts(row, days), seed);
        let measure = |rows: Vec<Row<'_>>| vec![Value::count(known_users(world, &rows).len())];
        groups.into_iter().map(|(group, rows)| (group, measure(rows))).collect()
    })
}

/// The time that an attendee stayed, when both ends are known: leave less join, whatever their order.
fn stay(row: &Row<'_>) -> Option<i128> {
    let Fact::Attendee(attendee) = row.fact else {
        return None;
    };
    Some(nanoseconds(attendee.join_time?, attendee.leave_time?))
}

/// The mean of the daily counts over the bucket's count.
pub fn stickiness<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let hosts = Side::single(world, Source::Meetings, dims).keep(|row| world.is_known(row));
    one_sided(world, hosts, |rows, bucket| {
        let users = known_users(world, rows).len() as i128;
        let daily: BTreeSet<_> = rows.iter().map(|row| (row.day, row.user)).collect();
        let days = Days { last: world.measured_on(bucket), ..bucket.days }.count().max(0);
        let mean = Fraction::new(daily.len() as i128, days.into());
        let stickiness = mean.and_then(|mean| mean.over(users));
        vec![Value::Number(stickiness), Value::Number(mean), Value::Count(users)]
    })
}

fn durations(rows: &[Row<'_>]) -> Vec<i128> {
    let duration = |row: &Row<'_>| match row.fact {
        Fact::Meeting(meeting) => duration_minutes(meeting).map(i128::from),
        _ => None,
    };
    rows.iter().filter_map(duration).collect()
}

/// The sum of the durations of a set of meetings.
pub fn minutes_met(rows: &[Row<'_>]) -> i128 {
    durations(rows).iter().sum()
}

pub fn meeting_minutes<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    one_sided(world, Side::single(world, Source::Meetings, dims), |rows, _| {
        vec![Value::Count(minutes_met(rows)), Value::count(rows.len())]
    })
}

pub fn avg_meeting_duration<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let min_minutes = i128::from(world.request.number("min_minutes"));
    let side = Side::single(world, Source::Meetings, dims)
        .keep(|row| durations(&[*row]).iter().any(|minutes| *minutes >= min_minutes));
    one_sided(world, side, |rows, _| averages(&mut durations(rows), 1))
}

/// Average, median, 90th percentile and number of values, in units of so many of the values'.
pub fn averages(values: &mut [i128], unit: i128) -> Vec<Value> {
    let scaled = |value: Option<Fraction>| Value::Number(value.and_then(|value| value.over(unit)));
    vec![
        scaled(Fraction::new(values.iter().sum(), values.len() as i128)),
        scaled(percentile(values, 5)),
        scaled(percentile(values, 9)),
        Value::count(values.len()),
    ]
}

pub fn meetings_per_user<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let measure = |meetings: usize, users: usize| {
        vec![Value::ratio(meetings, users), Value::count(meetings), Value::count(users)]
    };
    if world.request.option("per") == "hosts" {
        let meetings = Side::single(world, Source::Meetings, dims).keep(|row| world.is_known(row));
        return one_sided(world, meetings, move |rows, _| {
            measure(rows.len(), known_users(world, rows).len())
        });
    }
    let meetings = Side::new(world, Source::Meetings, dims).keep(|row| world.is_known(row));
    let users = Side::new(world, Source::Registered, dims);
    let dims = dims.clone();
    Box::new(move |bucket, seed| {
        let held = meetings.groups(|row| world.counts(row, bucket.days), seed);
        let registered = users.groups(|row| registered(world, row, bucket), seed);
        let joined = join(&dims, (&meetings.has, &held), (&users.has, &registered));
        let measure = |(held, users): (Vec<Row<'_>>, Vec<Row<'_>>)| measure(held.len(), users.len());
        joined.into_iter().map(|(group, sides)| (group, measure(sides))).collect()
    })
}

/// Has the user registered by the day at which the bucket is measured?
pub fn registered(world: &World<'_>, row: &Row<'_>, bucket: &Bucket) -> bool {
    row.day.is_some_and(|day| day <= world.measured_on(bucket))
}

pub fn signups<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let users = Side::single(world, Source::Signups, dims);
    Box::new(move |bucket, seed| {
        let ever = Days { first: jiff::civil::Date::MIN, last: bucket.days.last };
        let since_the_first = users.groups(|row| world.counts(row, ever), seed);
        let groups = users.groups(|row| world.counts(row, bucket.days), seed);
        let measure = |(group, rows): (_, Vec<Row<'_>>)| {
            let cumulative = since_the_first[&group].len();
            (group, vec![Value::count(rows.len()), Value::count(cumulative)])
        };
        groups.into_iter().map(measure).collect()
    })
}

pub fn feature_adoption<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let used = |row: &Row<'_>| matches!(row.fact, Fact::Usage(usage) if usage.usage_count != Some(0));
    let uses = Side::new(world, Source::Usage, dims).keep(|row| world.is_known(row) && used(row));
    let by_registration = world.request.option("denominator") == "registered";
    let population = if by_registration { Source::Registered } else { Source::Meetings };
    let users = Side::new(world, population, dims).keep(|row| world.is_known(row));
    let ever = world.request.option("scope") == "ever";
    let dims = dims.clone();
    Box::new(move |bucket, seed| {
        let first = if ever { jiff::civil::Date::MIN } else { bucket.days.first };
        let days = Days { first, ..bucket.days };
        let adopting = uses.groups(|row| world.counts(row, days), seed);
        let counted = users.groups(
            |row| match by_registration {
                true => registered(world, row, bucket),
                false => world.counts(row, bucket.days),
            },
            seed,
        );
        let measure = |(adopting, users): (Vec<Row<'_>>, Vec<Row<'_>>)| {
            let adopters = known_users(world, &adopting).len();
            let users = known_users(world, &users).len();
            vec![Value::ratio(adopters, users), Value::count(adopters), Value::count(users)]
        };
        let joined = join(&dims, (&uses.has, &adopting), (&users.has, &counted));
        joined.into_iter().map(|(group, sides)| (group, measure(sides))).collect()
    })
}

pub fn feature_usage<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    one_sided(world, Side::single(world, Source::Usage, dims), |rows, _| {
        let (mut uses, mut minutes) = (0, 0);
        for row in rows {
            let Fact::Usage(usage) = row.fact else {
                continue;
            };
            uses += i128::from(usage.usage_count.unwrap_or(0));
            minutes += i128::from(usage.usage_duration.unwrap_or(0));
        }
        let meetings: BTreeSet<&str> = rows.iter().filter_map(meeting_key).collect();
        vec![
            Value::Count(uses),
            Value::Count(minutes),
            Value::count(meetings.len()),
            Value::count(known_users(world, rows).len()),
        ]
    })
}

pub fn attendance<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    one_sided(world, Side::single(world, Source::Attendees, dims), |rows, _| {
        let known = |key: &&str| world.meetings.contains_key(key);
        let in_known: Vec<&str> = rows.iter().filter_map(meeting_key).filter(known).collect();
        let meetings: BTreeSet<&str> = in_known.iter().copied().collect();
        let attended: i128 = rows.iter().filter_map(stay).sum();
        vec![
            Value::count(rows.len()),
            Value::count(known_users(world, rows).len()),
            Value::ratio(in_known.len(), meetings.len()),
            Value::Number(Fraction::new(attended, NANOSECONDS_PER_MINUTE)),
        ]
    })
}

pub fn connection_quality<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let quality = |row: &Row<'w>| match row.fact {
        Fact::Attendee(attendee) => attendee.connection_quality.as_deref(),
        _ => None,
    };
    let side = Side::single(world, Source::Attendees, dims).keep(|row| quality(row).is_some());
    one_sided(world, side, move |rows, _| {
        let is_poor = |row: &&Row<'w>| quality(row).is_some_and(|text| folded(text) == "poor");
        let poor = rows.iter().filter(is_poor).count();
        vec![Value::ratio(poor, rows.len()), Value::count(poor), Value::count(rows.len())]
    })
}

/// The largest number of meetings running at one instant of the bucket. The number can only rise
/// where the bucket or a meeting starts, so those instants are the ones to look at.
pub fn peak_concurrency<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let span = |row: &Row<'_>| -> Option<(Timestamp, Timestamp)> {
        match row.fact {
            Fact::Meeting(meeting) => Some((meeting.start_time, meeting.end_time?)),
            _ => None,
        }
    };
    let meetings = Side::single(world, Source::Meetings, dims)
        .keep(|row| span(row).is_some() && row.day.is_some_and(|day| day <= world.as_of));
    Box::new(move |bucket, seed| {
        let from = world.start_of(bucket.days.first);
        let until = world.start_of(days_after(bucket.days.last, 1));
        let peak = |rows: &[Row<'_>]| {
            let spans: Vec<_> = rows.iter().filter_map(span).collect();
            let starts = spans.iter().map(|(start, _)| *start).chain([from]);
            let running =
                |at: Timestamp| spans.iter().filter(|(start, end)| *start <= at && at < *end).count();
            starts.filter(|at| from <= *at && *at < until).map(running).max().unwrap_or(0)
        };
        let peaks = meetings.groups(|_| true, seed).into_iter();
        let peaks = peaks.map(|(group, rows)| (group, peak(&rows)));
        let shown = peaks.filter(|(_, peak)| seed || *peak > 0);
        shown.map(|(group, peak)| (group, vec![Value::count(peak)])).collect()
    })
}

/// Of each cohort, how many hosted in the bucket.
pub fn retention<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    assert_ne!(world.calendar.grain, Grain::All, "age is counted in buckets");
    let hosts = Side::new(world, Source::Meetings, dims).keep(|row| world.is_known(row));
    let users = Side::new(world, Source::Registered, dims);
    let dims = dims.clone();
    Box::new(move |bucket, _| {
        let hosting = hosts.groups(|row| world.counts(row, bucket.days), false);
        let cohorts = users.groups(|_| true, false);
        let joined = join(&dims, (&hosts.has, &hosting), (&users.has, &cohorts));
        let measure = |(hosting, cohort): (Vec<Row<'_>>, Vec<Row<'_>>)| {
            let retained = known_users(world, &hosting);
            let first_day = |user: &str| world.known(Some(user)).and_then(|user| world.cohort(user));
            let age = match first_day(retained.first()?) {
                None => Value::Absent,
                Some(first) => {
                    let age = world.calendar.distance(first, bucket.whole.first);
                    Value::Count(age.into())
                }
            };
            Some(vec![
                age,
                Value::count(retained.len()),
                Value::count(cohort.len()),
                Value::ratio(retained.len(), cohort.len()),
            ])
        };
        joined.into_iter().filter_map(|(group, sides)| Some((group, measure(sides)?))).collect()
    })
}
