//! Support tickets: opened, resolved, still open.

use std::collections::HashMap;

use super::active::Activity;
use super::meetings::spelled;
use super::users::registered_by;
use crate::kpi::context::{Context, GroupKey, Output, count, full_outer_join, ratio};
use crate::kpi::error::KpiError;
use crate::kpi::exact::Exact;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::quantile::quantile;
use crate::kpi::kernels::slots::Slots;
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::predicate::{Predicate, moment};
use crate::kpi::scan::{Clock, Excluded, Periods, Scan, Side};
use crate::model::{Day, MICROS_PER_DAY, Zone};
use crate::store::{NULL_ID, StoreError};

const OPENED: Clock = Clock::of("open_date");
const CLOSED: Clock = Clock::of("close_date");

/// A day and, where there is one, an instant.
type Moment = Option<(Day, Option<i64>)>;

/// When each ticket of a chunk was opened and closed.
fn moments(chunk: &Chunk<'_>, zone: &Zone) -> Result<Vec<(Moment, Moment)>, StoreError> {
    let (open, open_day) = (chunk.file.numbers("open_date")?, chunk.file.flags("open_date")?);
    let (close, close_day) = (chunk.file.numbers("close_date")?, chunk.file.flags("close_date")?);
    let both = chunk.rows.iter().map(|&row| {
        let r = row as usize;
        (moment(open.get(r), open_day.get(r), zone), moment(close.get(r), close_day.get(r), zone))
    });
    Ok(both.collect())
}

/// The time between, in microseconds: between the instants when both have one, else between the days.
fn between(from: (Day, Option<i64>), to: (Day, Option<i64>)) -> i64 {
    match (from.1, to.1) {
        (Some(a), Some(b)) => b - a,
        _ => i64::from(to.0 - from.0) * MICROS_PER_DAY,
    }
}

fn tickets_by(
    ctx: &Context<'_, '_>,
    clock: Clock,
    periods: &Periods,
) -> Result<crate::kpi::context::Groups<u64>, KpiError> {
    let scan = ctx.scan(0, Some(clock), periods)?;
    let found = scan.counts()?;
    Ok(ctx.groups(0, scan.layout(), found.into_entries()))
}

/// `tickets_opened`.
pub fn tickets_opened(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    for (key, n) in tickets_by(ctx, OPENED, &ctx.flow())? {
        output.put(key, vec![count(n)]);
    }
    Ok(output)
}

/// `resolution_time`.
pub fn resolution_time(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let clock = if ctx.options.get("cohort") == "opened" { OPENED } else { CLOSED };
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(clock), &periods)?;
    let slots = scan.layout().slots;
    let (found, open) = scan.run(
        || (Slots::<Vec<i64>>::new(slots), 0u64),
        |(state, open), chunk| {
            for (&slot, times) in chunk.slots.iter().zip(moments(chunk, ctx.zone)?) {
                match times {
                    // A ticket closed behind as_of is still open.
                    (Some(from), Some(to)) if to.0 <= ctx.as_of => state.at(slot).push(between(from, to)),
                    _ => *open += 1,
                }
            }
            Ok(())
        },
    )?;
    output.excluded.add("no close_date", open);
    let day = i128::from(MICROS_PER_DAY);
    for (key, mut spans) in ctx.groups(0, scan.layout(), found.into_entries()) {
        spans.sort_unstable();
        let sum: i128 = spans.iter().map(|&s| i128::from(s)).sum();
        let n = spans.len() as u64;
        let average = Exact::ratio(sum, day * i128::from(n));
        output.put(key, vec![average, quantile(&spans, 5, day), quantile(&spans, 9, day), count(n)]);
    }
    Ok(output)
}

/// A ticket as the repeat rule sees it.
struct Contact {
    open: (Day, Option<i64>),
    key: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Contacts {
    resolved: u64,
    first: u64,
}

impl Merge for Contacts {
    fn merge(&mut self, o: Self) {
        self.resolved += o.resolved;
        self.first += o.first;
    }
}

/// The tickets of each user and type, over the whole table: a repeat counts whatever the filter.
fn contacts(ctx: &Context<'_, '_>, shown: &[u32]) -> Result<HashMap<(u32, u32), Vec<Contact>>, KpiError> {
    let all = Periods::new(std::iter::once(0..1));
    let whole = Side { filter: Predicate::all(), ..ctx.sides[0].clone() };
    let scan = Scan::new(ctx.lookups, ctx.zone, &whole, None, &all, &[])?;
    let scan = scan.with(Needs { actors: true, ids: true, ..Needs::default() });
    let keys = TicketKeys::new(ctx)?;
    scan.run(HashMap::new, |state: &mut HashMap<(u32, u32), Vec<Contact>>, chunk| {
        let types = chunk.file.codes("ticket_type")?;
        for (at, times) in moments(chunk, ctx.zone)?.into_iter().enumerate() {
            let user = chunk.actors[at];
            let kind = shown.get(types.get(chunk.rows[at] as usize) as usize).copied().unwrap_or(0);
            if let (Some(open), true, true) = (times.0, user != NULL_ID, kind != 0) {
                let key = keys.get(chunk.ids[at])?;
                state.entry((user, kind)).or_default().push(Contact { open, key });
            }
        }
        Ok(())
    })
}

/// The keys of tickets by id.
struct TicketKeys<'a> {
    files: Vec<(usize, &'a crate::store::ColumnFile)>,
}

impl<'a> TicketKeys<'a> {
    fn new(ctx: &Context<'a, '_>) -> Result<Self, KpiError> {
        let table = ctx.lookups.snapshot().named("support_tickets");
        Ok(TicketKeys { files: table.map(|t| t.chunks()).transpose()?.unwrap_or_default() })
    }

