//! How is the answer written? Columns, rows in order, figures as the contract has them.
//!
//! Invariant: nothing is computed here but the last rounding of a figure.

use super::execute::{Answer, Executor, Row};
use super::period::Grain;
use super::plan::Place;
use super::result::{Excluded, Parameters, QueryResult, ResultColumn, Role, Value, ValueType};
use crate::kpi::Exact;
use crate::kpi::billing::Zones;
use crate::kpi::dims::{Attribute, DimensionDef};
use crate::kpi::registry::{ExtraType, MeasureDef, MeasureKind};
use crate::kpi::scan::facts::Parts;
use crate::model::decimal::{format_scaled, format_units};
use crate::model::{DECIMAL_DIGITS, DECIMAL_ONE, ENGINE, currency};

impl Executor<'_, '_> {
    pub(super) fn result(&self, answer: Answer) -> QueryResult {
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
        let mut rows = answer.rows;
        rows.sort_by(|a, b| {
            a.bucket
                .cmp(&b.bucket)
                .then(a.is_total.cmp(&b.is_total))
                .then_with(|| a.places.iter().map(|p| &p.1).cmp(b.places.iter().map(|p| &p.1)))
        });
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
        let totals = (0..rows.len()).filter(|&at| rows[at].is_total).collect();
        let rows = rows.into_iter().map(|row| self.write_row(row, with_period, &kinds)).collect();
        // An order with lines of several products is one order of each.
        let is_cut_unevenly = plan.facts.iter().any(|f| f.parts == Some(Parts::OrderLines));
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
            additive: kpi.is_additive() && !answer.overlaps && !is_cut_unevenly,
            proxy: kpi.is_proxy,
            excluded: answer.excluded.into_iter().map(|(reason, rows)| Excluded { reason, rows }).collect(),
            incomplete,
            warnings: answer.warnings.into_iter().collect(),
        }
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

    fn write_row(&self, row: Row, with_period: bool, kinds: &[MeasureKind]) -> Vec<Value> {
        let mut values = Vec::new();
        if with_period {
            values.push(Value::Date(self.buckets[row.bucket as usize].label));
        }
        values.extend(row.places.into_iter().map(|p| p.0));
        let digits = row.currency.as_deref().map_or(2, currency::digits);
        let write = |figure: Option<Exact>, kind: MeasureKind| {
            figure.map_or(Value::Null, |f| write_figure(f, kind, digits))
        };
        values.extend(row.measures.iter().zip(kinds).map(|(&m, &k)| write(m, k)));
        for ((&now, &before), &kind) in row.measures.iter().zip(&row.previous).zip(kinds) {
            values.push(write(before, kind));
            values.push(match now.zip(before) {
                None => Value::Null,
                Some((now, before)) => match now.minus(before) {
                    Some(change) => write(Some(change), kind),
                    None if kind.is_money() => Value::Null,
                    None => Value::Number(now.nearest_difference(before)),
                },
            });
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

fn write_figure(figure: Exact, kind: MeasureKind, digits: u32) -> Value {
    let rounded = || {
        let step = 10i128.pow(DECIMAL_DIGITS.saturating_sub(digits));
        Value::Money(format_units(figure.rounded(i128::from(DECIMAL_ONE), step), digits))
    };
    match kind {
        MeasureKind::Count | MeasureKind::CountAt | MeasureKind::Distinct | MeasureKind::Sum => {
            match figure.as_whole().and_then(|n| i64::try_from(n).ok()) {
                Some(n) => Value::Integer(n),
                None => Value::Number(figure.nearest()),
            }
        }
        MeasureKind::SumNumber | MeasureKind::Number | MeasureKind::DailyMean | MeasureKind::Rate => {
            Value::Number(figure.nearest())
        }
        MeasureKind::Money | MeasureKind::MoneyAt => match figure.decimals() {
            Some((units, decimals)) => Value::Money(format_scaled(units, decimals, digits)),
            None => rounded(),
        },
        MeasureKind::MoneyShare | MeasureKind::MoneyRatio => rounded(),
    }
}

/// How a value of a column is sorted: text by bytes, behind numbers, missing last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Number(i64),
    Text(String),
    Missing,
}
