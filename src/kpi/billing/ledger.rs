//! What subscribers' accounts hold: ledger balances, and transactions not yet billed.

use super::rows::Rows;
use crate::kpi::context::{Context, Output, count};
use crate::kpi::error::KpiError;
use crate::kpi::lookup::{Lookups, number_at};
use crate::model::{Day, Zone};
use crate::store::NULL_NUMBER;

/// The buckets whose day of measurement lies in `start..end`.
pub fn measured(days: &[Day], start: i64, end: i64) -> std::ops::Range<u32> {
    let before = |limit: i64| days.partition_point(|&day| i64::from(day) < limit) as u32;
    before(start)..before(end).max(before(start))
}

/// `subscriber_amounts`.
pub fn subscriber_amounts(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let (days, amounts, worth) = (rows.days("LedgerDate")?, rows.numbers("Amount")?, rows.worth()?);
    let measured_at = ctx.stock_days();
    let mut cells = rows.cells::<(i128, u64)>();
    let mut undated = 0;
    for row in rows.iter() {
        let (day, amount) = (number_at(&days, row), number_at(&amounts, row));
        if day == NULL_NUMBER {
            undated += 1;
            continue;
        }
        for bucket in measured(&measured_at, day, i64::MAX) {
            let Some(rate) = worth.or_exclude(row, measured_at[bucket as usize], &mut output) else {
                continue;
            };
            let amount = if amount == NULL_NUMBER { 0 } else { i128::from(amount) * rate };
            cells.add(bucket, row, |cell| {
                cell.0 += amount;
                cell.1 += 1;
            });
        }
    }
    output.excluded.add("subscriber_ledgers: no LedgerDate", undated);
    for (key, (amount, entries)) in cells.finish(&mut output) {
        output.put(key, vec![worth.worth().money(amount), count(entries)]);
    }
    Ok(output)
}

/// The day on which transactions without a start are first known to be there: as_of.
///
/// # Errors
/// When the store is damaged.
pub fn first_day_without_start(lookups: &Lookups<'_>, _: &Zone, as_of: Day) -> Result<Option<Day>, KpiError> {
    const TRANSACTIONS: &str = "account_transactions";
    let starts = lookups.numbers(TRANSACTIONS, "StartTime")?;
    let known = lookups.known(TRANSACTIONS)?;
    Ok(known.iter().any(|row| number_at(&starts, row) == NULL_NUMBER).then_some(as_of))
}

/// `unbilled_transactions`.
pub fn unbilled_transactions(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let (days, amounts, worth) = (rows.days("StartTime")?, rows.numbers("Amount")?, rows.worth()?);
    let charge = rows.is_one_of("Type", &["Charge"])?;
    let allowance = rows.is_one_of("Type", &["Allowance"])?;
    let measured_at = ctx.stock_days();
    let mut cells = rows.cells::<(i128, i128, u64)>();
    for row in rows.iter() {
        // A transaction without a start has started; a missing number is the smallest.
        for bucket in measured(&measured_at, number_at(&days, row), i64::MAX) {
            let Some(rate) = worth.or_exclude(row, measured_at[bucket as usize], &mut output) else {
                continue;
            };
            let amount = match number_at(&amounts, row) {
                NULL_NUMBER => 0,
                amount => i128::from(amount) * rate,
            };
            cells.add(bucket, row, |cell| {
                cell.0 += if charge.get(row as usize) { amount } else { 0 };
                cell.1 += if allowance.get(row as usize) { amount } else { 0 };
                cell.2 += 1;
            });
        }
    }
    for (key, (charges, allowances, transactions)) in cells.finish(&mut output) {
        let money = |sum| worth.worth().money(sum);
        let measures =
            vec![money(charges), money(allowances), money(charges - allowances), count(transactions)];
        output.put(key, measures);
    }
    Ok(output)
}