    fn get(&self, id: u32) -> Result<Vec<u8>, StoreError> {
        let found = self.files.iter().rev().find(|(first, _)| *first <= id as usize);
        let Some((first, file)) = found else { return Ok(Vec::new()) };
        Ok(file.keys("ticket_id")?.get(id as usize - first).unwrap_or_default())
    }
}

/// `first_contact_resolution`.
pub fn first_contact_resolution(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let window = ctx.options.whole("window") as Day;
    let same_day = ctx.options.get("method") == "same_day";
    let shown = ctx.lookups.shown("support_tickets", "ticket_type")?;
    let is_resolved =
        spelled(ctx, "support_tickets", "resolution_status", |t| matches!(t, "resolved" | "closed"))?;
    let contacts = if same_day { HashMap::new() } else { contacts(ctx, &shown)? };
    let keys = TicketKeys::new(ctx)?;
    let periods = ctx.flow();
    let scan =
        ctx.scan(0, Some(CLOSED), &periods)?.with(Needs { actors: true, ids: true, ..Needs::default() });
    let slots = scan.layout().slots;
    let (found, young, other) = scan.run(
        || (Slots::<Contacts>::new(slots), 0u64, 0u64),
        |(state, young, other), chunk| {
            let (types, statuses) =
                (chunk.file.codes("ticket_type")?, chunk.file.codes("resolution_status")?);
            for (at, times) in moments(chunk, ctx.zone)?.into_iter().enumerate() {
                let row = chunk.rows[at] as usize;
                let user = chunk.actors[at];
                let kind = shown.get(types.get(row) as usize).copied().unwrap_or(0);
                let resolved = is_resolved.get(statuses.get(row) as usize).copied().unwrap_or(false);
                let (Some(open), Some(close)) = times else { continue };
                if user == NULL_ID || kind == 0 || !resolved {
                    *other += 1;
                    continue;
                }
                if close.0 + window > ctx.as_of {
                    *young += 1;
                    continue;
                }
                let first = if same_day {
                    open.0 == close.0
                } else {
                    let key = keys.get(chunk.ids[at])?;
                    let later = |c: &Contact| {
                        let gap = between(open, c.open);
                        let since_close = between(close, c.open);
                        (gap > 0 || (gap == 0 && c.key > key))
                            && (0..=i64::from(window) * MICROS_PER_DAY).contains(&since_close)
                    };
                    !contacts.get(&(user, kind)).is_some_and(|all| all.iter().any(later))
                };
                let of = state.at(chunk.slots[at]);
                of.resolved += 1;
                of.first += u64::from(first);
            }
            Ok(())
        },
    )?;
    output.excluded.add(format!("closed less than {window} days before as_of"), young);
    output.excluded.add("not resolved, or without user or type", other);
    for (key, c) in ctx.groups(0, scan.layout(), found.into_entries()) {
        output.put(key, vec![ratio(c.first, c.resolved), count(c.first), count(c.resolved)]);
    }
    Ok(output)
}

/// `tickets_per_1000_active_users`.
pub fn tickets_per_1000(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let tickets = tickets_by(ctx, OPENED, &periods)?;
    let users = if ctx.options.get("denominator") == "registered" {
        registered_by(ctx, 1, &ctx.stock_days())?
    } else {
        let mut aside = Excluded::default();
        Activity::new(ctx, 1, &periods, &mut aside)?.counts(ctx, 1)
    };
    for (key, (tickets, users)) in full_outer_join((&ctx.sides[0], tickets), (&ctx.sides[1], users)) {
        let (tickets, users) = (tickets.unwrap_or(0), users.unwrap_or(0));
        output.put(key, vec![ratio(1000 * tickets, users), count(tickets), count(users)]);
    }
    Ok(output)
}

/// `open_tickets`.
pub fn open_tickets(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let days = ctx.stock_days();
    let Some(first) = ctx.earliest else { return Ok(output) };
    let ever = Periods::new(std::iter::once(first..(ctx.as_of + 1).max(first)));
    let scan = ctx.scan(0, Some(OPENED), &ever)?;
    // Per group: the day of opening, and of closing where there is one.
    let found = scan.slots(|state: &mut Slots<Vec<(Day, Option<Day>)>>, chunk| {
        for (&slot, times) in chunk.slots.iter().zip(moments(chunk, ctx.zone)?) {
            if let (Some(open), close) = times {
                state.at(slot).push((open.0, close.map(|c| c.0)));
            }
        }
        Ok(())
    })?;
    for (key, tickets) in ctx.groups(0, scan.layout(), found.into_entries()) {
        let mut ages: Vec<Vec<i64>> = vec![Vec::new(); days.len()];
        for (open, close) in tickets {
            let from = days.partition_point(|&t| t < open);
            let to = close.map_or(days.len(), |c| days.partition_point(|&t| t < c));
            (from..to).for_each(|i| ages[i].push(i64::from(days[i] - open)));
        }
        for (bucket, mut ages) in (0u32..).zip(ages).filter(|(_, a)| !a.is_empty()) {
            ages.sort_unstable();
            let group = GroupKey { bucket, codes: key.codes.clone() };
            output.put(group, vec![count(ages.len() as u64), quantile(&ages, 5, 1)]);
        }
    }
    Ok(output)
}
