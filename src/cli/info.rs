//! `quipu info`: what the store holds.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::args::{LIST_FORMATS, StoreArgs, words};
use super::{CliError, Io};
use crate::ingest::LoadReport;
use crate::model::civil::format_day;
use crate::model::{ColumnType, Day, MICROS_PER_DAY};
use crate::query::request::Format;
use crate::report::cells::thousands;
use crate::report::grid::Grid;
use crate::store::manifest::{Manifest, Range, TableRef};
use crate::store::{Snapshot, Table};

/// The arguments of `quipu info`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  quipu info --store /data/quipu-store --format json")]
pub struct InfoArgs {
    /// Where the store is.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How to write it
    #[arg(long, value_parser = words(LIST_FORMATS, Format::name), default_value = "table", ignore_case = true)]
    pub format: Format,
}

#[derive(Serialize)]
struct InfoJson {
    store: String,
    store_id: String,
    snapshot: String,
    load: u64,
    engine: String,
    format: u32,
    bytes: u64,
    has_mapping: bool,
    tables: Vec<TableJson>,
    sources: Vec<SourceJson>,
    /// As it was printed.
    last_load: serde_json::Value,
}

#[derive(Serialize)]
struct TableJson {
    name: &'static str,
    model: &'static str,
    rows: u64,
    ids: u64,
    months: usize,
    first: Option<String>,
    last: Option<String>,
    columns: Vec<String>,
    columns_missing: Vec<&'static str>,
    bytes: u64,
}

#[derive(Serialize)]
struct SourceJson {
    table: String,
    files: u64,
    rows: u64,
    bytes: u64,
}

/// Prints what the store holds.
pub fn run(args: &InfoArgs, io: &mut Io<'_>) -> Result<(), CliError> {
    let snapshot = Snapshot::open(&args.store.path())?;
    let info = gather(&snapshot);
    let text = match args.format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&info);
            text.expect("texts, numbers and lists of them always serialise") + "\n"
        }
        format => people(&info, &snapshot.manifest, format),
    };
    io.data(&text)
}

fn gather(snapshot: &Snapshot) -> InfoJson {
    let manifest = &snapshot.manifest;
    InfoJson {
        store: snapshot.root().display().to_string(),
        store_id: manifest.store_id.clone(),
        snapshot: manifest.snapshot.clone(),
        load: manifest.sequence,
        engine: manifest.engine.clone(),
        format: manifest.format,
        bytes: manifest.files().map(|file| file.bytes).sum(),
        has_mapping: manifest.mapping.is_some(),
        // A table that another one could refer to, and does not, holds nothing.
        tables: snapshot.tables().filter(|t| t.info.rows > 0 || t.info.ids > 0).map(table_json).collect(),
        sources: sources(manifest),
        last_load: manifest.report.clone(),
    }
}

fn table_json(table: &Table) -> TableJson {
    let days = days(table);
    let missing = table.def.columns.iter().map(|c| c.name).filter(|name| !table.has_column(name));
    TableJson {
        name: table.def.name,
        model: table.def.model.name(),
        rows: table.info.rows,
        ids: table.info.ids,
        months: table.info.segments.iter().filter(|s| s.month.is_some()).count(),
        first: days.map(|d| format_day(d.min as Day)),
        last: days.map(|d| format_day(d.max as Day)),
        columns: table.info.columns.clone(),
        columns_missing: if table.info.rows > 0 { missing.collect() } else { Vec::new() },
        bytes: bytes(&table.info),
    }
}

fn bytes(table: &TableRef) -> u64 {
    let segments = table.segments.iter().flat_map(|s| std::iter::once(&s.file).chain(s.derived.values()));
    let files = table.chunks.iter().map(|c| &c.file).chain(segments).chain(table.dictionaries.values());
    files.map(|file| file.bytes).sum()
}

/// The first and last day of the table's time, or of its first date where the rows have no order in
/// time; instants as days in UTC.
fn days(table: &Table) -> Option<Range> {
    let is_day = |ty| matches!(ty, ColumnType::Date | ColumnType::Timestamp | ColumnType::DateOrTimestamp);
    let column = table.def.time_column().or_else(|| table.def.columns.iter().position(|c| is_day(c.ty)))?;
    let column = &table.def.columns[column];
    let range = table.range(column.name);
    let of_instants =
        |r: Range| Range { min: r.min.div_euclid(MICROS_PER_DAY), max: r.max.div_euclid(MICROS_PER_DAY) };
    match column.ty {
        ColumnType::Date => range,
        _ => [range.map(of_instants), table.range(&format!("{}.day", column.name))]
            .into_iter()
            .flatten()
            .reduce(Range::join),
    }
}

fn sources(manifest: &Manifest) -> Vec<SourceJson> {
    let mut by_table: BTreeMap<&str, SourceJson> = BTreeMap::new();
    for source in &manifest.sources {
        let all = by_table.entry(&source.table).or_insert_with(|| SourceJson {
            table: source.table.clone(),
            files: 0,
            rows: 0,
            bytes: 0,
        });
        all.files += 1;
        all.rows += source.rows;
        all.bytes += source.bytes;
    }
    by_table.into_values().collect()
}

fn shown(n: u64) -> String {
    thousands(&n.to_string())
}

fn people(info: &InfoJson, manifest: &Manifest, format: Format) -> String {
    let mut text = format!(
        "store {}\nsnapshot {} (load {}, by {})\n{} bytes on disk\n",
        info.store,
        info.snapshot,
        info.load,
        info.engine,
        shown(info.bytes)
    );
    if info.has_mapping {
        text += "a mapping is kept for later loads\n";
    }
    let grid =
        Grid::new().left("table").right("rows").right("ids").right("months").left("first").left("last");
    let mut grid =
        grid.right("columns").right("bytes").right("files").right("read from").left("missing columns");
    for table in &info.tables {
        let source = info.sources.iter().find(|s| s.table == table.name);
        grid.row(vec![
            table.name.into(),
            shown(table.rows),
            shown(table.ids),
            table.months.to_string(),
            table.first.clone().unwrap_or_default(),
            table.last.clone().unwrap_or_default(),
            table.columns.len().to_string(),
            shown(table.bytes),
            shown(source.map_or(0, |s| s.files)),
            format!("{} bytes", shown(source.map_or(0, |s| s.bytes))),
            table.columns_missing.join(", "),
        ]);
    }
    text += &format!("\n{}", if format == Format::Markdown { grid.markdown() } else { grid.text() });
    if let Ok(report) = serde_json::from_value::<LoadReport>(manifest.report.clone()) {
        let total =
            |of: fn(&crate::ingest::report::TableReport) -> u64| shown(report.tables.iter().map(of).sum());
        text += &format!(
            "\nlast load: read {} = loaded {} + replaced {} + quarantined {} + skipped {}\n",
            total(|t| t.read),
            total(|t| t.loaded),
            total(|t| t.replaced),
            total(|t| t.quarantined),
            total(|t| t.skipped)
        );
        if let Some(file) = &report.quarantine_file {
            text += &format!("quarantine {file}\n");
        }
    }
    text
}
