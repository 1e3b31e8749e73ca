//! Does `quipu check` find what is wrong, and nothing else? Small exports through the command line.

mod clean;
mod contract;
mod planted;
mod reconcile;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use clean::File;
use serde_json::Value;
use tempfile::TempDir;

/// A command that has ended.
#[derive(Debug)]
struct Done {
    status: i32,
    out: String,
    err: String,
}

fn quipu(args: &[&str]) -> Done {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args: Vec<&str> = std::iter::once("quipu").chain(args.iter().copied()).collect();
    let status = quipu::cli::run(&args, &mut out, &mut err);
    Done { status, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// Rows added to, or taken from, a file.
#[derive(Clone, Copy)]
enum Edit {
    /// A line behind the last one.
    Add(&'static str, &'static str),
    /// No line that begins so.
    Drop(&'static str, &'static str),
}
use Edit::{Add, Drop};

/// A store in a folder of its own.
struct Store {
    dir: TempDir,
}

impl Store {
    /// A store of exports, with edits.
    fn with(files: &[File], edits: &[Edit]) -> Self {
        let store = Store { dir: tempfile::tempdir().unwrap() };
        store.load("first", files, edits);
        store
    }

    /// Loads exports, with edits, from a folder of the given name.
    fn load(&self, folder: &str, files: &[File], edits: &[Edit]) {
        let exports = self.dir.path().join(folder);
        fs::create_dir_all(&exports).unwrap();
        let mut texts: BTreeMap<&str, String> =
            files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        for edit in edits {
            match edit {
                Add(file, line) => *texts.get_mut(file).unwrap() += &format!("{line}\n"),
                Drop(file, start) => {
                    let text = texts.get_mut(file).unwrap();
                    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(start)).collect();
                    assert!(kept.len() < text.lines().count(), "{file} has no line {start}");
                    *text = kept.join("\n") + "\n";
                }
            }
        }
        for (name, text) in &texts {
            fs::write(exports.join(name), text).unwrap();
        }
        let done = self.run(&["load", "--strict", exports.to_str().unwrap()]);
        assert_eq!(done.status, 0, "{}{}", done.out, done.err);
    }

    fn run(&self, args: &[&str]) -> Done {
        let path = self.dir.path().join("store");
        quipu(&[args, &["--store", path.to_str().unwrap()]].concat())
    }

    /// The check as json.
    fn check(&self, args: &[&str]) -> Value {
        let done = self.run(&[&["check", "--format", "json"], args].concat());
        assert!([0, 4].contains(&done.status), "{}", done.err);
        serde_json::from_str(&done.out).unwrap()
    }
}

/// Where rules are broken: rule, place and keys of the faulty rows.
type Broken = BTreeMap<(String, String), BTreeSet<String>>;

/// What a check found, from its samples, of which none may be left out.
fn broken(check: &Value) -> Broken {
    let mut found = Broken::new();
    for rule in check["rules"].as_array().unwrap() {
        for finding in rule["findings"].as_array().unwrap().iter().filter(|f| f["faulty"] != 0) {
            let samples = finding["samples"].as_array().unwrap();
            let key = |sample: &Value| match &sample["key"] {
                Value::String(key) => key.clone(),
                _ => sample["values"].to_string(),
            };
            let keys: BTreeSet<String> = samples.iter().map(key).collect();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            found.insert((text(&rule["name"]), text(&finding["on"])), keys);
        }
    }
    found
}

/// The names of every declared rule.
fn declared() -> BTreeSet<String> {
    let done = quipu(&["check", "--list", "--format", "json"]);
    assert_eq!(done.status, 0, "{}", done.err);
    let list: Value = serde_json::from_str(&done.out).unwrap();
    list["rules"].as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect()
}
