//! How do tests talk to the engine? Through its command line contract, and nothing else.
//!
//! Invariant: `run` is the only place that names the engine.

#![allow(dead_code, reason = "each test binary uses its own part of the support code")]

pub mod json;

use std::env;
use std::path::Path;

use json::Json;
use proptest::prelude::ProptestConfig;
use tempfile::TempDir;

use crate::generate::Dice;
use crate::reference::answer::{Answer, Cell};
use crate::reference::data::Model;
use crate::reference::request::{RATES_FILE, Request};

/// So many cases of a law, if `PROPTEST_CASES` does not say otherwise.
pub fn cases(cases: u32) -> ProptestConfig {
    let asked = env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(cases),
        max_shrink_iters: 200,
        // A failure prints what it takes to repeat it; the sources stay as they are.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// What a command leaves behind.
#[derive(Debug)]
pub struct Outcome {
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// Runs the engine in this process, as its binary would be run with these arguments.
pub fn run(arguments: &[String]) -> Outcome {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let arguments: Vec<String> =
        std::iter::once("quipu".to_string()).chain(arguments.iter().cloned()).collect();
    let status = quipu::cli::run(&arguments, &mut stdout, &mut stderr);
    Outcome { status, stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
}

/// A store in a folder of its own, which is removed with it.
pub struct Store {
    folder: TempDir,
}

/// The part of a result that the reference answers, and the snapshot that it was answered from.
#[derive(Debug, PartialEq)]
pub struct Figures {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Json>>,
    /// Do the groups of a period add up to its total?
    pub additive: bool,
    pub snapshot: String,
}

impl Figures {
    fn position(&self, column: &str) -> usize {
        let position = self.columns.iter().position(|name| name == column);
        position.unwrap_or_else(|| panic!("no column {column} in {:?}", self.columns))
    }

    /// Every row's cells of the named columns.
    pub fn cells<const N: usize>(&self, columns: [&str; N]) -> Vec<[&Json; N]> {
        let positions = columns.map(|column| self.position(column));
        self.rows.iter().map(|row| positions.map(|position| &row[position])).collect()
    }
}

impl Store {
    pub fn empty() -> Store {
        Store { folder: TempDir::new().expect("there is room for temporary files") }
    }

    /// A store that was loaded once, with one file per table.
    pub fn with(data: &impl Model) -> Store {
        let store = Store::empty();
        if let Some(rates) = data.rates() {
            rates.write(&store.folder.path().join(RATES_FILE), &rates.rows);
        }
        let export = TempDir::new().expect("there is room for temporary files");
        data.write(export.path());
        store.load(export.path());
        store
    }

    fn path(&self) -> String {
        self.folder.path().join("store").to_string_lossy().into_owned()
    }

    /// Loads an export folder; a row that is refused fails the test.
    pub fn load(&self, export: &Path) {
        let mut arguments = vec!["load".to_owned(), export.to_string_lossy().into_owned()];
        arguments.extend(["--strict".to_owned(), "--store".to_owned(), self.path()]);
        let outcome = run(&arguments);
        let said = String::from_utf8_lossy(&outcome.stdout);
        assert_eq!(outcome.status, 0, "load: {said}{}", outcome.stderr);
    }

    pub fn arguments(&self, request: &Request, threads: usize) -> Vec<String> {
        let mut arguments = request.arguments();
        for argument in arguments.iter_mut().filter(|argument| *argument == RATES_FILE) {
            *argument = self.folder.path().join(RATES_FILE).to_string_lossy().into_owned();
        }
        let more = ["--format", "json", "--threads", &threads.to_string(), "--store"];
        arguments.extend(more.map(str::to_owned));
        arguments.push(self.path());
        arguments
    }

    /// The bytes of an answer, or what the engine says instead of one.
    pub fn bytes(&self, request: &Request, threads: usize) -> Result<Vec<u8>, String> {
        let outcome = run(&self.arguments(request, threads));
        match outcome.status {
            0 => Ok(outcome.stdout),
            status => Err(format!("exit status {status}: {}", outcome.stderr)),
        }
    }

    pub fn query(&self, request: &Request, threads: usize) -> Result<Figures, String> {
        let bytes = self.bytes(request, threads)?;
        let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
        let json = Json::parse(&text)?;
        let names = json.get("columns")?.items()?.iter();
        let columns = names.map(|column| column.get("name")?.text().map(str::to_owned));
        let rows = json.get("rows")?.items()?.iter();
        Ok(Figures {
            columns: columns.collect::<Result<_, String>>()?,
            rows: rows.map(|row| row.items().map(<[Json]>::to_vec)).collect::<Result<_, _>>()?,
            additive: *json.get("additive")? == Json::Bool(true),
            snapshot: json.get("snapshot")?.text()?.to_owned(),
        })
    }

    /// The figures of a law, which must not fail.
    pub fn figures(&self, request: &Request) -> Figures {
        let line = request.arguments().join(" ");
        self.query(request, 1).unwrap_or_else(|error| panic!("quipu {line}: {error}"))
    }
}

/// Writes each table as several files, its rows in any order.
pub fn write_in_parts(data: &impl Model, folder: &Path, seed: u64) {
    let mut dice = Dice::new(seed);
    for mut sheet in data.sheets() {
        dice.shuffle(&mut sheet.rows);
        let size = sheet.rows.len() / (1 + dice.below(4) as usize) + 1;
        for (number, rows) in sheet.rows.chunks(size).enumerate() {
            sheet.write(&folder.join(format!("{}-{number}.csv", sheet.name)), rows);
        }
    }
}

/// The first difference between what is true and what the engine says.
pub fn difference(expected: &Answer, found: &Figures) -> Result<(), String> {
    if expected.columns != found.columns {
        let (wanted, columns) = (expected.columns.join(", "), found.columns.join(", "));
        return Err(format!("columns:\n  reference {wanted}\n  engine    {columns}"));
    }
    let longest = expected.rows.len().max(found.rows.len());
    for index in 0..longest {
        let (wanted, row) = (expected.rows.get(index), found.rows.get(index));
        let same = match (wanted, row) {
            (Some(wanted), Some(row)) => {
                wanted.len() == row.len() && wanted.iter().zip(row).all(|(a, b)| is_same(a, b))
            }
            _ => false,
        };
        if !same {
            let wanted = wanted.map_or("no such row".to_owned(), |row| shown(row));
            let row = row.map_or("no such row".to_owned(), |row| format!("{row:?}"));
            let columns = expected.columns.join(", ");
            return Err(format!("row {index} ({columns}):\n  reference {wanted}\n  engine    {row}"));
        }
    }
    Ok(())
}

fn shown(row: &[Cell]) -> String {
    let cells: Vec<String> = row
        .iter()
        .map(|cell| match cell {
            Cell::Null => "null".to_owned(),
            Cell::Int(number) => number.to_string(),
            Cell::Number(number) => format!("{number:?}"),
            Cell::Text(text) => format!("{text:?}"),
        })
        .collect();
    format!("[{}]", cells.join(", "))
}

/// Integers and texts are the same when they are written alike, floats when they are the same
/// number to the last bit.
fn is_same(expected: &Cell, found: &Json) -> bool {
    match (expected, found) {
        (Cell::Null, Json::Null) => true,
        // A sum that may have a fraction is written as a number: `39.0`.
        (Cell::Int(expected), Json::Number(found)) => {
            expected.to_string() == found.strip_suffix(".0").unwrap_or(found)
        }
        (Cell::Number(expected), Json::Number(found)) => {
            found.parse::<f64>().is_ok_and(|found| found.to_bits() == expected.to_bits())
        }
        (Cell::Text(expected), Json::Text(found)) => expected == found,
        _ => false,
    }
}
