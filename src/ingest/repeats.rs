//! Which rows of a load have the key of a later row, where nobody keeps the keys at hand?
//!
//! First by a hash of each key, then, of those whose hash is not alone, by the key itself.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::error::IngestError;
use super::runs::Runs;
use crate::store::BitVec;
use crate::store::keys::hash_text;

/// The parts in which hashes are compared, so that only one in so many is copied for sorting.
const PARTS: u64 = 16;

/// Calls `repeated(earlier, last)` for each row that has the key of a later one, with the last of
/// them. Missing keys are never the same.
///
/// # Errors
/// When a run cannot be read.
pub fn each_repeat(
    runs: &Runs<'_>,
    column: usize,
    mut repeated: impl FnMut(usize, usize),
) -> Result<(), IngestError> {
    let seed = RandomState::new().hash_one(0);
    let mut hashes = vec![0u64; runs.len()];
    let mut key = Vec::new();
    runs.each_key(column, &mut |numbers, keys| {
        for (row, &number) in numbers.iter().enumerate().filter(|(row, _)| !keys.is_null(*row)) {
            key.clear();
            keys.write(row, &mut key);
            hashes[number as usize] = hash_text(&key, seed).max(1);
        }
    })?;
    let candidates = not_alone(&hashes);
    drop(hashes);
    if candidates.is_empty() {
        return Ok(());
    }
    let mut keyed: Vec<(u32, Box<[u8]>)> = Vec::new();
    runs.each_key(column, &mut |numbers, keys| {
        for (row, &number) in numbers.iter().enumerate().filter(|(_, n)| candidates.get(**n as usize)) {
            key.clear();
            keys.write(row, &mut key);
            keyed.push((number, key.as_slice().into()));
        }
    })?;
    keyed.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
    let mut last: HashMap<&[u8], u32> = HashMap::new();
    for (number, key) in &keyed {
        let last = *last.entry(key).or_insert(*number);
        if last != *number {
            repeated(*number as usize, last as usize);
        }
    }
    Ok(())
}

/// The rows whose hash another row has too; 0 is no hash.
fn not_alone(hashes: &[u64]) -> BitVec {
    let part = |part: u64| {
        let own = hashes.iter().zip(0u32..).filter(|(hash, _)| **hash != 0 && **hash % PARTS == part);
        let mut own: Vec<(u64, u32)> = own.map(|(hash, row)| (*hash, row)).collect();
        own.sort_unstable();
        let same = own.chunk_by(|a, b| a.0 == b.0).filter(|rows| rows.len() > 1).flatten();
        same.map(|(_, row)| *row).collect::<Vec<u32>>()
    };
    let mut found = BitVec::new();
    let rows: Vec<Vec<u32>> = (0..PARTS).into_par_iter().map(part).collect();
    rows.into_iter().flatten().for_each(|row| found.set(row as usize));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_that_others_have_too_are_found() {
        let hashes = [5, 0, 21, 5, 0, 6, 22, 21, 21];
        let found: Vec<u32> = not_alone(&hashes).view().ones().collect();
        assert_eq!(found, [0, 2, 3, 7, 8]);
        assert!(not_alone(&[0, 1, 0, 17]).is_empty());
    }
}
