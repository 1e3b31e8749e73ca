//! The dimensions that figures are broken down by, and how a row of a fact reaches each.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::lookup::{Lookups, ValueSets, code_at};
use super::scan::chunk::{Chunk, Needs};
use super::scan::facts::Fact;
use crate::model::{Day, SCHEMA, civil};
use crate::store::{BitVec, NULL_NUMBER, StoreError};

/// Where a dimension's value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// In the fact's own row.
    Own,
    /// With the acting user.
    Actor,
    /// With the meeting's host.
    Host,
    /// With the meeting.
    Meeting,
    /// With the licence: the fact's own, or that of the acting user on the fact's day.
    License,
    /// In the fact's time.
    Time,
}

/// What the value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// A category column of the table reached.
    Category(&'static str),
    /// The key of the row reached.
    Key,
    /// The month of a date column of the table reached.
    Month(&'static str),
    /// Day of the week: 1 = Monday … 7 = Sunday (ISO 8601).
    Weekday,
    /// Hour of the day: 0-23, in the query's zone.
    Hour,
}

/// A dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DimensionDef {
    /// Its name in `--by` and `--where`.
    pub name: &'static str,
    /// What it is, for the help.
    pub help: &'static str,
    /// Where its value stands.
    pub reach: Reach,
    /// What its value is.
    pub attribute: Attribute,
}

const fn dim(name: &'static str, help: &'static str, reach: Reach, attribute: Attribute) -> DimensionDef {
    DimensionDef { name, help, reach, attribute }
}

/// Every dimension of the platform model.
pub const DIMENSIONS: &[DimensionDef] = &[
    dim("plan_type", "the acting user's plan", Reach::Actor, Attribute::Category("plan_type")),
    dim("company", "the acting user's company", Reach::Actor, Attribute::Category("company")),
    dim("user_id", "the acting user", Reach::Actor, Attribute::Key),
    dim(
        "cohort",
        "the acting user's month of registration",
        Reach::Actor,
        Attribute::Month("registration_date"),
    ),
    dim("host.plan_type", "the plan of the meeting's host", Reach::Host, Attribute::Category("plan_type")),
    dim("host.company", "the company of the meeting's host", Reach::Host, Attribute::Category("company")),
    dim("meeting_type", "the meeting's type", Reach::Meeting, Attribute::Category("meeting_type")),
    dim("meeting_id", "the meeting", Reach::Meeting, Attribute::Key),
    dim(
        "license_type",
        "the type of the licence that covers the day",
        Reach::License,
        Attribute::Category("license_type"),
    ),
    dim(
        "license_status",
        "the status of the licence that covers the day",
        Reach::License,
        Attribute::Category("license_status"),
    ),
    dim("feature_name", "the feature used", Reach::Own, Attribute::Category("feature_name")),
    dim(
        "connection_quality",
        "the quality of the connection",
        Reach::Own,
        Attribute::Category("connection_quality"),
    ),
    dim("ticket_type", "the ticket's type", Reach::Own, Attribute::Category("ticket_type")),
    dim("priority_level", "the ticket's priority", Reach::Own, Attribute::Category("priority_level")),
    dim("resolution_status", "the ticket's status", Reach::Own, Attribute::Category("resolution_status")),
    dim("event_type", "the event's type", Reach::Own, Attribute::Category("event_type")),
    dim("payment_method", "the event's payment method", Reach::Own, Attribute::Category("payment_method")),
    dim("currency", "the currency", Reach::Own, Attribute::Category("currency")),
    dim("weekday", "day of the week, 1 = Monday to 7 = Sunday", Reach::Time, Attribute::Weekday),
    dim("hour", "hour of the day, 0 to 23", Reach::Time, Attribute::Hour),
];

/// A dimension by its name.
pub fn find(name: &str) -> Option<&'static DimensionDef> {
    DIMENSIONS.iter().find(|d| d.name == name)
}

