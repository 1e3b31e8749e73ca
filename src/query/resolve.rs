//! Names and literals of a condition → a predicate over the rows of one fact.
//!
//! A name is a dimension, else a column of the fact's table, else a column of the acting user.

use std::sync::Arc;

use super::expr::{Expr, ExprError, ExprKind, Leaf as ExprLeaf, Op};
use super::judge::{judge, judge_text, missing, number_test, order_number, whole_test};
use super::literals::{
    bool_literals, day_literals, moment_literals, month_literals, number_literals, order_moment,
    text_literals, weekday_literals,
};
use crate::kpi::KpiError;
use crate::kpi::dims::{self, Attribute, Dim, Dimension, DimensionDef, Render};
use crate::kpi::lookup::Lookups;
use crate::kpi::scan::facts::{Fact, Link, USERS};
use crate::kpi::scan::predicate::{FALSE, Leaf, Predicate, UNKNOWN};
use crate::model::{ColumnType, DECIMAL_ONE, SCHEMA, TableDef, Zone, civil};
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
        // Users who are counted as they are make a set, and so does a condition on them.
        if let Some(column) = SCHEMA.match_header(self.table(), name).filter(|_| self.fact != USERS) {
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
