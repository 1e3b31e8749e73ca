//! The dimensions that figures are broken down by, and how a row of a fact reaches each.

use std::borrow::Cow;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::billing;
use super::lookup::{CodesById, Lookups, Ranks, ValueSets};
use super::scan::chunk::{Chunk, Needs};
use super::scan::facts::{Fact, Link};
use crate::index::licenses::TYPE;
use crate::model::names::same;
use crate::model::{Day, Model, SCHEMA, civil};
use crate::store::dictionary::fold;
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
    /// In the first of these columns that the fact's table has.
    Column(&'static [&'static str]),
    /// In a column of the fact's table, or else of the row's subscription.
    ColumnOrSubscription(&'static str),
    /// With a row of another table that the fact's row leads to.
    Entity(&'static str),
    /// With the tags of the row and of what it belongs to.
    Tags,
    /// With the products that the row is about.
    Products,
    /// Between a day of the row and the day of measurement.
    Age,
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
    /// A text column, compared letter by letter.
    Text(&'static str),
    /// A text column, or the key where it is empty.
    TextOrKey(&'static str),
    /// A column of whole numbers.
    Integer(&'static str),
    /// A column of amounts, in the row's currency.
    Money(&'static str),
    /// A column that the subscriber's contact has, or else the subscriber.
    Contact(&'static str),
    /// What an identification of the subscriber's contact says under a key.
    Identification,
    /// What a tag says under a key.
    TagValue,
    /// The reporting groups of a product.
    Groups,
    /// One of these ranges, in order.
    Range(&'static [&'static str]),
}

/// A dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DimensionDef {
    /// Its name in `--by` and `--where`; `prefix.KEY` for a family with a dimension per key.
    pub name: &'static str,
    /// What it is, for the help.
    pub help: &'static str,
    /// The model whose facts have it.
    pub model: Model,
    /// Where its value stands.
    pub reach: Reach,
    /// What its value is.
    pub attribute: Attribute,
}

const fn dim(name: &'static str, help: &'static str, reach: Reach, attribute: Attribute) -> DimensionDef {
    DimensionDef { name, help, model: Model::Platform, reach, attribute }
}

/// Every dimension of the platform model.
pub const PLATFORM: &[DimensionDef] = &[
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

/// Every dimension.
pub fn all() -> impl Iterator<Item = &'static DimensionDef> {
    PLATFORM.iter().chain(billing::DIMENSIONS)
}

/// The dimension that a model's catalogue calls so.
pub fn find(model: Model, name: &str) -> Option<&'static DimensionDef> {
    all().find(|d| d.model == model && d.name == name)
}

/// Where the name of a family of dimensions has the key.
const KEY: &str = "KEY";

/// A dimension as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// Its declaration.
    pub def: &'static DimensionDef,
    /// Its name: that of its column.
    pub name: Cow<'static, str>,
}

impl Dimension {
    /// A dimension that is no family.
    pub fn plain(def: &'static DimensionDef) -> Self {
        Dimension { def, name: Cow::Borrowed(def.name) }
    }

    /// The dimension of a declaration that a typed name means, if it does.
    pub fn typed(def: &'static DimensionDef, typed: &str) -> Option<Self> {
        let Some(prefix) = def.name.strip_suffix(KEY) else {
            return same(def.name, typed).then(|| Self::plain(def));
        };
        let (head, key) = typed.split_once('.')?;
        let means = same(head, prefix.trim_end_matches('.')) && !key.trim().is_empty();
        means.then(|| Dimension { def, name: Cow::Owned(format!("{prefix}{}", key.trim())) })
    }

    /// The key of a member of a family; empty for others.
    pub fn key(&self) -> &str {
        match self.def.name.strip_suffix(KEY) {
            Some(prefix) => &self.name[prefix.len()..],
            None => "",
        }
    }

    /// Whether both are the same, however their names are written.
    pub fn is(&self, other: &Dimension) -> bool {
        self.def == other.def && fold(self.key()) == fold(other.key())
    }
}

impl DimensionDef {
    /// Whether the rows of a fact have it.
    pub fn reaches(&self, fact: &Fact) -> bool {
        let def = SCHEMA.get(SCHEMA.id(fact.table));
        if self.model != def.model {
            return false;
        }
        match (self.reach, self.attribute) {
            (Reach::Own, Attribute::Category(column)) => def.position(column).is_some(),
            (Reach::Own, _) => false,
            (Reach::Actor, _) => fact.actor != Link::Nobody,
            (Reach::Host, _) => fact.has_host,
            (Reach::Meeting, _) => fact.meeting.is_some(),
            (Reach::License, _) => fact.has_day,
            (Reach::Time, Attribute::Hour) => fact.meeting.is_some() || fact.table == "support_tickets",
            (Reach::Time, _) => fact.has_day && fact.table != "licenses",
            _ => billing::dims::reaches(self, fact, def),
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
    /// The text at code − 1.
    Text(Arc<Vec<String>>),
    /// The whole number at code − 1.
    Integer(Arc<Vec<i64>>),
    /// The amount at code − 1, in units of 0.0001.
    Money(Arc<Vec<i64>>),
    /// The range at code − 1; codes are in the order of the ranges.
    Range(&'static [&'static str]),
}

/// Values per row, where a row may have several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Many {
    ends: Vec<u32>,
    codes: Vec<u32>,
}

impl Many {
    /// Appends a row with these codes.
    pub fn push(&mut self, codes: impl IntoIterator<Item = u32>) {
        self.codes.extend(codes);
        self.ends.push(self.codes.len() as u32);
    }

    /// The codes of a row; none for a row without value.
    pub fn of(&self, row: u32) -> &[u32] {
        let at = row as usize;
        let Some(&end) = self.ends.get(at) else { return &[] };
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.codes[start as usize..end as usize]
    }
}

/// Codes of the rows of a billing fact.
#[derive(Clone, Debug)]
pub enum RowCodes {
    /// One per row.
    One(Arc<Vec<u32>>),
    /// Any number per row.
    Many(Arc<Many>),
    /// That of the row's age at the day of measurement.
    Age,
}

/// How a row's code is found.
#[derive(Clone, Debug)]
pub enum Source {
    /// In the fact's own column, by the rank of its values.
    Own(&'static str, Arc<Ranks>),
    /// By the acting user.
    Actor(Arc<CodesById>),
    /// By the meeting's host.
    Host(Arc<CodesById>),
    /// By the meeting.
    Meeting(Arc<CodesById>),
    /// By the licence.
    License(Arc<CodesById>),
    /// By the licence, or by the rank of its type where that is kept beside the rows.
    LicenseType(Arc<CodesById>, Arc<Ranks>),
    /// The acting user itself, when it is known.
    ActorKey(Arc<BitVec>),
    /// The meeting itself, when it is known.
    MeetingKey(Arc<BitVec>),
    /// Day of the week.
    Weekday,
    /// Hour of the day.
    Hour,
    /// By the row: of the fact's table, or of the parts that its rows are cut into.
    Rows(RowCodes, RowsOf),
}

/// What the rows of a billing fact are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsOf {
    /// Rows of its table.
    Table,
    /// The parts that these are cut into.
    Parts,
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
    /// Whether codes are in the order in which their values are shown.
    pub is_in_order: bool,
    /// The rows of the fact's table whose value is missing because they name a row that no load brought.
    pub strangers: Option<Arc<BitVec>>,
}

/// The users of each value of an attribute; those without a value are in no set.
pub struct ActorSets {
    sets: Arc<ValueSets>,
    base: i64,
    /// Codes are below this, also in a look-up that is damaged.
    cardinality: u64,
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
        self.sets.iter().filter_map(|(value, set)| {
            let code = u32::try_from(value.wrapping_sub(self.base)).ok()?;
            (u64::from(code) < self.cardinality).then_some((code, set))
        })
    }
}

/// Makes a source of the codes of what is reached.
type ByCodes = fn(Arc<CodesById>) -> Source;

impl Dim {
    /// Prepares a dimension that reaches the fact.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn new(dimension: &Dimension, fact: &Fact, lookups: &Lookups<'_>) -> Result<Dim, StoreError> {
        let def = dimension.def;
        if def.model == Model::Billing {
            return billing::dims::prepare(dimension, fact, lookups);
        }
        let (table, by): (&'static str, ByCodes) = match def.reach {
            Reach::Actor => ("users", Source::Actor),
            Reach::Host => ("users", Source::Host),
            Reach::Meeting => ("meetings", Source::Meeting),
            Reach::License => ("licenses", Source::License),
            _ => (fact.table, Source::Actor),
        };
        let dim = |source, cardinality, render| {
            let is_in_order = !matches!(render, Render::Key(_));
            Dim { def, source, cardinality, render, is_in_order, strangers: None }
        };
        Ok(match def.attribute {
            Attribute::Category(column) => {
                let ranks = lookups.ranks(table, column)?;
                let cardinality = ranks.len() as u64 + 1;
                let render = Render::Text(ranks.texts().clone());
                let source = match def.reach {
                    Reach::Own => Source::Own(column, ranks),
                    Reach::Meeting if fact.table == "meetings" => Source::Own(column, ranks),
                    Reach::License if fact.table == "licenses" => Source::Own(column, ranks),
                    Reach::License if column == TYPE => {
                        Source::LicenseType(lookups.ranked(table, column)?, ranks)
                    }
                    _ => by(lookups.ranked(table, column)?),
                };
                dim(source, cardinality, render)
            }
            Attribute::Key => {
                let known = lookups.known_bits(table)?;
                let source = if def.reach == Reach::Meeting {
                    Source::MeetingKey(known)
                } else {
                    Source::ActorKey(known)
                };
                dim(source, lookups.ids_of(table) as u64 + 1, Render::Key(table))
            }
            Attribute::Month(column) => {
                let days = lookups.numbers(table, column)?;
                let month = |day: i64| civil::month_index(day as Day);
                let present = || days.iter().copied().filter(|&d| d != NULL_NUMBER);
                let base = present().min().map_or(0, month) - 1;
                let cardinality = present().max().map_or(1, |d| (month(d) - base) as u64 + 1);
                let code = |&d: &i64| if d == NULL_NUMBER { 0 } else { (month(d) - base) as u32 };
                let mut codes = CodesById::with_limit(cardinality, days.len());
                codes.extend(days.iter().map(code));
                dim(by(Arc::new(codes)), cardinality, Render::Month(base))
            }
            Attribute::Weekday => dim(Source::Weekday, 8, Render::Number(0)),
            Attribute::Hour => dim(Source::Hour, 25, Render::Number(-1)),
            _ => unreachable!("only dimensions of the billing model have such values"),
        })
    }

    /// What a chunk must hold for the codes.
    pub fn needs(&self) -> Needs {
        let none = Needs::default();
        match self.source {
            Source::Own(..) | Source::Rows(..) => none,
            Source::Actor(_) | Source::ActorKey(_) => Needs { actors: true, ..none },
            Source::Host(_) => Needs { hosts: true, ..none },
            Source::Meeting(_) | Source::MeetingKey(_) => Needs { meetings: true, ..none },
            Source::License(_) => Needs { licenses: true, ..none },
            Source::LicenseType(..) => Needs { license_types: true, ..none },
            Source::Weekday => Needs { days: true, ..none },
            Source::Hour => Needs { hours: true, ..none },
        }
    }

    /// The codes of a chunk's rows.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn codes(&self, chunk: &Chunk<'_>) -> Result<Vec<u32>, StoreError> {
        let keys = |known: &BitVec, ids: &[u32]| {
            ids.iter().map(|&id| if known.get(id as usize) { id + 1 } else { 0 }).collect()
        };
        Ok(match &self.source {
            Source::Own(column, ranks) => ranks.of_all(&chunk.stored_codes(column)?, &chunk.rows),
            Source::Actor(codes) => codes.gather(&chunk.actors),
            Source::Host(codes) => codes.gather(&chunk.hosts),
            Source::Meeting(codes) => codes.gather(&chunk.meetings),
            Source::License(codes) => codes.gather(&chunk.licenses),
            Source::LicenseType(codes, ranks) => match chunk.license_types()? {
                Some(kept) => ranks.of_all(&kept, &chunk.rows),
                None => codes.gather(&chunk.licenses),
            },
            Source::ActorKey(known) => keys(known, &chunk.actors),
            Source::MeetingKey(known) => keys(known, &chunk.meetings),
            Source::Weekday => chunk.days.iter().map(|&d| civil::weekday(d) + 1).collect(),
            Source::Hour => chunk.hours.clone(),
            Source::Rows(..) => unreachable!("facts of the billing model are not scanned by chunks"),
        })
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
        let cardinality = self.cardinality;
        Ok(lookups.users_with(column)?.map(|sets| ActorSets { sets, base, cardinality }))
    }

    /// Whether a row may have several values.
    pub fn is_many_valued(&self) -> bool {
        matches!(self.source, Source::Rows(RowCodes::Many(_), _))
    }

    /// The codes of users, of a dimension of the acting user.
    pub fn codes_of_actors(&self, users: &[u32]) -> Vec<u32> {
        match &self.source {
            Source::Actor(codes) => codes.gather(users),
            _ => users.iter().map(|&user| self.code_of_actor(user)).collect(),
        }
    }

    /// The code of a user, of a dimension of the acting user.
    pub fn code_of_actor(&self, user: u32) -> u32 {
        match &self.source {
            Source::Actor(codes) => codes.of(user),
            Source::ActorKey(known) if known.get(user as usize) => user + 1,
            _ => 0,
        }
    }
}
