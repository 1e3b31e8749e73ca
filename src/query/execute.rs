//! From a plan to the answer: the computation is run for the groups, the totals, the rest and the
//! compared periods, each from the rows, never from another answer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::as_of::usual_end;
use super::error::QueryError;
use super::period::{Bucket, Calendar, Grain, Interval};
use super::plan::{Place, Plan};
use super::request::Request;
use super::result::{Excluded, Parameters, QueryResult, ResultColumn, Role, Value, ValueType};
use crate::kpi::context::{Context, GroupKey, Output, RowKey};
use crate::kpi::dims::{Dim, DimensionDef, Render};
use crate::kpi::lookup::Lookups;
use crate::kpi::registry::{ExtraType, MeasureDef, MeasureKind};
use crate::kpi::scan::predicate::{FALSE, Leaf, Predicate, TRUE};
use crate::kpi::scan::{Clock, Periods, Scan, Side};
use crate::kpi::{Exact, KpiError};
use crate::model::civil::format_day;
use crate::model::decimal::format_units;
use crate::model::{DECIMAL_DIGITS, DECIMAL_ONE, Day, ENGINE, civil, currency};
use crate::store::Snapshot;

/// How long the steps of a query took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// Looking up names and filling in defaults.
    pub plan: Duration,
    /// Reading rows and computing.
    pub scan: Duration,
    /// Sorting and writing values.
    pub finish: Duration,
}

/// The name of the group of all groups that are not among the top ones.
const OTHER: &str = "Other";

/// A row of the answer before it is written.
struct Row {
    bucket: u32,
    /// What stands between period and measures.
    places: Vec<Value>,
    is_total: bool,
    /// The code of the currency, for money.
    currency: Option<String>,
    measures: Vec<Option<Exact>>,
    previous: Vec<Option<Exact>>,
}

/// Groups whose rows are wanted, and those that are put together.
struct Run {
    dims: Vec<&'static DimensionDef>,
    filters: Vec<Predicate>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Groups,
    Other,
    Totals,
}

/// Answers a request from a snapshot.
///
/// # Errors
/// When the request makes no sense or the store cannot be read.
pub fn execute(snapshot: &Snapshot, request: &Request) -> Result<(QueryResult, Timing), QueryError> {
    match request.threads {
        None => answer(snapshot, request),
        Some(threads) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.map_err(|e| QueryError::usage("--threads", e.to_string()))?;
            pool.install(|| answer(snapshot, request))
        }
    }
}

fn answer(snapshot: &Snapshot, request: &Request) -> Result<(QueryResult, Timing), QueryError> {
    let started = Instant::now();
    let lookups = Lookups::new(snapshot);
    let plan = Plan::new(request, &lookups)?;
    let as_of = plan.as_of.unwrap_or(plan.interval.start);
    let buckets = buckets(&plan, plan.calendar, plan.interval, as_of)?;
    let planned = Instant::now();
    let mut answer = Answer::default();
    for what in plan.kpi.missing(snapshot) {
        answer.warnings.insert(format!("the store lacks {what}, which {} needs", plan.kpi.name));
    }
    let executor = Executor { plan: &plan, lookups: &lookups, as_of, buckets: &buckets };
    executor.run_all(&mut answer)?;
    executor.exclude_later(&mut answer)?;
    executor.warn_of_as_of(&mut answer)?;
    let scanned = Instant::now();
    let result = executor.result(answer);
    let timing = Timing { plan: planned - started, scan: scanned - planned, finish: scanned.elapsed() };
    Ok((result, timing))
}

fn buckets(
    plan: &Plan,
    calendar: Calendar,
    interval: Interval,
    as_of: Day,
) -> Result<Vec<Bucket>, QueryError> {
    if plan.as_of.is_none() {
        return Ok(Vec::new());
    }
    calendar.buckets(interval, as_of).map_err(|e| QueryError::usage("--every", e))
}

#[derive(Default)]
struct Answer {
    rows: Vec<Row>,
    excluded: BTreeMap<String, u64>,
    warnings: BTreeSet<String>,
    undivided: bool,
}

struct Executor<'a, 'q> {
    plan: &'q Plan,
    lookups: &'q Lookups<'a>,
    as_of: Day,
    buckets: &'q [Bucket],
}

