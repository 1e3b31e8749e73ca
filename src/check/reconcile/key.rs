//! What tells a line of a shipped table, read alike from its own rows and from those of the facts.

use std::collections::HashMap;

use super::Shipped;
use crate::check::cells::{day, entity};
use crate::check::data::Data;
use crate::check::part::Part;
use crate::kpi::lookup::code_at;
use crate::model::currency::UNKNOWN;
use crate::model::{ColumnDef, ColumnType, SCHEMA, Zone};
use crate::query::result::Value;
use crate::store::dictionary::fold;
use crate::store::{Codes, Ids, NULL_ID, NULL_NUMBER, Numbers, StoreError};

/// Key columns of the shipped table that has the most.
const COLUMNS_MAX: usize = 4;

/// A number for each key column: an id, a day, or the number of a value.
pub type Key = [i64; COLUMNS_MAX];

/// On which side a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Among the facts.
    Facts,
    /// Among the shipped lines.
    Shipped,
}

/// The key columns of a shipped table.
pub struct KeyColumns {
    columns: Vec<(&'static str, Kind)>,
    /// By the id of an organization; UTC where it names no zone that exists.
    zones: Vec<Zone>,
}

enum Kind {
    /// References to a table.
    Entity(&'static str),
    /// Civil days.
    Day,
    /// Categories: for each side the number of each code, and the value of each number.
    Value { facts: Vec<u32>, shipped: Vec<u32>, shown: Vec<Value> },
}

impl KeyColumns {
    /// Reads what the columns of both sides have in common.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn read(shipped: &Shipped, data: &Data<'_>) -> Result<Self, StoreError> {
        let def = SCHEMA.get(SCHEMA.id(shipped.table));
        let mut columns = Vec::new();
        for column in def.columns {
            let kind = match column.ty {
                ColumnType::Reference(target) => Kind::Entity(target),
                ColumnType::Date => Kind::Day,
                ColumnType::Category => values(shipped, column, data)?,
                _ => continue,
            };
            columns.push((column.name, kind));
        }
        assert!(columns.len() <= COLUMNS_MAX, "{} is told by {} columns", shipped.table, columns.len());
        Ok(KeyColumns { columns, zones: zones(data)? })
    }

    /// Reads the keys of the rows of a file.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn reader<'k, 'a>(
        &'k self,
        part: &Part<'a>,
        side: Side,
        time: &str,
    ) -> Result<Reader<'k, 'a>, StoreError> {
        let cells = self.columns.iter().map(|(name, kind)| {
            Ok(match kind {
                Kind::Entity(_) => Cells::Ids(part.references(name)?),
                Kind::Day => Cells::Day,
                Kind::Value { facts, shipped, .. } => {
                    let numbers = if side == Side::Facts { facts } else { shipped };
                    Cells::Codes(part.codes(name)?, numbers)
                }
            })
        });
        let organizations =
            part.table.def.position("OrganizationId").map(|_| part.references("OrganizationId"));
        let time = part.table.def.position(time).map(|at| &part.table.def.columns[at]);
        Ok(Reader {
            cells: cells.collect::<Result<_, StoreError>>()?,
            times: time.map(|column| part.numbers(column.name)).transpose()?,
            is_instant: time.is_some_and(|column| column.ty == ColumnType::Timestamp),
            organizations: organizations.transpose()?,
            zones: &self.zones,
        })
    }

    /// The key as people read it.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn shown(&self, key: &Key, data: &Data<'_>) -> Result<Vec<(&'static str, Value)>, StoreError> {
        let value = |((name, kind), &number): (&(&'static str, Kind), &i64)| {
            let value = match kind {
                Kind::Entity(table) => entity(data, table, u32::try_from(number).unwrap_or(NULL_ID))?,
                Kind::Day => day(number),
                Kind::Value { shown, .. } => shown[number as usize].clone(),
            };
            Ok((*name, value))
        };
        self.columns.iter().zip(key).map(value).collect()
    }
}

/// Numbers that are equal for values that compare equal, on whichever side. A shipped status may be
/// the code of a status.
fn values(shipped: &Shipped, column: &ColumnDef, data: &Data<'_>) -> Result<Kind, StoreError> {
    let def = SCHEMA.get(SCHEMA.id(shipped.facts));
    let codes = def.columns[def.column(column.name)].codes;
    let mut numbers: HashMap<String, u32> = HashMap::from([(String::new(), 0)]);
    let mut shown = vec![Value::Null];
    let mut side = |table| {
        let mut side = Vec::new();
        for (code, text) in (0u32..).zip(data.spellings((table, column.name))?) {
            let text = match codes.iter().find(|(code, _)| *code == text) {
                Some((_, value)) => fold(value),
                None if column.currency && text.eq_ignore_ascii_case(UNKNOWN) => String::new(),
                None => text,
            };
            let next = numbers.len() as u32;
            let number = *numbers.entry(text).or_insert(next);
            if number == next {
                shown.push(data.category((table, column.name), code)?);
            }
            side.push(number);
        }
        Ok::<_, StoreError>(side)
    };
    let (facts, shipped) = (side(shipped.facts)?, side(shipped.table)?);
    Ok(Kind::Value { facts, shipped, shown })
}

fn zones(data: &Data<'_>) -> Result<Vec<Zone>, StoreError> {
    let names = data.spellings(("organizations", "TimeZoneId"))?;
    let by_code: Vec<Zone> =
        names.iter().map(|name| Zone::parse(name).unwrap_or_else(|_| Zone::utc())).collect();
    let codes = data.lookups.codes("organizations", "TimeZoneId")?;
    Ok(codes.iter().map(|&code| by_code.get(code as usize).cloned().unwrap_or_else(Zone::utc)).collect())
}

/// Reads keys and days of the rows of a file.
pub struct Reader<'k, 'a> {
    cells: Vec<Cells<'k, 'a>>,
    times: Option<Numbers<'a>>,
    is_instant: bool,
    organizations: Option<Ids<'a>>,
    zones: &'k [Zone],
}

enum Cells<'k, 'a> {
    Ids(Ids<'a>),
    Day,
    Codes(Codes<'a>, &'k [u32]),
}

impl Reader<'_, '_> {
    /// The key of a row, and its day in the zone of its organization; missing without a time.
    pub fn get(&mut self, row: usize) -> (Key, i64) {
        let day = self.day(row);
        let mut key = Key::default();
        for (number, cells) in key.iter_mut().zip(&self.cells) {
            *number = match cells {
                Cells::Ids(ids) => i64::from(ids.get(row)),
                Cells::Day => day,
                Cells::Codes(codes, numbers) => i64::from(code_at(numbers, codes.get(row))),
            };
        }
        (key, day)
    }

    fn day(&self, row: usize) -> i64 {
        let time = self.times.map_or(NULL_NUMBER, |times| times.get(row));
        if time == NULL_NUMBER || !self.is_instant {
            return time;
        }
        let organization = self.organizations.map_or(NULL_ID, |ids| ids.get(row));
        match self.zones.get(organization as usize) {
            Some(zone) => i64::from(zone.day_of(time)),
            None => i64::from(Zone::utc().day_of(time)),
        }
    }
}
