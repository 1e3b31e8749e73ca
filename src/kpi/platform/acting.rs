//! Which known users acted in each period? One pass over the rows that show it.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use roaring::RoaringBitmap;

use super::active::{clock_of, split_dims, split_filter};
use super::kept::{self, KeptSet};
use super::meetings::minutes_column;
use crate::kpi::context::{Context, reached};
use crate::kpi::error::KpiError;
use crate::kpi::kernels::groups::Groups;
use crate::kpi::kernels::known::{Known, count_missing};
use crate::kpi::kernels::marks::Marks;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::totals::Totals;
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::predicate::Predicate;
use crate::kpi::scan::{Excluded, Layout, Periods, Scan, rows_without_time, users_passing};
use crate::model::MICROS_PER_SECOND;
use crate::store::{BitVec, NULL_ID, NULL_NUMBER, StoreError};

/// A pass over one side of a figure.
pub struct Acting<'c, 'a, 'q> {
    pub(super) ctx: &'c Context<'a, 'q>,
    pub(super) side: usize,
    /// All dimensions that the side reaches.
    pub(super) layout: Layout,
    /// Those that are not of the user.
    pub(super) fact_layout: Layout,
    /// Those of the user.
    pub(super) user_dims: Vec<usize>,
    /// The users who are known.
    pub known: Arc<BitVec>,
    /// The known users who pass the filter.
    pub(super) allowed: Arc<BitVec>,
    /// What the filter asks of the rows.
    pub(super) of_rows: Predicate,
    /// The minutes that a meeting, or a stay, lasts at least.
    pub(super) least: i64,
    /// The known users of each value of the one dimension of the user, where these are few and sets of
    /// them are kept: joining sets is faster than looking up each user.
    pub(super) values: Vec<(u32, RoaringBitmap)>,
    /// The same as bits.
    pub(super) bits: OnceLock<Vec<(u32, BitVec)>>,
}

/// The most values whose sets are joined.
const VALUES_MAX: usize = 32;

/// What is known of a period: who acted in each group of the dimensions that are not of the user, and
/// room to count them by others.
pub type State<'k> = (Marks<'k>, Totals<0>);

impl<'c, 'a, 'q> Acting<'c, 'a, 'q> {
    /// Prepares a pass over a side's rows.
    ///
    /// # Errors
    /// When the store is damaged or there are too many groups.
    pub fn new(ctx: &'c Context<'a, 'q>, side: usize, periods: usize) -> Result<Self, KpiError> {
        let of = &ctx.sides[side];
        let (of_users, of_rows) = split_filter(&of.filter);
        let (user_dims, fact_dims) = split_dims(of);
        let known = ctx.lookups.known_bits("users")?;
        let allowed = match of_users.is_all() {
            true => known.clone(),
            false => Arc::new(users_passing(&of_users, ctx.lookups, &known)?),
        };
        let mut values = Vec::new();
        if let [d] = user_dims.as_slice()
            && let Some(sets) = of.dims[*d].as_ref().expect("reached").sets_of_actors(ctx.lookups)?
            && sets.len() <= VALUES_MAX
        {
            values.extend(sets.iter().map(|(code, users)| (code, users.clone())));
        }
        Ok(Acting {
            ctx,
            side,
            layout: Layout::new(of, &reached(of), periods)?,
            fact_layout: Layout::new(of, &fact_dims, periods)?,
            user_dims,
            known,
            allowed,
            of_rows,
            least: ctx.options.whole("min_minutes"),
            values,
            bits: OnceLock::new(),
        })
    }

    /// How groups of all dimensions are numbered.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// How groups of the dimensions that are not of the user are numbered.
    pub fn fact_layout(&self) -> &Layout {
        &self.fact_layout
    }

    /// Whether some dimension is of the user.
    pub fn is_by_user(&self) -> bool {
        !self.user_dims.is_empty()
    }

    /// The known users who pass the filter.
    pub fn allowed(&self) -> &BitVec {
        &self.allowed
    }