impl Executor<'_, '_> {
    fn compute(
        &self,
        sides: &[Side],
        dims: &[&'static DimensionDef],
        calendar: Calendar,
        buckets: &[Bucket],
        fill: bool,
    ) -> Result<Output, KpiError> {
        let context = Context {
            lookups: self.lookups,
            zone: &self.plan.zone,
            as_of: self.as_of,
            calendar,
            buckets,
            dims,
            sides: sides.to_vec(),
            options: &self.plan.options,
            rolling_days: self.plan.request.rolling_days,
            earliest: self.plan.earliest,
            fill,
        };
        (self.plan.kpi.compute)(&context)
    }

    fn run_all(&self, answer: &mut Answer) -> Result<(), QueryError> {
        let plan = self.plan;
        let none = || plan.facts.iter().map(|_| Predicate::all()).collect::<Vec<_>>();
        let mut runs = Vec::new();
        match plan.request.top {
            None => runs.push(Run { dims: plan.dims.clone(), filters: none(), kind: Kind::Groups }),
            Some(top) => {
                let ranked: Vec<usize> = (0..plan.by).filter(|&d| plan.dims[d].name != "currency").collect();
                let kept = self.top(top, &ranked)?;
                let (inside, outside) = self.split(&ranked, &kept)?;
                let rest =
                    (0..plan.dims.len()).filter(|d| !ranked.contains(d)).map(|d| plan.dims[d]).collect();
                runs.push(Run { dims: plan.dims.clone(), filters: inside, kind: Kind::Groups });
                runs.push(Run { dims: rest, filters: outside, kind: Kind::Other });
            }
        }
        if plan.request.totals && plan.dims.iter().any(|d| d.name != "currency") {
            let currency = plan.dims.iter().copied().filter(|d| d.name == "currency").collect();
            runs.push(Run { dims: currency, filters: none(), kind: Kind::Totals });
        }
        for run in runs {
            self.run(&run, answer)?;
        }
        Ok(())
    }

    fn run(&self, run: &Run, answer: &mut Answer) -> Result<(), QueryError> {
        let plan = self.plan;
        let sides = plan.sides(&run.dims, &run.filters, self.lookups)?;
        let whole = run.dims.is_empty() && run.kind != Kind::Other && plan.kpi.extra.is_empty();
        let fill = !plan.request.no_fill && plan.dims.is_empty() && plan.kpi.extra.is_empty();
        let mut rows = if plan.request.cumulative {
            self.cumulative(&sides, run, fill, answer)?
        } else {
            let output = self.compute(&sides, &run.dims, plan.calendar, self.buckets, fill)?;
            self.note(&output, run, answer);
            output.rows
        };
        if fill {
            self.fill(&mut rows, 0..self.buckets.len() as u32);
        }
        let mut previous: BTreeMap<RowKey, Vec<Option<Exact>>> = BTreeMap::new();
        if plan.request.compare.is_some() {
            // The other period has its figures whether or not its own row would be shown.
            previous = self.compared(&sides, run, whole)?;
        }
        let shown: Vec<Option<Dim>> = run
            .dims
            .iter()
            .enumerate()
            .map(|(d, _)| sides.iter().find_map(|side| side.dims[d].clone()))
            .collect();
        for (key, measures) in rows {
            let values: Vec<Value> = self.values(&shown, &key.group.codes)?;
            let shown_as =
                |dim: &&'static DimensionDef| match run.dims.iter().position(|d| d.name == dim.name) {
                    Some(at) => values[at].clone(),
                    None if run.kind == Kind::Other => Value::Text(OTHER.into()),
                    None => Value::Null,
                };
            let dims: Vec<Value> = plan.dims.iter().map(shown_as).collect();
            let currency =
                plan.dims.iter().position(|d| d.name == "currency").and_then(|at| match &dims[at] {
                    Value::Text(code) => Some(code.clone()),
                    _ => None,
                });
            let previous = match plan.request.compare {
                Some(_) => previous
                    .get(&key)
                    .cloned()
                    .unwrap_or_else(|| self.missing_previous(key.group.bucket, whole)),
                None => Vec::new(),
            };
            let bucket = key.group.bucket;
            let is_total = run.kind == Kind::Totals;
            let place = |place: &Place| match *place {
                Place::Dim(at) => dims[at].clone(),
                Place::Extra(at) => extra_value(key.extra.get(at).copied().flatten(), plan.kpi.extra[at].1),
            };
            let places = plan.places.iter().map(place).collect();
            answer.rows.push(Row { bucket, places, is_total, currency, measures, previous });
        }
        Ok(())
    }

