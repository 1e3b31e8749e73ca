//! A folder whose operations fail where a test says.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Access, Bytes, Dir, Folder, Hold, OpenFile};

/// What happens at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this kind of error, the next ones work again.
    Once(ErrorKind),
    /// It and every operation that changes something fail from here on.
    ForGood(ErrorKind),
    /// A write takes only half of its bytes, the next ones work again; so does another operation.
    ShortWrite,
    /// It and every write from here on take only half of their bytes.
    ShortWrites,
}

/// A sync: the name of its file or folder, and how many of this name came before.
pub type SyncCall = (String, usize);

#[derive(Default)]
struct Plan {
    done: usize,
    at: Option<(usize, Fault)>,
    syncs: Vec<SyncCall>,
    left_out: Option<SyncCall>,
}

/// Counts the operations on a folder and makes one of them fail.
#[derive(Clone)]
pub struct FaultyDir {
    inner: Arc<dyn Dir>,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Change,
    Write,
}

impl Plan {
    /// Counts an operation; returns whether it is a write that is to be cut short.
    fn next(&mut self, kind: Kind) -> io::Result<bool> {
        let number = self.done;
        self.done += 1;
        let Some((at, fault)) = self.at else { return Ok(false) };
        match fault {
            Fault::Once(error) if number == at => Err(error.into()),
            // A disk that is full can still be read.
            Fault::ForGood(error) if number == at || (number > at && kind != Kind::Read) => Err(error.into()),
            Fault::ShortWrite => Ok(number == at && kind == Kind::Write),
            Fault::ShortWrites => Ok(number >= at && kind == Kind::Write),
            Fault::Once(_) | Fault::ForGood(_) => Ok(false),
        }
    }

    /// Counts a sync; returns whether it is left out.
    fn sync(&mut self, name: &str) -> io::Result<bool> {
        self.next(Kind::Change)?;
        let before = self.syncs.iter().filter(|(n, _)| n == name).count();
        self.syncs.push((name.into(), before));
        Ok(self.left_out.as_ref().is_some_and(|(n, number)| n == name && *number == before))
    }
}

impl FaultyDir {
    /// The operations of `inner`; the one numbered `at`, from 0, fails.
    pub fn new(inner: Arc<dyn Dir>, at: Option<(usize, Fault)>) -> Self {
        FaultyDir { inner, plan: Arc::new(Mutex::new(Plan { at, ..Plan::default() })) }
    }

    /// The operations of `inner`; one sync says that it was done, and was not.
    pub fn without_sync(inner: Arc<dyn Dir>, left_out: SyncCall) -> Self {
        let plan = Plan { left_out: Some(left_out), ..Plan::default() };
        FaultyDir { inner, plan: Arc::new(Mutex::new(plan)) }
    }

    /// The operations so far.
    pub fn operations(&self) -> usize {
        plan(&self.plan).done
    }

    /// The syncs so far, which are operations too.
    pub fn syncs(&self) -> Vec<SyncCall> {
        plan(&self.plan).syncs.clone()
    }

    fn next(&self, kind: Kind) -> io::Result<bool> {
        plan(&self.plan).next(kind)
    }
}

fn plan(plan: &Mutex<Plan>) -> MutexGuard<'_, Plan> {
    // Counting does not panic half way.
    plan.lock().unwrap_or_else(PoisonError::into_inner)
}

struct FaultyFile {
    inner: Box<dyn OpenFile>,
    name: String,
    plan: Arc<Mutex<Plan>>,
}

impl Write for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let next = plan(&self.plan).next(Kind::Write);
        match next {
            Ok(false) => self.inner.write(bytes),
            Ok(true) => self.inner.write(&bytes[..bytes.len().div_ceil(2)]),
            Err(e) => {
                // What fails may have written a part; what is interrupted has not.
                if e.kind() != ErrorKind::Interrupted {
                    let _ = self.inner.write(&bytes[..bytes.len() / 2]);
                }
                Err(e)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl OpenFile for FaultyFile {
    fn sync(&mut self) -> io::Result<()> {
        let left_out = plan(&self.plan).sync(&self.name)?;
        if left_out { Ok(()) } else { self.inner.sync() }
    }
}

struct FaultyFolder {
    inner: Box<dyn Folder>,
    name: String,
    plan: Arc<Mutex<Plan>>,
}

impl Folder for FaultyFolder {
    fn sync(&self) -> io::Result<()> {
        let left_out = plan(&self.plan).sync(&self.name)?;
        if left_out { Ok(()) } else { self.inner.sync() }
    }
}

impl Dir for FaultyDir {
    fn root(&self) -> &Path {
        self.inner.root()
    }

    fn make_folder(&self, name: &str, access: Access) -> io::Result<()> {
        self.next(Kind::Change)?;
        self.inner.make_folder(name, access)
    }

    fn folder(&self, name: &str) -> io::Result<Box<dyn Folder>> {
        self.next(Kind::Read)?;
        let inner = self.inner.folder(name)?;
        Ok(Box::new(FaultyFolder { inner, name: name.into(), plan: Arc::clone(&self.plan) }))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.next(Kind::Read)?;
        self.inner.list(folder)
    }

    fn create(&self, name: &str, access: Access) -> io::Result<Box<dyn OpenFile>> {
        self.next(Kind::Change)?;
        let inner = self.inner.create(name, access)?;
        Ok(Box::new(FaultyFile { inner, name: name.into(), plan: Arc::clone(&self.plan) }))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.next(Kind::Read)?;
        self.inner.exists(name)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.next(Kind::Read)?;
        self.inner.read(name)
    }

    fn map(&self, name: &str) -> io::Result<Bytes> {
        self.next(Kind::Read)?;
        self.inner.map(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.next(Kind::Change)?;
        self.inner.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.next(Kind::Change)?;
        self.inner.remove(name)
    }

    fn lock(&self, name: &str) -> io::Result<Option<Hold>> {
        self.next(Kind::Change)?;
        self.inner.lock(name)
    }

    fn read_held(&self, name: &str) -> io::Result<Option<(Vec<u8>, Hold)>> {
        self.next(Kind::Read)?;
        self.inner.read_held(name)
    }

    fn remove_unheld(&self, name: &str) -> io::Result<bool> {
        self.next(Kind::Change)?;
        self.inner.remove_unheld(name)
    }
}
