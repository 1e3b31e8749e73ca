//! `features_usage`: which features a meeting used. Some grow, one is launched during the span.

use super::meetings::{Keys, Meeting};
use crate::generate::csv::Rows;
use crate::generate::rng::{Draw, Stream};

pub(super) const HEADER: &str = "usage_id,meeting_id,feature_name,usage_count,usage_duration,usage_timestamp";

/// A feature with its share of uses at the start and at the end of the span, in thousandths.
const FEATURES: [(&str, u32, u32); 10] = [
    ("Screen Sharing", 330, 250),
    ("Chat", 250, 190),
    ("Recording", 130, 140),
    ("Virtual Background", 90, 80),
    ("Reactions", 70, 75),
    ("Breakout Rooms", 50, 45),
    ("Whiteboard", 45, 55),
    ("Polls", 25, 35),
    ("Live Captions", 10, 50),
    ("AI Summary", 0, 80),
];
/// The thousandth of the span at which the last feature was launched.
const LAUNCH: u32 = 400;

/// The names of all features.
#[cfg(test)]
pub(super) fn names() -> [&'static str; FEATURES.len()] {
    FEATURES.map(|(name, ..)| name)
}

/// How many features a meeting uses: more at the end of the span than at its start.
pub(super) fn uses(passed: u32, draw: &mut Draw) -> u32 {
    let weights =
        if draw.below(1000) < passed { [25, 28, 21, 12, 7, 4, 3] } else { [39, 28, 17, 9, 4, 2, 1] };
    draw.weighted(&weights) as u32
}

/// The share of each feature on a day.
pub(super) struct Adoption([u32; FEATURES.len()]);

impl Adoption {
    /// After so many thousandths of the span.
    pub(super) fn new(passed: u32) -> Self {
        Self(FEATURES.map(|(name, from, to)| {
            if name == "AI Summary" {
                return to * passed.saturating_sub(LAUNCH) / (1000 - LAUNCH) * 1000;
            }
            from * (1000 - passed) + to * passed
        }))
    }
}

/// Writes the uses of a meeting; `first` is the number of the piece's first row.
pub(super) fn write(
    seed: u64,
    keys: &Keys,
    meeting: &Meeting,
    (uses, adoption): (u32, &Adoption),
    first: u64,
    rows: &mut Rows,
) {
    let mut draw = Draw::new(seed, Stream::Features, meeting.number);
    for _ in 0..uses {
        rows.key(keys.usage, first + rows.count + 1);
        if draw.chance(5) {
            rows.null();
        } else {
            rows.key(keys.meeting, meeting.number + 1);
        }
        let (name, ..) = FEATURES[draw.weighted(&adoption.0)];
        rows.category(&mut draw, name);
        match draw.below(1000) {
            0..3 => rows.null(),
            3..12 => rows.number(0),
            _ => rows.number(u64::from(draw.heavy_tail(30) / 100)),
        }
        let after = draw.between(0, meeting.secs as i32);
        let minutes = (meeting.secs as i32 - after) / 60;
        if draw.chance(60) {
            rows.null();
        } else {
            rows.number(draw.between(0, minutes) as u64);
        }
        if draw.chance(50) {
            rows.null();
        } else {
            rows.moment(meeting.start + i64::from(after));
        }
        rows.end();
    }
}
