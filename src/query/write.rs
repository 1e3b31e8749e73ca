//! How is the answer written? Columns, rows in order, figures as the contract has them.
//!
//! Invariant: nothing is computed here but the last rounding of a figure.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::QueryError;
use super::cells::{Amount, Cells};
use super::execute::{Answer, Block, Executor, Kind, OTHER};
use super::order::position;
use super::period::Grain;
use super::plan::Place;
use super::result::{Excluded, Parameters, QueryResult, ResultColumn, Role, Value, ValueType};
use crate::kpi::Exact;
use crate::kpi::billing::Zones;
use crate::kpi::dims::{Attribute, DimensionDef, Render};
use crate::kpi::registry::{ExtraType, MeasureDef, MeasureKind};
use crate::kpi::rows::Figures;
use crate::kpi::scan::facts::Parts;
use crate::model::decimal::{divide_half_even, format_scaled};
use crate::model::{DECIMAL_DIGITS, DECIMAL_ONE, Day, ENGINE, currency};

impl Executor<'_, '_> {
    pub(super) fn result(&self, answer: Answer) -> Result<QueryResult, QueryError> {
        let plan = self.plan;
        let kpi = plan.kpi;
        let with_period = plan.calendar.grain != Grain::All;
        let mut columns = Vec::new();
        if with_period {
            columns.push(ResultColumn::period());
        }
        columns.extend(plan.places.iter().map(|place| match *place {
            Place::Dim(at) => {
                let dim = &plan.dims[at];
                ResultColumn::dimension(dim.name.clone(), dimension_type(dim.def))
            }
            Place::Extra(at) => {
                let (name, ty) = kpi.extra[at];
                ResultColumn::dimension(
                    name,
                    if ty == ExtraType::Date { ValueType::Date } else { ValueType::Integer },
                )
            }
        }));
        columns.extend(kpi.measures.iter().map(|m| self.measure_column(m)));
        if plan.request.compare.is_some() {
            for measure in kpi.measures {
                for suffix in ["previous", "change"] {
                    let column = self.measure_column(measure);
                    columns.push(ResultColumn { name: format!("{}_{suffix}", measure.name), ..column });
                }
            }
        }
        let kinds: Vec<MeasureKind> = kpi
            .measures
            .iter()
            .map(|m| {
                if answer.undivided && m.kind == MeasureKind::MoneyShare {
                    MeasureKind::MoneyAt
                } else {
                    m.kind
                }
            })
            .collect();
        let order = self.order(&answer.blocks)?;
        let mut totals = Vec::new();
        if answer.blocks.iter().any(|block| block.kind == Kind::Totals) {
            let is_total = |block: &Block| vec![block.kind == Kind::Totals; block.rows.len()];
            let is_total: Vec<bool> = answer.blocks.iter().flat_map(is_total).collect();
            let at = |row: usize| order.as_ref().map_or(row, |order| order[row]);
            totals.extend((0..is_total.len()).filter(|&row| is_total[at(row)]));
        }
        let mut parts: Vec<Vec<Cells>> = columns.iter().map(|_| Vec::new()).collect();
        for block in answer.blocks {
            let written = self.write_block(block, with_period, &kinds)?;
            parts.iter_mut().zip(written).for_each(|(parts, cells)| parts.push(cells));
        }
        let cells = parts.into_iter().map(|parts| match &order {
            Some(order) => Cells::concat(parts).in_order(order),
            None => Cells::concat(parts),
        });
        let cells = cells.collect();
        // An order with lines of several products is one order of each.
        let is_cut_unevenly = plan.facts.iter().any(|f| f.parts == Some(Parts::OrderLines));
        let incomplete =
            self.buckets.iter().filter(|b| b.is_incomplete(self.as_of)).map(|b| b.label).collect();
        Ok(QueryResult {
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
            cells,
            totals,
            additive: kpi.is_additive() && !answer.overlaps && !is_cut_unevenly,
            proxy: kpi.is_proxy,
            excluded: answer.excluded.into_iter().map(|(reason, rows)| Excluded { reason, rows }).collect(),
            incomplete,
            warnings: answer.warnings.into_iter().collect(),
        })
    }

