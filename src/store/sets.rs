//! A file of named sets: a number (a day, a code) and the roaring bitmap of the ids that have it.

use roaring::RoaringBitmap;

use super::column_file::{ColumnFile, ColumnFileBuilder};
use super::error::StoreError;

/// The file of some sets.
pub fn to_file(sets: &[(i64, RoaringBitmap)]) -> ColumnFileBuilder {
    let mut file = ColumnFileBuilder::new(sets.len());
    file.numbers("key", &sets.iter().map(|(k, _)| *k).collect::<Vec<_>>(), &[1]);
    file.numbers("len", &sets.iter().map(|(_, set)| set.len() as i64).collect::<Vec<_>>(), &[1]);
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
    let rows = (0..file.rows()).map(|row| (row, keys.get(row))).filter(|(_, key)| wanted(*key));
    rows.map(|(row, key)| Ok((key, at(file, row, ids)?))).collect()
}

/// The set in a row of a file. Its ids are below `ids`.
///
/// # Errors
/// When it cannot be read.
pub fn at(file: &ColumnFile, row: usize, ids: usize) -> Result<RoaringBitmap, StoreError> {
    let (ends, bytes) = file.ends("set")?;
    let damaged = || StoreError::damaged(file.path(), format!("the set in row {row} cannot be read"));
    let end = |row: usize| ends.get(row).copied().ok_or_else(damaged);
    let start = if row == 0 { 0 } else { end(row - 1)? };
    let blob = bytes.get(start as usize..end(row)? as usize).ok_or_else(damaged)?;
    let set = RoaringBitmap::deserialize_from(blob).map_err(|_| damaged())?;
    if let Some(id) = set.max().filter(|&id| id as usize >= ids) {
        let what = format!("the set in row {row} holds id {id}, its table has {ids} ids");
        return Err(StoreError::damaged(file.path(), what));
    }
    Ok(set)
}

/// How many ids the set in a row of a file has.
///
/// # Errors
/// When the file does not say.
pub fn len_at(file: &ColumnFile, row: usize) -> Result<u64, StoreError> {
    let lens = file.numbers("len")?;
    let damaged = || StoreError::damaged(file.path(), format!("the set in row {row} has no length"));
    if row < file.rows() { u64::try_from(lens.get(row)).map_err(|_| damaged()) } else { Err(damaged()) }
}
