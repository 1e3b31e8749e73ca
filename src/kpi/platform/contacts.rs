//! Which tickets are solved at the first contact? Those after which no other of their user and type comes soon.
//!
//! Invariant: a ticket counts as a repeat whatever the filter says of it.

use std::sync::atomic::{AtomicU64, Ordering};

use super::meetings::spelled;
use super::tickets::CLOSED;
use crate::index::tickets::{self, Cell, Ticket};
use crate::kpi::context::{Context, Output};
use crate::kpi::error::KpiError;
use crate::kpi::lookup::Keys;
use crate::kpi::rows::Rows;
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::days::NO_DAY;
use crate::kpi::scan::predicate::moment;
use crate::model::zone::Cursor;
use crate::model::{Day, MICROS_PER_DAY};
use crate::store::{BitVec, NULL_ID, NULL_NUMBER};

/// Finds the tickets that another one follows.
struct Repeats<'q> {
    /// Days after closing in which another one is a repeat.
    window: Day,
    cursor: Cursor<'q>,
    keys: Keys<'q>,
}

/// A day that is told of an instant lies at most so far from the day of UTC, and as far from where it starts.
const SLACK: i64 = 3 * MICROS_PER_DAY;

impl Repeats<'_> {
    /// Whether one of the tickets of the same user and type is a repeat of one of them.
    fn is_repeated(&mut self, ticket: &Ticket, several: &[Ticket]) -> bool {
        let close = ticket.close.micros;
        let first = several.partition_point(|other| other.open.micros < close.saturating_sub(SLACK));
        let window = i64::from(self.window).saturating_mul(MICROS_PER_DAY);
        let last = close.saturating_add(window).saturating_add(SLACK);
        let near = several[first..].iter().take_while(|other| other.open.micros <= last);
        near.filter(|other| other.id != ticket.id).any(|other| {
            self.is_later(ticket, other) && (0..=window).contains(&self.between(ticket.close, other.open))
        })
    }

    fn is_later(&mut self, ticket: &Ticket, other: &Ticket) -> bool {
        let gap = self.between(ticket.open, other.open);
        gap > 0 || (gap == 0 && self.keys.order(other.id, ticket.id).is_gt())
    }

    /// The time between, in microseconds: between the instants when both have one, else between the days.
    fn between(&mut self, from: Cell, to: Cell) -> i64 {
        if !from.is_day && !to.is_day {
            // A damaged store may hold any numbers.
            return to.micros.wrapping_sub(from.micros);
        }
        let mut day =
            |cell: Cell| moment(cell.micros, cell.is_day, &mut self.cursor).map_or(0, |moment| moment.0);
        i64::from(day(to) - day(from)) * MICROS_PER_DAY
    }
}

/// `first_contact_resolution`.
pub fn first_contact_resolution(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let window = ctx.options.whole("window") as Day;
    let same_day = ctx.options.get("method") == "same_day";
    let is_resolved =
        spelled(ctx, "support_tickets", "resolution_status", |t| matches!(t, "resolved" | "closed"))?;
    let repeated = if same_day { None } else { Some(repeated(ctx, window)?) };
    let periods = ctx.flow();
    let scan =
        ctx.scan(0, Some(CLOSED), &periods)?.with(Needs { actors: true, ids: true, ..Needs::default() });
    let (young, other) = (AtomicU64::new(0), AtomicU64::new(0));
    let columns = |chunk: &Chunk<'_>| {
        let (types, statuses) = (chunk.codes("ticket_type")?, chunk.codes("resolution_status")?);
        let opened = chunk.civil_days("open_date", ctx.zone)?;
        let closed = chunk.civil_days("close_date", ctx.zone)?;
        let (mut resolved, mut first) = (vec![0; chunk.len()], vec![0; chunk.len()]);
        let (mut too_young, mut others) = (0, 0);
        for at in 0..chunk.len() {
            if opened[at] == NO_DAY || closed[at] == NO_DAY {
                continue;
            }
            let counts = chunk.actors[at] != NULL_ID
                && types[at] != 0
                && is_resolved.get(statuses[at] as usize).is_some_and(|is| *is);
            let is_young = closed[at] + window > ctx.as_of;
            others += u64::from(!counts);
            too_young += u64::from(counts && is_young);
            let is_first = match &repeated {
                None => opened[at] == closed[at],
                Some(repeated) => !repeated.get(chunk.ids[at] as usize),
            };
            resolved[at] = i64::from(counts && !is_young);
            first[at] = i64::from(counts && !is_young && is_first);
        }
        young.fetch_add(too_young, Ordering::Relaxed);
        other.fetch_add(others, Ordering::Relaxed);
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

/// By id, whether another ticket of the same user and type was opened after a ticket, and within the window after
/// closing.
fn repeated(ctx: &Context<'_, '_>, window: Day) -> Result<BitVec, KpiError> {
    let keys = ctx.lookups.keys("support_tickets")?;
    let mut repeats = Repeats { window, cursor: ctx.zone.cursor(), keys };
    let ids = ctx.lookups.ids_of("support_tickets");
    let mut repeated = BitVec::zeros(ids);
    tickets::each_several(ctx.lookups.snapshot(), |several| {
        for ticket in several.iter().filter(|ticket| ticket.close.micros != NULL_NUMBER) {
            // A damaged look-up may hold a missing id.
            if (ticket.id as usize) < ids && repeats.is_repeated(ticket, several) {
                repeated.set(ticket.id as usize);
            }
        }
    })?;
    Ok(repeated)
}
