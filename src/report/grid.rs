//! Columns of text that line up: the one layout of tables, whether of a result, a catalogue or a
//! schema.

use comfy_table::{Cell, CellAlignment, LineStyle, Table, TableStyle};

use super::cells::escape_controls;

/// A table of texts.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    headers: Vec<String>,
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A table without columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// With another column, whose cells line up at their left ends.
    pub fn left(mut self, header: impl Into<String>) -> Self {
        self.headers.push(header.into());
        self.right.push(false);
        self
    }

    /// With another column, whose cells line up at their right ends.
    pub fn right(mut self, header: impl Into<String>) -> Self {
        self.headers.push(header.into());
        self.right.push(true);
        self
    }

    /// Adds a row, a cell per column.
    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.headers.len());
        self.rows.push(cells);
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// For a terminal: a rule under the headers, nothing else drawn. Control characters are escaped.
    pub fn text(&self) -> String {
        let rule = LineStyle::none().fill('─').junction('─');
        let mut table = Table::new();
        table.load_style(TableStyle::new().header_separator(rule));
        let cells = |texts: &[String]| -> Vec<Cell> {
            texts
                .iter()
                .zip(&self.right)
                .map(|(text, right)| {
                    let side = if *right { CellAlignment::Right } else { CellAlignment::Left };
                    Cell::new(escape_controls(text)).set_alignment(side)
                })
                .collect()
        };
        table.set_header(cells(&self.headers));
        table.add_rows(self.rows.iter().map(|row| cells(row)));
        // One blank here and one that the rule leaves between columns.
        let last = self.headers.len().saturating_sub(1);
        for (i, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, u16::from(i != last)));
        }
        let mut text = String::new();
        for line in table.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// As a table of GitHub-flavoured Markdown.
    pub fn markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| {
            let mut text = String::from("|");
            for cell in cells {
                text.push_str(&format!(" {cell} |"));
            }
            text + "\n"
        };
        let mut text = line(&mut self.headers.iter().map(|h| markdown_cell(h)));
        text += &line(&mut self.right.iter().map(|right| if *right { "---:" } else { "---" }.to_owned()));
        for row in &self.rows {
            text += &line(&mut row.iter().map(|c| markdown_cell(c)));
        }
        text
    }
}

/// What would end the cell or start a tag, a link or an emphasis is escaped.
fn markdown_cell(text: &str) -> String {
    escape_controls(text).chars().fold(String::new(), |mut out, c| {
        match c {
            '<' => out.push_str("&lt;"),
            '|' | '\\' | '`' | '*' | '[' | ']' => out.extend(['\\', c]),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_line_up_and_cannot_leave_their_cell() {
        let mut grid = Grid::new().left("name").right("rows");
        grid.row(vec!["a|b <i>\\*".into(), "12".into()]);
        grid.row(vec!["\u{1b}[31mred\n".into(), "1,234".into()]);
        assert_eq!(
            grid.text(),
            "\
name              rows
──────────────────────
a|b <i>\\*           12
\\u{1b}[31mred\\n  1,234
"
        );
        assert_eq!(
            grid.markdown(),
            "\
| name | rows |
| --- | ---: |
| a\\|b &lt;i>\\\\\\* | 12 |
| \\\\u{1b}\\[31mred\\\\n | 1,234 |
"
        );
    }

    #[test]
    fn a_table_without_rows_shows_its_headers() {
        assert_eq!(Grid::new().left("a").left("b").text(), "a  b\n────\n");
    }
}