impl DimensionDef {
    /// Whether the rows of a fact have it.
    pub fn reaches(&self, fact: &Fact) -> bool {
        let def = SCHEMA.get(SCHEMA.id(fact.table));
        match (self.reach, self.attribute) {
            (Reach::Own, Attribute::Category(column)) => def.position(column).is_some(),
            (Reach::Own, _) => false,
            (Reach::Actor, _) => true,
            (Reach::Host, _) => fact.has_host,
            (Reach::Meeting, _) => fact.meeting.is_some(),
            (Reach::License, _) => fact.has_day,
            (Reach::Time, Attribute::Hour) => fact.meeting.is_some() || fact.table == "support_tickets",
            (Reach::Time, _) => fact.has_day && fact.table != "licenses",
        }
    }

    /// Whether its value is one of the acting user alone.
    pub fn is_of_actor(&self) -> bool {
        self.reach == Reach::Actor
    }
}

/// How a code becomes a value.
#[derive(Clone, Debug)]
pub enum Render {
    /// The spelling of a category.
    Category(&'static str, &'static str),
    /// The key of id code − 1.
    Key(&'static str),
    /// The first day of the month base + code.
    Month(i32),
    /// The number code + shift.
    Number(i64),
}

/// How a row's code is found.
#[derive(Clone, Debug)]
pub enum Source {
    /// In the fact's own column, translated.
    Own(&'static str, Arc<Vec<u32>>),
    /// By the acting user.
    Actor(Arc<Vec<u32>>),
    /// By the meeting's host.
    Host(Arc<Vec<u32>>),
    /// By the meeting.
    Meeting(Arc<Vec<u32>>),
    /// By the licence.
    License(Arc<Vec<u32>>),
    /// The acting user itself, when it is known.
    ActorKey(Arc<BitVec>),
    /// The meeting itself, when it is known.
    MeetingKey(Arc<BitVec>),
    /// Day of the week.
    Weekday,
    /// Hour of the day.
    Hour,
}

/// A dimension, ready for the rows of one fact. Codes run from 0, the missing value.
#[derive(Clone, Debug)]
pub struct Dim {
    /// Its declaration.
    pub def: &'static DimensionDef,
    /// How a row's code is found.
    pub source: Source,
    /// Codes are below this.
    pub cardinality: u64,
    /// How a code becomes a value.
    pub render: Render,
}

/// The users of each value of an attribute; those without a value are in no set.
pub struct ActorSets {
    sets: Arc<ValueSets>,
    base: i64,
}

impl ActorSets {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Whether no user has a value.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Codes and users, in order of the codes.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &RoaringBitmap)> {
        self.sets.iter().map(|(value, set)| ((value - self.base) as u32, set))
    }
}

/// Makes a source of the codes of what is reached.
type ByCodes = fn(Arc<Vec<u32>>) -> Source;

impl Dim {
    /// Prepares a dimension that reaches the fact.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn new(def: &'static DimensionDef, fact: &Fact, lookups: &Lookups<'_>) -> Result<Dim, StoreError> {
        let (table, by): (&'static str, ByCodes) = match def.reach {
            Reach::Actor => ("users", Source::Actor),
            Reach::Host => ("users", Source::Host),
            Reach::Meeting => ("meetings", Source::Meeting),
            Reach::License => ("licenses", Source::License),
            Reach::Own | Reach::Time => (fact.table, Source::Actor),
        };
        Ok(match def.attribute {
            Attribute::Category(column) => {
                let shown = lookups.shown(table, column)?;
                let cardinality = shown.len() as u64;
                let source = match def.reach {
                    Reach::Own => Source::Own(column, shown),
                    Reach::Meeting if fact.table == "meetings" => Source::Own(column, shown),
                    Reach::License if fact.table == "licenses" => Source::Own(column, shown),
                    _ => by(lookups.codes(table, column)?),
                };
                Dim { def, source, cardinality, render: Render::Category(table, column) }
            }
            Attribute::Key => {
                let mut known = BitVec::zeros(lookups.ids_of(table));
                lookups.known(table)?.iter().for_each(|id| known.set(id as usize));
                let known = Arc::new(known);
                let source = if def.reach == Reach::Meeting {
                    Source::MeetingKey(known)
                } else {
                    Source::ActorKey(known)
                };
                Dim { def, source, cardinality: lookups.ids_of(table) as u64 + 1, render: Render::Key(table) }
            }
            Attribute::Month(column) => {
                let days = lookups.numbers(table, column)?;
                let month = |day: i64| civil::month_index(day as Day);
                let present = || days.iter().copied().filter(|&d| d != NULL_NUMBER);
                let base = present().min().map_or(0, month) - 1;
                let codes = days.iter().map(|&d| if d == NULL_NUMBER { 0 } else { (month(d) - base) as u32 });
                let cardinality = present().max().map_or(1, |d| (month(d) - base) as u64 + 1);
                Dim { def, source: by(Arc::new(codes.collect())), cardinality, render: Render::Month(base) }
            }
            Attribute::Weekday => {
                Dim { def, source: Source::Weekday, cardinality: 8, render: Render::Number(0) }
            }
            Attribute::Hour => Dim { def, source: Source::Hour, cardinality: 25, render: Render::Number(-1) },
        })
    }

