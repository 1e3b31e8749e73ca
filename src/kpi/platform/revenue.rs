//! Billing events: revenue, and the recurring part of it.

use std::collections::BTreeMap;

use super::active::Activity;
use super::meetings::{minutes_of, spelled};
use crate::kpi::context::{Context, GroupKey, Groups, Output, count, full_outer_join};
use crate::kpi::convert::Worth;
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::slots::Slots;
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::{Clock, Excluded, Periods, rows_without_time};
use crate::model::civil::month_index;
use crate::store::dictionary::fold;
use crate::store::{NULL_NUMBER, StoreError};

const BILLED: Clock = Clock::of("transaction_date");
const STARTED: Clock = Clock::of("start_time");

/// Event types that take money back.
const NEGATIVE: [&str; 3] = ["refund", "credit", "chargeback"];

/// The signed amount of each event of a chunk; a missing one is missing.
fn signed(chunk: &Chunk<'_>, negative: &[bool]) -> Result<Vec<i64>, StoreError> {
    let mut amounts = Vec::with_capacity(chunk.len());
    chunk.file.numbers("amount")?.gather(&chunk.rows, &mut amounts);
    let types = chunk.file.codes("event_type")?;
    for (amount, &row) in amounts.iter_mut().zip(&chunk.rows) {
        if *amount != NULL_NUMBER && negative.get(types.get(row as usize) as usize).copied().unwrap_or(false)
        {
            *amount = -amount.abs();
        }
    }
    Ok(amounts)
}

#[derive(Clone, Copy, Debug, Default)]
struct Amounts {
    sum: i128,
    events: u64,
    without: u64,
    unrated: u64,
}

impl Merge for Amounts {
    fn merge(&mut self, o: Self) {
        self.sum += o.sum;
        self.events += o.events;
        self.without += o.without;
        self.unrated += o.unrated;
    }
}

/// What amounts in each currency are worth, by the code of the currency.
fn worth<'q>(ctx: &Context<'_, 'q>) -> Result<Worth<'q>, KpiError> {
    let dictionary = ctx.lookups.dictionary("billing_events", "currency")?;
    let codes = 0..=dictionary.map_or(0, |d| d.len()) as u32;
    let names: Vec<String> = codes.map(|c| dictionary.map_or_else(String::new, |d| d.text(c))).collect();
    Ok(Worth::new(ctx.conversion, &names))
}

/// What an event without a rate on its day is counted under.
const UNRATED: &str = "no rate to convert with";

/// Sums of signed amounts, in the units of what they are worth.
fn amounts(
    ctx: &Context<'_, '_>,
    worth: &Worth<'_>,
    output: &mut Output,
) -> Result<Groups<Amounts>, KpiError> {
    let negative = spelled(ctx, "billing_events", "event_type", |t| NEGATIVE.contains(&t))?;
    let periods = ctx.flow();
    let is_converted = ctx.conversion.is_some();
    let scan = ctx.scan(0, Some(BILLED), &periods)?.with(Needs { days: is_converted, ..Needs::default() });
    let found = scan.slots(|state: &mut Slots<Amounts>, chunk| {
        let currencies = chunk.file.codes("currency")?;
        for (at, amount) in signed(chunk, &negative)?.into_iter().enumerate() {
            let of = state.at(chunk.slots[at]);
            let rate = match is_converted {
                true => worth.at(currencies.get(chunk.rows[at] as usize), chunk.days[at]),
                false => Some(1),
            };
            match (amount, rate) {
                (_, None) => of.unrated += 1,
                (NULL_NUMBER, _) => of.without += 1,
                (amount, Some(rate)) => of.sum += i128::from(amount) * rate,
            }
            of.events += u64::from(rate.is_some());
        }
        Ok(())
    })?;
    let groups = ctx.groups(0, scan.layout(), found.into_entries());
    output.excluded.add("sums: no amount", groups.values().map(|a| a.without).sum());
    output.excluded.add(UNRATED, groups.values().map(|a| a.unrated).sum());
    let groups: Groups<Amounts> = groups.into_iter().filter(|(_, amounts)| amounts.events > 0).collect();
    output
        .excluded
        .add("billing_events: no transaction_date", rows_without_time(ctx.lookups, "billing_events"));
    Ok(groups)
}

/// `revenue`.
pub fn revenue(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let worth = worth(ctx)?;
    let events = amounts(ctx, &worth, &mut output)?;
    let periods = ctx.flow();
    let mut aside = Excluded::default();
    let hosts = Activity::new(ctx, 1, &periods, &mut aside)?.counts(ctx, 1);
    let scan = ctx.scan(1, Some(STARTED), &periods)?;
    let minutes = scan.slots(|state: &mut Slots<u64>, chunk| {
        for (&slot, minutes) in chunk.slots.iter().zip(minutes_of(chunk)?) {
            *state.at(slot) += if minutes == NULL_NUMBER { 0 } else { minutes as u64 };
        }
        Ok(())
    })?;
    let mut usage: Groups<(u64, u64)> = Groups::new();
    for (key, n) in ctx.groups(1, scan.layout(), minutes.into_entries()) {
        usage.entry(key).or_default().1 = n;
    }
    hosts.into_iter().for_each(|(key, n)| usage.entry(key).or_default().0 = n);
    for (key, (amounts, usage)) in full_outer_join((&ctx.sides[0], events), (&ctx.sides[1], usage)) {
        let amounts = amounts.unwrap_or_default();
        let (hosts, minutes) = usage.unwrap_or_default();
        let one = worth.one();
        let measures = vec![
            worth.money(amounts.sum),
            count(amounts.events),
            Exact::ratio(amounts.sum, one * i128::from(hosts)),
            Exact::ratio(60 * amounts.sum, one * i128::from(minutes)),
        ];
        output.put(key, measures);
    }
    Ok(output)
}

