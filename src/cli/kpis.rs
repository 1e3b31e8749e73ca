//! `quipu kpis [KPI]`: what can be asked, and what one figure means.

use clap::Args;
use serde::Serialize;

use super::args::{LIST_FORMATS, StoreArgs, words};
use super::{CliError, Io};
use crate::kpi::{KPIS, KpiDef, MeasureKind, OptionValues, dims};
use crate::query::plan::find_kpi;
use crate::query::request::Format;
use crate::report::grid::Grid;
use crate::report::json;
use crate::store::{Snapshot, StoreError};

/// The arguments of `quipu kpis`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  quipu kpis                    all of them, and which the store has the data for
  quipu kpis mrr                definition, measures, dimensions and options of one")]
pub struct KpisArgs {
    /// A KPI
    #[arg(value_name = "KPI")]
    pub kpi: Option<String>,
    /// Where the store is.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How to write it
    #[arg(long, value_parser = words(LIST_FORMATS, Format::name), default_value = "table", ignore_case = true)]
    pub format: Format,
}

/// Prints the catalogue, or one KPI.
pub fn run(args: &KpisArgs, io: &mut Io<'_>) -> Result<(), CliError> {
    let kpi = args.kpi.as_deref().map(find_kpi).transpose()?;
    let store = open(args, io)?;
    let store = store.as_ref();
    let text = match (kpi, args.format) {
        // Says nothing of a store, so that it can stand in a document.
        (None, Format::Markdown) => markdown(),
        (None, Format::Json) => {
            let all: Vec<KpiJson> = KPIS.iter().map(|kpi| kpi_json(kpi, store)).collect();
            format!("{{\n  \"kpis\": {}\n}}\n", json::lines(&all))
        }
        (None, _) => catalogue(store),
        (Some(kpi), Format::Json) => {
            let text = serde_json::to_string_pretty(&kpi_json(kpi, store));
            text.expect("texts, numbers and lists of them always serialise") + "\n"
        }
        (Some(kpi), format) => one(kpi, store, format),
    };
    io.data(&text)
}

