//! A random export of the platform model: small, but with everything that makes figures go wrong.
//!
//! Keys come from small ranges, so that hosts, users and meetings are sometimes not in the export;
//! times fall close together, around clock changes and around midnight. Invariant: every row is
//! valid, so that a load without tolerance takes all of them.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::collection::vec;
use proptest::prelude::*;

use super::Dice;
use crate::reference::data::{Attendee, Dataset, Event, License, Meeting, Ticket, Usage, User, When};
use crate::reference::period::plus;

const USERS: i64 = 30;
const MEETINGS: i64 = 60;

const PLANS: &[&str] = &["Free", "Basic", "Pro", "Business", "Enterprise", "Trial"];
const COMPANIES: &[&str] = &["Acme", "Globex", "Blåbær AS", "O'Neil", "N/A", "Umbrella, Inc"];
const MEETING_TYPES: &[&str] = &["Scheduled", "Instant", "Recurring", "Webinar"];
const TOPICS: &[&str] = &["Weekly sync", "weekly sync", "Budget \"2025\"", "Demo"];
const QUALITIES: &[&str] = &["Excellent", "Good", "Fair", "Poor", "Poor"];
const FEATURES: &[&str] = &["Recording", "Chat", "Screen Share"];
const TICKET_TYPES: &[&str] = &["Audio", "Video", "Billing"];
const STATUSES: &[&str] = &["Open", "In Progress", "Resolved", "Closed", "Resolved", "Escalated"];
const PRIORITIES: &[&str] = &["Low", "Medium", "High", "Critical"];
const EVENT_TYPES: &[&str] = &[
    "Subscription",
    "Renewal",
    "Upgrade",
    "Downgrade",
    "Add-on",
    "Refund",
    "Credit",
    "Chargeback",
    "Payment",
];
const METHODS: &[&str] = &["Card", "Invoice", "PayPal"];
const CURRENCIES: &[&str] = &["USD", "USD", "EUR", "usd", "JPY", "KWD"];
const LICENSE_TYPES: &[&str] = &["Basic", "Pro", "Enterprise", "Add-on"];
const LICENSE_STATUSES: &[&str] = &["Active", "Active", "Expired", "Suspended"];
/// Terms in days, among them ones half-way between two usual terms.
const TERMS: &[i64] = &[0, 29, 30, 31, 45, 61, 90, 92, 182, 274, 365, 366, 548, 730, 1095];

/// Clock changes in the zones that queries use, in UTC.
const CLOCK_CHANGES: &[&str] = &[
    "2011-12-30T10:00:00Z",
    "2012-03-31T14:00:00Z",
    "2018-02-18T02:00:00Z",
    "2018-11-04T03:00:00Z",
    "2024-03-10T07:00:00Z",
    "2024-03-31T01:00:00Z",
    "2024-10-27T01:00:00Z",
    "2024-11-03T06:00:00Z",
    "2025-03-09T07:00:00Z",
    "2025-03-30T01:00:00Z",
];

/// Days on which an export may begin: before clock changes, a leap day and turns of the year.
const EPOCHS: &[Date] = &[
    date(2011, 12, 20),
    date(2018, 1, 25),
    date(2018, 10, 10),
    date(2024, 2, 20),
    date(2024, 9, 15),
    date(2025, 1, 31),
];

#[derive(Clone, Copy, Debug)]
enum KeyStyle {
    Prefixed,
    Integers,
    Guids,
    Words,
}

/// What all rows of one export have in common.
#[derive(Clone, Debug)]
pub struct Style {
    epoch: Date,
    pub(super) span_days: i64,
    keys: KeyStyle,
    fractions: bool,
    leaf_keys: bool,
    /// How often a cell is null, in percent.
    pub(super) nulls: i64,
}

impl Style {
    pub(super) fn new(seed: u64) -> Style {
        let mut dice = Dice::new(seed);
        Style {
            epoch: *dice.pick(EPOCHS),
            span_days: *dice.pick(&[12, 40, 90, 200, 430]),
            keys: *dice.pick(&[KeyStyle::Prefixed, KeyStyle::Integers, KeyStyle::Guids, KeyStyle::Words]),
            fractions: dice.percent(25),
            leaf_keys: dice.percent(70),
            nulls: *dice.pick(&[0, 4, 12]),
        }
    }

    pub(super) fn key(&self, table: &str, number: i64) -> String {
        match self.keys {
            KeyStyle::Prefixed => format!("{table}{number:05}"),
            KeyStyle::Integers => (number + 1).to_string(),
            KeyStyle::Guids => format!("6fa459ea-ee8a-3ca4-894e-db77e160{number:04x}"),
            KeyStyle::Words => format!("{table} no. {number}/x"),
        }
    }

    /// Of a small range of keys the lower ones are the more frequent.
    pub(super) fn reference(&self, dice: &mut Dice, table: &str, range: i64) -> Option<String> {
        let number = dice.below(range).min(dice.below(range));
        (!dice.percent(self.nulls)).then(|| self.key(table, number))
    }

