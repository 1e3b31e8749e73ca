//! The words in which a rule is declared.

use super::scope::{Finding, Scope};
use crate::kpi::registry::Column;
use crate::model::{Model, SCHEMA};
use crate::store::StoreError;

/// What a broken rule means for the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The rows contradict each other: a figure that reads them is wrong, or two figures disagree.
    Error,
    /// The rows are allowed, but a figure leaves them out or rests on an assumption.
    Notice,
}

impl Severity {
    /// The word for it in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Notice => "notice",
        }
    }
}

/// What a rule finds, a finding for each table or column that it looks at.
pub type Found = Result<Vec<Finding>, StoreError>;

/// A rule about the rows.
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// The model it is about; none: every table of both.
    pub model: Option<Model>,
    /// What a broken rule means.
    pub severity: Severity,
    /// What is wrong with a faulty row.
    pub says: &'static str,
    /// The columns without which it cannot be checked. Those of the table looked at are shown with a
    /// faulty row.
    pub needs: &'static [Column],
    /// The KPIs that read what is faulty; empty: those that need the column that a finding names.
    pub kpis: &'static [&'static str],
    /// Looks for faulty rows.
    pub find: fn(&Scope<'_, '_>) -> Found,
}

impl Rule {
    /// A rule whose faulty rows make a figure wrong.
    pub const fn error(
        name: &'static str,
        model: Option<Model>,
        says: &'static str,
        find: fn(&Scope<'_, '_>) -> Found,
    ) -> Self {
        Rule { name, model, severity: Severity::Error, says, needs: &[], kpis: &[], find }
    }

    /// A rule whose faulty rows are worth knowing of.
    pub const fn notice(
        name: &'static str,
        model: Option<Model>,
        says: &'static str,
        find: fn(&Scope<'_, '_>) -> Found,
    ) -> Self {
        Rule { severity: Severity::Notice, ..Self::error(name, model, says, find) }
    }

    /// With the columns that it cannot do without.
    pub const fn needs(mut self, needs: &'static [Column]) -> Self {
        self.needs = needs;
        self
    }

    /// With the KPIs that it touches.
    pub const fn kpis(mut self, kpis: &'static [&'static str]) -> Self {
        self.kpis = kpis;
        self
    }

    /// The first table that it needs: the one whose rows it looks at.
    ///
    /// # Panics
    /// When it needs nothing: a mistake in the declaration.
    pub fn table(&self) -> &'static str {
        self.needs.first().expect("the rule declares what it needs").0
    }

    /// The columns of a table that it needs, in order, but for the key, which tells the row anyway.
    pub fn columns(&self, table: &str) -> Vec<&'static str> {
        let def = SCHEMA.get(SCHEMA.id(table));
        let columns = self.needs.iter().filter(|(t, _)| *t == table).map(|(_, column)| *column);
        columns.filter(|column| def.key() != def.position(column)).collect()
    }
}
