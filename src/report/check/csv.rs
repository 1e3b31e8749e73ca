//! A check for spreadsheets: one table of everything, told apart by its first column.
//!
//! | check | a record is | filled |
//! |---|---|---|
//! | rule | a rule in a place it looked at (or a rule that was not checked) | severity, status, rows, faulty, detail |
//! | sample | a faulty row | key, detail |
//! | kpi | a KPI | status, detail |
//! | table | a shipped KPI table | status, rows (lines compared), faulty (lines that differ), detail |
//! | line | a figure of it that differs | the key columns, measure, expected, shipped, difference |

use super::{sentence, values};
use crate::check::reconcile::Line;
use crate::check::{Checked, Finding, Outcome, Reconciled, RuleResult, Sample, Status};
use crate::query::result::Value;
use crate::report::csv::records;

/// The columns.
const COLUMNS: [&str; 18] = [
    "check",
    "name",
    "on",
    "severity",
    "status",
    "rows",
    "faulty",
    "key",
    "detail",
    "subscriber_id",
    "organization_id",
    "date",
    "order_status",
    "currency",
    "measure",
    "expected",
    "shipped",
    "difference",
];

/// One record per rule and place, faulty row, KPI, shipped table and line that differs.
pub fn render(checked: &Checked) -> String {
    let rules = checked.rules.iter().flat_map(rule);
    let kpis = checked.coverage.iter().map(|covered| {
        let detail = match &covered.status {
            Status::Computable => String::new(),
            Status::Assuming(all) => all.iter().map(sentence).collect::<Vec<_>>().join("; "),
            Status::Lacking(lacks) => lacks.join(", "),
        };
        record(&[
            ("check", text("kpi")),
            ("name", text(covered.kpi.name)),
            ("status", text(covered.status.name())),
            ("detail", text(&detail)),
        ])
    });
    let tables = checked.reconciled.iter().flatten().flat_map(reconciled);
    records(&COLUMNS, rules.chain(kpis).chain(tables))
}

fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::Text(text.to_owned()) }
}

fn count(n: u64) -> Value {
    Value::Integer(i64::try_from(n).unwrap_or(i64::MAX))
}

/// A record with some of its columns filled.
fn record(filled: &[(&str, Value)]) -> Vec<Value> {
    let value =
        |column: &&str| filled.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone());
    debug_assert!(filled.iter().all(|(name, _)| COLUMNS.contains(name)), "{filled:?}");
    COLUMNS.iter().map(|column| value(column).unwrap_or(Value::Null)).collect()
}

fn rule(result: &RuleResult) -> Vec<Vec<Value>> {
    let rule = result.rule;
    let common =
        || vec![("check", text("rule")), ("name", text(rule.name)), ("severity", text(rule.severity.name()))];
    match &result.outcome {
        Outcome::Unchecked(lacks) => {
            let mut filled = common();
            filled.extend([("status", text("not checked")), ("detail", text(&lacks.join(", ")))]);
            vec![record(&filled)]
        }
        Outcome::Checked(findings) => findings
            .iter()
            .flat_map(|finding| {
                let mut filled = common();
                filled.extend([
                    ("on", text(&finding.on)),
                    ("status", text(if finding.faulty > 0 { "broken" } else { "holds" })),
                    ("rows", count(finding.rows)),
                    ("faulty", count(finding.faulty)),
                    ("detail", text(rule.says)),
                ]);
                let samples = finding.samples.iter().map(|one| sample(result, finding, one));
                std::iter::once(record(&filled)).chain(samples).collect::<Vec<_>>()
            })
            .collect(),
    }
}

fn sample(result: &RuleResult, finding: &Finding, sample: &Sample) -> Vec<Value> {
    record(&[
        ("check", text("sample")),
        ("name", text(result.rule.name)),
        ("on", text(&finding.on)),
        ("key", text(sample.key.as_deref().unwrap_or_default())),
        ("detail", text(&values(sample, "; "))),
    ])
}

fn reconciled(table: &Reconciled) -> Vec<Vec<Value>> {
    let status = match (table.lacks.is_empty(), table.differences.is_empty()) {
        (false, _) => "not compared",
        (true, true) => "agrees",
        (true, false) => "differs",
    };
    let head = record(&[
        ("check", text("table")),
        ("name", text(table.table)),
        ("status", text(status)),
        ("rows", count(table.compared)),
        ("faulty", count(table.lines())),
        ("detail", text(&table.lacks.join(", "))),
    ]);
    std::iter::once(head).chain(table.differences.iter().map(|line| difference(table, line))).collect()
}

fn difference(table: &Reconciled, line: &Line) -> Vec<Value> {
    let mut filled = vec![
        ("check", text("line")),
        ("name", text(table.table)),
        ("measure", text(line.measure.column())),
        ("expected", line.expected.clone()),
        ("shipped", line.shipped.clone()),
        ("difference", line.difference.clone()),
    ];
    filled.extend(line.key.iter().map(|(name, value)| (column_of(name), value.clone())));
    record(&filled)
}

/// The column that holds a part of a key.
fn column_of(name: &str) -> &'static str {
    match name {
        "SubscriberId" => "subscriber_id",
        "OrganizationId" => "organization_id",
        "Date" => "date",
        "Status" => "order_status",
        "Currency" => "currency",
        _ => unreachable!("no shipped table is told by {name}"),
    }
}
