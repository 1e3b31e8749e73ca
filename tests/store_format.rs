//! Are stores of every format that was released still read? A store is kept for each, with figures
//! that DuckDB computed from the exports beside it.
//!
//! `tools/store-fixture` makes the one of format 1 until the first release. From then on it is never
//! made again: a change that cannot read it is a change of format.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-1").join(name)
}

/// A copy, since even reading may take note of itself in a store's folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("there is room");
    for entry in fs::read_dir(from).expect("the fixture is there").map(|entry| entry.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("there is room");
        }
    }
}

/// Runs a command on a copy of the store: status, output, messages.
fn quipu(store: &Path, arguments: &[String]) -> (i32, String, String) {
    let mut all = vec!["quipu".to_owned()];
    all.extend_from_slice(arguments);
    all.extend([
        "--store".to_owned(),
        store.to_str().expect("temporary folders have plain names").to_owned(),
    ]);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = quipu::cli::run(&all, &mut out, &mut err);
    (status, String::from_utf8(out).expect("text"), String::from_utf8(err).expect("text"))
}

/// The words of a command line as a shell reads it, which has no escapes but quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for letter in line.chars() {
        match (quote, letter) {
            (None, ' ') => words.push(String::new()),
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => words.last_mut().expect("never empty").push(letter),
        }
    }
    words
}

/// A figure's command line, its columns and its rows.
struct Figure {
    arguments: Vec<String>,
    columns: Vec<Value>,
    rows: Vec<Value>,
}

fn figures() -> Vec<Figure> {
    let text = fs::read_to_string(fixture("figures.txt")).expect("the figures are there");
    let mut all: Vec<Figure> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("  "), all.last_mut()) {
            (None, _) => all.push(Figure { arguments: words(line), columns: Vec::new(), rows: Vec::new() }),
            (Some(json), Some(figure)) => {
                let json: Value = serde_json::from_str(json).expect("columns and rows are JSON");
                match json {
                    Value::Array(names) if figure.columns.is_empty() => figure.columns = names,
                    row => figure.rows.push(row),
                }
            }
            (Some(_), None) => panic!("the file begins with a command line"),
        }
    }
    all
}

/// Numbers are the same when they are to the last bit but one or two: both sides divide once.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().expect("finite"), b.as_f64().expect("finite"));
            (a - b).abs() <= 1e-14 * a.abs().max(b.abs())
        }
        _ => a == b,
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

#[test]
fn a_store_of_format_1_is_sound_and_answers() {
    let folder = TempDir::new().expect("there is room for temporary files");
    let store = folder.path().join("store");
    copy(&fixture("store"), &store);
    let (status, _, said) = quipu(&store, &["verify".to_owned()]);
    assert_eq!(status, 0, "{said}");
    let figures = figures();
    assert!(figures.len() > 100, "{} figures", figures.len());
    for figure in figures {
        let line = figure.arguments.join(" ");
        let query = [&["query".to_owned()], figure.arguments.as_slice(), &["--format".into(), "json".into()]];
        let (status, out, said) = quipu(&store, &query.concat());
        assert_eq!(status, 0, "{line}: {said}");
        let result: Value = serde_json::from_str(&out).expect("the result is JSON");
        let names: Vec<&Value> = list(&result["columns"]).iter().map(|column| &column["name"]).collect();
        assert_eq!(names.len(), figure.columns.len(), "{line}: {names:?}");
        let place = |name: &Value| names.iter().position(|found| *found == name);
        let places: Option<Vec<usize>> = figure.columns.iter().map(place).collect();
        let places = places.unwrap_or_else(|| panic!("{line}: {names:?}"));
        let found =
            list(&result["rows"]).iter().map(|row| places.iter().map(|&at| row[at].clone()).collect());
        let found: Vec<Value> = found.collect();
        // The order of some rows is not laid down.
        let sorted = |rows: &[Value]| {
            let mut rows = rows.to_vec();
            rows.sort_by_key(ToString::to_string);
            Value::Array(rows)
        };
        let (expected, found) = (sorted(&figure.rows), sorted(&found));
        assert!(is_same(&expected, &found), "{line}\nexpected {expected}\nfound    {found}");
    }
}

#[test]
fn a_store_of_format_1_takes_the_same_exports_again() {
    let folder = TempDir::new().expect("there is room for temporary files");
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    copy(&fixture("store"), &old);
    let export = fixture("export").to_str().expect("the sources have a plain path").to_owned();
    let load = |store: &Path| {
        let (status, out, said) =
            quipu(store, &["load".into(), export.clone(), "--format".into(), "json".into()]);
        assert_eq!(status, 0, "{said}");
        serde_json::from_str::<Value>(&out).expect("the report is JSON")
    };
    let (again, first) = (load(&old), load(&new));
    assert_eq!(again["committed"], false, "every file was loaded before");
    assert_eq!(again["snapshot"], first["snapshot"], "the same rows have the same snapshot id");
}
