//! Billing events: revenue, and the recurring part of it.

use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashMap;

use super::acting::Acting;
use super::meetings::{clear_missing, minutes_of, spelled};
use crate::kpi::context::{Context, Output};
use crate::kpi::convert::Worth;
use crate::kpi::error::KpiError;
use crate::kpi::grouped::{Entry, Grouped, join};
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::slots::Slots;
use crate::kpi::rows::Figures;
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::{Clock, Excluded, Periods, Scan, rows_without_time};
use crate::model::civil::month_index;
use crate::store::dictionary::fold;
use crate::store::{NULL_NUMBER, StoreError};

const BILLED: Clock = Clock::of("transaction_date");
const STARTED: Clock = Clock::of("start_time");

/// Event types that take money back.
const NEGATIVE: [&str; 3] = ["refund", "credit", "chargeback"];

/// The signed amount of each event of a chunk; a missing one is missing.
fn signed(chunk: &Chunk<'_>, negative: &[bool]) -> Result<Vec<i64>, StoreError> {
    let mut amounts = chunk.numbers("amount")?;
    for (amount, code) in amounts.iter_mut().zip(chunk.codes("event_type")?) {
        if negative.get(code as usize).is_some_and(|is| *is) && *amount != NULL_NUMBER {
            *amount = -amount.abs();
        }
    }
    Ok(amounts)
}

/// Signed amounts of a group.
#[derive(Clone, Copy, Debug, Default)]
struct Amounts {
    sum: i128,
    events: u64,
}

/// Amounts of events, those that count, those without an amount, and those without a rate.
#[derive(Clone, Copy, Debug, Default)]
struct Converted {
    sum: i128,
    events: u64,
    without: u64,
    unrated: u64,
}

impl Merge for Converted {
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
) -> Result<Grouped<Amounts>, KpiError> {
    let negative = spelled(ctx, "billing_events", "event_type", |t| NEGATIVE.contains(&t))?;
    let without_time = rows_without_time(ctx.lookups, "billing_events");
    output.excluded.add("billing_events: no transaction_date", without_time);
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(BILLED), &periods)?;
    if ctx.conversion.is_some() {
        return converted(ctx, scan, worth, &negative, output);
    }
    let without = AtomicU64::new(0);
    let columns = |chunk: &Chunk<'_>| {
        let mut amounts = signed(chunk, &negative)?;
        without.fetch_add(clear_missing(&mut amounts), Ordering::Relaxed);
        Ok([amounts])
    };
    let found = scan.totals(columns, |found: &mut Vec<Entry<Amounts>>, bucket, group, events, [sum]| {
        found.push(Entry { bucket, group, value: Amounts { sum, events } });
    })?;
    output.excluded.add("sums: no amount", without.into_inner());
    Ok(Grouped::new(scan.layout(), found))
}

/// Sums of amounts that are turned into another currency at the rate of their day.
fn converted(
    ctx: &Context<'_, '_>,
    scan: Scan<'_, '_>,
    worth: &Worth<'_>,
    negative: &[bool],
    output: &mut Output,
) -> Result<Grouped<Amounts>, KpiError> {
    let scan = scan.with(Needs { days: true, ..Needs::default() });
    let slots = scan.layout().slots;
    let found = scan.run(
        || Slots::<Converted>::new(slots),
        |state, chunk| {
            let currencies = chunk.codes("currency")?;
            for (at, amount) in signed(chunk, negative)?.into_iter().enumerate() {
                let of = state.at(chunk.slot(at));
                let rate = worth.at(currencies[at], chunk.days[at]);
                match (amount, rate) {
                    (_, None) => of.unrated += 1,
                    (NULL_NUMBER, _) => of.without += 1,
                    (amount, Some(rate)) => of.sum += i128::from(amount) * rate,
                }
                of.events += u64::from(rate.is_some());
            }
            Ok(())
        },
    )?;
    let mut found: Vec<(u64, Converted)> = found.into_entries().collect();
    found.sort_unstable_by_key(|entry| entry.0);
    output.excluded.add("sums: no amount", found.iter().map(|(_, a)| a.without).sum());
    output.excluded.add(UNRATED, found.iter().map(|(_, a)| a.unrated).sum());
    debug_assert!(ctx.conversion.is_some());
    let groups = scan.layout().groups();
    let entry = |(slot, a): (u64, Converted)| {
        let value = Amounts { sum: a.sum, events: a.events };
        Entry { bucket: (slot / groups) as u32, group: slot % groups, value }
    };
    let entries = found.into_iter().filter(|(_, a)| a.events > 0).map(entry).collect();
    Ok(Grouped { layout: scan.layout().clone(), entries })
}

