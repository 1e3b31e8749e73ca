//! How can a store be filled without anybody's data?
//!
//! Each model has a generator that writes a folder of CSV exports in the shape its source system
//! would give: the same table names, headers, value domains and the same small faults.
//!
//! Invariant: the bytes depend on users, seed, months and meetings per user alone, never on the
//! clock, the machine or the number of threads. Every entity draws from a sequence of its own, so
//! that any part of a file can be generated without the parts before it.

mod calendar;
mod csv;
mod files;
mod names;
mod platform;
mod rng;
mod shape;

use std::io;
use std::path::PathBuf;

/// The longest span that can be asked for.
pub const MONTHS_MAX: u32 = 120;
/// The most users that can be asked for: an index of a user has to fit 32 bits.
pub const USERS_MAX: u64 = 1_000_000_000;
/// The most meetings per user that can be asked for.
pub const MEETINGS_PER_USER_MAX: u32 = 10_000;

/// What to generate, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rows of the users table; every other table grows with it.
    pub users: u64,
    /// Another seed gives another population with the same shapes.
    pub seed: u64,
    /// The folder that receives one file per table; files of the same names are overwritten.
    pub out: PathBuf,
    /// Months covered, the last being December 2025.
    pub months: u32,
    /// Meetings per user over the whole span, on average.
    pub meetings_per_user: u32,
}

impl Options {
    /// Two years at twenty meetings per user.
    pub fn new(users: u64, seed: u64, out: impl Into<PathBuf>) -> Self {
        Self { users, seed, out: out.into(), months: 24, meetings_per_user: 20 }
    }

    fn check(&self) -> io::Result<()> {
        within("users", self.users, USERS_MAX)?;
        within("months", self.months.into(), MONTHS_MAX.into())?;
        within("meetings per user", self.meetings_per_user.into(), MEETINGS_PER_USER_MAX.into())
    }
}

fn within(what: &str, given: u64, max: u64) -> io::Result<()> {
    if (1..=max).contains(&given) {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{what}: {given} given, 1 to {max} allowed")))
}

/// How far a table is; told after every batch that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The table being written.
    pub table: &'static str,
    /// Its rows so far.
    pub rows: u64,
    /// Its bytes so far, header included.
    pub bytes: u64,
    /// Units of work done for this table ...
    pub done: u64,
    /// ... out of this many.
    pub total: u64,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Table, rows and bytes (header included), in the order of the model.
    pub tables: Vec<(&'static str, u64, u64)>,
}

/// The tables of the platform model and the headers that [`platform()`] gives them.
pub fn platform_headers() -> [(&'static str, &'static str); 7] {
    platform::HEADERS
}

/// Writes an export of the platform model: users, meetings, attendees, features used, tickets,
/// billing events and licences.
pub fn platform(options: &Options, progress: &mut dyn FnMut(Progress)) -> io::Result<Summary> {
    options.check()?;
    std::fs::create_dir_all(&options.out)?;
    platform::write(options, progress)
}
