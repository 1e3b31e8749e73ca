//! Random conditions for `--where` and `--users`, about values that the data has.
//!
//! Invariant: every condition is well typed: text with text, numbers with numbers, dates with dates.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Dice;
use crate::reference::catalogue::{dimensions, sources};
use crate::reference::data::Dataset;
use crate::reference::dims::{condition_columns, reaches, value};
use crate::reference::filter::{Expr, Literal, Operator, Scalar};
use crate::reference::period::plus;
use crate::reference::request::Request;
use crate::reference::world::World;

const ORDERED: &[Operator] = &[
    Operator::Equal,
    Operator::NotEqual,
    Operator::Less,
    Operator::AtMost,
    Operator::Greater,
    Operator::AtLeast,
];

/// Columns of which only the presence is asked for: what a date literal means for a time of day
/// is not part of the contract.
const PRESENCE_ONLY: &[&str] = &["end_time", "leave_time", "usage_timestamp", "close_date"];

/// What a `--users` condition can be about.
const USER_CONDITIONS: &[&str] = &[
    "feature_name",
    "usage_count",
    "ticket_type",
    "priority_level",
    "meeting_type",
    "duration_minutes",
    "connection_quality",
    "event_type",
    "payment_method",
    "amount",
];

/// A condition on the KPI's dimensions and the columns of its fact table.
pub fn filter(dice: &mut Dice, data: &Dataset, request: &Request, two_sided: bool) -> Option<Expr> {
    let sources = sources(request);
    let mut names = dimensions(request);
    if let [source] = sources[..] {
        names.extend(condition_columns(source));
    }
    // The cohort of retention is a bucket, not the month that it is elsewhere.
    names.retain(|name| !(request.kpi == "retention" && *name == "cohort"));
    let atom = |dice: &mut Dice| {
        let name = *dice.pick(&names);
        condition(dice, data, request, name)
    };
    if two_sided {
        // An OR must not reach across sides, so that both of its parts are about one name.
        let name = *dice.pick(&names);
        let first = match dice.below(3) {
            0 => condition(dice, data, request, name)?,
            1 => Expr::Not(Box::new(condition(dice, data, request, name)?)),
            _ => Expr::Or(vec![condition(dice, data, request, name)?, condition(dice, data, request, name)?]),
        };
        return Some(if dice.percent(40) { Expr::And(vec![first, atom(dice)?]) } else { first });
    }
    joined(dice, atom)
}

/// One condition, or several in any of the ways in which they can be joined.
pub(super) fn joined(dice: &mut Dice, atom: impl Fn(&mut Dice) -> Option<Expr>) -> Option<Expr> {
    Some(match dice.below(7) {
        0 => Expr::And(vec![atom(dice)?, atom(dice)?]),
        1 => Expr::Or(vec![atom(dice)?, atom(dice)?]),
        2 => Expr::Not(Box::new(atom(dice)?)),
        3 => Expr::And(vec![atom(dice)?, Expr::Or(vec![atom(dice)?, atom(dice)?])]),
        4 => Expr::Or(vec![atom(dice)?, Expr::And(vec![atom(dice)?, atom(dice)?])]),
        5 => Expr::Not(Box::new(Expr::Or(vec![atom(dice)?, atom(dice)?]))),
        _ => atom(dice)?,
    })
}

pub fn users(dice: &mut Dice, data: &Dataset, request: &Request) -> Option<Expr> {
    let name = *dice.pick(USER_CONDITIONS);
    condition(dice, data, request, name)
}

/// One condition on the name; none when no row has a value to ask for.
fn condition(dice: &mut Dice, data: &Dataset, request: &Request, name: &str) -> Option<Expr> {
    if PRESENCE_ONLY.contains(&name) {
        return Some(Expr::IsNull { name: name.to_owned(), negated: dice.percent(50) });
    }
    condition_on(dice, name, &values(data, request, name), is_key(name))
}

/// One condition on the name, about one of the values listed.
pub(super) fn condition_on(dice: &mut Dice, name: &str, listed: &[Scalar], is_key: bool) -> Option<Expr> {
    let name_owned = name.to_owned();
    if dice.percent(12) || listed.contains(&Scalar::Present) {
        return Some(Expr::IsNull { name: name_owned, negated: dice.percent(50) });
    }
    let literal = |dice: &mut Dice| -> Option<Literal> {
        if listed.is_empty() {
            return None;
        }
        Some(match dice.pick(listed).clone() {
            Scalar::Text(text) if is_key => Literal::Text(text),
            Scalar::Text(text) => Literal::Text(match dice.below(3) {
                0 => text.to_uppercase(),
                1 => text.to_lowercase(),
                _ => text,
            }),
            Scalar::Step(_, text) => Literal::Text(text.to_owned()),
            Scalar::Int(number) => Literal::Number(10_000 * (number + dice.below(3) - 1)),
            Scalar::Money(amount) => Literal::Number(amount),
            Scalar::Date(day) => Literal::Date(near(dice, day)),
            Scalar::Bool(value) => Literal::Bool(value),
            other => panic!("{name} has {other:?}"),
        })
    };
    let value = literal(dice)?;
    if dice.percent(30) {
        let values = vec![value, literal(dice)?];
        return Some(Expr::In { name: name_owned, values, negated: dice.percent(30) });
    }
    Some(match value {
        Literal::Text(text) if !is_key && dice.percent(25) => {
            let mut characters = text.chars();
            let first = characters.next()?;
            let rest = characters.as_str();
            let pattern = match dice.below(3) {
                0 => format!("{first}%"),
                1 => format!("_{rest}"),
                _ => format!("%{rest}"),
            };
            Expr::Like { name: name_owned, pattern }
        }
        // Which of two texts is the smaller depends on a collation that nobody has promised, and
        // which of two truths on nothing.
        Literal::Text(_) | Literal::Bool(_) => {
            Expr::Compare { name: name_owned, operator: *dice.pick(&ORDERED[..2]), value }
        }
        _ => Expr::Compare { name: name_owned, operator: *dice.pick(ORDERED), value },
    })
}

fn is_key(name: &str) -> bool {
    name.ends_with("_id")
}

fn near(dice: &mut Dice, day: Date) -> Date {
    plus(day, (dice.below(3) - 1).days())
}

/// What the rows of any table that reaches the name show under it.
fn values(data: &Dataset, request: &Request, name: &str) -> Vec<Scalar> {
    use crate::reference::rows::Source;
    let mut plain = Request::new("revenue");
    plain.tz = request.tz;
    plain.from = Some(Date::MIN);
    plain.to = Some(Date::MAX);
    let Some(world) = World::new(data, &plain) else {
        return Vec::new();
    };
    let mut values = Vec::new();
    for source in [
        Source::Meetings,
        Source::Attendees,
        Source::Usage,
        Source::TicketsOpened,
        Source::Events,
        Source::Licenses,
        Source::Signups,
    ] {
        if reaches(source, name) {
            let rows = world.rows(source);
            values.extend(rows.iter().map(|row| value(&world, source, row, name)));
        }
    }
    values.retain(|value| *value != Scalar::Null);
    values
}
