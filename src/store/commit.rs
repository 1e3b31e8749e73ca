//! From the snapshot in force to the next one, or to no change at all.
//!
//! Order: take the lock, write each new file and sync it, sync the folders, write and sync the
//! manifest, write and sync `CURRENT.tmp`, rename it over `CURRENT` (the commit point), sync the
//! folder. Before the rename, readers and a crash see the old snapshot whole; after it the new one.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::column_file::ColumnFileBuilder;
use super::error::StoreError;
use super::manifest::{FileRef, Manifest};
use super::snapshot::{CURRENT, data_path, read_current};

/// Snapshots whose files are kept.
const KEPT: usize = 2;

/// The one writer of a store.
pub struct Writer {
    dir: PathBuf,
    /// The snapshot that the next one is made from.
    pub base: Manifest,
    fresh: bool,
    touched: Mutex<BTreeSet<PathBuf>>,
    written: Mutex<Vec<PathBuf>>,
    _lock: File,
}

impl Writer {
    /// Takes the lock of a store, making the folder when there is none.
    ///
    /// # Errors
    /// When another writer holds it, or the store cannot be read or made.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(dir.join("data")).map_err(StoreError::io(dir))?;
        fs::create_dir_all(dir.join("manifests")).map_err(StoreError::io(dir))?;
        let lock_path = dir.join("LOCK");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(StoreError::io(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(StoreError::Locked(dir.to_path_buf())),
            Err(fs::TryLockError::Error(e)) => return Err(StoreError::io(&lock_path)(e)),
        }
        let base = read_current(dir)?;
        let fresh = base.is_none();
        let base = base.unwrap_or_else(|| Manifest::empty(new_store_id()));
        Ok(Writer {
            dir: dir.to_path_buf(),
            base,
            fresh,
            touched: Mutex::default(),
            written: Mutex::default(),
            _lock: lock,
        })
    }

    /// Whether the store had no snapshot before.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The store's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes a file `folder/stem-<hash>.ending` and syncs it. A file with the same content is there
    /// already when nothing changed, and is then used.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        &self,
        folder: &str,
        stem: &str,
        ending: &str,
        rows: usize,
        file: ColumnFileBuilder,
    ) -> Result<FileRef, StoreError> {
        let parent = data_path(&self.dir, folder);
        fs::create_dir_all(&parent).map_err(StoreError::io(&parent))?;
        let draft = parent.join(format!("{stem}.{ending}.tmp"));
        let io = |e| StoreError::io(&draft)(e);
        let mut out = BufWriter::with_capacity(1 << 20, create(&draft).map_err(io)?);
        let (bytes, hash) = file.write(&mut out).map_err(io)?;
        let out = out.into_inner().map_err(|e| io(e.into_error()))?;
        out.sync_all().map_err(io)?;
        let hash = format!("{hash:032x}");
        let name = format!("{folder}/{stem}-{}.{ending}", &hash[..16]);
        let path = data_path(&self.dir, &name);
        fs::rename(&draft, &path).map_err(StoreError::io(&path))?;
        self.touched.lock().expect("no panic holds this lock").insert(parent);
        self.written.lock().expect("no panic holds this lock").push(path);
        Ok(FileRef { name, bytes, hash, rows: rows as u64 })
    }

    /// Makes `next` the snapshot in force and removes what no kept snapshot names. Returns what
    /// could not be cleaned up or synced after the commit point, for a warning.
    ///
    /// # Errors
    /// When the commit point was not reached: the old snapshot stays in force.
    pub fn commit(self, mut next: Manifest) -> Result<Vec<String>, StoreError> {
        next.sequence = self.base.sequence + 1;
        next.engine = crate::model::ENGINE.into();
        let folder = File::open(&self.dir).map_err(StoreError::io(&self.dir))?;
        for parent in self.touched.lock().expect("no panic holds this lock").iter() {
            sync_folder(parent)?;
        }
        sync_folder(&self.dir.join("data"))?;
        let manifests = self.dir.join("manifests");
        let name = format!("{:08}.json", next.sequence);
        write_synced(&manifests.join(&name), &next.to_bytes())?;
        sync_folder(&manifests)?;
        // The folders themselves are entries of the store's folder, which an earlier commit may not
        // have synced.
        folder.sync_all().map_err(StoreError::io(&self.dir))?;
        let draft = self.dir.join("CURRENT.tmp");
        write_synced(&draft, format!("{name}\n").as_bytes())?;
        let current = self.dir.join(CURRENT);
        fs::rename(&draft, &current).map_err(StoreError::io(&current))?;

        let mut warnings = Vec::new();
        if let Err(e) = folder.sync_all() {
            warnings.push(format!("committed, but the folder could not be synced: {e}"));
        }
        if let Err(e) = clean_up(&self.dir, next.sequence) {
            warnings.push(format!("committed, but old files could not be removed: {e}"));
        }
        Ok(warnings)
    }

    /// Gives up: removes the files written, except those that the snapshot in force names.
    pub fn abandon(self) {
        let kept: BTreeSet<PathBuf> = self.base.files().map(|f| data_path(&self.dir, &f.name)).collect();
        for path in
            self.written.lock().expect("no panic holds this lock").iter().filter(|p| !kept.contains(*p))
        {
            // What stays behind is removed by the next commit.
            let _ = fs::remove_file(path);
        }
    }
}

fn new_store_id() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seed = format!("{} {}", now.as_nanos(), std::process::id());
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(seed.as_bytes()))
}

/// Makes a file. What an earlier load left under its name is removed, not written into: it may be a link.
fn create(path: &Path) -> std::io::Result<File> {
    match File::create_new(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            File::create_new(path)
        }
        made => made,
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let io = |e| StoreError::io(path)(e);
    let mut file = create(path).map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    file.sync_all().map_err(io)
}

fn sync_folder(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|f| f.sync_all()).map_err(StoreError::io(path))
}

/// Removes manifests older than the kept ones, and data files that none of the kept ones names.
fn clean_up(dir: &Path, sequence: u64) -> Result<(), StoreError> {
    let oldest = (sequence + 1).saturating_sub(KEPT as u64);
    let mut kept: BTreeSet<PathBuf> = BTreeSet::new();
    for entry in entries(&dir.join("manifests"))? {
        let number = entry.file_stem().and_then(|s| s.to_str()).and_then(|s| s.parse::<u64>().ok());
        if number.is_some_and(|n| (oldest..=sequence).contains(&n)) {
            let bytes = fs::read(&entry).map_err(StoreError::io(&entry))?;
            let manifest = Manifest::from_bytes(&entry, &bytes)?;
            kept.extend(manifest.files().map(|f| data_path(dir, &f.name)));
        } else {
            fs::remove_file(&entry).map_err(StoreError::io(&entry))?;
        }
    }
    for folder in entries(&dir.join("data"))? {
        for file in entries(&folder)? {
            if !kept.contains(&file) {
                fs::remove_file(&file).map_err(StoreError::io(&file))?;
            }
        }
    }
    Ok(())
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    fs::read_dir(dir)
        .and_then(|it| it.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>())
        .map_err(StoreError::io(dir))
}
