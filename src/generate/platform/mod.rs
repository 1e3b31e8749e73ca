//! What does the export of a meeting platform look like?
//!
//! A population is drawn first; every table then follows from it, row by row, without a row of
//! another table being read back. Invariant: what two files say about one thing agrees, because
//! both derive it from the same draws (a licence and the event that paid for it, a meeting and
//! the times of its attendees).

mod attendees;
mod billing;
mod features;
mod history;
mod licenses;
mod meeting_kind;
mod meetings;
mod population;
mod products;
#[cfg(test)]
mod tests;
mod tickets;
mod user;
mod users;

use super::files::Table;
use super::{Options, Progress, Summary};
use population::Population;
use std::io;
use std::ops::Range;

/// The tables in the order of the model.
pub(super) const HEADERS: [(&str, &str); 7] = [
    ("users", users::HEADER),
    ("meetings", meetings::HEADER),
    ("attendees", attendees::HEADER),
    ("features_usage", features::HEADER),
    ("support_tickets", tickets::HEADER),
    ("billing_events", billing::HEADER),
    ("licenses", licenses::HEADER),
];

/// Rows that one thread makes at a time.
const PIECE: u64 = 4096;

/// Writes every table.
pub(super) fn write(options: &Options, progress: &mut dyn FnMut(Progress)) -> io::Result<Summary> {
    let population = Population::new(options);
    let create = |place: usize| Table::create(&options.out, HEADERS[place]);
    let mut users = create(0)?;
    users::write(&population, &mut users, progress)?;
    let (mut meetings, mut attendees, mut features) = (create(1)?, create(2)?, create(3)?);
    let tables = [&mut meetings, &mut attendees, &mut features];
    meetings::write(&population, tables, progress)?;
    let mut tickets = create(4)?;
    tickets::write(&population, &mut tickets, progress)?;
    let mut billing = create(5)?;
    billing::write(&population, &mut billing, progress)?;
    let mut licenses = create(6)?;
    licenses::write(&population, &mut licenses, progress)?;
    let tables = [users, meetings, attendees, features, tickets, billing, licenses];
    Ok(Summary { tables: tables.iter().map(Table::summary).collect() })
}

/// Cuts a range into pieces.
fn pieces(mut all: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    std::iter::from_fn(move || {
        let piece = all.start..all.end.min(all.start + PIECE);
        all.start = piece.end;
        (!piece.is_empty()).then_some(piece)
    })
}
