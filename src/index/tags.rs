//! Which rows carry which tag: for each table that a tag may be on, a set of ids per spelling.
//!
//! A tag that names its kind is on the row of that table, known or only mentioned. One that does not
//! is on the row that has its key, if one table alone has such a row. A tag of another kind is on none.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::Made;
use crate::model::ColumnType;
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
        Some(file) => sets::read(file, snapshot.ids_of(table), |_| true),
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

/// The tags of a store, found by the key that they are on.
#[derive(Default)]
struct Tags<'a> {
    /// The last tag on each key.
    last: HashMap<&'a [u8], u32>,
    tags: Vec<Tag>,
}

struct Tag {
    /// The code of its spelling.
    code: u32,
    on: On,
    /// The tag before it on the same key.
    before: Option<u32>,
}

impl<'a> Tags<'a> {
    fn read(snapshot: &'a Snapshot) -> Result<Self, StoreError> {
        let mut all = Tags::default();
        let Some(table) = snapshot.named("tags") else { return Ok(all) };
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
                    let before = all.last.insert(key, all.tags.len() as u32);
                    all.tags.push(Tag { code, on, before });
                }
            }
        }
        Ok(all)
    }

    /// The tags that end with a given one on the same key.
    fn up_to(&self, last: u32) -> impl Iterator<Item = &Tag> {
        std::iter::successors(self.tags.get(last as usize), |tag| self.tags.get(tag.before? as usize))
    }

    fn any(&self, on: On) -> bool {
        self.tags.iter().any(|tag| tag.on == on)
    }
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

/// A key of tags that a table mentions.
struct Hit {
    /// The last tag on the key.
    last: u32,
    table: usize,
    id: u32,
    known: bool,
}

pub(super) fn build(snapshot: &Snapshot) -> Result<Vec<Made>, StoreError> {
    let tags = Tags::read(snapshot)?;
    let mut members: Vec<BTreeMap<i64, RoaringBitmap>> = vec![BTreeMap::new(); NAMES.len()];
    let mut add = |tag: &Tag, hit: &Hit| {
        members[hit.table].entry(i64::from(tag.code)).or_default().insert(hit.id);
    };
    let any_is_loose = tags.any(On::Any);
    let mut holders: HashMap<u32, Vec<Hit>> = HashMap::new();
    for hit in hits(snapshot, &tags)? {
        tags.up_to(hit.last).filter(|tag| tag.on == On::Table(hit.table)).for_each(|tag| add(tag, &hit));
        if any_is_loose && hit.known && tags.up_to(hit.last).any(|tag| tag.on == On::Any) {
            holders.entry(hit.last).or_default().push(hit);
        }
    }
    for hits in holders.values() {
        if let [only] = hits.as_slice() {
            tags.up_to(only.last).filter(|tag| tag.on == On::Any).for_each(|tag| add(tag, only));
        }
    }
    Ok(members.into_iter().map(super::members).collect())
}

/// The keys of tags that the tables mention: one pass over the keys of each table that a tag is on.
fn hits(snapshot: &Snapshot, tags: &Tags<'_>) -> Result<Vec<Hit>, StoreError> {
    let any_is_loose = tags.any(On::Any);
    let mut files: Vec<(usize, usize, &str, &ColumnFile)> = Vec::new();
    for (position, name) in INPUTS[1..].iter().enumerate() {
        let Some(table) = snapshot.named(name) else { continue };
        if any_is_loose || tags.any(On::Table(position)) {
            let key = table.def.key().expect("what a tag is on has a key");
            let key = table.def.columns[key].name;
            files.extend(table.chunks()?.into_iter().map(|(first, file)| (position, first, key, file)));
        }
    }
    let found: Vec<Vec<Hit>> = files
        .par_iter()
        .map(|&(table, first, key, file)| {
            let (keys, known) = (file.keys(key)?, file.flags(KNOWN)?);
            let mut found = Vec::new();
            let mut text = Vec::new();
            for row in (0..file.rows()).filter(|&row| !keys.is_null(row)) {
                text.clear();
                keys.write(row, &mut text);
                if let Some(&last) = tags.last.get(text.as_slice()) {
                    found.push(Hit { last, table, id: (first + row) as u32, known: known.get(row) });
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
    use crate::model::SCHEMA;

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
