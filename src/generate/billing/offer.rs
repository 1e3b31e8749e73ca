//! Which packages can be subscribed to, and how does one lead to the next?
//!
//! Invariant: an offer's place in [`OFFERS`] is its number; it is exported as one package per
//! currency.

use super::money::{Amount, Currency};
use crate::generate::calendar::Day;
use crate::generate::rng::Draw;

/// How long the first period is, where it is not one of the usual length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum InitialTerm {
    /// Until a date: year, month, day. Who comes later gets a usual period.
    Until(i32, u32, u32),
    Days(i32),
    OutTheMonth,
    OutTheYear,
}

impl InitialTerm {
    /// The first day after a first period.
    fn end(self, start: Day) -> Option<Day> {
        let (year, month, _) = start.civil();
        match self {
            Self::Until(year, month, day) => Some(Day::of(year, month, day)).filter(|&end| end > start),
            Self::Days(days) => Some(start + days),
            Self::OutTheMonth => Some(Day::of(year, month, 1).plus_months(1)),
            Self::OutTheYear => Some(Day::of(year + 1, 1, 1)),
        }
    }
}

/// Who is offered it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    Person,
    Company,
}

/// A package.
pub(super) struct Offer {
    pub(super) name: &'static str,
    pub(super) audience: Audience,
    /// How likely it is chosen first.
    weight: u32,
    /// Euro cents for a period.
    cents: i64,
    /// Months of a period; something without a frequency is not renewed.
    pub(super) months: Option<u32>,
    pub(super) tax_percent: i64,
    /// The chain, and the step in it.
    pub(super) chain: Option<(&'static str, u32)>,
    pub(super) initial_term: Option<InitialTerm>,
    pub(super) stops_by_itself: bool,
    /// A discount for good, in percent.
    pub(super) discount: Option<(&'static str, i64)>,
    /// What is in it: products, how many in ten-thousandths, and euro cents.
    pub(super) products: &'static [(usize, Option<i64>, i64)],
    /// Runs until further notice, under an enterprise plan.
    pub(super) is_open: bool,
}

const fn offer(name: &'static str, weight: u32, cents: i64, months: u32) -> Offer {
    Offer {
        name,
        audience: Audience::Person,
        weight,
        cents,
        months: Some(months),
        tax_percent: 25,
        chain: None,
        initial_term: None,
        stops_by_itself: false,
        discount: None,
        products: &[],
        is_open: false,
    }
}

const NEWS: &[(usize, Option<i64>, i64)] = &[(0, Some(10_000), 900), (1, Some(10_000), 390)];
const SPORTS: &[(usize, Option<i64>, i64)] = &[(2, Some(10_000), 1490)];
const VIEW: &[(usize, Option<i64>, i64)] = &[(3, Some(10_000), 700), (4, None, 500)];
const EVERYTHING: &[(usize, Option<i64>, i64)] = &[
    (0, Some(10_000), 700),
    (2, Some(10_000), 800),
    (3, Some(10_000), 450),
    (5, Some(10_000), 450),
    (10, Some(15_000), 0),
];
const SEATS: &[(usize, Option<i64>, i64)] = &[(11, Some(10_000), 1890), (9, Some(20_000), 145)];

/// All of them; the steps of a chain stand in order, side by side.
#[rustfmt::skip]
pub(super) const OFFERS: [Offer; 21] = [
    Offer { chain: Some(("READ", 1)), initial_term: Some(InitialTerm::Days(30)), tax_percent: 0, products: NEWS, ..offer("News Intro", 12, 100, 1) },
    Offer { chain: Some(("READ", 2)), tax_percent: 0, products: NEWS, ..offer("News", 6, 1290, 1) },
    Offer { tax_percent: 0, products: NEWS, ..offer("News Yearly", 8, 12900, 12) },
    Offer { chain: Some(("PLAY", 1)), initial_term: Some(InitialTerm::Days(90)), products: SPORTS, ..offer("Sports Intro", 10, 1900, 3) },
    Offer { chain: Some(("PLAY", 2)), products: SPORTS, ..offer("Sports", 5, 4190, 3) },
    Offer { chain: Some(("PLAY", 3)), products: SPORTS, ..offer("Sports Loyal", 0, 3790, 3) },
    Offer { products: VIEW, ..offer("Film & Series", 9, 1190, 1) },
    Offer { products: VIEW, ..offer("Film & Series Half-Year", 9, 6490, 6) },
    Offer { chain: Some(("All", 1)), initial_term: Some(InitialTerm::OutTheMonth), products: EVERYTHING, ..offer("Everything", 6, 1490, 1) },
    Offer { chain: Some(("ALL", 2)), products: EVERYTHING, ..offer("Everything", 2, 2390, 1) },
    Offer { initial_term: Some(InitialTerm::OutTheYear), products: EVERYTHING, ..offer("Everything Yearly", 8, 23900, 12) },
    Offer { discount: Some(("Student", 50)), products: &[(5, Some(10_000), 1090), (6, Some(10_000), 0)], ..offer("Student Music", 7, 1090, 1) },
    Offer { discount: Some(("Senior", 25)), tax_percent: 0, products: NEWS, ..offer("Senior News", 6, 3870, 3) },
    Offer { discount: Some(("employee", 75)), products: EVERYTHING, ..offer("Staff", 2, 23900, 12) },
    Offer { stops_by_itself: true, products: &[(8, Some(10_000), 990), (7, Some(5_000), 990)], ..offer("Summer Campaign", 5, 1990, 3) },
    Offer { stops_by_itself: true, initial_term: Some(InitialTerm::Until(2025, 7, 1)), products: SPORTS, ..offer("Season Pass", 4, 8900, 6) },
    Offer { audience: Audience::Company, products: SEATS, ..offer("Team", 8, 1890, 1) },
    Offer { audience: Audience::Company, products: SEATS, ..offer("Team Yearly", 12, 18900, 12) },
    Offer { audience: Audience::Company, is_open: true, products: SEATS, ..offer("Enterprise", 6, 5100, 3) },
    Offer { tax_percent: 0, ..offer("Supporter", 4, 5000, 12) },
    Offer { months: None, stops_by_itself: true, initial_term: Some(InitialTerm::Days(1)), products: VIEW, ..offer("Day Pass", 3, 390, 1) },
];

/// The Id of an offer's package in a currency.
pub(super) fn package_id(offer: usize, currency: Currency) -> u64 {
    let first = match currency {
        Currency::Nok => 101,
        Currency::Eur => 201,
    };
    first + offer as u64
}

/// An offer that somebody starts with.
pub(super) fn first(draw: &mut Draw, audience: Audience) -> usize {
    draw.weighted(&OFFERS.each_ref().map(|offer| if offer.audience == audience { offer.weight } else { 0 }))
}

impl Offer {
    /// The price of a period in the price list.
    pub(super) fn price(&self, currency: Currency) -> Amount {
        currency.of_cents(self.cents)
    }

    /// The first day after a period.
    pub(super) fn end(&self, start: Day, is_first: bool) -> Option<Day> {
        if self.is_open {
            return None;
        }
        let initial = self.initial_term.filter(|_| is_first).and_then(|term| term.end(start));
        initial.or_else(|| Some(start.plus_months(self.months.unwrap_or(1))))
    }
}

/// The offer of the period after this one: the next step of the chain, or the same again.
pub(super) fn renewed(offer: usize, draw: &mut Draw) -> usize {
    let next = offer + 1;
    let follows = |chain: &str, step: u32| {
        OFFERS
            .get(next)
            .and_then(|next| next.chain)
            .is_some_and(|(other, later)| other.eq_ignore_ascii_case(chain) && later == step + 1)
    };
    match OFFERS[offer].chain {
        Some((chain, step)) if follows(chain, step) && (step == 1 || draw.chance(3000)) => next,
        _ => offer,
    }
}

/// Whether the second of two offers costs more by the month.
pub(super) fn is_upgrade(from: usize, to: usize) -> bool {
    let months = |offer: &Offer| i64::from(offer.months.unwrap_or(1));
    let (from, to) = (&OFFERS[from], &OFFERS[to]);
    to.cents * months(from) > from.cents * months(to)
}

/// Another offer for the same audience.
pub(super) fn changed(offer: usize, draw: &mut Draw) -> usize {
    for _ in 0..8 {
        let other = first(draw, OFFERS[offer].audience);
        if other != offer && !OFFERS[other].stops_by_itself {
            return other;
        }
    }
    offer
}
