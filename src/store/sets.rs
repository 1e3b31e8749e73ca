//! A file of named sets: a number (a day, a code) and the roaring bitmap of the ids that have it.

use roaring::RoaringBitmap;

use super::column_file::{ColumnFile, ColumnFileBuilder};
use super::error::StoreError;

/// The file of some sets.
pub fn to_file(sets: &[(i64, RoaringBitmap)]) -> ColumnFileBuilder {
    let mut file = ColumnFileBuilder::new(sets.len());
    file.numbers("key", &sets.iter().map(|(k, _)| *k).collect::<Vec<_>>(), &[1]);
    let blobs: Vec<Vec<u8>> = sets
        .iter()
        .map(|(_, set)| {
            let mut bytes = Vec::with_capacity(set.serialized_size());
            set.serialize_into(&mut bytes).expect("a vector takes every byte");
            bytes
        })
        .collect();
    file.blobs("set", blobs.iter().map(Vec::as_slice));
    file
}

/// The sets of a file whose key passes, in the order of the file. Their ids are below `ids`.
///
/// # Errors
/// When a set cannot be read.
pub fn read(
    file: &ColumnFile,
    ids: usize,
    wanted: impl Fn(i64) -> bool,
) -> Result<Vec<(i64, RoaringBitmap)>, StoreError> {
    let keys = file.numbers("key")?;
    let (ends, bytes) = file.ends("set")?;
    let damaged = |key| StoreError::damaged(file.path(), format!("the set of {key} cannot be read"));
    let mut sets = Vec::new();
    for row in 0..file.rows() {
        let key = keys.get(row);
        if !wanted(key) {
            continue;
        }
        let start = if row == 0 { 0 } else { ends.get(row - 1).copied().ok_or_else(|| damaged(key))? };
        let end = ends.get(row).copied().ok_or_else(|| damaged(key))?;
        let blob = bytes.get(start as usize..end as usize).ok_or_else(|| damaged(key))?;
        let set = RoaringBitmap::deserialize_from(blob).map_err(|_| damaged(key))?;
        if let Some(id) = set.max().filter(|&id| id as usize >= ids) {
            let what = format!("the set of {key} holds id {id}, its table has {ids} ids");
            return Err(StoreError::damaged(file.path(), what));
        }
        sets.push((key, set));
    }
    Ok(sets)
}
