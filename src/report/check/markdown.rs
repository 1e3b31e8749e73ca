//! A check for documents: tables of GitHub-flavoured Markdown.

use super::{differences, number, sentence, share, summary, values};
use crate::check::{Checked, Outcome, Status};
use crate::report::grid::Grid;

/// What is broken, KPIs and shipped tables, each as a table.
pub fn render(checked: &Checked) -> String {
    let mut text = format!("{}.\n\n### Rules\n\n", summary(checked));
    text += &rules(checked).markdown();
    let samples = samples(checked);
    if !samples.is_empty() {
        text += &format!("\n### Faulty rows\n\n{}", samples.markdown());
    }
    text += &format!("\n### KPIs\n\n{}", kpis(checked).markdown());
    for table in checked.reconciled.iter().flatten() {
        text += &format!("\n### Shipped {}\n\n", table.table);
        text += &match (table.lacks.is_empty(), table.differences.is_empty()) {
            (false, _) => format!("Not compared, for want of {}.\n", table.lacks.join(", ")),
            (true, true) => format!("All of {} lines agree with the rows.\n", number(table.compared)),
            (true, false) => differences(table, usize::MAX).markdown(),
        };
    }
    text
}

fn rules(checked: &Checked) -> Grid {
    let grid = Grid::new().left("rule").left("severity").left("on").right("faulty").right("rows");
    let mut grid = grid.right("share").left("a faulty row").left("touches");
    let mut rules: Vec<_> = checked.rules.iter().filter(|r| r.is_broken()).collect();
    rules.sort_by_key(|r| r.rule.severity);
    for result in rules {
        for finding in result.broken() {
            grid.row(vec![
                result.rule.name.into(),
                result.rule.severity.name().into(),
                finding.on.clone(),
                number(finding.faulty),
                number(finding.rows),
                share(finding.faulty, finding.rows),
                result.rule.says.into(),
                result.kpis(finding).join(", "),
            ]);
        }
    }
    for result in &checked.rules {
        if let Outcome::Unchecked(lacks) = &result.outcome {
            let mut row = vec![result.rule.name.into(), "not checked".into()];
            row.extend(std::iter::repeat_n(String::new(), 4));
            row.extend([format!("lacks {}", lacks.join(", ")), String::new()]);
            grid.row(row);
        }
    }
    grid
}

fn samples(checked: &Checked) -> Grid {
    let mut grid = Grid::new().left("rule").left("on").left("key").left("says");
    for result in &checked.rules {
        for (finding, sample) in result.broken().flat_map(|f| f.samples.iter().map(move |s| (f, s))) {
            grid.row(vec![
                result.rule.name.into(),
                finding.on.clone(),
                sample.key.clone().unwrap_or_default(),
                values(sample, " · "),
            ]);
        }
    }
    grid
}

fn kpis(checked: &Checked) -> Grid {
    let mut grid = Grid::new().left("KPI").left("status").left("because");
    for covered in &checked.coverage {
        let because = match &covered.status {
            Status::Computable => String::new(),
            Status::Assuming(all) => all.iter().map(sentence).collect::<Vec<_>>().join("; "),
            Status::Lacking(lacks) => format!("lacks {}", lacks.join(", ")),
        };
        grid.row(vec![covered.kpi.name.into(), covered.status.name().into(), because]);
    }
    grid
}
