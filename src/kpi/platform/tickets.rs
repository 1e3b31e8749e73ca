//! Support tickets: opened, resolved, still open.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::acting::Acting;
use super::meetings::{push_spread, spelled};
use super::users::registered_by;
use crate::kpi::context::{Context, Output};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::join;
use crate::kpi::kernels::lists::Lists;
use crate::kpi::kernels::quantile::quantile;
use crate::kpi::kernels::samples::Samples;
use crate::kpi::lookup::Ranks;
use crate::kpi::rows::{Figures, Rows};
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::predicate::{Predicate, moment};
use crate::kpi::scan::{Clock, Excluded, Periods, Scan, Side};
use crate::model::{Day, MICROS_PER_DAY, Zone};
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

const OPENED: Clock = Clock::of("open_date");
const CLOSED: Clock = Clock::of("close_date");

/// A day and, where there is one, an instant.
type Moment = Option<(Day, Option<i64>)>;

/// When each ticket of a chunk was opened and closed.
fn moments(chunk: &Chunk<'_>, zone: &Zone) -> Result<Vec<(Moment, Moment)>, StoreError> {
    let (open, open_day) = (chunk.numbers("open_date")?, chunk.file.flags("open_date")?);
    let (close, close_day) = (chunk.numbers("close_date")?, chunk.file.flags("close_date")?);
    let mut cursor = zone.cursor();
    let mut at = |micros: i64, is_day: bool| moment(micros, is_day, &mut cursor);
    let both = chunk
        .rows
        .iter()
        .zip(open)
        .zip(close)
        .map(|((row, open), close)| (at(open, open_day.get(row)), at(close, close_day.get(row))));
    Ok(both.collect())
}

/// The time between, in microseconds: between the instants when both have one, else between the days.
fn between(from: (Day, Option<i64>), to: (Day, Option<i64>)) -> i64 {
    match (from.1, to.1) {
        (Some(a), Some(b)) => b - a,
        _ => i64::from(to.0 - from.0) * MICROS_PER_DAY,
    }
}

/// `tickets_opened`.
pub fn tickets_opened(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let found = ctx.scan(0, Some(OPENED), &periods)?.counts()?;
    for entry in &found.entries {
        let [tickets] = output.rows.place(&found.layout, ctx.dims.len(), entry.bucket, entry.group);
        tickets.push_whole(i128::from(entry.value));
    }
    Ok(output)
}

/// `resolution_time`.
pub fn resolution_time(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let clock = if ctx.options.get("cohort") == "opened" { OPENED } else { CLOSED };
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(clock), &periods)?;
    let open = AtomicU64::new(0);
    let found = scan.by_period(
        || Samples::new(scan.layout().groups()),
        |samples, chunk| {
            let moments = moments(chunk, ctx.zone)?;
            let spans = moments.into_iter().map(|times| match times {
                // A ticket closed behind as_of is still open.
                (Some(from), Some(to)) if to.0 <= ctx.as_of => between(from, to),
                _ => {
                    open.fetch_add(1, Ordering::Relaxed);
                    NULL_NUMBER
                }
            });
            samples.add(&chunk.groups, &spans.collect::<Vec<i64>>(), NULL_NUMBER + 1);
            Ok(())
        },
        |samples, bucket, rows: &mut Rows| {
            samples.finish(|group, spans| {
                let figures = rows.place(scan.layout(), ctx.dims.len(), bucket, group);
                push_spread(figures, spans, MICROS_PER_DAY);
            });
        },
    )?;
    output.rows = found.into_iter().collect();
    output.excluded.add("no close_date", open.into_inner());
    Ok(output)
}

/// A ticket as the repeat rule sees it.
#[derive(Clone, Copy)]
struct Contact {
    user: u32,
    kind: u32,
    open: (Day, Option<i64>),
    id: u32,
}

/// The tickets of each user.
struct Contacts {
    /// By user, then one more: where the tickets begin.
    first: Vec<u32>,
    all: Vec<Contact>,
}

impl Contacts {
    /// Those of the whole table: a repeat counts whatever the filter.
    fn new(ctx: &Context<'_, '_>, kinds: &Ranks) -> Result<Self, KpiError> {
        let all = Periods::new(std::iter::once(0..1));
        let whole = Side { filter: Predicate::all(), ..ctx.sides[0].clone() };
        let scan = Scan::new(ctx.lookups, ctx.zone, &whole, None, &all, &[])?;
        let scan = scan.with(Needs { actors: true, ids: true, ..Needs::default() });
        let contacts = scan.run(Vec::new, |contacts: &mut Vec<Contact>, chunk| {
            let types = chunk.codes("ticket_type")?;
            for (at, times) in moments(chunk, ctx.zone)?.into_iter().enumerate() {
                let (user, kind) = (chunk.actors[at], kinds.of(types[at]));
                if let (Some(open), true, true) = (times.0, user != NULL_ID, kind != 0) {
                    contacts.push(Contact { user, kind, open, id: chunk.ids[at] });
                }
            }
            Ok(())
        })?;
        let mut first = vec![0u32; ctx.lookups.ids_of("users") + 1];
        contacts.iter().for_each(|contact| first[contact.user as usize + 1] += 1);
        for user in 1..first.len() {
            first[user] += first[user - 1];
        }
        let mut next = first.clone();
        let mut all = contacts.clone();
        for contact in contacts {
            let at = &mut next[contact.user as usize];
            all[*at as usize] = contact;
            *at += 1;
        }
        Ok(Contacts { first, all })
    }

