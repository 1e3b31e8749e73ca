//! From a plan to the answer: the computation is run for the groups, the totals, the rest and the
//! compared periods, each from the rows, never from another answer.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::as_of::{Dates, usual_end_far_from};
use super::error::QueryError;
use super::order::Order;
use super::period::{Bucket, Calendar, Grain, Interval};
use super::plan::Plan;
use super::request::Request;
use super::result::{QueryResult, Value};
use crate::kpi::context::{Context, GroupKey, Output, RowKey};
use crate::kpi::dims::{Dim, Dimension, Render, RowCodes, Source};
use crate::kpi::lookup::Lookups;
use crate::kpi::registry::{MeasureDef, MeasureKind};
use crate::kpi::rows::{Figures, Rows};
use crate::kpi::scan::facts::Link;
use crate::kpi::scan::predicate::{FALSE, Leaf, Predicate, TRUE};
use crate::kpi::scan::{Clock, Others, Periods, Scan, Side};
use crate::kpi::{Exact, KpiError};
use crate::model::civil::format_day;
use crate::model::decimal::format_units;
use crate::model::{Day, civil};
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
    /// Rows of facts that were read; those of the billing model, which are worked out once, do not count.
    pub rows: u64,
    /// Bytes of the columns that were read of them.
    pub bytes: u64,
    /// Threads that may have worked.
    pub threads: usize,
}

/// The name of the group of all groups that are not among the top ones.
pub(super) const OTHER: &str = "Other";

/// Rows of the answer before they are written: those of one run.
pub(super) struct Block {
    pub(super) rows: Rows,
    /// Figures of the compared period, one list per measure; none when nothing is compared.
    pub(super) previous: Vec<Figures>,
    /// The dimensions that its rows have, each with how codes become values, where some side reaches it.
    pub(super) dims: Vec<(Dimension, Option<Dim>)>,
    pub(super) kind: Kind,
}

/// Groups whose rows are wanted, and those that are put together.
struct Run {
    dims: Vec<Dimension>,
    filters: Vec<Predicate>,
    /// What keeps the other values of rows that may have several.
    others: Option<Others>,
    kind: Kind,
}

/// The chosen groups among all.
struct Shown {
    ranked: Vec<usize>,
    kept: HashSet<Vec<u32>>,
}

impl Shown {
    fn has(&self, codes: &[u32]) -> bool {
        let ranked: Vec<u32> = self.ranked.iter().map(|&d| codes[d]).collect();
        self.kept.contains(&ranked)
    }
}

/// What the rows of a run are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A group each.
    Groups,
    /// All groups that are not among the top ones.
    Other,
    /// All groups together.
    Totals,
}

/// Answers a request from a snapshot.
///
/// # Errors
/// When the request makes no sense or the store cannot be read.
pub fn execute(snapshot: &Snapshot, request: &Request) -> Result<(QueryResult, Timing), QueryError> {
    answer(&Lookups::new(snapshot), request)
}

/// Answers a request with the look-ups of earlier ones, which need not be decoded again.
///
/// # Errors
/// As [`execute`].
pub fn answer(lookups: &Lookups<'_>, request: &Request) -> Result<(QueryResult, Timing), QueryError> {
    match request.threads {
        None => answer_here(lookups, request),
        Some(threads) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.map_err(|e| QueryError::usage("--threads", e.to_string()))?;
            pool.install(|| answer_here(lookups, request))
        }
    }
}

