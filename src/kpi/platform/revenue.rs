//! Billing events: how much money came in.

use super::acting::Acting;
use super::meetings::{START, minutes_column, spelled};
use crate::kpi::context::{Context, Output};
use crate::kpi::convert::Worth;
use crate::kpi::error::KpiError;
use crate::kpi::grouped::{Entry, Grouped, join};
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::slots::Slots;
use crate::kpi::kernels::totals::take_away;
use crate::kpi::rows::{Figures, Rows};
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::{Clock, Excluded, Layout, rows_without_time};
use crate::store::{NULL_NUMBER, StoreError};

/// When events happen.
pub(super) const BILLED: Clock = Clock::of("transaction_date");

/// Event types that take money back.
const NEGATIVE: [&str; 3] = ["refund", "credit", "chargeback"];

/// By code, 1 if events of a type take money back, else 0.
pub(super) fn negative(ctx: &Context<'_, '_>) -> Result<Vec<u8>, StoreError> {
    let negative = spelled(ctx, "billing_events", "event_type", |t| NEGATIVE.contains(&t))?;
    Ok(negative.into_iter().map(u8::from).collect())
}

/// The signed amount of each event of a chunk; a missing one is missing.
fn signed(chunk: &Chunk<'_>, negative: &[u8]) -> Result<Vec<i64>, StoreError> {
    let mut amounts = chunk.numbers("amount")?;
    // A missing amount stays what it is.
    take_away(&mut amounts, &chunk.stored_codes("event_type")?.look_up(&chunk.rows, negative, 0));
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
pub(super) fn worth<'q>(ctx: &Context<'_, 'q>) -> Result<Worth<'q>, KpiError> {
    let dictionary = ctx.lookups.dictionary("billing_events", "currency")?;
    let codes = 0..=dictionary.map_or(0, |d| d.len()) as u32;
    let names: Vec<String> = codes.map(|c| dictionary.map_or_else(String::new, |d| d.text(c))).collect();
    Ok(Worth::new(ctx.conversion, &names))
}

/// Counts the events that fall into no period.
pub(super) fn exclude_without_time(ctx: &Context<'_, '_>, output: &mut Output) {
    output
        .excluded
        .add("billing_events: no transaction_date", rows_without_time(ctx.lookups, "billing_events"));
}

/// What an event without a rate on its day is counted under.
pub(super) const UNRATED: &str = "no rate to convert with";

/// Sums of signed amounts, in the units of what they are worth.
fn amounts(
    ctx: &Context<'_, '_>,
    worth: &Worth<'_>,
    output: &mut Output,
) -> Result<Grouped<Amounts>, KpiError> {
    if ctx.conversion.is_some() {
        return converted(ctx, worth, output);
    }
    let (layout, found) = sums(ctx, output, |found: &mut Vec<Entry<Amounts>>, _, bucket, group, value| {
        found.push(Entry { bucket, group, value });
    })?;
    Ok(Grouped::new(&layout, found))
}

/// Sums of signed amounts as they are. `emit` takes them by layout, period and group, in order; what it makes of
/// them comes in several parts, in order.
fn sums<O: Send + Default>(
    ctx: &Context<'_, '_>,
    output: &mut Output,
    emit: impl Fn(&mut O, &Layout, u32, u64, Amounts) + Sync,
) -> Result<(Layout, Vec<O>), KpiError> {
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(BILLED), &periods)?;
    let emit = |found: &mut O, bucket, group, events, sum| {
        emit(found, scan.layout(), bucket, group, Amounts { sum, events });
    };
    let (found, without) = scan.signed_sums("amount", "event_type", &negative(ctx)?, emit)?;
    output.excluded.add("sums: no amount", without);
    Ok((scan.layout().clone(), found))
}

/// Sums of amounts that are turned into another currency at the rate of their day.
fn converted(
    ctx: &Context<'_, '_>,
    worth: &Worth<'_>,
    output: &mut Output,
) -> Result<Grouped<Amounts>, KpiError> {
    let negative = negative(ctx)?;
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(BILLED), &periods)?.with(Needs { days: true, ..Needs::default() });
    let slots = scan.layout().slots;
    let found = scan.run(
        || Slots::<Converted>::new(slots),
        |state, chunk| {
            let currencies = chunk.codes("currency")?;
            for (at, amount) in signed(chunk, &negative)?.into_iter().enumerate() {
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
    exclude_without_time(ctx, &mut output);
    let events = amounts(ctx, &worth, &mut output)?;
    let periods = ctx.flow();
    let hosts = Acting::new(ctx, 1, periods.count())?.counts(&periods, &mut Excluded::default())?;
    let scan = ctx.scan(1, Some(START), &periods)?;
    let emit = |found: &mut Vec<Entry<u64>>, bucket, group, _, minutes| {
        found.push(Entry { bucket, group, value: minutes as u64 });
    };
    let (minutes, _) = scan.sums(minutes_column(), emit)?;
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
    exclude_without_time(ctx, &mut output);
    let write = |rows: &mut Rows, layout: &Layout, bucket, group, amounts: Amounts| {
        let [revenue, events] = rows.place(layout, ctx.dims.len(), bucket, group);
        revenue.push_quotient(amounts.sum, worth.one());
        events.push_whole(i128::from(amounts.events));
    };
    if ctx.conversion.is_some() {
        let found = converted(ctx, &worth, &mut output)?;
        for entry in &found.entries {
            write(&mut output.rows, &found.layout, entry.bucket, entry.group, entry.value);
        }
        return Ok(output);
    }
    // Rows may be many, and are written where they are found.
    output.rows = sums(ctx, &mut output, write)?.1.into_iter().collect();
    Ok(output)
}
