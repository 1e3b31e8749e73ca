//! A folder of the file system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Access, Bytes, Dir, Folder, Hold, OpenFile};
use crate::store::mmap::Mapping;

/// A folder of the file system.
#[derive(Clone, Debug)]
pub struct RealDir {
    root: PathBuf,
}

impl RealDir {
    /// The folder at a path; it need not be there yet.
    pub fn new(root: &Path) -> Self {
        RealDir { root: root.to_path_buf() }
    }
}

struct RealFile(File);

impl Write for RealFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OpenFile for RealFile {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}

struct RealFolder(File);

impl Folder for RealFolder {
    fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}

/// Repeats what a signal interrupted, where the standard library does not.
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// What is no file is not opened for reading: a pipe would never give an answer.
fn check_file(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.is_file() {
        true => Ok(()),
        false => Err(io::Error::new(ErrorKind::IsADirectory, "it is not a file")),
    }
}

fn missing_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Whether a file system knows no locks: reading must work on it all the same.
fn no_locks(error: &io::Error) -> bool {
    error.kind() == ErrorKind::Unsupported || error.raw_os_error() == Some(libc::ENOLCK)
}

impl Dir for RealDir {
    fn root(&self) -> &Path {
        &self.root
    }

    fn make_folder(&self, name: &str, access: Access) -> io::Result<()> {
        let mode = match access {
            Access::Usual => 0o777,
            Access::Private => 0o700,
        };
        fs::DirBuilder::new().recursive(true).mode(mode).create(self.path(name))
    }

    fn folder(&self, name: &str) -> io::Result<Box<dyn Folder>> {
        let file = File::open(self.path(name))?;
        Ok(Box::new(RealFolder(file)))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let names = fs::read_dir(self.path(folder))?;
        names.map(|e| Ok(e?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn create(&self, name: &str, access: Access) -> io::Result<Box<dyn OpenFile>> {
        let path = self.path(name);
        let mut options = OpenOptions::new();
        // Never through a link that somebody has put in the file's place.
        options.write(true).create_new(true).mode(match access {
            Access::Usual => 0o666,
            Access::Private => 0o600,
        });
        let file = match options.open(&path) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                fs::remove_file(&path)?;
                options.open(&path)?
            }
            other => other?,
        };
        Ok(Box::new(RealFile(file)))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.path(name).try_exists()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let path = self.path(name);
        check_file(&path)?;
        fs::read(&path)
    }

    fn map(&self, name: &str) -> io::Result<Bytes> {
        let path = self.path(name);
        check_file(&path)?;
        Mapping::open(&path).map(Bytes::Mapped)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        uninterrupted(|| fs::rename(self.path(from), self.path(to)))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        uninterrupted(|| fs::remove_file(self.path(name)))
    }

    fn lock(&self, name: &str) -> io::Result<Option<Hold>> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let file = options.open(self.path(name))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Hold::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(e),
        }
    }

    fn read_held(&self, name: &str) -> io::Result<Option<(Vec<u8>, Hold)>> {
        let path = self.path(name);
        if missing_is_none(check_file(&path))?.is_none() {
            return Ok(None);
        }
        let Some(mut file) = missing_is_none(File::open(&path))? else { return Ok(None) };
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(e)) if no_locks(&e) => {}
            Err(TryLockError::Error(e)) => return Err(e),
        }
        // The name may have gone between the opening and the lock.
        let there = missing_is_none(fs::metadata(&path))?;
        let own = file.metadata()?;
        if there.is_none_or(|there| (there.dev(), there.ino()) != (own.dev(), own.ino())) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some((bytes, Hold::new(file))))
    }

    fn remove_unheld(&self, name: &str) -> io::Result<bool> {
        let path = self.path(name);
        let Some(file) = missing_is_none(File::open(&path))? else { return Ok(true) };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(e)) if no_locks(&e) => {}
            Err(TryLockError::Error(e)) => return Err(e),
        }
        uninterrupted(|| fs::remove_file(&path)).map(|()| true)
    }
}
