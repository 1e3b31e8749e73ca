//! What is there to bill a subscriber for, and when?
//!
//! A period is billed ahead of its start, goods after their delivery. Invariant: an item is worth
//! something and falls within the span; items come in order of their days.

use super::Story;
use super::demands::{Detail, Kind};
use super::orders::Status;
use super::periods::{Cause, Subscription};
use super::subscriptions::BILLED_AHEAD_DAYS;
use crate::generate::billing::offer::OFFERS;
use crate::generate::billing::world::World;
use crate::generate::calendar::Day;
use crate::generate::rng::Draw;

/// Something to bill: a line, and the day of its demand.
pub(super) struct Item {
    pub(super) issue: Day,
    pub(super) account: u32,
    pub(super) offer: Option<usize>,
    pub(super) enterprise_plan: Option<usize>,
    pub(super) is_abandoned: bool,
    pub(super) detail: Detail,
}

/// Everything to be billed.
pub(super) fn of(world: &World, story: &Story, draw: &mut Draw) -> Vec<Item> {
    let mut items = Vec::new();
    for at in 0..story.subscriptions.len() {
        periods(world, story, at, draw, &mut items);
    }
    goods(world, story, draw, &mut items);
    let span = world.span.first..=world.span.last;
    items.retain(|item| item.detail.amount > 0 && span.contains(&item.issue));
    items.sort_by_key(|item| item.issue);
    items
}

/// What a period gives rise to: the demand for itself, and for what would have followed it.
fn periods(world: &World, story: &Story, at: usize, draw: &mut Draw, items: &mut Vec<Item>) {
    let period = &story.subscriptions[at];
    let Some(end) = period.end else {
        return open(world, story, at, items);
    };
    let renewed = period.previous.filter(|&previous| story.subscriptions[previous].renewed_on.is_some());
    let has = |cause| period.cancellation.as_ref().is_some_and(|cancelled| cancelled.cause == cause);
    match renewed {
        Some(previous) => {
            let before = &story.subscriptions[previous];
            let mut next = item(period, ahead(story, before), Some(previous), Some(at));
            next.is_abandoned = has(Cause::PaymentStop);
            items.push(next);
        }
        None => {
            let (before, next) = if draw.chance(5000) { (None, Some(at)) } else { (Some(at), None) };
            let mut first = item(period, after(story, period.start), before, next);
            first.is_abandoned = has(Cause::Delete) || has(Cause::PaymentStop);
            let order = story
                .orders
                .iter()
                .position(|order| order.subscription == Some(at) && order.status == Status::Completed);
            if order.is_some() && draw.chance(3000) {
                first.detail = Detail { order, ..Detail::new(Kind::Order, first.detail.amount) };
            }
            items.push(first);
        }
    }
    // The demand for a renewal that has not come yet, or never will.
    let ends = period.cancellation.is_some() || OFFERS[period.offer].stops_by_itself;
    if period.renewed_on.is_none() && !ends {
        let mut renewal = item(period, ahead(story, period), Some(at), None);
        renewal.is_abandoned = end <= world.span.last;
        items.push(renewal);
    }
}

/// What runs until further notice is billed every few months.
fn open(world: &World, story: &Story, at: usize, items: &mut Vec<Item>) {
    let period = &story.subscriptions[at];
    let until = period.cancellation.as_ref().and_then(|cancelled| cancelled.effective);
    let months = OFFERS[period.offer].months.unwrap_or(1);
    let mut start = period.start;
    while start <= world.span.last && until.is_none_or(|until| start < until) {
        items.push(item(period, after(story, start), Some(at), None));
        start = start.plus_months(months);
    }
}

fn item(period: &Subscription, issue: Day, before: Option<usize>, next: Option<usize>) -> Item {
    let detail = Detail { subscription: before, next, ..Detail::new(Kind::Subscription, period.gross()) };
    Item {
        issue,
        account: period.account,
        offer: Some(period.offer),
        enterprise_plan: period.enterprise_plan,
        is_abandoned: false,
        detail,
    }
}

/// The day on which the period after this one is billed.
fn ahead(story: &Story, before: &Subscription) -> Day {
    let day = before.end.map_or(before.start, |end| (end - BILLED_AHEAD_DAYS).max(before.start));
    if story.subscriber.is_collective { first_of_month(day) } else { day }
}

/// The day on which something of a day is billed; who gets one invoice a month gets it on the first.
fn after(story: &Story, day: Day) -> Day {
    if story.subscriber.is_collective { first_of_month(day - 1).plus_months(1) } else { day }
}

fn first_of_month(day: Day) -> Day {
    let (year, month, _) = day.civil();
    Day::of(year, month, 1)
}

/// Goods delivered that were not paid for at once.
fn goods(world: &World, story: &Story, draw: &mut Draw, items: &mut Vec<Item>) {
    for (at, order) in story.orders.iter().enumerate() {
        let Some(completed) = order.completed.filter(|_| order.offer.is_none() && !order.method.is_instant())
        else {
            continue;
        };
        let issue = after(story, world.day_of(story.subscriber.organization, completed));
        let detail = Detail { order: Some(at), ..Detail::new(Kind::Order, order.value.unwrap_or(0)) };
        let account = draw.below(story.subscriber.accounts);
        items.push(Item { issue, account, offer: None, enterprise_plan: None, is_abandoned: false, detail });
    }
}
