//! `users`: one row per user, in order of registration.

use super::history::{Step, history};
use super::population::{Party, Population};
use super::products::Product;
use crate::generate::Progress;
use crate::generate::csv::Rows;
use crate::generate::files::{Table, WHOLE, in_order};
use crate::generate::names;
use crate::generate::rng::{Draw, Stream};
use std::io;

pub(super) const HEADER: &str = "user_id,user_name,email,plan_type,company,registration_date";

/// Writes the table.
pub(super) fn write(
    population: &Population,
    table: &mut Table,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<()> {
    let pieces: Vec<_> = super::pieces(0..population.users.len() as u64).collect();
    in_order(
        &pieces,
        |piece| {
            let mut rows = Rows::with_room(piece.end - piece.start, 110);
            for index in piece.clone() {
                write_row(population, index as u32, &mut rows);
            }
            [rows]
        },
        [table],
        WHOLE,
        progress,
    )
}

fn write_row(population: &Population, index: u32, rows: &mut Rows) {
    let user = &population.users[index as usize];
    let mut draw = Draw::new(population.seed, Stream::User, u64::from(index) | 1 << 63);
    let name = names::person(population.seed, u64::from(index));
    let company = user.company().map(names::company);
    population.write_key(rows, Party::Known(index));
    rows.name(name);
    if draw.chance(50) {
        rows.null();
    } else {
        let domain = company.as_ref().map_or("mail", |company| &company.domain);
        let mailbox = names::mailbox(name, u64::from(index) + 1);
        rows.plain(&format!("{mailbox}@{domain}.example"));
    }
    let plan = present_plan(population, index, &mut draw);
    rows.category(&mut draw, plan.name());
    match company {
        Some(company) => rows.text(&spelled(company.name, &mut draw)),
        None => rows.null(),
    }
    if draw.chance(50) {
        rows.null();
    } else {
        rows.date(user.registered);
    }
    rows.end();
}

/// The plan at the end of the span: the last one bought, or none any more.
fn present_plan(population: &Population, index: u32, draw: &mut Draw) -> Product {
    let user = &population.users[index as usize];
    let mut plan = user.plan;
    history(population, index, |step| {
        if let Step::Licence(licence) = step
            && licence.product != Product::AddOn
        {
            plan = licence.product;
        }
    });
    let has_left = !user.is_active(population.span.last);
    if has_left && draw.chance(4000) { Product::Free } else { plan }
}

/// A company's name as one of its people typed it.
fn spelled(name: String, draw: &mut Draw) -> String {
    match draw.below(100) {
        0..3 => name.to_uppercase(),
        3..6 => name.to_lowercase(),
        6 => name + " ",
        _ => name,
    }
}
