//! Does the ledger agree with the balances that were shipped with it?

use crate::check::reconcile::SHIPPED;
use crate::check::rule::Found;
use crate::check::scope::{Finding, Sample, Scope};

/// The sum of a subscriber's ledger is its shipped balance, for each organization and currency.
pub fn balance(scope: &Scope<'_, '_>) -> Found {
    let table = scope.rule.table();
    let shipped = SHIPPED.iter().find(|shipped| shipped.table == table).expect("balances are shipped");
    let found = shipped.reconcile(scope.data)?;
    let sample = |line: &crate::check::reconcile::Line| Sample {
        key: None,
        values: line.cells().map(|(name, value)| (name.to_owned(), value)).collect(),
    };
    Ok(vec![Finding {
        on: table.to_owned(),
        rows: found.compared,
        faulty: found.lines(),
        samples: found.differences.iter().take(scope.data.samples_max).map(sample).collect(),
    }])
}
