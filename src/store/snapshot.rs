//! A snapshot, open for reading.
//!
//! Opening reads `CURRENT` and one manifest; column files are mapped when they are first asked for.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::column_file::ColumnFile;
use super::dictionary::Dictionary;
use super::error::StoreError;
use super::manifest::{FileRef, Manifest, Range, SegmentRef, TableRef, file_name, parse_current};
use crate::model::{SCHEMA, TableDef, TableId};

/// The section of a file by id that tells which ids have a row.
pub const KNOWN: &str = "#known";

/// The section of a fact table's file that holds the rows' own ids.
pub const ID: &str = "#id";

/// The section of a file by id that tells in which month a fact table's row lies; missing for the
/// rows without a time.
pub const MONTH: &str = "#month";

/// Ids in a file by id.
pub const CHUNK: usize = 1 << 20;

/// What is taken on trust when a file is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// The bytes of its columns: only sizes and headers are checked, so that opening takes no time.
    Content,
    /// Nothing: every byte is checked.
    Nothing,
}

/// A file that is mapped at its first use.
pub struct LazyFile {
    path: PathBuf,
    bytes: u64,
    rows: u64,
    /// The hash of its content, where that is compared at the first use.
    hash: Option<String>,
    file: OnceLock<ColumnFile>,
}

impl LazyFile {
    fn new(dir: &Path, file: &FileRef, trust: Trust) -> Self {
        LazyFile {
            path: data_path(dir, &file.name),
            bytes: file.bytes,
            rows: file.rows,
            hash: (trust == Trust::Nothing).then(|| file.hash.clone()),
            file: OnceLock::new(),
        }
    }

    /// The open file.
    ///
    /// # Errors
    /// When it cannot be opened or is damaged.
    pub fn open(&self) -> Result<&ColumnFile, StoreError> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let file = ColumnFile::open(&self.path, self.bytes, self.rows)?;
        if let Some(hash) = &self.hash {
            file.check_content(hash)?;
        }
        Ok(self.file.get_or_init(|| file))
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows as usize
    }
}

/// The path of a file named by a manifest.
pub fn data_path(dir: &Path, name: &str) -> PathBuf {
    dir.join("data").join(name)
}

/// One month of a fact table.
pub struct Segment {
    /// What the manifest says.
    pub info: SegmentRef,
    file: LazyFile,
    derived: Vec<(String, LazyFile)>,
}

impl Segment {
    /// The open file.
    ///
    /// # Errors
    /// When it cannot be opened or is damaged.
    pub fn open(&self) -> Result<&ColumnFile, StoreError> {
        self.file.open()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.file.rows()
    }

    /// Sets derived from this month, by name.
    ///
    /// # Errors
    /// When the file cannot be opened or is damaged.
    pub fn derived(&self, name: &str) -> Result<Option<&ColumnFile>, StoreError> {
        self.derived.iter().find(|(n, _)| n == name).map(|(_, f)| f.open()).transpose()
    }
}

/// A table of the snapshot.
pub struct Table {
    /// Its declaration.
    pub def: &'static TableDef,
    /// What the manifest says.
    pub info: TableRef,
    /// Month segments, in order.
    pub segments: Vec<Segment>,
    chunks: Vec<LazyFile>,
    dictionaries: Vec<Option<(LazyFile, OnceLock<Dictionary>)>>,
}

impl Table {
    fn new(dir: &Path, def: &'static TableDef, info: TableRef, trust: Trust) -> Self {
        let lazy = |f: &FileRef| LazyFile::new(dir, f, trust);
        let segments = info
            .segments
            .iter()
            .map(|s| Segment {
                info: s.clone(),
                file: lazy(&s.file),
                derived: s.derived.iter().map(|(n, f)| (n.clone(), lazy(f))).collect(),
            })
            .collect();
        let dictionaries = def
            .columns
            .iter()
            .map(|c| info.dictionaries.get(c.name).map(|f| (lazy(f), OnceLock::new())))
            .collect();
        let chunks = info.chunks.iter().map(|c| lazy(&c.file)).collect();
        Table { def, segments, chunks, dictionaries, info }
    }

    /// Surrogate ids given so far.
    pub fn ids(&self) -> usize {
        self.info.ids as usize
    }

    /// The files by id, each with its first id.
    ///
    /// # Errors
    /// When one cannot be opened or is damaged.
    pub fn chunks(&self) -> Result<Vec<(usize, &ColumnFile)>, StoreError> {
        self.chunks.iter().enumerate().map(|(i, f)| Ok((i * CHUNK, f.open()?))).collect()
    }

