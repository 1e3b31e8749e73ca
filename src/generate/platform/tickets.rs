//! `support_tickets`: who asked for help, about what, and how long it took.
//!
//! A repeat contact takes user and type from an earlier ticket, found by its number alone.
//! Invariant: nothing is opened or closed after the span; what would be is still open.

use super::population::{Party, Population};
use crate::generate::Progress;
use crate::generate::calendar::Moment;
use crate::generate::csv::{Key, Rows};
use crate::generate::files::{Table, WHOLE, in_order};
use crate::generate::rng::{Draw, Stream};
use crate::generate::shape::{Region, work_moment};
use std::io;

pub(super) const HEADER: &str = "ticket_id,user_id,ticket_type,resolution_status,priority_level,\
     open_date,close_date,description";

/// Types with their weight and what is written about them.
const TYPES: [(&str, u32, [&str; 3]); 8] = [
    ("Audio", 22, ["No sound after joining", "Echo, then silence", "Headset not found"]),
    ("Video", 17, ["Camera stays black", "Picture freezes", "Virtual background flickers"]),
    ("Login", 15, ["Cannot sign in", "\"Invalid token\" after reset", "Locked out"]),
    ("Billing", 13, ["Charged twice", "Invoice missing, please resend", "Wrong VAT number"]),
    ("Performance", 11, ["High CPU load", "App crashes on start", "Slow on Wi-Fi"]),
    ("Recording", 9, ["Recording not found", "Recording has no sound", "Cannot share recording"]),
    ("Integration", 8, ["Calendar out of sync", "SSO setup", "Webhook fails"]),
    ("Feature Request", 5, ["More polls", "Dark mode, please", "Export of chats"]),
];
/// Priorities with their weight and the hours that most of them take.
const PRIORITIES: [(&str, u32, u32); 4] =
    [("Low", 28, 90), ("Medium", 44, 42), ("High", 21, 16), ("Critical", 7, 5)];
/// In 10 000, how many tickets repeat an earlier one.
const REPEATS: u32 = 1800;
/// Days back at which the earlier one was opened.
const REPEAT_DAYS: i32 = 9;

/// Writes the table.
pub(super) fn write(
    population: &Population,
    table: &mut Table,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<()> {
    let key = Key::new(b'T', population.tickets.total());
    let pieces: Vec<_> = super::pieces(0..population.tickets.total()).collect();
    in_order(
        &pieces,
        |piece| {
            let mut rows = Rows::with_room(piece.end - piece.start, 130);
            for number in piece.clone() {
                rows.key(key, number + 1);
                write_row(population, number, &mut rows);
            }
            [rows]
        },
        [table],
        WHOLE,
        progress,
    )
}

/// Who asks about what; of a repeat, who asked then.
fn origin(population: &Population, mut number: u64) -> (Party, usize) {
    loop {
        let mut draw = Draw::new(population.seed, Stream::TicketOrigin, number);
        let day = population.tickets.day_of(number);
        let first = population.tickets.before(day - REPEAT_DAYS);
        let earlier = population.tickets.before(day) - first;
        if draw.chance(REPEATS) && earlier > 0 {
            number = first + u64::from(draw.below(earlier as u32));
            continue;
        }
        let party = match draw.below(1000) {
            0..4 => Party::Nobody,
            4..8 => population.stranger(&mut draw),
            _ => population.anybody(day, &mut draw),
        };
        return (party, draw.weighted(&TYPES.map(|(_, weight, _)| weight)));
    }
}

fn write_row(population: &Population, number: u64, rows: &mut Rows) {
    let mut draw = Draw::new(population.seed, Stream::Ticket, number);
    let (party, kind) = origin(population, number);
    let (kind, _, texts) = TYPES[kind];
    let (priority, _, hours) = PRIORITIES[draw.weighted(&PRIORITIES.map(|(_, weight, _)| weight))];
    let region = match party {
        Party::Known(index) => population.users[index as usize].region,
        _ => Region::Europe,
    };
    let day = population.tickets.day_of(number);
    let open = work_moment(population.span, region, day, &mut draw);
    let secs = match draw.below(100) {
        // Answered at once ...
        0..30 => i64::from(draw.between(300, 4 * 3600)),
        // ... or after a wait that is long for some.
        _ => i64::from(hours * 18) * i64::from(draw.heavy_tail(25)) + i64::from(draw.below(3600)),
    };
    let close = open + secs;
    let is_forgotten = draw.chance(250);
    let is_open = is_forgotten || close.day() > population.span.last;
    let status = if is_open {
        ["Open", "In Progress", "Pending Customer", "Escalated"][draw.weighted(&[40, 28, 18, 14])]
    } else {
        ["Resolved", "Closed"][draw.weighted(&[45, 55])]
    };
    population.write_key(rows, party);
    rows.category(&mut draw, kind);
    rows.category(&mut draw, status);
    rows.category(&mut draw, priority);
    let is_dated = draw.chance(400);
    let mut write_time = |moment: Moment| match is_dated {
        true => rows.date(moment.day()),
        false => rows.moment(moment),
    };
    write_time(open);
    if is_open || draw.chance(40) {
        rows.null();
    } else {
        write_time(close);
    }
    let text = draw.pick(&texts);
    match draw.below(100) {
        0..3 => rows.null(),
        3..5 => rows.text(&format!("{text}\nTried again, the same.")),
        _ => rows.text(text),
    }
    rows.end();
}
