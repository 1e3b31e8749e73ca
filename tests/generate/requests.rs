//! Random requests that the contract answers: every KPI, measure, dimension and option.
//!
//! Combinations for which the contract names no figure are not asked for; each is left out here,
//! with its reason.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::Dice;
use super::conditions;
use crate::reference::catalogue::{KPIS, dimensions, sources};
use crate::reference::data::Dataset;
use crate::reference::dims::condition_columns;
use crate::reference::filter::{Expr, Literal, Operator};
use crate::reference::period::{Days, Grain, plus};
use crate::reference::request::{Compare, Request};
use crate::reference::world::World;

pub const ZONES: &[&str] =
    &["UTC", "Europe/Oslo", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "America/Sao_Paulo"];

const GRAINS: &[Grain] = &[Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year, Grain::All];

/// KPIs of which every measure is a plain sum or count of a flow.
const ADDITIVE: &[&str] = &["meeting_minutes", "tickets_opened", "revenue_by_license_type"];

const ACTIVE_USERS: &[&str] = &["active_users", "dau", "wau", "mau"];

/// Dimensions of the acting user, which every side of a two-sided KPI reaches.
const USER_TEXTS: &[&str] = &["plan_type", "company", "user_id"];

/// A request with a non-empty interval, if the data has one for the KPI that the dice chose.
pub fn request(seed: u64, data: &Dataset) -> Option<Request> {
    let dice = &mut Dice::new(seed);
    let mut request = Request::new(dice.pick(KPIS).name);
    for (option, values) in request.kpi().options {
        if dice.percent(40) {
            request.options.insert(option, (*dice.pick(values)).to_owned());
        }
    }
    choose_calendar(dice, &mut request);
    choose_dimensions(dice, &mut request);
    choose_interval(dice, data, &mut request)?;
    if dice.percent(45) {
        request.filter = conditions::filter(dice, data, &request, two_sided(&request));
    }
    for chance in [15, 4] {
        if dice.percent(chance) {
            request.users.extend(conditions::users(dice, data, &request));
        }
    }
    request.no_fill = dice.percent(15);
    choose_extras(dice, data, &mut request);
    let world = World::new(data, &request)?;
    let answerable = world.interval.first <= world.interval.last;
    answerable.then_some(request)
}

fn choose_calendar(dice: &mut Dice, request: &mut Request) {
    any_calendar(dice, request);
    if request.kpi == "active_users" && request.every.is_none() {
        request.every = Some(*dice.pick(GRAINS));
    }
    // Ages are counted in buckets, and of a single one there is no bucket before, at whose end a
    // licence could have been in force.
    let needs_buckets =
        request.kpi == "retention" || request.kpi == "churn_rate" && request.option("base") == "license";
    if needs_buckets && request.grain() == Grain::All {
        request.every = None;
    }
}

/// Any zone, grain, week and fiscal year.
pub(super) fn any_calendar(dice: &mut Dice, request: &mut Request) {
    request.tz = *dice.pick(ZONES);
    if dice.percent(60) {
        request.every = Some(*dice.pick(GRAINS));
    }
    if dice.percent(20) {
        request.week_start = *dice.pick(&[Weekday::Sunday, Weekday::Saturday]);
    }
    if dice.percent(20) {
        request.fiscal_start = 1 + dice.below(12) as i8;
    }
}

fn choose_dimensions(dice: &mut Dice, request: &mut Request) {
    some_dimensions(dice, &dimensions(request), request);
}

/// Up to three of the names.
pub(super) fn some_dimensions(dice: &mut Dice, names: &[&'static str], request: &mut Request) {
    for chance in [55, 30, 8] {
        let name = *dice.pick(names);
        if dice.percent(chance) && !request.by.contains(&name) {
            request.by.push(name);
        }
    }
}

fn choose_interval(dice: &mut Dice, data: &Dataset, request: &mut Request) -> Option<()> {
    let default = World::new(data, request)?;
    limit(dice, default.interval, request);
    // A licence has been in force at the ends of whole buckets only.
    if request.kpi == "churn_rate" && request.option("base") == "license" {
        align(request);
    }
    Some(())
}

/// Some of the days: any first, last and as_of among them, or around.
pub(super) fn limit(dice: &mut Dice, days: Days, request: &mut Request) {
    let some_day = |dice: &mut Dice| {
        let day = plus(days.first, dice.below(days.count().max(1)).days());
        if dice.percent(30) { day.first_of_month() } else { day }
    };
    let last_of_month = |day: Date| plus(plus(day.first_of_month(), 1.month()), (-1).days());
    if dice.percent(35) {
        request.from = Some(some_day(dice));
    }
    if dice.percent(35) {
        let day = some_day(dice);
        let day = if dice.percent(30) { last_of_month(day) } else { day };
        request.to = Some(day);
    }
    if let (Some(from), Some(to)) = (request.from, request.to)
        && from > to
    {
        (request.from, request.to) = (Some(to), Some(from));
    }
    if dice.percent(20) {
        request.as_of = Some(some_day(dice));
    }
    request.short_dates = dice.percent(50);
}

/// Moves `--from` to the start of its bucket.
pub(super) fn align(request: &mut Request) {
    let calendar = request.calendar();
    request.from = request.from.map(|day| calendar.first_day(day));
}

/// Is the figure made of rows of two tables?
pub fn two_sided(request: &Request) -> bool {
    match request.kpi {
        "revenue" | "feature_adoption" | "tickets_per_1000_active_users" | "retention" => true,
        "meetings_per_user" => request.option("per") == "registered",
        "churn_rate" => request.option("denominator") == "registered",
        _ => false,
    }
}

/// Running totals, rolling windows, comparisons, totals, top groups: where they have a meaning.
fn choose_extras(dice: &mut Dice, data: &Dataset, request: &mut Request) {
    if ADDITIVE.contains(&request.kpi) && dice.percent(30) {
        request.cumulative = true;
        return;
    }
    // The total of cohorts has no age, and a total of nothing but currencies is no total.
    let mut names = request.by.iter().chain(request.kpi().own);
    let has_groups = names.any(|name| *name != "currency");
    request.totals = request.kpi != "retention" && has_groups && dice.percent(25);
    if ACTIVE_USERS.contains(&request.kpi) && dice.percent(25) {
        request.rolling = Some(1 + dice.below(40));
        return;
    }
    if dice.percent(20) {
        choose_top(dice, request);
    }
    if dice.percent(25) {
        choose_compare(dice, data, request);
    }
}

fn choose_top(dice: &mut Dice, request: &mut Request) {
    // Groups are ranked over the whole interval: a stock has groups that are gone at its end, and
    // churn would be ranked by a time before the interval.
    let unranked = ["open_tickets", "license_utilization", "mrr", "churn_rate"];
    let own_groups = request.kpi().own.iter().any(|name| *name != "currency");
    if own_groups || unranked.contains(&request.kpi) {
        return;
    }
    let both_sides = two_sided(request);
    let text = |name: &&'static str| {
        let number = ["cohort", "weekday", "hour", "currency"].contains(name);
        !number && (!both_sides || USER_TEXTS.contains(name))
    };
    request.by.retain(text);
    if request.by.is_empty() {
        request.by.push("company");
    }
    // Amounts of two currencies cannot be ranked.
    if request.kpi == "revenue" {
        request.filter = Some(Expr::Compare {
            name: "currency".to_owned(),
            operator: Operator::Equal,
            value: Literal::Text("USD".to_owned()),
        });
    }
    request.top = Some(1 + dice.below(4) as usize);
}

