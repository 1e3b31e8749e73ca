//! What does a subscriber order, and what becomes of the order?
//!
//! Most subscriptions began with an order; beside them stand attempts that came to nothing and
//! purchases of goods. Invariant: an order is completed, cancelled or still in progress by what
//! has happened up to the end of the span.

use super::Story;
use crate::generate::billing::goods::{FIRST_GOOD, MEASURED, PRODUCTS};
use crate::generate::billing::money::{self, Amount, ONE};
use crate::generate::billing::offer::{self, OFFERS};
use crate::generate::billing::subscriber::Method;
use crate::generate::billing::world::World;
use crate::generate::calendar::{Day, Moment};
use crate::generate::rng::{Draw, Stream};

/// How an order stands, in the order of its codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    InProgress,
    Completed,
    Cancelled,
    Rejected,
}

impl Status {
    /// The name in Status.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::Cancelled => "Cancelled",
            Self::Rejected => "Rejected",
        }
    }
}

/// An order.
pub(crate) struct Order {
    pub(crate) subscription: Option<usize>,
    pub(crate) status: Status,
    pub(crate) created: Moment,
    /// Rarely not said of a completed order.
    pub(crate) completed: Option<Moment>,
    pub(crate) cancelled: Option<Moment>,
    /// Rarely not said; not always what the lines come to.
    pub(crate) value: Option<Amount>,
    pub(crate) method: Method,
    /// The offer it was made from.
    pub(crate) offer: Option<usize>,
}

impl Order {
    /// Whether it was goods that were paid for when they were ordered.
    pub(crate) fn is_paid_at_once(&self) -> bool {
        self.offer.is_none() && self.status == Status::Completed && self.method.is_instant()
    }
}

/// A line of an order.
pub(crate) struct Line {
    pub(crate) order: usize,
    pub(crate) product: Option<usize>,
    pub(crate) quantity: Option<i64>,
    pub(crate) price: Option<Amount>,
}

/// Plays all orders of the subscriber.
pub(super) fn play(world: &World, story: &mut Story) {
    let mut draw = Draw::new(world.seed, Stream::Orders, story.subscriber.index);
    sign_ups(world, story, &mut draw);
    attempts(world, story, &mut draw);
    purchases(world, story, &mut draw);
}

/// The orders that subscriptions began with.
fn sign_ups(world: &World, story: &mut Story, draw: &mut Draw) {
    for at in 0..story.subscriptions.len() {
        let period = &story.subscriptions[at];
        if period.previous.is_some() || !draw.chance(8500) {
            continue;
        }
        let (offer, value) = (period.offer, period.gross());
        let day = period.start - draw.pick(&[0, 0, 0, 1, 3]);
        let days = if draw.chance(7000) { 0 } else { draw.between(1, 9) };
        let order = Order {
            subscription: Some(at),
            offer: Some(offer),
            ..order(world, story, draw, day, Status::Completed, days)
        };
        push(world, story, draw, order, value);
    }
}

/// Orders that no subscription came of, or none yet.
fn attempts(world: &World, story: &mut Story, draw: &mut Draw) {
    for _ in 0..draw.weighted(&[64, 27, 9]) {
        let day = any_day(world, story, draw);
        let status = [Status::Cancelled, Status::Rejected, Status::InProgress][draw.weighted(&[52, 36, 12])];
        let chosen = offer::first(draw, story.subscriber.audience);
        let days = draw.between(0, 12);
        let order = Order { offer: Some(chosen), ..order(world, story, draw, day, status, days) };
        push(world, story, draw, order, OFFERS[chosen].price(story.subscriber.currency));
    }
}

/// Goods, delivered some days later.
fn purchases(world: &World, story: &mut Story, draw: &mut Draw) {
    for _ in 0..draw.weighted(&[42, 26, 16, 9, 5, 2]) {
        let day = any_day(world, story, draw);
        let status = [Status::Completed, Status::Cancelled][draw.weighted(&[93, 7])];
        let days = draw.between(0, 16);
        let order = order(world, story, draw, day, status, days);
        push(world, story, draw, order, 0);
    }
}

/// A day from joining on.
fn any_day(world: &World, story: &Story, draw: &mut Draw) -> Day {
    let first = story.subscriber.joined.max(world.span.first);
    first + draw.between(0, (world.span.last.0 - first.0).max(0))
}

/// An order of a day that is decided on some days later, if that has come.
fn order(world: &World, story: &Story, draw: &mut Draw, day: Day, fate: Status, days: i32) -> Order {
    let subscriber = &story.subscriber;
    let created = world.leisure(subscriber.organization, day, draw);
    let ended = created + i64::from(days) * 86_400 + i64::from(draw.between(40, 9_000));
    let status = if world.has_happened(subscriber.organization, ended) { fate } else { Status::InProgress };
    Order {
        subscription: None,
        status,
        created,
        completed: (status == Status::Completed && !draw.chance(100)).then_some(ended),
        cancelled: (status == Status::Cancelled).then_some(ended),
        value: None,
        method: if draw.chance(500) { Method::Card } else { subscriber.method },
        offer: None,
    }
}

/// Adds an order of the span with its lines, and its value: what was agreed, or what they come to.
fn push(world: &World, story: &mut Story, draw: &mut Draw, mut order: Order, agreed: Amount) {
    if !world.is_within(story.subscriber.organization, order.created) {
        return;
    }
    let at = story.orders.len();
    let first = story.lines.len();
    match order.offer {
        Some(offer) => template_lines(story, draw, at, offer),
        None => goods_lines(story, draw, at),
    }
    let sum =
        story.lines[first..].iter().map(|line| line.price.unwrap_or(0) * line.quantity.unwrap_or(ONE) / ONE);
    let value = if order.offer.is_some() { agreed } else { money::payable(sum.sum()) };
    // Vouchers take something off, and now and then the value is left out.
    order.value = match draw.below(200) {
        0 => None,
        1..10 => Some(money::percent(value, 90)),
        _ => Some(value),
    };
    story.orders.push(order);
}

fn template_lines(story: &mut Story, draw: &mut Draw, order: usize, offer: usize) {
    for &(product, quantity, cents) in OFFERS[offer].products {
        story.lines.push(Line {
            order,
            product: (!draw.chance(60)).then_some(product),
            quantity,
            price: Some(story.subscriber.currency.of_cents(cents)),
        });
    }
}

fn goods_lines(story: &mut Story, draw: &mut Draw, order: usize) {
    for _ in 0..1 + draw.weighted(&[66, 22, 9, 3]) {
        let product = FIRST_GOOD + draw.below((PRODUCTS.len() - FIRST_GOOD) as u32) as usize;
        let quantity = if MEASURED.contains(&product) {
            Some(draw.pick(&[2_500, 5_000, 12_500, 15_000, 17_500, 20_000, 33_330]))
        } else {
            [None, Some(ONE), Some(2 * ONE), Some(5 * ONE)][draw.weighted(&[10, 70, 15, 5])]
        };
        story.lines.push(Line {
            order,
            product: (!draw.chance(60)).then_some(product),
            quantity,
            price: (!draw.chance(60)).then(|| story.subscriber.currency.of_cents(PRODUCTS[product].cents)),
        });
    }
}
