//! What do the literals of a comparison mean, by the type of the column that they are compared with?

use std::cmp::Ordering;

use super::expr::{ExprError, Leaf as ExprLeaf, Literal, Op, Value};
use super::period::{PartialDate, parse_day};
use crate::model::names::normal;
use crate::model::{Day, MICROS_PER_SECOND, Zone};
use crate::store::dictionary::fold;

fn wrong(leaf: &ExprLeaf, literal: &Literal, wanted: &str) -> ExprError {
    ExprError::new(
        format!("'{}' is compared with {}, but is {wanted}", leaf.name.text, literal.value.kind()),
        literal.span,
    )
}

fn no_like(leaf: &ExprLeaf, what: &str) -> Result<(), ExprError> {
    match leaf.op {
        Op::Like | Op::NotLike => {
            let message = format!("'like' compares texts, and '{}' is {what}", leaf.name.text);
            Err(ExprError::new(message, leaf.op_span))
        }
        _ => Ok(()),
    }
}

pub(super) fn text_literals(leaf: &ExprLeaf) -> Result<Vec<String>, ExprError> {
    let text = |l: &Literal| match &l.value {
        Value::Text(text) => Ok(fold(text)),
        Value::Integer(n) => Ok(n.to_string()),
        _ => Err(wrong(leaf, l, "a text").help("write it in single quotes")),
    };
    leaf.literals.iter().map(text).collect()
}

/// Units of 0.0001, and whether these are the whole number that was written.
pub(super) type Units = (i128, bool);

pub(super) fn number_literals(leaf: &ExprLeaf) -> Result<Vec<Units>, ExprError> {
    no_like(leaf, "a number")?;
    leaf.literals.iter().map(|l| l.value.units().ok_or_else(|| wrong(leaf, l, "a number"))).collect()
}

pub(super) fn bool_literals(leaf: &ExprLeaf) -> Result<Vec<i64>, ExprError> {
    no_like(leaf, "true or false")?;
    let flag = |l: &Literal| match &l.value {
        Value::Bool(b) => Ok(i64::from(*b)),
        Value::Integer(n @ (0 | 1)) => Ok(*n),
        _ => Err(wrong(leaf, l, "true or false")),
    };
    leaf.literals.iter().map(flag).collect()
}

pub(super) fn day_literals(leaf: &ExprLeaf) -> Result<Vec<i64>, ExprError> {
    no_like(leaf, "a date")?;
    let day =
        |l: &Literal| l.value.day().map(i64::from).ok_or_else(|| wrong(leaf, l, "a date").help(DATE_HELP));
    leaf.literals.iter().map(day).collect()
}

const DATE_HELP: &str = "write a whole date in single quotes: '2025-06-30'";

pub(super) fn month_literals(leaf: &ExprLeaf) -> Result<Vec<i64>, ExprError> {
    no_like(leaf, "a month")?;
    let month = |l: &Literal| match &l.value {
        Value::Text(text) => match PartialDate::parse(text) {
            Ok(date @ (PartialDate::Month(..) | PartialDate::Day(_))) => Ok(i64::from(date.first())),
            _ => Err(wrong(leaf, l, "a month").help("write it in single quotes: '2025-06'")),
        },
        _ => Err(wrong(leaf, l, "a month").help("write it in single quotes: '2025-06'")),
    };
    leaf.literals.iter().map(month).collect()
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

pub(super) fn weekday_literals(leaf: &ExprLeaf) -> Result<Vec<i64>, ExprError> {
    no_like(leaf, "a day of the week")?;
    let day = |l: &Literal| match &l.value {
        Value::Integer(n) => Ok(*n),
        Value::Text(text) => {
            let typed = normal(text);
            let found = WEEKDAYS.iter().position(|d| typed.len() >= 3 && d.starts_with(&typed));
            found
                .map(|i| i as i64 + 1)
                .ok_or_else(|| wrong(leaf, l, "a day of the week (1 = Monday to 7 = Sunday)"))
        }
        _ => Err(wrong(leaf, l, "a day of the week (1 = Monday to 7 = Sunday)")),
    };
    leaf.literals.iter().map(day).collect()
}

/// A day, and the microseconds since its start where a time of day was written.
pub(super) type MomentLiteral = (Day, Option<i64>);

pub(super) fn moment_literals(leaf: &ExprLeaf) -> Result<Vec<MomentLiteral>, ExprError> {
    no_like(leaf, "a time")?;
    let moment = |l: &Literal| match &l.value {
        Value::Text(text) => parse_moment(text).ok_or_else(|| wrong(leaf, l, "a time").help(TIME_HELP)),
        _ => Err(wrong(leaf, l, "a time").help(TIME_HELP)),
    };
    leaf.literals.iter().map(moment).collect()
}

const TIME_HELP: &str = "write '2025-06-30' for a whole day, or '2025-06-30 14:05', in single quotes";

fn parse_moment(text: &str) -> Option<MomentLiteral> {
    let text = text.trim();
    if let Some(day) = parse_day(text) {
        return Some((day, None));
    }
    let (date, time) = text.split_once([' ', 'T'])?;
    let mut parts = time.split(':').map(|p| p.parse::<i64>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let fits = (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second)
        && parts.next().is_none();
    let micros = ((hour * 60 + minute) * 60 + second) * MICROS_PER_SECOND;
    fits.then_some((parse_day(date)?, Some(micros)))
}

/// Days are compared with days; instants with a time of day in the query's zone.
pub(super) fn order_moment(value: &(Day, Option<i64>), literal: &MomentLiteral, zone: &Zone) -> Ordering {
    match (value.1, literal.1) {
        (Some(instant), Some(time)) => {
            let hours = time / (3600 * MICROS_PER_SECOND);
            let guess = zone.start_of(literal.0) + time;
            // A change of the clocks earlier on that day shifts the hour.
            let off = (hours - i64::from(zone.hour_of(guess)) + 36).rem_euclid(24) - 12;
            instant.cmp(&(guess + off * 3600 * MICROS_PER_SECOND))
        }
        _ => value.0.cmp(&literal.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_on_days_when_clocks_change() {
        let oslo = Zone::parse("Europe/Oslo").unwrap();
        // On 2025-03-30 clocks go from 02:00 to 03:00, so that 14:00 is 12:00 UTC.
        let literal = parse_moment("2025-03-30 14:00").unwrap();
        let noon_utc = i64::from(literal.0) * 86_400 * MICROS_PER_SECOND + 12 * 3600 * MICROS_PER_SECOND;
        assert_eq!(order_moment(&(literal.0, Some(noon_utc)), &literal, &oslo), Ordering::Equal);
    }
}
