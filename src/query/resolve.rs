//! Names and literals of a condition → a predicate over the rows of one fact.
//!
//! A name is a dimension, else a column of the fact's table, else a column of the acting user.

use std::cmp::Ordering;
use std::sync::Arc;

use super::expr::{Expr, ExprError, ExprKind, Leaf as ExprLeaf, Literal, Op, Value};
use super::period::{PartialDate, parse_day};
use crate::kpi::KpiError;
use crate::kpi::dims::{self, Attribute, Dim, Dimension, DimensionDef, Render};
use crate::kpi::lookup::Lookups;
use crate::kpi::scan::facts::{Fact, Link};
use crate::kpi::scan::predicate::{FALSE, Leaf, NumberTest, Predicate, TRUE, UNKNOWN};
use crate::model::names::normal;
use crate::model::{ColumnType, DECIMAL_ONE, Day, MICROS_PER_SECOND, SCHEMA, TableDef, Zone, civil};
use crate::store::StoreError;
use crate::store::dictionary::fold;

/// Why a condition has no meaning on a fact.
pub enum ResolveError {
    /// It uses a name that the fact does not reach.
    Unreached,
    /// It compares what cannot be compared.
    Expr(ExprError),
    /// The store cannot be read.
    Kpi(KpiError),
}

impl From<ExprError> for ResolveError {
    fn from(error: ExprError) -> Self {
        ResolveError::Expr(error)
    }
}

impl From<StoreError> for ResolveError {
    fn from(error: StoreError) -> Self {
        ResolveError::Kpi(error.into())
    }
}

/// What a name means on a fact.
enum Meaning {
    Dimension(Dimension),
    Own(usize),
    OfUser(usize),
}

/// Turns conditions into predicates over one fact.
pub struct Resolver<'a, 'q> {
    /// Columns by id.
    pub lookups: &'q Lookups<'a>,
    /// The query's zone, in which dates are compared.
    pub zone: &'q Zone,
    /// The fact.
    pub fact: Fact,
    /// The names of the dimensions that may be used; none: of all that reach the fact.
    pub dims: Option<&'static [&'static str]>,
}

