//! How do the figures of all buckets become the columns and rows of a result?
//!
//! Invariant: every row is the plain evaluation of one bucket with one set of dimensions; totals,
//! comparisons and running totals are further such evaluations, never sums of rows.

use std::cmp::Reverse;

use jiff::civil::Date;

use super::catalogue::Kind;
use super::data::Dataset;
use super::exact::{Fraction, currency_decimals};
use super::filter::Scalar;
use super::period::{Bucket, Days, Grain};
use super::request::{Compare, Request};
use super::side::{Cells, Dims, Evaluate, Group, Value};
use super::world::{World, days_after};
use super::{licences, movement, revenue, support, usage};

/// What a result shows in one place.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Int(i128),
    Number(f64),
    /// Text, a date, or money.
    Text(String),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

pub fn answer(data: &Dataset, request: &Request) -> Answer {
    let mut answer = Answer { columns: columns(request), rows: Vec::new() };
    let Some(world) = World::new(data, request) else {
        return answer;
    };
    let mut dims = dimensions(request);
    dims.top = request.top.map(|count| top_groups(&world, &dims, count));
    let totals = total_dimensions(&dims);
    let (by_group, in_total) = (evaluator(&world, &dims), evaluator(&world, &totals));
    for bucket in world.calendar.buckets(world.interval) {
        let plain = dims.names.is_empty();
        let fill = plain && !request.no_fill;
        for (group, values) in compared(&world, &by_group, &bucket, plain, fill) {
            answer.rows.push(output(&world, &dims, &bucket, &group, &values));
        }
        if request.totals {
            let plain = totals.names.is_empty();
            for (group, values) in compared(&world, &in_total, &bucket, plain, false) {
                let mut shown = vec![Scalar::Null; dims.names.len()];
                for (name, cell) in totals.names.iter().zip(group) {
                    let position = dims.names.iter().position(|other| other == name);
                    shown[position.expect("a total's dimension is one of the result's")] = cell;
                }
                answer.rows.push(output(&world, &dims, &bucket, &shown, &values));
            }
        }
    }
    answer
}

fn columns(request: &Request) -> Vec<String> {
    let mut columns = Vec::new();
    if request.grain() != Grain::All {
        columns.push("period".to_owned());
    }
    columns.extend(dimensions(request).names.iter().map(ToString::to_string));
    let measures = request.kpi().measures.iter();
    columns.extend(measures.clone().map(|(name, _)| name.to_string()));
    if request.compare.is_some() {
        columns.extend(measures.flat_map(|(name, _)| [format!("{name}_previous"), format!("{name}_change")]));
    }
    columns
}

/// Those of `--by`, then the KPI's own that `--by` does not name already.
fn dimensions(request: &Request) -> Dims {
    let mut names = request.by.clone();
    names.extend(request.kpi().own.iter().filter(|own| !request.by.contains(own)));
    Dims { names, by: request.by.len(), top: None }
}

/// A total is of all groups, but never of two currencies.
fn total_dimensions(dims: &Dims) -> Dims {
    let names = dims.names.iter().copied().filter(|name| *name == "currency").collect();
    Dims { names, ..Dims::default() }
}

fn evaluator<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    match world.request.kpi {
        "active_users" | "dau" | "wau" | "mau" => usage::active_users(world, dims),
        "stickiness" => usage::stickiness(world, dims),
        "meeting_minutes" => usage::meeting_minutes(world, dims),
        "avg_meeting_duration" => usage::avg_meeting_duration(world, dims),
        "meetings_per_user" => usage::meetings_per_user(world, dims),
        "signups" => usage::signups(world, dims),
        "feature_adoption" => usage::feature_adoption(world, dims),
        "feature_usage" => usage::feature_usage(world, dims),
        "attendance" => usage::attendance(world, dims),
        "connection_quality" => usage::connection_quality(world, dims),
        "peak_concurrency" => usage::peak_concurrency(world, dims),
        "retention" => usage::retention(world, dims),
        "tickets_opened" => support::tickets_opened(world, dims),
        "resolution_time" => support::resolution_time(world, dims),
        "first_contact_resolution" => support::first_contact_resolution(world, dims),
        "tickets_per_1000_active_users" => support::tickets_per_1000_active_users(world, dims),
        "open_tickets" => support::open_tickets(world, dims),
        "revenue" => revenue::revenue(world, dims),
        "mrr" => revenue::mrr(world, dims),
        "revenue_by_license_type" => revenue::revenue_by_license_type(world, dims),
        "license_utilization" => licences::license_utilization(world, dims),
        "license_expirations" => licences::license_expirations(world, dims),
        "churn_rate" => movement::churn_rate(world, dims),
        other => panic!("no KPI {other}"),
    }
}

