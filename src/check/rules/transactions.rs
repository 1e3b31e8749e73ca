//! Are account transactions billed once, and then no longer open?

use crate::check::cells::entity;
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::kpi::lookup::reference_at;
use crate::store::{NULL_ID, StoreError};

const BILLED_IN: &[&str] = &["payment_demand_allowances", "payment_demand_charges"];

/// The demand in which each account transaction is billed, by id.
fn demands(scope: &Scope<'_, '_>) -> Result<Vec<u32>, StoreError> {
    let mut demands = vec![NULL_ID; scope.data.lookups.ids_of("account_transactions")];
    for table in BILLED_IN {
        for part in scope.data.parts(table)? {
            let (transactions, in_demand) =
                (part.references("AccountTransactionId")?, part.references("PaymentDemandId")?);
            for row in part.rows() {
                if let Some(demand) = demands.get_mut(transactions.get(row) as usize) {
                    *demand = in_demand.get(row);
                }
            }
        }
    }
    Ok(demands)
}

/// A transaction that a demand bills is not open any more.
pub fn billed_and_open(scope: &Scope<'_, '_>) -> Found {
    let demands = demands(scope)?;
    let demands = demands.as_slice();
    scope.judge_showing(
        |part| {
            let ids = part.ids();
            Ok(move |row| Verdict::of(reference_at(demands, ids.of(row)) != NULL_ID))
        },
        |part, row| {
            let demand = reference_at(demands, part.ids().of(row));
            Ok(vec![("PaymentDemandId", entity(scope.data, "payment_demands", demand)?)])
        },
    )
}
