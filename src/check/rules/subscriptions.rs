//! Can a subscription's period be placed in time, and valued?

use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::kpi::billing::terms::{Cancelled, Monthly};
use crate::kpi::lookup::number_at;
use crate::query::result::Value;
use crate::store::NULL_NUMBER;

/// A row has a day from which it is in force.
pub fn without_start(scope: &Scope<'_, '_>) -> Found {
    super::same_row::missing_number(scope, scope.rule.needs)
}

/// A cancelled row has a reason.
pub fn cancelled_without_reason(scope: &Scope<'_, '_>) -> Found {
    let cancelled = &Cancelled::new(&scope.data.lookups)?;
    scope.judge(|part| {
        let (reasons, ids) = (part.codes("CancellationReason")?, part.ids());
        Ok(move |row| Verdict::when(cancelled.is(ids.of(row)), || reasons.get(row) == 0))
    })
}

/// A cancelled row has the date on which that takes effect.
pub fn cancelled_without_date(scope: &Scope<'_, '_>) -> Found {
    let cancelled = &Cancelled::new(&scope.data.lookups)?;
    scope.judge(|part| {
        let ids = part.ids();
        Ok(move |row| {
            let id = ids.of(row);
            Verdict::when(cancelled.is(id), || cancelled.effect(id).is_none())
        })
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
    let cancelled = &Cancelled::new(&scope.data.lookups)?;
    scope.judge(|part| {
        let (ends, ids) = (part.numbers("EndDate")?, part.ids());
        Ok(move |row| {
            let effect = cancelled.effect(ids.of(row)).unwrap_or(NULL_NUMBER);
            Verdict::both(effect, ends.get(row), |effect, end| effect > end)
        })
    })
}

/// The package of a row says how often it is billed.
pub fn unknown_frequency(scope: &Scope<'_, '_>) -> Found {
    let monthly = &Monthly::new(&scope.data.lookups)?;
    let frequencies = scope.data.lookups.numbers("subscription_packages", "BillingFrequencyId")?;
    scope.judge_showing(
        |part| {
            let ids = part.ids();
            Ok(move |row| Verdict::of(monthly.months(ids.of(row)).is_none()))
        },
        |part, row| {
            let found = number_at(&frequencies, part.references("SubscriptionPackageId")?.get(row));
            let shown = if found == NULL_NUMBER { Value::Null } else { Value::Integer(found) };
            Ok(vec![("BillingFrequencyId", shown)])
        },
    )
}
