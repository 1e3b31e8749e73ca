//! Which accounts had a subscription when a period opened, and have none at its end?

use super::movements::openings;
use super::rows::Rows;
use super::terms::{Holders, NOBODY, Terms};
use crate::kpi::context::{Context, Output, count, ratio};
use crate::kpi::error::KpiError;
use crate::kpi::kernels::slots::Slots;
use crate::store::BitVec;

/// A term of an account in a group.
type Term = (u64, u64, i64, i64);

/// `subscription_churn`.
pub fn subscription_churn(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let rows = Rows::new(ctx, 0)?;
    let (of, holders) = (Terms::new(ctx.lookups)?, Holders::new(ctx.lookups)?);
    let grace = ctx.options.whole("grace");
    let mut used = BitVec::zeros(ctx.lookups.ids_of("subscriptions"));
    let mut terms: Vec<Term> = Vec::new();
    let mut nobody = 0;
    for row in rows.iter() {
        let Some((start, end)) = of.of(row) else { continue };
        let holder = holders.of(row);
        if holder == NOBODY {
            nobody += 1;
            continue;
        }
        used.set(row as usize);
        terms.extend(rows.groups(row).iter().map(|&group| (group, holder, start, end)));
    }
    output.excluded.add("subscriptions: no account or subscriber", nobody);
    super::subscriptions::note_without_start(&rows, &mut output)?;
    rows.note_strangers(&used, &mut output);
    terms.sort_unstable();
    let openings = openings(ctx);
    let mut slots = Slots::<[u64; 3]>::new(rows.layout().slots);
    for account in terms.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let within = |first: i64, last: i64| {
            account.iter().any(|&(_, _, start, end)| start <= last && end > first && first <= last)
        };
        let first = account[0].2;
        for (bucket, at) in (0u32..).zip(ctx.buckets) {
            let (opening, closing) = (i64::from(openings[bucket as usize]), i64::from(at.last));
            if first > closing {
                continue;
            }
            let (before, now) = (within(opening, opening), within(closing, closing));
            if !before && !now {
                continue;
            }
            let until = (closing + grace).min(i64::from(ctx.as_of));
            let is_churned = before && !now && !within(closing + 1, until);
            let is_back = !before && now && first <= opening;
            let sums = slots.at(rows.layout().period(bucket) + account[0].0);
            sums[0] += u64::from(is_churned);
            sums[1] += u64::from(before);
            sums[2] += u64::from(is_back);
        }
    }
    for (slot, [churned, opening, reactivated]) in slots.into_entries() {
        let measures = vec![ratio(churned, opening), count(churned), count(opening), count(reactivated)];
        output.put(rows.key(slot), measures);
    }
    Ok(output)
}