fn choose_compare(dice: &mut Dice, data: &Dataset, request: &mut Request) {
    // Ends of licences are counted after the watermark too, so that no bucket is unfinished; the
    // rows of retention are cohorts, which are one bucket older than in the bucket before.
    if ["retention", "license_expirations"].contains(&request.kpi) {
        return;
    }
    // Which days have passed of a bucket that was clipped at its start is not said.
    align(request);
    request.compare = Some(*dice.pick(&[Compare::Previous, Compare::Year]));
    let begun = |request: &Request| {
        let world = World::new(data, request)?;
        let last = world.calendar.buckets(world.interval).pop()?;
        Some(last.days.first <= world.as_of)
    };
    if begun(request) != Some(true) {
        request.compare = None;
    }
}

/// Simpler requests of the same kind, to find out what a failure is about.
pub fn simpler(request: &Request) -> Vec<Request> {
    simpler_where(request, is_asked_well)
}

/// Those of them that can be asked.
pub(super) fn simpler_where(request: &Request, is_asked_well: impl Fn(&Request) -> bool) -> Vec<Request> {
    let mut simpler = Vec::new();
    let mut with = |change: &dyn Fn(&mut Request)| {
        let mut changed = request.clone();
        change(&mut changed);
        if changed.arguments() != request.arguments() {
            simpler.push(changed);
        }
    };
    with(&|request| request.compare = None);
    with(&|request| request.top = None);
    with(&|request| request.totals = false);
    with(&|request| request.users.clear());
    with(&|request| request.convert = None);
    with(&|request| request.last = None);
    with(&|request| request.header_names = false);
    with(&|request| request.tags.clear());
    with(&|request| request.groups.clear());
    with(&|request| request.rolling = None);
    with(&|request| request.cumulative = false);
    with(&|request| request.no_fill = false);
    with(&|request| request.short_dates = false);
    with(&|request| request.tz = "UTC");
    with(&|request| request.week_start = Weekday::Monday);
    with(&|request| request.fiscal_start = 1);
    with(&|request| request.as_of = None);
    with(&|request| request.to = None);
    with(&|request| request.from = None);
    if request.top.is_none() {
        with(&|request| request.filter = None);
        with(&|request| request.by.truncate(request.by.len().saturating_sub(1)));
        with(&|request| {
            if !request.by.is_empty() {
                request.by.remove(0);
            }
        });
    }
    for part in request.filter.iter().filter(|_| request.top.is_none()).flat_map(parts) {
        with(&|request| request.filter = Some(part.clone()));
    }
    for option in request.options.keys() {
        with(&|request| request.options.retain(|name, _| name != option));
    }
    simpler.retain(is_asked_well);
    simpler
}

/// Nothing without dimensions has a total, and an option may decide what there is to ask for.
fn is_asked_well(request: &Request) -> bool {
    let names = dimensions(request);
    let columns = match sources(request)[..] {
        [source] => condition_columns(source),
        _ => &[],
    };
    let mut shown = request.by.iter().chain(request.kpi().own);
    let mut asked = request.filter.iter().flat_map(Expr::names);
    (!request.totals || shown.any(|name| *name != "currency"))
        && request.by.iter().all(|name| names.contains(name))
        && asked.all(|name| names.contains(&name) || columns.contains(&name))
}

fn parts(expr: &Expr) -> Vec<Expr> {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.clone(),
        Expr::Not(part) => vec![(**part).clone()],
        _ => Vec::new(),
    }
}
