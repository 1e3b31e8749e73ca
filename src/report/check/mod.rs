//! How is a check shown? The whole page in each format, and a line of sums for people.

mod csv;
mod json;
mod markdown;
mod text;

use std::collections::BTreeMap;

use super::cells::{plain, thousands};
use super::csv::records;
use super::grid::Grid;
use crate::check::coverage::Assumption;
use crate::check::{Checked, Coverage, RULES, Reconciled, Sample, Severity, Status};
use crate::query::request::Format;
use crate::query::result::Value;

/// A check in a format.
pub fn render(checked: &Checked, format: Format) -> String {
    match format {
        Format::Table => text::render(checked),
        Format::Csv => csv::render(checked),
        Format::Json => json::render(checked),
        Format::Markdown => markdown::render(checked),
    }
}

/// What the check comes to: `2 errors and 5 notices of 31 rules; ...`.
pub fn summary(checked: &Checked) -> String {
    let (errors, notices) = (checked.broken(Severity::Error), checked.broken(Severity::Notice));
    let (computable, kpis) = of_models(checked).fold((0, 0), |(computable, all), covered| {
        (computable + usize::from(!matches!(covered.status, Status::Lacking(_))), all + 1)
    });
    let mut parts = vec![
        format!(
            "{}, {} of {} rules",
            counted(errors as u64, "error"),
            counted(notices as u64, "notice"),
            checked.rules.len()
        ),
        format!("{computable} of {kpis} KPIs computable"),
    ];
    if let Some(tables) = &checked.reconciled {
        let compared: u64 = tables.iter().map(|table| table.compared).sum();
        let lines = counted(compared, "shipped line");
        parts.push(format!("{} of {lines} differ", number(checked.differing())));
    }
    parts.join("; ")
}

/// The rules, without a store: what is looked at, and how bad it is.
pub fn rules(format: Format) -> String {
    if format == Format::Json {
        return json::rules();
    }
    const COLUMNS: [&str; 4] = ["rule", "model", "severity", "a faulty row"];
    let rows = RULES.iter().map(|rule| {
        let model = rule.model.map_or("both", |model| model.name());
        [rule.name, model, rule.severity.name(), rule.says].map(str::to_owned)
    });
    if format == Format::Csv {
        return records(&COLUMNS, rows.map(|row| row.map(Value::Text).to_vec()));
    }
    let grid = COLUMNS.into_iter().fold(Grid::new(), Grid::left);
    let grid = rows.fold(grid, |mut grid, row| {
        grid.row(row.to_vec());
        grid
    });
    if format == Format::Markdown { grid.markdown() } else { grid.text() }
}

fn number(n: u64) -> String {
    thousands(&n.to_string())
}

/// `1 row`, `2 rows`.
fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", number(n), if n == 1 { "" } else { "s" })
}

/// A share of rows, with so many digits that it is not shown as none.
fn share(faulty: u64, rows: u64) -> String {
    let percent = 100.0 * faulty as f64 / rows.max(1) as f64;
    if faulty > 0 && percent < 0.01 { "<0.01%".into() } else { format!("{percent:.2}%") }
}

/// What disagrees in a faulty row.
fn values(sample: &Sample, between: &str) -> String {
    let value = |value: &Value| if *value == Value::Null { "–".into() } else { plain(value) };
    let values = sample.values.iter().map(|(name, cell)| format!("{name} {}", value(cell)));
    values.collect::<Vec<_>>().join(between)
}

/// What an assumption says, in a sentence.
fn sentence(assumption: &Assumption) -> String {
    let says = assumption.says;
    match (assumption.column, assumption.empty) {
        (None, _) => format!("proxy: {says}"),
        (Some((table, column)), None) => format!("no column {table}.{column}: {says}"),
        (Some((table, column)), Some((empty, rows))) => format!(
            "{table}.{column} is empty in {} of {} ({}): {says}",
            number(empty),
            counted(rows, "row"),
            share(empty, rows)
        ),
    }
}

/// Each assumption with the KPIs that make it, in the order of the catalogue.
fn by_assumption(checked: &Checked) -> Vec<(&Assumption, Vec<&'static str>)> {
    let mut all: Vec<(&Assumption, Vec<&'static str>)> = Vec::new();
    for covered in &checked.coverage {
        let Status::Assuming(assumptions) = &covered.status else { continue };
        for assumption in assumptions {
            match all.iter_mut().find(|(known, _)| *known == assumption) {
                Some((_, kpis)) => kpis.push(covered.kpi.name),
                None => all.push((assumption, vec![covered.kpi.name])),
            }
        }
    }
    all
}

/// The KPIs of the models that the store holds rows of.
fn of_models(checked: &Checked) -> impl Iterator<Item = &Coverage> {
    let held = |covered: &&Coverage| checked.models.iter().any(|(model, _)| *model == covered.kpi.model);
    checked.coverage.iter().filter(held)
}

/// What KPIs of these models lack, with the KPIs.
fn by_lack(checked: &Checked) -> BTreeMap<String, Vec<&'static str>> {
    let mut all: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for covered in of_models(checked) {
        if let Status::Lacking(lacks) = &covered.status {
            all.entry(lacks.join(", ")).or_default().push(covered.kpi.name);
        }
    }
    all
}

/// The lines that differ, a column for each part of the key.
fn differences(table: &Reconciled, lines: usize) -> Grid {
    let keys = table.differences.first().map(|line| line.key.as_slice()).unwrap_or_default();
    let grid = keys.iter().fold(Grid::new(), |grid, (name, _)| grid.left(*name));
    let mut grid = grid.left("figure").right("expected").right("shipped").right("difference");
    for line in table.differences.iter().take(lines) {
        let figures = [&line.expected, &line.shipped, &line.difference];
        let keys = line.key.iter().map(|(_, value)| match value {
            Value::Null => "(none)".into(),
            value => plain(value),
        });
        let measure = std::iter::once(line.measure.column().to_owned());
        grid.row(keys.chain(measure).chain(figures.map(|value| thousands(&plain(value)))).collect());
    }
    grid
}
