//! Who uses the platform, where, and when?
//!
//! Everything that several tables have to agree on is drawn once, per user, into a few bytes.
//! Invariant: nothing here changes once it is drawn, so that all threads can read it.

use super::user::User;
use crate::generate::Options;
use crate::generate::calendar::{Day, Span};
use crate::generate::csv::{Key, Rows};
use crate::generate::names::{self, Name};
use crate::generate::rng::{Alias, Draw, Stream};
use crate::generate::shape::{Anchor, Schedule, signup_weight, work_weight};
use rayon::prelude::*;

/// Days before the span in which the first users had registered.
const SIGNUP_LEAD_DAYS: i32 = 900;
/// Users per company, on average.
const USERS_PER_COMPANY: u64 = 40;

/// Whom a reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Party {
    /// A user, by index.
    Known(u32),
    /// A key that the users table does not have.
    Unknown(u64),
    /// Nobody: the cell is empty.
    Nobody,
}

/// All that the tables are derived from.
pub(super) struct Population {
    pub(super) seed: u64,
    pub(super) span: Span,
    pub(super) users: Vec<User>,
    pub(super) meetings: Schedule,
    pub(super) tickets: Schedule,
    pub(super) user_key: Key,
    hosts: Alias,
    /// Users ordered by company, and where each company starts; a user's place in that order.
    colleagues: Vec<u32>,
    company_starts: Vec<u32>,
    places: Vec<u32>,
}

impl Population {
    /// Draws the users and deals meetings and tickets out to the days.
    pub(super) fn new(options: &Options) -> Self {
        let (seed, count) = (options.seed, options.users);
        let span = Span::new(options.months);
        // A few more where there are few, or one would hold nearly everybody.
        let companies = (count / USERS_PER_COMPANY + 1 + (count / 8).min(10)) as u32;
        let first = span.first - SIGNUP_LEAD_DAYS;
        let days = span.days() + SIGNUP_LEAD_DAYS as usize;
        let signups = Schedule::new(count, first, days, Anchor::First, |day| signup_weight(seed, first, day));
        let at_work = |total| {
            let weight = |day| work_weight(seed, span, day);
            Schedule::new(total, span.first, span.days(), Anchor::Last, weight)
        };
        let users: Vec<User> = (0..count)
            .into_par_iter()
            .map(|index| User::draw(seed, index, span, companies, signups.day_of(index)))
            .collect();
        let weights: Vec<u32> = users.par_iter().map(|user| user.weight).collect();
        let (colleagues, company_starts, places) = by_company(&users, companies);
        Self {
            seed,
            span,
            meetings: at_work(count * u64::from(options.meetings_per_user)),
            tickets: at_work(count),
            user_key: Key::new(b'U', count + strangers(count)),
            hosts: Alias::new(&weights),
            users,
            colleagues,
            company_starts,
            places,
        }
    }

    /// The host of a meeting: a few users host most of them.
    pub(super) fn host(&self, day: Day, draw: &mut Draw) -> Party {
        match draw.below(10_000) {
            0..10 => return Party::Nobody,
            10..40 => return self.stranger(draw),
            _ => {}
        }
        for _ in 0..48 {
            let index = self.hosts.draw(draw);
            let user = &self.users[index as usize];
            if user.is_active(day) && (!user.is_casual || self.is_busy(index, day)) {
                return Party::Known(index);
            }
        }
        Party::Known(0)
    }

    /// Whether a casual host has something to meet about in the quarter of a year around a day;
    /// the quarters of different users begin on different days.
    fn is_busy(&self, index: u32, day: Day) -> bool {
        let quarter = (day.0 + (index % 91) as i32) as u64 / 91;
        Draw::new(self.seed, Stream::Busy, u64::from(index) << 16 | quarter).chance(4500)
    }

    /// Any user active on a day, each as likely.
    pub(super) fn anybody(&self, day: Day, draw: &mut Draw) -> Party {
        for _ in 0..8 {
            let index = draw.below(self.users.len() as u32);
            if self.users[index as usize].is_active(day) {
                return Party::Known(index);
            }
        }
        Party::Known(0)
    }

    /// Somebody whom the host is likely to meet: of the team, the company, or anybody.
    pub(super) fn colleague(&self, of: Party, day: Day, draw: &mut Draw) -> Party {
        let Party::Known(host) = of else {
            return self.anybody(day, draw);
        };
        let Some(company) = self.users[host as usize].company() else {
            return self.anybody(day, draw);
        };
        let start = self.company_starts[company as usize];
        let size = self.company_starts[company as usize + 1] - start;
        let reach = match draw.below(10) {
            0..6 => size.min(12),
            6..9 => size,
            _ => return self.anybody(day, draw),
        };
        for _ in 0..3 {
            let step = self.places[host as usize] - start + 1 + draw.below(reach);
            let index = self.colleagues[(start + step % size) as usize];
            if self.users[index as usize].is_active(day) {
                return Party::Known(index);
            }
        }
        self.anybody(day, draw)
    }

    /// A key that is not in the users table.
    pub(super) fn stranger(&self, draw: &mut Draw) -> Party {
        let count = self.users.len() as u64;
        Party::Unknown(count + u64::from(draw.below(strangers(count) as u32)))
    }

    /// The cell of a reference.
    pub(super) fn write_key(&self, rows: &mut Rows, party: Party) {
        match party {
            Party::Known(index) => rows.key(self.user_key, u64::from(index) + 1),
            Party::Unknown(index) => rows.key(self.user_key, index + 1),
            Party::Nobody => rows.null(),
        }
    }

    /// What a party is called.
    pub(super) fn name(&self, party: Party) -> Option<Name> {
        match party {
            Party::Known(index) => Some(names::person(self.seed, u64::from(index))),
            Party::Unknown(index) => Some(names::person(self.seed, index)),
            Party::Nobody => None,
        }
    }
}

/// Keys beyond the users table.
fn strangers(users: u64) -> u64 {
    users / 200 + 3
}

fn by_company(users: &[User], companies: u32) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; companies as usize + 1];
    for company in users.iter().filter_map(User::company) {
        starts[company as usize + 1] += 1;
    }
    for company in 0..companies as usize {
        starts[company + 1] += starts[company];
    }
    let mut next = starts.clone();
    let mut order = vec![0u32; starts[companies as usize] as usize];
    let mut places = vec![0u32; users.len()];
    for (index, user) in users.iter().enumerate() {
        if let Some(company) = user.company() {
            let place = &mut next[company as usize];
            order[*place as usize] = index as u32;
            places[index] = *place;
            *place += 1;
        }
    }
    (order, starts, places)
}
