//! Where do the files of a store lie, and which operations on them are there?
//!
//! A store touches its folder through [`Dir`] alone: [`RealDir`] is a folder of the file system,
//! [`MemoryDir`] one in memory that knows what a power cut would leave, [`FaultyDir`] makes the
//! operations of another one fail. Names are relative to the store's folder, with `/` between parts.
//!
//! Invariant: what an operation promises is what POSIX promises and no more. The bytes of a file are
//! safe after [`OpenFile::sync`], its name after [`Folder::sync`] of the folder that it is in; a
//! rename is seen whole or not at all.

mod faulty;
mod memory;
mod real;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use faulty::{Fault, FaultyDir, SyncCall};
pub use memory::{MemoryDir, Survival};
pub use real::RealDir;

use super::mmap::Mapping;

/// A store's folder.
pub trait Dir: Send + Sync {
    /// Its path, for messages.
    fn root(&self) -> &Path;

    /// Makes a folder and those above it, where they are missing.
    ///
    /// # Errors
    /// Those of the system; so for every other operation.
    fn make_folder(&self, name: &str, access: Access) -> io::Result<()>;

    /// Opens a folder for making its names safe.
    fn folder(&self, name: &str) -> io::Result<Box<dyn Folder>>;

    /// The names of the files and folders in a folder, in any order.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Makes a new file; one of this name is gone afterwards.
    fn create(&self, name: &str, access: Access) -> io::Result<Box<dyn OpenFile>>;

    /// Whether there is a file of this name.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// Every byte of a small file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// A file's bytes, mapped where that can be.
    fn map(&self, name: &str) -> io::Result<Bytes>;

    /// Gives a file another name, in the place of the one that has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Takes the lock of a file, made when missing, for one holder alone; none when it is taken.
    fn lock(&self, name: &str) -> io::Result<Option<Hold>>;

    /// Reads a small file and holds it: while the hold lives, [`Self::remove_unheld`] leaves the file
    /// alone. None when there is no such file, or when it is about to go.
    fn read_held(&self, name: &str) -> io::Result<Option<(Vec<u8>, Hold)>>;

    /// Removes a file unless somebody holds it; returns whether it is gone.
    fn remove_unheld(&self, name: &str) -> io::Result<bool>;

    /// Where a file lies, for messages.
    fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }
}

/// Who may read a new file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whom the user's mask lets.
    Usual,
    /// Its owner alone.
    Private,
}

/// A new file, open for writing.
pub trait OpenFile: Write + Send {
    /// Makes the bytes written so far safe.
    ///
    /// # Errors
    /// Those of the system.
    fn sync(&mut self) -> io::Result<()>;
}

/// An open folder.
pub trait Folder: Send {
    /// Makes the names in it safe.
    ///
    /// # Errors
    /// Those of the system.
    fn sync(&self) -> io::Result<()>;
}

/// What is given back when it is dropped: a lock, or the promise that a file stays.
pub struct Hold(#[allow(dead_code, reason = "held for its end")] Box<dyn Send + Sync>);

impl Hold {
    fn new(held: impl Send + Sync + 'static) -> Hold {
        Hold(Box::new(held))
    }
}

/// The bytes of a file, at an address that suits every integer.
pub enum Bytes {
    /// Mapped.
    Mapped(Mapping),
    /// In memory: words and the number of bytes.
    Words(Vec<u128>, usize),
}

impl Bytes {
    /// A copy of some bytes.
    pub fn copy(bytes: &[u8]) -> Bytes {
        let mut words = vec![0u128; bytes.len().div_ceil(16)];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
        Bytes::Words(words, bytes.len())
    }

    /// Says that what was read so far may not be read again soon.
    pub(in crate::store) fn release(&self) {
        if let Bytes::Mapped(map) = self {
            map.release();
        }
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map) => map,
            Bytes::Words(words, len) => &bytemuck::cast_slice(words)[..*len],
        }
    }
}
