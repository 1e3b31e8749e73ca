//! A snapshot, open for reading.
//!
//! Opening reads `CURRENT` and one manifest; column files are mapped when they are first asked for.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::column_file::ColumnFile;
use super::dictionary::Dictionary;
use super::dir::{Dir, Hold, RealDir};
use super::error::StoreError;
use super::manifest::{FileRef, Manifest, Range, SegmentRef, TableRef, file_name};
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
    dir: Arc<dyn Dir>,
    name: String,
    bytes: u64,
    rows: u64,
    hash: String,
    trust: Trust,
    file: OnceLock<ColumnFile>,
}

impl LazyFile {
    fn new(dir: &Arc<dyn Dir>, file: &FileRef, trust: Trust) -> Self {
        LazyFile {
            dir: Arc::clone(dir),
            name: data_name(&file.name),
            bytes: file.bytes,
            rows: file.rows,
            hash: file.hash.clone(),
            trust,
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
        let file = self.read()?;
        Ok(self.file.get_or_init(|| file))
    }

    fn read(&self) -> Result<ColumnFile, StoreError> {
        let file = ColumnFile::open(self.dir.as_ref(), &self.name, self.bytes, self.rows)?;
        file.check_header(&self.hash)?;
        if self.trust == Trust::Nothing {
            file.check_content()?;
        }
        Ok(file)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows as usize
    }
}

/// The folder of the files that manifests name.
pub(super) const DATA: &str = "data";

/// The name in the store's folder of a file that a manifest names.
pub fn data_name(name: &str) -> String {
    format!("{DATA}/{name}")
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
    fn new(dir: &Arc<dyn Dir>, def: &'static TableDef, info: TableRef, trust: Trust) -> Self {
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
        let dictionary = Dictionary::new(file.read()?)?;
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
    /// What belongs to it.
    pub manifest: Manifest,
    dir: Arc<dyn Dir>,
    /// Keeps a writer from removing its files.
    _hold: Option<Hold>,
    tables: Vec<Option<Table>>,
    derived: Vec<(String, LazyFile)>,
}

impl Snapshot {
    /// Opens the snapshot in force of the store in a folder.
    ///
    /// # Errors
    /// When there is no store, it is damaged, or it is of another format.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_in(&(Arc::new(RealDir::new(path)) as Arc<dyn Dir>))
    }

    /// Opens the snapshot in force. Its files stay as long as it is open, whatever a writer does.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_in(dir: &Arc<dyn Dir>) -> Result<Self, StoreError> {
        let current = read_current(dir.as_ref())?;
        let (manifest, hold) = current.ok_or_else(|| StoreError::Missing(dir.root().to_path_buf()))?;
        Ok(Snapshot { _hold: Some(hold), ..Self::from_manifest(dir, manifest) })
    }

    /// Opens the snapshot before this one; none when it is gone.
    ///
    /// # Errors
    /// When its manifest is damaged.
    pub fn before(&self) -> Result<Option<Self>, StoreError> {
        let Some(sequence) = self.manifest.sequence.checked_sub(1).filter(|s| *s > 0) else {
            return Ok(None);
        };
        let name = manifest_name(sequence);
        let path = self.dir.path(&name);
        let Some((bytes, hold)) = self.dir.read_held(&name).map_err(StoreError::io(&path))? else {
            return Ok(None);
        };
        let manifest = Manifest::from_bytes(&path, &bytes)?;
        Ok(Some(Snapshot { _hold: Some(hold), ..Self::from_manifest(&self.dir, manifest) }))
    }

    /// Opens the files that a manifest names.
    pub fn from_manifest(dir: &Arc<dyn Dir>, manifest: Manifest) -> Self {
        Self::with(dir, manifest, Trust::Content)
    }

    /// Opens the files that a manifest names for a load, which reads them to write others: each byte is
    /// checked at the first use, so that damage never gets a new seal.
    pub fn for_load(dir: &Arc<dyn Dir>, manifest: Manifest) -> Self {
        Self::with(dir, manifest, Trust::Nothing)
    }

    fn with(dir: &Arc<dyn Dir>, manifest: Manifest, trust: Trust) -> Self {
        let tables = SCHEMA
            .tables()
            .map(|(_, def)| {
                manifest.tables.get(def.name).map(|info| Table::new(dir, def, info.clone(), trust))
            })
            .collect();
        let derived =
            manifest.derived.iter().map(|(n, d)| (n.clone(), LazyFile::new(dir, &d.file, trust))).collect();
        Snapshot { dir: Arc::clone(dir), manifest, tables, derived, _hold: None }
    }

    /// The path of the store's folder.
    pub fn root(&self) -> &Path {
        self.dir.root()
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

    /// A look-up derived from tables.
    ///
    /// # Errors
    /// When the file cannot be opened or is damaged.
    pub fn derived(&self, name: &str) -> Result<Option<&ColumnFile>, StoreError> {
        // They come in the order of their names.
        let at = self.derived.binary_search_by(|(n, _)| n.as_str().cmp(name));
        at.ok().map(|at| self.derived[at].1.open()).transpose()
    }
}

/// The name of the file that names the manifest in force.
pub(super) const CURRENT: &str = "CURRENT";

/// The folder of the manifests.
pub(super) const MANIFESTS: &str = "manifests";

/// The name of the manifest of a snapshot.
pub(super) fn manifest_name(sequence: u64) -> String {
    format!("{MANIFESTS}/{}", file_name(sequence))
}

/// What `CURRENT` says of a manifest: its number and its seal.
pub(super) fn current_text(sequence: u64, manifest: &[u8]) -> String {
    format!("{sequence:08} {}", Manifest::seal_of(manifest))
}

/// Reads the manifest in force and holds its files; none when the folder holds no store.
pub(super) fn read_current(dir: &dyn Dir) -> Result<Option<(Manifest, Hold)>, StoreError> {
    let current = dir.path(CURRENT);
    let read = || match dir.read(CURRENT) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(StoreError::unreadable(&current)(e)),
    };
    let Some(mut text) = read()? else {
        let is_damaged = has_manifests(dir)?;
        return if is_damaged { Err(StoreError::damaged(&current, "it is missing")) } else { Ok(None) };
    };
    loop {
        let line = std::str::from_utf8(&text).ok().and_then(|line| line.split_once(' '));
        let Some(sequence) = line.and_then(|(number, _)| number.parse().ok()) else {
            return Err(StoreError::damaged(&current, "it does not name a manifest"));
        };
        let name = manifest_name(sequence);
        let path = dir.path(&name);
        if let Some((bytes, hold)) = dir.read_held(&name).map_err(StoreError::unreadable(&path))? {
            let manifest = Manifest::from_bytes(&path, &bytes)?;
            if text != current_text(sequence, &bytes).as_bytes() {
                return Err(StoreError::damaged(&path, "it is not the manifest that CURRENT names"));
            }
            return Ok(Some((manifest, hold)));
        }
        // A writer may have committed twice since and removed what was in force.
        let again = read()?;
        if again.as_ref() == Some(&text) {
            return Err(StoreError::damaged(&path, "it is missing"));
        }
        let Some(again) = again else { return Ok(None) };
        text = again;
    }
}

/// Whether a folder without `CURRENT` holds a store all the same. The manifest of the first load may
/// be there when that load was interrupted before its commit point.
fn has_manifests(dir: &dyn Dir) -> Result<bool, StoreError> {
    match dir.list(MANIFESTS) {
        Ok(names) => Ok(names.iter().any(|name| *name != file_name(1))),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(e) => Err(StoreError::io(dir.path(MANIFESTS))(e)),
    }
}
