//! A check for programs: the stable contract. A field per line, an item per line, in one order.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::check::coverage::Assumption;
use crate::check::reconcile::Line;
use crate::check::{
    Checked, Coverage, Finding, Outcome, RULES, Reconciled, Rule, RuleResult, Sample, Status,
};
use crate::model::civil::format_day;
use crate::query::result::Value;
use crate::report::json::{line, lines};

/// The whole check.
pub fn render(checked: &Checked) -> String {
    let as_of: Vec<(&str, Option<String>)> =
        checked.models.iter().map(|(model, day)| (model.name(), day.map(format_day))).collect();
    let rules: Vec<RuleJson<'_>> = checked.rules.iter().map(rule).collect();
    let kpis: Vec<KpiJson<'_>> = checked.coverage.iter().map(kpi).collect();
    let tables = checked.reconciled.as_ref().map(|all| all.iter().map(table).collect::<Vec<_>>());
    let fields = [
        ("snapshot", line(&checked.snapshot)),
        ("engine", line(&checked.engine)),
        ("as_of", line(&Pairs(&as_of))),
        ("tz", line(&checked.tz)),
        ("failed", line(&checked.has_failed())),
        ("rules", lines(&rules)),
        ("kpis", lines(&kpis)),
        ("shipped", tables.map_or_else(|| "null".into(), |tables| lines(&tables))),
    ];
    object(&fields)
}

/// The rules, without a store.
pub fn rules() -> String {
    let all: Vec<_> = RULES.iter().map(declared).collect();
    object(&[("rules", lines(&all))])
}

fn object(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("  \"{name}\": {value}")).collect();
    format!("{{\n{}\n}}\n", fields.join(",\n"))
}

/// Names and values as an object, in their order.
struct Pairs<'a, K, V>(&'a [(K, V)]);

impl<K: Serialize, V: Serialize> Serialize for Pairs<'_, K, V> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(Serialize)]
struct DeclaredJson {
    name: &'static str,
    /// Null: both.
    model: Option<&'static str>,
    severity: &'static str,
    says: &'static str,
    needs: Vec<String>,
    kpis: &'static [&'static str],
}

fn declared(rule: &'static Rule) -> DeclaredJson {
    DeclaredJson {
        name: rule.name,
        model: rule.model.map(|model| model.name()),
        severity: rule.severity.name(),
        says: rule.says,
        needs: rule.needs.iter().map(|(table, column)| format!("{table}.{column}")).collect(),
        kpis: rule.kpis,
    }
}

#[derive(Serialize)]
struct RuleJson<'a> {
    name: &'static str,
    model: Option<&'static str>,
    severity: &'static str,
    says: &'static str,
    status: &'static str,
    lacks: &'a [String],
    faulty: u64,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    on: &'a str,
    rows: u64,
    faulty: u64,
    kpis: Vec<&'static str>,
    samples: Vec<SampleJson<'a>>,
}

#[derive(Serialize)]
struct SampleJson<'a> {
    key: Option<&'a str>,
    values: Pairs<'a, String, Value>,
}

fn rule(result: &RuleResult) -> RuleJson<'_> {
    let (findings, lacks): (&[Finding], &[String]) = match &result.outcome {
        Outcome::Checked(findings) => (findings, &[]),
        Outcome::Unchecked(lacks) => (&[], lacks),
    };
    let status = match (&result.outcome, result.is_broken()) {
        (Outcome::Unchecked(_), _) => "not checked",
        (_, true) => "broken",
        (_, false) => "holds",
    };
    RuleJson {
        name: result.rule.name,
        model: result.rule.model.map(|model| model.name()),
        severity: result.rule.severity.name(),
        says: result.rule.says,
        status,
        lacks,
        faulty: findings.iter().map(|f| f.faulty).sum(),
        findings: findings.iter().map(|f| finding(result, f)).collect(),
    }
}

fn finding<'a>(result: &RuleResult, finding: &'a Finding) -> FindingJson<'a> {
    let sample =
        |sample: &'a Sample| SampleJson { key: sample.key.as_deref(), values: Pairs(&sample.values) };
    FindingJson {
        on: &finding.on,
        rows: finding.rows,
        faulty: finding.faulty,
        kpis: result.kpis(finding),
        samples: finding.samples.iter().map(sample).collect(),
    }
}

#[derive(Serialize)]
struct KpiJson<'a> {
    name: &'static str,
    status: &'static str,
    lacks: &'a [String],
    assumptions: Vec<AssumptionJson>,
}

#[derive(Serialize)]
struct AssumptionJson {
    /// Null: the data has no place for it.
    column: Option<String>,
    /// Rows without it; null: no load brought the column.
    empty: Option<u64>,
    rows: Option<u64>,
    says: &'static str,
}

fn kpi(covered: &Coverage) -> KpiJson<'_> {
    let (assumptions, lacks): (&[Assumption], &[String]) = match &covered.status {
        Status::Computable => (&[], &[]),
        Status::Assuming(assumptions) => (assumptions, &[]),
        Status::Lacking(lacks) => (&[], lacks),
    };
    let assumption = |a: &Assumption| AssumptionJson {
        column: a.column.map(|(table, column)| format!("{table}.{column}")),
        empty: a.empty.map(|(empty, _)| empty),
        rows: a.empty.map(|(_, rows)| rows),
        says: a.says,
    };
    KpiJson {
        name: covered.kpi.name,
        status: covered.status.name(),
        lacks,
        assumptions: assumptions.iter().map(assumption).collect(),
    }
}

#[derive(Serialize)]
struct TableJson<'a> {
    name: &'static str,
    lacks: &'a [String],
    compared: u64,
    differing: u64,
    lines: Vec<LineJson<'a>>,
}

/// The key columns under their own names, then the figures.
struct LineJson<'a>(&'a Line);

impl Serialize for LineJson<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(None)?;
        for (name, value) in &self.0.key {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("measure", self.0.measure.column())?;
        map.serialize_entry("expected", &self.0.expected)?;
        map.serialize_entry("shipped", &self.0.shipped)?;
        map.serialize_entry("difference", &self.0.difference)?;
        map.end()
    }
}

fn table(table: &Reconciled) -> TableJson<'_> {
    TableJson {
        name: table.table,
        lacks: &table.lacks,
        compared: table.compared,
        differing: table.lines(),
        lines: table.differences.iter().map(LineJson).collect(),
    }
}
