//! Rows of a fact that fall into the periods asked for and pass the filter, chunk by chunk, on all
//! threads.
//!
//! Invariant: every chunk lies in one period, a state is filled row by row and merged part by part, and
//! nothing depends on where the parts are cut.

pub mod chunk;
mod counts;
pub mod days;
pub mod facts;
mod gather;
pub mod layout;
mod parts;
pub mod periods;
pub mod predicate;
pub(super) mod run;
mod sums;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

pub use self::layout::Layout;
pub use self::periods::Periods;

use self::chunk::{Chunk, Needs};
use self::days::flagged;
use self::facts::{Fact, Link};
use self::parts::Part;
use self::predicate::{Leaf, Predicate, TRUE, moment};
use super::dims::Dim;
use super::error::KpiError;
use super::kernels::groups::Groups;
use super::lookup::{Lookups, References};
use crate::index::events;
use crate::index::licenses::{self, LicencesByUser, NO_TERM};
use crate::model::zone::Cursor;
use crate::model::{ColumnType, Day, SCHEMA, TableDef, Zone};
use crate::store::snapshot::ID;
use crate::store::{BitVec, NULL_ID, NULL_NUMBER, Selection, StoreError};

/// The column that says when a row happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The column.
    pub column: &'static str,
    /// Whether the start of the row's meeting stands in where it is missing.
    pub else_meeting_start: bool,
}

impl Clock {
    /// A column alone.
    pub const fn of(column: &'static str) -> Self {
        Clock { column, else_meeting_start: false }
    }
}

/// The fact, dimensions and filter of one side of a figure.
#[derive(Clone)]
pub struct Side {
    /// The fact.
    pub fact: Fact,
    /// For each dimension of the result, how this side reaches it, if it does.
    pub dims: Vec<Option<Dim>>,
    /// The filter, as far as it concerns this side.
    pub filter: Predicate,
    /// Keeps, of rows that may have several values, those that have some other than the ones shown.
    pub others: Option<Arc<Others>>,
}

/// Values that are shown, so that the others remain.
#[derive(Clone, Debug)]
pub struct Others {
    /// The dimensions.
    pub dims: Vec<Dim>,
    /// The codes, one per dimension, that are shown.
    pub kept: HashSet<Vec<u32>>,
}

/// One pass over a fact.
#[derive(Clone)]
pub struct Scan<'a, 'q> {
    lookups: &'q Lookups<'a>,
    zone: &'q Zone,
    side: &'q Side,
    clock: Option<Clock>,
    periods: &'q Periods,
    layout: Layout,
    needs: Needs,
    only: Option<&'q RowTest<'q>>,
    /// Whether rows that do not count stay in their chunk.
    is_flagged: bool,
    /// The fact's table.
    def: &'static TableDef,
    /// Ids of the rows themselves, of those who act and of meetings are below these.
    limits: [usize; 3],
}

/// Which rows of a chunk count, by columns of their own: a flag for each.
pub type RowTest<'t> = dyn Fn(&Chunk<'_>) -> Result<Vec<u8>, StoreError> + Sync + 't;

struct Joins<'a> {
    meeting_host: Option<References<'a>>,
    licences: Option<Arc<LicencesByUser>>,
}

impl<'a, 'q> Scan<'a, 'q> {
    /// A pass over a side's rows, sorted into periods by a clock; without a clock, all rows fall into
    /// the one period.
    ///
    /// # Errors
    /// When there are too many groups.
    pub fn new(
        lookups: &'q Lookups<'a>,
        zone: &'q Zone,
        side: &'q Side,
        clock: Option<Clock>,
        periods: &'q Periods,
        dims: &[usize],
    ) -> Result<Self, KpiError> {
        let layout = Layout::new(side, dims, periods.count())?;
        let of_dims = dims.iter().filter_map(|&d| side.dims[d].as_ref()).map(Dim::needs);
        let needs = of_dims.fold(side.filter.needs(), Needs::and);
        let fact = &side.fact;
        let limit = |link: Link| match link {
            Link::Column(column) => lookups.referred(fact.table, column),
            _ => lookups.ids_of(fact.table),
        };
        let limits = [limit(Link::Own), limit(fact.actor), fact.meeting.map_or(0, limit)];
        let def = SCHEMA.get(SCHEMA.id(fact.table));
        Ok(Scan {
            lookups,
            zone,
            side,
            clock,
            periods,
            layout,
            needs,
            only: None,
            is_flagged: false,
            def,
            limits,
        })
    }

