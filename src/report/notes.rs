//! What must a reader know about a result? The lines under a table.

use crate::model::civil::format_day;
use crate::query::result::{QueryResult, Role};

use super::cells::escape_controls;

/// Behind the label of a period that is cut off or not over yet.
pub const INCOMPLETE_MARK: char = '*';

/// `Monthly active users · every month · 2025-01-01 to 2025-12-31 · UTC`
pub fn title(result: &QueryResult) -> String {
    let p = &result.parameters;
    let mut parts = vec![result.title.clone()];
    if p.every != "all" {
        parts.push(format!("every {}", p.every));
    }
    if let (Some(start), Some(end)) = (p.start, p.end) {
        parts.push(format!("{} to {}", format_day(start), format_day(end - 1)));
    }
    parts.push(p.tz.clone());
    if let Some(filter) = &p.filter {
        parts.push(format!("where {filter}"));
    }
    escape_controls(&parts.join(" · ")).into_owned()
}

/// A line each: what the figure is, and what is special about this one.
pub fn lines(result: &QueryResult) -> String {
    let mut lines = vec![format!("{}: {}", result.definition_id, result.definition)];
    if !result.incomplete.is_empty() {
        let days: Vec<String> = result.incomplete.iter().copied().map(format_day).collect();
        let as_of = result.as_of.map_or_else(String::new, |day| format!(" by {}", format_day(day)));
        lines.push(format!("{INCOMPLETE_MARK} cut off, or not over{as_of}: {}", abridged(&days)));
    }
    for excluded in &result.excluded {
        let rows = if excluded.rows == 1 { "row" } else { "rows" };
        lines.push(format!("left out: {} {rows}: {}", excluded.rows, excluded.reason));
    }
    if !result.additive && result.columns.iter().any(|c| c.role == Role::Dimension) {
        lines.push("groups do not add up to the total (--totals computes it)".into());
    }
    if result.proxy {
        lines.push("proxy: the data does not hold what an exact figure needs".into());
    }
    lines.extend(result.warnings.iter().map(|w| format!("warning: {w}")));
    if result.is_empty() {
        lines.push("no rows".into());
    }
    lines.iter().map(|line| format!("{}\n", escape_controls(line))).collect()
}

/// The first few, and how many more there are.
fn abridged(texts: &[String]) -> String {
    const SHOWN: usize = 5;
    match texts.len().checked_sub(SHOWN) {
        None | Some(0) => texts.join(", "),
        Some(more) => format!("{} and {more} more", texts[..SHOWN].join(", ")),
    }
}