impl Resolver<'_, '_> {
    fn table(&self) -> &'static TableDef {
        SCHEMA.get(SCHEMA.id(self.fact.table))
    }

    fn dimensions(&self) -> impl Iterator<Item = &'static DimensionDef> {
        let may = |d: &&DimensionDef| self.dims.is_none_or(|names| names.contains(&d.name));
        dims::all().filter(|d| d.reaches(&self.fact)).filter(may)
    }

    /// The table whose columns the fact's actor has, if it has one.
    fn actors(&self) -> Option<&'static TableDef> {
        (self.fact.actor != Link::Nobody).then(|| SCHEMA.get(SCHEMA.id("users")))
    }

    fn meaning(&self, name: &str) -> Option<Meaning> {
        if let Some(dimension) = self.dimensions().find_map(|d| Dimension::typed(d, name)) {
            return Some(Meaning::Dimension(dimension));
        }
        if let Some(column) = SCHEMA.match_header(self.table(), name).filter(|_| self.fact.table != "users") {
            return Some(Meaning::Own(column));
        }
        SCHEMA.match_header(self.actors()?, name).map(Meaning::OfUser)
    }

    /// Whether the fact's own table holds a column of the name.
    pub fn owns(&self, name: &str) -> bool {
        SCHEMA.match_header(self.table(), name).is_some()
    }

    /// Whether a name means something here.
    pub fn reaches(&self, name: &str) -> bool {
        self.meaning(name).is_some()
    }

    /// Every name that means something here, for suggestions.
    pub fn names(&self) -> Vec<&'static str> {
        let columns = self.table().columns.iter().chain(self.actors().map_or(&[][..], |t| t.columns));
        self.dimensions().map(|d| d.name).chain(columns.map(|c| c.name)).collect()
    }

    /// The predicate that a condition means.
    pub fn predicate(&self, expr: &Expr) -> Result<Predicate, ResolveError> {
        Ok(match &expr.kind {
            ExprKind::And(parts) => {
                Predicate::And(parts.iter().map(|p| self.predicate(p)).collect::<Result<_, _>>()?)
            }
            ExprKind::Or(parts) => {
                Predicate::Or(parts.iter().map(|p| self.predicate(p)).collect::<Result<_, _>>()?)
            }
            ExprKind::Not(part) => Predicate::Not(Box::new(self.predicate(part)?)),
            ExprKind::Leaf(leaf) => self.leaf(leaf)?,
        })
    }

    fn leaf(&self, leaf: &ExprLeaf) -> Result<Predicate, ResolveError> {
        Ok(match self.meaning(&leaf.name.text).ok_or(ResolveError::Unreached)? {
            Meaning::Dimension(dimension) => self.dimension(&dimension, leaf)?,
            Meaning::Own(column) => Predicate::Leaf(self.own(column, leaf)?),
            Meaning::OfUser(column) => Predicate::Leaf(self.of_user(column, leaf)?),
        })
    }

    fn dimension(&self, dimension: &Dimension, leaf: &ExprLeaf) -> Result<Predicate, ResolveError> {
        let dim = Dim::new(dimension, &self.fact, self.lookups)?;
        if !dim.is_many_valued() {
            return Ok(Predicate::Leaf(self.of_dim(dimension, dim, leaf)?));
        }
        // Some value holds; the negations say that none does.
        let positive = match leaf.op {
            Op::Ne => Op::Eq,
            Op::NotIn => Op::In,
            Op::NotLike => Op::Like,
            other => other,
        };
        let some =
            Predicate::Leaf(self.of_dim(dimension, dim, &ExprLeaf { op: positive, ..leaf.clone() })?);
        Ok(if positive == leaf.op { some } else { Predicate::Not(Box::new(some)) })
    }

    fn of_dim(&self, dimension: &Dimension, dim: Dim, leaf: &ExprLeaf) -> Result<Leaf, ResolveError> {
        let def = dimension.def;
        let codes = 0..dim.cardinality as u32;
        let truth: Vec<u8> = match (&dim.render, def.attribute) {
            (Render::Category(table, column), _) => self.truth_of_codes(table, column, leaf)?,
            (Render::Key(table), _) => {
                let keys = self.truth_of_keys(table, leaf)?;
                std::iter::once(missing(leaf.op)).chain(keys).collect()
            }
            (Render::Month(base), _) => {
                let months = month_literals(leaf)?;
                // The month's value is its first day.
                let at = |code: u32| (code > 0).then(|| i64::from(civil::month_start(*base + code as i32)));
                codes.map(|c| judge(leaf.op, at(c), &months, |a, b| a.cmp(b), |_, _| false)).collect()
            }
            (Render::Number(shift), Attribute::Weekday) => {
                let days = weekday_literals(leaf)?;
                let at = |code: u32| (code > 0).then_some(i64::from(code) + shift);
                codes.map(|c| judge(leaf.op, at(c), &days, |a, b| a.cmp(b), |_, _| false)).collect()
            }
            (Render::Text(texts), _) => self.truth_of_texts(texts, leaf)?,
            (Render::Range(ranges), _) => {
                let texts: Vec<String> = ranges.iter().map(|r| (*r).to_owned()).collect();
                self.truth_of_texts(&texts, leaf)?
            }
            (Render::Integer(values), _) => truth_of_numbers(values, DECIMAL_ONE, leaf)?,
            (Render::Money(values), _) => truth_of_numbers(values, 1, leaf)?,
            (Render::Number(shift), _) => {
                let numbers = number_literals(leaf)?;
                let at = |code: u32| {
                    (code > 0).then_some(i128::from(i64::from(code) + shift) * i128::from(DECIMAL_ONE))
                };
                codes.map(|c| judge(leaf.op, at(c), &numbers, order_number, |_, _| false)).collect()
            }
        };
        Ok(Leaf::Dim(dim, Arc::new(truth)))
    }

    /// The answer for a missing text and for each of some texts.
    fn truth_of_texts(&self, texts: &[String], leaf: &ExprLeaf) -> Result<Vec<u8>, ResolveError> {
        let literals = text_literals(leaf)?;
        let judge = |text: &String| judge_text(leaf.op, Some(&fold(text)), &literals);
        Ok(std::iter::once(missing(leaf.op)).chain(texts.iter().map(judge)).collect())
    }

    /// The answer for each code of a category column, 0 included.
    fn truth_of_codes(&self, table: &str, column: &str, leaf: &ExprLeaf) -> Result<Vec<u8>, ResolveError> {
        let texts = text_literals(leaf)?;
        let table = self.lookups.snapshot().named(table);
        let dictionary = table.map(|t| t.dictionary(t.def.column(column))).transpose()?.flatten();
        let len = dictionary.map_or(0, |d| d.len()) as u32;
        let text = |code: u32| dictionary.filter(|_| code > 0).map(|d| fold(&d.text(code)));
        Ok((0..=len).map(|c| judge_text(leaf.op, text(c).as_deref(), &texts)).collect())
    }

    /// The answer for each id of a table, by its key.
    fn truth_of_keys(&self, table: &'static str, leaf: &ExprLeaf) -> Result<Vec<u8>, ResolveError> {
        let texts = text_literals(leaf)?;
        let Some(table) = self.lookups.snapshot().named(table) else { return Ok(Vec::new()) };
        let Some(key) = table.def.key() else { return Ok(Vec::new()) };
        let mut truth = Vec::with_capacity(table.ids());
        let mut text = Vec::new();
        for (_, file) in table.chunks()? {
            let keys = file.keys(table.def.columns[key].name)?;
            for row in 0..file.rows() {
                text.clear();
                keys.write(row, &mut text);
                let folded = fold(&String::from_utf8_lossy(&text));
                truth.push(judge_text(leaf.op, Some(&folded), &texts));
            }
        }
        Ok(truth)
    }

    fn own(&self, column: usize, leaf: &ExprLeaf) -> Result<Leaf, ResolveError> {
        let (def, column) = (self.table(), &self.table().columns[column]);
        let (name, op) = (column.name, leaf.op);
        Ok(match column.ty {
            ColumnType::Category => Leaf::Codes(name, Arc::new(self.truth_of_codes(def.name, name, leaf)?)),
            ColumnType::Reference(target) => {
                Leaf::References(name, Arc::new(self.truth_of_keys(target, leaf)?), missing(op))
            }
            ColumnType::Key if def.has_ids() => Leaf::OwnId(Arc::new(self.truth_of_keys(def.name, leaf)?)),
            ColumnType::Key => {
                let texts = text_literals(leaf)?;
                Leaf::Keys(name, Arc::new(move |text| judge_text(op, text.map(fold).as_deref(), &texts)))
            }
            ColumnType::Text | ColumnType::Attributes | ColumnType::AnyReference { .. } => {
                let texts = text_literals(leaf)?;
                Leaf::Texts(name, Arc::new(move |text| judge_text(op, text.map(fold).as_deref(), &texts)))
            }
            ColumnType::Integer => Leaf::Integers(column, number_test(leaf, DECIMAL_ONE)?),
            ColumnType::Decimal | ColumnType::Money => Leaf::Numbers(name, number_test(leaf, 1)?),
            ColumnType::Bool => Leaf::Numbers(name, whole_test(op, bool_literals(leaf)?)),
            ColumnType::Date => Leaf::Numbers(name, whole_test(op, day_literals(leaf)?)),
            ColumnType::Timestamp => {
                let limits = moment_literals(leaf)?;
                let test = move |instant: Option<i64>, zone: &Zone| {
                    let value = instant.map(|micros| (zone.day_of(micros), Some(micros)));
                    judge(op, value, &limits, |a, b| order_moment(a, b, zone), |_, _| false)
                };
                Leaf::Instants(name, self.zone.clone(), Arc::new(test))
            }
            ColumnType::DateOrTimestamp => {
                let (limits, zone) = (moment_literals(leaf)?, self.zone.clone());
                let test =
                    move |value| judge(op, value, &limits, |a, b| order_moment(a, b, &zone), |_, _| false);
                Leaf::Moments(name, self.zone.clone(), Arc::new(test))
            }
        })
    }

    /// A column of the acting user: the answer for each user.
    fn of_user(&self, column: usize, leaf: &ExprLeaf) -> Result<Leaf, ResolveError> {
        let users = SCHEMA.get(SCHEMA.id("users"));
        let column = &users.columns[column];
        let op = leaf.op;
        let Some(table) = self.lookups.snapshot().named("users") else {
            return Ok(Leaf::Actor(Arc::new(Vec::new()), missing(op)));
        };
        let mut truth = Vec::with_capacity(table.ids());
        match column.ty {
            ColumnType::Key => truth = self.truth_of_keys("users", leaf)?,
            ColumnType::Category => {
                let codes = self.truth_of_codes("users", column.name, leaf)?;
                let by_id = self.lookups.codes("users", column.name)?;
                truth.extend(by_id.iter().map(|&c| codes.get(c as usize).copied().unwrap_or(UNKNOWN)));
            }
            ColumnType::Date => {
                let by_id = self.lookups.numbers("users", column.name)?;
                truth = whole_test(op, day_literals(leaf)?).of_all(&by_id);
            }
            _ => {
                let literals = text_literals(leaf)?;
                for (_, file) in table.chunks()? {
                    let texts = file.texts(column.name)?;
                    truth.extend((0..file.rows()).map(|row| {
                        let text = texts.get(row).map(|t| fold(&String::from_utf8_lossy(t)));
                        judge_text(op, text.as_deref(), &literals)
                    }));
                }
            }
        }
        Ok(Leaf::Actor(Arc::new(truth), missing(op)))
    }
}

