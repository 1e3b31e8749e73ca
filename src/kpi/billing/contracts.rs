//! Contracts: ending, in force, and how long they are.

use super::ledger::measured;
use super::rows::{Placed, Rows};
use crate::kpi::context::{Context, Output, count};
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::lookup::number_at;
use crate::kpi::scan::Periods;
use crate::store::NULL_NUMBER;

/// `contracts`.
pub fn contracts(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let (starts, ends, terms) = (rows.days("StartDate")?, rows.days("EndDate")?, rows.numbers("TermLength")?);
    let days = ctx.stock_days();
    // What will end is known ahead.
    let periods = Periods::new(ctx.buckets.iter().map(|b| b.start..b.end));
    let with_end = rows.iter().filter(|&row| number_at(&ends, row) != NULL_NUMBER);
    let ending = rows.place_rows(&ends, &periods, with_end, "contracts: no EndDate", &mut output)?;
    let mut cells = rows.cells::<(u64, u64, (i128, u64))>();
    for Placed { row, bucket, .. } in ending {
        cells.add(bucket, row, |cell| cell.0 += 1);
    }
    let mut without = 0;
    for row in rows.iter() {
        let start = number_at(&starts, row);
        if start == NULL_NUMBER {
            without += 1;
            continue;
        }
        let end = match number_at(&ends, row) {
            NULL_NUMBER => i64::MAX,
            last => last + 1,
        };
        let term = number_at(&terms, row);
        cells.add_over(measured(&days, start, end), row, |cell| {
            cell.1 += 1;
            if term != NULL_NUMBER {
                cell.2.0 += i128::from(term);
                cell.2.1 += 1;
            }
        });
    }
    output.excluded.add("contracts in force: no StartDate", without);
    for (key, (ending, in_force, (months, terms))) in cells.finish(&mut output) {
        output.put(key, vec![count(ending), count(in_force), Exact::ratio(months, i128::from(terms))]);
    }
    Ok(output)
}
