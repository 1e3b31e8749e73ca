//! Is every reader on one whole snapshot while loads run, are killed and clean up behind each other?
//!
//! Each load changes several tables so that their figures belong together: load n brings user n, who
//! hosts and attends as many meetings in every month as each user before. A reader that sees other
//! proportions has seen parts of two snapshots.
//!
//! `QUIPU_CONCURRENCY=SECONDS` sets how long it goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use quipu::query::execute;
use quipu::query::request::{Format, Request};
use quipu::report;
use quipu::store::Snapshot;
use serde_json::Value;
use tempfile::TempDir;

const MONTHS: u64 = 6;
/// Meetings of a user in a month, attended by their host alone.
const MEETINGS: u64 = 20;
const SECONDS: u64 = 8;

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        Place { folder: TempDir::new().expect("there is room for temporary files") }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// The exports of load `n`, from 1.
    fn exports(&self, n: u64) -> PathBuf {
        let folder = self.folder.path().join(format!("exports-{n}"));
        fs::create_dir_all(&folder).expect("there is room");
        let mut meetings = "meeting_id,host_user_id,start_time,duration_minutes\n".to_owned();
        let mut attendees = "attendee_id,meeting_id,user_id,join_time\n".to_owned();
        for month in 1..=MONTHS {
            for number in 0..MEETINGS {
                let id = format!("{n:04}{month:02}{number:03}");
                let time = format!("2025-{month:02}-10 10:{number:02}:00");
                meetings += &format!("M{id},U{n},{time},30\n");
                attendees += &format!("A{id},M{id},U{n},{time}\n");
            }
        }
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("there is room");
        write("meetings.csv", &meetings);
        write("attendees.csv", &attendees);
        write("users.csv", &format!("user_id,registration_date\nU{n},2025-01-05\n"));
        folder
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quipu"));
        command.args(arguments).arg("--store").arg(self.store());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn load(&self, n: u64) -> Command {
        let exports = self.exports(n);
        self.command(&["load", exports.to_str().expect("temporary folders have plain names")])
    }

    fn loaded(&self, n: u64) {
        let done = self.load(n).output().expect("the program runs");
        assert!(done.status.success(), "load {n}: {}", said(&done));
    }
}

fn said(done: &Output) -> String {
    String::from_utf8_lossy(&done.stderr).into_owned()
}

/// The users that a snapshot has by its attendance: those who attend, each as often as all others.
fn users_of(attendance: &Value) -> Result<u64, String> {
    let rows = attendance["rows"].as_array().ok_or("no rows")?;
    let number = |row: &Value, at: usize| row[at].as_u64().ok_or(format!("no number in {row}"));
    let users = number(rows.first().ok_or("no row")?, 2)?;
    for row in rows {
        // Known users and known meetings: columns of three tables.
        if number(row, 1)? != users * MEETINGS || number(row, 2)? != users || row[3] != 1.0 {
            return Err(format!("another snapshot's rows: {rows:?}"));
        }
    }
    if rows.len() as u64 == MONTHS { Ok(users) } else { Err(format!("{} months", rows.len())) }
}

/// One snapshot, read in this process by three questions with pauses between them.
fn read_here(store: &Path) -> Result<u64, String> {
    let snapshot = Snapshot::open(store).map_err(|error| error.to_string())?;
    let ask = |kpi: &str| -> Result<Value, String> {
        thread::sleep(Duration::from_millis(5));
        let request = Request { kpi: kpi.into(), ..Request::default() };
        let (result, _) = execute(&snapshot, &request).map_err(|error| error.to_string())?;
        serde_json::from_str(&report::render(&result, Format::Json).data).map_err(|error| error.to_string())
    };
    let users = users_of(&ask("attendance")?)?;
    let signups = ask("signups")?["rows"][0][1].as_u64();
    let meetings = ask("meeting_minutes")?["rows"][0][2].as_u64();
    if (signups, meetings) == (Some(users), Some(users * MEETINGS)) {
        Ok(users)
    } else {
        Err(format!("{users} users attend, {signups:?} signed up, {meetings:?} meetings"))
    }
}

