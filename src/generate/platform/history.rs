//! What has a user bought, and for how long?
//!
//! A user's contracts are played from registration on: terms are paid for, renewed at their end,
//! changed, and cancelled after the user left. Licences and billing events are two views of one
//! play, which is repeated whenever it is asked for and never stored. Invariant: the steps of one
//! user are the same each time.

use super::population::Population;
use super::products::Product;
use super::user::User;
use crate::generate::calendar::Day;
use crate::generate::rng::{Draw, Stream};

/// What an event is about; the names are those of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Subscription,
    Renewal,
    Upgrade,
    Downgrade,
    AddOn,
    Refund,
    Credit,
    Chargeback,
    Cancellation,
    Payment,
}

impl Kind {
    /// The name in event_type.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Subscription => "Subscription",
            Self::Renewal => "Renewal",
            Self::Upgrade => "Upgrade",
            Self::Downgrade => "Downgrade",
            Self::AddOn => "Add-on",
            Self::Refund => "Refund",
            Self::Credit => "Credit",
            Self::Chargeback => "Chargeback",
            Self::Cancellation => "Cancellation",
            Self::Payment => "Payment",
        }
    }
}

/// A licence held by the user.
pub(super) struct Licence {
    pub(super) product: Product,
    pub(super) start: Day,
    /// The last day covered; a licence without one runs until further notice.
    pub(super) end: Option<Day>,
    pub(super) is_suspended: bool,
}

/// Something in a user's history.
pub(super) enum Step {
    Licence(Licence),
    /// An event of a day, with US cents; what gives money back does so in either sign.
    Event(Day, Kind, i64),
}

/// How a contract runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cycle {
    /// A licence per term of this many months.
    Terms(u32),
    /// Paid monthly under one licence without an end.
    Open,
}

impl Cycle {
    fn months(self) -> u32 {
        match self {
            Self::Terms(months) => months,
            Self::Open => 1,
        }
    }
}

/// Plays the history of a user.
pub(super) fn history(population: &Population, index: u32, mut visit: impl FnMut(Step)) {
    let user = &population.users[index as usize];
    let mut draw = Draw::new(population.seed, Stream::Contract, u64::from(index));
    let Some((mut plan, delay)) = first_sale(user, &mut draw) else {
        return;
    };
    let mut delay = Some(delay);
    for (from, until) in user.stays() {
        let start = from + delay.take().unwrap_or_else(|| draw.between(0, 10));
        let cycle =
            [Cycle::Open, Cycle::Terms(1), Cycle::Terms(3), Cycle::Terms(12)][draw.weighted(&[62, 2, 5, 31])];
        let stay = Stay {
            start,
            until,
            last: population.span.last,
            limit: until.min(population.span.last + 1),
            cycle,
        };
        if start < stay.limit {
            plan = stay.play(plan, &mut draw, &mut visit);
        }
    }
}

/// The plan first paid for, and the days from registration until then.
fn first_sale(user: &User, draw: &mut Draw) -> Option<(Product, i32)> {
    match user.plan {
        Product::Free if draw.chance(1300) => {
            let plan = draw.pick(&[Product::Basic, Product::Basic, Product::Pro]);
            Some((plan, draw.between(20, 400)))
        }
        Product::Free => None,
        plan => {
            let delay = [0, 14, draw.between(1, 90)][draw.weighted(&[55, 25, 20])];
            Some((plan, delay))
        }
    }
}

/// A stay with the platform, from its first sale on.
struct Stay {
    start: Day,
    /// The first day away.
    until: Day,
    /// The last day of the span.
    last: Day,
    /// The first day on which nothing is sold any more: the user is away, or the span is over.
    limit: Day,
    cycle: Cycle,
}

