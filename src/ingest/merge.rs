//! The rows of a load, put among those of the store: only the months and id ranges that they touch
//! are written anew.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::build::TableBuilder;
use super::ids::{IdSpace, IdSpaces};
use super::rows::{Cells, Rows, Texts};
use crate::index;
use crate::model::{ColumnType, MICROS_PER_DAY, RowHasher, SCHEMA, TableDef, civil};
use crate::store::commit::Writer;
use crate::store::dictionary::DictionaryBuilder;
use crate::store::keys::hash_text;
use crate::store::manifest::{ChunkRef, SegmentRef, TableRef, parse_sum};
use crate::store::snapshot::{CHUNK, ID, KNOWN, MONTH};
use crate::store::{BitVec, ColumnFileBuilder, NULL_NUMBER, Snapshot, StoreError, Table};

/// A table's rows after a load, as far as they are written.
pub struct Merged {
    /// What the manifest will say of the table; the files by id are still missing.
    pub table: TableRef,
    /// Rows of the store that a row of this load took the place of.
    pub replaced: u64,
    /// Rows of this load, only those columns that are kept by id.
    pub by_id: Option<ById>,
}

/// Rows on their way into the files by id.
pub struct ById {
    rows: Rows,
    months: Vec<i64>,
}

impl ById {
    /// The ids that this load brought a row of.
    pub fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.rows.ids.iter().copied()
    }

    /// Each row's id and its cell in a column of texts that is kept by id.
    pub fn texts(&self, column: usize) -> impl Iterator<Item = (u32, Option<&[u8]>)> + '_ {
        let Some(Cells::Texts(texts)) = self.rows.cells(column) else {
            unreachable!("texts are asked of a column of texts")
        };
        self.ids().zip(0..).map(|(id, row)| (id, texts.get(row)))
    }
}

struct RowTexts<'a> {
    ids: &'a IdSpaces,
    dictionaries: &'a [DictionaryBuilder],
}

impl Texts for RowTexts<'_> {
    fn key(&self, table: &str, id: u32, out: &mut Vec<u8>) {
        self.ids.get(SCHEMA.id(table)).map.keys().write(id as usize, out);
    }

    fn spelling(&self, column: usize, code: u32) -> &[u8] {
        self.dictionaries[column].text(code)
    }
}

fn month_of(def: &TableDef, time: i64) -> Option<i32> {
    if time == NULL_NUMBER {
        return None;
    }
    let column = def.time_column().expect("only rows with a time have a month");
    let day = match def.columns[column].ty {
        ColumnType::Date => time,
        _ => time.div_euclid(MICROS_PER_DAY),
    };
    Some(civil::month_index(day as i32))
}

/// What a stored file lost and gained.
struct Counts {
    replaced: u64,
    content: u128,
    /// Dropped rows by category column and code.
    dropped_codes: Vec<(usize, u32)>,
}

fn drop_row(rows: &Rows, row: usize, texts: &RowTexts<'_>, hasher: &mut RowHasher, counts: &mut Counts) {
    counts.replaced += 1;
    counts.content = counts.content.wrapping_sub(u128::from(rows.hash(row, texts, hasher)));
    for column in 0..texts.dictionaries.len() {
        if let Some(Cells::Codes(codes)) = rows.cells(column)
            && codes[row] != 0
        {
            counts.dropped_codes.push((column, codes[row]));
        }
    }
}

