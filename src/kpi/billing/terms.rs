//! When is a subscription in force, and what is it worth a month?

use std::sync::Arc;

use super::reach::reached;
use crate::kpi::error::KpiError;
use crate::kpi::lookup::{Lookups, number_at, reference_at};
use crate::model::DECIMAL_ONE;
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

const SUBSCRIPTIONS: &str = "subscriptions";

/// An open end.
pub const OPEN: i64 = i64::MAX;

/// The days on which the rows of subscriptions are in force: `start..end`, empty for a row without start.
pub struct Terms {
    /// First days.
    starts: Arc<Vec<i64>>,
    /// Days behind the last ones.
    ends: Vec<i64>,
}

impl Terms {
    /// The terms of the subscriptions of the store.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn new(lookups: &Lookups<'_>) -> Result<Self, StoreError> {
        let ends = lookups.numbers(SUBSCRIPTIONS, "EndDate")?;
        let cancelled = Cancelled::new(lookups)?;
        let end = |row: u32| {
            let end = or_open(number_at(&ends, row));
            let effect = cancelled.effect(row).unwrap_or(OPEN);
            end.min(effect)
        };
        Ok(Terms {
            starts: lookups.numbers(SUBSCRIPTIONS, "StartDate")?,
            ends: (0..ends.len() as u32).map(end).collect(),
        })
    }

    /// First day and the day behind the last one; none for a row that is never in force.
    pub fn of(&self, row: u32) -> Option<(i64, i64)> {
        let (start, end) = (number_at(&self.starts, row), number_at(&self.ends, row));
        (start != NULL_NUMBER && start < end).then_some((start, end))
    }
}

fn or_open(day: i64) -> i64 {
    if day == NULL_NUMBER { OPEN } else { day }
}

/// The cancellations that the rows of subscriptions hold themselves.
pub struct Cancelled {
    flags: Arc<Vec<i64>>,
    days: Arc<Vec<i64>>,
}

impl Cancelled {
    /// The cancellations of the store.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn new(lookups: &Lookups<'_>) -> Result<Self, StoreError> {
        Ok(Cancelled {
            flags: lookups.numbers(SUBSCRIPTIONS, "IsCancelled")?,
            days: lookups.numbers(SUBSCRIPTIONS, "CancellationDate")?,
        })
    }

    /// Whether a row is cancelled: by its flag, or where it has none, by having a date.
    pub fn is(&self, row: u32) -> bool {
        match number_at(&self.flags, row) {
            NULL_NUMBER => number_at(&self.days, row) != NULL_NUMBER,
            flag => flag == 1,
        }
    }

    /// The day on which a row's cancellation takes effect; none when it is not cancelled or ends when
    /// its term does.
    pub fn effect(&self, row: u32) -> Option<i64> {
        Some(number_at(&self.days, row)).filter(|&day| day != NULL_NUMBER && self.is(row))
    }
}

/// What one hundred percent is in the units of a discount.
const HUNDRED_PERCENT: i64 = 100 * DECIMAL_ONE;

/// What the rows of subscriptions are worth a month, before the division by the months of a period.
pub struct Monthly {
    prices: Arc<Vec<i64>>,
    units: Arc<Vec<i64>>,
    packages: Arc<Vec<u32>>,
    frequencies: Arc<Vec<i64>>,
    discounts: Arc<Vec<i64>>,
}

impl Monthly {
    /// Amounts are in units of 1/`ONE` of 0.0001.
    pub const ONE: i128 = HUNDRED_PERCENT as i128;

    /// The prices of the store.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn new(lookups: &Lookups<'_>) -> Result<Self, StoreError> {
        const PACKAGES: &str = "subscription_packages";
        Ok(Monthly {
            prices: lookups.numbers(SUBSCRIPTIONS, "Price")?,
            units: lookups.numbers(SUBSCRIPTIONS, "Units")?,
            packages: lookups.references(SUBSCRIPTIONS, "SubscriptionPackageId")?,
            frequencies: lookups.numbers(PACKAGES, "BillingFrequencyId")?,
            discounts: lookups.numbers(PACKAGES, "PermanentDiscountPercent")?,
        })
    }

    /// The months of a row's billing period; none when its frequency is unknown.
    pub fn months(&self, row: u32) -> Option<i64> {
        /// Frequencies are this and the number of months.
        const BASE: i64 = 1000;
        let frequency = number_at(&self.frequencies, reference_at(&self.packages, row));
        (frequency > BASE).then(|| frequency - BASE)
    }

    /// What a row costs in one billing period; nothing without a price.
    ///
    /// # Errors
    /// When the amount is beyond what can be held.
    pub fn amount(&self, row: u32) -> Result<i128, KpiError> {
        let price = number_at(&self.prices, row);
        if price == NULL_NUMBER {
            return Ok(0);
        }
        let or = |value: i64, default: i64| if value == NULL_NUMBER { default } else { value };
        let units = or(number_at(&self.units, row), 1);
        let discount = or(number_at(&self.discounts, reference_at(&self.packages, row)), 0);
        let full = i128::from(price).checked_mul(i128::from(units));
        full.and_then(|full| full.checked_mul(i128::from(HUNDRED_PERCENT) - i128::from(discount)))
            .ok_or_else(|| KpiError::Usage("price × units of a subscription is too large a number".into()))
    }
}

/// Whose subscription a row is: the account's, else the subscriber's.
pub struct Holders {
    accounts: Arc<Vec<u32>>,
    subscribers: Arc<Vec<u32>>,
}

/// The holder of rows without account and subscriber.
pub const NOBODY: u64 = u64::MAX;

impl Holders {
    /// The holders of the subscriptions of the store.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn new(lookups: &Lookups<'_>) -> Result<Self, StoreError> {
        Ok(Holders {
            accounts: reached(lookups, SUBSCRIPTIONS, "subscriber_accounts")?.ids.clone(),
            subscribers: reached(lookups, SUBSCRIPTIONS, "subscribers")?.ids.clone(),
        })
    }

    /// A number that only this row's holder has.
    pub fn of(&self, row: u32) -> u64 {
        match (reference_at(&self.accounts, row), reference_at(&self.subscribers, row)) {
            (NULL_ID, NULL_ID) => NOBODY,
            (NULL_ID, subscriber) => 1 << 32 | u64::from(subscriber),
            (account, _) => u64::from(account),
        }
    }

    /// The subscriber of a row.
    pub fn subscriber(&self, row: u32) -> u32 {
        reference_at(&self.subscribers, row)
    }
}
