//! A folder in memory that tells bytes and names that are safe from those that a power cut may take.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::{Access, Bytes, Dir, Folder, Hold, OpenFile};

/// A folder in memory. Clones are the same folder.
#[derive(Clone, Default)]
pub struct MemoryDir {
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Default)]
struct State {
    /// Every file that was ever made, by number.
    files: Vec<FileState>,
    /// Folders by name; the store's own folder is the empty name.
    folders: BTreeMap<String, FolderState>,
    /// Files that are locked for one holder alone, and how many hold a file together.
    locked: BTreeSet<usize>,
    held: BTreeMap<usize, usize>,
}

#[derive(Clone, Default)]
struct FileState {
    bytes: Vec<u8>,
    safe: Vec<u8>,
}

#[derive(Clone, Default)]
struct FolderState {
    /// The files in it by name.
    names: BTreeMap<String, usize>,
    safe: BTreeMap<String, usize>,
    /// Whether its own name is safe in the folder above.
    is_safe: bool,
}

/// What a power cut leaves of what was not made safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// Nothing.
    Nothing,
    /// Everything.
    Everything,
    /// Names, but not the bytes behind them.
    Names,
    /// Bytes, but not the names of the files.
    Data,
    /// Some of each, chosen by a seed; bytes up to some length.
    Some(u64),
}

fn not_found(name: &str) -> io::Error {
    io::Error::new(ErrorKind::NotFound, format!("no such file or folder: {name}"))
}

fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

impl State {
    fn file(&self, name: &str) -> io::Result<usize> {
        let (folder, own) = split(name);
        let folder = self.folders.get(folder).ok_or_else(|| not_found(name))?;
        folder.names.get(own).copied().ok_or_else(|| not_found(name))
    }

    fn folder(&mut self, name: &str) -> io::Result<&mut FolderState> {
        self.folders.get_mut(name).ok_or_else(|| not_found(name))
    }

    fn unlink(&mut self, name: &str) -> io::Result<usize> {
        let (folder, own) = split(name);
        self.folder(folder)?.names.remove(own).ok_or_else(|| not_found(name))
    }

    fn link(&mut self, name: &str, file: usize) -> io::Result<()> {
        let (folder, own) = split(name);
        self.folder(folder)?.names.insert(own.into(), file);
        Ok(())
    }

    fn new_file(&mut self) -> usize {
        self.files.push(FileState::default());
        self.files.len() - 1
    }

    fn release(&mut self, file: usize) {
        self.locked.remove(&file);
        if let Some(holders) = self.held.get_mut(&file) {
            *holders -= 1;
            if *holders == 0 {
                self.held.remove(&file);
            }
        }
    }
}

impl MemoryDir {
    /// An empty folder, which the folder above it has for certain.
    pub fn new() -> Self {
        let dir = MemoryDir::default();
        dir.state().folders.insert(String::new(), FolderState { is_safe: true, ..FolderState::default() });
        dir
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that fails while it holds the lock has said why.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder that the next program finds when this one was killed: the machine goes on, so
    /// nothing is lost yet, and nothing is safer than it was.
    pub fn after_kill(&self) -> MemoryDir {
        let mut state = self.state().clone();
        (state.locked, state.held) = (BTreeSet::new(), BTreeMap::new());
        MemoryDir { state: Arc::new(Mutex::new(state)) }
    }

    /// The folder that a machine finds when it comes back from a power cut at this moment.
    pub fn after_cut(&self, survival: Survival) -> MemoryDir {
        let mut state = self.state().clone();
        (state.locked, state.held) = (BTreeSet::new(), BTreeMap::new());
        let mut coins = Pcg64Mcg::seed_from_u64(if let Survival::Some(seed) = survival { seed } else { 0 });
        for file in &mut state.files {
            let keep = match survival {
                Survival::Nothing | Survival::Names => false,
                Survival::Everything | Survival::Data => true,
                Survival::Some(_) => coins.random_bool(0.5),
            };
            if !keep {
                file.bytes.clone_from(&file.safe);
            } else if matches!(survival, Survival::Some(_))
                && coins.random_bool(0.5)
                && file.bytes != file.safe
            {
                // A file's length may be safe before its bytes are.
                let torn = coins.random_range(0..=file.bytes.len());
                file.bytes[torn..].fill(0);
            }
        }
        let mut lost: Vec<String> = Vec::new();
        for (name, folder) in &mut state.folders {
            let mut keep = |_: &str| match survival {
                Survival::Nothing | Survival::Data => false,
                Survival::Everything | Survival::Names => true,
                Survival::Some(_) => coins.random_bool(0.5),
            };
            if !folder.is_safe && !keep(name) {
                lost.push(name.clone());
            }
            let every: BTreeSet<String> = folder.names.keys().chain(folder.safe.keys()).cloned().collect();
            let (now, safe) = (std::mem::take(&mut folder.names), &folder.safe);
            for own in every {
                let before = safe.get(&own);
                let after = now.get(&own);
                if let Some(file) = if before == after || keep(&own) { after } else { before } {
                    folder.names.insert(own, *file);
                }
            }
        }
        state.folders.retain(|name, _| !lost.iter().any(|l| name == l || name.starts_with(&format!("{l}/"))));
        // What the machine finds is what its disk has.
        for file in &mut state.files {
            file.safe.clone_from(&file.bytes);
        }
        for folder in state.folders.values_mut() {
            folder.safe.clone_from(&folder.names);
            folder.is_safe = true;
        }
        MemoryDir { state: Arc::new(Mutex::new(state)) }
    }

    /// Every file by name, with its bytes.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        let mut files = BTreeMap::new();
        for (folder, content) in &state.folders {
            for (own, file) in &content.names {
                let name = if folder.is_empty() { own.clone() } else { format!("{folder}/{own}") };
                files.insert(name, state.files[*file].bytes.clone());
            }
        }
        files
    }

