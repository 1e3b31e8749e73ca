//! Which revenue recurs each month? Recurring events, spread over the terms of their licences.
//!
//! Invariant: an event counts in as many months as its term has, from that of its day on, each time with the
//! same share of its amount; shares are whole numbers, so that sums do not depend on their order.

use super::meetings::spelled;
use super::revenue::{BILLED, UNRATED, exclude_without_time, negative, worth};
use crate::index::licenses::TERMS;
use crate::kpi::context::{Context, Output};
use crate::kpi::convert::Worth;
use crate::kpi::error::KpiError;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::running::Running;
use crate::kpi::kernels::totals::{Totals, clear_missing, take_away};
use crate::kpi::scan::chunk::{Chunk, Needs};
use crate::kpi::scan::{Layout, Periods};
use crate::model::Day;
use crate::model::civil::{month_index, month_start};
use crate::store::StoreError;
use crate::store::dictionary::fold;
use crate::store::vector::{changed, mapped};

/// A multiple of every term, so that shares of amounts stay whole.
const SHARES: u8 = 72;

/// An event has the term at this position of [`TERMS`],
type Kind = u8;
/// or one of a month is assumed, since no licence with an end covers it,
const ASSUMED: Kind = TERMS.len() as Kind;
/// or it does not count.
const IDLE: Kind = ASSUMED + 1;
const KINDS: u64 = IDLE as u64 + 1;

/// What events give in a month: the monthly share, and how many they are.
#[derive(Clone, Copy, Debug, Default)]
struct Month {
    share: i128,
    events: i64,
}

impl Merge for Month {
    fn merge(&mut self, other: Self) {
        self.share += other.share;
        self.events += other.events;
    }
}

/// The events of one month: what those of each term give each month from then on, by group.
struct Begun {
    month: u32,
    by_term: [Vec<(u64, Month)>; TERMS.len()],
    /// Events whose term is assumed.
    assumed: u64,
    events: u64,
}

impl Begun {
    fn take(month: u32, totals: &mut Totals<1>) -> Self {
        let mut begun = Begun { month, by_term: std::array::from_fn(|_| Vec::new()), assumed: 0, events: 0 };
        totals.finish(|cell, events, [sum]| {
            let (group, kind) = (cell / KINDS, (cell % KINDS) as Kind);
            if kind == IDLE {
                return;
            }
            let term = if kind == ASSUMED { 0 } else { usize::from(kind) };
            begun.assumed += if kind == ASSUMED { events } else { 0 };
            begun.events += events;
            let month = Month { share: sum * i128::from(SHARES / TERMS[term]), events: events as i64 };
            begun.by_term[term].push((group, month));
        });
        begun
    }
}

/// What holds in a month, by group.
struct InForce<'b> {
    begun: &'b [Begun],
    /// The month whose events have been taken in last.
    month: Option<u32>,
    groups: u64,
    sums: Running<Month>,
}

impl<'b> InForce<'b> {
    fn new(begun: &'b [Begun], groups: u64) -> Self {
        InForce { begun, month: None, groups, sums: Running::new(groups) }
    }

    /// The sums of a month.
    fn at(&mut self, month: u32) -> &Running<Month> {
        if self.month.is_some_and(|reached| reached > month) {
            *self = InForce::new(self.begun, self.groups);
        }
        for next in self.month.map_or(0, |reached| reached + 1)..=month {
            for (term, months) in TERMS.into_iter().enumerate() {
                self.change(next, term, 1);
                if let Some(begin) = next.checked_sub(u32::from(months)) {
                    self.change(begin, term, -1);
                }
            }
        }
        self.month = Some(month);
        &self.sums
    }

    fn change(&mut self, month: u32, term: usize, sign: i8) {
        let Ok(at) = self.begun.binary_search_by_key(&month, |begun| begun.month) else { return };
        for &(group, Month { share, events }) in &self.begun[at].by_term[term] {
            let month = Month { share: share * i128::from(sign), events: events * i64::from(sign) };
            self.sums.at(group).merge(month);
        }
    }
}