fn answer_here(lookups: &Lookups<'_>, request: &Request) -> Result<(QueryResult, Timing), QueryError> {
    let started = Instant::now();
    let before = lookups.work().done();
    let plan = Plan::new(request, lookups)?;
    let as_of = plan.as_of.unwrap_or(plan.interval.start);
    let buckets = buckets(&plan, plan.calendar, plan.interval, as_of)?;
    let planned = Instant::now();
    let mut answer = Answer::default();
    for what in plan.kpi.missing(lookups.snapshot()) {
        answer.warnings.insert(format!("the store lacks {what}, which {} needs", plan.kpi.name));
    }
    let executor = Executor { plan: &plan, lookups, as_of, buckets: &buckets };
    executor.run_all(&mut answer)?;
    executor.exclude_later(&mut answer)?;
    executor.warn_of_as_of(&mut answer)?;
    let scanned = Instant::now();
    let result = executor.result(answer)?;
    let after = lookups.work().done();
    let timing = Timing {
        plan: planned - started,
        scan: scanned - planned,
        finish: scanned.elapsed(),
        rows: after.0 - before.0,
        bytes: after.1 - before.1,
        threads: rayon::current_num_threads(),
    };
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
pub(super) struct Answer {
    pub(super) blocks: Vec<Block>,
    pub(super) excluded: BTreeMap<String, u64>,
    pub(super) warnings: BTreeSet<String>,
    pub(super) undivided: bool,
    /// Whether rows of several values stand in several groups.
    pub(super) overlaps: bool,
}

pub(super) struct Executor<'a, 'q> {
    pub(super) plan: &'q Plan,
    pub(super) lookups: &'q Lookups<'a>,
    pub(super) as_of: Day,
    pub(super) buckets: &'q [Bucket],
}

impl Executor<'_, '_> {
    fn compute(
        &self,
        sides: &[Side],
        dims: &[Dimension],
        calendar: Calendar,
        buckets: &[Bucket],
        fill: bool,
    ) -> Result<Output, KpiError> {
        let context = Context {
            lookups: self.lookups,
            zone: &self.plan.zone,
            zones: self.plan.zones.clone(),
            conversion: self.plan.request.conversion.as_ref(),
            as_of: self.as_of,
            until: if self.plan.request.to.is_some() { self.plan.interval.end } else { Day::MAX },
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
        let mut put = |dims, filters, others, kind| runs.push(Run { dims, filters, others, kind });
        let mut shown: Option<Shown> = None;
        match plan.request.top {
            None => put(plan.dims.clone(), none(), None, Kind::Groups),
            Some(top) => {
                let ranked: Vec<usize> =
                    (0..plan.by).filter(|&d| !plan.request.keeps_apart(&plan.dims[d])).collect();
                let kept = self.top(top, &ranked)?;
                let rest = (0..plan.dims.len()).filter(|d| !ranked.contains(d));
                let rest: Vec<Dimension> = rest.map(|d| plan.dims[d].clone()).collect();
                match self.others(&ranked, &kept)? {
                    Some(others) => {
                        put(plan.dims.clone(), none(), None, Kind::Groups);
                        put(rest, none(), Some(others), Kind::Other);
                        shown = Some(Shown { ranked, kept: kept.into_iter().collect() });
                    }
                    None => {
                        let (inside, outside) = self.split(&ranked, &kept)?;
                        put(plan.dims.clone(), inside, None, Kind::Groups);
                        put(rest, outside, None, Kind::Other);
                    }
                }
            }
        }
        if plan.request.totals && plan.dims.iter().any(|d| !plan.request.keeps_apart(d)) {
            let currency = plan.dims.iter().filter(|d| plan.request.keeps_apart(d)).cloned().collect();
            put(currency, none(), None, Kind::Totals);
        }
        for run in runs {
            self.run(&run, shown.as_ref().filter(|_| run.kind == Kind::Groups), answer)?;
        }
        Ok(())
    }

    fn run(&self, run: &Run, only: Option<&Shown>, answer: &mut Answer) -> Result<(), QueryError> {
        let plan = self.plan;
        let mut sides = plan.sides(&run.dims, &run.filters, self.lookups)?;
        let others = run.others.clone().map(Arc::new);
        sides.iter_mut().for_each(|side| side.others = others.clone());
        let several = |side: &Side| side.dims.iter().flatten().any(Dim::is_many_valued);
        answer.overlaps |= sides.iter().any(several);
        let whole = run.dims.is_empty() && run.kind != Kind::Other && plan.kpi.extra.is_empty();
        let fill = !plan.request.no_fill && plan.dims.is_empty() && plan.kpi.extra.is_empty();
        let mut rows = if plan.request.cumulative {
            Rows::from_map(&self.cumulative(&sides, run, fill, answer)?)
        } else {
            let output = self.compute(&sides, &run.dims, plan.calendar, self.buckets, fill)?;
            self.note(&output, run, answer);
            output.rows
        };
        if fill {
            let mut map = rows.into_map();
            self.fill(&mut map, 0..self.buckets.len() as u32);
            rows = Rows::from_map(&map);
        }
        if let Some(only) = only {
            let kept = (0..rows.len()).map(|row| rows.key(row)).enumerate();
            let kept = kept.filter(|(_, key)| only.has(&key.group.codes));
            let kept = kept.map(|(row, key)| (key, rows.figures_of(row)));
            rows = Rows::from_map(&kept.collect());
        }
        let mut previous = Vec::new();
        if plan.request.compare.is_some() {
            // The other period has its figures whether or not its own row would be shown.
            let compared = self.compared(&sides, run, whole)?;
            previous.resize_with(plan.kpi.measures.len(), || Figures::Exact(Vec::new()));
            for row in 0..rows.len() {
                let key = rows.key(row);
                let missing = || self.missing_previous(key.group.bucket, whole);
                let figures = compared.get(&key).cloned().unwrap_or_else(missing);
                previous.iter_mut().zip(figures).for_each(|(column, figure)| column.push(figure));
            }
        }
        let dim = |(d, dimension): (usize, &Dimension)| {
            (dimension.clone(), sides.iter().find_map(|side| side.dims[d].clone()))
        };
        let dims = run.dims.iter().enumerate().map(dim).collect();
        answer.blocks.push(Block { rows, previous, dims, kind: run.kind });
        Ok(())
    }

    fn note(&self, output: &Output, run: &Run, answer: &mut Answer) {
        // Totals read the same rows again, as do the others of rows that may have several values.
        if run.kind != Kind::Totals && run.others.is_none() {
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
        let zero =
            |m: &MeasureDef| (m.kind.is_zero_when_empty() && !self.is_absent(m)).then(|| Exact::whole(0));
        self.plan.kpi.measures.iter().map(zero).collect()
    }

    /// Whether there is no such measure of what rows are cut into.
    fn is_absent(&self, measure: &MeasureDef) -> bool {
        measure.of_whole_rows && self.plan.facts.iter().any(|f| f.parts.is_some())
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
        let mut rows = output.rows.into_map();
        if fill {
            self.fill(&mut rows, 0..extended.len() as u32);
        }
        let adds_up = self.plan.kpi.measures.iter().map(|m| m.kind.adds_up() && !self.is_absent(m));
        let mut sums: BTreeMap<Vec<u32>, Vec<Option<Exact>>> = BTreeMap::new();
        let mut summed = BTreeMap::new();
        for (mut key, measures) in rows {
            let sum = sums
                .entry(key.group.codes.clone())
                .or_insert_with(|| vec![Some(Exact::whole(0)); measures.len()]);
            for ((sum, value), adds_up) in sum.iter_mut().zip(measures).zip(adds_up.clone()) {
                *sum = if adds_up {
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
            for (mut key, measures) in output.rows.into_map() {
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
        let dims = self.plan.dims.clone();
        let none: Vec<Predicate> = self.plan.facts.iter().map(|_| Predicate::all()).collect();
        let sides = self.plan.sides(&dims, &none, self.lookups)?;
        let all = Calendar { grain: Grain::All, ..self.plan.calendar };
        let whole = buckets(self.plan, all, self.plan.interval, self.as_of)?;
        let output = self.compute(&sides, &dims, all, &whole, false)?;
        let shown: Vec<Option<Dim>> =
            (0..dims.len()).map(|d| sides.iter().find_map(|side| side.dims[d].clone())).collect();
        // A group in several currencies has the rank of its largest figure.
        let mut best: BTreeMap<Vec<u32>, Option<Exact>> = BTreeMap::new();
        for row in 0..output.rows.len() {
            let codes: Vec<u32> = ranked.iter().map(|&d| output.rows.codes[d][row]).collect();
            let figure = best.entry(codes).or_default();
            *figure = (*figure).max(output.rows.figures[0].get(row));
        }
        let mut groups: Vec<(Vec<u32>, Option<Exact>, Vec<Order>)> = Vec::new();
        for (codes, figure) in best {
            let dims = ranked.iter().zip(&codes);
            let order = dims.map(|(&d, &code)| Ok(self.value(shown[d].as_ref(), code, 2)?.1));
            let order = order.collect::<Result<_, QueryError>>()?;
            groups.push((codes, figure, order));
        }
        groups.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.2.cmp(&b.2)));
        Ok(groups.into_iter().take(count).map(|g| g.0).collect())
    }

    /// What keeps the rows with some other value than the chosen ones, where rows may have several.
    fn others(&self, ranked: &[usize], kept: &[Vec<u32>]) -> Result<Option<Others>, QueryError> {
        let none: Vec<Predicate> = self.plan.facts.iter().map(|_| Predicate::all()).collect();
        let sides = self.plan.sides(&self.plan.dims, &none, self.lookups)?;
        let dims: Vec<Dim> = ranked.iter().filter_map(|&d| sides[0].dims[d].clone()).collect();
        if !dims.iter().any(Dim::is_many_valued) {
            return Ok(None);
        }
        if dims.iter().any(|d| matches!(d.source, Source::Rows(RowCodes::Age, _))) {
            return Err(QueryError::usage("--top", "ranks ages apart from tags: leave one of them out"));
        }
        Ok(Some(Others { dims, kept: kept.iter().cloned().collect() }))
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

    /// The value of a code, and how it is sorted; `digits` are those of its currency.
    pub(super) fn value(
        &self,
        dim: Option<&Dim>,
        code: u32,
        digits: u32,
    ) -> Result<(Value, Order), QueryError> {
        let Some(dim) = dim.filter(|_| code > 0) else { return Ok((Value::Null, Order::Missing)) };
        let at = code as usize - 1;
        let text = |text: Option<String>| match text {
            Some(text) => (Value::Text(text.clone()), Order::Text(text)),
            None => (Value::Null, Order::Missing),
        };
        let number = |n: i64| (Value::Integer(n), Order::Number(n));
        let by_code = |value: Option<Value>| {
            value.map_or((Value::Null, Order::Missing), |value| (value, Order::Number(i64::from(code))))
        };
        Ok(match &dim.render {
            Render::Category(table, column) => {
                let dictionary = self.lookups.dictionary(table, column).map_err(KpiError::from)?;
                text(dictionary.map(|d| d.text(code).trim().to_string()))
            }
            Render::Key(table) => text(self.lookups.key(table, code - 1).map_err(KpiError::from)?),
            Render::Month(base) => {
                let day = civil::month_start(*base + code as i32);
                (Value::Date(day), Order::Number(i64::from(day)))
            }
            Render::Number(shift) => number(i64::from(code) + shift),
            Render::Text(texts) => text(texts.get(at).cloned()),
            Render::Integer(values) => values.get(at).map_or((Value::Null, Order::Missing), |&n| number(n)),
            Render::Money(values) => {
                by_code(values.get(at).map(|&n| Value::Money(format_units(i128::from(n), digits))))
            }
            Render::Range(ranges) => by_code(ranges.get(at).map(|r| Value::Text((*r).to_owned()))),
        })
    }

    /// Counts the rows of the interval that lie behind an as_of that was asked for.
    fn exclude_later(&self, answer: &mut Answer) -> Result<(), QueryError> {
        let plan = self.plan;
        if plan.request.as_of.is_none() || plan.kpi.is_stock || plan.kpi.end.is_some() {
            return Ok(());
        }
        let end = if plan.request.to.is_some() { plan.interval.end } else { Day::MAX / 2 };
        let clocks = (plan.kpi.starts)(&plan.options);
        if plan.facts.iter().any(|f| f.actor == Link::Nobody) {
            // Rows that are not scanned are counted where they are placed in time.
            return Ok(());
        }
        let dates = Dates { lookups: self.lookups, zones: &plan.zones };
        for (side, (_, column)) in plan.sides(&[], &[], self.lookups)?.iter().zip(clocks) {
            let last = dates.of((side.fact.table, column)).map_err(KpiError::from)?;
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
        let Some(as_of) = self.plan.as_of else { return Ok(()) };
        let usual = usual_end_far_from(self.lookups, self.plan.kpi.model, as_of)?;
        if let Some(usual) = usual {
            answer.warnings.insert(format!(
                "as_of {} lies more than 31 days past {}, by which 99.9 % of the facts lie: a date may be mistyped; --as-of sets another",
                format_day(self.as_of),
                format_day(usual)
            ));
        }
        Ok(())
    }
}