    /// Puts other bytes into a file, as damage does; makes it when it is missing.
    ///
    /// # Errors
    /// When its folder is missing.
    pub fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let file = state.new_file();
        state.files[file] = FileState { bytes: bytes.to_vec(), safe: bytes.to_vec() };
        state.link(name, file)?;
        let (folder, own) = split(name);
        state.folder(folder)?.safe.insert(own.into(), file);
        Ok(())
    }
}

struct MemoryFile {
    dir: MemoryDir,
    file: usize,
}

impl Write for MemoryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.dir.state().files[self.file].bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OpenFile for MemoryFile {
    fn sync(&mut self) -> io::Result<()> {
        let file = &mut self.dir.state().files[self.file];
        file.safe.clone_from(&file.bytes);
        Ok(())
    }
}

struct MemoryFolder {
    dir: MemoryDir,
    name: String,
}

impl Folder for MemoryFolder {
    fn sync(&self) -> io::Result<()> {
        let mut state = self.dir.state();
        let folder = state.folder(&self.name)?;
        folder.safe.clone_from(&folder.names);
        for (name, below) in &mut state.folders {
            if split(name).0 == self.name {
                below.is_safe = true;
            }
        }
        Ok(())
    }
}

struct MemoryHold {
    dir: MemoryDir,
    file: usize,
}

impl Drop for MemoryHold {
    fn drop(&mut self) {
        self.dir.state().release(self.file);
    }
}

impl MemoryDir {
    fn hold(&self, file: usize) -> Hold {
        Hold::new(MemoryHold { dir: self.clone(), file })
    }
}

impl Dir for MemoryDir {
    fn root(&self) -> &Path {
        Path::new("memory")
    }

    fn make_folder(&self, name: &str, _: Access) -> io::Result<()> {
        let mut state = self.state();
        let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
        for end in ends {
            state.folders.entry(name[..end].into()).or_default();
        }
        Ok(())
    }