/// Merges the rows of one table and writes its month segments. The files by id wait for
/// [`write_by_id`], since tables that come later may mention more ids.
///
/// # Errors
/// When the store is damaged or cannot be written.
pub fn merge_table(
    builder: &TableBuilder,
    alive: &[u32],
    base: Option<&Table>,
    ids: &IdSpaces,
    dictionaries: &mut [DictionaryBuilder],
    writer: &Writer,
    replace: bool,
) -> Result<Merged, StoreError> {
    let def = builder.def;
    for (column, _) in def.columns.iter().enumerate() {
        if let Some(Cells::Codes(codes)) = builder.rows.cells(column) {
            alive.iter().for_each(|&r| dictionaries[column].count(codes[r as usize], 1));
        }
    }
    let mut table = base.map(|t| t.info.clone()).unwrap_or_default();
    if replace {
        table = TableRef {
            ids: table.ids,
            chunks: table.chunks,
            conventions: table.conventions,
            ..TableRef::default()
        };
    }
    let mut merged = Merged { table, replaced: 0, by_id: None };
    if def.time.is_some() {
        let counts = merge_months(
            builder,
            alive,
            base.filter(|_| !replace),
            ids,
            dictionaries,
            writer,
            &mut merged.table,
        )?;
        for counts in counts {
            merged.replaced += counts.replaced;
            for (column, code) in counts.dropped_codes {
                dictionaries[column].count(code, -1);
            }
        }
        merged.table.rows = merged.table.segments.iter().map(|s| s.file.rows).sum();
    }
    if def.has_ids() {
        let mut rows = Rows::by_id(def);
        rows.append_from(&builder.rows, alive);
        let months = alive.iter().map(|&r| {
            match def.time.and_then(|_| month_of(def, builder.rows.time(r as usize))) {
                Some(month) => i64::from(month),
                None => NULL_NUMBER,
            }
        });
        merged.by_id = Some(ById { rows, months: months.collect() });
    }
    if def.time.is_none() {
        let before = if replace { None } else { base };
        let content =
            alive.iter().fold(0u128, |sum, &r| sum.wrapping_add(u128::from(builder.hashes[r as usize])));
        let counts = replaced_by_id(builder, alive, before, ids, dictionaries)?;
        for &(column, code) in &counts.dropped_codes {
            dictionaries[column].count(code, -1);
        }
        merged.replaced = counts.replaced;
        merged.table.rows = merged.table.rows - counts.replaced + alive.len() as u64;
        let sum = parse_sum(&merged.table.content).wrapping_add(counts.content).wrapping_add(content);
        merged.table.content = format!("{sum:032x}");
    }
    Ok(merged)
}

/// Looks at the stored rows, kept by id, that rows of this load take the place of.
fn replaced_by_id(
    builder: &TableBuilder,
    alive: &[u32],
    base: Option<&Table>,
    ids: &IdSpaces,
    dictionaries: &[DictionaryBuilder],
) -> Result<Counts, StoreError> {
    let mut counts = Counts { replaced: 0, content: 0, dropped_codes: Vec::new() };
    let Some(base) = base else { return Ok(counts) };
    let space = ids.get(builder.table);
    let mut incoming: Vec<u32> = alive.iter().map(|&r| builder.rows.ids[r as usize]).collect();
    incoming.retain(|&id| space.known_before.get(id as usize));
    incoming.sort_unstable();
    let texts = RowTexts { ids, dictionaries };
    let mut hasher = RowHasher::new();
    for (first, file) in base.chunks()? {
        let end = first + file.rows();
        let here =
            incoming.iter().filter(|&&id| (first..end).contains(&(id as usize))).copied().collect::<Vec<_>>();
        if here.is_empty() {
            continue;
        }
        let mut old = Rows::by_id(builder.def).read(file)?;
        old.ids = (first as u32..end as u32).collect();
        for id in here {
            drop_row(&old, id as usize - first, &texts, &mut hasher, &mut counts);
        }
    }
    Ok(counts)
}

