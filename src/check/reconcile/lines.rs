//! The lines of a shipped table, and of the rows that it is computed from, added up by the same keys.

use hashbrown::HashMap;

use super::Shipped;
use super::key::{Key, KeyColumns, Side};
use crate::check::data::Data;
use crate::check::rules::same_row::is;
use crate::kpi::billing::Zones;
use crate::kpi::billing::days::days;
use crate::model::decimal::format_units;
use crate::model::{Day, SCHEMA, currency};
use crate::query::result::Value;
use crate::store::{NULL_NUMBER, StoreError};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// An amount of money.
    Amount,
    /// A number of orders.
    Orders,
}

impl Measure {
    /// The column that holds it.
    pub const fn column(self) -> &'static str {
        match self {
            Measure::Amount => "Amount",
            Measure::Orders => "Orders",
        }
    }
}

/// A figure that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The key columns with their values.
    pub key: Vec<(&'static str, Value)>,
    /// Which figure.
    pub measure: Measure,
    /// The one computed from the rows.
    pub expected: Value,
    /// The one shipped.
    pub shipped: Value,
    /// The one shipped less the one expected.
    pub difference: Value,
}

impl Line {
    /// Key columns and figures, with their names.
    pub fn cells(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let figures = [
            ("expected", self.expected.clone()),
            ("shipped", self.shipped.clone()),
            ("difference", self.difference.clone()),
        ];
        self.key.iter().cloned().chain(figures)
    }
}

/// The figures of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    amount: i128,
    orders: i128,
}

/// Both sides of the lines: what the rows say, and what was shipped.
type Lines = HashMap<Key, [Totals; 2]>;

/// Compares all lines: how many there are, and what differs.
pub(super) fn compare(shipped: &Shipped, data: &Data<'_>) -> Result<(u64, Vec<Line>), StoreError> {
    let columns = KeyColumns::read(shipped, data)?;
    let mut lines = Lines::new();
    add_facts(shipped, &columns, data, &mut lines)?;
    add_shipped(shipped, &columns, data, &mut lines)?;
    let has_orders = data.has((shipped.table, Measure::Orders.column()));
    let mut differences = Vec::new();
    for (key, [expected, found]) in &lines {
        let money = expected.amount != found.amount;
        let orders = has_orders && expected.orders != found.orders;
        if !money && !orders {
            continue;
        }
        let shown = columns.shown(key, data)?;
        let currency = shown.iter().find(|(name, _)| *name == "Currency").map(|(_, value)| value.clone());
        if money {
            let digits = match &currency {
                Some(Value::Text(code)) => currency::digits(code),
                _ => currency::digits(currency::UNKNOWN),
            };
            let value = |units| Value::Money(format_units(units, digits));
            differences.push(Line {
                key: shown.clone(),
                measure: Measure::Amount,
                expected: value(expected.amount),
                shipped: value(found.amount),
                difference: value(found.amount - expected.amount),
            });
        }
        if orders {
            let value = |count| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
            differences.push(Line {
                key: shown,
                measure: Measure::Orders,
                expected: value(expected.orders),
                shipped: value(found.orders),
                difference: value(found.orders - expected.orders),
            });
        }
    }
    differences.sort_by_cached_key(|line| {
        (line.key.iter().map(|(_, v)| sort_text(v)).collect::<Vec<_>>(), line.measure.column())
    });
    Ok((lines.len() as u64, differences))
}

/// Adds up the rows.
fn add_facts(
    shipped: &Shipped,
    columns: &KeyColumns,
    data: &Data<'_>,
    lines: &mut Lines,
) -> Result<(), StoreError> {
    let last = last_day(data);
    let days = days(&data.lookups, &Zones::Organizations, shipped.facts, shipped.time)?;
    let only =
        shipped.only.map(|(column, word)| Ok((column, data.spells((shipped.facts, column), &[word])?)));
    let only = only.transpose()?;
    for part in data.parts(shipped.facts)? {
        let reader = columns.reader(&part, Side::Facts, &days)?;
        let amounts = part.numbers(shipped.amount)?;
        let filter = only.as_ref().map(|(column, codes)| Ok((part.codes(column)?, codes))).transpose()?;
        for row in part.rows() {
            let (key, day) = reader.get(row);
            let counts = filter.as_ref().is_none_or(|(codes, wanted)| is(wanted, codes.get(row)));
            if !counts || day == NULL_NUMBER || day > last {
                continue;
            }
            let [expected, _] = lines.entry(key).or_default();
            expected.amount += present(amounts.get(row));
            expected.orders += 1;
        }
    }
    Ok(())
}

/// Adds up the shipped lines; several with one key are one.
fn add_shipped(
    shipped: &Shipped,
    columns: &KeyColumns,
    data: &Data<'_>,
    lines: &mut Lines,
) -> Result<(), StoreError> {
    let last = last_day(data);
    let has_orders = data.has((shipped.table, Measure::Orders.column()));
    // Lines without a day, such as balances, are of no day and not of a later one.
    let is_daily = SCHEMA.get(SCHEMA.id(shipped.table)).position("Date").is_some();
    let days = is_daily.then(|| data.lookups.numbers(shipped.table, "Date")).transpose()?.unwrap_or_default();
    for part in data.parts(shipped.table)? {
        let reader = columns.reader(&part, Side::Shipped, &days)?;
        let amounts = part.numbers(Measure::Amount.column())?;
        let orders = has_orders.then(|| part.numbers(Measure::Orders.column())).transpose()?;
        for row in part.rows() {
            let (key, day) = reader.get(row);
            if day != NULL_NUMBER && day > last {
                continue;
            }
            let [_, found] = lines.entry(key).or_default();
            found.amount += present(amounts.get(row));
            found.orders += orders.map_or(0, |orders| present(orders.get(row)));
        }
    }
    Ok(())
}

/// The last day compared.
fn last_day(data: &Data<'_>) -> i64 {
    i64::from(data.as_of_asked().unwrap_or(Day::MAX))
}

fn present(value: i64) -> i128 {
    if value == NULL_NUMBER { 0 } else { i128::from(value) }
}

/// Text by bytes, days in order, missing values last.
fn sort_text(value: &Value) -> (bool, String) {
    match value {
        Value::Null => (true, String::new()),
        Value::Text(text) => (false, text.clone()),
        Value::Date(day) => (false, format!("{:012}", i64::from(*day) + i64::from(u32::MAX))),
        other => (false, format!("{other:?}")),
    }
}
