//! A result for reading in a terminal.

use crate::query::result::{QueryResult, ResultColumn, Role, Value};

use super::grid::Grid;
use super::{Rendered, cells, notes};

/// The title and the table; the notes go elsewhere.
pub fn render(result: &QueryResult) -> Rendered {
    let data = format!("{}\n\n{}", notes::title(result), grid(result).text());
    Rendered { data, notes: notes::lines(result) }
}

/// The cells as people read them, periods that are not whole marked.
pub fn grid(result: &QueryResult) -> Grid {
    let mut grid = result.columns.iter().fold(Grid::new(), |grid, column| {
        if column.ty.is_numeric() { grid.right(&column.name) } else { grid.left(&column.name) }
    });
    for (at, row) in result.rows().enumerate() {
        let is_total = result.totals.contains(&at);
        let cell = |(column, value): (&ResultColumn, &Value)| match (column.role, value) {
            (Role::Dimension, Value::Null) if is_total => "(total)".to_string(),
            _ => cells::human(column, value),
        };
        let mut texts: Vec<String> = result.columns.iter().zip(&row).map(cell).collect();
        for ((column, value), text) in result.columns.iter().zip(&row).zip(&mut texts) {
            if let (Role::Period, Value::Date(day)) = (column.role, value)
                && result.incomplete.contains(day)
            {
                text.push(notes::INCOMPLETE_MARK);
            }
        }
        grid.row(texts);
    }
    grid
}
