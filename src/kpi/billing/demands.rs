//! Demands by their own days: what was billed, and how far it has been paid.

use super::claims::{Allocation, claims, is_by};
use super::parts;
use super::rows::{Placed, Rows};
use crate::kpi::context::{Context, Output, count, ratio};
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::lookup::number_at;
use crate::model::Day;
use crate::store::NULL_NUMBER;

/// `billed_amount`.
pub fn billed_amount(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let worth = rows.worth()?;
    let placed = rows.flow("IssueDate", &mut output)?;
    if ctx.sides[0].fact.parts.is_some() {
        let cut = parts::billed(ctx.lookups)?;
        let mut cells = rows.cells::<i128>();
        for Placed { row, bucket, day } in placed {
            let Some(rate) = worth.or_exclude(rows.table_row(row), day, &mut output) else { continue };
            let amount = i128::from(cut.amounts[row as usize]) * rate;
            cells.add(bucket, row, |cell| *cell += amount);
        }
        for (key, billed) in cells.finish(&mut output) {
            output.put(key, vec![worth.worth().money(billed), None, None, None, None]);
        }
        return Ok(output);
    }
    let claims = claims(ctx.lookups)?;
    let mut cells = rows.cells::<[i128; 4]>();
    for Placed { row, bucket, day } in placed {
        let Some(rate) = worth.or_exclude(row, day, &mut output) else { continue };
        let of = [&claims.billed, &claims.fees, &claims.charges, &claims.allowances];
        let amounts = of.map(|sums| i128::from(sums[row as usize]) * rate);
        cells.add(bucket, row, |cell| cell.iter_mut().zip(amounts).for_each(|(sum, a)| *sum += a));
    }
    for (key, [billed, fees, charges, allowances]) in cells.finish(&mut output) {
        let claimed = billed + fees + charges - allowances;
        let sums = [billed, fees, charges, allowances, claimed];
        output.put(key, sums.map(|sum| worth.worth().money(sum)).into());
    }
    Ok(output)
}

/// What demands due in a period came to by the day of evaluation.
type Paid = (i128, i128, [u64; 2]);

/// `degree_of_payment`.
pub fn degree_of_payment(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let worth = rows.worth()?;
    let placed = rows.flow("DueDate", &mut output)?;
    let claims = claims(ctx.lookups)?;
    let (allocation, pool_of) = Allocation::new(ctx)?;
    let issued = rows.numbers("IssueDate")?;
    let (settled, credited) = (rows.numbers("SettleDate")?, rows.numbers("CreditDate")?);
    let horizon: Option<i64> = ctx.options.get("horizon").parse().ok();
    let mut cells = rows.cells::<Paid>();
    for Placed { row, bucket, day } in placed {
        let evaluated = match horizon {
            None => ctx.as_of,
            Some(days) => match Day::try_from(i64::from(day) + days) {
                Ok(evaluated) if evaluated <= ctx.as_of => evaluated,
                _ => continue,
            },
        };
        if !is_by(&issued, row, evaluated) || is_by(&credited, row, evaluated) {
            continue;
        }
        let Some(rate) = worth.or_exclude(row, day, &mut output) else { continue };
        let claim = claims.claimed[row as usize];
        let is_settled = is_by(&settled, row, evaluated);
        let paid = if is_settled { claim } else { allocation.share(row, pool_of[row as usize], evaluated) };
        cells.add(bucket, row, |(of_paid, of_claims, counts)| {
            *of_paid += i128::from(paid) * rate;
            *of_claims += i128::from(claim) * rate;
            counts[0] += 1;
            counts[1] += u64::from(is_settled);
        });
    }
    for (key, (paid, claimed, [demands, settled])) in cells.finish(&mut output) {
        let degree = match ctx.options.get("by") {
            "count" => ratio(settled, demands),
            _ => Exact::ratio(paid, claimed),
        };
        let money = |sum| worth.worth().money(sum);
        output.put(key, vec![degree, money(paid), money(claimed), count(demands), count(settled)]);
    }
    Ok(output)
}

/// The earliest of some days of a row; none when it has none of them.
pub(super) fn earliest(days: &[&[i64]], row: u32) -> i64 {
    let own = days.iter().map(|d| number_at(d, row)).filter(|&d| d != NULL_NUMBER);
    own.min().unwrap_or(i64::MAX)
}
