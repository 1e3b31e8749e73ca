//! What does a request mean over a dataset?
//!
//! Resolves the watermark, the interval, the known entities and the shown spellings. Invariant: no
//! KPI is known here beyond the days on which it has rows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::answer::{Frame, Question};
use super::catalogue::{self, sources};
use super::data::{Dataset, License, Meeting, User, When};
use super::dims;
use super::filter::{Expr, folded};
use super::period::{Bucket, Calendar, Days, Grain, plus};
use super::request::Request;
use super::rows::{Row, Source};
use super::side::{Dims, Evaluate};

#[derive(Clone)]
pub struct World<'a> {
    pub data: &'a Dataset,
    pub request: &'a Request,
    pub zone: TimeZone,
    pub calendar: Calendar,
    pub as_of: Date,
    pub interval: Days,
    /// The first day on which the KPI has a row, over the whole table.
    pub earliest: Option<Date>,
    pub users: BTreeMap<&'a str, &'a User>,
    pub meetings: BTreeMap<&'a str, &'a Meeting>,
    /// Column, folded spelling → shown spelling.
    spellings: BTreeMap<(&'static str, String), String>,
    /// Present when `--users` narrows them.
    kept_users: Option<BTreeSet<&'a str>>,
}

impl<'a> World<'a> {
    /// None when neither the data nor the request says over which interval to answer.
    pub fn new(data: &'a Dataset, request: &'a Request) -> Option<World<'a>> {
        let zone = TimeZone::get(request.tz).expect("the time zone exists");
        let as_of = request.as_of.or_else(|| watermark(data, &zone))?;
        let mut world = World {
            data,
            request,
            zone,
            calendar: request.calendar(),
            as_of,
            interval: Days { first: as_of, last: as_of },
            earliest: None,
            users: data.users.iter().map(|user| (user.user_id.as_str(), user)).collect(),
            meetings: data.meetings.iter().map(|row| (row.meeting_id.as_str(), row)).collect(),
            spellings: dims::spellings(data),
            kept_users: None,
        };
        let days = world.own_days();
        world.earliest = days.iter().min().copied();
        let last = match request.kpi {
            "license_expirations" => days.iter().max().copied().unwrap_or(as_of),
            _ => as_of,
        };
        world.interval = request.interval(as_of, world.earliest, last)?;
        for expr in &request.users {
            let matching = world.users_with(expr);
            world.kept_users = Some(match world.kept_users.take() {
                None => matching,
                Some(kept) => kept.intersection(&matching).copied().collect(),
            });
        }
        Some(world)
    }

    /// The days on which the KPI itself has rows, whatever the filters.
    fn own_days(&self) -> Vec<Date> {
        let mut days = Vec::new();
        for source in sources(self.request) {
            if source == Source::Licenses {
                days.extend(self.data.licenses.iter().filter_map(|license| license.start_date));
            } else {
                days.extend(self.rows(source).iter().filter_map(|row| row.day));
            }
        }
        days
    }

    /// The keys of the users who acted, within the interval, in a row for which `expr` is true.
    fn users_with(&self, expr: &Expr) -> BTreeSet<&'a str> {
        let source = dims::table_of(expr);
        self.rows(source)
            .into_iter()
            .filter(|row| self.counts(row, self.interval))
            .filter(|row| expr.truth(&|name| dims::value(self, source, row, name)) == Some(true))
            .filter_map(|row| row.user)
            .collect()
    }

    /// Does the row's day lie in the range, and not after the watermark?
    pub fn counts(&self, row: &Row<'_>, days: Days) -> bool {
        row.day.is_some_and(|day| days.contains(day) && day <= self.as_of)
    }

    /// The day at which a stock is measured.
    pub fn measured_on(&self, bucket: &Bucket) -> Date {
        self.frame().measured_on(bucket)
    }

    pub fn civil_day(&self, time: Timestamp) -> Date {
        time.to_zoned(self.zone.clone()).date()
    }

    pub fn civil_hour(&self, time: Timestamp) -> i8 {
        time.to_zoned(self.zone.clone()).hour()
    }

    pub fn day_of(&self, when: When) -> Date {
        match when {
            When::Day(day) => day,
            When::Instant(time) => self.civil_day(time),
        }
    }

    /// The first instant of a civil day.
    pub fn start_of(&self, day: Date) -> Timestamp {
        day.to_zoned(self.zone.clone()).expect("the day is in range").timestamp()
    }

    /// The user's own row, when the user is known.
    pub fn known(&self, user: Option<&str>) -> Option<&'a User> {
        user.and_then(|key| self.users.get(key).copied())
    }

    pub fn is_known(&self, row: &Row<'_>) -> bool {
        self.known(row.user).is_some()
    }

    /// Is the acting user one that `--users` keeps?
    pub fn keeps_user_of(&self, row: &Row<'_>) -> bool {
        match &self.kept_users {
            None => true,
            Some(kept) => row.user.is_some_and(|user| kept.contains(user)),
        }
    }

    /// The shown spelling of a category.
    pub fn spelled(&self, column: &'static str, text: &str) -> String {
        self.spellings[&(column, folded(text))].clone()
    }

    /// The bucket of a registration, by which retention tells cohorts apart; else its month.
    pub fn cohort(&self, user: &User) -> Option<Date> {
        let registered = user.registration_date?;
        Some(match self.request.kpi {
            "retention" => self.calendar.first_day(registered),
            _ => registered.first_of_month(),
        })
    }

    /// The one licence of the user whose term covers the day: the latest start, then the latest
    /// end (none is latest), then the smallest key.
    pub fn license_on(&self, user: &str, day: Date) -> Option<&'a License> {
        let mut best: Option<&License> = None;
        for license in &self.data.licenses {
            if license.assigned_user_id.as_deref() != Some(user) || !covers(license, day) {
                continue;
            }
            let end = |license: &License| license.end_date.unwrap_or(Date::MAX);
            let better = best.is_none_or(|best| {
                (license.start_date, end(license), &best.license_id)
                    > (best.start_date, end(best), &license.license_id)
            });
            if better {
                best = Some(license);
            }
        }
        best
    }
}

