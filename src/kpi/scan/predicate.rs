//! A filter, ready for rows: three-valued, as SQL has it.

use std::sync::Arc;

use super::chunk::{Chunk, Needs};
use crate::kpi::dims::{Dim, Source};
use crate::model::zone::Cursor;
use crate::model::{ColumnDef, Day, MICROS_PER_DAY, Zone};
use crate::store::vector::{changed, mapped};
use crate::store::{NULL_NUMBER, Numbers, Selection, StoreError};

/// Answers for fewer codes than this are looked through for each chunk anew; for more, that would take longer
/// than the chunk.
const FEW_CODES: usize = 1 << 8;

/// It does not hold.
pub const FALSE: u8 = 0;
/// It holds.
pub const TRUE: u8 = 1;
/// It cannot be told, because a value is missing.
pub const UNKNOWN: u8 = 2;

/// A test of a number.
#[derive(Clone)]
pub enum NumberTest {
    /// Whether it lies from the first to the last; not the other way round where `outside` says so.
    Range {
        /// The least that does.
        from: i64,
        /// The largest that does.
        to: i64,
        /// Whether those pass that do not.
        outside: bool,
        /// The answer where it is missing.
        missing: u8,
    },
    /// Any other.
    Any(Arc<dyn Fn(Option<i64>) -> u8 + Send + Sync>),
}

impl NumberTest {
    /// The answer for a number.
    pub fn of(&self, number: Option<i64>) -> u8 {
        match (self, number) {
            (NumberTest::Any(test), number) => test(number),
            (NumberTest::Range { missing, .. }, None) => *missing,
            (NumberTest::Range { from, to, outside, .. }, Some(n)) => {
                u8::from((*from <= n && n <= *to) != *outside)
            }
        }
    }

    /// The answer for each of some rows of a column.
    fn of_stored(&self, numbers: &Numbers<'_>, rows: &Selection) -> Vec<u8> {
        if let (NumberTest::Range { from, to, outside, missing }, Selection::Run(run)) = (self, rows)
            && let Some(answers) = numbers.test_range(run, (*from, *to), *outside, *missing)
        {
            return answers;
        }
        self.of_all(&numbers.read(rows))
    }