/// The answer for a missing number and for each of some numbers.
fn truth_of_numbers(values: &[i64], scale: i64, leaf: &ExprLeaf) -> Result<Vec<u8>, ExprError> {
    let test = number_test(leaf, scale)?;
    Ok(std::iter::once(test.of(None)).chain(values.iter().map(|&n| test.of(Some(n)))).collect())
}

/// The set of ids as a condition on the acting user.
pub fn among(users: &roaring::RoaringBitmap, ids: usize) -> Predicate {
    let truth = (0..ids as u32).map(|id| u8::from(users.contains(id))).collect();
    Predicate::Leaf(Leaf::Actor(Arc::new(truth), FALSE))
}

/// The answer for a missing value.
fn missing(op: Op) -> u8 {
    match op {
        Op::IsNull => TRUE,
        Op::IsNotNull => FALSE,
        _ => UNKNOWN,
    }
}

fn judge<T, L>(
    op: Op,
    value: Option<T>,
    literals: &[L],
    order: impl Fn(&T, &L) -> Ordering,
    like: impl Fn(&T, &L) -> bool,
) -> u8 {
    let Some(value) = value else { return missing(op) };
    let first = || literals.first().map(|l| order(&value, l));
    let any_equal = || literals.iter().any(|l| order(&value, l).is_eq());
    u8::from(match op {
        Op::IsNull => false,
        Op::IsNotNull => true,
        Op::Eq | Op::In => any_equal(),
        Op::Ne | Op::NotIn => !any_equal(),
        Op::Lt => first().is_some_and(Ordering::is_lt),
        Op::Le => first().is_some_and(Ordering::is_le),
        Op::Gt => first().is_some_and(Ordering::is_gt),
        Op::Ge => first().is_some_and(Ordering::is_ge),
        Op::Like => literals.iter().any(|l| like(&value, l)),
        Op::NotLike => !literals.iter().any(|l| like(&value, l)),
    })
}

