//! Can a payment be told apart, and does it reach an invoice?

use super::repeats;
use super::same_row::is;
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::store::NULL_ID;

/// A completed payment names the invoice that it pays.
pub fn without_invoice(scope: &Scope<'_, '_>) -> Found {
    let completed = scope.data.spells(("payments", "State"), &["completed"])?;
    scope.judge(|part| {
        let (states, invoices) = (part.codes("State")?, part.references("InvoiceId")?);
        let completed = &completed;
        Ok(move |row| Verdict::when(is(completed, states.get(row)), || invoices.get(row) == NULL_ID))
    })
}

/// No two completed payments have one invoice, day, amount, currency and source.
pub fn twice(scope: &Scope<'_, '_>) -> Found {
    repeats::same_with(scope, &["completed"])
}
