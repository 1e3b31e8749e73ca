//! What is demanded of a subscriber, line by line?
//!
//! Invariant: demands stand in order of issue, details in the order of their demands, and a
//! demand's amount is the sum of its details.

use super::Story;
use super::adjustments::{Adjustment, Side};
use super::items::{self, Item};
use crate::generate::billing::goods::FIRST_GOOD;
use crate::generate::billing::money::{self, Amount};
use crate::generate::billing::offer::OFFERS;
use crate::generate::billing::subscriber::Method;
use crate::generate::billing::world::World;
use crate::generate::calendar::Day;
use crate::generate::rng::{Draw, Stream};

/// A demand for payment.
pub(crate) struct Demand {
    pub(crate) account: u32,
    pub(crate) subscription: Option<usize>,
    pub(crate) enterprise_plan: Option<usize>,
    pub(crate) issue: Day,
    /// Rarely, none is said.
    pub(crate) due: Option<Day>,
    pub(crate) settle: Option<Day>,
    pub(crate) credit: Option<Day>,
    pub(crate) write_off: Option<Day>,
    /// What was added for paying late, and when.
    pub(crate) reminder: Option<(Day, Amount)>,
    /// What had not been paid when it was written off.
    pub(crate) given_up: Amount,
    /// The sum of its details.
    pub(crate) billed: Amount,
    /// Whether the sum is exported with the demand.
    pub(crate) says_amount: bool,
    /// With what is added and taken off, which never leaves less than nothing.
    pub(crate) claim: Amount,
    pub(crate) method: Method,
    pub(crate) invoice: Option<usize>,
    /// Nobody means to pay it: what it bills was given up.
    pub(crate) is_abandoned: bool,
}

/// What a line of a demand is for; the names are those of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Subscription,
    Order,
    External,
}

impl Kind {
    /// The name in Type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Subscription => "Subscription",
            Self::Order => "Order",
            Self::External => "External",
        }
    }
}

/// A line of a demand.
#[derive(Clone)]
pub(crate) struct Detail {
    pub(crate) demand: usize,
    /// The period before the one billed.
    pub(crate) subscription: Option<usize>,
    /// The period billed, once there is one.
    pub(crate) next: Option<usize>,
    pub(crate) order: Option<usize>,
    pub(crate) product: Option<usize>,
    pub(crate) kind: Kind,
    pub(crate) amount: Amount,
}

impl Detail {
    /// A line for nothing in particular.
    pub(super) fn new(kind: Kind, amount: Amount) -> Self {
        Self { demand: 0, subscription: None, next: None, order: None, product: None, kind, amount }
    }
}

/// Plays all demands of the subscriber.
pub(super) fn play(world: &World, story: &mut Story) {
    let mut draw = Draw::new(world.seed, Stream::Demands, story.subscriber.index);
    for item in items::of(world, story, &mut draw) {
        push(world, story, item, &mut draw);
    }
}

fn push(world: &World, story: &mut Story, item: Item, draw: &mut Draw) {
    let at = story.demands.len();
    let first = story.details.len();
    itemise(story, &item, at, draw);
    external(story, at, draw);
    let billed: Amount = story.details[first..].iter().map(|detail| detail.amount).sum();
    let method = if draw.chance(200) { Method::Card } else { story.subscriber.method };
    let days = if method.is_instant() { 0 } else { 14 };
    story.demands.push(Demand {
        account: item.account,
        subscription: item.detail.next.or(item.detail.subscription),
        enterprise_plan: item.enterprise_plan,
        issue: item.issue,
        due: (!draw.chance(150)).then_some(item.issue + days),
        settle: None,
        credit: None,
        write_off: None,
        reminder: None,
        given_up: 0,
        billed,
        says_amount: !draw.chance(150),
        claim: billed,
        method,
        invoice: None,
        is_abandoned: item.is_abandoned,
    });
    adjust(world, story, at, draw);
}

/// The lines: one, or one for each product in it.
fn itemise(story: &mut Story, item: &Item, demand: usize, draw: &mut Draw) {
    let detail = Detail { demand, ..item.detail.clone() };
    let products = match item.offer {
        Some(offer) if draw.chance(1200) => OFFERS[offer].products,
        _ => &[],
    };
    if products.is_empty() {
        return story.details.push(detail);
    }
    let weights: Vec<i64> = products.iter().map(|&(_, _, cents)| cents).collect();
    for (&(product, ..), amount) in products.iter().zip(money::split(detail.amount, &weights)) {
        story.details.push(Detail { product: Some(product), amount, ..detail.clone() });
    }
}

/// Use that was metered elsewhere, finer than in hundredths, or a correction of it.
fn external(story: &mut Story, demand: usize, draw: &mut Draw) {
    if !draw.chance(400) {
        return;
    }
    let currency = story.subscriber.currency;
    let product = draw.chance(6000).then(|| draw.below(FIRST_GOOD as u32) as usize);
    let amount = match draw.below(10) {
        0 => Amount::from(draw.between(1, 900)) * 125,
        1..7 => currency.of_cents(draw.between(50, 900).into()),
        _ => currency.of_cents(-i64::from(draw.between(5, 60))),
    };
    story.details.push(Detail { demand, product, ..Detail::new(Kind::External, amount) });
}

/// What is added and taken off, except for what comes of paying late.
fn adjust(world: &World, story: &mut Story, at: usize, draw: &mut Draw) {
    let (organization, currency) = (story.subscriber.organization, story.subscriber.currency);
    let Demand { issue, account, method, .. } = story.demands[at];
    let mut sum = 0;
    let mut add = |list: &mut Vec<Adjustment>, sign, transaction, kind, amount| {
        list.push(Adjustment { demand: at, transaction, kind, amount });
        sum += sign * amount;
    };
    if method == Method::Invoice && draw.chance(2500) {
        add(&mut story.fees, 1, None, "Invoice", currency.of_cents(250));
    }
    if draw.chance(250) {
        add(&mut story.charges, 1, None, draw.pick(&["Postage", "Extra issue"]), currency.of_cents(390));
    }
    if draw.chance(300) {
        let amount = currency.of_cents(i64::from(draw.between(1, 12)) * 100);
        add(&mut story.allowances, -1, None, draw.pick(&["Compensation", "Voucher"]), amount);
    }
    for (place, transaction) in story.transactions.iter().enumerate() {
        let has_begun = transaction.start.is_some_and(|start| world.day_of(organization, start) <= issue);
        if !transaction.is_standing || transaction.account != account || !has_begun {
            continue;
        }
        match transaction.side {
            Side::Allowance => add(&mut story.allowances, -1, Some(place), "Standing", transaction.amount),
            Side::Charge => add(&mut story.charges, 1, Some(place), "Standing", transaction.amount),
        }
    }
    let demand = &mut story.demands[at];
    demand.claim = (demand.claim + sum).max(0);
}