fn merge_months(
    builder: &TableBuilder,
    alive: &[u32],
    base: Option<&Table>,
    ids: &IdSpaces,
    dictionaries: &[DictionaryBuilder],
    writer: &Writer,
    table: &mut TableRef,
) -> Result<Vec<Counts>, StoreError> {
    let def = builder.def;
    let mut incoming: BTreeMap<Option<i32>, Vec<u32>> = BTreeMap::new();
    for &row in alive {
        incoming.entry(month_of(def, builder.rows.time(row as usize))).or_default().push(row);
    }
    // Ids that come anew: their stored rows go, in whatever month they lie.
    let mut coming = BitVec::new();
    if def.has_ids() {
        let space = ids.get(builder.table);
        for &row in alive {
            let id = builder.rows.ids[row as usize];
            coming.set(id as usize);
            if base.is_some()
                && let Some(month) = space.month_of(id)
            {
                incoming.entry(month).or_default();
            }
        }
    }
    let texts = RowTexts { ids, dictionaries };
    let months: Vec<(Option<i32>, Vec<u32>)> = incoming.into_iter().collect();
    let written: Vec<(Option<SegmentRef>, Counts)> = months
        .par_iter()
        .map(|(month, new)| {
            let stored = base.and_then(|t| t.segments.iter().find(|s| s.info.month == *month));
            let mut counts = Counts { replaced: 0, content: 0, dropped_codes: Vec::new() };
            let mut rows = Rows::whole(def);
            if let Some(segment) = stored {
                let old = Rows::whole(def).read(segment.open()?)?;
                let gone = gone_rows(&old, builder, new, &coming);
                let mut hasher = RowHasher::new();
                let mut kept = Vec::with_capacity(old.len());
                for row in 0..old.len() {
                    if gone(row) {
                        drop_row(&old, row, &texts, &mut hasher, &mut counts);
                    } else {
                        kept.push(row as u32);
                    }
                }
                rows.append_from(&old, &kept);
                counts.content = counts.content.wrapping_add(parse_sum(&segment.info.content));
            }
            rows.append_from(&builder.rows, new);
            let sum = new
                .iter()
                .fold(counts.content, |s, &r| s.wrapping_add(u128::from(builder.hashes[r as usize])));
            if rows.len() == 0 {
                return Ok((None, counts));
            }
            let segment = write_segment(def, *month, &rows, sum, writer)?;
            Ok((Some(segment), counts))
        })
        .collect::<Result<_, StoreError>>()?;
    let touched: Vec<Option<i32>> = months.iter().map(|(m, _)| *m).collect();
    table.segments.retain(|s| !touched.contains(&s.month));
    let mut all = Vec::new();
    for (segment, counts) in written {
        table.segments.extend(segment);
        all.push(counts);
    }
    table.segments.sort_by_key(|s| s.month.map_or(i64::MAX, i64::from));
    Ok(all)
}

/// Tells which stored rows of a month have to go: those whose id or key comes anew.
fn gone_rows<'a>(
    old: &'a Rows,
    builder: &'a TableBuilder,
    new: &[u32],
    coming: &'a BitVec,
) -> Box<dyn Fn(usize) -> bool + 'a> {
    let def = builder.def;
    if def.has_ids() {
        return Box::new(|row| coming.get(old.ids[row] as usize));
    }
    let cells = |rows: &'a Rows| match def.key().and_then(|k| rows.cells(k)) {
        Some(Cells::Keys(keys)) => Some(keys),
        _ => None,
    };
    let (Some(stored), Some(fresh)) = (cells(old), cells(&builder.rows)) else { return Box::new(|_| false) };
    let mut by_hash: hashbrown::HashMap<u64, Vec<u32>> = hashbrown::HashMap::new();
    for &row in new.iter().filter(|&&r| !fresh.is_null(r as usize)) {
        by_hash.entry(hash_text(&fresh.text(row as usize))).or_default().push(row);
    }
    Box::new(move |row| {
        if stored.is_null(row) {
            return false;
        }
        let text = stored.text(row);
        by_hash
            .get(&hash_text(&text))
            .is_some_and(|rows| rows.iter().any(|&r| fresh.text(r as usize) == text))
    })
}

fn write_segment(
    def: &'static TableDef,
    month: Option<i32>,
    rows: &Rows,
    content: u128,
    writer: &Writer,
) -> Result<SegmentRef, StoreError> {
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_by_key(|&r| rows.time(r as usize));
    let mut file = ColumnFileBuilder::new(rows.len());
    if def.has_ids() {
        file.ids(ID, &order.iter().map(|&r| rows.ids[r as usize]).collect::<Vec<_>>());
    }
    rows.write(&order, &mut file);
    let stem = month
        .map_or_else(|| "no-time".to_string(), |m| civil::format_day(civil::month_start(m))[..7].to_string());
    let mut segment = SegmentRef {
        month,
        file: writer.write(def.name, &stem, "col", rows.len(), file)?,
        content: format!("{content:032x}"),
        ranges: rows.ranges(&order),
        derived: BTreeMap::new(),
    };
    for set in index::month_sets(def.name) {
        let Some(Cells::Ids(members)) = rows.cells(def.column(set.member)) else {
            unreachable!("members are ids")
        };
        let sets =
            index::sets_by_utc_day(order.iter().map(|&r| (rows.time(r as usize), members[r as usize])));
        let name = set.member;
        let count = sets.len();
        let sets = crate::store::sets::to_file(&sets);
        segment
            .derived
            .insert(name.into(), writer.write(def.name, &format!("{stem}-{name}"), "set", count, sets)?);
    }
    Ok(segment)
}

