//! How do the figures of all buckets become the columns and rows of a result?
//!
//! Invariant: every row is the plain evaluation of one bucket with one set of dimensions; totals,
//! comparisons and running totals are further such evaluations, never sums of rows. Neither model
//! is known here.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::civil::Date;

use super::catalogue::Kind;
use super::exact::{Fraction, currency_decimals, money};
use super::filter::Scalar;
use super::period::{Bucket, Calendar, Days, Grain};
use super::request::{Compare, Request};
use super::side::{Cells, Dims, Evaluate, Group, Value};
use super::world::days_after;

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

/// A request that has been given its days by a dataset.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub request: &'a Request,
    pub calendar: Calendar,
    pub as_of: Date,
    pub interval: Days,
    /// The first day on which the KPI has a row, over the whole table.
    pub earliest: Option<Date>,
}

impl Frame<'_> {
    /// The day at which a stock is measured.
    pub fn measured_on(&self, bucket: &Bucket) -> Date {
        bucket.days.last.min(self.as_of)
    }
}

/// A request over a dataset of one model.
pub trait Question {
    fn frame(&self) -> Frame<'_>;

    /// The same question about the interval as a whole.
    fn over_all(&self) -> Self;

    fn evaluator<'w>(&'w self, dims: &Dims) -> Evaluate<'w>;
}

/// What is shown of a request that has no interval, since there is nothing to give it one.
pub fn no_answer(request: &Request) -> Answer {
    Answer { columns: columns(request), rows: Vec::new() }
}

pub fn answer(question: &impl Question) -> Answer {
    let frame = question.frame();
    let request = frame.request;
    let mut answer = no_answer(request);
    let mut dims = dimensions(request);
    dims.top = request.top.map(|count| top_groups(question, &dims, count));
    let totals = total_dimensions(request, &dims);
    let (by_group, in_total) = (question.evaluator(&dims), question.evaluator(&totals));
    for bucket in frame.calendar.buckets(frame.interval) {
        let plain = dims.names.is_empty();
        let fill = plain && !request.no_fill;
        for (group, values) in compared(&frame, &by_group, &bucket, plain, fill) {
            answer.rows.push(output(&frame, &dims, &bucket, &group, &values));
        }
        if request.totals {
            let plain = totals.names.is_empty();
            for (group, values) in compared(&frame, &in_total, &bucket, plain, false) {
                let mut shown = vec![Scalar::Null; dims.names.len()];
                for (name, cell) in totals.names.iter().zip(group) {
                    let position = dims.names.iter().position(|other| other == name);
                    shown[position.expect("a total's dimension is one of the result's")] = cell;
                }
                answer.rows.push(output(&frame, &dims, &bucket, &shown, &values));
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

/// Those of `--by`, then the KPI's own that `--by` does not name already. What is converted has
/// one currency, so that it is no dimension of its own then.
fn dimensions(request: &Request) -> Dims {
    let own = request.kpi().own.iter();
    let own = own.filter(|own| !(request.convert.is_some() && **own == "currency"));
    let mut names = request.by.clone();
    names.extend(own.filter(|own| !request.by.contains(own)));
    Dims { names, by: request.by.len(), top: None }
}

/// A total is of all groups, but never of two currencies.
fn total_dimensions(request: &Request, dims: &Dims) -> Dims {
    let kept = |name: &&'static str| *name == "currency" && request.convert.is_none();
    Dims { names: dims.names.iter().copied().filter(kept).collect(), ..Dims::default() }
}

/// The groups of one bucket with their measures and what these are compared with. A result is
/// plain when it has no dimension; then `fill` asks for the bucket even when it is empty.
fn compared(frame: &Frame<'_>, evaluate: &Evaluate<'_>, bucket: &Bucket, plain: bool, fill: bool) -> Cells {
    let mut cells = evaluate(bucket, fill);
    if frame.request.cumulative {
        let ever = Days { first: Date::MIN, last: bucket.days.last };
        let mut running = evaluate(&Bucket { days: ever, ..*bucket }, fill);
        for (group, values) in &mut cells {
            *values = running.remove(group).expect("a group of a bucket is one of its history");
        }
    }
    if let Some(compare) = frame.request.compare {
        let earlier = earlier_bucket(frame, bucket, compare);
        let known = frame.earliest.is_some_and(|first| earlier.whole.last >= first);
        let mut previous = evaluate(&earlier, plain);
        for (group, values) in &mut cells {
            let previous = previous.remove(group);
            let kinds = frame.request.kpi().measures.iter();
            let pairs: Vec<Value> = kinds
                .enumerate()
                .flat_map(|(index, (_, kind))| {
                    let before = match &previous {
                        _ if !known => Value::Absent,
                        None if values[index] == Value::Absent => Value::Absent,
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
fn earlier_bucket(frame: &Frame<'_>, bucket: &Bucket, compare: Compare) -> Bucket {
    let mut earlier = match compare {
        Compare::Previous => frame.calendar.previous(bucket),
        Compare::Year => frame.calendar.year_before(bucket),
    };
    let reached = frame.measured_on(bucket);
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
fn top_groups(question: &impl Question, dims: &Dims, count: usize) -> BTreeSet<Group> {
    let whole = question.over_all();
    let evaluate = whole.evaluator(dims);
    let bucket = Bucket::unclipped(whole.frame().interval);
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

/// The digits of the money of a row.
fn decimals(frame: &Frame<'_>, dims: &Dims, group: &Group) -> u32 {
    let shown = dims.names.iter().zip(group).find(|(name, _)| **name == "currency");
    match (frame.request.convert, shown) {
        (Some(currency), _) => currency_decimals(currency),
        (None, Some((_, Scalar::Text(currency)))) => currency_decimals(currency),
        _ => currency_decimals(""),
    }
}

fn output(frame: &Frame<'_>, dims: &Dims, bucket: &Bucket, group: &Group, values: &[Value]) -> Vec<Cell> {
    let mut cells = Vec::new();
    if frame.calendar.grain != Grain::All {
        cells.push(Cell::Text(bucket.whole.first.to_string()));
    }
    let decimals = decimals(frame, dims, group);
    for scalar in group {
        cells.push(match scalar {
            Scalar::Null => Cell::Null,
            Scalar::Text(text) => Cell::Text(text.clone()),
            Scalar::Step(_, text) => Cell::Text((*text).to_owned()),
            Scalar::Int(number) => Cell::Int(i128::from(*number)),
            Scalar::Money(amount) => Cell::Text(money(i128::from(*amount)).exact_text(decimals)),
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