/// `mrr`.
pub fn mrr(ctx: &Context<'_, '_>) -> Result<Output, KpiError> {
    let mut output = Output::default();
    let normalized = ctx.options.get("method") != "cash";
    output.undivided = !normalized;
    let (Some(first), last) = (ctx.earliest, ctx.as_of) else { return Ok(output) };
    let months = month_index(first)..month_index(last.max(first)) + 1;
    let days = |month: i32| month_start(month).max(first)..month_start(month + 1).min(last + 1);
    let periods = Periods::new(months.clone().map(days));
    let worth = worth(ctx)?;
    let currencies = if ctx.conversion.is_some() { worth.len() as u64 } else { 1 };
    let scan = ctx.scan(0, Some(BILLED), &periods)?.with(Needs { terms: normalized, ..Needs::default() });
    let groups = scan.layout().cells(currencies)?;
    let cells = scan.layout().cells(currencies * KINDS)?;
    let events = Events::new(ctx, normalized, currencies, cells)?;
    let begun = scan.by_period(
        || Totals::<1>::new(cells),
        |totals, chunk| events.add(chunk, totals),
        |totals, bucket, begun: &mut Vec<Begun>| begun.push(Begun::take(bucket, totals)),
    )?;
    let begun: Vec<Begun> = begun.into_iter().flatten().collect();
    warn(&begun, normalized, &mut output);
    exclude_without_time(ctx, &mut output);
    let mut in_force = InForce::new(&begun, groups);
    for (bucket, day) in (0u32..).zip(ctx.stock_days()) {
        let Ok(month) = u32::try_from(month_index(day) - months.start) else { continue };
        // Behind the last month and the longest term, nothing holds.
        let month = month.min(months.len() as u32 + u32::from(TERMS[TERMS.len() - 1]));
        let at = At { ctx, layout: scan.layout(), worth: &worth, currencies, bucket, day };
        at.put(in_force.at(month), &mut output);
    }
    Ok(output)
}

/// How the events of a chunk are told apart within their groups.
struct Events {
    /// By code of the type: 1 if its events recur, and 2 more if they take money back.
    types: Vec<u8>,
    /// By term in months; of no term in particular where terms do not matter.
    kinds: Vec<Kind>,
    normalized: bool,
    currencies: u64,
    /// Cells are below this.
    cells: u64,
}

impl Events {
    fn new(ctx: &Context<'_, '_>, normalized: bool, currencies: u64, cells: u64) -> Result<Self, KpiError> {
        let types: Vec<String> = ctx.options.get("types").split(',').map(fold).collect();
        let recurring = spelled(ctx, "billing_events", "event_type", |t| types.iter().any(|x| x == t))?;
        let types = recurring.into_iter().zip(negative(ctx)?);
        let types = types.map(|(recurs, takes)| u8::from(recurs) | takes << 1).collect();
        let kind =
            |months: u8| TERMS.iter().position(|term| *term == months).map_or(ASSUMED, |at| at as Kind);
        let kinds = (0..=TERMS[TERMS.len() - 1]).map(kind).collect();
        Ok(Events { types, kinds, normalized, currencies, cells })
    }

