//! Random requests about billing: every KPI, measure, dimension and option.
//!
//! Combinations for which the contract names no figure are not asked for; each is left out here,
//! with its reason.

use jiff::ToSpan;

use super::conditions;
use crate::generate::Dice;
use crate::generate::requests::{align, any_calendar, limit, simpler_where, some_dimensions};
use crate::reference::billing::catalogue::{KPIS, columns, dimensions, is_split};
use crate::reference::billing::data::Dataset;
use crate::reference::billing::dims::header_form;
use crate::reference::billing::world::World;
use crate::reference::filter::{Expr, Literal, Operator};
use crate::reference::period::{Days, Grain, plus};
use crate::reference::request::{Compare, Request};

/// KPIs of which every measure is a plain sum or count of a flow.
const ADDITIVE: &[&str] = &[
    "order_amounts",
    "order_completed_amounts",
    "daily_paid_amounts",
    "payments",
    "billed_amount",
    "invoices",
    "subscription_starts",
];

const LASTS: &[&str] = &["1d", "40d", "3w", "1m", "6m", "1y"];

/// A request with a non-empty interval, if the data has one for the KPI that the dice chose.
pub fn request(seed: u64, data: &Dataset) -> Option<Request> {
    let dice = &mut Dice::new(seed);
    let mut request = Request::new(dice.pick(KPIS).name);
    for (option, values) in request.kpi().options {
        if dice.percent(40) {
            request.options.insert(option, (*dice.pick(values)).to_owned());
        }
    }
    any_calendar(dice, &mut request);
    if dice.percent(20) {
        request.tz = "organization";
    }
    some_dimensions(dice, &dimensions(&request), &mut request);
    request.header_names = dice.percent(15);
    let mut days = World::new(data, &request)?.frame.interval;
    if dice.percent(25) {
        days = Days { first: plus(days.first, (-50).days()), last: plus(days.last, 50.days()) };
    }
    limit(dice, days, &mut request);
    if dice.percent(12) {
        (request.from, request.to, request.last) = (None, None, Some(*dice.pick(LASTS)));
    }
    if dice.percent(40) {
        request.filter = conditions::filter(dice, data, &request);
    }
    if dice.percent(8) {
        request.tags.extend(conditions::tag(dice, data));
    }
    if dice.percent(8) && dimensions(&request).contains(&"reporting_group") {
        request.groups.extend(conditions::group(dice, data));
    }
    // What a price is in another currency is not said.
    if has_money(&request) && request.kpi != "price_steps" && dice.percent(15) {
        request.convert = Some(*dice.pick(&["NOK", "NOK", "USD"]));
    }
    request.no_fill = dice.percent(15);
    choose_extras(dice, data, &mut request);
    let world = World::new(data, &request)?;
    let answerable = world.frame.interval.first <= world.frame.interval.last;
    answerable.then_some(request)
}

fn has_money(request: &Request) -> bool {
    request.kpi().own.contains(&"currency")
}

/// Are there groups to add up? A total of nothing but currencies is none.
pub fn has_groups(request: &Request) -> bool {
    let mut names = request.by.iter().chain(request.kpi().own);
    names.any(|name| *name != "currency") || request.convert.is_some() && request.by.contains(&"currency")
}

/// Running totals, comparisons, totals, top groups: where they have a meaning.
fn choose_extras(dice: &mut Dice, data: &Dataset, request: &mut Request) {
    // Distinct orders are not a sum of those of the parts.
    if ADDITIVE.contains(&request.kpi) && !is_split(request) && dice.percent(30) {
        request.cumulative = true;
        return;
    }
    request.totals = has_groups(request) && dice.percent(25);
    if dice.percent(20) {
        choose_top(dice, request);
    }
    if dice.percent(25) {
        choose_compare(dice, data, request);
    }
}

fn choose_top(dice: &mut Dice, request: &mut Request) {
    // What stock or movement of several buckets ranks their groups is not said.
    let flows = ["order_conversion", "renewal_rate", "degree_of_payment"];
    let ranked =
        ADDITIVE.contains(&request.kpi) || flows.contains(&request.kpi) || request.grain() == Grain::All;
    if request.kpi().own.iter().any(|name| *name != "currency") || !ranked {
        return;
    }
    // Where `Other` stands among numbers or ages is not said.
    let ordered = ["chain_step", "billing_frequency", "initial_term_type", "age_bucket", "currency"];
    request.by.retain(|name| !ordered.contains(name));
    if request.by.is_empty() {
        request.by.push("country");
    }
    // Amounts of two currencies cannot be ranked.
    if has_money(request) && request.convert.is_none() {
        request.filter = Some(Expr::Compare {
            name: "currency".to_owned(),
            operator: Operator::Equal,
            value: Literal::Text("NOK".to_owned()),
        });
    }
    request.totals = request.totals && has_groups(request);
    request.top = Some(1 + dice.below(4) as usize);
}

fn choose_compare(dice: &mut Dice, data: &Dataset, request: &mut Request) {
    // Ends of contracts are counted after the watermark too, so that no bucket is unfinished.
    if request.kpi == "contracts" {
        return;
    }
    // Which days have passed of a bucket that was clipped at its start is not said.
    align(request);
    request.last = None;
    request.compare = Some(*dice.pick(&[Compare::Previous, Compare::Year]));
    let begun = |request: &Request| {
        let world = World::new(data, request)?;
        let last = world.frame.calendar.buckets(world.frame.interval).pop()?;
        Some(last.days.first <= world.frame.as_of)
    };
    if begun(request) != Some(true) {
        request.compare = None;
    }
}

/// Simpler requests of the same kind, to find out what a failure is about.
pub fn simpler(request: &Request, data: &Dataset) -> Vec<Request> {
    simpler_where(request, |request| is_asked_well(request, data))
}

fn is_asked_well(request: &Request, data: &Dataset) -> bool {
    let names = dimensions(request);
    let known = |name: &&str| {
        let mut all = names.iter().copied().chain(columns(data, request));
        name.contains('.') || all.any(|other| header_form(other) == header_form(name))
    };
    let mut asked = request.filter.iter().flat_map(Expr::names);
    let one_currency = match &request.filter {
        Some(Expr::Compare { name, operator: Operator::Equal, .. }) => name == "currency",
        _ => false,
    };
    (!request.totals || has_groups(request))
        && (request.top.is_none() || !has_money(request) || one_currency || request.convert.is_some())
        && request.by.iter().all(|name| names.contains(name))
        && asked.all(|name| known(&name))
}
