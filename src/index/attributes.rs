//! Which users have which attribute: a set of ids per value.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use crate::model::civil;
use crate::store::sets;
use crate::store::{ColumnFileBuilder, NULL_NUMBER, Snapshot, StoreError};

/// The users that a load brought a row of; the one set has key 0.
pub const KNOWN: &str = "users.known";
/// Users by the code of their plan's spelling.
pub const PLAN: &str = "users.plan_type";
/// Users by the code of their company's spelling.
pub const COMPANY: &str = "users.company";
/// Users by the month of registration (year × 12 + month − 1).
pub const COHORT: &str = "users.cohort";

type Made = Result<(ColumnFileBuilder, usize), StoreError>;

pub(super) fn known(snapshot: &Snapshot) -> Made {
    let mut set = RoaringBitmap::new();
    each_chunk(snapshot, |first, file| {
        let ids = file.flags(crate::store::snapshot::KNOWN)?;
        set.extend(ids.ones().map(|row| first + row));
        Ok(())
    })?;
    Ok((sets::to_file(&[(0, set)]), 1))
}

pub(super) fn plans(snapshot: &Snapshot) -> Made {
    by_code(snapshot, "plan_type")
}

pub(super) fn companies(snapshot: &Snapshot) -> Made {
    by_code(snapshot, "company")
}

pub(super) fn cohorts(snapshot: &Snapshot) -> Made {
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
    Ok(finish(members))
}

fn by_code(snapshot: &Snapshot, column: &str) -> Made {
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
    Ok(finish(members))
}

fn finish(members: BTreeMap<i64, RoaringBitmap>) -> (ColumnFileBuilder, usize) {
    let members: Vec<(i64, RoaringBitmap)> = members.into_iter().collect();
    (sets::to_file(&members), members.len())
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
