//! How did the monthly recurring revenue of each account move from the opening to the end of a period?

use hashbrown::HashSet;

use super::ledger::measured;
use super::mrr::{NO_FREQUENCY, too_large};
use super::rows::Rows;
use super::terms::{Holders, Monthly, Terms};
use crate::kpi::context::{Context, Output};
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::kernels::slots::Slots;
use crate::model::Day;
use crate::store::BitVec;

/// The days on which periods open: the day before each, or as_of if that is earlier.
pub(super) fn openings(ctx: &Context<'_, '_>) -> Vec<Day> {
    ctx.buckets.iter().map(|b| (b.start - 1).min(ctx.as_of)).collect()
}

/// A term of an account in a group, with its monthly amount in common units.
struct Term {
    group: u64,
    holder: u64,
    start: i64,
    end: i64,
    row: u32,
    amount: i128,
}

/// Positions in a group's sums.
const OPENING: usize = 0;
const NEW: usize = 1;
const EXPANSION: usize = 2;
const CONTRACTION: usize = 3;
const CHURN: usize = 4;
const REACTIVATION: usize = 5;
const CLOSING: usize = 6;
/// Closing of the accounts above 0 at the opening, and the smaller of both.
const RETAINED: usize = 7;
const KEPT: usize = 8;

type Sums = [i128; 9];

/// `mrr_movements`.
pub fn mrr_movements(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let worth = rows.worth()?;
    let (mut terms, common, used) = terms(ctx, &rows, &mut output)?;
    rows.note_strangers(&used, &mut output);
    terms.sort_unstable_by_key(|t| (t.group, t.holder, t.start, t.row));
    let (openings, closings) = (openings(ctx), ctx.stock_days());
    let mut slots = Slots::<Sums>::new(rows.layout().slots);
    let mut unrated: HashSet<u32> = HashSet::new();
    let mut at = vec![Balance::default(); ctx.buckets.len()];
    for account in terms.chunk_by(|a, b| (a.group, a.holder) == (b.group, b.holder)) {
        // The first period that a term lies in, and the one behind the last.
        let mut touched = (u32::MAX, 0);
        for term in account {
            let mut add = |days: &[Day], to: fn(&mut Balance) -> &mut i128| -> Result<(), KpiError> {
                for bucket in measured(days, term.start, term.end) {
                    // Both ends of a period are converted at its end, so that a rate is no movement.
                    let Some(rate) = worth.at(term.row, closings[bucket as usize]) else {
                        unrated.insert(term.row);
                        continue;
                    };
                    let balance = &mut at[bucket as usize];
                    let amount = term.amount.checked_mul(rate).ok_or_else(too_large)?;
                    let sum = to(balance);
                    *sum = sum.checked_add(amount).ok_or_else(too_large)?;
                    balance.is_in_force = true;
                    touched = (touched.0.min(bucket), touched.1.max(bucket + 1));
                }
                Ok(())
            };
            add(&openings, |b| &mut b.opening)?;
            add(&closings, |b| &mut b.closing)?;
        }
        // What an account was before is worth what it is worth at the end of the period.
        let first_at = |day: Day| first_day_above_zero(account, |row| worth.at(row, day));
        let first = if ctx.conversion.is_none() { first_at(ctx.as_of) } else { None };
        for bucket in touched.0..touched.1 {
            let balance = std::mem::take(&mut at[bucket as usize]);
            if balance.is_in_force {
                let first = match ctx.conversion {
                    Some(_) if balance.opening == 0 => first_at(closings[bucket as usize]),
                    _ => first,
                };
                let was_above = first.is_some_and(|day| day <= i64::from(openings[bucket as usize]));
                balance.add_to(slots.at(rows.layout().period(bucket) + account[0].group), was_above);
            }
        }
    }
    output.excluded.add("no rate to convert with", unrated.len() as u64);
    let one = (worth.worth().one() * Monthly::ONE).checked_mul(common).ok_or_else(too_large)?;
    for (slot, sums) in slots.into_entries() {
        let money = |at: usize| Exact::ratio(sums[at], one);
        let mut measures: Vec<Option<Exact>> = (OPENING..=CLOSING).map(money).collect();
        measures.extend([RETAINED, KEPT].map(|at| Exact::ratio(sums[at], sums[OPENING])));
        output.put(rows.key(slot), measures);
    }
    Ok(output)
}