    fn folder(&self, name: &str) -> io::Result<Box<dyn Folder>> {
        self.state().folder(name)?;
        Ok(Box::new(MemoryFolder { dir: self.clone(), name: name.into() }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut state = self.state();
        let mut names: Vec<String> = state.folder(folder)?.names.keys().cloned().collect();
        let below = state.folders.keys().filter(|f| !f.is_empty() && split(f).0 == folder);
        names.extend(below.map(|f| split(f).1.to_string()));
        Ok(names)
    }

    fn create(&self, name: &str, _: Access) -> io::Result<Box<dyn OpenFile>> {
        let mut state = self.state();
        let file = state.new_file();
        state.link(name, file)?;
        drop(state);
        Ok(Box::new(MemoryFile { dir: self.clone(), file }))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(self.state().file(name).is_ok())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let state = self.state();
        Ok(state.files[state.file(name)?].bytes.clone())
    }

    fn map(&self, name: &str) -> io::Result<Bytes> {
        let state = self.state();
        Ok(Bytes::copy(&state.files[state.file(name)?].bytes))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let file = state.unlink(from)?;
        state.link(to, file)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.state().unlink(name).map(|_| ())
    }

    fn lock(&self, name: &str) -> io::Result<Option<Hold>> {
        let mut state = self.state();
        let file = match state.file(name) {
            Ok(file) => file,
            Err(_) => {
                let file = state.new_file();
                state.link(name, file)?;
                file
            }
        };
        let free = !state.held.contains_key(&file) && state.locked.insert(file);
        drop(state);
        Ok(free.then(|| self.hold(file)))
    }

    fn read_held(&self, name: &str) -> io::Result<Option<(Vec<u8>, Hold)>> {
        let mut state = self.state();
        let Ok(file) = state.file(name) else { return Ok(None) };
        *state.held.entry(file).or_default() += 1;
        let bytes = state.files[file].bytes.clone();
        drop(state);
        Ok(Some((bytes, self.hold(file))))
    }

    fn remove_unheld(&self, name: &str) -> io::Result<bool> {
        let mut state = self.state();
        match state.file(name) {
            Ok(file) if state.held.contains_key(&file) => Ok(false),
            Ok(_) => state.unlink(name).map(|_| true),
            Err(_) => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &MemoryDir, name: &str, bytes: &[u8], sync: bool) {
        let mut file = dir.create(name, Access::Usual).unwrap();
        file.write_all(bytes).unwrap();
        if sync {
            file.sync().unwrap();
        }
    }

    #[test]
    fn a_power_cut_takes_what_was_not_made_safe() {
        let dir = MemoryDir::new();
        dir.make_folder("a/b", Access::Usual).unwrap();
        write(&dir, "a/b/safe", b"1", true);
        dir.folder("a/b").unwrap().sync().unwrap();
        dir.folder("a").unwrap().sync().unwrap();
        assert!(dir.after_cut(Survival::Nothing).files().is_empty(), "the name of a itself is not safe");
        dir.folder("").unwrap().sync().unwrap();
        write(&dir, "a/b/unnamed", b"2", true);
        write(&dir, "a/b/empty", b"3", false);
        let names =
            |survival| -> Vec<(String, Vec<u8>)> { dir.after_cut(survival).files().into_iter().collect() };
        let safe = || ("a/b/safe".to_string(), b"1".to_vec());
        assert_eq!(names(Survival::Nothing), [safe()]);
        assert_eq!(names(Survival::Data), [safe()]);
        assert_eq!(
            names(Survival::Names),
            [("a/b/empty".into(), vec![]), safe(), ("a/b/unnamed".into(), b"2".to_vec())]
        );
        assert_eq!(names(Survival::Everything).len(), 3);
        let outcomes: BTreeSet<usize> = (0..50).map(|s| names(Survival::Some(s)).len()).collect();
        assert_eq!(outcomes, BTreeSet::from([1, 2, 3]));
    }

    #[test]
    fn a_rename_is_safe_with_its_folder() {
        let dir = MemoryDir::new();
        write(&dir, "CURRENT", b"old", true);
        dir.folder("").unwrap().sync().unwrap();
        write(&dir, "next", b"new", true);
        dir.rename("next", "CURRENT").unwrap();
        assert_eq!(dir.after_cut(Survival::Nothing).files()["CURRENT"], b"old");
        dir.folder("").unwrap().sync().unwrap();
        assert_eq!(dir.after_cut(Survival::Nothing).files()["CURRENT"], b"new");
        assert_eq!(dir.after_cut(Survival::Nothing).files().len(), 1);
    }

    #[test]
    fn a_held_file_stays() {
        let dir = MemoryDir::new();
        write(&dir, "m", b"1", true);
        let held = dir.read_held("m").unwrap().unwrap();
        assert!(!dir.remove_unheld("m").unwrap());
        drop(held);
        assert!(dir.remove_unheld("m").unwrap());
        assert!(dir.read_held("m").unwrap().is_none());
        let lock = dir.lock("LOCK").unwrap();
        assert!(lock.is_some() && dir.lock("LOCK").unwrap().is_none());
        drop(lock);
        assert!(dir.lock("LOCK").unwrap().is_some());
    }
}
