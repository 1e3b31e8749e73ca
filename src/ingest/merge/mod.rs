//! The rows of a load, put among those of the store: only the months and id ranges that they touch
//! are written anew.
//!
//! Invariant: a file of the store is opened for its own part alone, and rows are in memory only while
//! their part is written.

mod chunks;
mod months;

pub use chunks::write_chunks;

use rayon::prelude::*;

use super::build::TableBuilder;
use super::error::IngestError;
use super::ids::IdSpaces;
use super::limits::Limits;
use super::rows::{Cells, Rows, Share, Texts};
use crate::model::{RowHasher, SCHEMA};
use crate::store::commit::Writer;
use crate::store::dictionary::DictionaryBuilder;
use crate::store::manifest::{TableRef, parse_sum};
use crate::store::{ColumnFile, Table};

/// What a table is merged with, and by what.
pub struct Merge<'a> {
    /// The rows of this load.
    pub builder: &'a TableBuilder<'a>,
    /// The table as it is in the store.
    pub base: Option<&'a Table>,
    /// The ids of every table.
    pub ids: &'a IdSpaces<'a>,
    /// The table's categories.
    pub dictionaries: &'a [DictionaryBuilder],
    /// Where the files go.
    pub writer: &'a Writer,
    /// What a file can hold.
    pub limits: Limits,
    /// The stored rows go, whatever comes.
    pub replace: bool,
    /// Is shown the rows of this load, each once.
    pub look: &'a (dyn Fn(&Rows) + Sync),
}

/// A table's rows after a load.
pub struct Merged {
    /// What the manifest will say of the table.
    pub table: TableRef,
    /// Rows of the store that a row of this load took the place of.
    pub replaced: u64,
    /// By category column and code, how many rows more have it.
    pub codes: Vec<Vec<i64>>,
}

/// Merges the rows of one table and writes the files that they touch.
///
/// # Errors
/// When the store is damaged or cannot be written, or a month would have too many rows.
pub fn merge_table(merge: &Merge<'_>) -> Result<Merged, IngestError> {
    let def = merge.builder.def;
    let mut table = merge.base.map(|t| t.info.clone()).unwrap_or_default();
    if merge.replace {
        table = TableRef {
            ids: table.ids,
            chunks: table.chunks,
            conventions: table.conventions,
            ..TableRef::default()
        };
    }
    let mut changes = Changes::new(merge);
    if def.time.is_some() {
        changes.add(months::merge_months(merge, &mut table)?);
        table.rows = table.segments.iter().map(|s| s.file.rows).sum();
    }
    if def.has_ids() {
        let files = merge.base.map(|t| t.chunks()).transpose()?.unwrap_or_default();
        let of_chunks = chunks::merge_chunks(merge, &files, &mut table)?;
        if def.time.is_none() {
            table.rows = table.rows - of_chunks.replaced + merge.builder.len();
            let sum = parse_sum(&table.content).wrapping_add(of_chunks.content);
            table.content = format!("{sum:032x}");
            changes.add(of_chunks);
        }
    }
    Ok(Merged { table, replaced: changes.replaced, codes: changes.codes })
}

/// Works on as many parts at once as there are threads, and not on more: each holds its rows.
fn at_once<T: Sync, R: Send>(
    parts: &[T],
    work: impl Fn(&T, Share) -> Result<R, IngestError> + Sync,
) -> Result<Vec<R>, IngestError> {
    if parts.len() < 2 * rayon::current_num_threads() {
        return parts.iter().map(|part| work(part, Share::Columns)).collect();
    }
    parts.par_iter().with_max_len(1).map(|part| work(part, Share::Parts)).collect()
}

/// What a file lost and gained.
struct Changes {
    replaced: u64,
    /// The sum of the hashes of the rows that came, less that of those that went.
    content: u128,
    codes: Vec<Vec<i64>>,
}

impl Changes {
    fn new(merge: &Merge<'_>) -> Self {
        let codes = merge.dictionaries.iter().map(|d| vec![0; d.len() + 1]).collect();
        Changes { replaced: 0, content: 0, codes }
    }

    fn add(&mut self, other: Changes) {
        self.replaced += other.replaced;
        self.content = self.content.wrapping_add(other.content);
        for (own, other) in self.codes.iter_mut().flatten().zip(other.codes.iter().flatten()) {
            *own += other;
        }
    }

    fn count_codes(&mut self, rows: &Rows, by: i64) {
        for (column, counts) in self.codes.iter_mut().enumerate() {
            if let Some(Cells::Codes(codes)) = rows.cells(column) {
                // A damaged store may name a code that there is not.
                for &code in codes {
                    if let Some(count) = counts.get_mut(code as usize) {
                        *count += by;
                    }
                }
            }
        }
    }

    /// Counts rows of the load in.
    fn come(&mut self, merge: &Merge<'_>, rows: &Rows, numbers: &[u32]) {
        self.content = self.content.wrapping_add(merge.builder.content(numbers));
        self.count_codes(rows, 1);
        (merge.look)(rows);
    }

    /// Counts stored rows out; `id` tells the id of each where the file does not.
    fn go(
        &mut self,
        merge: &Merge<'_>,
        (file, rows): (&ColumnFile, &[u32]),
        share: Share,
        id: impl Fn(u32) -> u32,
    ) -> Result<(), IngestError> {
        let mut gone = Rows::whole(merge.builder.def);
        gone.append_from_file(file, rows, share)?;
        if merge.builder.def.has_ids() && gone.ids.is_empty() {
            gone.ids.extend(rows.iter().map(|&row| id(row)));
        }
        let texts = RowTexts { ids: merge.ids, dictionaries: merge.dictionaries };
        let mut hasher = RowHasher::new();
        for row in 0..gone.len() {
            self.content = self.content.wrapping_sub(u128::from(gone.hash(row, &texts, &mut hasher)));
        }
        self.replaced += rows.len() as u64;
        self.count_codes(&gone, -1);
        Ok(())
    }
}

struct RowTexts<'a> {
    ids: &'a IdSpaces<'a>,
    dictionaries: &'a [DictionaryBuilder],
}

impl Texts for RowTexts<'_> {
    fn key(&self, table: &str, id: u32, out: &mut Vec<u8>) {
        self.ids.get(SCHEMA.id(table)).write_key(id, out);
    }

    fn spelling(&self, column: usize, code: u32) -> &[u8] {
        self.dictionaries[column].text(code)
    }
}
