//! How is a cell of a faulty row shown?

use super::data::Data;
use super::part::Part;
use crate::model::civil::format_instant;
use crate::model::decimal::format_units;
use crate::model::mask::mask;
use crate::model::{ColumnType, Day, MICROS_PER_DAY};
use crate::query::result::Value;
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

/// Decimals that an amount is shown with at least.
const MONEY_DIGITS: u32 = 2;

/// The key of a row of a table whose rows have no ids.
pub fn key(part: &Part<'_>, row: usize, column: usize) -> Result<Option<String>, StoreError> {
    let key = part.file.keys(part.table.def.columns[column].name)?.get(row);
    Ok(key.map(|key| String::from_utf8_lossy(&key).into_owned()))
}

/// An amount of money.
pub fn money(units: i128) -> Value {
    Value::Money(format_units(units, MONEY_DIGITS))
}

/// A civil day.
pub fn day(day: i64) -> Value {
    if day == NULL_NUMBER { Value::Null } else { Value::Date(day as Day) }
}

/// An instant, in UTC.
pub fn instant(micros: i64) -> Value {
    if micros == NULL_NUMBER { Value::Null } else { Value::Text(format_instant(micros)) }
}

/// The key of an entity.
pub fn entity(data: &Data<'_>, table: &'static str, id: u32) -> Result<Value, StoreError> {
    if id == NULL_ID {
        return Ok(Value::Null);
    }
    Ok(data.lookups.key(table, id)?.map_or(Value::Null, Value::Text))
}

/// The cell of a column.
pub fn cell<'a>(data: &Data<'a>, part: &Part<'a>, row: usize, name: &str) -> Result<Value, StoreError> {
    let at = part.table.def.column(name);
    let def = &part.table.def.columns[at];
    let number = || Ok(part.numbers(name)?.get(row));
    let some = |value: i64, show: &dyn Fn(i64) -> Value| {
        if value == NULL_NUMBER { Value::Null } else { show(value) }
    };
    let value = match def.ty {
        ColumnType::Key if part.table.def.has_ids() => entity(data, part.table.def.name, part.ids().of(row))?,
        ColumnType::Key => key(part, row, at)?.map_or(Value::Null, Value::Text),
        ColumnType::Reference(target) => entity(data, target, part.references(name)?.get(row))?,
        ColumnType::Category => data.category((part.table.def.name, def.name), part.codes(name)?.get(row))?,
        ColumnType::Text | ColumnType::Attributes | ColumnType::AnyReference { .. } => {
            let text = part.texts(name)?.get(row);
            text.map_or(Value::Null, |text| Value::Text(String::from_utf8_lossy(text).into_owned()))
        }
        ColumnType::Integer => some(number()?, &Value::Integer),
        ColumnType::Decimal => some(number()?, &|v| Value::Text(format_units(i128::from(v), 0))),
        ColumnType::Money => some(number()?, &|v| money(i128::from(v))),
        ColumnType::Bool => some(number()?, &|v| Value::Bool(v != 0)),
        ColumnType::Date => day(number()?),
        ColumnType::Timestamp => instant(number()?),
        ColumnType::DateOrTimestamp if part.file.flags(name)?.get(row) => {
            some(number()?, &|v| day(v.div_euclid(MICROS_PER_DAY)))
        }
        ColumnType::DateOrTimestamp => instant(number()?),
    };
    Ok(match value {
        Value::Text(text) if def.pii && !data.show_pii => Value::Text(mask(&text)),
        value => value,
    })
}
