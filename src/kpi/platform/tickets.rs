//! Support tickets: opened, resolved, still open.

use super::acting::Acting;
use super::users::registered_by;
use crate::kpi::context::{Context, Output};
use crate::kpi::error::KpiError;
use crate::kpi::grouped::join;
use crate::kpi::kernels::by_group::ByGroup;
use crate::kpi::kernels::lists::Lists;
use crate::kpi::kernels::next_of::NextOf;
use crate::kpi::kernels::quantile::quantile_of;
use crate::kpi::rows::{Figures, Rows};
use crate::kpi::scan::chunk::Chunk;
use crate::kpi::scan::days::{NO_DAY, flagged};
use crate::kpi::scan::predicate::moment;
use crate::kpi::scan::{Clock, Excluded, Periods};
use crate::model::{Day, MICROS_PER_DAY, Zone};
use crate::store::vector::changed;
use crate::store::{NULL_NUMBER, StoreError};

const OPENED: Clock = Clock::of("open_date");
pub(super) const CLOSED: Clock = Clock::of("close_date");

/// How long each ticket of a chunk was open, in microseconds: between the instants where both have one, else
/// between the days; [`NULL_NUMBER`] where it was not closed, or not by the last day asked for.
fn spans(chunk: &Chunk<'_>, zone: &Zone, last: Option<Day>) -> Result<Vec<i64>, StoreError> {
    let (open, mut spans) = (chunk.numbers(OPENED.column)?, chunk.numbers(CLOSED.column)?);
    let open_only = flagged(chunk.file.flags(OPENED.column)?, &chunk.rows);
    let close_only = flagged(chunk.file.flags(CLOSED.column)?, &chunk.rows);
    let mut cursor = zone.cursor();
    let mut by_days = Vec::new();
    for at in open_only.or(&close_only).view().ones().map(|at| at as usize) {
        let opened = moment(open[at], open_only.get(at), &mut cursor);
        let closed = moment(spans[at], close_only.get(at), &mut cursor);
        if let (Some((opened, _)), Some((closed, _))) = (opened, closed) {
            by_days.push((at, i64::from(closed - opened) * MICROS_PER_DAY));
        }
    }
    changed(&mut spans, &open, |span, from| {
        let is_open = from == NULL_NUMBER || *span == NULL_NUMBER;
        *span = if is_open { NULL_NUMBER } else { span.wrapping_sub(from) };
    });
    by_days.into_iter().for_each(|(at, span)| spans[at] = span);
    if let Some(last) = last {
        let closed = chunk.civil_days(CLOSED.column, zone)?;
        let late = spans.iter_mut().zip(closed).filter(|(_, day)| *day > last);
        late.for_each(|(span, _)| *span = NULL_NUMBER);
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
    // No period reaches beyond as_of.
    let (clock, last) =
        if ctx.options.get("cohort") == "opened" { (OPENED, Some(ctx.as_of)) } else { (CLOSED, None) };
    let periods = ctx.flow();
    let scan = ctx.scan(0, Some(clock), &periods)?;
    let (found, open) = scan.gathered(
        |chunk| spans(chunk, ctx.zone, last),
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
    output.excluded.add("no close_date", open);
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