impl Question for World<'_> {
    fn frame(&self) -> Frame<'_> {
        Frame {
            request: self.request,
            calendar: self.calendar,
            as_of: self.as_of,
            interval: self.interval,
            earliest: self.earliest,
        }
    }

    fn over_all(&self) -> Self {
        let mut whole = self.clone();
        whole.calendar.grain = Grain::All;
        whole
    }

    fn evaluator<'w>(&'w self, dims: &Dims) -> Evaluate<'w> {
        catalogue::evaluator(self, dims)
    }
}

/// Does the licence's term cover the day?
pub fn covers(license: &License, day: Date) -> bool {
    license.start_date.is_some_and(|start| start <= day) && license.end_date.is_none_or(|end| end >= day)
}

/// A meeting's minutes: as exported, else the whole minutes from start to end; never negative.
pub fn duration_minutes(meeting: &Meeting) -> Option<i64> {
    let measured = || {
        let end = meeting.end_time?;
        let minutes = nanoseconds(meeting.start_time, end).div_euclid(60_000_000_000);
        i64::try_from(minutes).ok()
    };
    meeting.duration_minutes.or_else(measured).filter(|minutes| *minutes >= 0)
}

pub fn nanoseconds(from: Timestamp, to: Timestamp) -> i128 {
    to.as_nanosecond() - from.as_nanosecond()
}

/// The latest civil day on which anything is recorded to have happened.
fn watermark(data: &Dataset, zone: &TimeZone) -> Option<Date> {
    let day = |time: Timestamp| time.to_zoned(zone.clone()).date();
    let when_day = |when: When| match when {
        When::Day(date) => date,
        When::Instant(time) => day(time),
    };
    let mut days: Vec<Date> = Vec::new();
    days.extend(data.users.iter().filter_map(|user| user.registration_date));
    days.extend(data.meetings.iter().map(|meeting| day(meeting.start_time)));
    days.extend(data.attendees.iter().filter_map(|row| row.join_time).map(day));
    days.extend(data.usage.iter().filter_map(|row| row.usage_timestamp).map(day));
    days.extend(data.tickets.iter().map(|ticket| when_day(ticket.open_date)));
    days.extend(data.tickets.iter().filter_map(|ticket| ticket.close_date).map(when_day));
    days.extend(data.events.iter().filter_map(|event| event.transaction_date));
    days.into_iter().max()
}

/// The day so many days later.
pub fn days_after(day: Date, days: i64) -> Date {
    plus(day, days.days())
}
