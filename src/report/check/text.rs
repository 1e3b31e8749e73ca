//! A check for reading in a terminal: what is broken first, each with some of its rows.

use super::{by_assumption, by_lack, counted, differences, number, sentence, share, values};
use crate::check::coverage::Assumption;
use crate::check::{Checked, Outcome, Reconciled, RuleResult, Sample, Severity, Status};
use crate::model::civil::format_day;
use crate::model::{Day, Model};
use crate::report::cells::escape_controls;

/// Columns of a terminal.
const WIDTH: usize = 100;

/// Differing lines shown of a table.
const LINES_MAX: usize = 20;

/// The page.
pub fn render(checked: &Checked) -> String {
    let mut page = Page::default();
    page.title(checked);
    let mut broken: Vec<&RuleResult> = checked.rules.iter().filter(|r| r.is_broken()).collect();
    broken.sort_by_key(|r| r.rule.severity);
    let findings = broken.iter().flat_map(|result| result.broken());
    let widths = Widths::of(findings.map(|f| (f.on.as_str(), f.faulty, f.rows)));
    for result in broken {
        page.rule(result, &widths);
    }
    page.other_rules(checked);
    page.coverage(checked);
    for table in checked.reconciled.iter().flatten() {
        page.reconciled(table);
    }
    page.text
}

/// Widths at which findings line up.
struct Widths {
    on: usize,
    some: usize,
    rows: usize,
}

