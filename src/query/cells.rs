//! The values of a column of an answer, as compactly as they come.
//!
//! Invariant: what a value is does not depend on how it is kept.

use std::sync::Arc;

use super::result::Value;
use crate::model::Day;
use crate::model::decimal::format_scaled;

/// The values of a column, one per row.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Civil days.
    Days(Vec<Day>),
    /// Texts: the position of each row's from 1; 0 where it is missing.
    Texts(Vec<u32>, Arc<Vec<String>>),
    /// Whole numbers.
    Integers(Vec<i64>),
    /// Numbers; missing where they are none.
    Numbers(Vec<f64>),
    /// Amounts, of which some may be [`Amount::MISSING`].
    Amounts(Vec<Amount>),
    /// Any values.
    Values(Vec<Value>),
}

/// The units of an amount that is missing.
const NO_AMOUNT: i64 = i64::MIN;

/// An exact amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// So many times 1 in the last decimal.
    units: i64,
    /// How many decimals that are.
    decimals: u8,
    /// How many are shown at least.
    digits: u8,
}

impl Amount {
    /// A missing one.
    pub const MISSING: Amount = Amount { units: NO_AMOUNT, decimals: 0, digits: 0 };

    /// So many units, each 1 in the last of some decimals, of which so many are shown at least; none when
    /// it cannot be held.
    pub fn new(units: i128, decimals: u32, digits: u32) -> Option<Self> {
        let units = i64::try_from(units).ok().filter(|units| *units != NO_AMOUNT)?;
        Some(Amount { units, decimals: decimals.try_into().ok()?, digits: digits.try_into().ok()? })
    }

    /// As [`Self::new`], of units above the least number there is.
    pub fn narrow(units: i64, decimals: u8, digits: u8) -> Self {
        Amount { units, decimals, digits }
    }

    fn value(self) -> Value {
        match self.units {
            NO_AMOUNT => Value::Null,
            units => {
                let (decimals, digits) = (u32::from(self.decimals), u32::from(self.digits));
                Value::Money(format_scaled(i128::from(units), decimals, digits))
            }
        }
    }
}

impl Cells {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Cells::Days(days) => days.len(),
            Cells::Texts(codes, _) => codes.len(),
            Cells::Integers(numbers) => numbers.len(),
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Amounts(amounts) => amounts.len(),
            Cells::Values(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row.
    pub fn get(&self, row: usize) -> Value {
        match self {
            Cells::Days(days) => Value::Date(days[row]),
            Cells::Texts(..) => self.text(row).map_or(Value::Null, |text| Value::Text(text.to_owned())),
            Cells::Integers(numbers) => Value::Integer(numbers[row]),
            Cells::Numbers(numbers) if numbers[row].is_nan() => Value::Null,
            Cells::Numbers(numbers) => Value::Number(numbers[row]),
            Cells::Amounts(amounts) => amounts[row].value(),
            Cells::Values(values) => values[row].clone(),
        }
    }

    /// The text of a row, of a column of texts.
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Cells::Texts(codes, texts) => {
                texts.get((codes[row] as usize).wrapping_sub(1)).map(String::as_str)
            }
            Cells::Values(values) => match &values[row] {
                Value::Text(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// The rows in another order.
    pub fn in_order(self, order: &[usize]) -> Self {
        fn pick<T: Clone>(values: &[T], order: &[usize]) -> Vec<T> {
            order.iter().map(|&row| values[row].clone()).collect()
        }
        match self {
            Cells::Days(days) => Cells::Days(pick(&days, order)),
            Cells::Texts(codes, texts) => Cells::Texts(pick(&codes, order), texts),
            Cells::Integers(numbers) => Cells::Integers(pick(&numbers, order)),
            Cells::Numbers(numbers) => Cells::Numbers(pick(&numbers, order)),
            Cells::Amounts(amounts) => Cells::Amounts(pick(&amounts, order)),
            Cells::Values(values) => Cells::Values(pick(&values, order)),
        }
    }

    /// The values of several columns, one behind the other.
    pub fn concat(mut parts: Vec<Cells>) -> Self {
        if parts.len() == 1 {
            return parts.swap_remove(0);
        }
        let values = parts.iter().flat_map(|cells| (0..cells.len()).map(|row| cells.get(row)));
        Cells::Values(values.collect())
    }
}

impl PartialEq for Cells {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && (0..self.len()).all(|row| self.get(row) == other.get(row))
    }
}

impl From<Vec<Value>> for Cells {
    fn from(values: Vec<Value>) -> Self {
        Cells::Values(values)
    }
}
