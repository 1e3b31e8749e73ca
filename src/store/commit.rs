//! From the snapshot in force to the next one, or to no change at all.
//!
//! Order: take the lock, sync the store's folder, write each new file and sync it, sync the folders,
//! write and sync the manifest, write and sync `CURRENT.tmp`, rename it over `CURRENT` (the commit
//! point), sync the store's folder again. Before the rename, readers and a crash see the old snapshot
//! whole; after it the new one.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::column_file::ColumnFileBuilder;
use super::dir::{Access, Dir, Folder, Hold};
use super::error::StoreError;
use super::manifest::{FileRef, Manifest};
use super::snapshot::{CURRENT, DATA, MANIFESTS, current_text, data_name, manifest_name, read_current};
use super::syncing::Syncing;

/// Snapshots whose files are kept, beside those that a reader holds.
const KEPT: u64 = 2;

const LOCK: &str = "LOCK";
const DRAFT: &str = "CURRENT.tmp";

/// The one writer of a store.
pub struct Writer {
    dir: Arc<dyn Dir>,
    /// The snapshot that the next one is made from.
    pub base: Manifest,
    fresh: bool,
    made: Mutex<Made>,
    syncing: Syncing,
    _held: (Hold, Option<Hold>),
}

/// What a writer has made so far.
#[derive(Default)]
struct Made {
    /// Folders with a new name in them.
    folders: BTreeSet<String>,
    /// Files that were not there before.
    files: Vec<String>,
}

impl Writer {
    /// Takes the lock of a store, making the folder when there is none.
    ///
    /// # Errors
    /// When another writer holds it, or the store cannot be read or made.
    pub fn open(dir: &Arc<dyn Dir>) -> Result<Self, StoreError> {
        for folder in [DATA, MANIFESTS] {
            dir.make_folder(folder, Access::Usual).map_err(StoreError::io(dir.path(folder)))?;
        }
        let lock = dir.lock(LOCK).map_err(StoreError::io(dir.path(LOCK)))?;
        let lock = lock.ok_or_else(|| StoreError::Locked(dir.root().to_path_buf()))?;
        // What an earlier load left is relied on from here on, and may not be safe: the store's folders,
        // and the rename with which it was killed.
        let root = dir.folder("").and_then(|root| root.sync());
        root.map_err(StoreError::io(dir.root()))?;
        let (base, hold) = read_current(dir.as_ref())?.unzip();
        let fresh = base.is_none();
        let base = base.unwrap_or_else(|| Manifest::empty(new_store_id()));
        Ok(Writer {
            dir: Arc::clone(dir),
            base,
            fresh,
            made: Mutex::default(),
            syncing: Syncing::default(),
            _held: (lock, hold),
        })
    }

    /// Whether the store had no snapshot before.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The store's folder.
    pub fn dir(&self) -> &Arc<dyn Dir> {
        &self.dir
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        // Names are put in whole: a panic elsewhere does not spoil them.
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a file `folder/stem-<hash>.ending`, which the commit waits for until it is safe. A file
    /// with the same content is there already when nothing changed, and is then used.
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
        let parent = data_name(folder);
        self.dir.make_folder(&parent, Access::Usual).map_err(StoreError::io(self.dir.path(&parent)))?;
        let draft = format!("{parent}/{stem}.{ending}.tmp");
        let written = file.create(self.dir.as_ref(), &draft).map_err(StoreError::io(self.dir.path(&draft)));
        let (open, bytes, hash) = written.inspect_err(|_| self.forget(&draft))?;
        let hash = format!("{hash:032x}");
        let name = format!("{folder}/{stem}-{}.{ending}", &hash[..16]);
        let path = data_name(&name);
        let was_there = self.dir.exists(&path).map_err(StoreError::io(self.dir.path(&path)))?;
        if let Err(e) = self.dir.rename(&draft, &path) {
            self.forget(&draft);
            return Err(StoreError::io(self.dir.path(&path))(e));
        }
        let mut made = self.made();
        made.folders.insert(parent);
        if !was_there {
            made.files.push(path.clone());
        }
        drop(made);
        let path = self.dir.path(&path);
        self.syncing.take(path.clone(), open).map_err(StoreError::io(path))?;
        Ok(FileRef { name, bytes, hash, rows: rows as u64 })
    }

    /// Removes what a failed step has left; what cannot be removed goes with the next commit.
    fn forget(&self, name: &str) {
        let _ = self.dir.remove(name);
    }

