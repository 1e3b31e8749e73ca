//! Which periods of which packages does a subscriber hold, and how does each of them end?
//!
//! Each period is a row, chained to the one before and the one after. A period ends with its
//! renewal, a change of plan, a pause, a cancellation, or by simply running out. Invariant: a
//! period is in the chain as soon as it is registered, however much later it starts.

use super::Story;
use super::periods::{Cancellation, Cause, Contract, Subscription};
use crate::generate::billing::offer::{self, Audience, OFFERS};
use crate::generate::billing::subscriber::{Payer, Subscriber};
use crate::generate::billing::world::World;
use crate::generate::billing::{market, money};
use crate::generate::calendar::Day;
use crate::generate::rng::{Draw, Stream};

/// Days before the end of a period on which the next one is billed.
pub(crate) const BILLED_AHEAD_DAYS: i32 = 14;
/// From here on the price list is higher, by so many percent.
const PRICE_RISE: ((i32, u32, u32), i64) = ((2025, 3, 1), 106);

/// Plays all subscriptions of the subscriber.
pub(super) fn play(world: &World, story: &mut Story) {
    let subscriber = &story.subscriber;
    let mut player = Player {
        draw: Draw::new(world.seed, Stream::Subscriptions, subscriber.index),
        subscriber,
        last: world.span.last,
        periods: &mut story.subscriptions,
        contracts: &mut story.contracts,
    };
    let streams = player.draw.weighted(&[4, 68, 21, 7]) as u32;
    for stream in 0..streams {
        let wait = if stream == 0 { 0 } else { player.draw.between(0, 420) };
        player.stream(stream, subscriber.joined + wait);
    }
}

/// How a period ends.
enum Fate {
    /// The next one follows so many days later.
    Renewed(i32),
    /// Cancelled; what follows starts on a day, if anything does.
    Cancelled(Cancellation, Option<(Day, usize)>),
    /// Neither renewed nor cancelled.
    RunOut,
}

/// What stays the same from period to period.
struct Terms {
    stream: u32,
    account: u32,
    /// What is paid of the price in the list, in percent.
    share: i64,
    units: Option<u32>,
}

struct Player<'a> {
    draw: Draw,
    subscriber: &'a Subscriber,
    last: Day,
    periods: &'a mut Vec<Subscription>,
    contracts: &'a mut Vec<Contract>,
}

