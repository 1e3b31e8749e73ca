//! Orders: their value, whole or by line, and what becomes of them.

use roaring::RoaringBitmap;

use super::parts::line_value;
use super::rows::{Placed, Rows};
use crate::kpi::context::{Context, Output, count, ratio};
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::lookup::number_at;
use crate::model::DECIMAL_ONE;
use crate::store::NULL_NUMBER;

/// `order_amounts`.
pub fn order_amounts(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let placed = rows.flow("CreatedDate", &mut output)?;
    values(ctx, &rows, &placed, output)
}

/// `order_completed_amounts`.
pub fn order_completed_amounts(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let completed = rows.is_one_of("Status", &["Completed"])?;
    let days = rows.days("CompletedDate")?;
    let of = rows.iter().filter(|&row| completed.get(rows.table_row(row) as usize));
    let placed =
        rows.place_rows(&days, &ctx.flow(), of, "orders: completed without CompletedDate", &mut output)?;
    values(ctx, &rows, &placed, output)
}

fn values(
    ctx: &Context<'_, '_>,
    rows: &Rows<'_, '_>,
    placed: &[Placed],
    mut output: Output,
) -> Result<Output, KpiError> {
    let worth = rows.worth()?;
    let is_cut = ctx.sides[0].fact.parts.is_some();
    let lines = if is_cut { "order_products" } else { "orders" };
    let prices = ctx.lookups.numbers(lines, if is_cut { "Price" } else { "Value" })?;
    let quantities = if is_cut { Some(ctx.lookups.numbers(lines, "Quantity")?) } else { None };
    let mut cells = rows.cells::<(i128, RoaringBitmap)>();
    let mut without = 0;
    for &Placed { row, bucket, day } in placed {
        let order = rows.table_row(row);
        let Some(rate) = worth.or_exclude(order, day, &mut output) else { continue };
        let quantity = quantities.as_ref().map_or(NULL_NUMBER, |q| number_at(q, row));
        // Whole orders have no quantity: 1.
        let value = line_value(number_at(&prices, row), quantity);
        without += u64::from(value.is_none());
        let value = value.unwrap_or(0) * rate;
        cells.add(bucket, row, |cell| {
            cell.0 += value;
            cell.1.insert(order);
        });
    }
    output.excluded.add("sums: no amount", without);
    let one = worth.worth().one() * i128::from(DECIMAL_ONE);
    for (key, (value, orders)) in cells.finish(&mut output) {
        output.put(key, vec![Exact::ratio(value, one), count(orders.len())]);
    }
    Ok(output)
}

/// `order_conversion`.
pub fn order_conversion(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    const STATUSES: [&str; 4] = ["Completed", "Cancelled", "Rejected", "InProgress"];
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let placed = rows.flow("CreatedDate", &mut output)?;
    let mut is = Vec::new();
    for status in STATUSES {
        is.push(rows.is_one_of("Status", &[status])?);
    }
    let mut cells = rows.cells::<[u64; 4]>();
    for Placed { row, bucket, .. } in placed {
        cells.add(bucket, row, |cell| {
            cell.iter_mut().zip(&is).for_each(|(n, is)| *n += u64::from(is.get(row as usize)));
        });
    }
    for (key, [completed, cancelled, rejected, in_progress]) in cells.finish(&mut output) {
        let rate = ratio(completed, completed + cancelled + rejected);
        let measures = vec![rate, count(completed), count(cancelled), count(rejected), count(in_progress)];
        output.put(key, measures);
    }
    Ok(output)
}
