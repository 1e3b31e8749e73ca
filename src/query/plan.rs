//! The request, resolved: every name looked up, every default filled in.

use super::as_of::{as_of, days_of};
use super::error::QueryError;
use super::expr::{self, Expr, ExprError};
use super::period::{Calendar, Interval, interval, parse_word};
use super::request::Request;
use super::resolve::{ResolveError, Resolver, among};
use crate::kpi::dims::{self, Dim, DimensionDef};
use crate::kpi::lookup::Lookups;
use crate::kpi::platform::features::first_day_by_meeting;
use crate::kpi::registry::{KPIS, KpiDef, OptionValues};
use crate::kpi::scan::chunk::Needs;
use crate::kpi::scan::facts::{FACTS, Fact};
use crate::kpi::scan::predicate::Predicate;
use crate::kpi::scan::{Clock, Periods, Scan, Side};
use crate::kpi::{KpiError, Options};
use crate::model::names::{did_you_mean, same};
use crate::model::{Day, SCHEMA, Zone};
use crate::store::{NULL_ID, StoreError};

/// A column between period and measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A dimension, by position.
    Dim(usize),
    /// One of the KPI's computed columns, by position.
    Extra(usize),
}

/// A query, resolved against a snapshot.
pub struct Plan {
    /// The KPI.
    pub kpi: &'static KpiDef,
    /// Its options.
    pub options: Options,
    /// The query's zone.
    pub zone: Zone,
    /// Grain, weeks and fiscal years.
    pub calendar: Calendar,
    /// The last day on which anything happened; none in a store without data.
    pub as_of: Option<Day>,
    /// The days asked for.
    pub interval: Interval,
    /// The first day of the KPI's own facts.
    pub earliest: Option<Day>,
    /// The dimensions of the result, those of `--by` first.
    pub dims: Vec<&'static DimensionDef>,
    /// How many of the dimensions were asked for.
    pub by: usize,
    /// The columns between period and measures, in order.
    pub places: Vec<Place>,
    /// The facts of the sides.
    pub facts: Vec<Fact>,
    /// The filter of each side.
    pub filters: Vec<Predicate>,
    /// The filter as typed, in canonical form.
    pub filter_text: Option<String>,
    /// As typed.
    pub request: Request,
}

impl Plan {
    /// Resolves a request.
    ///
    /// # Errors
    /// When a name is unknown, a value makes no sense, or the store cannot be read.
    pub fn new(request: &Request, lookups: &Lookups<'_>) -> Result<Plan, QueryError> {
        let kpi = find_kpi(&request.kpi)?;
        let options = options(kpi, &request.options)?;
        let zone = match request.tz.as_deref() {
            None => Zone::utc(),
            Some(name) => Zone::parse(name).map_err(|e| QueryError::usage("--tz", e.to_string()))?,
        };
        for (flag, used) in [("--tag", !request.tags.is_empty()), ("--group", !request.groups.is_empty())] {
            if used {
                return Err(QueryError::usage(flag, format!("{} has no tags or reporting groups", kpi.name)));
            }
        }
        if request.rolling_days.is_some() && !kpi.rolling {
            let known: Vec<&str> = KPIS.iter().filter(|k| k.rolling).map(|k| k.name).collect();
            return Err(QueryError::usage(
                "--rolling",
                format!("{} has no rolling form; {} have", kpi.name, known.join(", ")),
            ));
        }
        if request.cumulative && !kpi.measures.iter().any(|m| m.kind.adds_up()) {
            return Err(QueryError::usage(
                "--cumulative",
                format!("{} has no sum or count that adds up over periods", kpi.name),
            ));
        }
        let snapshot = lookups.snapshot();
        let has_rows =
            |(_, t): (_, &crate::model::TableDef)| snapshot.named(t.name).is_some_and(|t| t.info.rows > 0);
        if !SCHEMA.of_model(kpi.model).any(has_rows) {
            let message = format!(
                "{} is of the {} model, and the store holds no table of it: load its exports first",
                kpi.name,
                kpi.model.name()
            );
            return Err(QueryError::usage("", message));
        }
        let as_of = request.as_of.or_else(|| as_of(snapshot, kpi.model, &zone));
        let calendar = Calendar {
            grain: request.every.unwrap_or(kpi.every),
            week_start: request.week_start,
            fiscal_start: request.fiscal_start.unwrap_or(1),
        };
        let starts = (kpi.starts)(&options).into_iter();
        let mut earliest = starts.filter_map(|c| days_of(snapshot, c, &zone)).map(|d| d.0).min();
        let facts = (kpi.sides)(&options);
        if facts.first().is_some_and(|f| event_clock(f).is_some_and(|c| c.else_meeting_start)) {
            let by_meeting = first_day_by_meeting(lookups, &zone).map_err(KpiError::from)?;
            earliest = earliest.into_iter().chain(by_meeting).min();
        }
        let last = match kpi.end.and_then(|c| days_of(snapshot, c, &zone)) {
            Some((_, last)) => Some(last),
            None => as_of,
        };
        let default = match (earliest, last) {
            // Empty when as_of lies in a period before the first day's; --to may still end it later.
            (Some(first), Some(last)) => calendar.covering(first, last),
            (_, Some(last)) => Interval::new(last + 1, last + 1),
            _ => Interval::new(0, 0),
        };
        let interval = interval(request.from, request.to, request.last, as_of.unwrap_or(0), default)?;
        let (dims, by, places) = dimensions(kpi, &facts, &request.by)?;
        if request.top.is_some() && !dims[..by].iter().any(|d| d.name != "currency") {
            return Err(QueryError::usage("--top", "ranks groups: say with --by which".to_string()));
        }
        let mut plan = Plan {
            kpi,
            options,
            zone,
            calendar,
            as_of,
            interval,
            earliest,
            dims,
            by,
            places,
            filters: facts.iter().map(|_| Predicate::all()).collect(),
            facts,
            filter_text: None,
            request: request.clone(),
        };
        plan.filter(lookups)?;
        plan.users(lookups)?;
        Ok(plan)
    }

