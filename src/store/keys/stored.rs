//! Which id has a key that the store knows? Searched in the files by id themselves: nothing is read
//! ahead.
//!
//! Where the keys of a file rise with the ids, the column is its own index. Elsewhere the file holds
//! slots: open addressing, two of three filled, each the row of a key or empty. A slot is a hint:
//! what it points at is compared, and a search ends after as many slots as there are.

// The macro below widens every width with one expression, which is no conversion for the widest.
#![allow(clippy::unnecessary_cast)]

use std::cell::Cell;
use std::cmp::Ordering;
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use super::shape::{KeyShape, hash_guid, hash_number, hash_text, parse_guid};
use super::values::KeyValues;
use super::view::{KeysData, KeysView};
use crate::with_slice;

const EMPTY: u32 = u32::MAX;

/// The slots of a file's keys, and the seed of their hashes.
#[derive(Clone, Copy, Debug)]
pub struct Slots<'a> {
    /// The row of a key, or empty.
    pub rows: &'a [u32],
    /// Made of the keys, so that no export can be written to make its keys collide.
    pub seed: u64,
}

/// The slots for some rows of a column (counted from the first of them) and the seed; none where the
/// keys rise.
pub fn slots(keys: &KeyValues, rows: Range<usize>) -> Option<(Vec<u32>, u64)> {
    if keys.strictly_rising(rows.clone()) {
        return None;
    }
    let (view, first) = (keys.view(), rows.start);
    let mut text = Vec::new();
    let mut seed = 0;
    for row in rows.clone() {
        text.clear();
        text.extend_from_slice(&u64::to_le_bytes(seed));
        view.write(row, &mut text);
        seed = xxh3_64(&text);
    }
    let present = rows.clone().filter(|&row| !view.is_null(row)).count();
    let mut slots = vec![EMPTY; present + present / 2 + 1];
    for row in rows.filter(|&row| !view.is_null(row)) {
        let mut at = home(view.hash(row, seed), slots.len());
        while slots[at] != EMPTY {
            at = if at + 1 == slots.len() { 0 } else { at + 1 };
        }
        slots[at] = (row - first) as u32;
    }
    Some((slots, seed))
}

/// The first slot of a hash.
fn home(hash: u64, slots: usize) -> usize {
    ((u128::from(hash) * slots as u128) >> 64) as usize
}

impl Slots<'_> {
    fn find(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let start = home(hash, self.rows.len().max(1));
        let (before, behind) = self.rows.split_at_checked(start)?;
        let all = behind.iter().chain(before);
        all.take_while(|&&row| row != EMPTY).map(|&row| row as usize).find(|&row| is_it(row))
    }
}

/// The keys of one file by id.
#[derive(Clone, Copy, Debug)]
pub struct StoredKeys<'a> {
    keys: KeysView<'a>,
    rows: usize,
    slots: Option<Slots<'a>>,
}

impl<'a> StoredKeys<'a> {
    pub(in crate::store) fn new(keys: KeysView<'a>, rows: usize, slots: Option<Slots<'a>>) -> Self {
        StoredKeys { keys, rows, slots }
    }

    /// The keys.
    pub fn keys(&self) -> &KeysView<'a> {
        &self.keys
    }

    /// The row of a key.
    pub fn find(&self, key: &Sought<'_>) -> Option<usize> {
        let here = |row: usize| row < self.rows && !self.keys.is_null(row);
        match self.keys.data {
            KeysData::Number { raw, prefix, width } => {
                let number = key.number(prefix, width)?;
                with_slice!(raw, s => match self.slots {
                    Some(slots) => slots.find(hash_number(number, slots.seed), |row| here(row) && s[row] as u64 == number),
                    None => search(self.rows, |row| (s[row] as u64).cmp(&number)).filter(|&row| here(row)),
                })
            }
            KeysData::Guid(_) => {
                let guid = key.guid?;
                match self.slots {
                    Some(slots) => slots
                        .find(hash_guid(guid, slots.seed), |row| here(row) && self.keys.guid(row) == guid),
                    None => search(self.rows, |row| self.keys.guid(row).cmp(&guid)).filter(|&row| here(row)),
                }
            }
            KeysData::Text { .. } => {
                let slots = self.slots?;
                slots.find(hash_text(key.text, slots.seed), |row| {
                    here(row) && self.keys.text_at(row) == key.text
                })
            }
        }
    }
}