/// `revenue`.
pub fn revenue(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let worth = worth(ctx)?;
    let events = amounts(ctx, &worth, &mut output)?;
    let periods = ctx.flow();
    let hosts = Acting::new(ctx, 1, periods.count())?.counts(&periods, &mut Excluded::default())?;
    let scan = ctx.scan(1, Some(STARTED), &periods)?;
    let minutes = |chunk: &Chunk<'_>| {
        let mut minutes = minutes_of(chunk)?;
        clear_missing(&mut minutes);
        Ok([minutes])
    };
    let minutes = scan.totals(minutes, |found: &mut Vec<Entry<u64>>, bucket, group, _, [minutes]| {
        found.push(Entry { bucket, group, value: minutes as u64 });
    })?;
    // A group with hosts has meetings; one with meetings may have no host that is known.
    let mut hosts = hosts.entries.into_iter().peekable();
    let usage = Grouped::new(scan.layout(), minutes).map(|entry| {
        let at = (entry.bucket, entry.group);
        (hosts.next_if(|host| (host.bucket, host.group) == at).map_or(0, |host| host.value), entry.value)
    });
    let one = worth.one();
    let write = |figures: &mut [Figures; 4], amounts: Option<Amounts>, usage: Option<(u64, u64)>| {
        let amounts = amounts.unwrap_or_default();
        let (hosts, minutes) = usage.unwrap_or_default();
        let [revenue, events, per_user, per_hour] = figures;
        revenue.push_quotient(amounts.sum, one);
        events.push_whole(i128::from(amounts.events));
        per_user.push_quotient(amounts.sum, one * i128::from(hosts));
        per_hour.push_quotient(60 * amounts.sum, one * i128::from(minutes));
    };
    join(ctx, (0, events), (1, usage), &mut output.rows, write);
    Ok(output)
}

