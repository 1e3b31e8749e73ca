//! How can a store be filled without anybody's data?
//!
//! Each model has a generator that writes a folder of CSV exports in the shape its source system
//! would give: the same table names, headers, value domains and the same small faults.
//!
//! Invariant: the bytes depend on users, seed, months and meetings per user alone, never on the
//! clock, the machine or the number of threads. Every entity draws from a sequence of its own, so
//! that any part of a file can be generated without the parts before it.

mod billing;
mod calendar;
mod csv;
mod files;
mod names;
mod platform;
#[cfg(test)]
mod read_back;
mod rng;
mod shape;

use crate::model::Model;
use std::io;
use std::path::PathBuf;

/// The longest span that can be asked for.
pub const MONTHS_MAX: u32 = 120;
/// The most users that can be asked for: an index of a user has to fit 32 bits.
pub const USERS_MAX: u64 = 1_000_000_000;
/// The most meetings per user that can be asked for.
pub const MEETINGS_PER_USER_MAX: u32 = 10_000;

/// The models whose exports are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Models {
    /// A video platform.
    Platform,
    /// A subscription business.
    Billing,
    /// Both, side by side: no two files share a name.
    Both,
}

impl Models {
    /// Every choice.
    pub const EVERY: [Self; 3] = [Self::Platform, Self::Billing, Self::Both];

    /// The name used on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Platform => Model::Platform.name(),
            Self::Billing => Model::Billing.name(),
            Self::Both => "both",
        }
    }
}

/// What to generate, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rows of the users or subscribers table; every other table grows with it.
    pub users: u64,
    /// Another seed gives another population with the same shapes.
    pub seed: u64,
    /// The folder that receives one file per table; files of the same names are overwritten.
    pub out: PathBuf,
    /// Months covered, the last being December 2025.
    pub months: u32,
    /// Meetings per user over the whole span, on average; only the platform model has meetings.
    pub meetings_per_user: u32,
}

impl Options {
    /// Two years at twenty meetings per user.
    pub fn new(users: u64, seed: u64, out: impl Into<PathBuf>) -> Self {
        Self { users, seed, out: out.into(), months: 24, meetings_per_user: 20 }
    }

    /// Refuses what is out of its limits, and makes the folder.
    fn prepare(&self) -> io::Result<()> {
        self.check()?;
        std::fs::create_dir_all(&self.out)
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
    /// Table as its file names it, rows and bytes (header included).
    pub tables: Vec<(&'static str, u64, u64)>,
}

/// Writes the exports of the models.
pub fn exports(models: Models, options: &Options, progress: &mut dyn FnMut(Progress)) -> io::Result<Summary> {
    match models {
        Models::Platform => platform(options, progress),
        Models::Billing => billing(options, progress),
        Models::Both => {
            let mut summary = platform(options, progress)?;
            summary.tables.extend(billing(options, progress)?.tables);
            Ok(summary)
        }
    }
}

/// The tables of the platform model and the headers that [`platform()`] gives them.
pub fn platform_headers() -> [(&'static str, &'static str); 7] {
    platform::HEADERS
}

/// Writes an export of the platform model: users, meetings, attendees, features used, tickets,
/// billing events and licences.
pub fn platform(options: &Options, progress: &mut dyn FnMut(Progress)) -> io::Result<Summary> {
    options.prepare()?;
    platform::write(options, progress)
}

/// The tables of the billing model and the headers that [`billing()`] gives them.
pub fn billing_headers() -> [(&'static str, &'static str); 29] {
    billing::HEADERS
}

/// Writes an export of the billing model: subscribers and what belongs to them, orders,
/// subscriptions, demands, invoices, payments, the ledger, and the KPI tables shipped with them.
pub fn billing(options: &Options, progress: &mut dyn FnMut(Progress)) -> io::Result<Summary> {
    options.prepare()?;
    billing::write(options, progress)
}