    pub(super) fn category(&self, dice: &mut Dice, choices: &[&str]) -> Option<String> {
        let text = *dice.pick(choices);
        let spelled = match dice.below(12) {
            0 => text.to_lowercase(),
            1 => text.to_uppercase(),
            2 => format!(" {text} "),
            _ => text.to_owned(),
        };
        (!dice.percent(self.nulls)).then_some(spelled)
    }

    pub(super) fn day(&self, dice: &mut Dice) -> Date {
        plus(self.epoch, dice.below(self.span_days).days())
    }

    pub(super) fn optional_day(&self, dice: &mut Dice) -> Option<Date> {
        let day = self.day(dice);
        (!dice.percent(self.nulls)).then_some(day)
    }

    pub(super) fn instant(&self, dice: &mut Dice) -> Timestamp {
        let start = self.epoch.to_zoned(TimeZone::UTC).expect("a day of UTC").timestamp();
        let seconds = match dice.below(10) {
            0..5 => dice.below(self.span_days * 86_400),
            // Close together, so that meetings overlap and users come back.
            5..8 => dice.below(self.span_days.min(6) * 24) * 3_600 + dice.below(4) * 900,
            // Around midnight of some zone.
            8 => dice.below(self.span_days * 24) * 3_600 + dice.below(3) * 1_800 - 1,
            _ => {
                let change: Timestamp =
                    dice.pick(CLOCK_CHANGES).parse().expect("a clock change is a timestamp");
                let at = change.as_second() - start.as_second() + dice.below(9) * 1_800 - 7_201;
                if (0..self.span_days * 86_400).contains(&at) { at } else { dice.below(86_400) }
            }
        };
        let ticks = if self.fractions { *dice.pick(&[0, 0, 5_000_000, 1]) } else { 0 };
        start + SignedDuration::from_secs(seconds.max(0)) + SignedDuration::from_nanos(ticks * 100)
    }

    fn user(&self, seed: u64) -> User {
        let dice = &mut Dice::new(seed);
        let number = dice.below(USERS).min(dice.below(USERS));
        let registered = plus(self.day(dice), (-dice.below(120)).days());
        User {
            user_id: self.key("u", number),
            user_name: Some(format!("User {number}")),
            email: Some(format!("u{number}@example.com")),
            plan_type: self.category(dice, PLANS),
            company: self.category(dice, COMPANIES),
            registration_date: (!dice.percent(self.nulls)).then_some(registered),
        }
    }

    fn meeting(&self, seed: u64) -> Meeting {
        let dice = &mut Dice::new(seed);
        let number = dice.below(MEETINGS).min(dice.below(MEETINGS));
        let start_time = self.instant(dice);
        let seconds = *dice.pick(&[0, 59, 60, 1_500, 3_600, 5_399, 20_000, 130_000]);
        let end_time = start_time + SignedDuration::from_secs(seconds + dice.below(3));
        let ended_too_early = dice.percent(2);
        let minutes = seconds / 60;
        Meeting {
            meeting_id: self.key("m", number),
            host_user_id: self.reference(dice, "u", USERS),
            host_name: None,
            meeting_topic: Some((*dice.pick(TOPICS)).to_owned()),
            meeting_type: self.category(dice, MEETING_TYPES),
            start_time,
            end_time: match ended_too_early {
                true => Some(start_time - SignedDuration::from_secs(90)),
                false => (!dice.percent(15)).then_some(end_time),
            },
            duration_minutes: (!ended_too_early && dice.percent(60)).then_some(minutes),
        }
    }

    fn attendee(&self, seed: u64) -> Attendee {
        let dice = &mut Dice::new(seed);
        let join = self.instant(dice);
        let stay = SignedDuration::from_secs(dice.below(7_300) - 20);
        Attendee {
            attendee_id: self.leaf_keys.then(|| self.key("a", dice.below(60_000))),
            meeting_id: self.reference(dice, "m", MEETINGS),
            // A guest has no user.
            user_id: self.reference(dice, "u", USERS).filter(|_| dice.percent(85)),
            // A record without any value is a fault, which these exports have none of.
            participant_name: Some("Guest".to_owned()),
            join_time: (!dice.percent(self.nulls)).then_some(join),
            leave_time: (!dice.percent(10)).then_some(join + stay),
            connection_quality: self.category(dice, QUALITIES),
        }
    }

    fn usage(&self, seed: u64) -> Usage {
        let dice = &mut Dice::new(seed);
        let time = self.instant(dice);
        let mut usage = Usage {
            usage_id: self.leaf_keys.then(|| self.key("f", dice.below(60_000))),
            meeting_id: self.reference(dice, "m", MEETINGS),
            feature_name: self.category(dice, FEATURES),
            usage_count: (!dice.percent(self.nulls)).then(|| dice.below(4)),
            usage_duration: (!dice.percent(20)).then(|| dice.below(90)),
            usage_timestamp: dice.percent(60).then_some(time),
        };
        // A record without any value is a fault, which these exports have none of.
        if usage.meeting_id.is_none() && usage.feature_name.is_none() && usage.usage_count.is_none() {
            usage.usage_duration = usage.usage_duration.or(Some(0));
        }
        usage
    }

