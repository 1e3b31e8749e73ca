//! `licenses`: what the histories bought, user by user, and seats that nobody was given.

use super::history::{Licence, Step, history};
use super::population::{Party, Population};
use super::products::Product;
use super::user::User;
use crate::generate::Progress;
use crate::generate::csv::{Key, Rows};
use crate::generate::files::{Table, WHOLE, in_order};
use crate::generate::rng::{Draw, Stream};
use rayon::prelude::*;
use std::io;
use std::ops::Range;

pub(super) const HEADER: &str = "license_id,license_type,start_date,end_date,license_status,\
     assigned_user_id,assigned_user_name";

/// Days before the span in which a licence has to end to be exported no more.
const KEPT_DAYS: i32 = 60;
/// In 10 000 users, how many stand for an unassigned seat too.
const SEATS: u32 = 1100;

/// Users, and the number of the first of their licences.
struct Piece {
    users: Range<u64>,
    first: u64,
}

/// Writes the table.
pub(super) fn write(
    population: &Population,
    table: &mut Table,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<()> {
    let ranges: Vec<_> = super::pieces(0..population.users.len() as u64).collect();
    let counts: Vec<u64> = ranges.par_iter().map(|users| count(population, users)).collect();
    let mut first = 0;
    let pieces: Vec<Piece> = ranges
        .into_iter()
        .zip(counts)
        .map(|(users, count)| {
            let piece = Piece { users, first };
            first += count;
            piece
        })
        .collect();
    let key = Key::new(b'L', first);
    in_order(
        &pieces,
        |piece| {
            let mut rows = Rows::with_room(PIECE_ROWS, 90);
            for index in piece.users.clone() {
                licences_of(population, index as u32, &mut |licence, is_assigned| {
                    let number = piece.first + rows.count;
                    rows.key(key, number + 1);
                    let user = if is_assigned { Some(index as u32) } else { None };
                    write_row(population, number, licence, user, &mut rows);
                });
            }
            [rows]
        },
        [table],
        WHOLE,
        progress,
    )
}

const PIECE_ROWS: u64 = super::PIECE * 2;

fn count(population: &Population, users: &Range<u64>) -> u64 {
    let mut count = 0;
    for index in users.clone() {
        licences_of(population, index as u32, &mut |_, _| count += 1);
    }
    count
}

/// Visits the licences that a user stands for, and whether they are the user's.
fn licences_of(population: &Population, index: u32, visit: &mut impl FnMut(&Licence, bool)) {
    let first = population.span.first - KEPT_DAYS;
    history(population, index, |step| {
        if let Step::Licence(licence) = step
            && licence.end.is_none_or(|end| end >= first)
        {
            visit(&licence, true);
        }
    });
    let mut draw = Draw::new(population.seed, Stream::Licence, u64::from(index) | 1 << 63);
    if draw.chance(SEATS) {
        visit(&seat(population, &population.users[index as usize], &mut draw), false);
    }
}

fn seat(population: &Population, user: &User, draw: &mut Draw) -> Licence {
    let span = population.span;
    let product = user.plan.larger().unwrap_or(Product::Enterprise);
    let start = span.first + draw.between(-200, span.days() as i32 - 1);
    let end = (!draw.chance(1000)).then(|| start.plus_months(12) - 1);
    Licence { product, start, end, is_suspended: draw.chance(200) }
}

fn write_row(population: &Population, number: u64, licence: &Licence, user: Option<u32>, rows: &mut Rows) {
    let mut draw = Draw::new(population.seed, Stream::Licence, number);
    let has_ended = licence.end.is_some_and(|end| end < population.span.last);
    rows.category(&mut draw, licence.product.name());
    rows.date(licence.start);
    match licence.end {
        Some(end) => rows.date(end),
        None => rows.null(),
    }
    let status = match draw.below(1000) {
        // A few statuses were never updated, or set by hand.
        0..8 if has_ended => "Active",
        0..15 if !has_ended => "Suspended",
        _ if has_ended => "Expired",
        _ if licence.is_suspended => "Suspended",
        _ => "Active",
    };
    rows.category(&mut draw, status);
    let assignee = match user {
        Some(_) if draw.chance(25) => population.stranger(&mut draw),
        Some(index) => Party::Known(index),
        None => Party::Nobody,
    };
    population.write_key(rows, assignee);
    match population.name(assignee) {
        Some(name) => rows.name(name),
        None => rows.null(),
    }
    rows.end();
}
