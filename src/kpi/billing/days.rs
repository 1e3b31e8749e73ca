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
    let day = |zone: &Zone, instant: i64| match instant {
        NULL_NUMBER => NULL_NUMBER,
        instant => i64::from(zone.day_of(instant)),
    };
    let zone = match zones {
        Zones::One(zone) => zone.clone(),
        Zones::Organizations if reaches(def, "organizations") => {
            let (zones, of) = (by_organization(lookups)?, reached(lookups, table, "organizations")?);
            let utc = Zone::utc();
            let at = |(&instant, &organization): (&i64, &u32)| {
                day(zones.get(organization as usize).unwrap_or(&utc), instant)
            };
            return Ok(Arc::new(numbers.iter().zip(of.ids.iter()).map(at).collect()));
        }
        Zones::Organizations => Zone::utc(),
    };
    Ok(Arc::new(numbers.iter().map(|&instant| day(&zone, instant)).collect()))
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
