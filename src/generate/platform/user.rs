//! Who is a user, and when is the user there?
//!
//! Invariant: the first user registers first and never leaves, so there is always a host.

use super::products::Product;
use crate::generate::calendar::{Day, Span};
use crate::generate::rng::{Draw, Stream, mix};
use crate::generate::shape::Region;

/// In 10 000, how many users give no company.
const WITHOUT_COMPANY: u32 = 600;
const NO_COMPANY: u32 = u32::MAX;
/// How many times as much as the least of them the busiest host of a plan meets.
const HOST_TAIL_MAX: u32 = 200;
/// Hosts who meet less than this, in hundredths of the least, are casual ones.
const CASUAL_BELOW: u32 = 250;

/// A user, as far as other tables depend on it.
pub(super) struct User {
    pub(super) registered: Day,
    /// The first day away ...
    left: Day,
    /// ... the first day back, after the span for those who stay away ...
    back: Day,
    /// ... and the first day away for good.
    gone: Day,
    company: u32,
    /// The plan at the start; what is bought later is in its history.
    pub(super) plan: Product,
    pub(super) region: Region,
    pub(super) has_bad_line: bool,
    /// Hosts little, and only in some quarters of a year.
    pub(super) is_casual: bool,
    /// How likely the user is to be a meeting's host.
    pub(super) weight: u32,
}

impl User {
    /// Whether the user meets on a day.
    pub(super) fn is_active(&self, day: Day) -> bool {
        (self.registered <= day && day < self.left) || (self.back <= day && day < self.gone)
    }

    /// The stays: first day, and first day no more.
    pub(super) fn stays(&self) -> [(Day, Day); 2] {
        [(self.registered, self.left), (self.back, self.gone)]
    }

    /// The company's number.
    pub(super) fn company(&self) -> Option<u32> {
        (self.company != NO_COMPANY).then_some(self.company)
    }

    /// Draws a user who registered on a day.
    pub(super) fn draw(seed: u64, index: u64, span: Span, companies: u32, registered: Day) -> Self {
        let mut draw = Draw::new(seed, Stream::User, index);
        let (company, region) = if draw.chance(WITHOUT_COMPANY) {
            (NO_COMPANY, Region::draw(&mut draw))
        } else {
            let company = draw.rank(companies);
            let place = Region::draw(&mut Draw::new(seed, Stream::Company, u64::from(company)));
            (company, if draw.chance(1200) { Region::draw(&mut draw) } else { place })
        };
        let plan = Product::first(&mut draw, company != NO_COMPANY && company <= companies / 20);
        let (weight, is_casual) = hosting(&mut draw, index, plan, companies);
        let never = span.last + 1;
        let mut user = Self {
            registered,
            left: never,
            back: never,
            gone: never,
            company,
            plan,
            region,
            has_bad_line: draw.chance(900),
            is_casual,
            weight,
        };
        if index > 0 {
            user.left = leaving_day(&mut draw, registered, plan.leaving(), never);
            if user.left < never && draw.chance(3200) {
                user.back = (user.left + draw.between(30, 300)).min(never);
                user.gone = leaving_day(&mut draw, user.back, plan.leaving() * 3 / 2, never);
            }
        }
        user
    }
}

/// The first day away: each month some leave, most of them in the first.
fn leaving_day(draw: &mut Draw, from: Day, per_10_000: u32, never: Day) -> Day {
    let mut month = from;
    let mut chance = per_10_000 * 2;
    while month < never {
        if draw.chance(chance) {
            return (month + draw.between(1, 30)).min(never);
        }
        month = month + 30;
        chance = per_10_000;
    }
    never
}

/// The weight as a host, and whether it is a casual one. Where there are few users, the tail is
/// shorter, or one of them would host nearly everything.
fn hosting(draw: &mut Draw, index: u64, plan: Product, companies: u32) -> (u32, bool) {
    let tail = draw.heavy_tail(HOST_TAIL_MAX.min(10 + companies));
    let never_hosts = draw.chance(if plan == Product::Free { 5500 } else { 2500 });
    let weight = tail * plan.activity();
    if index == 0 {
        return (weight, false);
    }
    (if never_hosts { 0 } else { weight }, tail < CASUAL_BELOW)
}

/// A number per company, or per user without one, for what is decided together.
pub(super) fn payer(user: &User, index: u32) -> u64 {
    user.company().map_or(mix(u64::from(index)) | 1 << 63, u64::from)
}
