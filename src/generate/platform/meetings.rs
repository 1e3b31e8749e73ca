//! `meetings`, and with each meeting its attendees and the features used in it.
//!
//! A pass over the sizes of all meetings numbers the rows; then any range of meetings can be
//! written by itself. Invariant: nothing about a meeting outlives its rows.

use super::attendees;
use super::features::{self, Adoption};
use super::meeting_kind::{Kind, secs, start};
use super::population::{Party, Population};
use crate::generate::Progress;
use crate::generate::calendar::{Day, Moment};
use crate::generate::csv::{Key, Rows};
use crate::generate::files::{Table, WHOLE, in_order};
use crate::generate::rng::{Draw, Stream};
use crate::generate::shape::{Region, work_moment};
use rayon::prelude::*;
use std::io;
use std::ops::Range;

pub(super) const HEADER: &str = "meeting_id,host_user_id,host_name,meeting_topic,meeting_type,\
     start_time,end_time,duration_minutes";

/// What the other two tables need to know of a meeting.
pub(super) struct Meeting {
    pub(super) number: u64,
    pub(super) day: Day,
    pub(super) host: Party,
    pub(super) start: Moment,
    pub(super) secs: i64,
}

/// The keys of the three tables.
pub(super) struct Keys {
    pub(super) meeting: Key,
    pub(super) attendee: Key,
    pub(super) usage: Key,
    /// Meetings that exist; keys beyond are references to nothing.
    pub(super) meetings: u64,
}

struct Piece {
    day: Day,
    meetings: Range<u64>,
    first_attendee: u64,
    first_usage: u64,
}

/// Writes meetings, attendees and features_usage.
pub(super) fn write(
    population: &Population,
    tables: [&mut Table; 3],
    progress: &mut dyn FnMut(Progress),
) -> io::Result<()> {
    let (pieces, keys) = plan(population);
    in_order(&pieces, |piece| rows_of(population, &keys, piece), tables, WHOLE, progress)
}

fn plan(population: &Population) -> (Vec<Piece>, Keys) {
    let ranges: Vec<(Day, Range<u64>)> = population
        .meetings
        .days()
        .flat_map(|(day, meetings)| super::pieces(meetings).map(move |piece| (day, piece)))
        .collect();
    let sizes: Vec<(u64, u64)> = ranges
        .par_iter()
        .map(|(day, meetings)| {
            meetings.clone().map(|number| Size::draw(population, number, *day)).fold(
                (0, 0),
                |(attendees, uses), size| {
                    (attendees + u64::from(size.attendees), uses + u64::from(size.uses))
                },
            )
        })
        .collect();
    let (mut attendees, mut uses) = (0, 0);
    let mut pieces = Vec::with_capacity(ranges.len());
    for ((day, meetings), size) in ranges.into_iter().zip(sizes) {
        pieces.push(Piece { day, meetings, first_attendee: attendees, first_usage: uses });
        attendees += size.0;
        uses += size.1;
    }
    let meetings = population.meetings.total();
    let keys = Keys {
        meeting: Key::new(b'M', meetings + attendees::STRAYS),
        attendee: Key::new(b'A', attendees),
        usage: Key::new(b'F', uses),
        meetings,
    };
    (pieces, keys)
}

/// What a meeting is and how many rows it has in the other two tables.
struct Size {
    kind: Kind,
    attendees: u32,
    uses: u32,
}

impl Size {
    fn draw(population: &Population, number: u64, day: Day) -> Self {
        let mut draw = Draw::new(population.seed, Stream::MeetingSize, number);
        let kind =
            [Kind::Scheduled, Kind::Instant, Kind::Recurring, Kind::Webinar][draw.weighted(&[44, 23, 30, 3])];
        let attendees = match kind {
            Kind::Webinar => 4 + draw.below(14) + draw.below(14),
            _ => match draw.weighted(&[15, 260, 375, 170, 82, 43, 24, 25, 6]) as u32 {
                7 => 7 + draw.below(6),
                8 => 13 + draw.below(18),
                few => few,
            },
        };
        Self { kind, attendees, uses: features::uses(population.span.passed(day), &mut draw) }
    }
}

fn rows_of(population: &Population, keys: &Keys, piece: &Piece) -> [Rows; 3] {
    let count = piece.meetings.end - piece.meetings.start;
    let mut meetings = Rows::with_room(count, 112);
    let mut attendees = Rows::with_room(count, 300);
    let mut features = Rows::with_room(count, 130);
    let adoption = Adoption::new(population.span.passed(piece.day));
    for number in piece.meetings.clone() {
        let size = Size::draw(population, number, piece.day);
        let meeting = write_row(population, keys, number, piece.day, size.kind, &mut meetings);
        let seats = size.attendees;
        attendees::write(population, keys, &meeting, seats, piece.first_attendee, &mut attendees);
        features::write(
            population.seed,
            keys,
            &meeting,
            (size.uses, &adoption),
            piece.first_usage,
            &mut features,
        );
    }
    [meetings, attendees, features]
}

fn write_row(
    population: &Population,
    keys: &Keys,
    number: u64,
    day: Day,
    kind: Kind,
    rows: &mut Rows,
) -> Meeting {
    let mut draw = Draw::new(population.seed, Stream::Meeting, number);
    let host = population.host(day, &mut draw);
    let region = match host {
        Party::Known(index) => population.users[index as usize].region,
        _ => Region::Europe,
    };
    let start = start(work_moment(population.span, region, day, &mut draw), kind, &mut draw);
    let secs = secs(kind, &mut draw);
    let meeting = Meeting { number, day, host, start, secs };

    rows.key(keys.meeting, number + 1);
    population.write_key(rows, host);
    match population.name(host) {
        Some(name) if !draw.chance(30) => rows.name(name),
        _ => rows.null(),
    }
    if draw.chance(60) {
        rows.null();
    } else {
        rows.text(draw.pick(kind.topics()));
    }
    rows.category(&mut draw, kind.name());
    rows.moment(start);
    // Either may be missing, now and then both.
    let missing = draw.below(1000);
    match missing {
        0..15 => rows.null(),
        _ => rows.moment(start + secs),
    }
    match missing {
        12..28 => rows.null(),
        // Some sources round up.
        28..40 => rows.number((secs as u64).div_ceil(60)),
        _ => rows.number(secs as u64 / 60),
    }
    rows.end();
    meeting
}