impl Stay {
    /// Plays the terms of the stay and gives the plan that it ends with.
    fn play(&self, mut plan: Product, draw: &mut Draw, visit: &mut impl FnMut(Step)) -> Product {
        let months = self.cycle.months();
        let (mut start, mut held_from) = (self.start, self.start);
        let mut sale = Kind::Subscription;
        loop {
            let mut end = start.plus_months(months) - 1;
            self.charge(start, sale, plan.price(months), draw, visit);
            if self.cycle != Cycle::Open {
                visit(Step::Licence(licence(plan, start, Some(end))));
            }
            self.add_on(start, end, draw, visit);
            if let Some(larger) = plan.larger().filter(|_| months >= 3 && draw.chance(500)) {
                // The larger licence starts at once and overlaps the rest of the old one.
                let day = start + draw.between(10, 25 * months as i32);
                if day < self.limit {
                    plan = larger;
                    end = day.plus_months(months) - 1;
                    self.charge(day, Kind::Upgrade, plan.price(months), draw, visit);
                    visit(Step::Licence(licence(plan, day, Some(end))));
                }
            }
            let late = if draw.chance(400) { draw.between(1, 20) } else { 0 };
            let next = end + 1 + late;
            if next >= self.limit {
                break;
            }
            sale = Kind::Renewal;
            let changed = self.change(plan, next, draw, visit);
            if changed != plan {
                if self.cycle == Cycle::Open {
                    visit(Step::Licence(licence(plan, held_from, Some(next - 1))));
                    held_from = next;
                }
                if plan.larger() == Some(changed) {
                    sale = Kind::Upgrade;
                }
                plan = changed;
            }
            start = next;
        }
        let has_left = self.until <= self.last;
        if has_left {
            visit(Step::Event(self.until, Kind::Cancellation, 0));
        }
        if self.cycle == Cycle::Open {
            // A few of those who left keep an open licence that was merely suspended.
            let is_suspended = has_left && draw.chance(1500);
            let end = (has_left && !is_suspended).then_some(start.plus_months(1) - 1);
            visit(Step::Licence(Licence { is_suspended, ..licence(plan, held_from, end) }));
        }
        plan
    }

    /// The plan from a renewal on; a smaller one is announced, and half of those credited.
    fn change(&self, plan: Product, day: Day, draw: &mut Draw, visit: &mut impl FnMut(Step)) -> Product {
        // By the month, so that long terms change no less often in a year than short ones.
        if !draw.chance(140 * self.cycle.months()) {
            return plan;
        }
        if draw.chance(6500) {
            return plan.larger().unwrap_or(plan);
        }
        let Some(smaller) = plan.smaller() else {
            return plan;
        };
        let less = plan.price(1) - smaller.price(1);
        let credited = if draw.chance(5000) { -less } else { 0 };
        visit(Step::Event(day, Kind::Downgrade, credited));
        smaller
    }

    /// A sale, and what comes back of it.
    fn charge(&self, day: Day, kind: Kind, cents: i64, draw: &mut Draw, visit: &mut impl FnMut(Step)) {
        visit(Step::Event(day, kind, cents));
        let (back, within_days) = match draw.below(1000) {
            0..22 => (Kind::Refund, 30),
            22..45 => (Kind::Credit, 45),
            45..50 => (Kind::Chargeback, 75),
            _ => return,
        };
        let day = day + draw.between(1, within_days);
        let part = match back {
            Kind::Chargeback => 100,
            _ => draw.pick(&[100, 100, 50, 25, 10]),
        };
        let sign = if draw.chance(5000) { 1 } else { -1 };
        visit(Step::Event(day, back, sign * cents * part / 100));
    }

    /// An add-on beside the plan, about one in four years.
    fn add_on(&self, start: Day, end: Day, draw: &mut Draw, visit: &mut impl FnMut(Step)) {
        let months = self.cycle.months();
        if !draw.chance(230 * months) {
            return;
        }
        let day = (start + draw.between(0, 14)).min(end);
        if day < self.limit {
            self.charge(day, Kind::AddOn, Product::AddOn.price(months), draw, visit);
            let end = (self.cycle != Cycle::Open || draw.chance(7000)).then_some(end);
            visit(Step::Licence(licence(Product::AddOn, day, end)));
        }
    }
}

fn licence(product: Product, start: Day, end: Option<Day>) -> Licence {
    Licence { product, start, end, is_suspended: false }
}
