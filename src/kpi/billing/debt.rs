//! What is owed on a day: open demands less what payments have covered, by age, and in days of sales.

use super::claims::{Allocation, NO_POOL, claims, is_by};
use super::demands::earliest;
use super::ledger::measured;
use super::rows::Rows;
use crate::kpi::context::{Context, Output, count};
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::lookup::number_at;
use crate::model::Day;
use crate::store::{BitVec, NULL_NUMBER};

/// The code of the range of days past the due date.
fn age(due: i64, day: Day) -> u32 {
    if due == NULL_NUMBER {
        return 0;
    }
    match i64::from(day) - due {
        ..=0 => 1,
        1..=30 => 2,
        31..=60 => 3,
        61..=90 => 4,
        _ => 5,
    }
}

/// Calls with each demand that passes and is open on a day of measurement: period, demand, age, and
/// what is left of its claim.
fn each_open(
    ctx: &Context<'_, '_>,
    rows: &Rows<'_, '_>,
    mut take: impl FnMut(u32, u32, u32, i64),
) -> Result<(), KpiError> {
    let claims = claims(ctx.lookups)?;
    let (allocation, pool_of) = Allocation::new(ctx)?;
    let (issued, due) = (rows.numbers("IssueDate")?, rows.numbers("DueDate")?);
    let ends = [rows.numbers("SettleDate")?, rows.numbers("CreditDate")?, rows.numbers("WriteOffDate")?];
    let ends = [ends[0].as_slice(), &ends[1], &ends[2]];
    let days = ctx.stock_days();
    let open = |row: u32| measured(&days, number_at(&issued, row), earliest(&ends, row));
    let mut passing = BitVec::zeros(claims.claimed.len());
    // The periods in which each pool has an open demand that passes.
    let mut pools: Vec<(u32, u32, u32)> = Vec::new();
    let mut visit = |bucket: u32, row: u32, left: i64| {
        let age = age(number_at(&due, row), days[bucket as usize]);
        if rows.passes_at(row, age) {
            take(bucket, row, age, left);
        }
    };
    for row in rows.iter() {
        let buckets = open(row);
        match pool_of[row as usize] {
            NO_POOL => buckets.for_each(|bucket| visit(bucket, row, claims.claimed[row as usize])),
            pool if !buckets.is_empty() => {
                passing.set(row as usize);
                pools.push((pool, buckets.start, buckets.end));
            }
            _ => {}
        }
    }
    pools.sort_unstable();
    for same in pools.chunk_by(|a, b| a.0 == b.0) {
        let end = same.iter().map(|p| p.2).max().unwrap_or_default();
        for bucket in same[0].1..end {
            let day = days[bucket as usize];
            allocation.each_share(same[0].0, day, |demand, share| {
                if passing.get(demand as usize) && !ends.iter().any(|e| is_by(e, demand, day)) {
                    visit(bucket, demand, claims.claimed[demand as usize] - share);
                }
            });
        }
    }
    Ok(())
}

/// `outstanding_debt`.
pub fn outstanding_debt(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let worth = rows.worth()?;
    let days = ctx.stock_days();
    let mut cells = rows.cells::<(i128, u64)>();
    each_open(ctx, &rows, |bucket, row, age, left| {
        if let Some(rate) = worth.or_exclude(row, days[bucket as usize], &mut output) {
            cells.add_at(bucket, row, age, |cell| {
                cell.0 += i128::from(left) * rate;
                cell.1 += 1;
            });
        }
    })?;
    for (key, (left, demands)) in cells.finish(&mut output) {
        output.put(key, vec![worth.worth().money(left), count(demands)]);
    }
    Ok(output)
}

/// `dso`.
pub fn dso(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    /// Days of claims that the debt is compared with.
    const WINDOW: i64 = 90;
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let (worth, issued, claims) = (rows.worth()?, rows.numbers("IssueDate")?, claims(ctx.lookups)?);
    let days = ctx.stock_days();
    let mut cells = rows.cells::<(i128, i128)>();
    each_open(ctx, &rows, |bucket, row, _, left| {
        if let Some(rate) = worth.or_exclude(row, days[bucket as usize], &mut output) {
            cells.add(bucket, row, |cell| cell.0 += i128::from(left) * rate);
        }
    })?;
    for row in rows.iter() {
        let day = number_at(&issued, row);
        if day == NULL_NUMBER {
            continue;
        }
        for bucket in measured(&days, day, day + WINDOW) {
            if let Some(rate) = worth.at(row, days[bucket as usize]) {
                let claim = i128::from(claims.claimed[row as usize]) * rate;
                cells.add(bucket, row, |cell| cell.1 += claim);
            }
        }
    }
    for (key, (left, claimed)) in cells.finish(&mut output) {
        let in_days = left.checked_mul(i128::from(WINDOW)).and_then(|n| Exact::ratio(n, claimed));
        output.put(key, vec![in_days, worth.worth().money(left), worth.worth().money(claimed)]);
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_do_not_overlap() {
        let past = [-1, 0, 1, 30, 31, 60, 61, 90, 91];
        assert_eq!(past.map(|days| age(100, 100 + days)), [1, 1, 2, 2, 3, 3, 4, 4, 5]);
        assert_eq!(age(NULL_NUMBER, 100), 0);
    }
}