    fn note(&self, output: &Output, run: &Run, answer: &mut Answer) {
        // Totals read the same rows again.
        if run.kind != Kind::Totals {
            for (reason, rows) in output.excluded.clone().into_entries() {
                *answer.excluded.entry(reason).or_default() += rows;
            }
        }
        answer.warnings.extend(output.warnings.iter().cloned());
        answer.undivided |= output.undivided;
    }

    fn fill(&self, rows: &mut BTreeMap<RowKey, Vec<Option<Exact>>>, buckets: std::ops::Range<u32>) {
        for bucket in buckets {
            let key = RowKey { group: GroupKey { bucket, codes: Vec::new() }, extra: Vec::new() };
            let begun = self.buckets.get(bucket as usize).is_none_or(|b| b.start <= self.as_of);
            rows.entry(key).or_insert_with(|| {
                let mut empty = self.empty();
                if !begun {
                    // No day of it has passed, so that there is no mean either.
                    self.without_means(&mut empty);
                }
                empty
            });
        }
    }

    /// The measures of a period in which nothing happened.
    fn empty(&self) -> Vec<Option<Exact>> {
        let zero = |m: &MeasureDef| m.kind.is_zero_when_empty().then(|| Exact::whole(0));
        self.plan.kpi.measures.iter().map(zero).collect()
    }

    /// Sums from the first row ever: what lies before the interval is a period of its own.
    fn cumulative(
        &self,
        sides: &[Side],
        run: &Run,
        fill: bool,
        answer: &mut Answer,
    ) -> Result<BTreeMap<RowKey, Vec<Option<Exact>>>, QueryError> {
        let first = self.buckets.first().map_or(self.plan.interval.start, |b| b.start);
        let from = self.plan.earliest.unwrap_or(first).min(first);
        let all = Calendar { grain: Grain::All, ..self.plan.calendar };
        let history = buckets(self.plan, all, Interval::new(from, first), self.as_of)?;
        let offset = history.len() as u32;
        let extended: Vec<Bucket> = history.into_iter().chain(self.buckets.iter().copied()).collect();
        let output = self.compute(sides, &run.dims, self.plan.calendar, &extended, fill)?;
        self.note(&output, run, answer);
        let mut rows = output.rows;
        if fill {
            self.fill(&mut rows, 0..extended.len() as u32);
        }
        let kinds = self.plan.kpi.measures.iter().map(|m| m.kind);
        let mut sums: BTreeMap<Vec<u32>, Vec<Option<Exact>>> = BTreeMap::new();
        let mut summed = BTreeMap::new();
        for (mut key, measures) in rows {
            let sum = sums
                .entry(key.group.codes.clone())
                .or_insert_with(|| vec![Some(Exact::whole(0)); measures.len()]);
            for ((sum, value), kind) in sum.iter_mut().zip(measures).zip(kinds.clone()) {
                *sum = if kind.adds_up() {
                    sum.zip(value.or(Some(Exact::whole(0)))).and_then(|(a, b)| a.plus(b))
                } else {
                    None
                };
            }
            if key.group.bucket >= offset {
                key.group.bucket -= offset;
                summed.insert(key, sum.clone());
            }
        }
        if self.plan.kpi.measures.iter().any(|m| !m.kind.adds_up()) {
            answer
                .warnings
                .insert("--cumulative adds up sums and counts; the other measures are left empty".into());
        }
        Ok(summed)
    }

