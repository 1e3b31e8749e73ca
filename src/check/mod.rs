//! Can the figures be trusted? Rules about the rows, what each KPI has to work with, and shipped KPI
//! tables against figures computed from the rows.
//!
//! Invariant: a check changes nothing and prints nothing, and no fault ends it.

mod cells;
pub mod coverage;
mod data;
mod part;
pub mod reconcile;
pub mod registry;
pub mod rule;
mod rules;
pub mod scope;
mod stand_ins;

use rayon::prelude::*;

pub use coverage::{Coverage, Status};
pub use reconcile::Reconciled;
pub use registry::RULES;
pub use rule::{Rule, Severity};
pub use scope::{Finding, Sample};

use crate::kpi::KPIS;
use crate::model::{Day, ENGINE, Model, SCHEMA, Zone};
use crate::query::QueryError;
use crate::store::{Snapshot, StoreError};
use data::Data;
use reconcile::SHIPPED;
use scope::Scope;

/// What is asked of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The zone in which instants have days; none: UTC.
    pub tz: Option<String>,
    /// The day up to which things are taken to have happened; none: the last day with data.
    pub as_of: Option<Day>,
    /// Whether shipped KPI tables are compared.
    pub reconcile: bool,
    /// Faulty rows shown for each finding.
    pub samples_max: usize,
    /// Whether personal data is shown as it is.
    pub show_pii: bool,
}

impl Default for Request {
    fn default() -> Self {
        Request { tz: None, as_of: None, reconcile: false, samples_max: 3, show_pii: false }
    }
}

/// What came of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The store lacks what it needs.
    Unchecked(Vec<String>),
    /// What it found, in every place that it looked at.
    Checked(Vec<Finding>),
}

/// A rule with what came of it.
pub struct RuleResult {
    /// The rule.
    pub rule: &'static Rule,
    /// What came of it.
    pub outcome: Outcome,
}

impl RuleResult {
    /// The places where it is broken.
    pub fn broken(&self) -> impl Iterator<Item = &Finding> {
        let findings = match &self.outcome {
            Outcome::Checked(findings) => findings.as_slice(),
            Outcome::Unchecked(_) => &[],
        };
        findings.iter().filter(|finding| finding.faulty > 0)
    }

    /// Whether it is broken anywhere.
    pub fn is_broken(&self) -> bool {
        self.broken().next().is_some()
    }

    /// The KPIs that a finding touches.
    pub fn kpis(&self, finding: &Finding) -> Vec<&'static str> {
        if !self.rule.kpis.is_empty() {
            return self.rule.kpis.to_vec();
        }
        let needs = |(table, column): &(&str, &str)| format!("{table}.{column}") == finding.on;
        KPIS.iter().filter(|kpi| kpi.needs.iter().any(needs)).map(|kpi| kpi.name).collect()
    }
}

/// What a check found.
pub struct Checked {
    /// The content id of the snapshot that was read.
    pub snapshot: String,
    /// The program and its version.
    pub engine: &'static str,
    /// The zone.
    pub tz: String,
    /// The models that the store holds rows of, each with its as_of.
    pub models: Vec<(Model, Option<Day>)>,
    /// Every rule about these models.
    pub rules: Vec<RuleResult>,
    /// Every KPI.
    pub coverage: Vec<Coverage>,
    /// Every shipped KPI table, when asked for.
    pub reconciled: Option<Vec<Reconciled>>,
}

impl Checked {
    /// How many rules of a severity are broken.
    pub fn broken(&self, severity: Severity) -> usize {
        self.rules.iter().filter(|r| r.rule.severity == severity && r.is_broken()).count()
    }

    /// How many shipped lines differ.
    pub fn differing(&self) -> u64 {
        self.reconciled.iter().flatten().map(Reconciled::lines).sum()
    }

    /// Whether figures cannot be trusted: a rule of error severity is broken, or a shipped line differs.
    pub fn has_failed(&self) -> bool {
        self.broken(Severity::Error) > 0 || self.differing() > 0
    }
}

/// Checks a snapshot.
///
/// # Errors
/// When the zone is not known, the store holds no rows, or it cannot be read.
pub fn check(snapshot: &Snapshot, request: &Request) -> Result<Checked, QueryError> {
    let zone = match request.tz.as_deref() {
        None => Zone::utc(),
        Some(name) => Zone::parse(name).map_err(|e| QueryError::usage("--tz", e.to_string()))?,
    };
    let tz = zone.name().to_owned();
    let data = Data::new(snapshot, zone, request.as_of, request.samples_max, request.show_pii);
    let holds = |model: &Model| SCHEMA.of_model(*model).any(|(_, def)| data.table(def.name).is_some());
    let models: Vec<Model> = [Model::Platform, Model::Billing].into_iter().filter(holds).collect();
    let dated = models.iter().map(|&model| Ok((model, data.as_of(model)?)));
    let dated = dated.collect::<Result<_, StoreError>>()?;
    let about = |rule: &&'static Rule| rule.model.is_none_or(|model| models.contains(&model));
    let rules: Vec<&'static Rule> = RULES.iter().filter(about).collect();
    let rules = rules.into_par_iter().map(|rule| run(rule, &data)).collect::<Result<_, StoreError>>()?;
    let reconciled = request
        .reconcile
        .then(|| {
            SHIPPED.par_iter().map(|shipped| shipped.reconcile(&data)).collect::<Result<_, StoreError>>()
        })
        .transpose()?;
    Ok(Checked {
        snapshot: snapshot.manifest.snapshot.clone(),
        engine: ENGINE,
        tz,
        models: dated,
        rules,
        coverage: coverage::coverage(&data, &models)?,
        reconciled,
    })
}

fn run(rule: &'static Rule, data: &Data<'_>) -> Result<RuleResult, StoreError> {
    let lacks = data.lacks(rule.needs);
    let outcome = match lacks.is_empty() {
        true => Outcome::Checked((rule.find)(&Scope { data, rule })?),
        false => Outcome::Unchecked(lacks),
    };
    Ok(RuleResult { rule, outcome })
}