/// Writes the files by id of a table: those with a row of this load, and those with new ids.
///
/// # Errors
/// When the store is damaged or cannot be written.
pub fn write_by_id(
    def: &'static TableDef,
    space: &IdSpace,
    base: Option<&Snapshot>,
    by_id: Option<&ById>,
    replace: bool,
    writer: &Writer,
    table: &mut TableRef,
) -> Result<BitVec, StoreError> {
    let ids = space.map.len();
    let stored = base.and_then(|b| b.named(def.name));
    let old_files = stored.map(|t| t.chunks()).transpose()?.unwrap_or_default();
    let mut row_of_id = vec![u32::MAX; ids];
    if let Some(new) = by_id {
        new.rows.ids.iter().zip(0u32..).for_each(|(&id, row)| row_of_id[id as usize] = row);
    }
    let known_before = |id: usize| !replace && space.known_before.get(id);
    let known: BitVec = (0..ids).map(|id| row_of_id[id] != u32::MAX || known_before(id)).collect();
    let chunks: Vec<ChunkRef> = (0..ids.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let (first, end) = (chunk * CHUNK, ids.min((chunk + 1) * CHUNK));
            let old = old_files.get(chunk);
            let touched = replace
                || old.is_none_or(|(_, file)| file.rows() != end - first)
                || row_of_id[first..end].iter().any(|&r| r != u32::MAX);
            if !touched && let Some(kept) = table.chunks.get(chunk) {
                return Ok(kept.clone());
            }
            let mut rows = Rows::by_id(def);
            if let (Some((_, file)), false) = (old, replace) {
                rows = rows.read(file)?;
            }
            let old_len = rows.len() as u32;
            rows.push_null_row();
            let new: Vec<u32> = row_of_id[first..end].iter().copied().filter(|&r| r != u32::MAX).collect();
            let mut next = old_len + 1;
            let order: Vec<u32> = (first..end)
                .map(|id| match row_of_id[id] {
                    u32::MAX if known_before(id) => (id - first) as u32,
                    u32::MAX => old_len,
                    _ => {
                        next += 1;
                        next - 1
                    }
                })
                .collect();
            if let Some(by_id) = by_id {
                rows.append_from(&by_id.rows, &new);
            }
            let mut file = ColumnFileBuilder::new(end - first);
            if let Some(key) = def.key() {
                file.keys(def.columns[key].name, space.map.keys(), first as u32..end as u32);
            }
            file.flags(KNOWN, &(first..end).map(|id| known.get(id)).collect());
            if def.time.is_some() {
                let months: Vec<i64> = (first..end)
                    .map(|id| match (row_of_id[id], by_id) {
                        (u32::MAX, _) if known_before(id) => space.month_before[id],
                        (u32::MAX, _) | (_, None) => NULL_NUMBER,
                        (row, Some(new)) => new.months[row as usize],
                    })
                    .collect();
                file.numbers(MONTH, &months, &[1]);
            }
            rows.write(&order, &mut file);
            let file = writer.write(def.name, &format!("ids-{chunk:04}"), "col", end - first, file)?;
            Ok(ChunkRef {
                file,
                ranges: if def.time.is_none() { rows.ranges(&order) } else { BTreeMap::new() },
            })
        })
        .collect::<Result<_, StoreError>>()?;
    table.chunks = chunks;
    table.ids = ids as u64;
    Ok(known)
}