    /// Adds the amounts of a chunk, by kind, currency and group.
    fn add(&self, chunk: &Chunk<'_>, totals: &mut Totals<1>) -> Result<(), StoreError> {
        let stored = chunk.stored("amount")?;
        let types = chunk.stored_codes("event_type")?.look_up(&chunk.rows, &self.types, 0);
        let kinds = if self.normalized { chunk.of_terms(&self.kinds)? } else { vec![0; chunk.len()] };
        let mut parts = mapped(&kinds, u32::from);
        changed(&mut parts, &types, |part, ty| *part = if ty & 1 == 1 { *part } else { u32::from(IDLE) });
        stored.missing(&chunk.rows).into_iter().for_each(|at| parts[at as usize] = u32::from(IDLE));
        // All amounts are of one currency where they are not converted.
        if self.currencies > 1 {
            for (part, code) in parts.iter_mut().zip(chunk.codes("currency")?) {
                *part += code.min(self.currencies as u32 - 1) * KINDS as u32;
            }
        }
        let of = chunk.groups.cut(parts, self.currencies * KINDS, self.cells);
        let taken = mapped(&types, |ty| ty >> 1);
        if totals.add_stored(&of, &stored, &chunk.rows, Some(&taken)).is_some() {
            return Ok(());
        }
        let mut amounts = stored.read(&chunk.rows);
        clear_missing(&mut amounts);
        take_away(&mut amounts, &taken);
        totals.add(&of, chunk.len(), [&amounts]);
        Ok(())
    }
}

fn warn(begun: &[Begun], normalized: bool, output: &mut Output) {
    let assumed: u64 = begun.iter().map(|begun| begun.assumed).sum();
    let events: u64 = begun.iter().map(|begun| begun.events).sum();
    if normalized && assumed > 0 {
        let tenths = assumed * 1000 / events;
        output.warnings.insert(format!(
            "the term of {assumed} of {events} recurring events ({}.{} %) is assumed to be 1 month: no licence with an end covers them",
            tenths / 10,
            tenths % 10
        ));
    }
}

/// A day at which recurring revenue is measured.
struct At<'c, 'a, 'q> {
    ctx: &'c Context<'a, 'q>,
    layout: &'c Layout,
    worth: &'c Worth<'q>,
    currencies: u64,
    bucket: u32,
    day: Day,
}

impl At<'_, '_, '_> {
    /// Appends the row of each group: its currencies put together.
    fn put(&self, sums: &Running<Month>, output: &mut Output) {
        let rates: Vec<Option<i128>> =
            (0..self.currencies).map(|code| self.worth.at(code as u32, self.day)).collect();
        let unit = i128::from(SHARES) * self.worth.one();
        let (mut group, mut sum) = (0, Month::default());
        let mut write = |group: u64, sum: Month| {
            if sum.events > 0 {
                let [mrr] = output.rows.place(self.layout, self.ctx.dims.len(), self.bucket, group);
                mrr.push_quotient(sum.share, unit);
            }
        };
        sums.each(|cell, month| {
            if month.events == 0 {
                return;
            }
            if cell / self.currencies != group {
                write(group, std::mem::take(&mut sum));
                group = cell / self.currencies;
            }
            match rates[(cell % self.currencies) as usize] {
                Some(rate) => sum.merge(Month { share: month.share * rate, ..month }),
                None => output.excluded.add(UNRATED, month.events.unsigned_abs()),
            }
        });
        write(group, sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_hold_from_their_month_to_the_end_of_their_term_whatever_is_asked_first() {
        let month = |share| Month { share, events: 1 };
        // Events of three months in group 1 from month 2 on, and one of a month in group 0 in month 3.
        let begun = |month, by_term| Begun { month, by_term, assumed: 0, events: 1 };
        let all = [
            begun(2, [vec![], vec![], vec![(1, month(5))], vec![], vec![], vec![], vec![]]),
            begun(3, [vec![(0, month(7))], vec![], vec![], vec![], vec![], vec![], vec![]]),
        ];
        let mut in_force = InForce::new(&all, 2);
        for (at, want) in [(4, [0, 5]), (5, [0, 0]), (3, [7, 5]), (1, [0, 0]), (40, [0, 0]), (2, [0, 5])] {
            let mut shares = Vec::new();
            in_force.at(at).each(|_, month| shares.push(month.share));
            assert_eq!(shares, want, "month {at}");
        }
    }

    #[test]
    fn shares_of_every_term_are_whole() {
        assert!(TERMS.iter().all(|&term| SHARES.is_multiple_of(term)));
    }
}
