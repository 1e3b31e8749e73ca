//! On which civil day does a row lie: in the query's zone, or in that of the row's organization?

use std::sync::Arc;

use super::reach::{reached, reaches};
use crate::kpi::lookup::{Lookups, code_at};
use crate::model::{ColumnType, SCHEMA, Zone};
use crate::store::{NULL_NUMBER, StoreError};

/// In which zone days start.
#[derive(Clone, Debug)]
pub enum Zones {
    /// In this one.
    One(Zone),
    /// In that of each row's organization, UTC where it has none.
    Organizations,
}

impl Zones {
    /// The word for the zones of the organizations.
    pub const ORGANIZATION: &'static str = "organization";
}

/// The civil day of each row of a table, by a column of days or instants.
///
/// # Errors
/// When the store is damaged.
pub fn days(
    lookups: &Lookups<'_>,
    zones: &Zones,
    table: &'static str,
    column: &'static str,
) -> Result<Arc<Vec<i64>>, StoreError> {
    let numbers = lookups.numbers(table, column)?;
    let def = SCHEMA.get(SCHEMA.id(table));
    if def.columns[def.column(column)].ty == ColumnType::Date {
        return Ok(numbers);
    }
    let zones = RowZones::new(lookups, zones, table)?;
    let day = |(row, &instant): (u32, &i64)| match instant {
        NULL_NUMBER => NULL_NUMBER,
        instant => i64::from(zones.of(row).day_of(instant)),
    };
    Ok(Arc::new((0u32..).zip(numbers.iter()).map(day).collect()))
}

/// In which zone the days of each row of a table start.
pub struct RowZones {
    one: Zone,
    /// Organizations of the rows, and the zone of each organization.
    by_organization: Option<(Arc<Vec<u32>>, Vec<Zone>)>,
}

impl RowZones {
    /// The zones of a table's rows.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn new(lookups: &Lookups<'_>, zones: &Zones, table: &'static str) -> Result<Self, StoreError> {
        Ok(match zones {
            Zones::One(zone) => RowZones { one: zone.clone(), by_organization: None },
            Zones::Organizations if reaches(SCHEMA.get(SCHEMA.id(table)), "organizations") => {
                let of = reached(lookups, table, "organizations")?.ids.clone();
                RowZones { one: Zone::utc(), by_organization: Some((of, by_organization(lookups)?)) }
            }
            Zones::Organizations => RowZones { one: Zone::utc(), by_organization: None },
        })
    }

    /// The zone of a row.
    pub fn of(&self, row: u32) -> &Zone {
        let own =
            self.by_organization.as_ref().and_then(|(of, zones)| zones.get(*of.get(row as usize)? as usize));
        own.unwrap_or(&self.one)
    }
}

/// The zone of each organization.
fn by_organization(lookups: &Lookups<'_>) -> Result<Vec<Zone>, StoreError> {
    let dictionary = lookups.dictionary("organizations", "TimeZoneId")?;
    let zone = |code: u32| match dictionary {
        Some(dictionary) if code > 0 => {
            Zone::parse(dictionary.text(code).trim()).unwrap_or_else(|_| Zone::utc())
        }
        _ => Zone::utc(),
    };
    let zones: Vec<Zone> = (0..=dictionary.map_or(0, |d| d.len()) as u32).map(zone).collect();
    let codes = lookups.codes("organizations", "TimeZoneId")?;
    Ok((0..codes.len() as u32).map(|o| zones[code_at(&codes, o) as usize].clone()).collect())
}
