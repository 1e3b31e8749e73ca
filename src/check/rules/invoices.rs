//! Do demands and payments fit their invoice?

use super::sums::{claimed_by_invoice, paid_by_invoice, smallest_amounts};
use crate::check::cells::{entity, money};
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::kpi::lookup::{code_at, reference_at};
use crate::store::{NULL_ID, NULL_NUMBER};

/// A row that refers to an invoice has its currency.
pub fn other_currency(scope: &Scope<'_, '_>) -> Found {
    let [own, invoiced] = scope.data.shared([(scope.rule.table(), "Currency"), ("invoices", "Currency")])?;
    let of_invoice = scope.data.lookups.codes("invoices", "Currency")?;
    let (own, invoiced, of_invoice) = (&own, &invoiced, &of_invoice);
    scope.judge_showing(
        |part| {
            let (invoices, codes) = (part.references("InvoiceId")?, part.codes("Currency")?);
            Ok(move |row| {
                let theirs = code_at(invoiced, code_at(of_invoice, invoices.get(row)));
                let ours = code_at(own, codes.get(row));
                Verdict::when(theirs != 0 && ours != 0, || theirs != ours)
            })
        },
        |part, row| {
            let code = code_at(of_invoice, part.references("InvoiceId")?.get(row));
            Ok(vec![("invoice Currency", scope.data.category(("invoices", "Currency"), code)?)])
        },
    )
}

/// A row that refers to an invoice is of its subscriber.
pub fn other_subscriber(scope: &Scope<'_, '_>) -> Found {
    let of_invoice = scope.data.lookups.references("invoices", "SubscriberId")?;
    let of_invoice = of_invoice.as_slice();
    scope.judge_showing(
        |part| {
            let (invoices, own) = (part.references("InvoiceId")?, part.references("SubscriberId")?);
            Ok(move |row| {
                let (theirs, ours) = (reference_at(of_invoice, invoices.get(row)), own.get(row));
                Verdict::when(theirs != NULL_ID && ours != NULL_ID, || theirs != ours)
            })
        },
        |part, row| {
            let invoice = part.references("InvoiceId")?.get(row);
            let subscriber = entity(scope.data, "subscribers", reference_at(of_invoice, invoice))?;
            Ok(vec![("invoice SubscriberId", subscriber)])
        },
    )
}

/// The amount of an invoice is what its demands claim.
pub fn amount(scope: &Scope<'_, '_>) -> Found {
    let claimed = claimed_by_invoice(scope.data, true)?;
    let claimed = &claimed;
    scope.judge_showing(
        |part| {
            let (amounts, ids) = (part.numbers("Amount")?, part.ids());
            Ok(move |row| {
                let (amount, id) = (amounts.get(row), ids.of(row));
                let looked = amount != NULL_NUMBER && claimed.rows(id) > 0;
                Verdict::when(looked, || i128::from(amount) != claimed.sum(id))
            })
        },
        |part, row| Ok(vec![("demands claim", money(claimed.sum(part.ids().of(row))))]),
    )
}

/// The completed payments of an invoice are not more than its demands claim, by the smallest amount of
/// its currency or more.
pub fn overpaid(scope: &Scope<'_, '_>) -> Found {
    let (claimed, paid) = (claimed_by_invoice(scope.data, false)?, paid_by_invoice(scope.data)?);
    let units = smallest_amounts(scope.data)?;
    let (claimed, paid) = (&claimed, &paid);
    let over = |id: u32| units.get(id as usize).is_some_and(|unit| paid.sum(id) >= claimed.sum(id) + unit);
    scope.judge_showing(
        |part| {
            let ids = part.ids();
            Ok(move |row| {
                let id = ids.of(row);
                Verdict::when(paid.rows(id) > 0, || over(id))
            })
        },
        |part, row| {
            let id = part.ids().of(row);
            Ok(vec![("demands claim", money(claimed.sum(id))), ("paid", money(paid.sum(id)))])
        },
    )
}