    /// The sides with the dimensions and an additional filter per side.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn sides(
        &self,
        dims: &[&'static DimensionDef],
        more: &[Predicate],
        lookups: &Lookups<'_>,
    ) -> Result<Vec<Side>, QueryError> {
        let side = |(at, fact): (usize, &Fact)| {
            let reach =
                |d: &&'static DimensionDef| d.reaches(fact).then(|| Dim::new(d, fact, lookups)).transpose();
            let dims = dims.iter().map(reach).collect::<Result<_, _>>().map_err(KpiError::from)?;
            let parts = [Some(&self.filters[at]), more.get(at)].into_iter().flatten();
            let parts: Vec<Predicate> = parts.filter(|p| !p.is_all()).flat_map(flat).collect();
            Ok(Side { fact: *fact, dims, filter: Predicate::And(parts) })
        };
        self.facts.iter().enumerate().map(side).collect()
    }

    fn filter(&mut self, lookups: &Lookups<'_>) -> Result<(), QueryError> {
        let Some(text) = self.request.filter.clone() else { return Ok(()) };
        let parsed = parse("--where", &text)?;
        self.filter_text = Some(parsed.to_string());
        for part in parsed.split_and() {
            let mut reached = false;
            for side in 0..self.facts.len() {
                let resolver = Resolver { lookups, zone: &self.zone, fact: self.facts[side] };
                match resolver.predicate(part) {
                    Ok(predicate) => {
                        reached = true;
                        if let Predicate::And(parts) = &mut self.filters[side] {
                            parts.push(predicate);
                        }
                    }
                    Err(ResolveError::Unreached) => {}
                    Err(error) => return Err(with_text("--where", &text, error)),
                }
            }
            if !reached {
                return Err(QueryError::expr("--where", &text, self.unreached(part, lookups)));
            }
        }
        Ok(())
    }

    /// Why no side knows a condition.
    fn unreached(&self, part: &Expr, lookups: &Lookups<'_>) -> ExprError {
        let resolvers: Vec<_> =
            self.facts.iter().map(|&fact| Resolver { lookups, zone: &self.zone, fact }).collect();
        let unknown = part.leaves().into_iter().find(|l| !resolvers.iter().any(|r| r.reaches(&l.name.text)));
        let Some(leaf) = unknown else {
            let tables: Vec<&str> = self.facts.iter().map(|f| f.table).collect();
            let message =
                format!("this joins columns of different tables ({}) by 'or' or 'not'", tables.join(", "));
            return ExprError::new(message, part.span)
                .help("join them by 'and', each acting on its own table");
        };
        let names: Vec<&str> = resolvers.iter().flat_map(Resolver::names).collect();
        let message = format!("{} has no dimension or column '{}'", self.kpi.name, leaf.name.text);
        let error = ExprError::new(message, leaf.name.span);
        match crate::model::names::nearest(&leaf.name.text, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean '{near}'?")),
            None => error.help(format!("`quipu kpis {}` lists the dimensions", self.kpi.name)),
        }
    }

