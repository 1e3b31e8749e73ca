//! Do the KPI tables that were shipped with the data agree with figures computed from the rows?
//!
//! Invariant: a line is told by keys, never by names, and one that is missing on either side is 0. What is
//! compared is exact.

mod key;
mod lines;

pub use lines::{Line, Measure};

use super::data::Data;
use crate::kpi::registry::Column;
use crate::store::StoreError;

/// A shipped KPI table and the rows that it is computed from. Its lines are told by all its columns but
/// `Amount` and `Orders`.
pub struct Shipped {
    /// The shipped table; the KPI has the same name.
    pub table: &'static str,
    /// The table of the facts.
    pub facts: &'static str,
    /// When a fact counts: its day is that in the zone of its organization.
    pub time: &'static str,
    /// What it adds.
    pub amount: &'static str,
    /// The one value (in lower case) of a category that counts.
    pub only: Option<(&'static str, &'static str)>,
}

/// Every shipped KPI table.
pub const SHIPPED: &[Shipped] = &[
    Shipped {
        table: "subscriber_amounts",
        facts: "subscriber_ledgers",
        time: "LedgerDate",
        amount: "Amount",
        only: None,
    },
    Shipped { table: "order_amounts", facts: "orders", time: "CreatedDate", amount: "Value", only: None },
    Shipped {
        table: "order_completed_amounts",
        facts: "orders",
        time: "CompletedDate",
        amount: "Value",
        only: Some(("Status", "completed")),
    },
    Shipped {
        table: "daily_paid_amounts",
        facts: "payments",
        time: "PaymentDate",
        amount: "Amount",
        only: Some(("State", "completed")),
    },
];

/// A shipped KPI table, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconciled {
    /// The shipped table.
    pub table: &'static str,
    /// What it cannot be compared without and the store lacks; nothing is compared then.
    pub lacks: Vec<String>,
    /// Lines compared: those of either side.
    pub compared: u64,
    /// What differs, sorted by the key columns.
    pub differences: Vec<Line>,
}

impl Reconciled {
    /// How many lines differ.
    pub fn lines(&self) -> u64 {
        let mut lines: Vec<_> = self.differences.iter().map(|line| &line.key).collect();
        lines.dedup();
        lines.len() as u64
    }
}

impl Shipped {
    fn needs(&self) -> Vec<Column> {
        let only = self.only.map(|(column, _)| (self.facts, column));
        [(self.table, "Amount"), (self.facts, self.time), (self.facts, self.amount)]
            .into_iter()
            .chain(only)
            .collect()
    }

    /// Compares the table with the rows.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn reconcile(&self, data: &Data<'_>) -> Result<Reconciled, StoreError> {
        let lacks = data.lacks(&self.needs());
        let (compared, differences) = match lacks.is_empty() {
            true => lines::compare(self, data)?,
            false => (0, Vec::new()),
        };
        Ok(Reconciled { table: self.table, lacks, compared, differences })
    }
}