    /// Asks for more of each chunk.
    pub fn with(mut self, needs: Needs) -> Self {
        self.needs = self.needs.and(needs);
        self
    }

    /// Leaves out the rows that do not pass a test, before it is looked where they lead.
    pub fn only(mut self, test: &'q RowTest<'q>) -> Self {
        self.only = Some(test);
        self
    }

    /// The same pass, where it can be, with rows that do not count left in their chunk, and a flag for each: to
    /// add a column up, that is less work than to put the others together. So it is where a row's own columns
    /// tell whether it counts and nothing else is asked of it.
    fn flagged(&self) -> Self {
        let has_own_columns_alone = self.needs == Needs::default() && self.layout.dims.is_empty();
        Scan { is_flagged: has_own_columns_alone && self.only.is_none(), ..self.clone() }
    }

    /// How slots are made up.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    fn joins(&self, parts: &[Part<'a>]) -> Result<Joins<'a>, StoreError> {
        let fact = &self.side.fact;
        let host = self.needs.hosts
            || ((self.needs.actors || self.needs.any_license()) && fact.actor == Link::MeetingHost);
        let needs_rule = self.needs.any_license()
            && fact.table != "licenses"
            && parts.iter().any(|part| part.licences.is_none());
        Ok(Joins {
            meeting_host: host.then(|| self.lookups.by_id("meetings", "host_user_id")).transpose()?,
            licences: needs_rule.then(|| self.lookups.licences()).transpose()?,
        })
    }

    fn chunk(&self, part: &Part<'a>, rows: Selection, joins: &Joins<'a>) -> Result<Chunk<'a>, StoreError> {
        let mut chunk = Chunk::new(part.file, rows);
        chunk.bucket = part.bucket;
        chunk.base = self.layout.period(part.bucket);
        if self.is_flagged {
            chunk.flags = self.flags(part, &chunk)?;
            return Ok(chunk);
        }
        if let Some(known) = part.known.filter(|known| !chunk.rows.are_all(known)) {
            let flags: Vec<u8> = chunk.rows.iter().map(|row| u8::from(known.get(row))).collect();
            chunk.keep(&flags);
        }
        if let Some(test) = self.only {
            let flags = test(&chunk)?;
            chunk.keep(&flags);
        }
        let fact = &self.side.fact;
        let needs = self.needs;
        let filter = &self.side.filter;
        // What asks for the rows' own columns alone is asked first: fewer rows lead elsewhere.
        let is_own = filter.needs() == Needs::default();
        if is_own && !part.passed {
            self.pass(&mut chunk)?;
        }
        let [own_limit, actor_limit, meeting_limit] = self.limits;
        let needs_meetings = needs.meetings
            || needs.hosts
            || (fact.actor == Link::MeetingHost && (needs.actors || needs.any_license()));
        if needs_meetings && let Some(link) = fact.meeting {
            chunk.meetings = self.follow(link, meeting_limit, part, &chunk)?;
        }
        self.tell_time(&mut chunk, joins)?;
        if let Some(hosts) = &joins.meeting_host {
            chunk.note(size_of::<u32>());
            chunk.hosts = hosts.gather(&chunk.meetings)?;
        }
        if needs.actors || (needs.any_license() && part.licences.is_none()) {
            chunk.actors = match fact.actor {
                Link::MeetingHost => chunk.hosts.clone().into(),
                link => self.follow(link, actor_limit, part, &chunk)?,
            };
        }
        if needs.ids || (needs.any_license() && fact.table == "licenses") {
            chunk.ids = self.follow(Link::Own, own_limit, part, &chunk)?;
        }
        chunk.kept = part.licences;
        if needs.licenses || (needs.any_license() && part.licences.is_none()) {
            chunk.licenses = match (part.licences, &joins.licences) {
                (Some(kept), _) => {
                    let ids = kept.ids(events::LICENSE)?.read(&chunk.rows);
                    chunk.note(size_of::<u32>());
                    kept.check_ids(events::LICENSE, &ids, self.lookups.ids_of("licenses"))?;
                    ids
                }
                (None, Some(licences)) => {
                    let rows = chunk.actors.iter().zip(&chunk.days);
                    let found = rows.map(|(&user, &day)| match licences.covering(user, day) {
                        Some((start, end, id)) => (id, licenses::term(start, end)),
                        None => (NULL_ID, NO_TERM),
                    });
                    let (ids, terms): (Vec<u32>, Vec<u8>) = found.unzip();
                    chunk.terms = terms;
                    ids.into()
                }
                (None, None) => chunk.ids.clone(),
            };
        }
        if !is_own {
            self.pass(&mut chunk)?;
        }
        chunk.groups = self.groups(&chunk)?;
        Ok(chunk)
    }

    /// Which rows of a chunk count: those whose flag is 1; without flags, all.
    fn flags(&self, part: &Part<'a>, chunk: &Chunk<'a>) -> Result<Option<Vec<u8>>, StoreError> {
        let filter = Some(&self.side.filter).filter(|filter| !filter.is_all() && !part.passed);
        let mut flags = filter.map(|filter| filter.evaluate(chunk)).transpose()?;
        if let Some(known) = part.known.filter(|known| !chunk.rows.are_all(known)) {
            let flags = flags.get_or_insert_with(|| vec![TRUE; chunk.len()]);
            flags.iter_mut().zip(chunk.rows.iter()).for_each(|(flag, row)| *flag &= u8::from(known.get(row)));
        }
        Ok(flags)
    }

    /// Keeps the rows of a chunk that pass the filter.
    fn pass(&self, chunk: &mut Chunk<'a>) -> Result<(), StoreError> {
        if !self.side.filter.is_all() {
            let flags = self.side.filter.evaluate(chunk)?;
            chunk.keep(&flags);
        }
        Ok(())
    }

    fn groups(&self, chunk: &Chunk<'a>) -> Result<Groups, StoreError> {
        let dims = || {
            let dims = self.layout.dims.iter().enumerate();
            dims.filter_map(|(at, &d)| Some((at, self.side.dims[d].as_ref()?)))
        };
        if dims().next().is_none() {
            return Ok(Groups::One);
        }
        if self.layout.is_narrow() {
            let mut groups = vec![0u32; chunk.len()];
            for (at, dim) in dims() {
                self.layout.add_parts(at, &dim.codes(chunk)?, &mut groups);
            }
            return Ok(Groups::Each(groups));
        }
        let mut groups = vec![0u64; chunk.len()];
        for (at, dim) in dims() {
            let codes = dim.codes(chunk)?;
            groups.iter_mut().zip(codes).for_each(|(group, code)| *group += self.layout.part(at, code));
        }
        Ok(Groups::Wide(groups))
    }

    fn follow(
        &self,
        link: Link,
        limit: usize,
        part: &Part<'a>,
        chunk: &Chunk<'a>,
    ) -> Result<std::borrow::Cow<'a, [u32]>, StoreError> {
        let read = |column: &str| {
            let ids = part.file.ids(column)?.read(&chunk.rows);
            chunk.note(size_of::<u32>());
            part.file.check_ids(column, &ids, limit)?;
            Ok(ids)
        };
        match (link, part.first_id) {
            (Link::Own, Some(first)) => Ok(chunk.rows.iter().map(|row| first + row as u32).collect()),
            (Link::Own, None) => read(ID),
            (Link::Column(column), _) => read(column),
            (Link::MeetingHost, _) => unreachable!("hosts come with the meetings"),
            (Link::Nobody, _) => Ok(vec![NULL_ID; chunk.len()].into()),
        }
    }

    /// Days and hours of a chunk's rows, as far as they are needed.
    fn tell_time(&self, chunk: &mut Chunk<'a>, joins: &Joins<'a>) -> Result<(), StoreError> {
        let needs_days = self.needs.days || (self.needs.any_license() && joins.licences.is_some());
        let (Some(clock), true) = (self.clock, needs_days || self.needs.hours) else { return Ok(()) };
        let times = self.times(chunk, clock)?;
        let ty = self.def.columns[self.def.column(clock.column)].ty;
        let day_only = self.day_only(chunk, clock)?;
        let mut cursor = self.zone.cursor();
        for (at, &time) in times.iter().enumerate() {
            if needs_days {
                let day = self.day_of(time, ty, day_only.get(at), &mut cursor);
                chunk.days.push(day.unwrap_or_default());
            }
            if self.needs.hours {
                let has_instant = time != NULL_NUMBER && ty != ColumnType::Date && !day_only.get(at);
                chunk.hours.push(if has_instant { cursor.hour_of(time) + 1 } else { 0 });
            }
        }
        Ok(())
    }

    /// The times of a chunk's rows by a clock, the meeting's start where it stands in.
    fn times(&self, chunk: &Chunk<'a>, clock: Clock) -> Result<Vec<i64>, StoreError> {
        let mut times = chunk.numbers(clock.column)?;
        if clock.else_meeting_start
            && let Some(Link::Column(column)) = self.side.fact.meeting
            && times.contains(&NULL_NUMBER)
        {
            let meetings = chunk.file.ids(column)?;
            let starts = self.lookups.starts_of_meetings()?;
            for (time, row) in times.iter_mut().zip(chunk.rows.iter()).filter(|(t, _)| **t == NULL_NUMBER) {
                *time = starts.get(meetings.get(row));
            }
        }
        Ok(times)
    }

    /// Which of a chunk's times are those of a day.
    fn day_only(&self, chunk: &Chunk<'a>, clock: Clock) -> Result<BitVec, StoreError> {
        match self.def.columns[self.def.column(clock.column)].ty {
            ColumnType::DateOrTimestamp => Ok(flagged(chunk.file.flags(clock.column)?, &chunk.rows)),
            _ => Ok(BitVec::new()),
        }
    }

    fn day_of(&self, time: i64, ty: ColumnType, is_day: bool, cursor: &mut Cursor<'_>) -> Option<Day> {
        match ty {
            _ if time == NULL_NUMBER => None,
            ColumnType::Date => Some(time as Day),
            ColumnType::DateOrTimestamp => moment(time, is_day, cursor).map(|m| m.0),
            _ => Some(cursor.day_of(time)),
        }
    }
}