    fn of(&self, user: u32, kind: u32) -> impl Iterator<Item = &Contact> {
        let range = self.first[user as usize] as usize..self.first[user as usize + 1] as usize;
        self.all[range].iter().filter(move |contact| contact.kind == kind)
    }
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
    let kinds = ctx.lookups.ranks("support_tickets", "ticket_type")?;
    let is_resolved =
        spelled(ctx, "support_tickets", "resolution_status", |t| matches!(t, "resolved" | "closed"))?;
    let contacts = if same_day { None } else { Some(Contacts::new(ctx, &kinds)?) };
    let keys = TicketKeys::new(ctx)?;
    let periods = ctx.flow();
    let scan =
        ctx.scan(0, Some(CLOSED), &periods)?.with(Needs { actors: true, ids: true, ..Needs::default() });
    let (young, other) = (AtomicU64::new(0), AtomicU64::new(0));
    let columns = |chunk: &Chunk<'_>| {
        let (types, statuses) = (chunk.codes("ticket_type")?, chunk.codes("resolution_status")?);
        let (mut resolved, mut first) = (vec![0; chunk.len()], vec![0; chunk.len()]);
        for (at, times) in moments(chunk, ctx.zone)?.into_iter().enumerate() {
            let (user, kind) = (chunk.actors[at], kinds.of(types[at]));
            let (Some(open), Some(close)) = times else { continue };
            if user == NULL_ID || kind == 0 || !is_resolved.get(statuses[at] as usize).is_some_and(|is| *is) {
                other.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            if close.0 + window > ctx.as_of {
                young.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            resolved[at] = 1;
            first[at] = i64::from(match &contacts {
                None => open.0 == close.0,
                Some(contacts) => {
                    let id = chunk.ids[at];
                    let later = |c: &Contact| -> Result<bool, StoreError> {
                        let gap = between(open, c.open);
                        let is_later =
                            gap > 0 || (gap == 0 && c.id != id && keys.get(c.id)? > keys.get(id)?);
                        let since_close = between(close, c.open);
                        Ok(is_later && (0..=i64::from(window) * MICROS_PER_DAY).contains(&since_close))
                    };
                    let mut is_first = true;
                    for contact in contacts.of(user, kind) {
                        is_first &= !later(contact)?;
                    }
                    is_first
                }
            });
        }
        Ok([resolved, first])
    };
    let found = scan.totals(columns, |rows: &mut Rows, bucket, group, _, [resolved, first]| {
        if resolved > 0 {
            let [rate, n, of] = rows.place(scan.layout(), ctx.dims.len(), bucket, group);
            rate.push_ratio(first, resolved as u64);
            n.push_whole(first);
            of.push_whole(resolved);
        }
    })?;
    output.rows = found.into_iter().collect();
    output.excluded.add(format!("closed less than {window} days before as_of"), young.into_inner());
    output.excluded.add("not resolved, or without user or type", other.into_inner());
    Ok(output)
}

/// `tickets_per_1000_active_users`.
pub fn tickets_per_1000(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let tickets = ctx.scan(0, Some(OPENED), &periods)?.counts()?;
    let users = if ctx.options.get("denominator") == "registered" {
        registered_by(ctx, 1, &ctx.stock_days())?
    } else {
        Acting::new(ctx, 1, periods.count())?.counts(&periods, &mut Excluded::default())?
    };
    let write = |figures: &mut [Figures; 3], tickets: Option<u64>, users: Option<u64>| {
        let (tickets, users) = (tickets.unwrap_or(0), users.unwrap_or(0));
        let [ratio, n, of] = figures;
        ratio.push_ratio(1000 * i128::from(tickets), users);
        n.push_whole(i128::from(tickets));
        of.push_whole(i128::from(users));
    };
    join(ctx, (0, tickets), (1, users), &mut output.rows, write);
    Ok(output)
}

/// `open_tickets`.
pub fn open_tickets(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let days = ctx.stock_days();
    let Some(first) = ctx.earliest else { return Ok(output) };
    let ever = Periods::new(std::iter::once(first..(ctx.as_of + 1).max(first)));
    let scan = ctx.scan(0, Some(OPENED), &ever)?;
    // Per day: the group and the age of each ticket that is open.
    let open = scan.run(
        || Lists::new(days.len()),
        |open: &mut Lists<(u64, i64)>, chunk| {
            for (at, times) in moments(chunk, ctx.zone)?.into_iter().enumerate() {
                let (Some(from), close) = times else { continue };
                let group = chunk.groups.of(at);
                let opened = days.partition_point(|&t| t < from.0);
                let closed = close.map_or(days.len(), |c| days.partition_point(|&t| t < c.0));
                for (day, &t) in days.iter().enumerate().take(closed).skip(opened) {
                    open.push(day, (group, i64::from(t - from.0)));
                }
            }
            Ok(())
        },
    )?;
    let mut ages = Vec::new();
    for (bucket, mut tickets) in (0u32..).zip(open.into_lists()) {
        tickets.par_sort_unstable();
        for of in tickets.chunk_by(|a, b| a.0 == b.0) {
            ages.clear();
            ages.extend(of.iter().map(|ticket| ticket.1));
            let [n, median] = output.rows.place(scan.layout(), ctx.dims.len(), bucket, of[0].0);
            n.push_whole(ages.len() as i128);
            let (numerator, denominator) = quantile(&ages, 5);
            median.push_ratio(numerator, denominator);
        }
    }
    Ok(output)
}