    /// The figures of the compared periods, by the key of the period that they are compared with.
    fn compared(
        &self,
        sides: &[Side],
        run: &Run,
        fill: bool,
    ) -> Result<BTreeMap<RowKey, Vec<Option<Exact>>>, QueryError> {
        let mut left: Vec<(u32, Bucket)> =
            (0u32..).zip(self.buckets).map(|(i, b)| (i, self.counterpart(b))).collect();
        left.retain(|(_, b)| !b.days().is_empty());
        let mut all = BTreeMap::new();
        // Periods of one computation do not overlap; two days that share a counterpart are two runs.
        while !left.is_empty() {
            let mut layer: Vec<(u32, Bucket)> = Vec::new();
            let mut rest = Vec::new();
            for (at, bucket) in left {
                match layer.last() {
                    Some((_, last)) if bucket.start < last.end => rest.push((at, bucket)),
                    _ => layer.push((at, bucket)),
                }
            }
            let buckets: Vec<Bucket> = layer.iter().map(|l| l.1).collect();
            let output = self.compute(sides, &run.dims, self.plan.calendar, &buckets, fill)?;
            for (mut key, measures) in output.rows {
                let (at, bucket) = layer[key.group.bucket as usize];
                if self.has_history(&bucket) {
                    key.group.bucket = at;
                    all.insert(key, measures);
                }
            }
            left = rest;
        }
        Ok(all)
    }

    fn counterpart(&self, bucket: &Bucket) -> Bucket {
        let with = self.plan.request.compare.expect("a comparison was asked for");
        self.plan.calendar.compared(bucket, self.as_of, with)
    }

    fn has_history(&self, bucket: &Bucket) -> bool {
        self.plan.earliest.is_some_and(|first| bucket.full_end > first)
    }

    /// The previous figures of a group that the compared period does not have.
    fn missing_previous(&self, bucket: u32, without_dims: bool) -> Vec<Option<Exact>> {
        let other = self.counterpart(&self.buckets[bucket as usize]);
        if !self.has_history(&other) {
            return vec![None; self.plan.kpi.measures.len()];
        }
        let mut empty = self.empty();
        if !without_dims {
            // A mean of zeros is that of an empty period, not of a group that does not exist.
            self.without_means(&mut empty);
        }
        empty
    }

    fn without_means(&self, figures: &mut [Option<Exact>]) {
        let means = self.plan.kpi.measures.iter().map(|m| m.kind == MeasureKind::DailyMean);
        figures.iter_mut().zip(means).filter(|(_, is_mean)| *is_mean).for_each(|(figure, _)| *figure = None);
    }