    fn measure_column(&self, measure: &MeasureDef) -> ResultColumn {
        let ty = match measure.kind {
            MeasureKind::Count | MeasureKind::CountAt | MeasureKind::Distinct | MeasureKind::Sum => {
                ValueType::Integer
            }
            MeasureKind::SumNumber | MeasureKind::Number | MeasureKind::DailyMean | MeasureKind::Rate => {
                ValueType::Number
            }
            _ => ValueType::Money,
        };
        let converted = self.plan.request.conversion.as_ref().filter(|_| measure.kind.is_money());
        let unit = match converted {
            Some(conversion) => Some(conversion.target.clone()),
            None => Some(measure.unit).filter(|u| !u.is_empty()).map(Into::into),
        };
        let percent = measure.kind == MeasureKind::Rate;
        ResultColumn { name: measure.name.into(), ty, unit, role: Role::Measure, percent }
    }

    /// The columns of a block's rows.
    fn write_block(
        &self,
        mut block: Block,
        with_period: bool,
        kinds: &[MeasureKind],
    ) -> Result<Vec<Cells>, QueryError> {
        let plan = self.plan;
        let digits = self.digits(&block)?;
        let mut columns = Vec::new();
        if with_period {
            let labels = block.rows.buckets.iter().map(|&bucket| self.buckets[bucket as usize].label);
            columns.push(Cells::Days(labels.collect()));
        }
        for place in &plan.places {
            columns.push(match *place {
                Place::Dim(at) => self.write_dimension(&mut block, &plan.dims[at].name, &digits)?,
                Place::Extra(at) => write_extra(&block, at, plan.kpi.extra[at].1),
            });
        }
        let mut figures = std::mem::take(&mut block.rows.figures);
        let len = block.rows.len();
        // A block without rows has no figures, whatever the measures.
        figures.resize_with(kinds.len(), || Figures::Exact(vec![None; len]));
        let mut compared = Vec::new();
        for ((before, now), &kind) in block.previous.iter().zip(&figures).zip(kinds) {
            let values: Vec<Value> =
                (0..len).map(|row| change(now.get(row), before.get(row), kind, digits.of(row))).collect();
            compared.push(write_figures(before.clone(), kind, &digits));
            compared.push(Cells::Values(values));
        }
        columns.extend(
            figures.into_iter().zip(kinds).map(|(figures, &kind)| write_figures(figures, kind, &digits)),
        );
        columns.extend(compared);
        Ok(columns)
    }

    /// How many decimals the amounts of a block's rows have at least.
    fn digits(&self, block: &Block) -> Result<Digits, QueryError> {
        if let Some(conversion) = &self.plan.request.conversion {
            return Ok(Digits::All(currency::digits(&conversion.target)));
        }
        let Some((d, dim)) = position(block, "currency") else { return Ok(Digits::All(2)) };
        let codes = block.rows.codes.get(d).map_or(&[][..], Vec::as_slice);
        let mut by_code: Vec<Option<u32>> =
            vec![None; codes.iter().max().map_or(0, |&code| code as usize + 1)];
        for &code in codes {
            let digits = &mut by_code[code as usize];
            if digits.is_none() {
                *digits = Some(match self.value(dim, code, 2)?.0 {
                    Value::Text(code) => currency::digits(&code),
                    _ => 2,
                });
            }
        }
        let mut found: Vec<u32> = by_code.iter().flatten().copied().collect();
        found.dedup();
        Ok(match found.as_slice() {
            [one] => Digits::All(*one),
            _ => Digits::Each(codes.iter().filter_map(|&code| by_code[code as usize]).collect()),
        })
    }

    fn write_dimension(&self, block: &mut Block, name: &str, digits: &Digits) -> Result<Cells, QueryError> {
        let len = block.rows.len();
        let Some((d, dim)) = position(block, name) else {
            let is_other = block.kind == Kind::Other;
            return Ok(vec![if is_other { Value::Text(OTHER.into()) } else { Value::Null }; len].into());
        };
        let dim = dim.cloned();
        let codes = block.rows.codes.get_mut(d).map(std::mem::take).unwrap_or_default();
        if let Some(Render::Text(texts)) = dim.as_ref().map(|dim| &dim.render) {
            return Ok(Cells::Texts(codes, texts.clone()));
        }
        let mut known: HashMap<(u32, u32), Value> = HashMap::new();
        let mut values = Vec::with_capacity(len);
        for (row, &code) in codes.iter().enumerate() {
            let key = (code, digits.of(row));
            if let Entry::Vacant(entry) = known.entry(key) {
                entry.insert(self.value(dim.as_ref(), code, key.1)?.0);
            }
            values.push(known[&key].clone());
        }
        Ok(values.into())
    }

