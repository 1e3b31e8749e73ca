//! How do new files become safe while more of them are written? On a thread of their own, in the order
//! in which they come.
//!
//! Invariant: when [`Syncing::finish`] says nothing, every file taken is safe.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::dir::OpenFile;
use super::error::StoreError;

/// Files that may wait, each with an open descriptor.
const WAITING_MAX: usize = 32;

type Waiting = (PathBuf, Box<dyn OpenFile>);

/// Files on their way to being safe.
#[derive(Default)]
pub(super) struct Syncing(Mutex<Option<SyncThread>>);

struct SyncThread {
    files: SyncSender<Waiting>,
    thread: JoinHandle<Result<(), StoreError>>,
}

impl SyncThread {
    fn begin() -> io::Result<SyncThread> {
        let (files, waiting) = sync_channel::<Waiting>(WAITING_MAX);
        let sync = move || {
            waiting.into_iter().try_for_each(|(path, mut file)| file.sync().map_err(StoreError::io(path)))
        };
        Ok(SyncThread { files, thread: Builder::new().name("sync".into()).spawn(sync)? })
    }
}

impl Syncing {
    fn thread(&self) -> MutexGuard<'_, Option<SyncThread>> {
        // It is put in and taken out whole: a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a file, which lies at `path`; the caller waits where many files do.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn take(&self, path: PathBuf, file: Box<dyn OpenFile>) -> io::Result<()> {
        let files = match &mut *self.thread() {
            Some(thread) => thread.files.clone(),
            none => none.insert(SyncThread::begin()?).files.clone(),
        };
        // After an error nothing is taken any more, which the end will tell.
        let _ = files.send((path, file));
        Ok(())
    }

    /// Waits for the files taken so far.
    ///
    /// # Errors
    /// When one could not be made safe.
    pub fn finish(&self) -> Result<(), StoreError> {
        let Some(SyncThread { files, thread }) = self.thread().take() else { return Ok(()) };
        drop(files);
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
