//! Where do the commands run? In a folder with exports and a store, which is removed with it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

/// A command that has ended.
#[derive(Debug)]
pub struct Done {
    pub status: i32,
    pub out: String,
    pub err: String,
}

pub fn quipu(args: &[&str]) -> Done {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args: Vec<&str> = std::iter::once("quipu").chain(args.iter().copied()).collect();
    let status = quipu::cli::run(&args, &mut out, &mut err);
    Done { status, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// A folder with exports and a store.
pub struct Place {
    pub dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Place { dir: tempfile::tempdir().unwrap() }
    }

    /// A place whose `exports` folder holds the files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let place = Place::new();
        for (name, text) in files {
            place.write(name, text.as_bytes());
        }
        place
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path("exports").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn store(&self) -> PathBuf {
        self.path("store")
    }

    pub fn run(&self, args: &[&str]) -> Done {
        let store = self.store();
        quipu(&[args, &["--store", store.to_str().unwrap()]].concat())
    }

    /// Loads files of the `exports` folder; `.` is all of it.
    pub fn load(&self, names: &[&str], options: &[&str]) -> Done {
        let paths: Vec<String> =
            names.iter().map(|n| self.path("exports").join(n).to_str().unwrap().to_owned()).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        self.run(&[&["load", "--format", "json"], paths.as_slice(), options].concat())
    }

    /// The report of a load that must not fail.
    pub fn loaded(&self, names: &[&str], options: &[&str]) -> Value {
        let done = self.load(names, options);
        assert_eq!(done.status, 0, "{}", done.err);
        serde_json::from_str(&done.out).unwrap()
    }

    /// Loads all exports in one go and gives the snapshot id.
    pub fn snapshot(&self) -> String {
        self.loaded(&["."], &[])["snapshot"].as_str().unwrap().to_owned()
    }

    /// The rows of a result.
    pub fn rows(&self, query: &[&str]) -> Value {
        let done = self.run(&[&["query"], query, &["--format", "json"]].concat());
        assert_eq!(done.status, 0, "{}", done.err);
        serde_json::from_str::<Value>(&done.out).unwrap()["rows"].clone()
    }

    pub fn info(&self) -> Value {
        let done = self.run(&["info", "--format", "json"]);
        assert_eq!(done.status, 0, "{}", done.err);
        serde_json::from_str(&done.out).unwrap()
    }
}

/// What a report says of a table: read, loaded, replaced, quarantined, skipped.
pub fn counts(report: &Value, table: &str) -> [u64; 5] {
    let found = table_of(report, table);
    ["read", "loaded", "replaced", "quarantined", "skipped"].map(|name| found[name].as_u64().unwrap())
}

pub fn table_of<'a>(report: &'a Value, table: &str) -> &'a Value {
    report["tables"].as_array().unwrap().iter().find(|t| t["table"] == table).unwrap()
}
