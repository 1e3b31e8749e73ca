//! A filter, ready for rows: three-valued, as SQL has it.

use std::sync::Arc;

use super::chunk::{Chunk, Needs};
use crate::kpi::dims::Dim;
use crate::model::{ColumnDef, Day, MICROS_PER_DAY, Zone};
use crate::store::{NULL_NUMBER, StoreError};

/// It does not hold.
pub const FALSE: u8 = 0;
/// It holds.
pub const TRUE: u8 = 1;
/// It cannot be told, because a value is missing.
pub const UNKNOWN: u8 = 2;

/// A test of a number.
pub type NumberTest = Arc<dyn Fn(Option<i64>) -> u8 + Send + Sync>;
/// A test of a text.
pub type TextTest = Arc<dyn Fn(Option<&str>) -> u8 + Send + Sync>;
/// A test of an instant, in the zone in which days start.
pub type InstantTest = Arc<dyn Fn(Option<i64>, &Zone) -> u8 + Send + Sync>;
/// A test of a day and, where there is one, an instant.
pub type MomentTest = Arc<dyn Fn(Option<(Day, Option<i64>)>) -> u8 + Send + Sync>;

/// One comparison, ready for the rows of a fact.
#[derive(Clone)]
pub enum Leaf {
    /// Of a dimension: the answer for each code.
    Dim(Dim, Arc<Vec<u8>>),
    /// Of an attribute of the acting user: the answer for each id.
    Actor(Arc<Vec<u8>>, u8),
    /// Of the fact's own category column: the answer for each code.
    Codes(&'static str, Arc<Vec<u8>>),
    /// Of the fact's own reference column: the answer for each id, and for a missing one.
    References(&'static str, Arc<Vec<u8>>, u8),
    /// Of the fact's own key, for tables with ids: the answer for each id.
    OwnId(Arc<Vec<u8>>),
    /// Of the fact's own key, for tables without ids.
    Keys(&'static str, TextTest),
    /// Of the fact's own number column.
    Numbers(&'static str, NumberTest),
    /// Of the fact's own column of whole numbers, or what stands in where they are missing.
    Integers(&'static ColumnDef, NumberTest),
    /// Of the fact's own texts.
    Texts(&'static str, TextTest),
    /// Of the fact's own column of instants.
    Instants(&'static str, Zone, InstantTest),
    /// Of the fact's own column of days and instants.
    Moments(&'static str, Zone, MomentTest),
}

/// A filter.
#[derive(Clone)]
pub enum Predicate {
    /// All hold.
    And(Vec<Predicate>),
    /// One holds.
    Or(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// A comparison.
    Leaf(Leaf),
}

impl Predicate {
    /// The filter that every row passes.
    pub const fn all() -> Self {
        Predicate::And(Vec::new())
    }

    /// Whether every row passes for certain.
    pub fn is_all(&self) -> bool {
        matches!(self, Predicate::And(parts) if parts.is_empty())
    }

    /// What a chunk must hold for it.
    pub fn needs(&self) -> Needs {
        match self {
            Predicate::And(parts) | Predicate::Or(parts) => {
                parts.iter().fold(Needs::default(), |n, p| n.and(p.needs()))
            }
            Predicate::Not(part) => part.needs(),
            Predicate::Leaf(Leaf::Dim(dim, _)) => dim.needs(),
            Predicate::Leaf(Leaf::Actor(..)) => Needs { actors: true, ..Needs::default() },
            Predicate::Leaf(Leaf::OwnId(_)) => Needs { ids: true, ..Needs::default() },
            Predicate::Leaf(_) => Needs::default(),
        }
    }

    /// Whether it asks for attributes of the acting user alone, so that it is a set of users.
    pub fn is_of_actor(&self) -> bool {
        match self {
            Predicate::And(parts) | Predicate::Or(parts) => parts.iter().all(Predicate::is_of_actor),
            Predicate::Not(part) => part.is_of_actor(),
            Predicate::Leaf(Leaf::Actor(..)) => true,
            Predicate::Leaf(Leaf::Dim(dim, _)) => dim.def.is_of_actor(),
            Predicate::Leaf(_) => false,
        }
    }

    /// The answer for a user, of a filter that [`Self::is_of_actor`].
    pub fn of_actor(&self, user: u32) -> u8 {
        match self {
            Predicate::And(parts) => parts.iter().fold(TRUE, |a, p| and(a, p.of_actor(user))),
            Predicate::Or(parts) => parts.iter().fold(FALSE, |a, p| or(a, p.of_actor(user))),
            Predicate::Not(part) => not(part.of_actor(user)),
            Predicate::Leaf(Leaf::Actor(truth, missing)) => {
                truth.get(user as usize).copied().unwrap_or(*missing)
            }
            Predicate::Leaf(Leaf::Dim(dim, truth)) => at(truth, dim.code_of_actor(user)),
            Predicate::Leaf(_) => UNKNOWN,
        }
    }

    /// The answer for each row of a chunk.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn evaluate(&self, chunk: &Chunk<'_>) -> Result<Vec<u8>, StoreError> {
        match self {
            Predicate::And(parts) => fold(parts, chunk, TRUE, and),
            Predicate::Or(parts) => fold(parts, chunk, FALSE, or),
            Predicate::Not(part) => {
                let mut answers = part.evaluate(chunk)?;
                answers.iter_mut().for_each(|a| *a = not(*a));
                Ok(answers)
            }
            Predicate::Leaf(leaf) => leaf.evaluate(chunk),
        }
    }
}

fn fold(
    parts: &[Predicate],
    chunk: &Chunk<'_>,
    start: u8,
    join: fn(u8, u8) -> u8,
) -> Result<Vec<u8>, StoreError> {
    let mut answers = vec![start; chunk.len()];
    for part in parts {
        let more = part.evaluate(chunk)?;
        answers.iter_mut().zip(more).for_each(|(a, b)| *a = join(*a, b));
    }
    Ok(answers)
}

/// Of answers: false, true or unknown.
pub fn and(a: u8, b: u8) -> u8 {
    match (a, b) {
        (FALSE, _) | (_, FALSE) => FALSE,
        (TRUE, TRUE) => TRUE,
        _ => UNKNOWN,
    }
}

/// Of answers: false, true or unknown.
pub fn or(a: u8, b: u8) -> u8 {
    match (a, b) {
        (TRUE, _) | (_, TRUE) => TRUE,
        (FALSE, FALSE) => FALSE,
        _ => UNKNOWN,
    }
}

/// Of answers: false, true or unknown.
pub fn not(a: u8) -> u8 {
    match a {
        FALSE => TRUE,
        TRUE => FALSE,
        _ => UNKNOWN,
    }
}

fn at(truth: &[u8], code: u32) -> u8 {
    truth.get(code as usize).copied().unwrap_or(UNKNOWN)
}

impl Leaf {
    /// The answer for each row of a chunk.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn evaluate(&self, chunk: &Chunk<'_>) -> Result<Vec<u8>, StoreError> {
        let rows = &chunk.rows;
        Ok(match self {
            Leaf::Dim(dim, truth) => {
                let mut codes = Vec::with_capacity(rows.len());
                dim.codes(chunk, &mut codes)?;
                codes.into_iter().map(|c| at(truth, c)).collect()
            }
            Leaf::Actor(truth, missing) => {
                chunk.actors.iter().map(|&id| truth.get(id as usize).copied().unwrap_or(*missing)).collect()
            }
            Leaf::Codes(column, truth) => {
                let mut codes = Vec::with_capacity(rows.len());
                chunk.file.codes(column)?.gather(rows, &mut codes);
                codes.into_iter().map(|c| at(truth, c)).collect()
            }
            Leaf::References(column, truth, missing) => {
                let ids = chunk.file.ids(column)?;
                rows.iter()
                    .map(|&r| truth.get(ids.get(r as usize) as usize).copied().unwrap_or(*missing))
                    .collect()
            }
            Leaf::OwnId(truth) => chunk.ids.iter().map(|&id| at(truth, id)).collect(),
            Leaf::Keys(column, test) => {
                let keys = chunk.file.keys(column)?;
                let answer = |r: &u32| {
                    let key = keys.get(*r as usize);
                    test(key.as_deref().map(String::from_utf8_lossy).as_deref())
                };
                rows.iter().map(answer).collect()
            }
            Leaf::Numbers(column, test) => {
                let mut numbers = Vec::with_capacity(rows.len());
                chunk.file.numbers(column)?.gather(rows, &mut numbers);
                numbers.into_iter().map(|n| test((n != NULL_NUMBER).then_some(n))).collect()
            }
            Leaf::Integers(column, test) => {
                let numbers = chunk.integers(column)?;
                numbers.into_iter().map(|n| test((n != NULL_NUMBER).then_some(n))).collect()
            }
            Leaf::Texts(column, test) => {
                let texts = chunk.file.texts(column)?;
                let answer = |r: &u32| test(texts.get(*r as usize).map(String::from_utf8_lossy).as_deref());
                rows.iter().map(answer).collect()
            }
            Leaf::Instants(column, zone, test) => {
                let mut instants = Vec::with_capacity(rows.len());
                chunk.file.numbers(column)?.gather(rows, &mut instants);
                instants.into_iter().map(|n| test((n != NULL_NUMBER).then_some(n), zone)).collect()
            }
            Leaf::Moments(column, zone, test) => {
                let (numbers, flags) = (chunk.file.numbers(column)?, chunk.file.flags(column)?);
                rows.iter()
                    .map(|&r| test(moment(numbers.get(r as usize), flags.get(r as usize), zone)))
                    .collect()
            }
        })
    }
}

/// Day and, where there is one, instant of a cell that may hold either.
pub fn moment(micros: i64, date_only: bool, zone: &Zone) -> Option<(Day, Option<i64>)> {
    match (micros, date_only) {
        (NULL_NUMBER, _) => None,
        (_, true) => Some((micros.div_euclid(MICROS_PER_DAY) as Day, None)),
        (_, false) => Some((zone.day_of(micros), Some(micros))),
    }
}
