//! Monthly recurring revenue of the subscriptions in force, and the steps of their prices.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::ledger::measured;
use super::rows::{RowWorth, Rows};
use super::subscriptions::{insert, note_without_start};
use super::terms::{Holders, Monthly, Terms};
use crate::kpi::context::{Context, Output, count};
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;

/// Amounts by the months that they are for.
type ByMonths = BTreeMap<i64, i128>;

/// What is left out when a package's frequency tells no months.
pub(super) const NO_FREQUENCY: &str = "subscriptions: unknown billing frequency";

/// The sum of the amounts, each divided by its months.
fn per_month(amounts: &ByMonths, worth: &RowWorth<'_>) -> Result<Exact, KpiError> {
    let mut sum = Exact::whole(0);
    for (&months, &amount) in amounts {
        let share = (worth.worth().one() * Monthly::ONE)
            .checked_mul(i128::from(months))
            .and_then(|one| Exact::ratio(amount, one));
        sum = share.and_then(|share| sum.plus(share)).ok_or_else(too_large)?;
    }
    Ok(sum)
}

pub(super) fn too_large() -> KpiError {
    KpiError::Usage("the amounts are too large to be added up exactly".into())
}

/// `subscription_mrr`.
pub fn subscription_mrr(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let (terms, monthly) = (Terms::new(ctx.lookups)?, Monthly::new(ctx.lookups)?);
    let (holders, worth) = (Holders::new(ctx.lookups)?, rows.worth()?);
    let days = ctx.stock_days();
    let mut cells = rows.cells::<(ByMonths, u64, RoaringBitmap)>();
    let mut unknown = 0;
    for row in rows.iter() {
        let Some((start, end)) = terms.of(row) else { continue };
        let buckets = measured(&days, start, end);
        let Some(months) = monthly.months(row) else {
            unknown += u64::from(!buckets.is_empty());
            continue;
        };
        let amount = monthly.amount(row)?;
        for bucket in buckets {
            let Some(rate) = worth.or_exclude(row, days[bucket as usize], &mut output) else { continue };
            cells.add(bucket, row, |cell| {
                *cell.0.entry(months).or_default() += amount * rate;
                cell.1 += 1;
                insert(&mut cell.2, holders.subscriber(row));
            });
        }
    }
    output.excluded.add(NO_FREQUENCY, unknown);
    note_without_start(&rows, &mut output)?;
    for (key, (amounts, subscriptions, subscribers)) in cells.finish(&mut output) {
        let mrr = per_month(&amounts, &worth)?;
        let measures =
            vec![Some(mrr), mrr.times(12), count(subscriptions), mrr.divided(i128::from(subscribers.len()))];
        output.put(key, measures);
    }
    Ok(output)
}

/// `price_steps`.
pub fn price_steps(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let (terms, monthly) = (Terms::new(ctx.lookups)?, Monthly::new(ctx.lookups)?);
    let worth = rows.worth()?;
    let days = ctx.stock_days();
    let mut cells = rows.cells::<(u64, ByMonths)>();
    let mut unknown = 0;
    for row in rows.iter() {
        let Some((start, end)) = terms.of(row) else { continue };
        let (months, amount) = (monthly.months(row), monthly.amount(row)?);
        let buckets = measured(&days, start, end);
        unknown += u64::from(months.is_none() && !buckets.is_empty());
        for bucket in buckets {
            let Some(rate) = worth.or_exclude(row, days[bucket as usize], &mut output) else { continue };
            cells.add(bucket, row, |cell| {
                cell.0 += 1;
                if let Some(months) = months {
                    *cell.1.entry(months).or_default() += amount * rate;
                }
            });
        }
    }
    output.excluded.add(format!("mrr: {NO_FREQUENCY}"), unknown);
    for (key, (subscriptions, amounts)) in cells.finish(&mut output) {
        let mrr = per_month(&amounts, &worth)?;
        output.put(key, vec![count(subscriptions), Some(mrr)]);
    }
    Ok(output)
}
