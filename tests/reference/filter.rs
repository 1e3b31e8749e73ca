//! Is a row kept by a condition?
//!
//! Invariant: conditions follow the three-valued logic of SQL; a comparison with a null is unknown,
//! and only what is true keeps a row.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;

/// A value that a condition or a grouping sees. The order is that of result rows: null last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scalar {
    Text(String),
    Int(i64),
    /// Money in units of 10^-4.
    Money(i64),
    Date(Date),
    Bool(bool),
    /// A text with a place in an order of its own.
    Step(u8, &'static str),
    /// A value of which only the presence matters.
    Present,
    Null,
    /// All values of a many-valued dimension: never one of a result's cells.
    Set(BTreeSet<Scalar>),
}

impl Scalar {
    pub fn text(value: &Option<String>) -> Scalar {
        value.clone().map_or(Scalar::Null, Scalar::Text)
    }

    pub fn int(value: Option<i64>) -> Scalar {
        value.map_or(Scalar::Null, Scalar::Int)
    }

    pub fn date(value: Option<Date>) -> Scalar {
        value.map_or(Scalar::Null, Scalar::Date)
    }

    pub fn presence<T>(value: &Option<T>) -> Scalar {
        if value.is_some() { Scalar::Present } else { Scalar::Null }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    Text(String),
    /// A number in units of 10^-4.
    Number(i64),
    Date(Date),
    Bool(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Compare { name: String, operator: Operator, value: Literal },
    In { name: String, values: Vec<Literal>, negated: bool },
    Like { name: String, pattern: String },
    IsNull { name: String, negated: bool },
}

impl Expr {
    /// True, false or unknown, given the value of every name.
    pub fn truth(&self, value_of: &dyn Fn(&str) -> Scalar) -> Option<bool> {
        if let Some((name, Scalar::Set(values))) = self.subject().map(|name| (name, value_of(name))) {
            return Some(self.truth_of_some(name, &values));
        }
        match self {
            Expr::And(parts) => all(parts.iter().map(|part| part.truth(value_of))),
            Expr::Or(parts) => {
                let negated = parts.iter().map(|part| part.truth(value_of).map(|truth| !truth));
                all(negated).map(|truth| !truth)
            }
            Expr::Not(part) => part.truth(value_of).map(|truth| !truth),
            Expr::Compare { name, operator, value } => {
                let order = compare(&value_of(name), value)?;
                Some(match operator {
                    Operator::Equal => order == Ordering::Equal,
                    Operator::NotEqual => order != Ordering::Equal,
                    Operator::Less => order == Ordering::Less,
                    Operator::AtMost => order != Ordering::Greater,
                    Operator::Greater => order == Ordering::Greater,
                    Operator::AtLeast => order != Ordering::Less,
                })
            }
            Expr::In { name, values, negated } => {
                let value = value_of(name);
                let mut found = false;
                for listed in values {
                    found |= compare(&value, listed)? == Ordering::Equal;
                }
                Some(found != *negated)
            }
            Expr::Like { name, pattern } => match value_of(name) {
                Scalar::Null => None,
                Scalar::Text(text) => Some(like(&folded(&text), &folded(pattern))),
                Scalar::Step(_, text) => Some(like(&folded(text), &folded(pattern))),
                other => panic!("like needs text, {name} is {other:?}"),
            },
            Expr::IsNull { name, negated } => Some((value_of(name) == Scalar::Null) != *negated),
        }
    }

    /// The name that a condition without parts is about.
    fn subject(&self) -> Option<&str> {
        match self {
            Expr::And(_) | Expr::Or(_) | Expr::Not(_) => None,
            Expr::Compare { name, .. }
            | Expr::In { name, .. }
            | Expr::Like { name, .. }
            | Expr::IsNull { name, .. } => Some(name),
        }
    }

    /// Of many values one is enough; what is negated holds when none is.
    fn truth_of_some(&self, name: &str, values: &BTreeSet<Scalar>) -> bool {
        let name = name.to_owned();
        let (positive, negated) = match self.clone() {
            Expr::IsNull { negated, .. } => return values.is_empty() != negated,
            Expr::Compare { operator: Operator::NotEqual, value, .. } => {
                (Expr::Compare { name, operator: Operator::Equal, value }, true)
            }
            Expr::In { values, negated, .. } => (Expr::In { name, values, negated: false }, negated),
            other => (other, false),
        };
        values.iter().any(|value| positive.truth(&|_| value.clone()) == Some(true)) != negated
    }

    /// The names that the condition looks at.
    pub fn names(&self) -> BTreeSet<&str> {
        match self {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().flat_map(Expr::names).collect(),
            Expr::Not(part) => part.names(),
            other => other.subject().into_iter().collect(),
        }
    }

    /// The conditions that AND joins at the top.
    pub fn conditions(&self) -> Vec<&Expr> {
        match self {
            Expr::And(parts) => parts.iter().flat_map(Expr::conditions).collect(),
            other => vec![other],
        }
    }
}

/// False beats unknown, unknown beats true.
fn all(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            None => result = None,
            Some(true) => {}
        }
    }
    result
}

