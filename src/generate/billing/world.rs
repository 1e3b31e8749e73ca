//! What do all subscribers have in common: how many they are, when they join, what day it is
//! where they buy?
//!
//! Invariant: nothing here changes once it is made, so that all threads can read it.

use super::market::{COUNT, ORGANIZATIONS};
use super::story::Story;
use crate::generate::Options;
use crate::generate::calendar::{Day, Moment, Span};
use crate::generate::rng::Draw;
use crate::generate::shape::{Anchor, Schedule, signup_weight};
use crate::model::{MICROS_PER_SECOND, Zone};

/// Days before the span in which the first subscribers joined. What they were billed before the
/// span was billed by an older system, of which only their subscriptions and balances are left.
const JOIN_LEAD_DAYS: i32 = 330;

/// All that the stories depend on.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) span: Span,
    pub(super) subscribers: u64,
    pub(super) joins: Schedule,
    zones: [Zone; COUNT],
}

impl World {
    /// Deals the subscribers out to the days.
    pub(super) fn new(options: &Options) -> Self {
        let (seed, subscribers) = (options.seed, options.users);
        let span = Span::new(options.months);
        let first = span.first - JOIN_LEAD_DAYS;
        let days = span.days() + JOIN_LEAD_DAYS as usize;
        let joins =
            Schedule::new(subscribers, first, days, Anchor::First, |day| signup_weight(seed, first, day));
        let zones = ORGANIZATIONS
            .each_ref()
            .map(|organization| Zone::parse(organization.zone).expect("the zone is in the database"));
        Self { seed, span, subscribers, joins, zones }
    }

    /// The moment so many seconds after a day begins where an organization is.
    pub(super) fn moment(&self, organization: usize, day: Day, secs: i64) -> Moment {
        Moment(self.zones[organization].start_of(day.0) / MICROS_PER_SECOND + secs)
    }

    /// The day it is at a moment where an organization is.
    pub(super) fn day_of(&self, organization: usize, moment: Moment) -> Day {
        Day(self.zones[organization].day_of(moment.0 * MICROS_PER_SECOND))
    }

    /// Whether something has happened by the end of the span, in UTC and where it happens.
    pub(super) fn has_happened(&self, organization: usize, moment: Moment) -> bool {
        moment.day() <= self.span.last && self.day_of(organization, moment) <= self.span.last
    }

    /// Whether something happens within the span, in UTC and where it happens.
    pub(super) fn is_within(&self, organization: usize, moment: Moment) -> bool {
        let first = moment.day().min(self.day_of(organization, moment));
        self.span.first <= first && self.has_happened(organization, moment)
    }

    /// A moment of a day at which people are likely to click: more of them late in the evening
    /// than early in the morning.
    pub(super) fn leisure(&self, organization: usize, day: Day, draw: &mut Draw) -> Moment {
        let hour = draw.pick(&[0, 7, 8, 9, 11, 12, 13, 15, 16, 17, 18, 19, 20, 20, 21, 21, 22, 22, 23, 23]);
        self.moment(organization, day, hour * 3600 + i64::from(draw.below(3600)))
    }

    /// Everything about a subscriber.
    pub(super) fn story(&self, index: u64) -> Story {
        Story::play(self, index)
    }
}
