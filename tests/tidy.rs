//! Is the tree as it is meant to be? Style rules that a machine can check.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use quipu::cli::args::Cli;

/// Each layer of `src`, and the layers it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("store", &["model"]),
    ("index", &["model", "store"]),
    ("ingest", &["model", "store", "index"]),
    ("kpi", &["model", "store", "index"]),
    ("query", &["model", "store", "index", "kpi"]),
    ("check", &["model", "store", "index", "kpi", "query"]),
    ("generate", &["model"]),
    ("report", &["model", "kpi", "query", "check"]),
    ("cli", &["model", "store", "index", "ingest", "kpi", "query", "check", "generate", "report"]),
];

/// The one file in which memory is taken at its word.
const UNSAFE_FILE: &str = "src/store/mmap.rs";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder of the project: path from its root, and text.
fn texts(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|e| e.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push((name, text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} is empty");
    found
}

fn sources() -> Vec<(String, String)> {
    texts("src").into_iter().filter(|(name, _)| name.ends_with(".rs")).collect()
}

/// The lines that are not comments, with their numbers from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().zip(1..).filter(|(line, _)| !line.trim_start().starts_with("//")).map(|(line, n)| (n, line))
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The first names of a path's rest: `store`, or of `{store, model::Day}` both.
fn heads(rest: &str) -> Vec<&str> {
    if !rest.starts_with('{') {
        return vec![word(rest)];
    }
    let (mut heads, mut depth, mut start) = (Vec::new(), 0, 1);
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => {
                heads.push(word(rest[start..at].trim_start()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 1 => {
                heads.push(word(rest[start..at].trim_start()));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

/// The layers that a file of a layer mentions: by `crate::`, or by climbing out of its own.
fn mentioned<'a>(name: &str, text: &'a str) -> Vec<(usize, &'a str)> {
    let parts = name.trim_end_matches(".rs").trim_end_matches("/mod").matches('/').count();
    let climb = "super::".repeat(parts);
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let number = text[..at].matches('\n').count() + 1;
        at += line.len();
        if line.trim_start().starts_with("//") {
            continue;
        }
        for path in ["crate::", climb.as_str()] {
            for (start, _) in line.match_indices(path) {
                // A list of imports may go on over several lines.
                let rest = &text[at - line.len() + start + path.len()..];
                found.extend(heads(rest).into_iter().map(|head| (number, head)));
            }
        }
    }
    found.retain(|(_, head)| LAYERS.iter().any(|(layer, _)| layer == head));
    found
}

#[test]
fn layers_use_only_those_below() {
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let layer = word(&name["src/".len()..]);
        if layer == "lib" || layer == "main" {
            continue;
        }
        let allowed = allowed.get(layer).unwrap_or_else(|| panic!("{name} belongs to no layer of the table"));
        for (line, used) in mentioned(&name, &text) {
            if used != layer && !allowed.contains(&used) {
                wrong.push(format!("{name}:{line}: {layer} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_check_of_layers_sees_every_form() {
    let text = "use crate::store::Snapshot;\n// crate::query\nfn f(x: &crate::kpi::Options) {}\nuse crate::{model::Day, report::{csv, json}, cli};\nuse super::super::ingest::load;\n";
    let seen: Vec<&str> = mentioned("src/query/plan.rs", text).into_iter().map(|(_, head)| head).collect();
    assert_eq!(seen, ["store", "kpi", "model", "report", "cli", "ingest"]);
}

#[test]
fn the_layers_stand_in_reading_order() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let declared: Vec<&str> =
        lib.lines().filter_map(|l| l.strip_prefix("pub mod ")).map(|l| l.trim_end_matches(';')).collect();
    let table: Vec<&str> = LAYERS.iter().map(|(layer, _)| *layer).collect();
    assert_eq!(declared, table);
}

#[test]
fn unsafe_code_stands_in_one_file_with_its_reason() {
    let mut blocks = 0;
    for (name, text) in sources() {
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in code(&text) {
            let attribute = line.trim_start().starts_with("#[") || line.trim_start().starts_with("#![");
            let has = line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
            if !has || attribute {
                continue;
            }
            assert_eq!(name, UNSAFE_FILE, "line {number}");
            let comment = lines[..number - 1].iter().rev().take_while(|l| l.trim_start().starts_with("//"));
            assert!(comment.into_iter().any(|l| l.contains("// SAFETY:")), "{name}:{number} says no SAFETY");
            blocks += 1;
        }
    }
    assert!(blocks > 0, "{UNSAFE_FILE} holds none: the rule can go");
}

#[test]
fn nothing_is_printed_behind_the_back_of_the_command_line() {
    for (name, text) in sources() {
        for (number, line) in code(&text) {
            for print in ["println!", "print!", "eprintln!", "eprint!", "dbg!"] {
                let calls =
                    line.match_indices(print).any(|(at, _)| !line[..at].ends_with(char::is_alphanumeric));
                assert!(!calls, "{name}:{number}: {print} panics on a closed pipe; write through cli::Io");
            }
        }
    }
}

#[test]
fn nothing_is_left_open() {
    let marks =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!"), concat!("unimpl", "emented!")];
    for folder in ["src", "tests", "tools", ".ci", "datasets"] {
        for (name, text) in texts(folder).iter().filter(|(name, _)| !name.ends_with(".csv")) {
            for (line, number) in text.lines().zip(1..) {
                assert!(!marks.iter().any(|mark| line.contains(mark)), "{name}:{number}: {line}");
            }
        }
    }
}

#[test]
fn every_file_says_what_it_answers() {
    for (name, text) in sources() {
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > "//! ".len() + 10, "{name}: {first}");
    }
}

fn quipu(args: &[&str]) -> String {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args: Vec<&str> = std::iter::once("quipu").chain(args.iter().copied()).collect();
    let status = quipu::cli::run(&args, &mut out, &mut err);
    assert_eq!(status, 0, "{}", String::from_utf8_lossy(&err));
    String::from_utf8(out).unwrap()
}

/// The README with what stands between two marks of a name replaced.
fn with_section(readme: &str, name: &str, content: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let start = readme.find(&begin).unwrap_or_else(|| panic!("README.md has no {begin}")) + begin.len();
    let stop = start + readme[start..].find(&end).unwrap_or_else(|| panic!("README.md has no {end}"));
    format!("{}{content}{}", &readme[..start], &readme[stop..])
}

/// The commands that README.md shows with what they print.
const SESSION: &[&str] = &[
    "quipu load datasets/sample",
    "quipu query mau --last 6m",
    "quipu query churn_rate --last 3m --where \"plan_type in ('Pro', 'Business')\"",
    "quipu query revenue --every year --from 2025 --by plan_type --where \"currency = 'EUR'\" --totals",
    "quipu query outstanding_debt --by age_bucket --where \"currency = 'NOK'\" --totals",
];

/// A terminal in which the commands were typed, with a store of its own.
fn session() -> String {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let mut text = String::from("```\n");
    for command in SESSION {
        let mut words = split(command);
        words.extend(["--store".to_owned(), store.to_str().unwrap().to_owned()]);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = quipu::cli::run(&words, &mut out, &mut err);
        assert_eq!(status, 0, "{command}: {}", String::from_utf8_lossy(&err));
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text += &format!("$ {command}\n{}{}\n", shown(&out), shown(&err));
    }
    text.trim_end().to_owned() + "\n```\n"
}

#[test]
fn what_the_readme_shows_is_what_the_program_prints() {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let mut wanted = with_section(&readme, "session", &session());
    for (name, command) in [("kpis", "kpis"), ("schema", "schema")] {
        wanted = with_section(&wanted, name, &quipu(&[command, "--format", "markdown"]));
    }
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, wanted).unwrap();
        return;
    }
    assert!(readme == wanted, "a part of README.md differs: BLESS=1 cargo test --test tidy writes it");
}

/// Words of a command line; quotes keep words together.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars().chain([' ']) {
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == ' ' => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(c),
        }
    }
    words
}

#[test]
fn the_commands_of_the_documents_can_be_typed() {
    let mut commands = 0;
    for file in ["README.md", "datasets/README.md"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let mut in_block = false;
        for line in text.lines() {
            if line.starts_with("```") {
                in_block = !in_block;
            }
            let typed = line.trim_start_matches("$ ");
            if !in_block || !typed.starts_with("quipu ") {
                continue;
            }
            let typed = typed.split("  ").next().unwrap();
            if let Err(error) = Cli::try_parse_from(split(typed)) {
                panic!("{file}: {typed}: {error}");
            }
            commands += 1;
        }
    }
    assert!(commands > 5, "only {commands} commands are shown");
}

#[test]
fn the_documents_name_files_that_exist() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let quoted = readme.split('`').skip(1).step_by(2);
    let paths: Vec<PathBuf> = quoted
        .filter(|q| {
            ["src/", "tests/", "tools/", "datasets/", "./tools/", ".ci/"].iter().any(|p| q.starts_with(p))
        })
        .map(|q| root().join(q.trim_start_matches("./")))
        .collect();
    assert!(paths.len() > 5, "{paths:?}");
    for path in paths {
        assert!(path.exists(), "README.md names {}", path.display());
    }
}