    /// The answer for each of some numbers, of which some may be [`NULL_NUMBER`].
    pub fn of_all(&self, numbers: &[i64]) -> Vec<u8> {
        match *self {
            NumberTest::Range { from, to, outside, missing } => {
                let answer = move |n: i64| {
                    if n == NULL_NUMBER { missing } else { u8::from((from <= n && n <= to) != outside) }
                };
                mapped(numbers, answer)
            }
            NumberTest::Any(ref test) => {
                numbers.iter().map(|&n| test((n != NULL_NUMBER).then_some(n))).collect()
            }
        }
    }
}
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

    /// The answer for each of the first so many users, of a filter that [`Self::is_of_actor`].
    pub fn of_actors(&self, users: u32) -> Vec<u8> {
        let join = |parts: &[Predicate], start: u8, join: fn(u8, u8) -> u8| {
            parts.iter().fold(vec![start; users as usize], |mut all, part| {
                all.iter_mut().zip(part.of_actors(users)).for_each(|(a, b)| *a = join(*a, b));
                all
            })
        };
        match self {
            Predicate::And(parts) => join(parts, TRUE, and),
            Predicate::Or(parts) => join(parts, FALSE, or),
            Predicate::Not(part) => part.of_actors(users).into_iter().map(not).collect(),
            Predicate::Leaf(Leaf::Actor(truth, missing)) => {
                (0..users as usize).map(|user| truth.get(user).copied().unwrap_or(*missing)).collect()
            }
            Predicate::Leaf(Leaf::Dim(dim, truth)) => {
                (0..users).map(|user| at(truth, dim.code_of_actor(user))).collect()
            }
            Predicate::Leaf(_) => vec![UNKNOWN; users as usize],
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
    join: impl Fn(u8, u8) -> u8,
) -> Result<Vec<u8>, StoreError> {
    let Some((first, others)) = parts.split_first() else { return Ok(vec![start; chunk.len()]) };
    let mut answers = first.evaluate(chunk)?;
    for part in others {
        let more = part.evaluate(chunk)?;
        changed(&mut answers, &more, |answer, more| *answer = join(*answer, more));
    }
    Ok(answers)
}

/// Of answers: false, true or unknown.
#[inline]
pub fn and(a: u8, b: u8) -> u8 {
    if a == FALSE || b == FALSE { FALSE } else { a.max(b) }
}

/// Of answers: false, true or unknown.
#[inline]
pub fn or(a: u8, b: u8) -> u8 {
    if a == TRUE || b == TRUE { TRUE } else { a.max(b) }
}

/// Of answers: false, true or unknown.
#[inline]
pub fn not(a: u8) -> u8 {
    if a == UNKNOWN { UNKNOWN } else { TRUE - a }
}

#[inline]
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
            Leaf::Dim(Dim { source: Source::Own(column, ranks), .. }, truth)
                if ranks.spellings() < FEW_CODES =>
            {
                let of_code: Vec<u8> =
                    (0..ranks.spellings() as u32).map(|code| at(truth, ranks.of(code))).collect();
                chunk.stored_codes(column)?.look_up(rows, &of_code, UNKNOWN)
            }
            Leaf::Dim(dim, truth) => dim.codes(chunk)?.into_iter().map(|code| at(truth, code)).collect(),
            Leaf::Actor(truth, missing) => {
                chunk.actors.iter().map(|&id| truth.get(id as usize).copied().unwrap_or(*missing)).collect()
            }
            Leaf::Codes(column, truth) => chunk.stored_codes(column)?.look_up(rows, truth, UNKNOWN),
            Leaf::References(column, truth, missing) => {
                let ids = chunk.file.ids(column)?.read(rows);
                ids.iter().map(|&id| truth.get(id as usize).copied().unwrap_or(*missing)).collect()
            }
            Leaf::OwnId(truth) => chunk.ids.iter().map(|&id| at(truth, id)).collect(),
            Leaf::Keys(column, test) => {
                let keys = chunk.file.keys(column)?;
                let answer = |row: usize| {
                    let key = keys.get(row);
                    test(key.as_deref().map(String::from_utf8_lossy).as_deref())
                };
                rows.iter().map(answer).collect()
            }
            Leaf::Numbers(column, test) => test.of_stored(&chunk.stored(column)?, rows),
            Leaf::Integers(column, test) => match chunk.stored_integers(column)? {
                Some(stored) => test.of_stored(&stored, rows),
                None => test.of_all(&chunk.integers(column)?),
            },
            Leaf::Texts(column, test) => {
                let texts = chunk.file.texts(column)?;
                let answer = |row: usize| test(texts.get(row).map(String::from_utf8_lossy).as_deref());
                rows.iter().map(answer).collect()
            }
            Leaf::Instants(column, zone, test) => {
                let instants = chunk.numbers(column)?;
                instants.into_iter().map(|n| test((n != NULL_NUMBER).then_some(n), zone)).collect()
            }
            Leaf::Moments(column, zone, test) => {
                let (numbers, flags) = (chunk.file.numbers(column)?, chunk.file.flags(column)?);
                let mut cursor = zone.cursor();
                let answer = |row| test(moment(numbers.get(row), flags.get(row), &mut cursor));
                rows.iter().map(answer).collect()
            }
        })
    }
}

/// Day and, where there is one, instant of a cell that may hold either.
#[inline]
pub fn moment(micros: i64, date_only: bool, cursor: &mut Cursor<'_>) -> Option<(Day, Option<i64>)> {
    match (micros, date_only) {
        (NULL_NUMBER, _) => None,
        (_, true) => Some((micros.div_euclid(MICROS_PER_DAY) as Day, None)),
        (_, false) => Some((cursor.day_of(micros), Some(micros))),
    }
}
