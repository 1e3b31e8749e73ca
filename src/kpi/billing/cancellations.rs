//! Cancellations, with their reasons.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::reach::reached;
use super::rows::{Placed, Rows};
use super::subscriptions::insert;
use super::terms::Cancelled;
use crate::kpi::context::{Context, Output, count};
use crate::kpi::error::KpiError;
use crate::kpi::lookup::{Lookups, number_at, reference_at};
use crate::kpi::scan::facts::{Fact, billing};
use crate::model::{Day, Zone};
use crate::store::{NULL_NUMBER, Snapshot};

/// The table of cancellations.
pub const TABLE: &str = "canceled_subscriptions";

/// The rows that tell of cancellations: the table of them, or else the subscriptions themselves.
pub fn fact(snapshot: &Snapshot) -> Fact {
    let has_table = snapshot.named(TABLE).is_some_and(|t| t.info.rows > 0);
    billing(if has_table { TABLE } else { "subscriptions" })
}

/// Types after which a subscription goes on, or never was.
const NOT_REAL: [&str; 3] = ["Pause", "PlanChange", "Delete"];

/// `cancellations`.
pub fn cancellations(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let table = ctx.sides[0].fact.table;
    let is_own = table == TABLE;
    let (first, second, kind) = match is_own {
        true => ("EffectiveDate", "CancelledOn", "Type"),
        false => ("CancellationDate", "EndDate", "CancellationType"),
    };
    let (effects, registered) = (rows.days(first)?, rows.days(second)?);
    let day = |(&effect, &other): (&i64, &i64)| if effect == NULL_NUMBER { other } else { effect };
    let days: Arc<Vec<i64>> = Arc::new(effects.iter().zip(registered.iter()).map(day).collect());
    let left_out = rows.is_one_of(kind, if ctx.options.get("include") == "all" { &[] } else { &NOT_REAL })?;
    let cancelled = Cancelled::new(ctx.lookups)?;
    let of = rows.iter().filter(|&row| (is_own || cancelled.is(row)) && !left_out.get(row as usize));
    let without = format!("{table}: no {first} or {second}");
    let placed = rows.place_rows(&days, &ctx.flow(), of, &without, &mut output)?;
    let subscribers = reached(ctx.lookups, table, "subscribers")?;
    let mut cells = rows.cells::<(u64, RoaringBitmap)>();
    for Placed { row, bucket, .. } in placed {
        cells.add(bucket, row, |cell| {
            cell.0 += 1;
            insert(&mut cell.1, reference_at(&subscribers.ids, row));
        });
    }
    for (key, (cancellations, subscribers)) in cells.finish(&mut output) {
        output.put(key, vec![count(cancellations), count(subscribers.len())]);
    }
    Ok(output)
}

/// The first day of a cancellation, of the rows that the KPI counts.
///
/// # Errors
/// When the store is damaged.
pub fn first_day(lookups: &Lookups<'_>, _: &Zone, _: Day) -> Result<Option<Day>, KpiError> {
    let is_own = fact(lookups.snapshot()).table == TABLE;
    let cancelled = Cancelled::new(lookups)?;
    let (table, columns) = match is_own {
        true => (TABLE, ["EffectiveDate", "CancelledOn"]),
        false => ("subscriptions", ["CancellationDate", "EndDate"]),
    };
    let (effects, registered) = (lookups.numbers(table, columns[0])?, lookups.numbers(table, columns[1])?);
    let known = lookups.known(table)?;
    let rows = known.iter().filter(|&row| is_own || cancelled.is(row));
    let day = |row| match number_at(&effects, row) {
        NULL_NUMBER => number_at(&registered, row),
        effect => effect,
    };
    Ok(rows.map(day).filter(|&day| day != NULL_NUMBER).min().map(|day| day as Day))
}