/// The terms of the rows, in common units: months divide `common`. With them, the rows used.
fn terms(
    ctx: &Context<'_, '_>,
    rows: &Rows<'_, '_>,
    output: &mut Output,
) -> Result<(Vec<Term>, i128, BitVec), KpiError> {
    let (of, monthly) = (Terms::new(ctx.lookups)?, Monthly::new(ctx.lookups)?);
    let holders = Holders::new(ctx.lookups)?;
    let mut common = 1i128;
    let mut unknown = 0;
    let mut found: Vec<(u32, (i64, i64), i64)> = Vec::new();
    let mut seen: HashSet<i64> = HashSet::new();
    for row in rows.iter() {
        let Some(term) = of.of(row) else { continue };
        let Some(months) = monthly.months(row) else {
            unknown += 1;
            continue;
        };
        if seen.insert(months) {
            common = common_multiple(common, i128::from(months)).ok_or_else(too_large)?;
        }
        found.push((row, term, months));
    }
    output.excluded.add(NO_FREQUENCY, unknown);
    super::subscriptions::note_without_start(rows, output)?;
    let mut used = BitVec::zeros(ctx.lookups.ids_of("subscriptions"));
    let mut all = Vec::with_capacity(found.len());
    for (row, (start, end), months) in found {
        used.set(row as usize);
        let amount = monthly.amount(row)?.checked_mul(common / i128::from(months)).ok_or_else(too_large)?;
        let holder = holders.of(row);
        all.extend(rows.groups(row).iter().map(|&group| Term { group, holder, start, end, row, amount }));
    }
    Ok((all, common, used))
}

fn common_multiple(a: i128, b: i128) -> Option<i128> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).checked_mul(b)
}

/// The first day on which an account's terms add up to more than 0.
fn first_day_above_zero(account: &[Term], rate: impl Fn(u32) -> Option<i128>) -> Option<i64> {
    let amount = |term: &Term| term.amount.saturating_mul(rate(term.row).unwrap_or(0));
    let changes = account.iter().flat_map(|t| [(t.start, amount(t)), (t.end, -amount(t))]);
    let mut changes: Vec<(i64, i128)> = changes.collect();
    changes.sort_unstable();
    let mut sum = 0;
    changes.chunk_by(|a, b| a.0 == b.0).find_map(|day| {
        sum += day.iter().map(|c| c.1).sum::<i128>();
        (sum > 0).then_some(day[0].0)
    })
}

/// An account at both ends of a period.
#[derive(Clone, Copy, Debug, Default)]
struct Balance {
    opening: i128,
    closing: i128,
    is_in_force: bool,
}

impl Balance {
    fn add_to(self, sums: &mut Sums, was_above: bool) {
        let Balance { opening, closing, .. } = self;
        let change = closing - opening;
        let class = match (opening, closing) {
            _ if change == 0 => None,
            (0, _) if was_above => Some(REACTIVATION),
            (0, _) => Some(NEW),
            (_, 0) => Some(CHURN),
            _ if change > 0 => Some(EXPANSION),
            _ => Some(CONTRACTION),
        };
        sums[OPENING] += opening;
        sums[CLOSING] += closing;
        if let Some(class) = class {
            sums[class] += change;
        }
        if opening > 0 {
            sums[RETAINED] += closing;
            sums[KEPT] += opening.min(closing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_are_the_smallest_common_ones() {
        assert_eq!(common_multiple(12, 18), Some(36));
        assert_eq!(common_multiple(1, 7), Some(7));
    }
}
