//! Which licence does each billing event belong to? Columns of licences, and of what is most asked of them, beside
//! each month of events.
//!
//! Invariant: a column is a function of the rows of its month and of the licences whose terms touch that
//! month, so that a load makes only those anew whose rows or licences it changes.

use std::collections::BTreeMap;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_128;

use super::licenses::{self, BY_USER, LicencesByUser, NO_TERM};
use crate::model::Day;
use crate::model::civil::{format_day, month_start};
use crate::store::commit::Writer;
use crate::store::manifest::{DerivedRef, Manifest};
use crate::store::{ColumnFile, ColumnFileBuilder, NULL_ID, Segment, Selection, Snapshot, StoreError, Table};

/// The table whose rows have licences.
pub const TABLE: &str = "billing_events";
/// The civil day that decides which licence it is.
pub const DAY: &str = "transaction_date";
/// The columns of a look-up: the licence,
pub const LICENSE: &str = "license";
/// its type, as the code that the licence has,
pub const LICENSE_TYPE: &str = licenses::TYPE;
/// and its [term](licenses::term) in months, as a code.
pub const TERM: &str = "term";

/// The name of a month's look-up.
fn name(month: i32) -> String {
    format!("{TABLE}.{LICENSE}.{}", &format_day(month_start(month))[..7])
}

/// The licences of the events of a month; none when no such look-up is kept.
///
/// # Errors
/// When it is damaged.
pub fn licences_of<'s>(
    snapshot: &'s Snapshot,
    events: &Segment,
) -> Result<Option<&'s ColumnFile>, StoreError> {
    // Events without a day have no licence.
    let Some(month) = events.info.month else { return Ok(None) };
    let found = snapshot.derived(&name(month))?;
    match found.filter(|file| file.rows() != events.rows()) {
        Some(file) => {
            let what = format!("it has {} rows, its month has {}", file.rows(), events.rows());
            Err(StoreError::damaged(file.path(), what))
        }
        // Before all columns were kept, licences were.
        None => Ok(found.filter(|file| file.has(TERM))),
    }
}

/// Builds the columns of the months of which something has changed; the others are kept. `made` holds the
/// look-ups that are there already.
pub(super) fn build(
    next: &Snapshot,
    made: &BTreeMap<String, DerivedRef>,
    before: &BTreeMap<String, DerivedRef>,
    writer: &Writer,
) -> Result<Vec<(String, DerivedRef)>, StoreError> {
    let (Some(events), true) = (next.named(TABLE), made.contains_key(BY_USER)) else { return Ok(Vec::new()) };
    let with_made = Manifest { derived: made.clone(), ..next.manifest.clone() };
    let licences = LicencesByUser::read(&Snapshot::for_load(writer.dir(), with_made))?;
    let types = types(next)?;
    let months: Vec<(i32, &Segment)> =
        events.segments.iter().filter_map(|segment| Some((segment.info.month?, segment))).collect();
    let touching = touching(&licences, &types, &months.iter().map(|month| month.0).collect::<Vec<_>>());
    let column = |(&(month, events), touching): (&(i32, &Segment), &u128)| {
        let name = name(month);
        let inputs = format!("{} {touching:032x}", events.info.file.hash);
        let inputs = format!("{:032x}", xxh3_128(inputs.as_bytes()));
        if let Some(kept) = before.get(&name).filter(|kept| kept.inputs == inputs) {
            return Ok((name, kept.clone()));
        }
        let file =
            writer.write("derived", &name, "col", events.rows(), file(events.open()?, &licences, &types)?)?;
        Ok((name, DerivedRef { inputs, file }))
    };
    months.par_iter().zip(&touching).with_max_len(1).map(column).collect()
}

/// For each of some months, in order, the sum of the hashes of the licences whose terms touch it, modulo 2^128.
fn touching(licences: &LicencesByUser, types: &[u32], months: &[i32]) -> Vec<u128> {
    let days: Vec<(Day, Day)> = months.iter().map(|&m| (month_start(m), month_start(m + 1))).collect();
    // What each month adds to the sum of the one before, and one behind the last.
    let mut sums = vec![0u128; months.len() + 1];
    for (user, (start, end, id)) in licences.all() {
        let from = days.partition_point(|&(_, next)| next <= start);
        let to = days.partition_point(|&(first, _)| first <= end);
        if from < to {
            let hash = xxh3_128(bytemuck::bytes_of(&[
                user,
                start as u32,
                end as u32,
                id,
                types.get(id as usize).copied().unwrap_or(0),
            ]));
            sums[from] = sums[from].wrapping_add(hash);
            sums[to] = sums[to].wrapping_sub(hash);
        }
    }
    for at in 1..sums.len() {
        sums[at] = sums[at].wrapping_add(sums[at - 1]);
    }
    sums.truncate(months.len());
    sums
}

/// The type of each licence, by id.
fn types(snapshot: &Snapshot) -> Result<Vec<u32>, StoreError> {
    let mut types = Vec::with_capacity(snapshot.ids_of("licenses"));
    for (_, file) in snapshot.named("licenses").map(Table::chunks).transpose()?.unwrap_or_default() {
        types.extend(file.codes(licenses::TYPE)?.read(&Selection::Run(0..file.rows())));
    }
    Ok(types)
}

fn file(
    events: &ColumnFile,
    licences: &LicencesByUser,
    types: &[u32],
) -> Result<ColumnFileBuilder, StoreError> {
    let (users, days) = (events.ids("user_id")?, events.numbers(DAY)?);
    let (mut ids, mut kinds, mut terms) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..events.rows() {
        let found = licences.covering(users.get(row), days.get(row) as Day);
        ids.push(found.map_or(NULL_ID, |(_, _, id)| id));
        kinds.push(found.and_then(|(_, _, id)| types.get(id as usize).copied()).unwrap_or(0));
        terms.push(u32::from(found.map_or(NO_TERM, |(start, end, _)| licenses::term(start, end))));
    }
    let mut file = ColumnFileBuilder::new(events.rows());
    file.ids(LICENSE, &ids);
    file.codes(LICENSE_TYPE, &kinds);
    file.codes(TERM, &terms);
    Ok(file)
}