/// `revenue_by_license_type`.
pub fn revenue_by_license_type(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let worth = worth(ctx)?;
    let found = amounts(ctx, &worth, &mut output)?;
    for entry in &found.entries {
        let [revenue, events] = output.rows.place(&found.layout, ctx.dims.len(), entry.bucket, entry.group);
        revenue.push_quotient(entry.value.sum, worth.one());
        events.push_whole(i128::from(entry.value.events));
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

/// What events give in a month: the monthly share, and how many they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Month {
    share: i128,
    events: i64,
}

/// What the events of a group and a currency change from each month to the next, from a first month on.
struct Spreads {
    /// Months in all.
    months: usize,
    /// Month by month, group by group, where groups are few.
    few: Vec<Month>,
    many: HashMap<u64, Vec<Month>>,
}

impl Spreads {
    /// The most months of all groups that are held as an array.
    const FEW: u64 = 1 << 20;

    fn new(groups: u64, months: usize) -> Self {
        let all = groups.saturating_mul(months as u64);
        let few = if all <= Self::FEW { all as usize } else { 0 };
        Spreads { months, few: vec![Month::default(); few], many: HashMap::new() }
    }

    fn at(&mut self, group: u64) -> &mut [Month] {
        if self.few.is_empty() {
            return self.many.entry(group).or_insert_with(|| vec![Month::default(); self.months]);
        }
        &mut self.few[group as usize * self.months..][..self.months]
    }

    /// What holds in each month, of the groups that have events, in order.
    fn into_sums(self) -> Vec<(u64, Vec<Month>)> {
        let mut many: Vec<(u64, Vec<Month>)> = self.many.into_iter().collect();
        many.sort_unstable_by_key(|entry| entry.0);
        let few = (0..).zip(self.few.chunks(self.months)).map(|(group, months)| (group, months.to_vec()));
        let is_used = |(_, months): &(u64, Vec<Month>)| months.iter().any(|month| *month != Month::default());
        let sums = |(group, mut months): (u64, Vec<Month>)| {
            let mut sum = Month::default();
            for month in &mut months {
                sum.merge(*month);
                *month = sum;
            }
            (group, months)
        };
        few.chain(many).filter(is_used).map(sums).collect()
    }
}

impl Merge for Month {
    fn merge(&mut self, other: Self) {
        self.share += other.share;
        self.events += other.events;
    }
}

impl Merge for Spreads {
    fn merge(&mut self, other: Self) {
        let pair = |(month, more): (&mut Month, Month)| month.merge(more);
        self.few.iter_mut().zip(other.few).for_each(pair);
        for (group, months) in other.many {
            self.at(group).iter_mut().zip(months).for_each(pair);
        }
    }
}

/// The term of each licence, in months; 0 where it has no end.
fn terms(ctx: &Context<'_, '_>) -> Result<Vec<u8>, StoreError> {
    let (starts, ends) =
        (ctx.lookups.numbers("licenses", "start_date")?, ctx.lookups.numbers("licenses", "end_date")?);
    // Longer ones have the longest term.
    let longest = 2 * 31 * TERMS[TERMS.len() - 1];
    let by_days: Vec<u8> = (0..=longest).map(|days| term_months(days) as u8).collect();
    let term = |(&start, &end): (&i64, &i64)| match end {
        NULL_NUMBER => 0,
        _ if start == NULL_NUMBER => 1,
        end => by_days[(end - start).clamp(0, longest) as usize],
    };
    Ok(starts.iter().zip(ends.iter()).map(term).collect())
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
    let terms = terms(ctx)?;
    let worth = worth(ctx)?;
    let currencies = if ctx.conversion.is_some() { worth.len() as u64 } else { 1 };
    let scan =
        ctx.scan(0, Some(BILLED), &all)?.with(Needs { days: true, licenses: true, ..Needs::default() });
    let (from, to) = (month_index(first), month_index(last.max(first)));
    let months = (to - from) as usize + 2 + *TERMS.last().expect("there are terms") as usize;
    let groups = scan.layout().groups().saturating_mul(currencies);
    let (spreads, assumed, total) = scan.run(
        || (Spreads::new(groups, months), 0u64, 0u64),
        |(state, assumed, total), chunk| {
            let kinds = chunk.codes("event_type")?;
            // All amounts are of one currency where they are not converted.
            let codes = if currencies > 1 { chunk.codes("currency")? } else { vec![0; chunk.len()] };
            for (at, amount) in signed(chunk, &negative)?.into_iter().enumerate() {
                if amount == NULL_NUMBER || !recurring.get(kinds[at] as usize).is_some_and(|is| *is) {
                    continue;
                }
                *total += 1;
                let term = match terms.get(chunk.licenses[at] as usize) {
                    _ if !normalized => 1,
                    None | Some(0) => {
                        *assumed += 1;
                        1
                    }
                    Some(&term) => i64::from(term),
                };
                let share = i128::from(amount) * (SHARES / i128::from(term));
                let group = chunk.groups.of(at) * currencies + u64::from(codes[at]).min(currencies - 1);
                let of = state.at(group);
                let month = (month_index(chunk.days[at]) - from).clamp(0, to - from) as usize;
                of[month].merge(Month { share, events: 1 });
                of[month + term as usize].merge(Month { share: -share, events: -1 });
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
    let spreads = spreads.into_sums();
    let unit = SHARES * worth.one();
    for (bucket, day) in (0u32..).zip(ctx.stock_days()) {
        let Ok(at) = usize::try_from(month_index(day) - from) else { continue };
        for of in spreads.chunk_by(|a, b| a.0 / currencies == b.0 / currencies) {
            let (mut sum, mut counted) = (0, 0);
            for (group, months) in of {
                let month = months[at.min(months.len() - 1)];
                match worth.at((group % currencies) as u32, day) {
                    Some(rate) => {
                        sum += month.share * rate;
                        counted += month.events;
                    }
                    None => output.excluded.add(UNRATED, month.events.unsigned_abs()),
                }
            }
            if counted > 0 {
                let [mrr] = output.rows.place(scan.layout(), ctx.dims.len(), bucket, of[0].0 / currencies);
                mrr.push_quotient(sum, unit);
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
