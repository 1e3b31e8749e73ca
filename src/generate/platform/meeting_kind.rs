//! What kinds of meetings are there, when do they start, and how long do they take?

use crate::generate::calendar::Moment;
use crate::generate::rng::Draw;

/// A way to meet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scheduled,
    Instant,
    Recurring,
    Webinar,
}

impl Kind {
    /// The name in meeting_type.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "Scheduled",
            Self::Instant => "Instant",
            Self::Recurring => "Recurring",
            Self::Webinar => "Webinar",
        }
    }

    /// What such meetings are called.
    pub(super) fn topics(self) -> &'static [&'static str] {
        match self {
            Self::Scheduled => &[
                "Project Review",
                "Client Call",
                "Interview",
                "Budget Review",
                "Sales Demo",
                "Planning, next quarter",
                "Design Review",
                "Kickoff",
                "Vendor Call",
                "Onboarding",
            ],
            Self::Instant => &["Quick Call", "Instant Meeting", "Pairing", "Incident"],
            Self::Recurring => {
                &["Daily Standup", "Weekly Sync", "1:1", "Sprint Planning", "Retro", "All Hands"]
            }
            Self::Webinar => &["Product Webinar", "Training", "Customer Day", "\"Ask us\" Live"],
        }
    }

    /// Planned minutes.
    fn minutes(self) -> &'static [i32] {
        match self {
            Self::Scheduled => &[15, 25, 30, 30, 45, 50, 60, 60, 90],
            Self::Instant => &[2, 4, 6, 8, 10, 12, 15, 20, 35],
            Self::Recurring => &[10, 15, 15, 25, 30, 30, 45, 60],
            Self::Webinar => &[45, 60, 60, 75, 90, 120],
        }
    }
}

/// Planned meetings start soon after the quarter of an hour that they were planned for.
pub(super) fn start(around: Moment, kind: Kind, draw: &mut Draw) -> Moment {
    if kind == Kind::Instant {
        return around;
    }
    let (day, secs) = around.split();
    let quarter = [0, 15, 30, 45][draw.weighted(&[52, 9, 29, 10])];
    let late = if draw.chance(4000) { draw.between(0, 59) } else { draw.between(0, 420) };
    day.at(i64::from(secs / 3600 * 3600) + quarter * 60 + i64::from(late))
}

/// From seconds, for calls that failed, to the few that were left open for hours.
pub(super) fn secs(kind: Kind, draw: &mut Draw) -> i64 {
    match draw.below(1000) {
        0..12 => i64::from(draw.between(5, 59)),
        12..15 => i64::from(draw.between(3 * 3600, 6 * 3600)),
        _ => {
            let planned = draw.pick(kind.minutes()) * 60;
            i64::from(planned + draw.between(-planned / 5, planned / 6)).max(20)
        }
    }
}
