//! The month segments of a fact table that a load touches: those in which its rows lie, and those
//! from which a row goes because it comes anew elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use rayon::prelude::*;

use super::{Changes, Merge, at_once};
use crate::index;
use crate::ingest::error::IngestError;
use crate::ingest::rows::{Cells, Rows, Share};
use crate::ingest::runs::Part;
use crate::model::{ColumnDef, ElseMinutes, MICROS_PER_SECOND, TableDef, civil};
use crate::store::commit::Writer;
use crate::store::keys::hash_text;
use crate::store::manifest::{SegmentRef, TableRef, parse_sum};
use crate::store::radix::sort_by_bits;
use crate::store::snapshot::ID;
use crate::store::views::minutes_between;
use crate::store::{BitVec, ColumnFile, ColumnFileBuilder, NULL_NUMBER, StoreError, sets};

/// Writes the months that change and puts them into the table.
pub(super) fn merge_months(merge: &Merge<'_>, table: &mut TableRef) -> Result<Changes, IngestError> {
    let months: Vec<Option<i32>> = touched(merge).into_iter().collect();
    let written = at_once(&months, |month, share| merge_month(merge, *month, share))?;
    table.segments.retain(|s| !months.contains(&s.month));
    let mut all = Changes::new(merge);
    for (segment, changes) in written {
        table.segments.extend(segment);
        all.add(changes);
    }
    table.segments.sort_by_key(|s| s.month.map_or(i64::MAX, i64::from));
    Ok(all)
}

fn touched(merge: &Merge<'_>) -> BTreeSet<Option<i32>> {
    let months = merge.builder.parts().filter_map(|part| match part {
        Part::Month(month) => Some(month),
        Part::Ids(_) => None,
    });
    let mut months: BTreeSet<Option<i32>> = months.collect();
    if merge.builder.def.has_ids() && merge.base.is_some() && !merge.replace {
        let space = merge.ids.get(merge.builder.table);
        months.extend(space.coming().view().ones().filter_map(|id| space.month_before(id)));
    }
    months
}

fn merge_month(
    merge: &Merge<'_>,
    month: Option<i32>,
    share: Share,
) -> Result<(Option<SegmentRef>, Changes), IngestError> {
    let def = merge.builder.def;
    let mut changes = Changes::new(merge);
    let coming = merge.builder.rows(Part::Month(month), share)?;
    let mut rows = coming.rows;
    changes.come(merge, &rows, &coming.numbers);
    let came = rows.len();
    let base = merge.base.filter(|_| !merge.replace);
    let mut content = 0;
    if let Some(segment) = base.and_then(|t| t.segments.iter().find(|s| s.info.month == month)) {
        let file = segment.open()?;
        merge.limits.check(def, "rows in a month", came + file.rows())?;
        let (gone, kept) = part_stored(merge, &rows, file, share)?;
        changes.go(merge, (file, &gone), share, |_| unreachable!("a month holds the ids of its rows"))?;
        rows.append_from_file(file, &kept, share)?;
        file.release();
        content = parse_sum(&segment.info.content);
    }
    if rows.len() == 0 {
        return Ok((None, changes));
    }
    // At the same time, what the store had stands before what comes.
    let mut order: Vec<u32> = (came as u32..rows.len() as u32).chain(0..came as u32).collect();
    if let Some(times) = rows.times() {
        sort_by_time(&mut order, times);
    }
    let content = content.wrapping_add(changes.content);
    let segment = write_segment(def, month, &rows, &order, content, merge.writer, share)?;
    Ok((Some(segment), changes))
}

/// The stored rows of a month that go, since their id or key comes anew, and those that stay.
fn part_stored(
    merge: &Merge<'_>,
    coming: &Rows,
    file: &ColumnFile,
    share: Share,
) -> Result<(Vec<u32>, Vec<u32>), StoreError> {
    let def = merge.builder.def;
    let rows = 0..file.rows() as u32;
    if def.has_ids() {
        let (ids, space) = (file.ids(ID)?.raw, merge.ids.get(merge.builder.table));
        return Ok(rows.partition(|&row| space.coming().get(ids[row as usize] as usize)));
    }
    let Some((key, Cells::Keys(keys))) = def.key().and_then(|key| Some((key, coming.cells(key)?))) else {
        return Ok((Vec::new(), rows.collect()));
    };
    let seed = RandomState::new().hash_one(0);
    let mut coming: HashTable<u32> = HashTable::with_capacity(keys.len());
    for row in (0..keys.len()).filter(|&row| !keys.is_null(row)) {
        let hash = |row: u32| hash_text(&keys.text(row as usize), seed);
        coming.insert_unique(hash(row as u32), row as u32, |&row| hash(row));
    }
    let stored = file.keys(def.columns[key].name)?;
    let comes = |(text, other): &mut (Vec<u8>, Vec<u8>), row: u32| {
        text.clear();
        stored.write(row as usize, text);
        let is_same = |&row: &u32| {
            other.clear();
            keys.write(row as usize, other);
            other == text
        };
        !stored.is_null(row as usize) && coming.find(hash_text(text, seed), is_same).is_some()
    };
    let gone: BitVec = rows
        .clone()
        .into_par_iter()
        .with_min_len(share.items_min())
        .map_init(Default::default, comes)
        .collect::<Vec<_>>()
        .into_iter()
        .collect();
    Ok(rows.partition(|&row| gone.get(row as usize)))
}

