//! Which rows carry which tag: for each table that a tag may be on, a set of ids per spelling.
//!
//! A tag that names its kind is on the row of that table, known or only mentioned. One that does not
//! is on the row that has its key, if one table alone has such a row. A tag of another kind is on none.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::Made;
use crate::model::{ColumnType, SCHEMA};
use crate::store::dictionary::fold;
use crate::store::snapshot::KNOWN;
use crate::store::{ColumnFile, Snapshot, StoreError, Table, sets};

/// The table of tags and those that a tag may be on, in the order of the declaration.
pub(super) const INPUTS: &[&str] =
    &["tags", "subscriptions", "subscribers", "subscriber_accounts", "payments", "payment_demands"];

/// The look-ups, one for each table that a tag may be on.
pub(super) const NAMES: &[&str] = &[
    "tags.subscriptions",
    "tags.subscribers",
    "tags.subscriber_accounts",
    "tags.payments",
    "tags.payment_demands",
];

/// The rows of a table that carry each tag, by the code of `tags.Value` (of the spelling, not of the
/// one shown for it); nothing when no row carries one.
///
/// # Errors
/// When the look-up is damaged.
pub fn sets(snapshot: &Snapshot, table: &str) -> Result<Vec<(i64, RoaringBitmap)>, StoreError> {
    match snapshot.derived(&format!("tags.{table}"))? {
        Some(file) => sets::read(file, |_| true),
        None => Ok(Vec::new()),
    }
}

/// Where the row lies that a tag is on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    /// In the table with this position among those that a tag may be on.
    Table(usize),
    /// In the one that has the key.
    Any,
    /// In none: the kind is unknown.
    Nowhere,
}

/// The tags on one key.
type Tags = Vec<(u32, On)>;

/// A key of a tag that a table mentions.
struct Hit<'a> {
    tags: &'a Tags,
    key: &'a [u8],
    table: usize,
    id: u32,
    known: bool,
}

pub(super) fn build(snapshot: &Snapshot) -> Result<Vec<Made>, StoreError> {
    let tags = by_key(snapshot)?;
    let mut members: Vec<BTreeMap<i64, RoaringBitmap>> = vec![BTreeMap::new(); NAMES.len()];
    let mut add = |table: usize, code: u32, id: u32| {
        members[table].entry(i64::from(code)).or_default().insert(id);
    };
    let mut holders: HashMap<&[u8], Vec<Hit<'_>>> = HashMap::new();
    for hit in hits(snapshot, &tags)? {
        for &(code, on) in hit.tags {
            if on == On::Table(hit.table) {
                add(hit.table, code, hit.id);
            }
        }
        if hit.known && hit.tags.iter().any(|(_, on)| *on == On::Any) {
            holders.entry(hit.key).or_default().push(hit);
        }
    }
    for hits in holders.values() {
        if let [only] = hits.as_slice() {
            let loose = only.tags.iter().filter(|(_, on)| *on == On::Any);
            loose.for_each(|(code, _)| add(only.table, *code, only.id));
        }
    }
    Ok(members.into_iter().map(super::members).collect())
}

/// The tags that have a value, by the key that they are on.
fn by_key(snapshot: &Snapshot) -> Result<HashMap<Vec<u8>, Tags>, StoreError> {
    let mut by_key: HashMap<Vec<u8>, Tags> = HashMap::new();
    let Some(table) = snapshot.named("tags") else { return Ok(by_key) };
    let kinds = kinds(table)?;
    for (_, file) in table.chunks()? {
        let (values, types) = (file.codes("Value")?, file.codes("ReferenceType")?);
        let references = file.texts("ReferenceId")?;
        for row in 0..file.rows() {
            let on = kinds.get(types.get(row) as usize).copied().unwrap_or(On::Nowhere);
            let code = values.get(row);
            if let Some(key) = references.get(row)
                && code != 0
                && on != On::Nowhere
            {
                by_key.entry_ref(key).or_default().push((code, on));
            }
        }
    }
    Ok(by_key)
}

/// For each code of `tags.ReferenceType`, where the row lies.
fn kinds(table: &Table) -> Result<Vec<On>, StoreError> {
    let ColumnType::AnyReference { kind, tables } = table.def.columns[table.def.column("ReferenceId")].ty
    else {
        unreachable!("a tag may be on rows of several tables")
    };
    let mut kinds = vec![On::Any];
    if let Some(dictionary) = table.dictionary(table.def.column(kind))? {
        kinds.extend((1..=dictionary.len() as u32).map(|code| {
            let text = fold(&dictionary.text(code));
            tables.iter().position(|(name, _)| fold(name) == text).map_or(On::Nowhere, On::Table)
        }));
    }
    Ok(kinds)
}

/// The keys of tags that the tables mention: one pass over the keys of each.
fn hits<'a>(snapshot: &Snapshot, tags: &'a HashMap<Vec<u8>, Tags>) -> Result<Vec<Hit<'a>>, StoreError> {
    let mut files: Vec<(usize, usize, &str, &ColumnFile)> = Vec::new();
    for (position, name) in INPUTS[1..].iter().enumerate() {
        let on_it = |(_, on): &(u32, On)| matches!(on, On::Any) || *on == On::Table(position);
        let Some(table) = snapshot.named(name).filter(|_| tags.values().flatten().any(on_it)) else {
            continue;
        };
        let key = SCHEMA.get(SCHEMA.id(name)).key().expect("what a tag is on has a key");
        let key = table.def.columns[key].name;
        files.extend(table.chunks()?.into_iter().map(|(first, file)| (position, first, key, file)));
    }
    let found: Vec<Vec<Hit<'a>>> = files
        .par_iter()
        .map(|&(table, first, key, file)| {
            let (keys, known) = (file.keys(key)?, file.flags(KNOWN)?);
            let mut found = Vec::new();
            let mut text = Vec::new();
            for row in (0..file.rows()).filter(|&row| !keys.is_null(row)) {
                text.clear();
                keys.write(row, &mut text);
                if let Some((key, tags)) = tags.get_key_value(&text) {
                    found.push(Hit { tags, key, table, id: (first + row) as u32, known: known.get(row) });
                }
            }
            Ok(found)
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(found.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_that_a_tag_may_be_on_has_its_look_up() {
        let tags = SCHEMA.get(SCHEMA.id("tags"));
        let ColumnType::AnyReference { tables, .. } = tags.columns[tags.column("ReferenceId")].ty else {
            panic!("a tag may be on rows of several tables")
        };
        let declared: Vec<&str> = tables.iter().map(|(_, table)| *table).collect();
        assert_eq!(INPUTS[1..], declared);
        let names: Vec<String> = declared.iter().map(|table| format!("tags.{table}")).collect();
        assert_eq!(NAMES, names);
    }
}