impl Widths {
    /// Of places with some of so many rows.
    fn of<'a>(lines: impl Iterator<Item = (&'a str, u64, u64)>) -> Self {
        lines.fold(Widths { on: 0, some: 0, rows: 0 }, |w, (on, some, rows)| Widths {
            on: w.on.max(on.len()),
            some: w.some.max(number(some).len()),
            rows: w.rows.max(number(rows).len()),
        })
    }

    /// `meetings.host_user_id   10 of 2,399    0.42%`
    fn line(&self, on: &str, some: u64, rows: u64) -> String {
        let share = share(some, rows);
        let (some, rows) = (number(some), number(rows));
        format!("{on:<0$}  {some:>1$} of {rows:>2$}  {share:>7}", self.on, self.some, self.rows)
    }
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// Writes a text that is broken between words, its later lines further in.
    fn wrapped(&mut self, indent: usize, later: usize, text: &str) {
        let text = escape_controls(text);
        let mut line = " ".repeat(indent);
        let mut is_empty = true;
        for word in text.split(' ') {
            if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(&line);
                line = " ".repeat(later);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.line(&line);
    }

    fn paragraph(&mut self, text: &str) {
        self.wrapped(0, 2, text);
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn title(&mut self, checked: &Checked) {
        let model = |(model, as_of): &(Model, Option<Day>)| {
            let day = as_of.map_or_else(|| "no day".into(), format_day);
            format!("{} as of {day}", model.name())
        };
        let mut parts: Vec<String> = checked.models.iter().map(model).collect();
        parts.push(checked.tz.clone());
        self.wrapped(0, 2, &format!("Check · {}", parts.join(" · ")));
        self.line("");
    }

    fn rule(&mut self, result: &RuleResult, widths: &Widths) {
        let mark = match result.rule.severity {
            Severity::Error => "✗",
            Severity::Notice => "!",
        };
        let name = result.rule.name;
        self.wrapped(0, 4, &format!("{mark} {name} ({}): {}", result.rule.severity.name(), result.rule.says));
        let own = !result.rule.kpis.is_empty();
        if own {
            self.wrapped(2, 4, &format!("touches {}", result.rule.kpis.join(", ")));
        }
        for finding in result.broken() {
            self.line(&format!("  {}", widths.line(&finding.on, finding.faulty, finding.rows)));
            let touched = result.kpis(finding);
            if !own && !touched.is_empty() {
                self.wrapped(4, 6, &format!("touches {}", touched.join(", ")));
            }
            for sample in &finding.samples {
                self.sample(sample);
            }
        }
        self.line("");
    }

    fn sample(&mut self, sample: &Sample) {
        let key = sample.key.as_ref().map_or_else(String::new, |key| format!("{key}: "));
        self.wrapped(4, 8, &format!("{key}{}", values(sample, " · ")));
    }

    fn other_rules(&mut self, checked: &Checked) {
        let hold = |r: &&RuleResult| matches!(r.outcome, Outcome::Checked(_)) && !r.is_broken();
        let names: Vec<&str> = checked.rules.iter().filter(hold).map(|r| r.rule.name).collect();
        if !names.is_empty() {
            self.paragraph(&format!("✓ {} hold: {}", counted(names.len() as u64, "rule"), names.join(", ")));
        }
        let unchecked = checked.rules.iter().filter_map(|r| match &r.outcome {
            Outcome::Unchecked(lacks) => Some(format!("{} ({})", r.rule.name, lacks.join(", "))),
            Outcome::Checked(_) => None,
        });
        let unchecked: Vec<String> = unchecked.collect();
        if !unchecked.is_empty() {
            let (rules, names) = (counted(unchecked.len() as u64, "rule"), unchecked.join(", "));
            self.paragraph(&format!("– {rules} not checked, for what the store lacks: {names}"));
        }
        self.line("");
    }

    fn coverage(&mut self, checked: &Checked) {
        let whole = checked.coverage.iter().filter(|c| c.status == Status::Computable);
        let names: Vec<&str> = whole.map(|c| c.kpi.name).collect();
        if !names.is_empty() {
            self.paragraph(&format!(
                "✓ {} computable: {}",
                counted(names.len() as u64, "KPI"),
                names.join(", ")
            ));
        }
        self.assumptions(checked);
        for (lacks, kpis) in by_lack(checked) {
            let (count, names) = (counted(kpis.len() as u64, "KPI"), kpis.join(", "));
            self.paragraph(&format!("✗ {count} not computable, for want of {lacks}: {names}"));
        }
        for model in [Model::Platform, Model::Billing] {
            let kpis = checked.coverage.iter().filter(|c| c.kpi.model == model).count() as u64;
            if kpis > 0 && !checked.models.iter().any(|(held, _)| *held == model) {
                let kpis = counted(kpis, "KPI");
                self.line(&format!("– {kpis} of the {} model not computable: it has no rows", model.name()));
            }
        }
        self.line("");
    }

    /// Each assumption with the KPIs that make it.
    fn assumptions(&mut self, checked: &Checked) {
        let kpis = checked.coverage.iter().filter(|c| matches!(c.status, Status::Assuming(_))).count();
        if kpis > 0 {
            let kpis = counted(kpis as u64, "KPI");
            self.line(&format!(
                "~ {kpis} computable with assumptions (column, rows without it, what is done)"
            ));
        }
        let all = by_assumption(checked);
        let place = |a: &Assumption| {
            a.column.zip(a.empty).map(|((t, c), (empty, rows))| (format!("{t}.{c}"), empty, rows))
        };
        let places: Vec<_> = all.iter().filter_map(|(a, _)| place(a)).collect();
        let widths = Widths::of(places.iter().map(|(on, empty, rows)| (on.as_str(), *empty, *rows)));
        for (assumption, kpis) in all {
            let text = match place(assumption) {
                Some((on, empty, rows)) => format!("{}  {}", widths.line(&on, empty, rows), assumption.says),
                None => sentence(assumption),
            };
            self.wrapped(2, 4, &text);
            self.wrapped(4, 6, &kpis.join(", "));
        }
    }

    fn reconciled(&mut self, table: &Reconciled) {
        if !table.lacks.is_empty() {
            self.paragraph(&format!(
                "– {} not compared, for want of {}",
                table.table,
                table.lacks.join(", ")
            ));
            return;
        }
        let lines = counted(table.compared, "line");
        if table.differences.is_empty() {
            self.line(&format!("✓ {}: {lines} compared, all agree with the rows", table.table));
            return;
        }
        let differing = number(table.lines());
        self.line(&format!("✗ {}: {differing} of {lines} differ from the rows", table.table));
        for line in differences(table, LINES_MAX).text().lines() {
            self.line(&format!("  {line}"));
        }
        if let Some(more @ 1..) = table.differences.len().checked_sub(LINES_MAX) {
            self.line(&format!("  and {more} more; --format csv lists all"));
        }
        self.line("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words() {
        let mut page = Page::default();
        page.wrapped(2, 4, &"word ".repeat(30));
        let lines: Vec<&str> = page.text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("  word") && lines[0].chars().count() <= WIDTH, "{}", page.text);
        assert!(lines[1].starts_with("    word"), "{}", page.text);
        let long = "x".repeat(2 * WIDTH);
        let mut page = Page::default();
        page.wrapped(0, 2, &long);
        assert_eq!(page.text, format!("{long}\n"));
    }
}
