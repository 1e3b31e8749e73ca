//! Are dates plausible? One mistyped year moves the day up to which everything is measured.

use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::kpi::registry::Column;
use crate::model::civil::day_from_civil;
use crate::model::{ColumnType, Day, Model, SCHEMA};
use crate::query::as_of;
use crate::store::{NULL_NUMBER, StoreError};

/// How far behind the facts one may lie.
const DAYS_AHEAD: Day = 31;

/// Of so many facts one may be the last.
const FACTS_PER_OUTLIER: u64 = 1_000;

/// Systems write 1900-01-01 or 1970-01-01 for no date at all.
const FIRST_PLAUSIBLE: Day = day_from_civil(1990, 1, 1);

/// ... and 9999-12-31 for no end.
const LAST_PLAUSIBLE: Day = day_from_civil(2099, 12, 31);

/// What is recorded to have happened lies at most 31 days after the day by which 99.9 % of the
/// model's facts lie, or after the as_of that was asked for.
pub fn ahead(scope: &Scope<'_, '_>) -> Found {
    let mut found = Vec::new();
    for model in [Model::Platform, Model::Billing] {
        let columns = || as_of::columns(model).iter().copied().filter(|&c| scope.data.has(c));
        let limit = match scope.data.as_of_asked() {
            Some(day) => Some(day),
            None => usual_end(scope, columns())?,
        };
        let Some(limit) = limit.map(|day| i64::from(day + DAYS_AHEAD)) else { continue };
        for column in columns() {
            found.push(scope.judge_column(column, |part| {
                let mut days = part.days(column.1, &scope.data.zone)?;
                Ok(move |row| {
                    let day = days.get(row);
                    Verdict::when(day != NULL_NUMBER, || day > limit)
                })
            })?);
        }
    }
    Ok(found)
}

/// The day by which all but one of 1000 facts lie.
fn usual_end(
    scope: &Scope<'_, '_>,
    columns: impl Iterator<Item = Column> + Clone,
) -> Result<Option<Day>, StoreError> {
    let dates = scope.data.dates();
    let ranges: Vec<Option<(Day, Day)>> =
        columns.clone().map(|c| dates.of(c)).collect::<Result<_, StoreError>>()?;
    let ranges = ranges.into_iter().flatten();
    let Some((first, last)) = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return Ok(None) };
    let mut facts_by_day = vec![0u64; (last - first + 1) as usize];
    for (table, column) in columns {
        for part in scope.data.parts(table)? {
            let mut days = part.days(column, &scope.data.zone)?;
            for row in part.rows() {
                // Missing days are far below the first one.
                let at = usize::try_from(days.get(row).saturating_sub(i64::from(first)));
                if let Some(facts) = at.ok().and_then(|at| facts_by_day.get_mut(at)) {
                    *facts += 1;
                }
            }
        }
    }
    let mut beyond = facts_by_day.iter().sum::<u64>() / FACTS_PER_OUTLIER;
    for (day, facts) in (first..=last).rev().zip(facts_by_day.iter().rev()) {
        match beyond.checked_sub(*facts) {
            Some(rest) => beyond = rest,
            None => return Ok(Some(day)),
        }
    }
    Ok(None)
}

/// No date lies before 1990 or after 2099.
pub fn placeholder(scope: &Scope<'_, '_>) -> Found {
    let mut found = Vec::new();
    for (_, def) in SCHEMA.tables() {
        for column in def.columns {
            let is_day =
                matches!(column.ty, ColumnType::Date | ColumnType::Timestamp | ColumnType::DateOrTimestamp);
            if !is_day || !scope.data.has((def.name, column.name)) {
                continue;
            }
            found.push(scope.judge_column((def.name, column.name), |part| {
                let mut days = part.days(column.name, &scope.data.zone)?;
                let plausible = i64::from(FIRST_PLAUSIBLE)..=i64::from(LAST_PLAUSIBLE);
                Ok(move |row| {
                    let day = days.get(row);
                    Verdict::when(day != NULL_NUMBER, || !plausible.contains(&day))
                })
            })?);
        }
    }
    Ok(found)
}
