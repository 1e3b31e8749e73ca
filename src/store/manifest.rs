//! What belongs to a snapshot: every file with its length and content hash, sealed by its own hash.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::column_file::FORMAT;
use super::error::StoreError;

/// The length of the line with a manifest's own hash.
const SEAL: usize = 33;

/// A file of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Its name below the store's `data` folder.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// xxh3-128 of its header, which holds that of its other bytes.
    pub hash: String,
    /// Its rows.
    pub rows: u64,
}

/// The smallest and largest value of a column, in its own unit (days or microseconds).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The smallest value.
    pub min: i64,
    /// The largest value.
    pub max: i64,
}

impl Range {
    /// The range of both.
    pub fn join(self, other: Range) -> Range {
        Range { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

/// The rows of a table in one range of ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRef {
    /// The rows, at their id less the first id of the range.
    pub file: FileRef,
    /// Ranges of the date columns kept in it.
    pub ranges: BTreeMap<String, Range>,
}

/// One month of a fact table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SegmentRef {
    /// Year × 12 + month − 1 in UTC; none: the rows without a time.
    pub month: Option<i32>,
    /// Its rows, sorted by time.
    pub file: FileRef,
    /// Sum of the hashes of its rows, modulo 2^128, in hexadecimal.
    pub content: String,
    /// Ranges of its date and time columns; `column.day` for the civil days of a column that may hold
    /// both.
    pub ranges: BTreeMap<String, Range>,
    /// Sets derived from this file alone, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub derived: BTreeMap<String, FileRef>,
}

/// A look-up derived from tables.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DerivedRef {
    /// Hash over what it is a function of.
    pub inputs: String,
    /// Where it is.
    pub file: FileRef,
}

/// A table of a snapshot.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TableRef {
    /// Rows that a load brought (an entity that is only mentioned has none).
    pub rows: u64,
    /// Surrogate ids given so far.
    pub ids: u64,
    /// Files by id, each [`super::snapshot::CHUNK`] ids.
    pub chunks: Vec<ChunkRef>,
    /// Sum of the hashes of the rows kept by id, modulo 2^128, in hexadecimal.
    pub content: String,
    /// Month segments, in order; the one without a time last.
    pub segments: Vec<SegmentRef>,
    /// Dictionaries by column.
    pub dictionaries: BTreeMap<String, FileRef>,
    /// Columns that some load had a header for.
    #[serde(default)]
    pub columns: Vec<String>,
    /// What earlier loads found out about how this table is written.
    #[serde(default)]
    pub conventions: serde_json::Value,
}

/// A file that was loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRef {
    /// Its table.
    pub table: String,
    /// Its name, without the folder.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// xxh3-128 of its bytes.
    pub hash: String,
    /// Records read from it.
    pub rows: u64,
}

/// A snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Store format.
    pub format: u32,
    /// Chosen when the store was made.
    pub store_id: String,
    /// One more than that of the snapshot before.
    pub sequence: u64,
    /// Hash of the content: the same rows give the same id, wherever and in whatever steps loaded.
    pub snapshot: String,
    /// The program that wrote it.
    pub engine: String,
    /// The tables that hold something.
    pub tables: BTreeMap<String, TableRef>,
    /// Look-ups derived from tables, by name.
    #[serde(default)]
    pub derived: BTreeMap<String, DerivedRef>,
    /// The files loaded so far.
    pub sources: Vec<SourceRef>,
    /// The mapping of the last load that had one, kept for later loads.
    #[serde(default)]
    pub mapping: Option<String>,
    /// The report of the load that made it.
    #[serde(default)]
    pub report: serde_json::Value,
}

impl Manifest {
    /// The manifest of a store without rows.
    pub fn empty(store_id: String) -> Self {
        let mut manifest = Manifest {
            format: FORMAT,
            store_id,
            sequence: 0,
            snapshot: String::new(),
            engine: crate::model::ENGINE.into(),
            tables: BTreeMap::new(),
            derived: BTreeMap::new(),
            sources: Vec::new(),
            mapping: None,
            report: serde_json::Value::Null,
        };
        manifest.seal_content();
        manifest
    }

