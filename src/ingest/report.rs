//! What a load did, table by table: *read = loaded + replaced + quarantined + skipped*.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::column::Notes;
use super::discover::SourceFile;
use super::fault::Fault;
use super::feed::FileReport;
use crate::model::{ColumnType, TableDef};

/// References of a column that find no row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unresolved {
    /// The column.
    pub column: String,
    /// The table it refers to.
    pub target: String,
    /// Rows of this load.
    pub rows: u64,
    /// Distinct keys, or names.
    pub keys: u64,
    /// Of references given by name: the names that mean no row, or several, and their rows. These
    /// references are missing, also when a later load brings the name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, u64>,
}

/// Records put aside for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultCount {
    /// The reason's code, as in the quarantine file.
    pub reason: String,
    /// The column whose cells are wrong; none when whole records are.
    pub column: Option<String>,
    /// Records.
    pub rows: u64,
    /// The file of the first one.
    pub file: String,
    /// Its line.
    pub line: u64,
    /// What is wrong with it.
    pub explanation: String,
}

/// One file of a load.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileOutcome {
    /// Its name, without the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// xxh3-128 of its bytes.
    pub hash: String,
    /// Records read.
    pub read: u64,
    /// Whether its content was loaded before.
    pub skipped_as_loaded: bool,
    /// The name under which it was loaded before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded_as: Option<String>,
    /// How it is written.
    pub dialect: String,
    /// Declared columns that it has.
    pub columns: Vec<String>,
    /// Headers that mean no column.
    pub extra: Vec<String>,
    /// Optional columns that it lacks.
    pub missing: Vec<String>,
}

impl FileOutcome {
    /// A file that was read.
    pub fn read(file: &FileReport) -> Self {
        FileOutcome {
            name: file_name(&file.start.path),
            bytes: file.bytes,
            hash: format!("{:032x}", file.content_hash),
            read: file.read,
            skipped_as_loaded: false,
            loaded_as: None,
            dialect: file.start.dialect.to_string(),
            columns: file.columns().map(Into::into).collect(),
            extra: file.extra(),
            missing: file.missing().into_iter().map(Into::into).collect(),
        }
    }

    /// A file whose content is in the store.
    pub fn already_loaded(file: &SourceFile, hash: &str, earlier: &str) -> Self {
        FileOutcome {
            name: file_name(&file.path),
            bytes: file.bytes,
            hash: hash.into(),
            read: 0,
            skipped_as_loaded: true,
            loaded_as: Some(earlier.into()),
            dialect: String::new(),
            columns: Vec::new(),
            extra: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Whether it was read and held no record, which a reader may not expect.
    pub fn is_header_only(&self) -> bool {
        self.read == 0 && !self.skipped_as_loaded
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// One table of a load.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TableReport {
    /// The table.
    pub table: String,
    /// Records read.
    pub read: u64,
    /// Rows that are new.
    pub loaded: u64,
    /// Rows that took the place of a stored one.
    pub replaced: u64,
    /// Records put aside.
    pub quarantined: u64,
    /// Earlier rows with the same key.
    pub skipped: u64,
    /// Of these, those that said the same as the later one.
    pub skipped_identical: u64,
    /// Of these, those that said something else.
    pub skipped_differing: u64,
    /// Quarantined records by reason and column, in the order in which they were met.
    pub faults: Vec<FaultCount>,
    /// References that find no row.
    pub unresolved: Vec<Unresolved>,
    /// Values outside of a column's domain: column, value, rows.
    pub outside_domain: BTreeMap<String, BTreeMap<String, u64>>,
    /// Other observations, counted.
    pub notes: BTreeMap<String, u64>,
    /// Its files.
    pub files: Vec<FileOutcome>,
}

impl TableReport {
    /// Nothing read yet.
    pub fn new(table: &str) -> Self {
        TableReport { table: table.into(), ..TableReport::default() }
    }

    /// Counts a quarantined record.
    pub fn count_fault(&mut self, fault: &Fault, path: &std::path::Path) {
        let same =
            |f: &&mut FaultCount| f.reason == fault.reason.code() && f.column.as_deref() == fault.column;
        match self.faults.iter_mut().find(same) {
            Some(counted) => counted.rows += 1,
            None => self.faults.push(FaultCount {
                reason: fault.reason.code().into(),
                column: fault.column.map(Into::into),
                rows: 1,
                file: file_name(path),
                line: fault.line,
                explanation: fault.reason.text(),
            }),
        }
    }

    /// Takes in what was noticed in all files.
    pub fn note(&mut self, def: &TableDef, notes: &Notes) {
        let mut names: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
        for ((column, name), rows) in &notes.no_such_name.values {
            names.entry(column).or_default().insert(name.clone(), *rows);
        }
        for (column, names) in names {
            let ColumnType::Reference(target) = def.columns[def.column(column)].ty else {
                unreachable!("only references are given by name")
            };
            self.unresolved.push(Unresolved {
                column: column.into(),
                target: target.into(),
                rows: names.values().sum(),
                keys: names.len() as u64,
                names,
            });
        }
        for ((column, value), rows) in &notes.outside_domain.values {
            *self.outside_domain.entry((*column).into()).or_default().entry(value.clone()).or_default() +=
                rows;
        }
        let counts = [
            ("cells with zero-width or no-break blanks around them", notes.odd_blanks),
            ("other values outside the domain", notes.outside_domain.more),
            ("other names that mean no row, or several", notes.no_such_name.more),
            ("local times that the source zone skips, shifted forward", notes.skipped_times),
            ("local times that occur twice in the source zone", notes.repeated_times),
            ("header lines in the middle of a file", notes.repeated_headers),
            ("rows with a delimiter at the end", notes.trailing_delimiters),
        ];
        for (what, rows) in counts.into_iter().filter(|(_, rows)| *rows > 0) {
            *self.notes.entry(what.into()).or_default() += rows;
        }
    }

    /// Whether every record read is accounted for.
    pub fn adds_up(&self) -> bool {
        self.read == self.loaded + self.replaced + self.quarantined + self.skipped
    }
}

/// What a load did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LoadReport {
    /// The number of the snapshot it made, or would have made.
    pub load_id: u64,
    /// The snapshot in force afterwards.
    pub snapshot: String,
    /// Its tables, in load order.
    pub tables: Vec<TableReport>,
    /// Files whose name matches no table, each with a hint.
    pub unmatched: Vec<(String, String)>,
    /// Where the quarantined records are.
    pub quarantine_file: Option<String>,
}

impl LoadReport {
    /// Nothing loaded yet.
    pub fn new(load_id: u64) -> Self {
        LoadReport { load_id, ..LoadReport::default() }
    }

    /// Whether a file was read that had not been loaded before.
    pub fn has_new_files(&self) -> bool {
        self.tables.iter().any(|t| t.files.iter().any(|f| !f.skipped_as_loaded))
    }
}
