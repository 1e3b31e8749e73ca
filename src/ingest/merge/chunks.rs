//! The files by id of a table that a load touches: those with a row of it, and those with new ids.

use std::collections::BTreeMap;

use super::{Changes, Merge, at_once};
use crate::ingest::error::IngestError;
use crate::ingest::ids::IdSpace;
use crate::ingest::rows::Share;
use crate::ingest::runs::{Part, PartRows};
use crate::model::TableDef;
use crate::store::commit::Writer;
use crate::store::keys::KeyValues;
use crate::store::manifest::{ChunkRef, TableRef};
use crate::store::snapshot::{CHUNK, KNOWN, MONTH};
use crate::store::{BitVec, ColumnFile, ColumnFileBuilder, NULL_NUMBER, StoreError};

/// Writes the files by id that change and puts them into the table.
pub(super) fn merge_chunks(
    merge: &Merge<'_>,
    files: &[(usize, &ColumnFile)],
    table: &mut TableRef,
) -> Result<Changes, IngestError> {
    let def = merge.builder.def;
    let space = merge.ids.get(merge.builder.table);
    let grown = |chunk: usize| {
        let ids = (space.len() - chunk * CHUNK).min(CHUNK);
        files.get(chunk).is_none_or(|(_, file)| file.rows() != ids)
    };
    let chunks = 0..space.len().div_ceil(CHUNK);
    let mut touched: Vec<bool> = chunks.map(|chunk| merge.replace || grown(chunk)).collect();
    for part in merge.builder.parts() {
        if let Part::Ids(chunk) = part {
            touched[chunk] = true;
        }
    }
    let merged = |&chunk: &usize, share| {
        let mut changes = Changes::new(merge);
        if !touched[chunk] {
            return Ok((None, changes));
        }
        let coming = merge.builder.rows(Part::Ids(chunk), share)?;
        let first = (chunk * CHUNK) as u32;
        let mut stays = Vec::new();
        let file = files.get(chunk).map(|(_, file)| *file);
        if let (Some(file), false) = (file, merge.replace) {
            let known = file.flags(KNOWN)?.ones();
            let gone: Vec<u32>;
            (gone, stays) = known.partition(|&row| space.coming().get((first + row) as usize));
            if def.time.is_none() {
                changes.go(merge, (file, &gone), share, |row| first + row)?;
            }
        }
        if def.time.is_none() {
            changes.come(merge, &coming.rows, &coming.numbers);
        }
        // A table without keys that is emptied has its ids anew.
        let file = file.filter(|_| !merge.replace || def.key().is_some());
        let chunk = Chunk { def, space, first: first as usize, file };
        Ok((Some(chunk.write(coming, &stays, merge.writer, share)?), changes))
    };
    let written = at_once(&(0..touched.len()).collect::<Vec<_>>(), merged)?;
    let mut all = Changes::new(merge);
    table.chunks.truncate(written.len());
    for (chunk, (file, changes)) in written.into_iter().enumerate() {
        if let Some(file) = file {
            table.chunks.splice(chunk..(chunk + 1).min(table.chunks.len()), [file]);
        }
        all.add(changes);
    }
    table.ids = space.len() as u64;
    Ok(all)
}

/// Gives the files by id of a table their places for ids that were only mentioned.
///
/// # Errors
/// When the store is damaged or cannot be written.
pub fn write_chunks(
    def: &'static TableDef,
    space: &IdSpace<'_>,
    files: &[(usize, &ColumnFile)],
    writer: &Writer,
    table: &mut TableRef,
) -> Result<(), IngestError> {
    let chunks = space.len().div_ceil(CHUNK);
    let old_ids = table.ids as usize;
    let grown = (old_ids / CHUNK).min(chunks)..chunks;
    let written = at_once(&grown.clone().collect::<Vec<_>>(), |&chunk, share| {
        let file = files.get(chunk).map(|(_, file)| *file);
        let known = file.map(|file| file.flags(KNOWN)).transpose()?;
        let stays: Vec<u32> = known.map(|known| known.ones().collect()).unwrap_or_default();
        let chunk = Chunk { def, space, first: chunk * CHUNK, file };
        Ok(chunk.write(PartRows::new(def, Part::Ids(0)), &stays, writer, share)?)
    })?;
    table.chunks.truncate(grown.start);
    table.chunks.extend(written);
    table.ids = space.len() as u64;
    Ok(())
}

/// A file by id.
struct Chunk<'a> {
    def: &'static TableDef,
    space: &'a IdSpace<'a>,
    /// Its first id.
    first: usize,
    /// The file whose place it takes.
    file: Option<&'a ColumnFile>,
}

impl Chunk<'_> {
    /// Writes the rows that come and those that stay.
    fn write(
        &self,
        coming: PartRows,
        stays: &[u32],
        writer: &Writer,
        share: Share,
    ) -> Result<ChunkRef, StoreError> {
        let end = self.space.len().min(self.first + CHUNK);
        let PartRows { mut rows, months, .. } = coming;
        let ids = std::mem::take(&mut rows.ids);
        let came = rows.len() as u32;
        if let (Some(file), false) = (self.file, stays.is_empty()) {
            rows.append_from_file(file, stays, share)?;
            file.release();
        }
        rows.push_null_row();
        let none = rows.len() as u32 - 1;
        let mut order = vec![none; end - self.first];
        let at_ids = ids.iter().map(|&id| id as usize - self.first);
        for (at, row) in at_ids.chain(stays.iter().map(|&row| row as usize)).zip(0..) {
            order[at] = row;
        }
        let mut file = ColumnFileBuilder::new(order.len());
        self.write_keys(end, &mut file)?;
        file.flags(KNOWN, &order.iter().map(|&row| row != none).collect::<BitVec>());
        if self.def.time.is_some() {
            let stored = self.file.map(|file| file.numbers(MONTH)).transpose()?;
            let month = |(at, &row): (usize, &u32)| match (row, stored) {
                (row, _) if row == none => NULL_NUMBER,
                (row, _) if row < came => months[row as usize],
                (_, Some(stored)) => stored.get(at),
                (_, None) => NULL_NUMBER,
            };
            file.numbers(MONTH, &order.iter().enumerate().map(month).collect::<Vec<_>>(), &[1]);
        }
        rows.write(&order, &mut file, share);
        let stem = format!("ids-{:04}", self.first / CHUNK);
        Ok(ChunkRef {
            file: writer.write(self.def.name, &stem, "col", order.len(), file)?,
            ranges: if self.def.time.is_none() { rows.ranges(&order) } else { BTreeMap::new() },
        })
    }

    /// The keys: those of the file, then those that this load was the first to mention.
    fn write_keys(&self, end: usize, to: &mut ColumnFileBuilder) -> Result<(), StoreError> {
        let Some(key) = self.def.key() else { return Ok(()) };
        let name = self.def.columns[key].name;
        let (first_new, new) = self.space.new_keys();
        if self.first >= first_new {
            to.keys_by_id(name, new, (self.first - first_new) as u32..(end - first_new) as u32);
            return Ok(());
        }
        let mut keys = KeyValues::new();
        if let Some(file) = self.file {
            keys.extend(&file.keys(name)?, 0..file.rows());
        }
        let known = self.first + keys.len();
        if known < end {
            keys.extend(&new.view(), known - first_new..end - first_new);
        }
        to.keys_by_id(name, &keys, 0..keys.len() as u32);
        Ok(())
    }
}