    /// Sets the snapshot id from the rows and the sums of the tables.
    pub fn seal_content(&mut self) {
        let mut text = String::new();
        for (name, table) in &self.tables {
            if table.rows > 0 {
                let sum = table.content_sum();
                text.push_str(&format!("{name} {} {sum:032x}\n", table.rows));
            }
        }
        self.snapshot = format!("{:032x}", xxh3_128(text.as_bytes()));
    }

    /// Every file that the snapshot needs.
    pub fn files(&self) -> impl Iterator<Item = &FileRef> {
        let tables = self.tables.values().flat_map(|t| {
            let segments = t.segments.iter().flat_map(|s| std::iter::once(&s.file).chain(s.derived.values()));
            t.chunks.iter().map(|c| &c.file).chain(segments).chain(t.dictionaries.values())
        });
        tables.chain(self.derived.values().map(|d| &d.file))
    }

    /// The bytes of the manifest's file: JSON, then a line with the hash of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("a manifest has only text keys");
        bytes.push(b'\n');
        let seal = format!("{:032x}\n", xxh3_128(&bytes));
        bytes.extend_from_slice(seal.as_bytes());
        bytes
    }

    /// The line at the end of a manifest's file.
    pub(super) fn seal_of(bytes: &[u8]) -> Cow<'_, str> {
        String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(SEAL)..])
    }

    /// Reads a manifest's file.
    ///
    /// # Errors
    /// When the seal does not match or the format is another.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = |what: &str| StoreError::damaged(path, what);
        let body_len = bytes.len().checked_sub(SEAL).ok_or_else(|| damaged("it is too short"))?;
        let (body, seal) = bytes.split_at(body_len);
        if seal != format!("{:032x}\n", xxh3_128(body)).as_bytes() {
            return Err(damaged("its seal does not match its content"));
        }
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_slice(body).map_err(|e| damaged(&e.to_string()))?;
        if version.format != FORMAT {
            return Err(StoreError::Format { path: path.into(), found: version.format, expected: FORMAT });
        }
        let manifest: Manifest = serde_json::from_slice(body).map_err(|e| damaged(&e.to_string()))?;
        // Another snapshot's manifest is sealed as well as its own.
        if path.file_name().is_none_or(|name| name != file_name(manifest.sequence).as_str()) {
            return Err(damaged(&format!("it is the manifest of load {}", manifest.sequence)));
        }
        if let Some(file) = manifest.files().find(|f| !is_plain(&f.name)) {
            return Err(damaged(&format!("it names the file {:?}", file.name)));
        }
        Ok(manifest)
    }
}

/// The name of the file of a manifest.
pub(super) fn file_name(sequence: u64) -> String {
    format!("{sequence:08}.json")
}

/// Whether a name stays below the folder that it is looked up in.
fn is_plain(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    name.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain))
}

/// Reads a content sum.
pub fn parse_sum(text: &str) -> u128 {
    u128::from_str_radix(text, 16).unwrap_or(0)
}

impl TableRef {
    /// Sum of the hashes of all rows, modulo 2^128.
    pub fn content_sum(&self) -> u128 {
        self.segments.iter().fold(parse_sum(&self.content), |sum, s| sum.wrapping_add(parse_sum(&s.content)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_that_leads_out_of_the_store_is_damage() {
        let read = |name: &str| {
            let file = FileRef { name: name.into(), bytes: 0, hash: String::new(), rows: 0 };
            let dictionaries = BTreeMap::from([("company".into(), file)]);
            let mut manifest = Manifest::empty("id".into());
            manifest.tables.insert("users".into(), TableRef { dictionaries, ..TableRef::default() });
            Manifest::from_bytes(Path::new("00000000.json"), &manifest.to_bytes())
        };
        assert!(read("users/dict-company-0123.col").is_ok());
        for name in ["", "/etc/passwd", "../users/x", "users/../../x", "users/./x", "users//x", "users/x\0"] {
            let error = read(name).expect_err(name).to_string();
            assert!(error.contains("it names the file"), "{name:?}: {error}");
        }
    }
}
