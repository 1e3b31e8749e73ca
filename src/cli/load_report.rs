//! What did a load do? The report for people: a line per table, then everything that was put aside,
//! left out or read in an unusual way.

use std::collections::BTreeMap;

use crate::ingest::report::{LoadReport, TableReport};
use crate::report::cells::{escape_controls, thousands};
use crate::report::grid::Grid;

/// Values outside of a column's domain, or names without a row, that are listed.
const VALUES_MAX: usize = 5;
/// Files that are listed for one observation.
const FILES_MAX: usize = 3;

/// How most exports are written.
const USUAL_DIALECT: &str = "',', utf-8, ";

/// The report.
pub fn text(report: &LoadReport, dry_run: bool, refused: bool) -> String {
    let mut text = String::new();
    if !report.tables.is_empty() {
        text += &counts(report).text();
        text += &sum(report);
    }
    for section in [
        faults(report),
        unresolved(report),
        outside(report),
        noticed(report),
        already(report),
        unmatched(report),
    ] {
        if !section.is_empty() {
            text += &format!("\n{section}");
        }
    }
    text += &format!("\n{}\n", ending(report, dry_run, refused));
    text
}

fn shown(n: u64) -> String {
    thousands(&n.to_string())
}

/// `1 row`, `2 rows`.
fn rows(n: u64) -> String {
    format!("{} {}", shown(n), if n == 1 { "row" } else { "rows" })
}

fn counts(report: &LoadReport) -> Grid {
    let grid = Grid::new().left("table").right("files").right("read").right("loaded").right("replaced");
    let grid = grid.right("quarantined").right("skipped").right("unresolved");
    report.tables.iter().fold(grid, |mut grid, t| {
        let files = t.files.iter().filter(|f| !f.skipped_as_loaded).count() as u64;
        let unresolved = t.unresolved.iter().map(|u| u.rows).sum();
        let numbers = [files, t.read, t.loaded, t.replaced, t.quarantined, t.skipped, unresolved];
        grid.row(std::iter::once(t.table.clone()).chain(numbers.map(shown)).collect());
        grid
    })
}

/// The invariant, with its numbers.
fn sum(report: &LoadReport) -> String {
    let total = |of: fn(&TableReport) -> u64| shown(report.tables.iter().map(of).sum());
    format!(
        "\nread {} = loaded {} + replaced {} + quarantined {} + skipped {}\n",
        total(|t| t.read),
        total(|t| t.loaded),
        total(|t| t.replaced),
        total(|t| t.quarantined),
        total(|t| t.skipped)
    )
}

fn faults(report: &LoadReport) -> String {
    let mut grid = Grid::new().left("quarantined").right("rows").left("first").left("reason");
    let mut any = false;
    for t in &report.tables {
        let mut faults: Vec<_> = t.faults.iter().collect();
        faults.sort_by_key(|f| std::cmp::Reverse(f.rows));
        for fault in faults {
            any = true;
            let column = fault.column.as_ref().map_or_else(String::new, |c| format!(".{c}"));
            let (name, at) = (format!("{}{column}", t.table), format!("{}:{}", fault.file, fault.line));
            grid.row(vec![name, shown(fault.rows), at, fault.explanation.clone()]);
        }
    }
    if any { grid.text() } else { String::new() }
}

fn unresolved(report: &LoadReport) -> String {
    let mut text = String::new();
    for t in &report.tables {
        for u in &t.unresolved {
            if !u.names.is_empty() {
                text += &format!(
                    "unresolved: {}.{}: {} whose name is not that of one row of {}: {}\n",
                    t.table,
                    u.column,
                    rows(u.rows),
                    u.target,
                    most(&u.names)
                );
                continue;
            }
            let keys = if u.keys == 1 { "key" } else { "keys" };
            text += &format!(
                "unresolved: {}.{}: {} with {} {keys} not in {} so far\n",
                t.table,
                u.column,
                rows(u.rows),
                shown(u.keys),
                u.target
            );
        }
    }
    text
}

/// The most frequent values with their rows.
fn most(values: &BTreeMap<String, u64>) -> String {
    let mut values: Vec<_> = values.iter().collect();
    values.sort_by_key(|(value, rows)| (std::cmp::Reverse(**rows), value.as_str()));
    let listed = values.iter().take(VALUES_MAX);
    let listed: Vec<String> =
        listed.map(|(value, n)| format!("'{}' ({})", escape_controls(value), rows(**n))).collect();
    match values.len().saturating_sub(VALUES_MAX) {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

fn outside(report: &LoadReport) -> String {
    let mut text = String::new();
    for t in &report.tables {
        for (column, values) in &t.outside_domain {
            text += &format!("not among the values listed, kept: {}.{column}: {}\n", t.table, most(values));
        }
        if t.skipped > 0 {
            text += &format!(
                "skipped: {}: {} with the key of a later row, {} saying the same, {} something else\n",
                t.table,
                rows(t.skipped),
                shown(t.skipped_identical),
                shown(t.skipped_differing)
            );
        }
        for (what, n) in &t.notes {
            text += &format!("noticed: {}: {} {what}\n", t.table, shown(*n));
        }
    }
    text
}

/// What holds for files, one line for all files of a table that have it.
fn noticed(report: &LoadReport) -> String {
    let mut text = String::new();
    for t in &report.tables {
        let mut seen: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for file in t.files.iter().filter(|f| !f.skipped_as_loaded) {
            let mut see = |what: String| seen.entry(what).or_default().push(&file.name);
            if !file.dialect.starts_with(USUAL_DIALECT) {
                see(format!("written with {}", file.dialect));
            }
            if !file.extra.is_empty() {
                see(format!("columns not read: {}", file.extra.join(", ")));
            }
            if !file.missing.is_empty() {
                see(format!("columns missing: {}", file.missing.join(", ")));
            }
        }
        for (what, files) in seen {
            text += &format!("{}: {}: {}\n", t.table, listed(&files), escape_controls(&what));
        }
    }
    text
}

fn listed(files: &[&str]) -> String {
    let names: Vec<_> = files.iter().take(FILES_MAX).map(|name| escape_controls(name)).collect();
    match files.len().saturating_sub(FILES_MAX) {
        0 => names.join(", "),
        more => format!("{} and {more} more files", names.join(", ")),
    }
}

fn already(report: &LoadReport) -> String {
    let files = || report.tables.iter().flat_map(|t| t.files.iter().filter(|f| f.skipped_as_loaded));
    let line = |f: &crate::ingest::report::FileOutcome| match &f.loaded_as {
        Some(earlier) if *earlier != f.name => {
            format!("loaded before: {} (as {})\n", escape_controls(&f.name), escape_controls(earlier))
        }
        _ => format!("loaded before: {}\n", escape_controls(&f.name)),
    };
    files().map(line).collect()
}

fn unmatched(report: &LoadReport) -> String {
    let line = |(file, hint): &(String, String)| format!("not loaded: {}: {hint}\n", escape_controls(file));
    report.unmatched.iter().map(line).collect()
}

fn ending(report: &LoadReport, dry_run: bool, refused: bool) -> String {
    let quarantine =
        report.quarantine_file.as_ref().map_or_else(String::new, |path| format!("quarantine {path}\n"));
    let done = if refused {
        "nothing was loaded".to_owned()
    } else if !report.has_new_files() {
        format!("nothing new: snapshot {} stays", report.snapshot)
    } else if dry_run {
        format!("dry run: nothing was changed; it would have made snapshot {}", report.snapshot)
    } else {
        format!("snapshot {} (load {})", report.snapshot, report.load_id)
    };
    quarantine + &done
}