    /// Narrows the acting users to those who have a matching row.
    fn users(&mut self, lookups: &Lookups<'_>) -> Result<(), QueryError> {
        for text in self.request.users.clone() {
            let parsed = parse("--users", &text)?;
            let names: Vec<String> = parsed.leaves().iter().map(|l| l.name.text.clone()).collect();
            let resolver = |fact: Fact| Resolver { lookups, zone: &self.zone, fact };
            let owner = FACTS.iter().find(|f| names.iter().all(|n| resolver(**f).owns(n)));
            let reacher = FACTS.iter().find(|f| names.iter().all(|n| resolver(**f).reaches(n)));
            let Some(&fact) = owner.or(reacher) else {
                let leaves = parsed.leaves();
                let stranger =
                    leaves.iter().find(|l| !FACTS.iter().any(|f| resolver(*f).reaches(&l.name.text)));
                let error = match stranger {
                    Some(leaf) => {
                        let all: Vec<&str> = FACTS.iter().flat_map(|f| resolver(*f).names()).collect();
                        let near = did_you_mean(&leaf.name.text, all.iter().copied());
                        ExprError::new(
                            format!("no table has a column '{}'{near}", leaf.name.text),
                            leaf.name.span,
                        )
                    }
                    None => ExprError::new("these columns belong to no one table", parsed.span)
                        .help("repeat --users, with one table's columns each"),
                };
                return Err(QueryError::expr("--users", &text, error));
            };
            let predicate = resolver(fact).predicate(&parsed).map_err(|e| with_text("--users", &text, e))?;
            let users = self.users_with(fact, predicate, lookups)?;
            let condition = among(&users, lookups.ids_of("users"));
            for filter in &mut self.filters {
                if let Predicate::And(parts) = filter {
                    parts.push(condition.clone());
                }
            }
        }
        Ok(())
    }

    /// The users with a row, within the interval, that passes.
    fn users_with(
        &self,
        fact: Fact,
        filter: Predicate,
        lookups: &Lookups<'_>,
    ) -> Result<roaring::RoaringBitmap, QueryError> {
        let side = Side { fact, dims: Vec::new(), filter };
        let until = self.as_of.map_or(self.interval.end, |d| self.interval.end.min(d + 1));
        let periods = Periods::new(std::iter::once(self.interval.start..until.max(self.interval.start)));
        let clock = event_clock(&fact);
        let scan = Scan::new(lookups, &self.zone, &side, clock, &periods, &[])?;
        let scan = scan.with(Needs { actors: true, ..Needs::default() });
        let users = scan.run(roaring::RoaringBitmap::new, |set, chunk| {
            set.extend(chunk.actors.iter().copied().filter(|&u| u != NULL_ID));
            Ok(())
        })?;
        Ok(users)
    }
}

fn flat(predicate: &Predicate) -> Vec<Predicate> {
    match predicate {
        Predicate::And(parts) => parts.clone(),
        other => vec![other.clone()],
    }
}

/// When a row of a fact happened, for `--users`; a user's own attributes hold at all times.
fn event_clock(fact: &Fact) -> Option<Clock> {
    match fact.table {
        "users" => None,
        "licenses" => Some(Clock::of("start_date")),
        "features_usage" => Some(crate::kpi::platform::features::USED),
        table => SCHEMA.get(SCHEMA.id(table)).time.map(Clock::of),
    }
}

fn parse(flag: &'static str, text: &str) -> Result<Expr, QueryError> {
    expr::parse(text).map_err(|e| QueryError::expr(flag, text, e))
}

fn with_text(flag: &'static str, text: &str, error: ResolveError) -> QueryError {
    match error {
        ResolveError::Unreached => {
            QueryError::usage(flag, "uses a name that this table does not reach".to_string())
        }
        ResolveError::Expr(error) => QueryError::expr(flag, text, error),
        ResolveError::Kpi(error) => error.into(),
    }
}

