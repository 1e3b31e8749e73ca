//! Can a subscription's period be placed in time, and valued?

use crate::check::part::Part;
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::kpi::lookup::number_at;
use crate::query::result::Value;
use crate::store::{NULL_ID, NULL_NUMBER, Numbers, StoreError};

/// Frequencies are 1000 + months.
const FREQUENCY_BASE: i64 = 1_000;

/// When the rows of a file are cancelled: the flag decides, and without one a date does.
pub struct Cancelled<'a> {
    flag: Numbers<'a>,
    date: Numbers<'a>,
}

impl<'a> Cancelled<'a> {
    /// Reads the columns of a file.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn read(part: &Part<'a>) -> Result<Self, StoreError> {
        Ok(Cancelled { flag: part.numbers("IsCancelled")?, date: part.numbers("CancellationDate")? })
    }

    /// Whether a row is cancelled.
    pub fn is(&self, row: usize) -> bool {
        match self.flag.get(row) {
            NULL_NUMBER => self.date.get(row) != NULL_NUMBER,
            flag => flag == 1,
        }
    }

    /// The day on which a row's cancellation takes effect; missing without one.
    pub fn effect(&self, row: usize) -> i64 {
        if self.is(row) { self.date.get(row) } else { NULL_NUMBER }
    }
}

/// Up to when the rows of a file are in force.
pub struct Ends<'a> {
    end: Numbers<'a>,
    cancelled: Cancelled<'a>,
}

impl<'a> Ends<'a> {
    /// Reads the columns of a file.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn read(part: &Part<'a>) -> Result<Self, StoreError> {
        Ok(Ends { end: part.numbers("EndDate")?, cancelled: Cancelled::read(part)? })
    }

    /// The first day on which a row is not in force any more; `i64::MAX` when there is none.
    pub fn of(&self, row: usize) -> i64 {
        let days = [self.end.get(row), self.cancelled.effect(row)];
        days.into_iter().filter(|&day| day != NULL_NUMBER).min().unwrap_or(i64::MAX)
    }
}

/// A row has a day from which it is in force.
pub fn without_start(scope: &Scope<'_, '_>) -> Found {
    super::same_row::missing_number(scope, scope.rule.needs)
}

/// A cancelled row has a reason.
pub fn cancelled_without_reason(scope: &Scope<'_, '_>) -> Found {
    scope.judge(|part| {
        let (cancelled, reasons) = (Cancelled::read(part)?, part.codes("CancellationReason")?);
        Ok(move |row| Verdict::when(cancelled.is(row), || reasons.get(row) == 0))
    })
}

/// A cancelled row has the date on which that takes effect.
pub fn cancelled_without_date(scope: &Scope<'_, '_>) -> Found {
    scope.judge(|part| {
        let cancelled = Cancelled::read(part)?;
        Ok(move |row| Verdict::when(cancelled.is(row), || cancelled.effect(row) == NULL_NUMBER))
    })
}

/// A row that is said not to be cancelled has no cancellation date.
pub fn date_without_cancellation(scope: &Scope<'_, '_>) -> Found {
    scope.judge(|part| {
        let (flags, dates) = (part.numbers("IsCancelled")?, part.numbers("CancellationDate")?);
        Ok(move |row| Verdict::when(flags.get(row) == 0, || dates.get(row) != NULL_NUMBER))
    })
}

/// A cancellation takes effect while the row runs, or on the day it ends.
pub fn cancelled_after_end(scope: &Scope<'_, '_>) -> Found {
    scope.judge(|part| {
        let (ends, cancelled) = (part.numbers("EndDate")?, Cancelled::read(part)?);
        Ok(move |row| Verdict::both(cancelled.effect(row), ends.get(row), |effect, end| effect > end))
    })
}

/// The package of a row says how often it is billed.
pub fn unknown_frequency(scope: &Scope<'_, '_>) -> Found {
    let frequencies = scope.data.lookups.numbers("subscription_packages", "BillingFrequencyId")?;
    let frequency = |package: u32| {
        let value = number_at(&frequencies, package);
        (package != NULL_ID && value != NULL_NUMBER).then_some(value)
    };
    scope.judge_showing(
        |part| {
            let packages = part.references("SubscriptionPackageId")?;
            Ok(move |row| Verdict::of(frequency(packages.get(row)).is_none_or(|f| f <= FREQUENCY_BASE)))
        },
        |part, row| {
            let found = frequency(part.references("SubscriptionPackageId")?.get(row));
            Ok(vec![("BillingFrequencyId", found.map_or(Value::Null, Value::Integer))])
        },
    )
}