fn judge_text(op: Op, text: Option<&str>, literals: &[String]) -> u8 {
    judge(op, text, literals, |a, b| (*a).cmp(b.as_str()), |a, b| is_like(a, b))
}

/// SQL's LIKE: `%` stands for any characters, `_` for one.
fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '%' {
            retry = Some((p + 1, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '_' || pattern[p] == text[t]) {
            t += 1;
            p += 1;
        } else if let Some((after, from)) = retry {
            retry = Some((after, from + 1));
            p = after;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == '%')
}

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

fn text_literals(leaf: &ExprLeaf) -> Result<Vec<String>, ExprError> {
    let text = |l: &Literal| match &l.value {
        Value::Text(text) => Ok(fold(text)),
        Value::Integer(n) => Ok(n.to_string()),
        _ => Err(wrong(leaf, l, "a text").help("write it in single quotes")),
    };
    leaf.literals.iter().map(text).collect()
}

type Units = (i128, bool);

fn number_literals(leaf: &ExprLeaf) -> Result<Vec<Units>, ExprError> {
    no_like(leaf, "a number")?;
    leaf.literals.iter().map(|l| l.value.units().ok_or_else(|| wrong(leaf, l, "a number"))).collect()
}

/// A number in units of 0.0001 against a literal that may have more decimals than are kept.
fn order_number(value: &i128, literal: &Units) -> Ordering {
    match value.cmp(&literal.0) {
        Ordering::Equal if !literal.1 => Ordering::Less,
        other => other,
    }
}

fn number_test(leaf: &ExprLeaf, scale: i64) -> Result<NumberTest, ExprError> {
    let (op, literals) = (leaf.op, number_literals(leaf)?);
    if let [literal] = literals.as_slice()
        && let Some(test) = range_test(op, *literal, i128::from(scale))
    {
        return Ok(test);
    }
    Ok(NumberTest::Any(Arc::new(move |n| {
        judge(op, n.map(|n| i128::from(n) * i128::from(scale)), &literals, order_number, |_, _| false)
    })))
}

/// A comparison of days or flags, which are numbers too.
fn whole_test(op: Op, literals: Vec<i64>) -> NumberTest {
    if let [literal] = literals.as_slice()
        && let Some(test) = range_test(op, (i128::from(*literal), true), 1)
    {
        return test;
    }
    NumberTest::Any(Arc::new(move |n| judge(op, n, &literals, |a, b| a.cmp(b), |_, _| false)))
}

/// A comparison of `number × scale` with one literal, as a range of numbers.
fn range_test(op: Op, literal: Units, scale: i128) -> Option<NumberTest> {
    let (units, is_exact) = literal;
    // The largest number that is less, and the largest that is not greater.
    let less = (units - i128::from(is_exact)).div_euclid(scale);
    let not_greater = units.div_euclid(scale);
    let (from, to, outside) = match op {
        Op::Lt => (i128::MIN, less, false),
        Op::Ge => (i128::MIN, less, true),
        Op::Le => (i128::MIN, not_greater, false),
        Op::Gt => (i128::MIN, not_greater, true),
        Op::Eq | Op::In => (less + 1, not_greater, false),
        Op::Ne | Op::NotIn => (less + 1, not_greater, true),
        _ => return None,
    };
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    // Without any number in it, the range stays empty when it is cut.
    let (from, to) =
        if to < least || from > most || from > to { (1, 0) } else { (from.max(least), to.min(most)) };
    Some(NumberTest::Range { from: from as i64, to: to as i64, outside, missing: missing(op) })
}

fn bool_literals(leaf: &ExprLeaf) -> Result<Vec<i64>, ExprError> {
    no_like(leaf, "true or false")?;
    let flag = |l: &Literal| match &l.value {
        Value::Bool(b) => Ok(i64::from(*b)),
        Value::Integer(n @ (0 | 1)) => Ok(*n),
        _ => Err(wrong(leaf, l, "true or false")),
    };
    leaf.literals.iter().map(flag).collect()
}

fn day_literals(leaf: &ExprLeaf) -> Result<Vec<i64>, ExprError> {
    no_like(leaf, "a date")?;
    let day =
        |l: &Literal| l.value.day().map(i64::from).ok_or_else(|| wrong(leaf, l, "a date").help(DATE_HELP));
    leaf.literals.iter().map(day).collect()
}

const DATE_HELP: &str = "write a whole date in single quotes: '2025-06-30'";

fn month_literals(leaf: &ExprLeaf) -> Result<Vec<i64>, ExprError> {
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

fn weekday_literals(leaf: &ExprLeaf) -> Result<Vec<i64>, ExprError> {
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
type MomentLiteral = (Day, Option<i64>);

fn moment_literals(leaf: &ExprLeaf) -> Result<Vec<MomentLiteral>, ExprError> {
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
fn order_moment(value: &(Day, Option<i64>), literal: &MomentLiteral, zone: &Zone) -> Ordering {
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
    fn like_knows_both_wildcards() {
        for (text, pattern, want) in [
            ("weekly sync", "%sync", true),
            ("weekly sync", "week%", true),
            ("weekly sync", "%ly%s%", true),
            ("abc", "a_c", true),
            ("abc", "a_", false),
            ("", "%", true),
            ("aab", "%ab", true),
            ("abcabd", "%abd", true),
        ] {
            assert_eq!(is_like(text, pattern), want, "{text} like {pattern}");
        }
    }

    #[test]
    fn ranges_say_what_comparing_says() {
        let ops = [Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::Eq, Op::Ne, Op::In, Op::NotIn];
        let literals = (-25..=25).flat_map(|n| [(n, true), (n, false)]);
        let far = [(i128::MAX / 2, true), (i128::MIN / 2, false)];
        for (op, literal) in ops.iter().flat_map(|&op| literals.clone().chain(far).map(move |l| (op, l))) {
            for scale in [1, 10] {
                let test = range_test(op, literal, scale).unwrap();
                for n in -30i64..=30 {
                    let want = judge(op, Some(i128::from(n) * scale), &[literal], order_number, |_, _| false);
                    assert_eq!(test.of(Some(n)), want, "{n} × {scale} {op:?} {literal:?}");
                }
                assert_eq!(test.of(None), UNKNOWN);
            }
        }
    }

    #[test]
    fn times_of_day_are_read_on_days_when_clocks_change() {
        let oslo = Zone::parse("Europe/Oslo").unwrap();
        // On 2025-03-30 clocks go from 02:00 to 03:00, so that 14:00 is 12:00 UTC.
        let literal = parse_moment("2025-03-30 14:00").unwrap();
        let noon_utc = i64::from(literal.0) * 86_400 * MICROS_PER_SECOND + 12 * 3600 * MICROS_PER_SECOND;
        assert_eq!(order_moment(&(literal.0, Some(noon_utc)), &literal, &oslo), Ordering::Equal);
    }
}