    /// The groups with the largest first measure over the interval.
    fn top(&self, count: usize, ranked: &[usize]) -> Result<Vec<Vec<u32>>, QueryError> {
        let dims: Vec<&'static DimensionDef> = self.plan.dims.clone();
        let none: Vec<Predicate> = self.plan.facts.iter().map(|_| Predicate::all()).collect();
        let sides = self.plan.sides(&dims, &none, self.lookups)?;
        let all = Calendar { grain: Grain::All, ..self.plan.calendar };
        let whole = buckets(self.plan, all, self.plan.interval, self.as_of)?;
        let output = self.compute(&sides, &dims, all, &whole, false)?;
        let shown: Vec<Option<Dim>> =
            (0..dims.len()).map(|d| sides.iter().find_map(|side| side.dims[d].clone())).collect();
        // A group in several currencies has the rank of its largest figure.
        let mut best: BTreeMap<Vec<u32>, Option<Exact>> = BTreeMap::new();
        for (key, measures) in &output.rows {
            let codes: Vec<u32> = ranked.iter().map(|&d| key.group.codes[d]).collect();
            let figure = best.entry(codes).or_default();
            *figure = (*figure).max(measures[0]);
        }
        let mut groups: Vec<(Vec<u32>, Option<Exact>, Vec<Value>)> = Vec::new();
        for (codes, figure) in best {
            let dims: Vec<Option<Dim>> = ranked.iter().map(|&d| shown[d].clone()).collect();
            let values = self.values(&dims, &codes)?;
            groups.push((codes, figure, values));
        }
        groups.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| compare_values(&a.2, &b.2)));
        Ok(groups.into_iter().take(count).map(|g| g.0).collect())
    }

    /// Filters, per side, that keep the chosen groups, and those that keep the others.
    fn split(
        &self,
        ranked: &[usize],
        kept: &[Vec<u32>],
    ) -> Result<(Vec<Predicate>, Vec<Predicate>), QueryError> {
        let none: Vec<Predicate> = self.plan.facts.iter().map(|_| Predicate::all()).collect();
        let sides = self.plan.sides(&self.plan.dims, &none, self.lookups)?;
        let mut inside = Vec::new();
        let mut outside = Vec::new();
        for side in &sides {
            let reached: Vec<(usize, &Dim)> =
                ranked.iter().enumerate().filter_map(|(i, &d)| Some((i, side.dims[d].as_ref()?))).collect();
            if reached.is_empty() {
                inside.push(Predicate::all());
                outside.push(Predicate::all());
                continue;
            }
            let group = |codes: &Vec<u32>| {
                let is = |&(i, dim): &(usize, &Dim)| {
                    let mut truth = vec![FALSE; dim.cardinality as usize];
                    truth[codes[i] as usize] = TRUE;
                    Predicate::Leaf(Leaf::Dim(dim.clone(), truth.into()))
                };
                Predicate::And(reached.iter().map(is).collect())
            };
            let any = Predicate::Or(kept.iter().map(group).collect());
            inside.push(any.clone());
            outside.push(Predicate::Not(Box::new(any)));
        }
        Ok((inside, outside))
    }

    fn values(&self, dims: &[Option<Dim>], codes: &[u32]) -> Result<Vec<Value>, QueryError> {
        let value = |(dim, &code): (&Option<Dim>, &u32)| {
            let Some(dim) = dim.as_ref().filter(|_| code > 0) else { return Ok(Value::Null) };
            Ok(match dim.render {
                Render::Category(table, column) => {
                    let table = self.lookups.snapshot().named(table);
                    let dictionary = table
                        .map(|t| t.dictionary(t.def.column(column)))
                        .transpose()
                        .map_err(KpiError::from)?;
                    dictionary.flatten().map_or(Value::Null, |d| Value::Text(d.text(code).trim().to_string()))
                }
                Render::Key(table) => match self.lookups.key(table, code - 1).map_err(KpiError::from)? {
                    Some(key) => Value::Text(key),
                    None => Value::Null,
                },
                Render::Month(base) => Value::Date(civil::month_start(base + code as i32)),
                Render::Number(shift) => Value::Integer(i64::from(code) + shift),
            })
        };
        dims.iter().zip(codes).map(value).collect()
    }

    /// Counts the rows of the interval that lie behind an as_of that was asked for.
    fn exclude_later(&self, answer: &mut Answer) -> Result<(), QueryError> {
        let plan = self.plan;
        if plan.request.as_of.is_none() || plan.kpi.is_stock || plan.kpi.end.is_some() {
            return Ok(());
        }
        let end = if plan.request.to.is_some() { plan.interval.end } else { Day::MAX / 2 };
        let clocks = (plan.kpi.starts)(&plan.options);
        for (side, (_, column)) in plan.sides(&[], &[], self.lookups)?.iter().zip(clocks) {
            let last = super::as_of::days_of(self.lookups.snapshot(), (side.fact.table, column), &plan.zone);
            let from = plan.interval.start.max(self.as_of + 1);
            let until = last.map_or(from, |d| (d.1 + 1).min(end)).max(from);
            let later = Periods::new(std::iter::once(from..until));
            let scan = Scan::new(self.lookups, &plan.zone, side, Some(Clock::of(column)), &later, &[])?;
            let rows = scan.run(
                || 0u64,
                |rows, chunk| {
                    *rows += chunk.len() as u64;
                    Ok(())
                },
            )?;
            if rows > 0 {
                *answer.excluded.entry(format!("after {}", format_day(self.as_of))).or_default() += rows;
            }
        }
        Ok(())
    }

    fn warn_of_as_of(&self, answer: &mut Answer) -> Result<(), QueryError> {
        /// So many days past the usual end of the data, an as_of is more likely a mistyped date.
        const FAR: Day = 31;
        let usual = usual_end(self.lookups.snapshot(), self.plan.kpi.model).map_err(KpiError::from)?;
        if let Some(usual) = usual.filter(|&day| self.plan.as_of.is_some_and(|a| a - day > FAR)) {
            answer.warnings.insert(format!(
                "as_of {} lies more than 31 days past {}, by which 99.9 % of the facts lie: a date may be mistyped; --as-of sets another",
                format_day(self.as_of),
                format_day(usual)
            ));
        }
        Ok(())
    }

    fn result(&self, answer: Answer) -> QueryResult {
        let plan = self.plan;
        let kpi = plan.kpi;
        let with_period = plan.calendar.grain != Grain::All;
        let mut columns = Vec::new();
        if with_period {
            columns.push(ResultColumn::period());
        }
        columns.extend(plan.places.iter().map(|place| match *place {
            Place::Dim(at) => ResultColumn::dimension(plan.dims[at].name, dimension_type(plan.dims[at])),
            Place::Extra(at) => {
                let (name, ty) = kpi.extra[at];
                ResultColumn::dimension(
                    name,
                    if ty == ExtraType::Date { ValueType::Date } else { ValueType::Integer },
                )
            }
        }));
        columns.extend(kpi.measures.iter().map(measure_column));
        if plan.request.compare.is_some() {
            for measure in kpi.measures {
                for suffix in ["previous", "change"] {
                    let column = measure_column(measure);
                    columns.push(ResultColumn { name: format!("{}_{suffix}", measure.name), ..column });
                }
            }
        }
        let mut rows = answer.rows;
        rows.sort_by(|a, b| {
            a.bucket
                .cmp(&b.bucket)
                .then(a.is_total.cmp(&b.is_total))
                .then_with(|| compare_values(&a.places, &b.places))
        });
        let kinds: Vec<MeasureKind> =
            kpi.measures
                .iter()
                .map(|m| {
                    if answer.undivided && m.kind == MeasureKind::MoneyAt {
                        MeasureKind::Money
                    } else {
                        m.kind
                    }
                })
                .collect();
        let totals = (0..rows.len()).filter(|&at| rows[at].is_total).collect();
        let rows = rows.into_iter().map(|row| self.write_row(row, with_period, &kinds)).collect();
        let incomplete =
            self.buckets.iter().filter(|b| b.is_incomplete(self.as_of)).map(|b| b.label).collect();
        QueryResult {
            kpi: kpi.name.into(),
            title: kpi.title.into(),
            definition: kpi.definition.into(),
            definition_id: kpi.definition_id(),
            unit: Some(kpi.measures[0].unit).filter(|u| !u.is_empty()).map(Into::into),
            snapshot: self.lookups.snapshot().manifest.snapshot.clone(),
            engine: ENGINE.into(),
            as_of: plan.as_of,
            parameters: self.parameters(),
            columns,
            rows,
            totals,
            additive: kpi.is_additive(),
            proxy: kpi.is_proxy,
            excluded: answer.excluded.into_iter().map(|(reason, rows)| Excluded { reason, rows }).collect(),
            incomplete,
            warnings: answer.warnings.into_iter().collect(),
        }
    }

    fn write_row(&self, row: Row, with_period: bool, kinds: &[MeasureKind]) -> Vec<Value> {
        let mut values = Vec::new();
        if with_period {
            values.push(Value::Date(self.buckets[row.bucket as usize].label));
        }
        values.extend(row.places);
        let digits = row.currency.as_deref().map_or(2, currency::digits);
        let write = |figure: Option<Exact>, kind: MeasureKind| {
            figure.map_or(Value::Null, |f| write_figure(f, kind, digits))
        };
        values.extend(row.measures.iter().zip(kinds).map(|(&m, &k)| write(m, k)));
        for ((&now, &before), &kind) in row.measures.iter().zip(&row.previous).zip(kinds) {
            values.push(write(before, kind));
            values.push(write(now.zip(before).and_then(|(a, b)| a.minus(b)), kind));
        }
        values
    }

    fn parameters(&self) -> Parameters {
        let plan = self.plan;
        let request = &plan.request;
        let mut more = Vec::new();
        let mut put = |name: &str, value: Value| more.push((name.to_string(), value));
        if !request.users.is_empty() {
            put("users", Value::Text(request.users.join(" and ")));
        }
        if let Some(days) = request.rolling_days {
            put("rolling", Value::Text(format!("{days}d")));
        }
        if let Some(compare) = request.compare {
            put("compare", Value::Text(compare.name().into()));
        }
        if request.cumulative {
            put("cumulative", Value::Bool(true));
        }
        if let Some(top) = request.top {
            put("top", Value::Integer(top as i64));
        }
        if request.totals {
            put("totals", Value::Bool(true));
        }
        if let Some(month) = request.fiscal_start {
            put("fiscal_start", Value::Integer(i64::from(month)));
        }
        Parameters {
            every: plan.calendar.grain.name().into(),
            start: plan.as_of.map(|_| plan.interval.start),
            end: plan.as_of.map(|_| plan.interval.end),
            tz: plan.zone.name().into(),
            week_start: plan.calendar.week_start.name().into(),
            by: plan.places[..request.by.len()]
                .iter()
                .map(|place| match *place {
                    Place::Dim(at) => plan.dims[at].name.into(),
                    Place::Extra(at) => plan.kpi.extra[at].0.into(),
                })
                .collect(),
            filter: plan.filter_text.clone(),
            options: plan.options.0.iter().map(|(n, v)| ((*n).into(), v.clone())).collect(),
            more,
        }
    }
}