/// The store, when there is one: the catalogue needs none, unless one was named.
fn open(args: &KpisArgs, io: &mut Io<'_>) -> Result<Option<Snapshot>, CliError> {
    match Snapshot::open(&args.store.path()) {
        Ok(snapshot) => Ok(Some(snapshot)),
        Err(StoreError::Missing(_)) if args.store.store.is_none() => Ok(None),
        Err(error) if args.store.store.is_none() => {
            io.warning(&error.to_string());
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn stock_mark(kpi: &KpiDef) -> &'static str {
    if kpi.is_stock { " ◆" } else { "" }
}

/// Families in the order of the catalogue.
fn families() -> Vec<&'static str> {
    KPIS.iter().fold(Vec::new(), |mut all, kpi| {
        if !all.contains(&kpi.family) {
            all.push(kpi.family);
        }
        all
    })
}

fn catalogue(store: Option<&Snapshot>) -> String {
    let mut text = String::new();
    let mut lacking = 0;
    for family in families() {
        let grid = Grid::new().left(family).left("every").left("question");
        let mut grid = if store.is_some() { grid.left("store") } else { grid };
        for kpi in KPIS.iter().filter(|k| k.family == family) {
            let mut row = vec![
                format!("{}{}", kpi.name, stock_mark(kpi)),
                kpi.every.name().into(),
                kpi.question.into(),
            ];
            if let Some(store) = store {
                let missing = kpi.missing(store);
                lacking += usize::from(!missing.is_empty());
                row.push(if missing.is_empty() {
                    "yes".into()
                } else {
                    format!("lacks {}", missing.join(", "))
                });
            }
            grid.row(row);
        }
        text += &grid.text();
        text.push('\n');
    }
    text += "◆ measured at the last day of a period. 'quipu kpis KPI' explains one.\n";
    if store.is_some() {
        text += &format!("The store has the data for {} of {}.\n", KPIS.len() - lacking, KPIS.len());
    }
    text
}

fn markdown() -> String {
    let grid = Grid::new().left("KPI").left("every").left("measures").left("question").left("definition");
    let grid = KPIS.iter().fold(grid, |mut grid, kpi| {
        let measures: Vec<&str> = kpi.measures.iter().map(|m| m.name).collect();
        grid.row(vec![
            format!("{}{}", kpi.name, stock_mark(kpi)),
            kpi.every.name().into(),
            measures.join(", "),
            kpi.question.into(),
            kpi.definition.into(),
        ]);
        grid
    });
    grid.markdown()
}

/// What a measure's figures are, for people.
fn unit(kind: MeasureKind, unit: &str) -> String {
    let what = match kind {
        MeasureKind::Count | MeasureKind::CountAt => "count",
        MeasureKind::Distinct => "distinct",
        MeasureKind::Sum | MeasureKind::SumNumber => "sum",
        MeasureKind::Number => "average or quantile",
        MeasureKind::DailyMean => "mean of the days",
        MeasureKind::Rate => return "fraction of 1".into(),
        MeasureKind::Money => return "money, sum".into(),
        MeasureKind::MoneyAt => return "money, at a day".into(),
        MeasureKind::MoneyShare => return "money, sum of shares".into(),
        MeasureKind::MoneyRatio => return "money, divided".into(),
    };
    format!("{unit}, {what}")
}

fn one(kpi: &KpiDef, store: Option<&Snapshot>, format: Format) -> String {
    let show = |grid: &Grid| if format == Format::Markdown { grid.markdown() } else { grid.text() };
    let mut text =
        format!("{} ({}): {}\n{}\n\n", kpi.title, kpi.definition_id(), kpi.question, kpi.definition);
    let when = if kpi.is_stock { "at the last day of each" } else { "over each" };
    text += &format!("measured {when} {} unless --every says otherwise", kpi.every.name());
    text += if kpi.rolling { "; takes --rolling\n" } else { "\n" };
    if kpi.is_proxy {
        text += "a proxy: it stands in for a figure that the data cannot give\n";
    }
    let mut measures = Grid::new().left("measure").left("unit");
    for measure in kpi.measures {
        measures.row(vec![measure.name.into(), unit(measure.kind, measure.unit)]);
    }
    text += &format!("\n{}\n", show(&measures));
    let mut dimensions = Grid::new().left("dimension").left("is");
    for name in kpi.dims {
        let help = dims::find(kpi.model, name).map_or("", |dim| dim.help);
        let always = if kpi.own_dims.contains(name) { " (always there)" } else { "" };
        dimensions.row(vec![(*name).into(), format!("{help}{always}")]);
    }
    for (name, _) in kpi.extra {
        dimensions.row(vec![(*name).into(), "computed (always there)".into()]);
    }
    text += &format!("{}\n", show(&dimensions));
    if !kpi.options.is_empty() {
        let mut options = Grid::new().left("option").left("values").left("default").left("does");
        for option in kpi.options {
            let values = match option.values {
                OptionValues::Words(words) => words.join("|"),
                OptionValues::WholeOr(word) => format!("{word}, or a whole number"),
                OptionValues::Whole(_) => "a whole number".into(),
                OptionValues::List(_) => "a list".into(),
            };
            options.row(vec![option.name.into(), values, option.default(), option.help.into()]);
        }
        text += &format!("{}\n", show(&options));
    }
    let needs: Vec<String> = kpi.needs.iter().map(|(table, column)| format!("{table}.{column}")).collect();
    text += &format!("needs {}\n", needs.join(", "));
    if let Some(store) = store {
        let missing = kpi.missing(store);
        text += &match missing.is_empty() {
            true => "the store has the data\n".to_owned(),
            false => format!("the store lacks {}\n", missing.join(", ")),
        };
    }
    text
}

#[derive(Serialize)]
struct KpiJson {
    name: &'static str,
    title: &'static str,
    family: &'static str,
    model: &'static str,
    question: &'static str,
    definition: &'static str,
    definition_id: String,
    every: &'static str,
    stock: bool,
    proxy: bool,
    additive: bool,
    rolling: bool,
    measures: Vec<MeasureJson>,
    dimensions: Vec<DimensionJson>,
    options: Vec<OptionJson>,
    needs: Vec<String>,
    /// Null without a store.
    computable: Option<bool>,
    missing: Vec<String>,
}

#[derive(Serialize)]
struct MeasureJson {
    name: &'static str,
    unit: &'static str,
    kind: String,
}

#[derive(Serialize)]
struct DimensionJson {
    name: &'static str,
    help: &'static str,
    always: bool,
}

#[derive(Serialize)]
struct OptionJson {
    name: &'static str,
    /// The words allowed; empty where any fitting value is.
    values: &'static [&'static str],
    default: String,
    help: &'static str,
}

fn kpi_json(kpi: &'static KpiDef, store: Option<&Snapshot>) -> KpiJson {
    let missing = store.map(|store| kpi.missing(store));
    let dimension = |name: &&'static str| DimensionJson {
        name,
        help: dims::find(kpi.model, name).expect("the catalogue names dimensions that exist").help,
        always: kpi.own_dims.contains(name),
    };
    let computed = |&(name, _): &(&'static str, _)| DimensionJson { name, help: "computed", always: true };
    KpiJson {
        name: kpi.name,
        title: kpi.title,
        family: kpi.family,
        model: kpi.model.name(),
        question: kpi.question,
        definition: kpi.definition,
        definition_id: kpi.definition_id(),
        every: kpi.every.name(),
        stock: kpi.is_stock,
        proxy: kpi.is_proxy,
        additive: kpi.is_additive(),
        rolling: kpi.rolling,
        measures: kpi
            .measures
            .iter()
            .map(|m| MeasureJson { name: m.name, unit: m.unit, kind: unit(m.kind, m.unit) })
            .collect(),
        dimensions: kpi.dims.iter().map(dimension).chain(kpi.extra.iter().map(computed)).collect(),
        options: kpi
            .options
            .iter()
            .map(|o| OptionJson {
                name: o.name,
                values: if let OptionValues::Words(words) = o.values { words } else { &[] },
                default: o.default(),
                help: o.help,
            })
            .collect(),
        needs: kpi.needs.iter().map(|(table, column)| format!("{table}.{column}")).collect(),
        computable: missing.as_ref().map(Vec::is_empty),
        missing: missing.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SCHEMA;

    #[test]
    fn every_kpi_can_be_explained() {
        for kpi in KPIS {
            let text = one(kpi, None, Format::Table);
            assert!(text.contains(kpi.definition) && text.contains("measure"), "{text}");
            assert!(kpi.needs.iter().all(|(table, _)| SCHEMA.find(table).is_some()), "{}", kpi.name);
        }
    }
}