/// A reader that is a process of its own.
fn read_there(place: &Place) -> Result<u64, String> {
    let done =
        place.command(&["query", "attendance", "--format", "json"]).output().map_err(|e| e.to_string())?;
    if !done.status.success() {
        return Err(said(&done));
    }
    users_of(&serde_json::from_slice(&done.stdout).map_err(|error| error.to_string())?)
}

/// Small numbers without order, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit
    }
}

#[test]
fn readers_see_whole_snapshots_while_loads_run_and_are_killed() {
    let place = Place::new();
    place.loaded(1);
    let asked = std::env::var("QUIPU_CONCURRENCY").ok().and_then(|text| text.parse().ok());
    let end = Instant::now() + Duration::from_secs(asked.unwrap_or(SECONDS));
    let (is_over, committed) = (AtomicBool::new(false), AtomicU64::new(1));
    let wrong: Mutex<Vec<String>> = Mutex::default();
    let reads = AtomicU64::new(0);
    // A reader may be behind a load that ends meanwhile, never behind one that ended before it began.
    let watch = |read: &dyn Fn() -> Result<u64, String>| {
        while !is_over.load(Ordering::Acquire) {
            let least = committed.load(Ordering::Acquire);
            match read() {
                Ok(found) if found >= least => _ = reads.fetch_add(1, Ordering::Relaxed),
                Ok(found) => wrong.lock().unwrap().push(format!("load {found} is read after load {least}")),
                Err(error) => wrong.lock().unwrap().push(error),
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| watch(&|| read_here(&place.store())));
        scope.spawn(|| watch(&|| read_there(&place)));
        let mut dice = Dice(7);
        let mut n = 1;
        while Instant::now() < end {
            n += 1;
            for _ in 0..dice.below(4) {
                let mut load = place.load(n).spawn().expect("the program runs");
                thread::sleep(Duration::from_millis(dice.below(120)));
                load.kill().expect("it is a child");
                load.wait().expect("it ends");
            }
            place.loaded(n);
            committed.store(n, Ordering::Release);
        }
        is_over.store(true, Ordering::Release);
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {reads:?} reads are wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(5)].join("\n")
    );
    let least = 2;
    assert!(
        reads.into_inner() >= least && committed.into_inner() >= least,
        "hardly anything was read or loaded"
    );
    let verified = place.command(&["verify"]).output().expect("the program runs");
    assert!(verified.status.success(), "{}", said(&verified));
}

#[test]
fn a_reader_keeps_its_snapshot_over_any_number_of_loads() {
    let place = Place::new();
    place.loaded(1);
    let snapshot = Snapshot::open(&place.store()).expect("the store is sound");
    for n in 2..=4 {
        place.loaded(n);
    }
    let request = Request { kpi: "attendance".into(), ..Request::default() };
    let (result, _) = execute(&snapshot, &request).expect("its files are still there");
    let answer = serde_json::from_str(&report::render(&result, Format::Json).data).expect("it is JSON");
    assert_eq!(users_of(&answer), Ok(1));
}

#[test]
fn a_second_loader_is_told_at_once() {
    let place = Place::new();
    place.loaded(1);
    let lock = fs::File::options().write(true).open(place.store().join("LOCK")).expect("it was loaded");
    lock.lock().expect("nobody else holds it");
    let started = Instant::now();
    let second = place.load(2).output().expect("the program runs");
    let took = started.elapsed();
    assert_eq!(second.status.code(), Some(1), "{}", said(&second));
    assert!(said(&second).contains("another load holds the store"), "{}", said(&second));
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(read_there(&place), Ok(1), "readers are not held up");
    lock.unlock().expect("it is held");
    place.loaded(2);
    assert_eq!(read_there(&place), Ok(2));
}