/// Rows left out of a figure, by reason.
#[derive(Clone, Debug, Default)]
pub struct Excluded(BTreeMap<String, u64>);

impl Excluded {
    /// Counts rows out.
    pub fn add(&mut self, reason: impl Into<String>, rows: u64) {
        if rows > 0 {
            *self.0.entry(reason.into()).or_default() += rows;
        }
    }

    /// Reasons and rows, in order of the reasons.
    pub fn into_entries(self) -> impl Iterator<Item = (String, u64)> {
        self.0.into_iter()
    }
}

/// How many of a fact's rows lack a time altogether.
pub fn rows_without_time(lookups: &Lookups<'_>, table: &str) -> u64 {
    let segments = lookups.snapshot().named(table).map(|t| &t.segments);
    segments.into_iter().flatten().filter(|s| s.info.month.is_none()).map(|s| s.rows() as u64).sum()
}

/// The known users that a filter on users alone lets pass; an unknown answer is no.
///
/// Conditions on attributes that sets are kept of are joined as sets, the others are asked user by user.
///
/// # Errors
/// When the store is damaged.
pub fn users_passing(
    filter: &Predicate,
    lookups: &Lookups<'_>,
    known: &BitVec,
) -> Result<BitVec, StoreError> {
    match filter {
        Predicate::And(parts) => parts.iter().try_fold(known.clone(), |mut all, part| {
            all.and(&users_passing(part, lookups, known)?);
            Ok(all)
        }),
        Predicate::Leaf(Leaf::Dim(dim, truth)) if truth.first() != Some(&TRUE) => {
            let Some(sets) = dim.sets_of_actors(lookups)? else {
                return Ok(users_one_by_one(filter, lookups, known));
            };
            let mut passing = BitVec::zeros(known.len());
            for (_, users) in sets.iter().filter(|(code, _)| truth.get(*code as usize) == Some(&TRUE)) {
                users.iter().for_each(|user| passing.set(user as usize));
            }
            passing.and(known);
            Ok(passing)
        }
        _ => Ok(users_one_by_one(filter, lookups, known)),
    }
}

fn users_one_by_one(filter: &Predicate, lookups: &Lookups<'_>, known: &BitVec) -> BitVec {
    let answers = filter.of_actors(lookups.ids_of("users") as u32);
    answers.iter().enumerate().map(|(user, &answer)| answer == TRUE && known.get(user)).collect()
}
