//! A folder of exports and its store, and what loading it did.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::Value;
use tempfile::TempDir;

/// Any number of rejected rows is fine.
pub const ANY: &[&str] = &["--max-rejects", "100%"];

/// A command that has ended.
#[derive(Debug)]
pub struct Done {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// A record of the quarantine file.
#[derive(Debug)]
pub struct Put {
    pub table: String,
    pub file: String,
    pub line: u64,
    pub byte_offset: u64,
    pub column: String,
    pub reason: String,
    pub explanation: String,
    pub value: String,
    pub raw: Vec<u8>,
}

/// What a load did.
#[derive(Debug)]
pub struct Outcome {
    pub status: i32,
    pub err: String,
    pub report: Value,
    pub quarantine: Vec<Put>,
}

impl Outcome {
    fn table(&self, name: &str) -> &Value {
        let tables = self.report["tables"].as_array().unwrap();
        tables.iter().find(|t| t["table"] == name).unwrap_or_else(|| panic!("no {name}: {}", self.report))
    }

    /// Read, loaded, replaced, quarantined, skipped.
    pub fn counts(&self, table: &str) -> [u64; 5] {
        counts(self.table(table))
    }

    /// Line, column and reason of each quarantined record of a table.
    pub fn faults(&self, table: &str) -> Vec<(u64, &str, &str)> {
        let of = self.quarantine.iter().filter(|p| p.table == table);
        of.map(|p| (p.line, p.column.as_str(), p.reason.as_str())).collect()
    }

    /// How often something was noticed whose words begin so.
    pub fn noticed(&self, table: &str, what: &str) -> u64 {
        let notes = self.table(table)["notes"].as_object().unwrap();
        notes.iter().filter(|(note, _)| note.starts_with(what)).map(|(_, n)| n.as_u64().unwrap()).sum()
    }

    /// A file of a table, as the report has it.
    pub fn file(&self, table: &str, at: usize) -> &Value {
        &self.table(table)["files"][at]
    }

    /// What the report says of a table under a name.
    pub fn of(&self, table: &str, what: &str) -> &Value {
        &self.table(table)[what]
    }

    pub fn is_committed(&self) -> bool {
        self.report["committed"] == true
    }

    /// Holds that the load was refused, nothing was committed, and the message says all of `parts`.
    #[track_caller]
    pub fn assert_refused(&self, parts: &[&str]) {
        assert_eq!(self.status, 3, "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is not in: {}", self.err);
        }
        assert_ne!(self.report["committed"], true);
    }
}

fn counts(table: &Value) -> [u64; 5] {
    ["read", "loaded", "replaced", "quarantined", "skipped"].map(|name| table[name].as_u64().unwrap())
}

/// A folder with `exports` and a `store`, removed when it is dropped.
pub struct Place {
    pub dir: TempDir,
}