    /// Makes `next` the snapshot in force and removes what no kept snapshot names. Returns what
    /// could not be synced or cleaned up after the commit point, for a warning.
    ///
    /// # Errors
    /// When the commit point was not reached: the old snapshot stays in force.
    pub fn commit(self, mut next: Manifest) -> Result<Vec<String>, StoreError> {
        next.sequence = self.base.sequence + 1;
        next.engine = crate::model::ENGINE.into();
        let root = match self.reach_commit_point(&next) {
            Ok(root) => root,
            // Files that a manifest in force may name stay.
            Err((error, true)) => return Err(error),
            Err((error, false)) => {
                self.forget(DRAFT);
                self.forget(&manifest_name(next.sequence));
                self.abandon();
                return Err(error);
            }
        };
        // A power cut may bring the old snapshot back as long as the new one is not safe.
        let cleaned = match root.sync() {
            Ok(()) => clean_up(self.dir.as_ref(), next.sequence)
                .map_err(|e| format!("committed, but old files could not be removed: {e}")),
            Err(e) => Err(format!("committed, but the folder could not be synced: {e}")),
        };
        Ok(cleaned.err().into_iter().collect())
    }

    /// Everything up to the rename. An error comes with whether the new snapshot may be in force all
    /// the same.
    fn reach_commit_point(&self, next: &Manifest) -> Result<Box<dyn Folder>, (StoreError, bool)> {
        let dir = self.dir.as_ref();
        let before = |name: &str, e| (StoreError::io(dir.path(name))(e), false);
        let open = |name: &str| dir.folder(name).map_err(|e| before(name, e));
        let sync = |name: &str| open(name)?.sync().map_err(|e| before(name, e));
        // Opened ahead: behind the commit point nothing is asked for that may not be had.
        let root = open("")?;
        self.syncing.finish().map_err(|e| (e, false))?;
        for folder in &self.made().folders {
            sync(folder)?;
        }
        // The folders of tables may be new, or left by a load that was killed before it came here.
        sync(DATA)?;
        let (name, bytes) = (manifest_name(next.sequence), next.to_bytes());
        write_synced(dir, &name, &bytes).map_err(|e| before(&name, e))?;
        sync(MANIFESTS)?;
        let text = current_text(next.sequence, &bytes);
        write_synced(dir, DRAFT, text.as_bytes()).map_err(|e| before(DRAFT, e))?;
        if let Err(e) = dir.rename(DRAFT, CURRENT) {
            // A rename that says it failed may have been done.
            return match dir.read(CURRENT) {
                Ok(now) if now == text.as_bytes() => Ok(root),
                Ok(_) => Err(before(CURRENT, e)),
                Err(missing) if missing.kind() == io::ErrorKind::NotFound => Err(before(CURRENT, e)),
                Err(_) => Err((StoreError::io(dir.path(CURRENT))(e), true)),
            };
        }
        Ok(root)
    }

    /// Gives up: removes the files that were not there before.
    pub fn abandon(self) {
        // What could not be made safe goes all the same.
        let _ = self.syncing.finish();
        let files = std::mem::take(&mut self.made().files);
        files.iter().for_each(|file| self.forget(file));
    }
}

fn new_store_id() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seed = format!("{} {}", now.as_nanos(), std::process::id());
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(seed.as_bytes()))
}

fn write_synced(dir: &dyn Dir, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = dir.create(name, Access::Usual)?;
    file.write_all(bytes)?;
    file.sync()
}

/// Removes the manifests that are neither kept nor held by a reader, then the data files that none of
/// the others names.
fn clean_up(dir: &dyn Dir, sequence: u64) -> Result<(), StoreError> {
    let oldest = (sequence + 1).saturating_sub(KEPT);
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for own in list(dir, MANIFESTS)? {
        let name = format!("{MANIFESTS}/{own}");
        let number = own.strip_suffix(".json").and_then(|n| n.parse::<u64>().ok());
        let wanted = number.is_some_and(|n| (oldest..=sequence).contains(&n));
        let path = dir.path(&name);
        if !wanted && dir.remove_unheld(&name).map_err(StoreError::io(&path))? {
            continue;
        }
        let bytes = dir.read(&name).map_err(StoreError::io(&path))?;
        let manifest = Manifest::from_bytes(&path, &bytes)?;
        kept.extend(manifest.files().map(|f| data_name(&f.name)));
    }
    for folder in list(dir, DATA)? {
        let folder = data_name(&folder);
        for file in list(dir, &folder)? {
            let name = format!("{folder}/{file}");
            if !kept.contains(&name) {
                dir.remove(&name).map_err(StoreError::io(dir.path(&name)))?;
            }
        }
    }
    Ok(())
}

fn list(dir: &dyn Dir, folder: &str) -> Result<Vec<String>, StoreError> {
    dir.list(folder).map_err(StoreError::io(dir.path(folder)))
}
