//! Does every tag lead to one row?
//!
//! A tag's reference is kept as text, because its table may be unknown until a later load brings the
//! row. So the keys of the tables are gone through once, and compared with the texts of the tags.

use hashbrown::HashMap;

use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::model::{ColumnType, SCHEMA};
use crate::query::result::Value;
use crate::store::StoreError;
use crate::store::dictionary::fold;

const TABLE: &str = "tags";

/// Kinds and tables that a tag may refer to.
fn kinds() -> &'static [(&'static str, &'static str)] {
    let def = SCHEMA.get(SCHEMA.id(TABLE));
    match def.columns[def.column("ReferenceId")].ty {
        ColumnType::AnyReference { tables, .. } => tables,
        _ => unreachable!("a tag refers to rows of several tables"),
    }
}

/// A bit for each kind whose table holds the key.
type Holders = HashMap<Vec<u8>, u8>;

/// Which tables hold the keys that tags refer to.
fn holders(scope: &Scope<'_, '_>) -> Result<Holders, StoreError> {
    let mut holders = Holders::new();
    for part in scope.data.parts(TABLE)? {
        let texts = part.texts("ReferenceId")?;
        holders.extend(part.rows().filter_map(|row| texts.get(row)).map(|key| (key.to_vec(), 0)));
    }
    let mut key = Vec::new();
    for (bit, (_, table)) in kinds().iter().enumerate() {
        for part in scope.data.parts(table)? {
            let keys = part
                .file
                .keys(SCHEMA.get(SCHEMA.id(table)).columns[part.table.def.key().unwrap_or(0)].name)?;
            for row in part.rows().filter(|&row| !keys.is_null(row)) {
                key.clear();
                keys.write(row, &mut key);
                if let Some(found) = holders.get_mut(&key) {
                    *found |= 1 << bit;
                }
            }
        }
    }
    Ok(holders)
}

/// The kinds that each code of the column `ReferenceType` allows: all without one, none when it is not known.
fn allowed(scope: &Scope<'_, '_>) -> Result<Vec<u8>, StoreError> {
    let kind_of = |text: &String| match kinds().iter().position(|(kind, _)| fold(kind) == *text) {
        _ if text.is_empty() => u8::MAX,
        Some(bit) => 1 << bit,
        None => 0,
    };
    Ok(scope.data.spellings((TABLE, "ReferenceType"))?.iter().map(kind_of).collect())
}

fn judge(scope: &Scope<'_, '_>, faulty: fn(u32) -> bool) -> Found {
    let (holders, allowed) = (holders(scope)?, allowed(scope)?);
    let tables_of = |key: Option<&[u8]>, kind: u32| {
        let held = key.and_then(|key| holders.get(key)).copied().unwrap_or(0);
        held & allowed.get(kind as usize).copied().unwrap_or(0)
    };
    scope.judge_showing(
        |part| {
            let (keys, types) = (part.texts("ReferenceId")?, part.codes("ReferenceType")?);
            Ok(move |row| Verdict::of(faulty(tables_of(keys.get(row), types.get(row)).count_ones())))
        },
        |part, row| {
            let kind = part.codes("ReferenceType")?.get(row);
            let held = tables_of(part.texts("ReferenceId")?.get(row), kind);
            let tables = kinds().iter().enumerate().filter(|(bit, _)| held >> bit & 1 == 1);
            let names: Vec<&str> = tables.map(|(_, (_, table))| *table).collect();
            Ok(vec![
                ("ReferenceType", scope.data.category((TABLE, "ReferenceType"), kind)?),
                ("held by", Value::Text(names.join(", "))),
            ])
        },
    )
}

/// A tag refers to a row that is there.
pub fn unresolved(scope: &Scope<'_, '_>) -> Found {
    judge(scope, |tables| tables == 0)
}

/// A tag refers to a row of one table only.
pub fn ambiguous(scope: &Scope<'_, '_>) -> Found {
    judge(scope, |tables| tables > 1)
}
