//! `billing_events`: what was charged and given back, in order of time.
//!
//! The histories of all users are played once per window of three months, and the events that
//! fall into it are sorted. Invariant: no more than a window's events are in memory.

use super::history::{Kind, Step, history};
use super::population::{Party, Population};
use super::products::{Currency, Product};
use super::user::payer;
use crate::generate::Progress;
use crate::generate::calendar::{Day, Span};
use crate::generate::csv::{Key, Rows};
use crate::generate::files::{Share, Table, in_order};
use crate::generate::rng::{Draw, Stream};
use rayon::prelude::*;
use std::io;
use std::ops::Range;

pub(super) const HEADER: &str = "event_id,user_id,event_type,amount,currency,transaction_date,payment_method";

const WINDOW_MONTHS: u32 = 3;
const METHODS: [&str; 5] = ["Credit Card", "PayPal", "Invoice", "Bank Transfer", "Direct Debit"];

/// An event before it is written; ordered by time, and within a day by user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    day: Day,
    user: u32,
    /// The event's place among the user's events of the window.
    place: u32,
    kind: Kind,
    cents: i64,
}

/// Writes the table.
pub(super) fn write(
    population: &Population,
    table: &mut Table,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<()> {
    // Wide enough for half an event per user and month; more only adds a digit.
    let months = population.span.days() as u64 / 28 + 1;
    let key = Key::new(b'E', population.users.len() as u64 * months);
    let windows = windows(population.span);
    for (part, window) in windows.iter().enumerate() {
        let events = events_of(population, window);
        let first = table.rows();
        let pieces: Vec<_> = super::pieces(0..events.len() as u64).collect();
        let share = Share { part: part as u64, parts: windows.len() as u64 };
        in_order(
            &pieces,
            |piece| {
                let mut rows = Rows::with_room(piece.end - piece.start, 70);
                for place in piece.clone() {
                    let number = first + place;
                    rows.key(key, number + 1);
                    write_row(population, number, &events[place as usize], &mut rows);
                }
                [rows]
            },
            [&mut *table],
            share,
            progress,
        )?;
    }
    Ok(())
}

fn windows(span: Span) -> Vec<Range<Day>> {
    let mut windows = Vec::new();
    let mut start = span.first;
    while start <= span.last {
        let end = start.plus_months(WINDOW_MONTHS).min(span.last + 1);
        windows.push(start..end);
        start = end;
    }
    windows
}

fn events_of(population: &Population, window: &Range<Day>) -> Vec<Event> {
    let mut events: Vec<Event> = (0..population.users.len() as u32)
        .into_par_iter()
        .fold(Vec::new, |mut events, user| {
            let mut place = 0;
            let mut keep = |day, kind, cents| {
                if window.contains(&day) {
                    events.push(Event { day, user, place, kind, cents });
                    place += 1;
                }
            };
            let mut is_paying = false;
            history(population, user, |step| match step {
                Step::Event(day, kind, cents) => {
                    is_paying = true;
                    keep(day, kind, cents);
                }
                Step::Licence(_) => {}
            });
            metered(population, user, is_paying, window, &mut keep);
            events
        })
        .reduce(Vec::new, |mut all, mut more| {
            all.append(&mut more);
            all
        });
    events.par_sort_unstable();
    events
}

/// What is paid by use (minutes called, storage), by those who met in that month.
fn metered(
    population: &Population,
    index: u32,
    is_paying: bool,
    window: &Range<Day>,
    keep: &mut impl FnMut(Day, Kind, i64),
) {
    let user = &population.users[index as usize];
    let mut month = window.start;
    while month < window.end {
        let number = u64::from(index) << 32 | month.0 as u64;
        let mut draw = Draw::new(population.seed, Stream::Usage, number);
        let weights = if is_paying { [53, 34, 10, 3] } else { [90, 9, 1, 0] };
        for _ in 0..draw.weighted(&weights) {
            let day = month + draw.between(0, 30);
            if day < month.plus_months(1) && user.is_active(day) {
                keep(day, Kind::Payment, i64::from(draw.heavy_tail(40)) + draw.between(0, 99) as i64);
            }
        }
        month = month.plus_months(1);
    }
}

fn write_row(population: &Population, number: u64, event: &Event, rows: &mut Rows) {
    let user = &population.users[event.user as usize];
    let mut draw = Draw::new(population.seed, Stream::Event, number);
    let together = payer(user, event.user);
    let mut habit = Draw::new(population.seed, Stream::Payer, together);
    let currency = Currency::draw(&mut habit, user.region);
    let invoiced = matches!(user.plan, Product::Business | Product::Enterprise);
    let weights = if invoiced { [30, 4, 40, 18, 8] } else { [62, 20, 3, 6, 9] };
    let method = METHODS[habit.weighted(&weights)];

    let party = match draw.below(10_000) {
        0..10 => Party::Nobody,
        10..30 => population.stranger(&mut draw),
        _ => Party::Known(event.user),
    };
    population.write_key(rows, party);
    rows.category(&mut draw, event.kind.name());
    if draw.chance(if event.kind == Kind::Cancellation { 5000 } else { 15 }) {
        rows.null();
    } else {
        let amount = currency.price(event.cents);
        match currency.is_whole() {
            true => rows.whole(amount / 100),
            false => rows.money(amount),
        }
    }
    rows.category(&mut draw, currency.name());
    if draw.chance(8) {
        rows.null();
    } else {
        rows.date(event.day);
    }
    if draw.chance(100) {
        rows.null();
    } else {
        // Now and then something is paid in another way.
        let method = if draw.chance(300) { draw.pick(&METHODS) } else { method };
        rows.category(&mut draw, method);
    }
    rows.end();
}
