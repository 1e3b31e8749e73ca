//! Reliability and support: how many tickets come, how fast and how well are they closed?
//!
//! Invariant: two times are subtracted as instants when both have one, else as civil days.

use std::cmp::Ordering;

use super::data::{Ticket, When};
use super::filter::folded;
use super::period::{Bucket, days_between};
use super::rows::{Fact, Row, Source};
use super::side::{Dims, Evaluate, Side, Value, join, known_users, one_sided};
use super::usage::{averages, registered};
use super::world::{World, days_after, nanoseconds};

const NANOSECONDS_PER_DAY: i128 = 86_400_000_000_000;

fn ticket<'w>(row: &Row<'w>) -> &'w Ticket {
    match row.fact {
        Fact::Ticket(ticket) => ticket,
        other => panic!("{other:?} is not a ticket"),
    }
}

fn difference(world: &World<'_>, from: When, to: When) -> i128 {
    match (from, to) {
        (When::Instant(from), When::Instant(to)) => nanoseconds(from, to),
        _ => {
            let days = days_between(world.day_of(from), world.day_of(to));
            i128::from(days) * NANOSECONDS_PER_DAY
        }
    }
}

pub fn tickets_opened<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let tickets = Side::single(world, Source::TicketsOpened, dims);
    one_sided(world, tickets, |rows, _| vec![Value::count(rows.len())])
}

pub fn resolution_time<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let source = match world.request.option("cohort") {
        "closed" => Source::TicketsClosed,
        _ => Source::TicketsOpened,
    };
    // What is closed after the watermark is still open as far as the figure knows.
    let tickets = Side::single(world, source, dims)
        .keep(|row| ticket(row).close_date.is_some_and(|close| world.day_of(close) <= world.as_of));
    one_sided(world, tickets, |rows, _| {
        let times = rows.iter().filter_map(|row| {
            let ticket = ticket(row);
            Some(difference(world, ticket.open_date, ticket.close_date?))
        });
        averages(&mut times.collect::<Vec<_>>(), NANOSECONDS_PER_DAY)
    })
}

pub fn first_contact_resolution<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let window = world.request.number("window");
    let no_repeat = world.request.option("method") == "no_repeat";
    let resolved = Side::single(world, Source::TicketsClosed, dims).keep(|row| {
        let ticket = ticket(row);
        let status = ticket.resolution_status.as_deref().map(folded);
        matches!(status.as_deref(), Some("resolved" | "closed"))
            && ticket.user_id.is_some()
            && ticket.ticket_type.is_some()
            && row.day.is_some_and(|day| days_after(day, window) <= world.as_of)
    });
    one_sided(world, resolved, move |rows, _| {
        let at_first_contact = |row: &&Row<'_>| match no_repeat {
            true => !repeated(world, ticket(row), window),
            false => row.day == Some(world.day_of(ticket(row).open_date)),
        };
        let first_contact = rows.iter().filter(at_first_contact).count();
        vec![Value::ratio(first_contact, rows.len()), Value::count(first_contact), Value::count(rows.len())]
    })
}

/// Did the same user open a later ticket of the same type within the window after the closing?
fn repeated(world: &World<'_>, ticket: &Ticket, window: i64) -> bool {
    let Some(close) = ticket.close_date else {
        return false;
    };
    world.data.tickets.iter().any(|other| {
        let same_type = match (&other.ticket_type, &ticket.ticket_type) {
            (Some(other), Some(this)) => folded(other) == folded(this),
            _ => false,
        };
        let later = match difference(world, ticket.open_date, other.open_date).cmp(&0) {
            Ordering::Equal => other.ticket_id > ticket.ticket_id,
            order => order == Ordering::Greater,
        };
        let since_close = difference(world, close, other.open_date);
        let within = 0 <= since_close && since_close <= i128::from(window) * NANOSECONDS_PER_DAY;
        other.user_id == ticket.user_id && same_type && later && within
    })
}

pub fn tickets_per_1000_active_users<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let by_activity = world.request.option("denominator") == "active";
    let tickets = Side::new(world, Source::TicketsOpened, dims);
    let population = if by_activity { Source::Meetings } else { Source::Registered };
    let users = Side::new(world, population, dims).keep(|row| world.is_known(row));
    let dims = dims.clone();
    Box::new(move |bucket, seed| {
        let opened = tickets.groups(|row| world.counts(row, bucket.days), seed);
        let counted = users.groups(
            |row| match by_activity {
                true => world.counts(row, bucket.days),
                false => registered(world, row, bucket),
            },
            seed,
        );
        let measure = |(tickets, users): (Vec<Row<'_>>, Vec<Row<'_>>)| {
            let users = known_users(world, &users).len();
            vec![Value::ratio(1000 * tickets.len(), users), Value::count(tickets.len()), Value::count(users)]
        };
        let joined = join(&dims, (&tickets.has, &opened), (&users.has, &counted));
        joined.into_iter().map(|(group, sides)| (group, measure(sides))).collect()
    })
}

pub fn open_tickets<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let tickets = Side::single(world, Source::TicketsOpened, dims);
    Box::new(move |bucket: &Bucket, seed| {
        let today = world.measured_on(bucket);
        let is_open = |row: &Row<'_>| {
            let close = ticket(row).close_date.map(|close| world.day_of(close));
            row.day.is_some_and(|day| day <= today) && close.is_none_or(|close| close > today)
        };
        let measure = |rows: Vec<Row<'_>>| {
            let age = |row: &Row<'_>| row.day.map(|day| i128::from(days_between(day, today)));
            let mut ages: Vec<i128> = rows.iter().filter_map(age).collect();
            let median = averages(&mut ages, 1)[1];
            vec![Value::count(rows.len()), median]
        };
        let groups = tickets.groups(is_open, seed).into_iter();
        groups.map(|(group, rows)| (group, measure(rows))).collect()
    })
}