/// The groups of one bucket with their measures and what these are compared with. A result is
/// plain when it has no dimension; then `fill` asks for the bucket even when it is empty.
fn compared(world: &World<'_>, evaluate: &Evaluate<'_>, bucket: &Bucket, plain: bool, fill: bool) -> Cells {
    let mut cells = evaluate(bucket, fill);
    if world.request.cumulative {
        let ever = Days { first: Date::MIN, last: bucket.days.last };
        let mut running = evaluate(&Bucket { days: ever, ..*bucket }, fill);
        for (group, values) in &mut cells {
            *values = running.remove(group).expect("a group of a bucket is one of its history");
        }
    }
    if let Some(compare) = world.request.compare {
        let earlier = earlier_bucket(world, bucket, compare);
        let known = world.earliest.is_some_and(|first| earlier.whole.last >= first);
        let mut previous = evaluate(&earlier, plain);
        for (group, values) in &mut cells {
            let previous = previous.remove(group);
            let kinds = world.request.kpi().measures.iter();
            let pairs: Vec<Value> = kinds
                .enumerate()
                .flat_map(|(index, (_, kind))| {
                    let before = match &previous {
                        _ if !known => Value::Absent,
                        Some(previous) => previous[index],
                        None => missing(*kind),
                    };
                    [before, change(before, values[index])]
                })
                .collect();
            values.extend(pairs);
        }
    }
    cells
}

/// The bucket to compare with; as many of its days as have passed of an unfinished one.
fn earlier_bucket(world: &World<'_>, bucket: &Bucket, compare: Compare) -> Bucket {
    let mut earlier = match compare {
        Compare::Previous => world.calendar.previous(bucket),
        Compare::Year => world.calendar.year_before(bucket),
    };
    let reached = world.measured_on(bucket);
    if bucket.whole.contains(reached) && reached < bucket.whole.last {
        let elapsed = Days { first: bucket.whole.first, last: reached }.count();
        let last = days_after(earlier.whole.first, elapsed - 1);
        earlier.days.last = earlier.whole.last.min(last);
    }
    earlier
}

/// A measure of a group that the earlier bucket does not have.
fn missing(kind: Kind) -> Value {
    match kind {
        Kind::Count => Value::Count(0),
        Kind::Sum => Value::Number(Some(Fraction::ZERO)),
        Kind::Ratio | Kind::MoneyRatio => Value::Absent,
        Kind::Money => Value::Money(Fraction::ZERO),
    }
}

fn change(before: Value, now: Value) -> Value {
    let minus = |now: Option<Fraction>, before: Option<Fraction>| Some(now?.minus(before?));
    match (now, before) {
        (Value::Count(now), Value::Count(before)) => Value::Count(now - before),
        (Value::Number(now), Value::Number(before)) => Value::Number(minus(now, before)),
        (Value::Money(now), Value::Money(before)) => Value::Money(now.minus(before)),
        (Value::DividedMoney(now), Value::DividedMoney(before)) => Value::DividedMoney(minus(now, before)),
        // The sum over no events is the same zero, whether or not it would have been divided.
        (Value::DividedMoney(now), Value::Money(before)) => Value::DividedMoney(minus(now, Some(before))),
        (_, Value::Absent) | (Value::Absent, _) => Value::Absent,
        (now, before) => panic!("{now:?} and {before:?} are of two kinds"),
    }
}

/// The groups with the largest first measure over the whole interval; of equal ones the first.
fn top_groups(world: &World<'_>, dims: &Dims, count: usize) -> std::collections::BTreeSet<Group> {
    let whole = world.over_all();
    let evaluate = evaluator(&whole, dims);
    let bucket = Bucket::unclipped(world.interval);
    let mut ranked: Vec<(Reverse<Option<Fraction>>, Group)> = Vec::new();
    for (group, values) in evaluate(&bucket, false) {
        let size = match values[0] {
            Value::Count(count) => Some(Fraction::whole(count)),
            Value::Number(number) | Value::DividedMoney(number) => number,
            Value::Money(money) => Some(money),
            Value::Absent => None,
        };
        ranked.push((Reverse(size), group[..dims.by].to_vec()));
    }
    ranked.sort();
    ranked.into_iter().map(|(_, group)| group).take(count).collect()
}

fn output(world: &World<'_>, dims: &Dims, bucket: &Bucket, group: &Group, values: &[Value]) -> Vec<Cell> {
    let mut cells = Vec::new();
    if world.calendar.grain != Grain::All {
        cells.push(Cell::Text(bucket.whole.first.to_string()));
    }
    let mut decimals = currency_decimals("");
    for (name, scalar) in dims.names.iter().zip(group) {
        if let ("currency", Scalar::Text(currency)) = (*name, scalar) {
            decimals = currency_decimals(currency);
        }
        cells.push(match scalar {
            Scalar::Null => Cell::Null,
            Scalar::Text(text) => Cell::Text(text.clone()),
            Scalar::Int(number) => Cell::Int(i128::from(*number)),
            Scalar::Date(day) => Cell::Text(day.to_string()),
            other => panic!("{other:?} is no value of a dimension"),
        });
    }
    let number =
        |value: Option<Fraction>| value.map_or(Cell::Null, |value| Cell::Number(value.nearest_f64()));
    let divided =
        |value: Option<Fraction>| value.map_or(Cell::Null, |value| Cell::Text(value.rounded_text(decimals)));
    cells.extend(values.iter().map(|value| match value {
        Value::Absent => Cell::Null,
        Value::Count(count) => Cell::Int(*count),
        Value::Number(value) => number(*value),
        Value::Money(money) => Cell::Text(money.exact_text(decimals)),
        Value::DividedMoney(value) => divided(*value),
    }));
    cells
}