    /// The dictionary of a category column; none when no row has a value.
    ///
    /// # Errors
    /// When it cannot be opened or is damaged.
    pub fn dictionary(&self, column: usize) -> Result<Option<&Dictionary>, StoreError> {
        let Some((file, cell)) = &self.dictionaries[column] else { return Ok(None) };
        if let Some(dictionary) = cell.get() {
            return Ok(Some(dictionary));
        }
        file.open()?;
        let own = ColumnFile::open(&file.path, file.bytes, file.rows)?;
        let dictionary = Dictionary::new(own)?;
        Ok(Some(cell.get_or_init(|| dictionary)))
    }

    /// The range of a date or time column over all rows; `column.day` for civil days of a column
    /// that may hold both.
    pub fn range(&self, column: &str) -> Option<Range> {
        let own = self.info.chunks.iter().filter_map(|c| c.ranges.get(column).copied());
        let months = self.info.segments.iter().filter_map(|s| s.ranges.get(column).copied());
        own.chain(months).reduce(Range::join)
    }

    /// Whether any load had a header for the column.
    pub fn has_column(&self, column: &str) -> bool {
        self.info.columns.iter().any(|c| c == column)
    }
}

/// A snapshot, open for reading.
pub struct Snapshot {
    /// The store's folder.
    pub dir: PathBuf,
    /// What belongs to it.
    pub manifest: Manifest,
    tables: Vec<Option<Table>>,
    derived: Vec<(String, LazyFile)>,
}

impl Snapshot {
    /// Opens the snapshot in force.
    ///
    /// # Errors
    /// When there is no store, it is damaged, or it is of another format.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let manifest = read_current(dir)?.ok_or_else(|| StoreError::Missing(dir.to_path_buf()))?;
        Ok(Self::from_manifest(dir, manifest))
    }

    /// Opens the files that a manifest names.
    pub fn from_manifest(dir: &Path, manifest: Manifest) -> Self {
        Self::with(dir, manifest, Trust::Content)
    }

    /// Opens the files that a manifest names for a load, which reads them to write others: each byte is
    /// checked at the first use, so that damage never gets a new seal.
    pub fn for_load(dir: &Path, manifest: Manifest) -> Self {
        Self::with(dir, manifest, Trust::Nothing)
    }

    fn with(dir: &Path, manifest: Manifest, trust: Trust) -> Self {
        let tables = SCHEMA
            .tables()
            .map(|(_, def)| {
                manifest.tables.get(def.name).map(|info| Table::new(dir, def, info.clone(), trust))
            })
            .collect();
        let derived =
            manifest.derived.iter().map(|(n, d)| (n.clone(), LazyFile::new(dir, &d.file, trust))).collect();
        Snapshot { dir: dir.to_path_buf(), manifest, tables, derived }
    }

    /// A table; none when nothing of it was ever mentioned.
    pub fn table(&self, id: TableId) -> Option<&Table> {
        self.tables[id.0].as_ref()
    }

    /// A table by its exact name; none when nothing of it was ever mentioned.
    pub fn named(&self, name: &str) -> Option<&Table> {
        self.table(SCHEMA.id(name))
    }

    /// Surrogate ids given in a table so far.
    pub fn ids_of(&self, name: &str) -> usize {
        self.named(name).map_or(0, Table::ids)
    }

    /// The tables that hold something, in load order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().flatten()
    }

    /// A look-up derived from whole tables.
    ///
    /// # Errors
    /// When the file cannot be opened or is damaged.
    pub fn derived(&self, name: &str) -> Result<Option<&ColumnFile>, StoreError> {
        self.derived.iter().find(|(n, _)| n == name).map(|(_, f)| f.open()).transpose()
    }
}

/// The name of the file that names the manifest in force.
pub(super) const CURRENT: &str = "CURRENT";

/// Reads the manifest in force; none when the folder holds no store.
pub(super) fn read_current(dir: &Path) -> Result<Option<Manifest>, StoreError> {
    let current = dir.join(CURRENT);
    if !current.try_exists().map_err(StoreError::io(&current))? {
        return if has_manifests(dir) {
            Err(StoreError::damaged(&current, "it is missing"))
        } else {
            Ok(None)
        };
    }
    let path = dir.join("manifests").join(parse_current(&current, &read(&current)?)?);
    let bytes = read(&path)?;
    Manifest::from_bytes(&path, &bytes).map(Some)
}

/// Whether a folder without `CURRENT` holds a store all the same. The manifest of the first load may
/// be there when that load was interrupted before its commit point.
fn has_manifests(dir: &Path) -> bool {
    let first = file_name(1);
    let entries = std::fs::read_dir(dir.join("manifests")).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name != first.as_str())
}

/// The bytes of a file of the store.
fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    super::mmap::open(path)?.read_to_end(&mut bytes).map_err(StoreError::io(path))?;
    Ok(bytes)
}