impl Player<'_> {
    fn stream(&mut self, stream: u32, begin: Day) {
        let account = self.draw.below(self.subscriber.accounts);
        let mut offer = offer::first(&mut self.draw, self.subscriber.audience);
        // Large customers bargain.
        let share = match self.subscriber.audience {
            Audience::Company => self.draw.between(80, 100).into(),
            Audience::Person => 100,
        };
        let terms = Terms { stream, account, share, units: self.units(offer) };
        let (mut start, mut previous) = (begin, None);
        while start <= self.last || previous.is_some() {
            let is_first = previous.is_none();
            let at = self.push(&terms, offer, start, previous);
            if is_first {
                self.contract(at);
            }
            match self.fate(at) {
                Fate::Renewed(late) => {
                    let Some(end) = self.periods[at].end else { return };
                    let ahead = if late > 0 { 0 } else { self.draw.between(0, BILLED_AHEAD_DAYS - 2) };
                    let renewed_on = (end - ahead).max(self.periods[at].start) + late;
                    if renewed_on > self.last {
                        return;
                    }
                    self.periods[at].renewed_on = Some(renewed_on);
                    (start, previous) = (end + late, Some(at));
                    offer = offer::renewed(offer, &mut self.draw);
                }
                Fate::Cancelled(cancellation, follows) => {
                    if cancellation.registered > self.last {
                        return;
                    }
                    let is_change = cancellation.cause == Cause::PlanChange;
                    self.periods[at].cancellation = Some(cancellation);
                    match follows {
                        // A change is registered with what follows it; who returns does so later.
                        Some((day, next)) if is_change || day <= self.last => {
                            (start, previous, offer) = (day, Some(at), next);
                        }
                        _ => return self.come_back(stream, at),
                    }
                }
                Fate::RunOut => return self.come_back(stream, at),
            }
        }
    }

    fn push(&mut self, terms: &Terms, offer: usize, start: Day, previous: Option<usize>) -> usize {
        let at = self.periods.len();
        if let Some(previous) = previous {
            self.periods[previous].next = Some(at);
        }
        let ((year, month, day), raised) = PRICE_RISE;
        let level = if start >= Day::of(year, month, day) { raised } else { 100 };
        let listed = money::rounded(money::percent(OFFERS[offer].price(self.subscriber.currency), level));
        let price = money::percent(listed, terms.share);
        let organization = self.subscriber.organization;
        let enterprise_plan =
            OFFERS[offer].is_open.then(|| market::enterprise_plan(organization, &mut self.draw));
        self.periods.push(Subscription {
            stream: terms.stream,
            account: terms.account,
            offer,
            start,
            end: OFFERS[offer].end(start, previous.is_none()),
            price: (!self.draw.chance(15)).then_some(price),
            units: terms.units,
            cancellation: None,
            renewed_on: None,
            previous,
            next: None,
            enterprise_plan,
        });
        at
    }

    fn units(&mut self, offer: usize) -> Option<u32> {
        match OFFERS[offer].audience {
            Audience::Company => Some(self.draw.between(2, 40) as u32),
            Audience::Person => [None, Some(1), Some(2)][self.draw.weighted(&[50, 46, 4])],
        }
    }

    fn contract(&mut self, at: usize) {
        let period = &self.periods[at];
        let is_long = OFFERS[period.offer].months.is_some_and(|months| months >= 12);
        let is_company = OFFERS[period.offer].audience == Audience::Company;
        if !(is_long && self.draw.chance(4000) || is_company && self.draw.chance(5000)) {
            return;
        }
        let months = self.draw.pick(&[12, 12, 24, 36]);
        self.contracts.push(Contract {
            subscription: at,
            start: period.start,
            end: (!self.draw.chance(700)).then(|| period.start.plus_months(months) - 1),
            months: (!self.draw.chance(400)).then_some(months),
        });
    }

    /// Some of those who left start anew some months later.
    fn come_back(&mut self, stream: u32, at: usize) {
        let Some(gone) = self.periods[at].end else { return };
        let start = gone + self.draw.between(30, 240);
        if start <= self.last && self.draw.chance(1800) {
            self.stream(stream + 8, start);
        }
    }

    fn fate(&mut self, at: usize) -> Fate {
        let period = &self.periods[at];
        let offer = &OFFERS[period.offer];
        let Some(end) = period.end else {
            return self.notice(period.start);
        };
        let (start, is_first, chosen) = (period.start, period.previous.is_none(), period.offer);
        if is_first && self.draw.chance(150) {
            let day = start + self.draw.between(0, 3);
            return Fate::Cancelled(self.cancellation(day, Some(start), Cause::Delete), None);
        }
        if offer.stops_by_itself {
            return if self.draw.chance(7000) {
                Fate::Cancelled(self.cancellation(start, Some(end), Cause::Automatic), None)
            } else {
                Fate::RunOut
            };
        }
        let months = offer.months.unwrap_or(1);
        let stopped = if self.subscriber.payer == Payer::Poor { 400 } else { 0 };
        let weights = [190 * months, 60 * months, 60 * months, 45 * months, stopped * months];
        let calm = 10_000u32.saturating_sub(weights.iter().sum());
        let [leave, pause, change, run_out, stop] = weights;
        let within = start + self.draw.between(1, (end.0 - start.0 - 1).max(1));
        match self.draw.weighted(&[calm, leave, pause, change, run_out, stop]) {
            0 => {
                let late = [0, self.draw.between(1, 3), self.draw.between(4, 25)]
                    [self.draw.weighted(&[955, 25, 20])];
                Fate::Renewed(late)
            }
            1 => {
                let effective = if self.draw.chance(7500) { end } else { within.max(start + 1) };
                let registered = (effective - self.draw.between(0, 40)).max(start);
                Fate::Cancelled(self.cancellation(registered, Some(effective), Cause::Regular), None)
            }
            2 => {
                let effective = if self.draw.chance(5000) { end } else { within };
                let back = effective + self.draw.between(14, 120);
                let registered = (effective - self.draw.between(0, 10)).max(start);
                Fate::Cancelled(
                    self.cancellation(registered, Some(effective), Cause::Pause),
                    Some((back, chosen)),
                )
            }
            3 => {
                let effective = if self.draw.chance(4000) { end } else { within };
                let registered = (effective - self.draw.between(0, 5)).max(start);
                let next = offer::changed(chosen, &mut self.draw);
                let mut cancellation = self.cancellation(registered, Some(effective), Cause::PlanChange);
                let direction = if offer::is_upgrade(chosen, next) { "Upgrade" } else { "Downgrade" };
                cancellation.reason = cancellation.reason.map(|_| direction);
                Fate::Cancelled(cancellation, Some((effective, next)))
            }
            4 => Fate::RunOut,
            _ => {
                let day = (start + self.draw.between(25, 50)).min(end);
                Fate::Cancelled(self.cancellation(day, Some(day), Cause::PaymentStop), None)
            }
        }
    }

    /// How something that runs until further notice ends: most of it does not.
    fn notice(&mut self, start: Day) -> Fate {
        let registered = start + self.draw.between(60, 1200);
        let effective = registered + self.draw.pick(&[0, 30, 90]);
        Fate::Cancelled(self.cancellation(registered, Some(effective), Cause::Regular), None)
    }

    fn cancellation(&mut self, registered: Day, effective: Option<Day>, cause: Cause) -> Cancellation {
        Cancellation {
            registered,
            effective: effective.filter(|_| !self.draw.chance(150)),
            cause,
            reason: (!self.draw.chance(600)).then(|| self.draw.pick(cause.reasons())),
            is_listed: !self.draw.chance(100),
        }
    }
}
