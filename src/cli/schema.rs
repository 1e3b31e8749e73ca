//! `quipu schema [TABLE]`: the tables and columns that exports are read into.

use clap::Args;
use serde::Serialize;

use super::args::{LIST_FORMATS, words};
use super::{CliError, Io};
use crate::model::names::did_you_mean;
use crate::model::{ColumnDef, ColumnType, SCHEMA, TableDef};
use crate::query::request::Format;
use crate::report::grid::Grid;
use crate::report::json;

/// The arguments of `quipu schema`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  quipu schema                              all tables
  quipu schema meetings                     the columns of one, their other names and values
  quipu schema economy.PaymentDemands       by the name of an export")]
pub struct SchemaArgs {
    /// A table, by its own name or that of an export
    #[arg(value_name = "TABLE")]
    pub table: Option<String>,
    /// How to write it
    #[arg(long, value_parser = words(LIST_FORMATS, Format::name), default_value = "table", ignore_case = true)]
    pub format: Format,
}

/// Prints the tables, or the columns of one.
pub fn run(args: &SchemaArgs, io: &mut Io<'_>) -> Result<(), CliError> {
    let text = match &args.table {
        None => tables(args.format),
        Some(name) => columns(find(name)?, args.format),
    };
    io.data(&text)
}

fn find(name: &str) -> Result<&'static TableDef, CliError> {
    let id = SCHEMA.match_name(name).ok_or_else(|| {
        let names: Vec<&str> = SCHEMA.tables().map(|(_, t)| t.name).collect();
        let hint = did_you_mean(name, names.iter().copied());
        CliError::Usage(format!("unknown table '{name}'{hint}\ntables: {}", names.join(", ")))
    })?;
    Ok(SCHEMA.get(id))
}

fn tables(format: Format) -> String {
    let key = |t: &TableDef| t.key().map_or_else(String::new, |k| t.columns[k].name.to_owned());
    if format == Format::Json {
        let all: Vec<TableJson> = SCHEMA.tables().map(|(_, t)| table_json(t)).collect();
        return format!("{{\n  \"tables\": {}\n}}\n", json::lines(&all));
    }
    if format == Format::Markdown {
        return markdown();
    }
    let grid = Grid::new().left("model").left("table").left("key").left("time").right("columns").left("row");
    let grid = SCHEMA.tables().fold(grid, |mut grid, (_, t)| {
        grid.row(vec![
            t.model.name().into(),
            export_name(t),
            key(t),
            t.time.unwrap_or_default().into(),
            t.columns.len().to_string(),
            if t.shipped { format!("{} (only reconciled)", t.row) } else { t.row.into() },
        ]);
        grid
    });
    grid.text()
}

/// Every table with its columns, for a document.
fn markdown() -> String {
    let column = |c: &ColumnDef| match c.ty {
        ColumnType::Key => format!("{} (key)", c.name),
        ColumnType::Reference(_) | ColumnType::AnyReference { .. } => format!("{} {}", c.name, c.ty.name()),
        _ => c.name.to_owned(),
    };
    let grid = Grid::new().left("table").left("a row is").left("columns");
    let grid = SCHEMA.tables().fold(grid, |mut grid, (_, t)| {
        let columns: Vec<String> = t.columns.iter().map(column).collect();
        grid.row(vec![export_name(t), t.row.into(), columns.join(", ")]);
        grid
    });
    grid.markdown()
}

fn columns(table: &'static TableDef, format: Format) -> String {
    if format == Format::Json {
        let text = serde_json::to_string_pretty(&table_json(table));
        return text.expect("texts, numbers and lists of them always serialise") + "\n";
    }
    let grid = Grid::new().left("column").left("type").left("rules").left("values").left("other names");
    let grid = table.columns.iter().fold(grid, |mut grid, c| {
        grid.row(vec![
            c.name.into(),
            c.ty.name(),
            rules(c).join(", "),
            values(c).join(", "),
            other_names(c).join(", "),
        ]);
        grid
    });
    let title = format!("{} ({}): {}", export_name(table), table.model.name(), table.row);
    let other = if table.aliases.is_empty() {
        String::new()
    } else {
        format!("other names: {}\n", table.aliases.join(", "))
    };
    format!("{title}\n{other}\n{}", show(&grid, format))
}

fn show(grid: &Grid, format: Format) -> String {
    if format == Format::Markdown { grid.markdown() } else { grid.text() }
}

/// The name, qualified as in exports where it is.
fn export_name(table: &TableDef) -> String {
    if table.schema.is_empty() { table.name.into() } else { format!("{}.{}", table.schema, table.name) }
}

/// Other headers of a column.
fn other_names(column: &ColumnDef) -> Vec<String> {
    let by_name = column.name_header.map(|header| format!("{header} (its Name)"));
    column.aliases.iter().map(ToString::to_string).chain(by_name).collect()
}

fn rules(column: &ColumnDef) -> Vec<String> {
    let mut all = Vec::new();
    if column.required {
        all.push("required".to_owned());
    }
    if let Some(min) = column.min {
        all.push(format!("at least {min}"));
    }
    if let Some(other) = column.not_before {
        all.push(format!("not before {other}"));
    }
    if column.pii {
        all.push("personal".to_owned());
    }
    if column.currency {
        all.push("ISO 4217".to_owned());
    }
    if let Some(value) = column.missing {
        all.push(format!("{value} when missing"));
    }
    if let Some(unit) = column.unit {
        all.push(format!("in {}", unit.words().last().expect("a unit has words")));
    }
    all
}

fn values(column: &ColumnDef) -> Vec<String> {
    let code = |value: &str| column.codes.iter().find(|(_, v)| *v == value).map(|(code, _)| *code);
    let shown =
        |value: &&str| code(value).map_or_else(|| (*value).to_owned(), |code| format!("{value} {code}"));
    column.domain.iter().map(shown).collect()
}

#[derive(Serialize)]
struct TableJson {
    name: &'static str,
    model: &'static str,
    schema: &'static str,
    row: &'static str,
    aliases: &'static [&'static str],
    key: Option<&'static str>,
    time: Option<&'static str>,
    reconciled_only: bool,
    columns: Vec<ColumnJson>,
}

#[derive(Serialize)]
struct ColumnJson {
    name: &'static str,
    r#type: String,
    aliases: &'static [&'static str],
    /// The header under which the row meant is given by its name.
    name_header: Option<&'static str>,
    required: bool,
    personal: bool,
    min: Option<i64>,
    missing: Option<&'static str>,
    not_before: Option<&'static str>,
    domain: &'static [&'static str],
    /// Code and value.
    codes: &'static [(&'static str, &'static str)],
}

fn table_json(t: &'static TableDef) -> TableJson {
    TableJson {
        name: t.name,
        model: t.model.name(),
        schema: t.schema,
        row: t.row,
        aliases: t.aliases,
        key: t.key().map(|k| t.columns[k].name),
        time: t.time,
        reconciled_only: t.shipped,
        columns: t.columns.iter().map(column_json).collect(),
    }
}

fn column_json(c: &'static ColumnDef) -> ColumnJson {
    ColumnJson {
        name: c.name,
        r#type: c.ty.name(),
        aliases: c.aliases,
        name_header: c.name_header,
        required: c.required,
        personal: c.pii,
        min: c.min,
        missing: c.missing,
        not_before: c.not_before,
        domain: c.domain,
        codes: c.codes,
    }
}
