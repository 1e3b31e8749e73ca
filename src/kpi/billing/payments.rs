//! Payments, and other amounts that are added up on their day: invoices.

use super::rows::{Placed, Rows};
use crate::kpi::context::{Context, Output, count};
use crate::kpi::error::KpiError;
use crate::kpi::lookup::number_at;
use crate::store::NULL_NUMBER;

/// `daily_paid_amounts`.
pub fn daily_paid_amounts(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let column = if ctx.options.get("date") == "value" { "ValueDate" } else { "PaymentDate" };
    let completed = rows.is_one_of("State", &["Completed"])?;
    let of = rows.iter().filter(|&row| completed.get(row as usize));
    let without = format!("payments: no {column}");
    let placed = rows.place_rows(&rows.days(column)?, &ctx.flow(), of, &without, &mut output)?;
    amounts(&rows, &placed, output)
}

/// `payments`.
pub fn payments(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    by_day(ctx, "PaymentDate")
}

/// `invoices`.
pub fn invoices(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    by_day(ctx, "IssueDate")
}

fn by_day(ctx: &Context<'_, '_>, column: &'static str) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let placed = rows.flow(column, &mut output)?;
    amounts(&rows, &placed, output)
}

fn amounts(rows: &Rows<'_, '_>, placed: &[Placed], mut output: Output) -> Result<Output, KpiError> {
    let (amounts, worth) = (rows.numbers("Amount")?, rows.worth()?);
    let mut cells = rows.cells::<(i128, u64)>();
    let mut without = 0;
    for &Placed { row, bucket, day } in placed {
        let Some(rate) = worth.or_exclude(row, day, &mut output) else { continue };
        let amount = number_at(&amounts, row);
        without += u64::from(amount == NULL_NUMBER);
        let amount = if amount == NULL_NUMBER { 0 } else { i128::from(amount) * rate };
        cells.add(bucket, row, |cell| {
            cell.0 += amount;
            cell.1 += 1;
        });
    }
    output.excluded.add("sums: no amount", without);
    for (key, (amount, rows)) in cells.finish(&mut output) {
        output.put(key, vec![worth.worth().money(amount), count(rows)]);
    }
    Ok(output)
}
