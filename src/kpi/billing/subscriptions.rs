//! Subscriptions: in force, started, renewed.

use roaring::RoaringBitmap;

use super::ledger::measured;
use super::rows::{Placed, Rows};
use super::terms::{Cancelled, Holders, Terms};
use crate::kpi::context::{Context, Output, count, ratio};
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::lookup::{number_at, reference_at};
use crate::store::{NULL_ID, NULL_NUMBER};

/// Adds a subscriber to a set, if there is one.
pub(super) fn insert(set: &mut RoaringBitmap, subscriber: u32) {
    if subscriber != NULL_ID {
        set.insert(subscriber);
    }
}

/// `active_subscriptions`.
pub fn active_subscriptions(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let (terms, holders) = (Terms::new(ctx.lookups)?, Holders::new(ctx.lookups)?);
    let units = rows.numbers("Units")?;
    let days = ctx.stock_days();
    let mut cells = rows.cells::<(u64, RoaringBitmap, i128)>();
    for row in rows.iter() {
        let Some((start, end)) = terms.of(row) else { continue };
        let units = match number_at(&units, row) {
            NULL_NUMBER => 1,
            units => i128::from(units),
        };
        cells.add_over(measured(&days, start, end), row, |cell| {
            cell.0 += 1;
            insert(&mut cell.1, holders.subscriber(row));
            cell.2 += units;
        });
    }
    note_without_start(&rows, &mut output)?;
    for (key, (subscriptions, subscribers, units)) in cells.finish(&mut output) {
        output.put(key, vec![count(subscriptions), count(subscribers.len()), Some(Exact::whole(units))]);
    }
    Ok(output)
}

/// Counts the rows that are never in force because they have no start.
pub(super) fn note_without_start(rows: &Rows<'_, '_>, output: &mut Output) -> Result<(), KpiError> {
    let starts = rows.numbers("StartDate")?;
    let without = rows.iter().filter(|&row| number_at(&starts, row) == NULL_NUMBER).count();
    output.excluded.add("subscriptions: no StartDate", without as u64);
    Ok(())
}

/// `subscription_starts`.
pub fn subscription_starts(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let placed = rows.flow("StartDate", &mut output)?;
    let previous = ctx.lookups.references("subscriptions", "PreviousSubscriptionId")?;
    let mut cells = rows.cells::<[u64; 2]>();
    for Placed { row, bucket, .. } in placed {
        let is_renewal = reference_at(&previous, row) != NULL_ID;
        cells.add(bucket, row, |cell| cell[usize::from(is_renewal)] += 1);
    }
    for (key, [new, renewals]) in cells.finish(&mut output) {
        output.put(key, vec![count(new), count(renewals)]);
    }
    Ok(output)
}

/// `renewal_rate`.
pub fn renewal_rate(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let ends = rows.days("EndDate")?;
    let cancelled = Cancelled::new(ctx.lookups)?;
    let packages = ctx.lookups.references("subscriptions", "SubscriptionPackageId")?;
    let stops = ctx.lookups.numbers("subscription_packages", "AutomaticStop")?;
    let next = ctx.lookups.references("subscriptions", "NextSubscriptionId")?;
    let renewed = rows.numbers("IsRenewed")?;
    let could_renew = |row: &u32| {
        let end = number_at(&ends, *row);
        let stops_by_itself = number_at(&stops, reference_at(&packages, *row)) == 1;
        // A row without an end has not come to one: it is no row without a time.
        end != NULL_NUMBER && !stops_by_itself && cancelled.effect(*row).is_none_or(|day| day >= end)
    };
    let of = rows.iter().filter(could_renew);
    let placed = rows.place_rows(&ends, &ctx.flow(), of, "subscriptions: no EndDate", &mut output)?;
    let mut cells = rows.cells::<[u64; 2]>();
    for Placed { row, bucket, .. } in placed {
        let goes_on = reference_at(&next, row) != NULL_ID || number_at(&renewed, row) == 1;
        cells.add(bucket, row, |cell| {
            cell[0] += u64::from(goes_on);
            cell[1] += 1;
        });
    }
    for (key, [renewed, ended]) in cells.finish(&mut output) {
        output.put(key, vec![ratio(renewed, ended), count(renewed), count(ended)]);
    }
    Ok(output)
}
