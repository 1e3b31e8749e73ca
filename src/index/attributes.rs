//! Which users have which attribute: a set of ids per value.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::Made;
use crate::model::civil;
use crate::store::{NULL_NUMBER, Snapshot, StoreError};

/// The users that a load brought a row of; the one set has key 0.
pub const KNOWN: &str = "users.known";
/// Users by the code of their plan's spelling.
pub const PLAN: &str = "users.plan_type";
/// Users by the code of their company's spelling.
pub const COMPANY: &str = "users.company";
/// Users by the month of registration (year × 12 + month − 1).
pub const COHORT: &str = "users.cohort";

pub(super) const NAMES: &[&str] = &[KNOWN, PLAN, COMPANY, COHORT];

pub(super) fn build(snapshot: &Snapshot) -> Result<Vec<Made>, StoreError> {
    let plans = by_code(snapshot, "plan_type")?;
    let companies = by_code(snapshot, "company")?;
    Ok(vec![known(snapshot)?, plans, companies, cohorts(snapshot)?])
}

fn known(snapshot: &Snapshot) -> Result<Made, StoreError> {
    let mut set = RoaringBitmap::new();
    each_chunk(snapshot, |first, file| {
        let ids = file.flags(crate::store::snapshot::KNOWN)?;
        set.extend(ids.ones().map(|row| first + row));
        Ok(())
    })?;
    Ok(super::members(BTreeMap::from([(0, set)])))
}

fn cohorts(snapshot: &Snapshot) -> Result<Made, StoreError> {
    let mut members: BTreeMap<i64, RoaringBitmap> = BTreeMap::new();
    each_chunk(snapshot, |first, file| {
        let days = file.numbers("registration_date")?;
        for row in 0..file.rows() {
            let day = days.get(row);
            if day != NULL_NUMBER {
                let month = i64::from(civil::month_index(day as i32));
                members.entry(month).or_default().insert(first + row as u32);
            }
        }
        Ok(())
    })?;
    Ok(super::members(members))
}

fn by_code(snapshot: &Snapshot, column: &str) -> Result<Made, StoreError> {
    let mut members: BTreeMap<i64, RoaringBitmap> = BTreeMap::new();
    each_chunk(snapshot, |first, file| {
        let codes = file.codes(column)?;
        for row in 0..file.rows() {
            let code = codes.get(row);
            if code != 0 {
                members.entry(i64::from(code)).or_default().insert(first + row as u32);
            }
        }
        Ok(())
    })?;
    Ok(super::members(members))
}

fn each_chunk(
    snapshot: &Snapshot,
    mut take: impl FnMut(u32, &crate::store::ColumnFile) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let Some(users) = snapshot.named("users") else { return Ok(()) };
    for (first, file) in users.chunks()? {
        take(first as u32, file)?;
    }
    Ok(())
}
