//! Support tickets: opened, resolved, still open.

use std::sync::atomic::{AtomicU64, Ordering};

use super::acting::Acting;
use super::users::registered_by;
use crate::kpi::context::{Context, Output};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::join;
use crate::kpi::kernels::by_group::ByGroup;
use crate::kpi::kernels::lists::Lists;
use crate::kpi::kernels::quantile::quantile_of;
use crate::kpi::rows::{Figures, Rows};
use crate::kpi::scan::chunk::Chunk;
use crate::kpi::scan::days::{NO_DAY, flagged};
use crate::kpi::scan::{Clock, Excluded, Periods};
use crate::model::{Day, MICROS_PER_DAY, Zone};
use crate::store::{NULL_NUMBER, StoreError};

const OPENED: Clock = Clock::of("open_date");
pub(super) const CLOSED: Clock = Clock::of("close_date");

/// How long each ticket of a chunk was open, in microseconds: between the instants where both have one, else
/// between the days; [`NULL_NUMBER`] where it was not closed by as_of.
fn spans(chunk: &Chunk<'_>, zone: &Zone, as_of: Day) -> Result<Vec<i64>, StoreError> {
    let (open, close) = (chunk.numbers(OPENED.column)?, chunk.numbers(CLOSED.column)?);
    let closed = chunk.civil_days(CLOSED.column, zone)?;
    let span = |((&from, &to), &day): ((&i64, &i64), &Day)| {
        let is_open = from == NULL_NUMBER || to == NULL_NUMBER || day > as_of;
        if is_open { NULL_NUMBER } else { to.wrapping_sub(from) }
    };
    let mut spans: Vec<i64> = open.iter().zip(&close).zip(&closed).map(span).collect();
    let open_only = flagged(chunk.file.flags(OPENED.column)?, &chunk.rows);
    let close_only = flagged(chunk.file.flags(CLOSED.column)?, &chunk.rows);
    if !(open_only.is_empty() && close_only.is_empty()) {
        let opened = chunk.civil_days(OPENED.column, zone)?;
        for (at, span) in spans.iter_mut().enumerate().filter(|(_, span)| **span != NULL_NUMBER) {
            if open_only.get(at) || close_only.get(at) {
                *span = i64::from(closed[at] - opened[at]) * MICROS_PER_DAY;
            }
        }
    }
    Ok(spans)
}

/// `tickets_opened`.
pub fn tickets_opened(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(OPENED), &periods)?;
    let found = scan.counted(|rows: &mut Rows, bucket, group, tickets| {
        let [count] = rows.place(scan.layout(), ctx.dims.len(), bucket, group);
        count.push_whole(i128::from(tickets));
    })?;
    output.rows = found.into_iter().collect();
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
        || ByGroup::new(scan.layout().groups()),
        |by_group, chunk| {
            let spans = spans(chunk, ctx.zone, ctx.as_of)?;
            let closed = spans.iter().copied().enumerate().filter(|(_, span)| *span != NULL_NUMBER);
            let before = by_group.len();
            by_group.add(&chunk.groups, closed);
            open.fetch_add((spans.len() - (by_group.len() - before)) as u64, Ordering::Relaxed);
            Ok(())
        },
        |by_group, bucket, rows: &mut Rows| {
            by_group.finish(|group, spans| {
                let [mean, median, p90, n] = rows.place(scan.layout(), ctx.dims.len(), bucket, group);
                let sum: i128 = spans.iter().map(|&span| i128::from(span)).sum();
                mean.push_quotient(sum, i128::from(MICROS_PER_DAY) * spans.len() as i128);
                for (figures, tenths) in [(median, 5), (p90, 9)] {
                    let (numerator, denominator) = quantile_of(spans, tenths);
                    figures.push_quotient(numerator, i128::from(denominator) * i128::from(MICROS_PER_DAY));
                }
                n.push_whole(spans.len() as i128);
            });
        },
    )?;
    output.rows = found.into_iter().collect();
    output.excluded.add("no close_date", open.into_inner());
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
    let next = NextOf::new(&days);
    // Per day: the group and the age of each ticket that is open.
    let open = scan.run(
        || Lists::new(days.len()),
        |open: &mut Lists<(u64, i64)>, chunk| {
            let opened = chunk.civil_days(OPENED.column, ctx.zone)?;
            let closed = chunk.civil_days(CLOSED.column, ctx.zone)?;
            for (at, (&from, &to)) in opened.iter().zip(&closed).enumerate() {
                let until = if to == NO_DAY { days.len() } else { next.position(to) };
                let held = days.iter().enumerate().take(until).skip(next.position(from));
                held.for_each(|(day, &t)| {
                    open.push(day, (chunk.groups.of(at), i64::from(t) - i64::from(from)));
                });
            }
            Ok(())
        },
    )?;
    let mut by_group = ByGroup::new(scan.layout().groups());
    for (bucket, tickets) in (0u32..).zip(open.into_lists()) {
        tickets.into_iter().for_each(|(group, age)| by_group.push(group, age));
        by_group.finish(|group, ages| {
            let [n, median] = output.rows.place(scan.layout(), ctx.dims.len(), bucket, group);
            n.push_whole(ages.len() as i128);
            let (numerator, denominator) = quantile_of(ages, 5);
            median.push_ratio(numerator, denominator);
        });
    }
    Ok(output)
}

/// Which of some days, in order, is the first that is not before another?
struct NextOf {
    first: Day,
    positions: Vec<u32>,
    count: usize,
}

impl NextOf {
    fn new(days: &[Day]) -> Self {
        let first = days.iter().copied().min().unwrap_or(0);
        let last = days.iter().copied().max().unwrap_or(0);
        let positions = (first..=last).map(|day| days.partition_point(|&t| t < day) as u32).collect();
        NextOf { first, positions, count: days.len() }
    }

    fn position(&self, day: Day) -> usize {
        match usize::try_from(i64::from(day) - i64::from(self.first)) {
            Ok(at) => self.positions.get(at).map_or(self.count, |position| *position as usize),
            Err(_) => 0,
        }
    }
}
