//! The request, resolved: every name looked up, every default filled in.

use super::as_of::Dates;
use super::error::QueryError;
use super::expr::{self, Expr, ExprError};
use super::period::{Calendar, Interval, interval, parse_word};
use super::request::Request;
use super::resolve::{ResolveError, Resolver, among};
use crate::kpi::billing::Zones;
use crate::kpi::dims::{self, Dim, Dimension, DimensionDef};
use crate::kpi::lookup::Lookups;
use crate::kpi::registry::{Asked, KPIS, KpiDef, OptionValues, PRODUCT_DIMS};
use crate::kpi::scan::chunk::Needs;
use crate::kpi::scan::facts::{FACTS, Fact};
use crate::kpi::scan::predicate::Predicate;
use crate::kpi::scan::{Periods, Scan, Side};
use crate::kpi::{KpiError, Options};
use crate::model::names::{did_you_mean, same};
use crate::model::{Day, Model, SCHEMA, Zone};
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
    /// Where the days of rows start that have an organization.
    pub zones: Zones,
    /// Grain, weeks and fiscal years.
    pub calendar: Calendar,
    /// The last day on which anything happened; none in a store without data.
    pub as_of: Option<Day>,
    /// The days asked for.
    pub interval: Interval,
    /// The first day of the KPI's own facts.
    pub earliest: Option<Day>,
    /// The dimensions of the result, those of `--by` first.
    pub dims: Vec<Dimension>,
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
        let (zone, zones) = zones(kpi, request.tz.as_deref())?;
        let is_billing = kpi.model == Model::Billing;
        for (flag, asked, dimension, what) in [
            ("--tag", &request.tags, "tag", "tags"),
            ("--group", &request.groups, "reporting_group", "reporting groups"),
        ] {
            if !asked.is_empty() && !kpi.dims.contains(&dimension) {
                return Err(QueryError::usage(flag, format!("{} has no {what}", kpi.name)));
            }
        }
        if !request.users.is_empty() && is_billing {
            return Err(QueryError::usage("--users", format!("{} has no acting users", kpi.name)));
        }
        if request.rolling_days.is_some() && !kpi.rolling {
            let known: Vec<&str> = KPIS.iter().filter(|k| k.rolling).map(|k| k.name).collect();
            return Err(QueryError::usage(
                "--rolling",
                format!("{} has no rolling form; {} have", kpi.name, known.join(", ")),
            ));
        }
        if request.conversion.is_some() && !kpi.measures.iter().any(|m| m.kind.is_money()) {
            return Err(QueryError::usage("--convert", format!("{} has no amounts of money", kpi.name)));
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
        let dates = Dates { lookups, zones: &zones };
        let as_of = match request.as_of {
            Some(day) => Some(day),
            None => dates.as_of(kpi.model)?,
        };
        let calendar = Calendar {
            grain: request.every.unwrap_or(kpi.every),
            week_start: request.week_start,
            fiscal_start: request.fiscal_start.unwrap_or(1),
        };
        let first = kpi.first_day.zip(as_of).map(|(first, as_of)| first(lookups, &zone, as_of));
        let mut earliest = first.transpose()?.flatten();
        for column in (kpi.starts)(&options) {
            earliest = earliest.into_iter().chain(dates.of(column)?.map(|d| d.0)).min();
        }
        let conditions = Conditions::parse(request)?;
        let asked = Asked { snapshot, products: conditions.name(PRODUCT_DIMS, &request.by) };
        let facts = (kpi.sides)(&options, &asked);
        let last = match kpi.end.map(|c| dates.of(c)).transpose()?.flatten() {
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
        let (dims, by, places) = dimensions(kpi, &facts, request)?;
        if request.top.is_some() && dims[..by].iter().all(|d| request.keeps_apart(d)) {
            return Err(QueryError::usage("--top", "ranks groups: say with --by which".to_string()));
        }
        let mut plan = Plan {
            kpi,
            options,
            zone,
            zones,
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
        plan.filter(conditions, lookups)?;
        plan.users(lookups)?;
        Ok(plan)
    }

    /// The sides with the dimensions and an additional filter per side.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn sides(
        &self,
        dims: &[Dimension],
        more: &[Predicate],
        lookups: &Lookups<'_>,
    ) -> Result<Vec<Side>, QueryError> {
        let side = |(at, fact): (usize, &Fact)| {
            let reach = |d: &Dimension| d.def.reaches(fact).then(|| Dim::new(d, fact, lookups)).transpose();
            let dims = dims.iter().map(reach).collect::<Result<_, _>>().map_err(KpiError::from)?;
            let parts = [Some(&self.filters[at]), more.get(at)].into_iter().flatten();
            let parts: Vec<Predicate> = parts.filter(|p| !p.is_all()).flat_map(flat).collect();
            Ok(Side { fact: *fact, dims, filter: Predicate::And(parts), others: None })
        };
        self.facts.iter().enumerate().map(side).collect()
    }

    fn filter(&mut self, conditions: Conditions, lookups: &Lookups<'_>) -> Result<(), QueryError> {
        self.filter_text = conditions.filter.as_ref().map(|c| c.parsed.to_string());
        for Condition { flag, text, parsed } in conditions.filter.into_iter().chain(conditions.more) {
            for part in parsed.split_and() {
                let mut reached = false;
                for side in 0..self.facts.len() {
                    match self.resolver(self.facts[side], lookups).predicate(part) {
                        Ok(predicate) => {
                            reached = true;
                            if let Predicate::And(parts) = &mut self.filters[side] {
                                parts.push(predicate);
                            }
                        }
                        Err(ResolveError::Unreached) => {}
                        Err(error) => return Err(with_text(flag, &text, error)),
                    }
                }
                if !reached {
                    return Err(QueryError::expr(flag, &text, self.unreached(part, lookups)));
                }
            }
        }
        Ok(())
    }

    fn resolver<'q, 'a>(&'q self, fact: Fact, lookups: &'q Lookups<'a>) -> Resolver<'a, 'q> {
        // What the columns of a billing fact lead to depends on the KPI.
        let dims = (self.kpi.model == Model::Billing).then_some(self.kpi.dims);
        Resolver { lookups, zone: &self.zone, fact, dims }
    }

    /// Why no side knows a condition.
    fn unreached(&self, part: &Expr, lookups: &Lookups<'_>) -> ExprError {
        let resolvers: Vec<_> = self.facts.iter().map(|&fact| self.resolver(fact, lookups)).collect();
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
            let parsed = parse("--users", &text)?.parsed;
            let names: Vec<String> = parsed.leaves().iter().map(|l| l.name.text.clone()).collect();
            let resolver = |fact: Fact| self.resolver(fact, lookups);
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
        let side = Side { fact, dims: Vec::new(), filter, others: None };
        let until = self.as_of.map_or(self.interval.end, |d| self.interval.end.min(d + 1));
        let periods = Periods::new(std::iter::once(self.interval.start..until.max(self.interval.start)));
        let scan = Scan::new(lookups, &self.zone, &side, fact.clock, &periods, &[])?;
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

/// A condition as typed, or as an option means it.
struct Condition {
    flag: &'static str,
    text: String,
    parsed: Expr,
}

fn parse(flag: &'static str, text: &str) -> Result<Condition, QueryError> {
    let parsed = expr::parse(text).map_err(|e| QueryError::expr(flag, text, e))?;
    Ok(Condition { flag, text: text.to_owned(), parsed })
}

/// What `--where`, `--tag` and `--group` ask for.
struct Conditions {
    filter: Option<Condition>,
    more: Vec<Condition>,
}

impl Conditions {
    fn parse(request: &Request) -> Result<Self, QueryError> {
        let quoted = |text: &str, quote: &str| text.trim().replace(quote, &quote.repeat(2));
        let mut more = Vec::new();
        for tag in &request.tags {
            let condition = match tag.split_once(['=', ':']) {
                Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => {
                    format!("\"tag.{}\" = '{}'", quoted(key, "\""), quoted(value, "'"))
                }
                _ => format!("tag = '{}'", quoted(tag, "'")),
            };
            more.push(parse("--tag", &condition)?);
        }
        for group in &request.groups {
            more.push(parse("--group", &format!("reporting_group = '{}'", quoted(group, "'")))?);
        }
        let filter = request.filter.as_deref().map(|text| parse("--where", text)).transpose()?;
        Ok(Conditions { filter, more })
    }

    /// Whether some condition, or some dimension asked for, is one of these.
    fn name(&self, dims: &[&str], by: &[String]) -> bool {
        let leaves = self.filter.iter().chain(&self.more).flat_map(|c| c.parsed.leaves());
        let names = leaves.map(|leaf| leaf.name.text.as_str()).chain(by.iter().map(String::as_str));
        names.into_iter().any(|name| dims.iter().any(|d| same(d, name)))
    }
}

/// The zone of instants, and that of the days of rows with an organization.
fn zones(kpi: &KpiDef, tz: Option<&str>) -> Result<(Zone, Zones), QueryError> {
    let name = match tz {
        None => return Ok((Zone::utc(), Zones::One(Zone::utc()))),
        Some(name) if same(name, Zones::ORGANIZATION) => {
            if kpi.model != Model::Billing {
                let message = format!("{} knows no organizations, whose zones could be used", kpi.name);
                return Err(QueryError::usage("--tz", message));
            }
            return Ok((Zone::utc(), Zones::Organizations));
        }
        Some(name) => name,
    };
    let zone = Zone::parse(name).map_err(|e| {
        let near =
            did_you_mean(name, [Zones::ORGANIZATION].into_iter().filter(|_| kpi.model == Model::Billing));
        QueryError::usage("--tz", format!("{e}{near}"))
    })?;
    Ok((zone.clone(), Zones::One(zone)))
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
            OptionValues::WholeOr(word) if same(word, value) => word.to_string(),
            OptionValues::WholeOr(word) => {
                let number = value.parse::<u32>().ok().filter(|&n| n <= 1_000_000);
                let wanted = || {
                    QueryError::usage(
                        "-o",
                        format!("{name}: '{value}' is neither {word} nor a whole number up to 1000000"),
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
    request: &Request,
) -> Result<(Vec<Dimension>, usize, Vec<Place>), QueryError> {
    let mut all: Vec<Dimension> = Vec::new();
    let mut places = Vec::new();
    let of = |name: &str| dims::find(kpi.model, name);
    for name in &request.by {
        if let Some(extra) = kpi.extra.iter().position(|(e, _)| same(e, name)) {
            if places.contains(&Place::Extra(extra)) {
                return Err(QueryError::usage("--by", format!("'{name}' is named twice")));
            }
            places.push(Place::Extra(extra));
            continue;
        }
        let found = kpi.dims.iter().filter_map(|d| of(d)).find_map(|d| Dimension::typed(d, name));
        let Some(found) = found.filter(|d| facts.iter().any(|f| d.def.reaches(f))) else {
            // Facts of the billing model become parts, and reach products, once these are asked for.
            let is_reached =
                |d: &DimensionDef| kpi.model == Model::Billing || facts.iter().any(|f| d.reaches(f));
            let reached = kpi.dims.iter().copied().filter(|d| of(d).is_some_and(is_reached));
            let reached: Vec<&str> = reached.collect();
            let near = did_you_mean(name, reached.iter().copied());
            let has = format!("{} has {}", kpi.name, reached.join(", "));
            return Err(QueryError::usage(
                "--by",
                format!("'{name}' is not one of its dimensions{near}; {has}"),
            ));
        };
        if all.iter().any(|d| d.is(&found)) {
            return Err(QueryError::usage("--by", format!("'{name}' is named twice")));
        }
        places.push(Place::Dim(all.len()));
        all.push(found);
    }
    let asked = all.len();
    let mut own: Vec<Dimension> = kpi.own_dims.iter().filter_map(|d| of(d)).map(Dimension::plain).collect();
    // What is converted has one currency.
    own.retain(|d| !(all.contains(d) || request.conversion.is_some() && d.def.name == "currency"));
    own.sort_by_key(|d| d.def.name == "currency");
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