fn dimension_type(def: &DimensionDef) -> ValueType {
    use crate::kpi::dims::Attribute::{Category, Hour, Key, Month, Weekday};
    match def.attribute {
        Category(_) | Key => ValueType::Text,
        Month(_) => ValueType::Date,
        Weekday | Hour => ValueType::Integer,
    }
}

fn measure_column(measure: &MeasureDef) -> ResultColumn {
    let ty = match measure.kind {
        MeasureKind::Count | MeasureKind::Distinct | MeasureKind::Sum => ValueType::Integer,
        MeasureKind::SumNumber | MeasureKind::Number | MeasureKind::DailyMean | MeasureKind::Rate => {
            ValueType::Number
        }
        MeasureKind::Money | MeasureKind::MoneyAt | MeasureKind::MoneyRatio => ValueType::Money,
    };
    let unit = Some(measure.unit).filter(|u| !u.is_empty()).map(Into::into);
    let percent = measure.kind == MeasureKind::Rate;
    ResultColumn { name: measure.name.into(), ty, unit, role: Role::Measure, percent }
}

fn write_figure(figure: Exact, kind: MeasureKind, digits: u32) -> Value {
    let one = i128::from(DECIMAL_ONE);
    match kind {
        MeasureKind::Count | MeasureKind::Distinct | MeasureKind::Sum => {
            match figure.as_whole().and_then(|n| i64::try_from(n).ok()) {
                Some(n) => Value::Integer(n),
                None => Value::Number(figure.nearest()),
            }
        }
        MeasureKind::SumNumber | MeasureKind::Number | MeasureKind::DailyMean | MeasureKind::Rate => {
            Value::Number(figure.nearest())
        }
        MeasureKind::Money => {
            let units = figure.units(one).unwrap_or_else(|| figure.rounded(one, 1));
            Value::Money(format_units(units, digits))
        }
        MeasureKind::MoneyAt | MeasureKind::MoneyRatio => {
            let step = 10i128.pow(DECIMAL_DIGITS.saturating_sub(digits));
            Value::Money(format_units(figure.rounded(one, step), digits))
        }
    }
}

/// Values in the order of the contract: text by bytes, missing last.
fn compare_values(a: &[Value], b: &[Value]) -> std::cmp::Ordering {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let one = |a: &Value, b: &Value| match (a, b) {
        (Value::Null, Value::Null) => Equal,
        (Value::Null, _) => Greater,
        (_, Value::Null) => Less,
        (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        // Only `Other` stands among dates and numbers.
        (Value::Text(_), _) => Greater,
        (_, Value::Text(_)) => Less,
        _ => Equal,
    };
    a.iter().zip(b).map(|(a, b)| one(a, b)).find(|o| o.is_ne()).unwrap_or(Equal)
}

fn extra_value(value: Option<i64>, ty: ExtraType) -> Value {
    match (value, ty) {
        (None, _) => Value::Null,
        (Some(day), ExtraType::Date) => Value::Date(day as Day),
        (Some(n), ExtraType::Integer) => Value::Integer(n),
    }
}