/// Brings rows into the order of their times; those of the same time keep theirs.
///
/// Of a month that has whole seconds few bits are to be sorted by.
fn sort_by_time(order: &mut Vec<u32>, times: &[i64]) {
    if order.is_sorted_by_key(|&row| times[row as usize]) {
        return;
    }
    let unit = if times.iter().all(|time| time % MICROS_PER_SECOND == 0) { MICROS_PER_SECOND } else { 1 };
    let (first, last) = times.iter().fold((i64::MAX, i64::MIN), |(a, b), &time| (a.min(time), b.max(time)));
    if last.abs_diff(first) / unit as u64 > u64::from(u32::MAX) {
        order.sort_by_key(|&row| times[row as usize]);
        return;
    }
    // The time above, the row below: so that a pass moves one word.
    let keyed =
        |&row: &u32| (times[row as usize].abs_diff(first) / unit as u64) << u32::BITS | u64::from(row);
    let mut keyed: Vec<u64> = order.iter().map(keyed).collect();
    sort_by_bits(&mut keyed, u32::BITS..u64::BITS);
    order.clear();
    order.extend(keyed.iter().map(|&key| key as u32));
}

fn write_segment(
    def: &'static TableDef,
    month: Option<i32>,
    rows: &Rows,
    order: &[u32],
    content: u128,
    writer: &Writer,
    share: Share,
) -> Result<SegmentRef, StoreError> {
    let mut file = ColumnFileBuilder::new(rows.len());
    if def.has_ids() {
        file.ids(ID, &order.iter().map(|&r| rows.ids[r as usize]).collect::<Vec<_>>());
    }
    rows.write(order, &mut file, share);
    for column in def.columns {
        if let Some(stand_in) = column.else_minutes {
            file.numbers(stand_in.filled, &filled(rows, column, stand_in, order), &[1]);
        }
    }
    let stem = month
        .map_or_else(|| "no-time".to_string(), |m| civil::format_day(civil::month_start(m))[..7].to_string());
    let mut segment = SegmentRef {
        month,
        file: writer.write(def.name, &stem, "col", rows.len(), file)?,
        content: format!("{content:032x}"),
        ranges: rows.ranges(order),
        derived: BTreeMap::new(),
    };
    for set in index::month_sets(def.name) {
        let members: &[u32] = match rows.cells(def.column(set.member)) {
            Some(Cells::Ids(members)) => members,
            _ => &[],
        };
        let times = rows.times().unwrap_or_default();
        let of_row = |&row: &u32| Some((*times.get(row as usize)?, *members.get(row as usize)?));
        let sets = index::sets_of_month(order.iter().filter_map(of_row));
        let name = set.member;
        let file =
            writer.write(def.name, &format!("{stem}-{name}"), "set", sets.len(), sets::to_file(&sets))?;
        segment.derived.insert(name.into(), file);
    }
    Ok(segment)
}

/// The numbers of a column, with what stands in where they are missing.
fn filled(rows: &Rows, column: &ColumnDef, stand_in: ElseMinutes, order: &[u32]) -> Vec<i64> {
    let numbers = |name: &str| match rows.cells(rows.def().column(name)) {
        Some(Cells::Numbers(numbers)) => numbers.as_slice(),
        _ => &[],
    };
    let (own, starts, ends) = (numbers(column.name), numbers(stand_in.start), numbers(stand_in.end));
    let at = |numbers: &[i64], row: u32| numbers.get(row as usize).copied().unwrap_or(NULL_NUMBER);
    let of = |&row: &u32| match at(own, row) {
        NULL_NUMBER => minutes_between(at(starts, row), at(ends, row)),
        number => number,
    };
    order.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Rows of the same time keep their order, whatever the unit and the span of the times.
        #[test]
        fn sorting_by_time_is_stable(
            times in proptest::collection::vec(-50i64..50, 1..300),
            unit in prop_oneof![Just(1), Just(7), Just(MICROS_PER_SECOND), Just(3000 * MICROS_PER_SECOND), Just(1 << 50)],
        ) {
            let times: Vec<i64> = times.iter().map(|time| time * unit).collect();
            let mut order: Vec<u32> = (times.len() as u32 / 2..times.len() as u32).chain(0..times.len() as u32 / 2).collect();
            let mut expected = order.clone();
            expected.sort_by_key(|&row| times[row as usize]);
            sort_by_time(&mut order, &times);
            prop_assert_eq!(order, expected);
        }
    }
}
