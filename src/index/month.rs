//! Who was active on which day: one set of ids per UTC day of a month segment, and one of the month.

use roaring::{MultiOps, RoaringBitmap};

use crate::model::MICROS_PER_DAY;
use crate::store::{BitVec, NULL_ID, NULL_NUMBER};

/// A reference column whose members are kept as sets per day.
pub struct MonthSet {
    /// The fact table.
    pub table: &'static str,
    /// The reference column.
    pub member: &'static str,
}

/// Stands for the whole month where others have the number of their day.
pub const WHOLE_MONTH: i64 = i32::MAX as i64;

const MONTH_SETS: &[MonthSet] = &[
    MonthSet { table: "meetings", member: "host_user_id" },
    MonthSet { table: "attendees", member: "user_id" },
];

/// The sets kept for a table's months.
pub fn month_sets(table: &str) -> impl Iterator<Item = &'static MonthSet> {
    MONTH_SETS.iter().filter(move |s| s.table == table)
}

/// The ids met on each UTC day, from rows sorted by time (microseconds), and those met on any.
pub fn sets_of_month(rows: impl Iterator<Item = (i64, u32)>) -> Vec<(i64, RoaringBitmap)> {
    let mut sets = sets_by_utc_day(rows);
    let all = sets.iter().map(|(_, ids)| ids).union();
    sets.push((WHOLE_MONTH, all));
    sets
}

fn sets_by_utc_day(rows: impl Iterator<Item = (i64, u32)>) -> Vec<(i64, RoaringBitmap)> {
    let mut sets: Vec<(i64, RoaringBitmap)> = Vec::new();
    let mut ids = BitVec::new();
    let set_of =
        |ids: &BitVec| RoaringBitmap::from_sorted_iter(ids.view().ones()).expect("in order, each once");
    for (time, id) in rows.filter(|&(time, id)| time != NULL_NUMBER && id != NULL_ID) {
        let day = time.div_euclid(MICROS_PER_DAY);
        if sets.last().is_none_or(|(last, _)| *last != day) {
            if let Some((_, set)) = sets.last_mut() {
                *set = set_of(&ids);
            }
            sets.push((day, RoaringBitmap::new()));
            ids = BitVec::zeros(ids.len());
        }
        ids.set(id as usize);
    }
    if let Some((_, set)) = sets.last_mut() {
        *set = set_of(&ids);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_holds_each_id_once() {
        let hour = MICROS_PER_DAY / 24;
        let rows = [(0, 7), (hour, 3), (23 * hour, 7), (24 * hour, 3), (25 * hour, NULL_ID)];
        let sets: Vec<(i64, Vec<u32>)> =
            sets_of_month(rows.into_iter()).into_iter().map(|(d, s)| (d, s.iter().collect())).collect();
        assert_eq!(sets, [(0, vec![3, 7]), (1, vec![3]), (WHOLE_MONTH, vec![3, 7])]);
    }
}
