//! Do the cells of one row fit together? Rules that need nothing but the columns they declare.

use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::kpi::registry::Column;
use crate::store::{NULL_NUMBER, Numbers, StoreError};

/// The first column that the rule needs must not lie after any of the others.
pub fn backwards(scope: &Scope<'_, '_>) -> Found {
    let columns = scope.rule.columns(scope.rule.table());
    scope.judge(|part| {
        let ty = |name: &str| part.table.def.columns[part.table.def.column(name)].ty;
        debug_assert!(columns.iter().all(|c| ty(c) == ty(columns[0])), "{} compares types", scope.rule.name);
        let first = part.numbers(columns[0])?;
        let later =
            columns[1..].iter().map(|c| part.numbers(c)).collect::<Result<Vec<Numbers<'_>>, StoreError>>()?;
        Ok(move |row| {
            let ends = later.iter().map(|c| c.get(row)).filter(|&end| end != NULL_NUMBER);
            Verdict::both(first.get(row), ends.min().unwrap_or(NULL_NUMBER), |start, end| end < start)
        })
    })
}

/// A row whose first needed column is one of the words (in lower case) has the date of the second.
pub fn lacks_date(scope: &Scope<'_, '_>, words: &[&str]) -> Found {
    let (table, columns) = (scope.rule.table(), scope.rule.columns(scope.rule.table()));
    let spelled = scope.data.spells((table, columns[0]), words)?;
    scope.judge(|part| {
        let (status, date) = (part.codes(columns[0])?, part.numbers(columns[1])?);
        let spelled = &spelled;
        Ok(move |row| Verdict::when(is(spelled, status.get(row)), || date.get(row) == NULL_NUMBER))
    })
}

/// A row with the date of the second needed column has one of the words in the first.
pub fn has_date_although(scope: &Scope<'_, '_>, words: &[&str]) -> Found {
    let (table, columns) = (scope.rule.table(), scope.rule.columns(scope.rule.table()));
    let spelled = scope.data.spells((table, columns[0]), words)?;
    scope.judge(|part| {
        let (status, date) = (part.codes(columns[0])?, part.numbers(columns[1])?);
        let spelled = &spelled;
        Ok(move |row| {
            let looked = status.get(row) != 0 && date.get(row) != NULL_NUMBER;
            Verdict::when(looked, || !is(spelled, status.get(row)))
        })
    })
}

/// Values of some number columns lie between two limits, in the units in which they are kept.
pub fn outside(scope: &Scope<'_, '_>, columns: &[Column], low: i64, high: i64) -> Found {
    let there = columns.iter().filter(|c| scope.data.has(**c));
    let find = |&column: &Column| {
        scope.judge_column(column, |part| {
            let numbers = part.numbers(column.1)?;
            Ok(move |row| {
                let value = numbers.get(row);
                Verdict::when(value != NULL_NUMBER, || !(low..=high).contains(&value))
            })
        })
    };
    there.map(find).collect()
}

/// Amounts of some columns are there.
pub fn missing_number(scope: &Scope<'_, '_>, columns: &[Column]) -> Found {
    let there = columns.iter().filter(|c| scope.data.has(**c));
    let find = |&column: &Column| {
        scope.judge_column(column, |part| {
            let numbers = part.numbers(column.1)?;
            Ok(move |row| Verdict::of(numbers.get(row) == NULL_NUMBER))
        })
    };
    there.map(find).collect()
}

/// Whether a code spells one of the words that a table of codes was made for.
pub fn is(spelled: &[bool], code: u32) -> bool {
    spelled.get(code as usize).copied().unwrap_or(false)
}