/// The row among rising ones that compares equal; a glance at both ends passes over most files.
fn search(rows: usize, order: impl Fn(usize) -> Ordering) -> Option<usize> {
    let last = rows.checked_sub(1)?;
    if order(0).is_gt() || order(last).is_lt() {
        return None;
    }
    let (mut low, mut high) = (0, rows);
    while low < high {
        let middle = low.midpoint(high);
        match order(middle) {
            Ordering::Equal => return Some(middle),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    None
}

/// A prefix and a width, and the number that a key is under them.
type Read<'k> = (&'k [u8], usize, Option<u64>);

/// A key that is looked for in several files, read once for the shapes that they have.
pub struct Sought<'k> {
    text: &'k [u8],
    guid: Option<u128>,
    /// The last prefix and width asked for, and the number.
    number: Cell<Option<Read<'k>>>,
}

impl<'k> Sought<'k> {
    /// A key.
    pub fn new(text: &'k [u8]) -> Self {
        Sought { text, guid: parse_guid(text), number: Cell::new(None) }
    }

    fn number(&self, prefix: &[u8], width: usize) -> Option<u64> {
        if let Some((known, digits, number)) = self.number.get()
            && known == prefix
            && digits == width
        {
            return number;
        }
        let number = KeyShape::number(prefix, width, self.text);
        if let Some(own) = self.text.get(..prefix.len()).filter(|own| *own == prefix) {
            self.number.set(Some((own, width, number)));
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns of every shape, rising and not; the last key of each is one that it has not.
    const COLUMNS: &[&[&str]] = &[
        &["U001", "U002", "U010", "U003"],
        &["U010", "U002", "U001", "U003"],
        &["7", "70", "700", "71"],
        &["70", "7", "700", "007"],
        &["b", "a", "", "c"],
        &["7", "b", "a", "8"],
        &[
            "0a1b2c3d-0000-1111-2222-333344445555",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "0a1b2c3d-0000-1111-2222-333344445556",
        ],
        &[
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "0a1b2c3d-0000-1111-2222-333344445555",
            "0a1b2c3d-0000-1111-2222-333344445556",
        ],
    ];

    fn column(keys: &[&str], missing: bool) -> KeyValues {
        let mut column = KeyValues::new();
        keys.iter().for_each(|key| column.push(Some(key.as_bytes())));
        if missing {
            column.push(None);
        }
        column
    }

    fn found(keys: &KeyValues, slots: Option<Slots<'_>>, key: &str) -> Option<usize> {
        StoredKeys::new(keys.view(), keys.len(), slots).find(&Sought::new(key.as_bytes()))
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        for (keys, missing) in COLUMNS.iter().flat_map(|c| [(c, false), (c, true)]) {
            let (other, keys) = keys.split_last().unwrap();
            let column = column(keys, missing);
            let made = slots(&column, 0..column.len());
            let slots = made.as_ref().map(|(rows, seed)| Slots { rows, seed: *seed });
            for (row, key) in keys.iter().enumerate() {
                assert_eq!(found(&column, slots, key), Some(row), "{keys:?} {missing}");
            }
            assert_eq!(found(&column, slots, other), None, "{keys:?} {missing}");
        }
    }

    #[test]
    fn a_damaged_slot_misses_and_never_panics() {
        for keys in COLUMNS {
            let (other, keys) = keys.split_last().unwrap();
            let column = column(keys, true);
            for bad in [vec![], vec![0; 9], vec![77; 9], (0..9).collect(), vec![u32::MAX - 1; 1]] {
                let slots = Some(Slots { rows: &bad, seed: 5 });
                for key in keys.iter() {
                    let row = found(&column, slots, key);
                    assert!(row.is_none_or(|row| keys[row] == *key), "{keys:?} {bad:?}");
                }
                assert_eq!(found(&column, slots, other), None, "{keys:?} {bad:?}");
            }
        }
    }
}
