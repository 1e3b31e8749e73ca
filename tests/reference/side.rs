//! Which rows does a figure, or one side of a ratio, consist of, and in which groups are they?
//!
//! Invariant: a side applies exactly those AND-ed conditions, and has exactly those dimensions,
//! that its table reaches.

use std::collections::{BTreeMap, BTreeSet};

use super::dims::{reaches, value};
use super::exact::Fraction;
use super::filter::Scalar;
use super::period::Bucket;
use super::rows::{Fact, Row, Source};
use super::world::World;

/// The values of a row's dimensions, in the order of the result's columns.
pub type Group = Vec<Scalar>;

/// The dimensions of a result.
#[derive(Clone, Debug, Default)]
pub struct Dims {
    pub names: Vec<&'static str>,
    /// So many of them were given by `--by`; they come first.
    pub by: usize,
    /// The `--by` parts that keep a group of their own; all others are one.
    pub top: Option<BTreeSet<Group>>,
}

pub const OTHER: &str = "Other";

/// A finished measure, still exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    Count(i128),
    /// None: the denominator is zero.
    Number(Option<Fraction>),
    /// Money that was only added up.
    Money(Fraction),
    /// Money that was divided; None: by zero.
    DividedMoney(Option<Fraction>),
    Absent,
}

impl Value {
    pub fn count(count: usize) -> Value {
        Value::Count(count as i128)
    }

    pub fn ratio(numerator: usize, denominator: usize) -> Value {
        Value::Number(Fraction::new(numerator as i128, denominator as i128))
    }
}

pub type Cells = BTreeMap<Group, Vec<Value>>;

/// Answers one bucket: the groups that have data in it. The flag asks for the one group of a
/// result without dimensions even when it has none.
pub type Evaluate<'w> = Box<dyn Fn(&Bucket, bool) -> Cells + 'w>;

/// The rows of one table that pass the filters, each with its group.
pub struct Side<'w> {
    /// Positions in the result's dimensions of those that this side has.
    pub has: Vec<usize>,
    pub rows: Vec<(Row<'w>, Group)>,
}

impl<'w> Side<'w> {
    pub fn new(world: &'w World<'w>, source: Source, dims: &Dims) -> Side<'w> {
        let has: Vec<usize> =
            (0..dims.names.len()).filter(|position| reaches(source, dims.names[*position])).collect();
        let conditions = match &world.request.filter {
            None => Vec::new(),
            Some(filter) => filter.conditions(),
        };
        let mut rows = Vec::new();
        for row in world.rows(source) {
            let holds = conditions
                .iter()
                .filter(|condition| condition.names().iter().all(|name| reaches(source, name)))
                .all(|condition| condition.truth(&|name| value(world, source, &row, name)) == Some(true));
            if holds && world.keeps_user_of(&row) {
                let name = |position: &usize| dims.names[*position];
                let group = has.iter().map(|position| value(world, source, &row, name(position))).collect();
                rows.push((row, with_other(dims, &has, group)));
            }
        }
        Side { has, rows }
    }

    /// A side of a KPI that has one side only: it must reach every dimension.
    pub fn single(world: &'w World<'w>, source: Source, dims: &Dims) -> Side<'w> {
        let side = Side::new(world, source, dims);
        assert_eq!(side.has.len(), dims.names.len(), "{source:?} reaches all of {:?}", dims.names);
        side
    }

    pub fn keep(mut self, keep: impl Fn(&Row<'w>) -> bool) -> Side<'w> {
        self.rows.retain(|(row, _)| keep(row));
        self
    }

    /// The rows of each group that has any; with `seed` also the one group without dimensions.
    pub fn groups(&self, belongs: impl Fn(&Row<'w>) -> bool, seed: bool) -> BTreeMap<Group, Vec<Row<'w>>> {
        let mut groups: BTreeMap<Group, Vec<Row<'w>>> = BTreeMap::new();
        if seed {
            groups.insert(Group::new(), Vec::new());
        }
        for (row, group) in &self.rows {
            if belongs(row) {
                groups.entry(group.clone()).or_default().push(*row);
            }
        }
        groups
    }
}

/// Puts a group that is not among the top ones into the one that holds all others.
fn with_other(dims: &Dims, has: &[usize], mut group: Group) -> Group {
    if let Some(top) = &dims.top {
        assert!((0..dims.by).all(|position| has.contains(&position)), "all sides reach --by");
        if !top.contains(&group[..dims.by]) {
            group[..dims.by].fill(Scalar::Text(OTHER.to_owned()));
        }
    }
    group
}

/// What every one-sided KPI does: the rows of the bucket, by group, each group measured.
pub fn one_sided<'w>(
    world: &'w World<'w>,
    side: Side<'w>,
    measure: impl Fn(&[Row<'w>], &Bucket) -> Vec<Value> + 'w,
) -> Evaluate<'w> {
    Box::new(move |bucket, seed| {
        let groups = side.groups(|row| world.counts(row, bucket.days), seed);
        groups.into_iter().map(|(group, rows)| (group, measure(&rows, bucket))).collect()
    })
}

/// The full outer join of two sides on the dimensions that both have. A row without a partner has
/// null in the dimensions of the other side.
pub fn join<L: Clone + Default, R: Clone + Default>(
    dims: &Dims,
    (left_has, left): (&[usize], &BTreeMap<Group, L>),
    (right_has, right): (&[usize], &BTreeMap<Group, R>),
) -> BTreeMap<Group, (L, R)> {
    let shared = |position: &usize| left_has.contains(position) && right_has.contains(position);
    let key = |has: &[usize], group: &Group| -> Group {
        let cells = has.iter().zip(group).filter(|(position, _)| shared(position));
        cells.map(|(_, cell)| cell.clone()).collect()
    };
    let merged = |left: Option<&Group>, right: Option<&Group>| -> Group {
        let mut cells = vec![Scalar::Null; dims.names.len()];
        for (has, group) in [(left_has, left), (right_has, right)] {
            for (position, cell) in has.iter().zip(group.into_iter().flatten()) {
                cells[*position] = cell.clone();
            }
        }
        cells
    };
    let mut joined = BTreeMap::new();
    for (left_group, left_value) in left {
        let mut partners = 0;
        for (right_group, right_value) in right {
            if key(left_has, left_group) == key(right_has, right_group) {
                partners += 1;
                let group = merged(Some(left_group), Some(right_group));
                joined.insert(group, (left_value.clone(), right_value.clone()));
            }
        }
        if partners == 0 {
            joined.insert(merged(Some(left_group), None), (left_value.clone(), R::default()));
        }
    }
    for (right_group, right_value) in right {
        let wanted = key(right_has, right_group);
        if !left.keys().any(|left_group| key(left_has, left_group) == wanted) {
            joined.insert(merged(None, Some(right_group)), (L::default(), right_value.clone()));
        }
    }
    joined
}

/// Distinct known users among the rows.
pub fn known_users<'w>(world: &World<'w>, rows: &[Row<'w>]) -> BTreeSet<&'w str> {
    rows.iter().filter(|row| world.is_known(row)).filter_map(|row| row.user).collect()
}

/// The key of the meeting that the row is of, or belongs to.
pub fn meeting_key<'w>(row: &Row<'w>) -> Option<&'w str> {
    match row.fact {
        Fact::Meeting(meeting) => Some(&meeting.meeting_id),
        Fact::Attendee(attendee) => attendee.meeting_id.as_deref(),
        Fact::Usage(usage) => usage.meeting_id.as_deref(),
        _ => None,
    }
}
