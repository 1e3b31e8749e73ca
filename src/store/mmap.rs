//! The one place with `unsafe`: files mapped into memory, a process that ends in a message when one of them
//! is cut by another program, and memory in large pages.
//!
//! Invariant: the library installs no signal handler by itself; a program asks for it with
//! [`exit_when_a_file_is_cut`]. What the handler reads is never freed before its file is unmapped.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use super::error::StoreError;

/// The exit status of a store that is damaged.
const DAMAGED: i32 = 5;

/// A whole file, mapped for reading.
pub struct Mapping {
    map: memmap2::Mmap,
    watched: Option<&'static Watched>,
}

impl Mapping {
    /// Maps a file.
    #[allow(unsafe_code)]
    pub(super) fn open(path: &Path) -> io::Result<Mapping> {
        let file = File::open(path)?;
        // SAFETY: the files of a store are written once, under a name that no manifest holds yet, and
        // are never changed or cut afterwards; this program opens them for reading alone. Only another
        // program that truncates a file under a running reader can break the mapping.
        let map = unsafe { memmap2::Mmap::map(&file) }?;
        let watched = IS_WATCHING.load(Ordering::Acquire).then(|| Watched::add(&map, path));
        Ok(Mapping { map, watched })
    }
}

impl Mapping {
    /// Gives the pages read so far back to the system, which reads them again when they are asked for.
    #[allow(unsafe_code)]
    pub(super) fn release(&self) {
        // SAFETY: nobody writes to the mapping, so that no page differs from the file.
        // Where the system does not follow the advice, the pages only stay for longer.
        let _ = unsafe { self.map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
    }
}

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if let Some(watched) = self.watched {
            watched.remove();
        }
    }
}

/// The size of a large page.
const LARGE_PAGE: usize = 1 << 21;

/// Room for so many values, in large pages where the system gives them to who asks: it takes longer to be given
/// hundreds of megabytes in small ones than to fill them.
pub fn room_for<T>(values: usize) -> Vec<T> {
    let room = Vec::with_capacity(values);
    ask_for_large_pages(&room);
    room
}

/// So many zeros, in large pages where the system gives them to who asks: what is read before it is written is given
/// twice, page by page, and the other processors are told each time.
pub fn zeros<T: bytemuck::Zeroable + Clone>(values: usize) -> Vec<T> {
    let zeros = vec![T::zeroed(); values];
    ask_for_large_pages(&zeros);
    zeros
}

#[allow(unsafe_code)]
fn ask_for_large_pages<T>(room: &Vec<T>) {
    #[cfg(target_os = "linux")]
    {
        let start = (room.as_ptr() as usize).next_multiple_of(LARGE_PAGE);
        let end = (room.as_ptr() as usize + room.capacity() * size_of::<T>()) / LARGE_PAGE * LARGE_PAGE;
        if start < end {
            // SAFETY: these pages belong to the vector alone, and the advice changes nothing in them. Where the
            // system does not follow it, they are small.
            let _ = unsafe { libc::madvise(start as *mut c_void, end - start, libc::MADV_HUGEPAGE) };
        }
    }
}

/// Whether mappings are to be found by the handler.
static IS_WATCHING: AtomicBool = AtomicBool::new(false);

/// The last of the list of mappings, which only grows: an entry is used again, never freed.
static LAST: AtomicPtr<Watched> = AtomicPtr::new(ptr::null_mut());

/// An entry of the list of mappings.
struct Watched {
    /// The first address; 0: the entry is free, [`TAKEN`]: it is being filled.
    start: AtomicUsize,
    end: AtomicUsize,
    /// What is said when the file is cut: made ahead, since a handler may not ask for memory.
    message: AtomicPtr<String>,
    before: Option<&'static Watched>,
}

/// No address of a mapping.
const TAKEN: usize = usize::MAX;