    fn parameters(&self) -> Parameters {
        let plan = self.plan;
        let request = &plan.request;
        let mut more = Vec::new();
        let mut put = |name: &str, value: Value| more.push((name.to_string(), value));
        if !request.users.is_empty() {
            put("users", Value::Text(request.users.join(" and ")));
        }
        for (name, values) in [("tag", &request.tags), ("group", &request.groups)] {
            if !values.is_empty() {
                put(name, Value::Text(values.join(" and ")));
            }
        }
        if let Some(conversion) = &request.conversion {
            put("convert", Value::Text(conversion.target.clone()));
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
            tz: match &plan.zones {
                Zones::One(zone) => zone.name().into(),
                Zones::Organizations => Zones::ORGANIZATION.into(),
            },
            week_start: plan.calendar.week_start.name().into(),
            by: plan.places[..request.by.len()]
                .iter()
                .map(|place| match *place {
                    Place::Dim(at) => plan.dims[at].name.clone().into_owned(),
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
    match def.attribute {
        Attribute::Month(_) => ValueType::Date,
        Attribute::Weekday | Attribute::Hour | Attribute::Integer(_) => ValueType::Integer,
        Attribute::Money(_) => ValueType::Money,
        _ => ValueType::Text,
    }
}

fn write_extra(block: &Block, at: usize, ty: ExtraType) -> Cells {
    let Some(values) = block.rows.extra.get(at) else { return vec![Value::Null; block.rows.len()].into() };
    let value = |value: &Option<i64>| match (value, ty) {
        (None, _) => Value::Null,
        (Some(day), ExtraType::Date) => Value::Date(*day as Day),
        (Some(n), ExtraType::Integer) => Value::Integer(*n),
    };
    let all = || values.iter().copied();
    let found = match ty {
        ExtraType::Date => all().map(|day| day.map(|day| day as Day)).collect::<Option<_>>().map(Cells::Days),
        ExtraType::Integer => all().collect::<Option<_>>().map(Cells::Integers),
    };
    found.unwrap_or_else(|| values.iter().map(value).collect::<Vec<_>>().into())
}

/// The least number of decimals of the amounts of rows.
enum Digits {
    All(u32),
    Each(Vec<u32>),
}

impl Digits {
    fn of(&self, row: usize) -> u32 {
        match self {
            Digits::All(digits) => *digits,
            Digits::Each(digits) => digits[row],
        }
    }
}

fn change(now: Option<Exact>, before: Option<Exact>, kind: MeasureKind, digits: u32) -> Value {
    match now.zip(before) {
        None => Value::Null,
        Some((now, before)) => match now.minus(before) {
            Some(change) => write_figure(change, kind, digits),
            None if kind.is_money() => Value::Null,
            None => Value::Number(now.nearest_difference(before)),
        },
    }
}

fn write_figures(figures: Figures, kind: MeasureKind, digits: &Digits) -> Cells {
    let is_whole = kind.is_whole();
    match figures {
        Figures::Whole(numbers) if is_whole => Cells::Integers(numbers),
        Figures::Whole(numbers) if !kind.is_money() => {
            Cells::Numbers(numbers.into_iter().map(|n| Exact::whole(i128::from(n)).nearest()).collect())
        }
        Figures::Ratios(numerators, denominators) if !is_whole && !kind.is_money() => {
            let numbers = numerators.into_iter().zip(denominators);
            Cells::Numbers(numbers.map(|(n, d)| nearest_ratio(n, d)).collect())
        }
        figures if kind.is_money() => {
            if let Some(amounts) = whole_amounts(&figures, kind, digits) {
                return Cells::Amounts(amounts);
            }
            let amount = |row: usize| write_amount(&figures, row, kind, digits.of(row));
            match (0..figures.len()).map(amount).collect() {
                Some(amounts) => Cells::Amounts(amounts),
                None => write_values(&figures, kind, digits),
            }
        }
        figures => write_values(&figures, kind, digits),
    }
}

fn write_values(figures: &Figures, kind: MeasureKind, digits: &Digits) -> Cells {
    let value = |row: usize| figures.get(row).map_or(Value::Null, |f| write_figure(f, kind, digits.of(row)));
    (0..figures.len()).map(value).collect::<Vec<_>>().into()
}

/// The nearest double to a quotient; no number over 0.
fn nearest_ratio(numerator: i64, denominator: i64) -> f64 {
    const SAFE: u64 = 1 << 53;
    if denominator == 0 {
        return f64::NAN;
    }
    if numerator.unsigned_abs() <= SAFE && denominator.unsigned_abs() <= SAFE {
        // Both are exact, so that the division rounds once.
        return numerator as f64 / denominator as f64;
    }
    Exact::ratio(i128::from(numerator), i128::from(denominator)).map_or(f64::NAN, Exact::nearest)
}

/// Amounts that are sums of such; nothing when they are not.
fn whole_amounts(figures: &Figures, kind: MeasureKind, digits: &Digits) -> Option<Vec<Amount>> {
    let Figures::Ratios(units, ones) = figures else { return None };
    if is_rounded(kind) || ones.iter().any(|one| *one != DECIMAL_ONE) || units.contains(&i64::MIN) {
        return None;
    }
    let amount = |(row, &units)| Amount::narrow(units, DECIMAL_DIGITS as u8, digits.of(row) as u8);
    Some(units.iter().enumerate().map(amount).collect())
}

/// Whether figures are rounded to the decimals of their currency.
fn is_rounded(kind: MeasureKind) -> bool {
    matches!(kind, MeasureKind::MoneyShare | MeasureKind::MoneyRatio)
}

/// An amount, [`Amount::MISSING`] where there is none; nothing when it cannot be held.
fn write_amount(figures: &Figures, row: usize, kind: MeasureKind, digits: u32) -> Option<Amount> {
    let in_units = |numerator: i128, denominator: i128| {
        let step = 10i128.pow(DECIMAL_DIGITS.saturating_sub(digits));
        let one = i128::from(DECIMAL_ONE);
        let units = divide_half_even(numerator.checked_mul(one / step)?, denominator) * step;
        Amount::new(units, DECIMAL_DIGITS, digits)
    };
    let is_rounded = is_rounded(kind);
    match figures {
        Figures::Ratios(_, denominators) if denominators[row] == 0 => Some(Amount::MISSING),
        Figures::Ratios(numerators, denominators) if is_rounded => {
            in_units(i128::from(numerators[row]), i128::from(denominators[row]))
        }
        Figures::Ratios(numerators, denominators) if denominators[row] == DECIMAL_ONE => {
            Amount::new(i128::from(numerators[row]), DECIMAL_DIGITS, digits)
        }
        figures => {
            let Some(figure) = figures.get(row) else { return Some(Amount::MISSING) };
            let (units, decimals) = money_units(figure, kind, digits);
            Amount::new(units, decimals, digits)
        }
    }
}

/// An amount in units of its last decimal, and how many decimals that are.
fn money_units(figure: Exact, kind: MeasureKind, digits: u32) -> (i128, u32) {
    let rounded = || {
        let step = 10i128.pow(DECIMAL_DIGITS.saturating_sub(digits));
        (figure.rounded(i128::from(DECIMAL_ONE), step), DECIMAL_DIGITS)
    };
    match kind {
        MeasureKind::MoneyShare | MeasureKind::MoneyRatio => rounded(),
        _ => figure.decimals().unwrap_or_else(rounded),
    }
}

fn write_figure(figure: Exact, kind: MeasureKind, digits: u32) -> Value {
    if kind.is_money() {
        let (units, decimals) = money_units(figure, kind, digits);
        return Value::Money(format_scaled(units, decimals, digits));
    }
    match figure.as_whole().and_then(|n| i64::try_from(n).ok()).filter(|_| kind.is_whole()) {
        Some(n) => Value::Integer(n),
        None => Value::Number(figure.nearest()),
    }
}
