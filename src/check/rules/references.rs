//! Does every reference lead to a row?

use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::model::{ColumnType, SCHEMA};
use crate::store::NULL_ID;

/// A reference finds its row, in every reference column of every table.
pub fn unknown(scope: &Scope<'_, '_>) -> Found {
    let mut found = Vec::new();
    for (_, def) in SCHEMA.tables() {
        for column in def.columns {
            let ColumnType::Reference(target) = column.ty else { continue };
            if !scope.data.has((def.name, column.name)) {
                continue;
            }
            let known = scope.data.known(target)?;
            found.push(scope.judge_column((def.name, column.name), |part| {
                let (ids, known) = (part.references(column.name)?, &known);
                Ok(move |row| {
                    let id = ids.get(row);
                    Verdict::when(id != NULL_ID, || !known.has(id))
                })
            })?);
        }
    }
    Ok(found)
}
