//! Do billing events have the sign of what they are?

use super::same_row::is;
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};

/// What charges a user, in lower case.
const CHARGES: &[&str] = &["subscription", "renewal", "upgrade", "add-on", "payment"];

/// A charge is not negative.
pub fn negative_charge(scope: &Scope<'_, '_>) -> Found {
    let charges = scope.data.spells(("billing_events", "event_type"), CHARGES)?;
    scope.judge(|part| {
        let (types, amounts) = (part.codes("event_type")?, part.numbers("amount")?);
        let charges = &charges;
        Ok(move |row| {
            let amount = amounts.get(row);
            let looked = is(charges, types.get(row)) && amount != crate::store::NULL_NUMBER;
            Verdict::when(looked, || amount < 0)
        })
    })
}
