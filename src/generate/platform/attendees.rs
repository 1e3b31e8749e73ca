//! `attendees`: who was in a meeting, from when to when, on what kind of line.

use super::meetings::{Keys, Meeting};
use super::population::{Party, Population};
use crate::generate::calendar::{DAY_SECS, Day};
use crate::generate::csv::Rows;
use crate::generate::names;
use crate::generate::rng::{Draw, Stream};

pub(super) const HEADER: &str =
    "attendee_id,meeting_id,user_id,participant_name,join_time,leave_time,connection_quality";

/// Meeting keys beyond the table that references without a meeting use.
pub(super) const STRAYS: u64 = 50;

const QUALITIES: [&str; 4] = ["Excellent", "Good", "Fair", "Poor"];

/// Writes the attendees of a meeting; `first` is the number of the piece's first row.
pub(super) fn write(
    population: &Population,
    keys: &Keys,
    meeting: &Meeting,
    seats: u32,
    first: u64,
    rows: &mut Rows,
) {
    let mut draw = Draw::new(population.seed, Stream::Attendees, meeting.number);
    let is_bad_day = is_bad_day(population.seed, meeting.day);
    for seat in 0..seats {
        rows.key(keys.attendee, first + rows.count + 1);
        match draw.below(10_000) {
            0..4 => rows.null(),
            4..10 => rows.key(keys.meeting, keys.meetings + 1 + u64::from(draw.below(STRAYS as u32))),
            _ => rows.key(keys.meeting, meeting.number + 1),
        }
        let party = party(population, meeting, seat, &mut draw);
        population.write_key(rows, party);
        match population.name(party) {
            Some(name) => rows.name(name),
            None => write_guest(population.seed, rows, &mut draw),
        }
        write_stay(meeting, seat, rows, &mut draw);
        let has_bad_line = match party {
            Party::Known(index) => population.users[index as usize].has_bad_line,
            _ => false,
        };
        let weights = match (has_bad_line, is_bad_day) {
            (false, false) => [56, 33, 9, 2],
            (true, false) | (false, true) => [22, 35, 27, 16],
            (true, true) => [8, 25, 35, 32],
        };
        if draw.chance(100) {
            rows.null();
        } else {
            let quality = QUALITIES[draw.weighted(&weights)];
            rows.category(&mut draw, quality);
        }
        rows.end();
    }
}

/// The host mostly sits in; the others are colleagues, some guests, a few keys of nobody.
fn party(population: &Population, meeting: &Meeting, seat: u32, draw: &mut Draw) -> Party {
    if seat == 0 && draw.chance(7000) {
        return meeting.host;
    }
    match draw.below(1000) {
        0..160 => Party::Nobody,
        160..163 => population.stranger(draw),
        _ => population.colleague(meeting.host, meeting.day, draw),
    }
}

fn write_guest(seed: u64, rows: &mut Rows, draw: &mut Draw) {
    match draw.below(10) {
        0 => rows.null(),
        1 => rows.plain("iPhone"),
        2 => rows.plain("Guest"),
        _ => rows.name(names::person(seed, draw.bits() | 1 << 63)),
    }
}

/// Join and leave time: around the meeting's own, some late, some gone early.
fn write_stay(meeting: &Meeting, seat: u32, rows: &mut Rows, draw: &mut Draw) {
    let length = meeting.secs as i32;
    let mut late = match draw.below(100) {
        0..12 => draw.between(0, length / 2),
        12..40 if seat > 0 => -draw.between(0, 240),
        _ => draw.between(0, 90).min(length),
    };
    // Nobody joins on the day before: the span might not have one.
    late = late.max(-(meeting.start.0.rem_euclid(DAY_SECS).min(240) as i32));
    let stayed = match draw.below(100) {
        0..14 => draw.between(0, length - late),
        _ => length - late - draw.between(0, 40).min(length - late),
    };
    let join = meeting.start + i64::from(late);
    if draw.chance(20) {
        rows.null();
    } else {
        rows.moment(join);
    }
    if draw.chance(80) {
        rows.null();
    } else {
        rows.moment(join + i64::from(stayed));
    }
}

/// Days on which lines were bad for everybody: about one in sixty.
fn is_bad_day(seed: u64, day: Day) -> bool {
    Draw::new(seed, Stream::Day, day.0 as u64 | 1 << 40).chance(170)
}