    /// Reads the rows, and calls `finish` for every period that has some, which leaves its state as it
    /// was when new. Users are counted in so many groups at most.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn each_period<O: Send + Default>(
        &self,
        periods: &Periods,
        groups: u64,
        excluded: &mut Excluded,
        finish: impl Fn(&mut State<'_>, u32, &mut O) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        let all_count = self.least == 0 && self.counts_all_known();
        let known = Known::new(&self.known);
        self.scan(
            periods,
            excluded,
            || (Marks::new(self.fact_layout.groups(), &self.allowed), Totals::new(groups)),
            |(marks, _): &mut State<'_>, chunk| {
                if all_count {
                    return Ok(marks.add(&chunk.groups, &chunk.actors));
                }
                marks.add(&chunk.groups, &long_enough(chunk, self.table(), self.least)?);
                let mut strangers = 0;
                known.each_stranger(&chunk.actors, |_, _| strangers += 1);
                Ok((count_missing(&chunk.actors), strangers))
            },
            finish,
        )
    }

    /// The sets that are kept of who acted in each period; none where the rows must be read, because not
    /// all of them count, because it matters what is in them, or because no such sets are kept.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn kept(&self, periods: &Periods) -> Result<Option<Vec<KeptSet<'a>>>, KpiError> {
        if self.least > 0 || !self.of_rows.is_all() || !self.fact_layout.dims.is_empty() {
            return Ok(None);
        }
        kept::sets_of(self.ctx, self.table(), clock_of(&self.ctx.sides[self.side]), periods)
    }

    pub(super) fn counts_all_known(&self) -> bool {
        Arc::ptr_eq(&self.known, &self.allowed)
    }

    pub(super) fn table(&self) -> &'static str {
        self.ctx.sides[self.side].fact.table
    }

    /// Reads the rows; `visit` says how many users of a chunk are missing, and how many not known.
    pub(super) fn scan<S: Merge + Send, O: Send + Default>(
        &self,
        periods: &Periods,
        excluded: &mut Excluded,
        new: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &Chunk<'_>) -> Result<(u64, u64), StoreError> + Sync,
        finish: impl Fn(&mut S, u32, &mut O) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        let ctx = self.ctx;
        let mut side = ctx.sides[self.side].clone();
        side.filter = self.of_rows.clone();
        let (clock, table) = (clock_of(&side), self.table());
        let scan = Scan::new(ctx.lookups, ctx.zone, &side, Some(clock), periods, &self.fact_layout.dims)?;
        let scan = scan.with(Needs { actors: true, ..Needs::default() });
        let (missing, strangers) = (AtomicU64::new(0), AtomicU64::new(0));
        let visit = |state: &mut S, chunk: &Chunk<'_>| {
            let counts = visit(state, chunk)?;
            missing.fetch_add(counts.0, Ordering::Relaxed);
            strangers.fetch_add(counts.1, Ordering::Relaxed);
            Ok(())
        };
        let found = scan.by_period(new, visit, finish)?;
        let who = if table == "attendees" { "attendee" } else { "host" };
        excluded.add(format!("no {who}"), missing.into_inner());
        excluded.add(format!("{who} not in users"), strangers.into_inner());
        excluded.add(format!("{table}: no {}", clock.column), rows_without_time(ctx.lookups, table));
        Ok(found)
    }

    /// The group of each of some users, of all dimensions, who acted in a group of those that are not of
    /// the user: its number times `times`, and `more`.
    pub fn groups_of(&self, fact_group: u64, users: &[u32], times: u64, more: Option<&[u32]>) -> Groups {
        let of = &self.ctx.sides[self.side];
        let base = self.base_of(fact_group);
        let by_user = || {
            let dims = self.layout.dims.iter().enumerate().filter(|(_, d)| self.user_dims.contains(d));
            dims.map(|(place, d)| (place, of.dims[*d].as_ref().expect("reached").codes_of_actors(users)))
        };
        if self.layout.groups().checked_mul(times).is_some_and(|limit| limit <= u64::from(u32::MAX)) {
            let mut groups = vec![base as u32; users.len()];
            by_user().for_each(|(place, codes)| self.layout.add_parts(place, &codes, &mut groups));
            if let Some(more) = more {
                let times = times as u32;
                groups.iter_mut().zip(more).for_each(|(group, more)| *group = *group * times + more);
            }
            return Groups::Each(groups);
        }
        let mut groups = vec![base; users.len()];
        for (place, codes) in by_user() {
            groups.iter_mut().zip(codes).for_each(|(group, code)| *group += self.layout.part(place, code));
        }
        let more = more.map_or(&[][..], |more| more);
        for (at, group) in groups.iter_mut().enumerate() {
            *group = *group * times + more.get(at).map_or(0, |more| u64::from(*more));
        }
        Groups::Wide(groups)
    }

    /// The groups of the dimensions that are not of the user, of rows in groups of all dimensions.
    pub fn fact_groups<'g>(&self, groups: &'g Groups) -> Cow<'g, Groups> {
        if !self.is_by_user() {
            return Cow::Borrowed(groups);
        }
        if self.fact_layout.dims.is_empty() {
            return Cow::Owned(Groups::One);
        }
        if let Groups::Each(groups) = groups
            && self.layout.dims.ends_with(&self.fact_layout.dims)
        {
            // Those dimensions are told apart by the last part of the number.
            let parts = self.fact_layout.groups() as u32;
            return Cow::Owned(Groups::Each(groups.iter().map(|&group| group % parts).collect()));
        }
        let of = |group: u64| {
            let part = |(at, dim): (usize, &usize)| {
                let place = self.place_of(*dim);
                self.fact_layout.part(at, self.layout.code(place, group))
            };
            self.fact_layout.dims.iter().enumerate().map(part).sum::<u64>()
        };
        Cow::Owned(match groups {
            Groups::One => Groups::One,
            Groups::Each(groups) => Groups::Wide(groups.iter().map(|&g| of(u64::from(g))).collect()),
            Groups::Wide(groups) => Groups::Wide(groups.iter().map(|&g| of(g)).collect()),
        })
    }

    /// The place of a dimension of the side among all that it reaches.
    pub(super) fn place_of(&self, dim: usize) -> usize {
        self.layout.dims.iter().position(|d| *d == dim).expect("the side reaches it")
    }

    /// What a group of the dimensions that are not of the user adds to the number of a group of all.
    pub(super) fn base_of(&self, fact_group: u64) -> u64 {
        let part = |(at, dim): (usize, &usize)| {
            let place = self.place_of(*dim);
            self.layout.part(place, self.fact_layout.code(at, fact_group))
        };
        self.fact_layout.dims.iter().enumerate().map(part).sum()
    }

    /// Nobody marked yet.
    pub fn state(&self) -> State<'_> {
        let groups = if self.is_by_user() { self.layout.groups() } else { 0 };
        (Marks::new(self.fact_layout.groups(), &self.known), Totals::new(groups))
    }

    /// The group of the dimensions that are not of the user in which all values are missing.
    pub fn nobody(&self) -> u64 {
        self.fact_layout.groups() - 1
    }

    /// A group with all values missing that are not of the user.
    pub fn of_users_alone(&self, group: u64) -> u64 {
        if self.fact_layout.dims.is_empty() {
            return group;
        }
        let part = |(at, dim): (usize, &usize)| {
            let is_of_user = self.user_dims.contains(dim);
            self.layout.part(at, if is_of_user { self.layout.code(at, group) } else { 0 })
        };
        self.layout.dims.iter().enumerate().map(part).sum()
    }
}

/// The acting users of a chunk; missing where the row is too short to count.
fn long_enough<'c>(chunk: &'c Chunk<'_>, table: &str, least: i64) -> Result<Cow<'c, [u32]>, StoreError> {
    if least == 0 {
        return Ok(Cow::Borrowed(&chunk.actors));
    }
    let keep = |(&user, lasts): (&u32, bool)| if lasts { user } else { NULL_ID };
    if table == "meetings" {
        let lasts = chunk.integers(minutes_column())?.into_iter().map(|m| m != NULL_NUMBER && m >= least);
        return Ok(chunk.actors.iter().zip(lasts).map(keep).collect());
    }
    let (joined, left) = (chunk.numbers("join_time")?, chunk.numbers("leave_time")?);
    let micros = least * 60 * MICROS_PER_SECOND;
    let lasts = joined.into_iter().zip(left).map(|stay| match stay {
        (NULL_NUMBER, _) | (_, NULL_NUMBER) => false,
        (from, to) => to - from >= micros,
    });
    Ok(chunk.actors.iter().zip(lasts).map(keep).collect())
}