/// `revenue_by_license_type`.
pub fn revenue_by_license_type(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let worth = worth(ctx)?;
    for (key, amounts) in amounts(ctx, &worth, &mut output)? {
        output.put(key, vec![worth.money(amounts.sum), count(amounts.events)]);
    }
    Ok(output)
}

/// Terms, in months, that a licence's length is rounded to.
const TERMS: [i64; 7] = [1, 2, 3, 6, 12, 24, 36];

/// A multiple of every term, so that shares of amounts stay whole.
const SHARES: i128 = 72;

/// The term of a licence of so many days: days ÷ 30.4375, to the nearest term, the smaller on a tie.
fn term_months(days: i64) -> i64 {
    // 30.4375 = 487 ÷ 16, so that the comparison is one of whole numbers.
    TERMS.into_iter().min_by_key(|term| ((days * 16 - term * 487).abs(), *term)).expect("there are terms")
}

/// What a group's events give each month: changes of the monthly share and of the number of events.
#[derive(Clone, Debug, Default)]
struct Spread {
    share: BTreeMap<i32, i128>,
    events: BTreeMap<i32, i64>,
}

/// What is spread, by the code of the currency where amounts are converted (else all under 0).
type Spreads = BTreeMap<u32, Spread>;

impl Merge for Spread {
    fn merge(&mut self, o: Self) {
        Merge::merge(&mut self.share, o.share);
        Merge::merge(&mut self.events, o.events);
    }
}

/// `mrr`.
pub fn mrr(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let types: Vec<String> = ctx.options.get("types").split(',').map(fold).collect();
    let recurring = spelled(ctx, "billing_events", "event_type", |t| types.iter().any(|x| x == t))?;
    let negative = spelled(ctx, "billing_events", "event_type", |t| NEGATIVE.contains(&t))?;
    let normalized = ctx.options.get("method") != "cash";
    output.undivided = !normalized;
    let (Some(first), last) = (ctx.earliest, ctx.as_of) else { return Ok(output) };
    let all = Periods::new(std::iter::once(first..(last + 1).max(first)));
    let starts = ctx.lookups.numbers("licenses", "start_date")?;
    let ends = ctx.lookups.numbers("licenses", "end_date")?;
    let worth = worth(ctx)?;
    let scan =
        ctx.scan(0, Some(BILLED), &all)?.with(Needs { days: true, licenses: true, ..Needs::default() });
    let slots = scan.layout().slots;
    let (found, assumed, total) = scan.run(
        || (Slots::<Spreads>::new(slots), 0u64, 0u64),
        |(state, assumed, total), chunk| {
            let kinds = chunk.file.codes("event_type")?;
            let currencies = chunk.file.codes("currency")?;
            let amounts = signed(chunk, &negative)?;
            for (at, amount) in amounts.into_iter().enumerate() {
                let kind = kinds.get(chunk.rows[at] as usize) as usize;
                if !recurring.get(kind).copied().unwrap_or(false) || amount == NULL_NUMBER {
                    continue;
                }
                *total += 1;
                let licence = chunk.licenses[at] as usize;
                let end = ends.get(licence).copied().unwrap_or(NULL_NUMBER);
                let term = match (normalized, end) {
                    (false, _) => 1,
                    (true, NULL_NUMBER) => {
                        *assumed += 1;
                        1
                    }
                    (true, end) => term_months(end - starts[licence]),
                };
                let month = month_index(chunk.days[at]);
                let share = i128::from(amount) * (SHARES / i128::from(term));
                let currency =
                    if ctx.conversion.is_some() { currencies.get(chunk.rows[at] as usize) } else { 0 };
                let of = state.at(chunk.slots[at]).entry(currency).or_default();
                *of.share.entry(month).or_default() += share;
                *of.share.entry(month + term as i32).or_default() -= share;
                *of.events.entry(month).or_default() += 1;
                *of.events.entry(month + term as i32).or_default() -= 1;
            }
            Ok(())
        },
    )?;
    if normalized && assumed > 0 {
        let tenths = assumed * 1000 / total.max(1);
        output.warnings.insert(format!(
            "the term of {assumed} of {total} recurring events ({}.{} %) is assumed to be 1 month: no licence with an end covers them",
            tenths / 10,
            tenths % 10
        ));
    }
    output
        .excluded
        .add("billing_events: no transaction_date", rows_without_time(ctx.lookups, "billing_events"));
    for (key, spreads) in ctx.groups(0, scan.layout(), found.into_entries()) {
        for (bucket, day) in (0u32..).zip(ctx.stock_days()) {
            let month = month_index(day);
            let (mut sum, mut counted) = (0, 0);
            for (&currency, spread) in &spreads {
                let events: i64 = spread.events.range(..=month).map(|(_, n)| n).sum();
                let share: i128 = spread.share.range(..=month).map(|(_, n)| n).sum();
                match worth.at(currency, day) {
                    Some(rate) => {
                        sum += share * rate;
                        counted += events;
                    }
                    None => output.excluded.add(UNRATED, events.unsigned_abs()),
                }
            }
            if counted > 0 {
                let group = GroupKey { bucket, codes: key.codes.clone() };
                output.put(group, vec![Exact::ratio(sum, SHARES * worth.one())]);
            }
        }
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_the_nearest() {
        for (days, months) in
            [(0, 1), (30, 1), (45, 1), (46, 2), (90, 3), (365, 12), (364, 12), (730, 24), (4000, 36)]
        {
            assert_eq!(term_months(days), months, "{days} days");
        }
        assert!(TERMS.iter().all(|&t| SHARES % i128::from(t) == 0));
    }
}