impl Watched {
    fn all() -> impl Iterator<Item = &'static Watched> {
        std::iter::successors(Watched::at(LAST.load(Ordering::Acquire)), |entry| entry.before)
    }

    #[allow(unsafe_code)]
    fn at(entry: *const Watched) -> Option<&'static Watched> {
        // SAFETY: entries of the list are made by `Box::leak`, so that they live as long as the process.
        unsafe { entry.as_ref() }
    }

    fn add(map: &[u8], path: &Path) -> &'static Watched {
        let error = StoreError::damaged(path, "it was cut while it was being read");
        let message = Box::into_raw(Box::new(format!("error: {error}\n")));
        let (start, end) = (map.as_ptr() as usize, map.as_ptr() as usize + map.len());
        let is_free = |entry: &&Watched| {
            entry.start.compare_exchange(0, TAKEN, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        };
        let entry = Watched::all().find(is_free).unwrap_or_else(Watched::grow);
        entry.end.store(end, Ordering::Relaxed);
        entry.message.store(message, Ordering::Relaxed);
        entry.start.store(start, Ordering::Release);
        entry
    }

    /// A new entry, taken.
    fn grow() -> &'static Watched {
        let entry = Box::leak(Box::new(Watched {
            start: AtomicUsize::new(TAKEN),
            end: AtomicUsize::new(0),
            message: AtomicPtr::new(ptr::null_mut()),
            before: None,
        }));
        let mut last = LAST.load(Ordering::Acquire);
        loop {
            entry.before = Watched::at(last);
            match LAST.compare_exchange(last, entry, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return entry,
                Err(now) => last = now,
            }
        }
    }

    #[allow(unsafe_code)]
    fn remove(&self) {
        self.start.store(TAKEN, Ordering::Release);
        let message = self.message.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: `add` made it from a box. The handler reads it only for an address within this
        // mapping, which nobody reads any more.
        drop(unsafe { Box::from_raw(message) });
        self.start.store(0, Ordering::Release);
    }

    fn holds(&self, address: usize) -> bool {
        let start = self.start.load(Ordering::Acquire);
        start != 0 && start <= address && address < self.end.load(Ordering::Relaxed)
    }
}

/// From now on, reading a mapped file that another program has cut ends the process with a message
/// that names the file and the exit status of a damaged store. Call it before a store is opened.
#[allow(unsafe_code)]
pub fn exit_when_a_file_is_cut() {
    // SAFETY: a zeroed action has no flags and an empty mask, and the handler has the signature that
    // `SA_SIGINFO` asks for. It only does what a signal handler may.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        action.sa_sigaction = on_bus_error as *const () as usize;
        if libc::sigaction(libc::SIGBUS, &action, ptr::null_mut()) == 0 {
            IS_WATCHING.store(true, Ordering::Release);
        }
    }
}

/// Ends the process when the fault lies in a mapped file; any other one takes its usual course.
#[allow(unsafe_code)]
extern "C" fn on_bus_error(signal: i32, info: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: the system gives a valid `info`; loads of atomics, `write`, `_exit`, `signal` and
    // `raise` are allowed in a handler. The message of an entry that holds the address lives: the
    // thread that is interrupted here is reading its mapping.
    unsafe {
        let is_sent = (*info).si_code <= 0;
        let address = (*info).si_addr() as usize;
        if !is_sent && let Some(entry) = Watched::all().find(|entry| entry.holds(address)) {
            if let Some(message) = entry.message.load(Ordering::Acquire).as_ref() {
                libc::write(libc::STDERR_FILENO, message.as_ptr().cast(), message.len());
            }
            libc::_exit(DAMAGED);
        }
        // A fault happens again when the handler returns.
        libc::signal(signal, libc::SIG_DFL);
        if is_sent {
            libc::raise(signal);
        }
    }
}

/// From now on, the process keeps what it frees for what it allocates next, as far as the system's allocator can be
/// told so: a scan makes and frees the same few columns for every chunk, and pages that are given back are cleared
/// before they come again.
#[allow(unsafe_code)]
pub fn keep_what_is_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: both are options of the allocator, which any thread may set at any time.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, KEPT_ALLOCATION);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_BYTES);
    }
}

/// Larger allocations are made apart, and given back: the most that the allocator lets be said.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_ALLOCATION: i32 = 32 << 20;

/// What lies free beyond this is given back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_BYTES: i32 = 1 << 30;