    fn ticket(&self, seed: u64) -> Ticket {
        let dice = &mut Dice::new(seed);
        let instant = self.instant(dice);
        let day = self.day(dice);
        let opens_with_time = dice.percent(60);
        let open_date = if opens_with_time { When::Instant(instant) } else { When::Day(day) };
        let later = dice.below(12);
        // A date and a timestamp are so far apart that their order is the same in every zone.
        let close_date = match (open_date, dice.percent(85)) {
            (When::Day(day), true) => When::Day(plus(day, later.days())),
            (When::Instant(time), true) => When::Instant(time + SignedDuration::from_secs(later * 50_000)),
            (When::Day(day), false) => {
                let day = plus(day, (later + 2).days()).to_zoned(TimeZone::UTC);
                When::Instant(day.expect("a day of UTC").timestamp())
            }
            (When::Instant(time), false) => {
                When::Day(plus(time.to_zoned(TimeZone::UTC).date(), (later + 2).days()))
            }
        };
        Ticket {
            ticket_id: self.key("t", dice.below(60_000)),
            // Few users, so that they come back with the same trouble.
            user_id: self.reference(dice, "u", USERS / 5),
            ticket_type: self.category(dice, TICKET_TYPES),
            resolution_status: self.category(dice, STATUSES),
            priority_level: self.category(dice, PRIORITIES),
            open_date,
            close_date: dice.percent(75).then_some(close_date),
            description: Some("No sound; see \"log\", please".to_owned()),
        }
    }

    fn event(&self, seed: u64) -> Event {
        let dice = &mut Dice::new(seed);
        let amount = match dice.below(8) {
            0 => dice.below(100_000_000) - 20_000_000,
            1 => 0,
            2 => -dice.below(500) * 10_000,
            _ => dice.below(60_000) * 100,
        };
        Event {
            event_id: self.key("e", dice.below(60_000)),
            user_id: self.reference(dice, "u", USERS),
            event_type: self.category(dice, EVENT_TYPES),
            amount: (!dice.percent(self.nulls)).then_some(amount),
            currency: (!dice.percent(self.nulls)).then(|| (*dice.pick(CURRENCIES)).to_owned()),
            transaction_date: self.optional_day(dice),
            payment_method: self.category(dice, METHODS),
        }
    }

    fn license(&self, seed: u64) -> License {
        let dice = &mut Dice::new(seed);
        let start = plus(self.day(dice), (-dice.below(200)).days());
        let term = *dice.pick(TERMS);
        License {
            license_id: self.key("l", dice.below(60_000)),
            license_type: self.category(dice, LICENSE_TYPES),
            start_date: (!dice.percent(self.nulls / 4)).then_some(start),
            end_date: dice.percent(80).then(|| plus(start, term.days())),
            license_status: self.category(dice, LICENSE_STATUSES),
            // Few users, so that terms overlap and follow each other.
            assigned_user_id: self.reference(dice, "u", USERS / 2).filter(|_| dice.percent(90)),
            assigned_user_name: None,
        }
    }
}

/// Of rows with the same key only the first stays.
pub(super) fn rows<T>(seeds: &[u64], row: impl Fn(u64) -> T, key: impl Fn(&T) -> Option<&str>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for seed in seeds {
        let row = row(*seed);
        if key(&row).is_none_or(|key| seen.insert(key.to_owned())) {
            rows.push(row);
        }
    }
    rows
}

/// A smaller failing case is one with fewer rows; the rows themselves stay as they are.
pub(super) fn seeds(most: usize) -> impl Strategy<Value = Vec<u64>> {
    vec(any::<u64>().no_shrink(), 0..=most)
}

/// Datasets without keys on leaf tables are left out when `always_keys` is set.
pub fn dataset(always_keys: bool) -> impl Strategy<Value = Dataset> {
    let tables = (seeds(60), seeds(110), seeds(120), seeds(90), seeds(60), seeds(90), seeds(50));
    (any::<u64>().no_shrink(), tables).prop_map(move |(style, tables)| {
        let mut style = Style::new(style);
        style.leaf_keys |= always_keys;
        let (users, meetings, attendees, usage, tickets, events, licenses) = tables;
        Dataset {
            users: rows(&users, |seed| style.user(seed), |row| Some(&row.user_id)),
            meetings: rows(&meetings, |seed| style.meeting(seed), |row| Some(&row.meeting_id)),
            attendees: rows(&attendees, |seed| style.attendee(seed), |row| row.attendee_id.as_deref()),
            usage: rows(&usage, |seed| style.usage(seed), |row| row.usage_id.as_deref()),
            tickets: rows(&tickets, |seed| style.ticket(seed), |row| Some(&row.ticket_id)),
            events: rows(&events, |seed| style.event(seed), |row| Some(&row.event_id)),
            licenses: rows(&licenses, |seed| style.license(seed), |row| Some(&row.license_id)),
        }
    })
}