impl Place {
    pub fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("exports")).unwrap();
        Place { dir }
    }

    /// A place with one export.
    pub fn with(name: &str, bytes: impl AsRef<[u8]>) -> Place {
        let place = Place::new();
        place.write(name, bytes);
        place
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.exports().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn exports(&self) -> PathBuf {
        self.dir.path().join("exports")
    }

    pub fn store(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    pub fn run(&self, args: &[&str]) -> Done {
        let store = self.store();
        let args: Vec<&str> =
            ["quipu"].iter().chain(args).copied().chain(["--store", store.to_str().unwrap()]).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut io = quipu::cli::Io { out: &mut out, err: &mut err, color: false };
        let status = quipu::cli::run_with(&args, &mut io);
        Done { status, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
    }

    /// Loads the whole folder of exports.
    pub fn load(&self, options: &[&str]) -> Outcome {
        self.load_path(&self.exports(), options)
    }

    /// Loads under a mapping, which is kept for later loads.
    pub fn load_mapped(&self, mapping: &str, options: &[&str]) -> Outcome {
        let path = self.dir.path().join("mapping.toml");
        fs::write(&path, mapping).unwrap();
        self.load(&[&["--mapping", path.to_str().unwrap()], options].concat())
    }

    /// Loads a file or folder, and holds what holds for any load.
    pub fn load_path(&self, path: &Path, options: &[&str]) -> Outcome {
        let command = ["load", "--format", "json", path.to_str().unwrap()];
        let done = self.run(&[&command, options].concat());
        let report: Value = serde_json::from_str(&done.out).unwrap_or_default();
        let quarantine = report["quarantine_file"].as_str().map(read_quarantine).unwrap_or_default();
        let outcome = Outcome { status: done.status, err: done.err, report, quarantine };
        for table in outcome.report["tables"].as_array().into_iter().flatten() {
            let [read, loaded, replaced, quarantined, skipped] = counts(table);
            assert_eq!(read, loaded + replaced + quarantined + skipped, "{table}");
            let put = outcome.quarantine.iter().filter(|p| table["table"] == p.table.as_str()).count() as u64;
            assert_eq!(put, quarantined, "{table}");
            let faults = table["faults"].as_array().unwrap().iter();
            assert_eq!(faults.map(|f| f["rows"].as_u64().unwrap()).sum::<u64>(), quarantined, "{table}");
        }
        outcome.quarantine.iter().for_each(stands_where_it_says);
        outcome
    }

    /// The rows of a result.
    pub fn rows(&self, query: &[&str]) -> Value {
        let done = self.run(&[&["query"], query, &["--format", "json"]].concat());
        assert_eq!(done.status, 0, "{}", done.err);
        serde_json::from_str::<Value>(&done.out).unwrap()["rows"].clone()
    }

    /// Whether the store has no snapshot.
    pub fn is_empty(&self) -> bool {
        self.run(&["info"]).status == 5
    }
}

fn read_quarantine(path: &str) -> Vec<Put> {
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.byte_headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|h| h == name.as_bytes()).unwrap();
    let put = |record: csv::ByteRecord| {
        let bytes = |name: &str| record[at(name)].to_vec();
        let text = |name: &str| String::from_utf8(bytes(name)).unwrap();
        let number = |name: &str| text(name).parse().unwrap();
        assert!(number("load_id") >= 1);
        assert!(bytes("raw").len() <= 10 << 10);
        Put {
            table: text("table"),
            file: text("file"),
            line: number("line"),
            byte_offset: number("byte_offset"),
            column: text("column"),
            reason: text("reason"),
            explanation: text("explanation"),
            value: text("value"),
            raw: bytes("raw"),
        }
    };
    reader.byte_records().map(|record| put(record.unwrap())).collect()
}

/// The record begins where its offset says, on the line that it says: a look into the file itself.
fn stands_where_it_says(put: &Put) {
    let Ok(bytes) = fs::read(&put.file) else { return };
    let bytes = match put.file.ends_with(".gz") {
        false => bytes,
        true => {
            let mut text = Vec::new();
            MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
            text
        }
    };
    if bytes.len() > 1 << 20 {
        return;
    }
    let (before, at) = bytes.split_at(put.byte_offset as usize);
    let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let zeros = |text: &[u8]| text.iter().filter(|b| !(wide && **b == 0)).copied().collect::<Vec<u8>>();
    let (before, at) = (zeros(before), zeros(at));
    assert_eq!(put.line, 1 + line_ends(&before), "{put:?}");
    // What is masked is not in the file, and what is not ASCII may be written in another encoding there.
    let raw: Vec<u8> = put.raw.iter().copied().take_while(u8::is_ascii).collect();
    let raw = raw.strip_prefix(b"'").unwrap_or(&raw);
    let masked_from = if raw.len() < put.raw.len() { raw.len().saturating_sub(1) } else { raw.len() };
    assert!(at.starts_with(&raw[..masked_from]), "{put:?}: {at:?}");
}

fn line_ends(text: &[u8]) -> u64 {
    let feeds = text.iter().filter(|b| **b == b'\n').count();
    let lone = text.windows(2).filter(|pair| pair[0] == b'\r' && pair[1] != b'\n').count();
    (feeds + lone + usize::from(text.ends_with(b"\r"))) as u64
}

/// Compresses.
pub fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// UTF-16 with a mark, low byte first.
pub fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}