/// A KPI by its name, in any case.
///
/// # Errors
/// When there is none; the message names the nearest.
pub fn find_kpi(name: &str) -> Result<&'static KpiDef, QueryError> {
    KPIS.iter().find(|k| same(k.name, name)).ok_or_else(|| {
        let near = did_you_mean(name, KPIS.iter().map(|k| k.name));
        let near = if near.is_empty() { "; `quipu kpis` lists them".to_string() } else { near };
        QueryError::usage("", format!("unknown KPI '{name}'{near}"))
    })
}

fn options(kpi: &KpiDef, typed: &[(String, String)]) -> Result<Options, QueryError> {
    let mut options = Options(kpi.options.iter().map(|o| (o.name, o.default())).collect());
    for (name, value) in typed {
        let Some(option) = kpi.options.iter().find(|o| same(o.name, name)) else {
            let known: Vec<&str> = kpi.options.iter().map(|o| o.name).collect();
            let near = did_you_mean(name, known.iter().copied());
            let has = if known.is_empty() {
                "no options".to_string()
            } else {
                format!("the options {}", known.join(", "))
            };
            return Err(QueryError::usage("-o", format!("{} has {has}, not '{name}'{near}", kpi.name)));
        };
        let value = match option.values {
            OptionValues::Words(words) => parse_word(value, words, |w| w)
                .map(str::to_string)
                .map_err(|e| QueryError::usage("-o", format!("{name}: {e}")))?,
            OptionValues::Whole(_) => {
                let number = value.parse::<u32>().ok().filter(|&n| n <= 1_000_000);
                let wanted = || {
                    QueryError::usage(
                        "-o",
                        format!("{name}: '{value}' is not a whole number from 0 to 1000000"),
                    )
                };
                number.ok_or_else(wanted)?.to_string()
            }
            OptionValues::List(_) if value.split(',').any(|w| w.trim().is_empty()) => {
                return Err(QueryError::usage(
                    "-o",
                    format!("{name}: '{value}' has an empty word; write A,B"),
                ));
            }
            OptionValues::List(_) => value.clone(),
        };
        options.0.insert(option.name, value);
    }
    Ok(options)
}

/// The dimensions asked for, then the KPI's own, currency last; how many were asked for; and the order
/// of the columns that they make with those that the KPI computes.
fn dimensions(
    kpi: &KpiDef,
    facts: &[Fact],
    by: &[String],
) -> Result<(Vec<&'static DimensionDef>, usize, Vec<Place>), QueryError> {
    let mut all: Vec<&'static DimensionDef> = Vec::new();
    let mut places = Vec::new();
    for name in by {
        if let Some(extra) = kpi.extra.iter().position(|(e, _)| same(e, name)) {
            if places.contains(&Place::Extra(extra)) {
                return Err(QueryError::usage("--by", format!("'{name}' is named twice")));
            }
            places.push(Place::Extra(extra));
            continue;
        }
        let found = kpi.dims.iter().find(|d| same(d, name)).and_then(|d| dims::find(d));
        let Some(found) = found.filter(|d| facts.iter().any(|f| d.reaches(f))) else {
            let reached: Vec<&str> = kpi
                .dims
                .iter()
                .copied()
                .filter(|d| dims::find(d).is_some_and(|d| facts.iter().any(|f| d.reaches(f))))
                .collect();
            let near = did_you_mean(name, reached.iter().copied());
            let has = format!("{} has {}", kpi.name, reached.join(", "));
            return Err(QueryError::usage(
                "--by",
                format!("'{name}' is not one of its dimensions{near}; {has}"),
            ));
        };
        if all.iter().any(|d| d.name == found.name) {
            return Err(QueryError::usage("--by", format!("'{name}' is named twice")));
        }
        places.push(Place::Dim(all.len()));
        all.push(found);
    }
    let asked = all.len();
    let mut own: Vec<&'static DimensionDef> =
        kpi.own_dims.iter().filter_map(|d| dims::find(d)).filter(|d| !all.contains(d)).collect();
    own.sort_by_key(|d| d.name == "currency");
    all.extend(own);
    places.extend((asked..all.len()).map(Place::Dim));
    let extras = (0..kpi.extra.len()).map(Place::Extra);
    let more: Vec<Place> = extras.filter(|e| !places.contains(e)).collect();
    places.extend(more);
    Ok((all, asked, places))
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        QueryError::Store(std::sync::Arc::new(error))
    }
}

impl From<KpiError> for QueryError {
    fn from(error: KpiError) -> Self {
        match error {
            KpiError::Store(error) => error.into(),
            KpiError::Usage(message) => QueryError::usage("--by", message),
        }
    }
}