    /// What a chunk must hold for the codes.
    pub fn needs(&self) -> Needs {
        let none = Needs::default();
        match self.source {
            Source::Own(..) => none,
            Source::Actor(_) | Source::ActorKey(_) => Needs { actors: true, ..none },
            Source::Host(_) => Needs { hosts: true, ..none },
            Source::Meeting(_) | Source::MeetingKey(_) => Needs { meetings: true, ..none },
            Source::License(_) => Needs { licenses: true, ..none },
            Source::Weekday => Needs { days: true, ..none },
            Source::Hour => Needs { hours: true, ..none },
        }
    }

    /// Appends the codes of a chunk's rows.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn codes(&self, chunk: &Chunk<'_>, out: &mut Vec<u32>) -> Result<(), StoreError> {
        let key = |known: &BitVec, id: u32| if known.get(id as usize) { id + 1 } else { 0 };
        match &self.source {
            Source::Own(column, shown) => {
                let start = out.len();
                chunk.file.codes(column)?.gather(&chunk.rows, out);
                out[start..].iter_mut().for_each(|c| *c = code_at(shown, *c));
            }
            Source::Actor(codes) => out.extend(chunk.actors.iter().map(|&id| code_at(codes, id))),
            Source::Host(codes) => out.extend(chunk.hosts.iter().map(|&id| code_at(codes, id))),
            Source::Meeting(codes) => out.extend(chunk.meetings.iter().map(|&id| code_at(codes, id))),
            Source::License(codes) => out.extend(chunk.licenses.iter().map(|&id| code_at(codes, id))),
            Source::ActorKey(known) => out.extend(chunk.actors.iter().map(|&id| key(known, id))),
            Source::MeetingKey(known) => out.extend(chunk.meetings.iter().map(|&id| key(known, id))),
            Source::Weekday => out.extend(chunk.days.iter().map(|&d| civil::weekday(d) + 1)),
            Source::Hour => out.extend_from_slice(&chunk.hours),
        }
        Ok(())
    }

    /// The users of each code, of an attribute of the acting user that sets are kept of.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn sets_of_actors(&self, lookups: &Lookups<'_>) -> Result<Option<ActorSets>, StoreError> {
        let (Attribute::Category(column) | Attribute::Month(column)) = self.def.attribute else {
            return Ok(None);
        };
        if !self.def.is_of_actor() {
            return Ok(None);
        }
        let base = if let Render::Month(base) = self.render { i64::from(base) } else { 0 };
        Ok(lookups.users_with(column)?.map(|sets| ActorSets { sets, base }))
    }

    /// The code of a user, of a dimension of the acting user.
    pub fn code_of_actor(&self, user: u32) -> u32 {
        match &self.source {
            Source::Actor(codes) => code_at(codes, user),
            Source::ActorKey(known) if known.get(user as usize) => user + 1,
            _ => 0,
        }
    }
}