/// None when the value is null.
fn compare(value: &Scalar, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Scalar::Null, _) => None,
        (Scalar::Text(text), Literal::Text(other)) => Some(folded(text).cmp(&folded(other))),
        (Scalar::Step(_, text), Literal::Text(other)) => Some(folded(text).cmp(&folded(other))),
        (Scalar::Bool(value), Literal::Bool(other)) => Some(value.cmp(other)),
        (Scalar::Int(number), Literal::Number(units)) => Some((number * 10_000).cmp(units)),
        (Scalar::Money(amount), Literal::Number(units)) => Some(amount.cmp(units)),
        (Scalar::Date(day), Literal::Date(other)) => Some(day.cmp(other)),
        _ => panic!("{value:?} cannot be compared with {literal:?}"),
    }
}

/// Text compares case-insensitively, categories also after trimming.
pub fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// SQL's LIKE: `%` is any text, `_` is any one character.
fn like(text: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('%') => {
            let tails = text.char_indices().map(|(at, _)| &text[at..]).chain([""]);
            tails.into_iter().any(|tail| like(tail, rest.as_str()))
        }
        Some(wanted) => {
            let mut characters = text.chars();
            match characters.next() {
                Some(found) if wanted == '_' || wanted == found => like(characters.as_str(), rest.as_str()),
                _ => false,
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Text(text) => write!(out, "'{}'", text.replace('\'', "''")),
            Literal::Number(units) => {
                write!(out, "{}", super::exact::money(i128::from(*units)).exact_text(0))
            }
            Literal::Date(day) => write!(out, "'{day}'"),
            Literal::Bool(value) => write!(out, "{value}"),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::AtMost => "<=",
            Operator::Greater => ">",
            Operator::AtLeast => ">=",
        })
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // NOT binds tighter than AND, and AND tighter than OR.
            Expr::And(parts) => joined(out, parts, " and ", |part| matches!(part, Expr::Or(_))),
            Expr::Or(parts) => joined(out, parts, " or ", |_| false),
            Expr::Not(part) if matches!(**part, Expr::And(_) | Expr::Or(_)) => {
                write!(out, "not ({part})")
            }
            Expr::Not(part) => write!(out, "not {part}"),
            Expr::Compare { name, operator, value } => write!(out, "{name} {operator} {value}"),
            Expr::In { name, values, negated } => {
                let values: Vec<String> = values.iter().map(Literal::to_string).collect();
                let word = if *negated { "not in" } else { "in" };
                write!(out, "{name} {word} ({})", values.join(", "))
            }
            Expr::Like { name, pattern } => {
                write!(out, "{name} like {}", Literal::Text(pattern.clone()))
            }
            Expr::IsNull { name, negated } => {
                write!(out, "{name} is {}null", if *negated { "not " } else { "" })
            }
        }
    }
}

fn joined(
    out: &mut fmt::Formatter<'_>,
    parts: &[Expr],
    word: &str,
    needs_parentheses: impl Fn(&Expr) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(word)?;
        }
        if needs_parentheses(part) {
            write!(out, "({part})")?;
        } else {
            write!(out, "{part}")?;
        }
    }
    Ok(())
}
