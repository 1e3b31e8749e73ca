//! How is a call made to fail? By `strace`, which counts the calls that a thread makes on a path.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use super::stage::Stage;

const PROGRAM: &str = env!("CARGO_BIN_EXE_quipu");

/// What happens in place of a call.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It fails with an error and does nothing.
    Error(&'static str),
    /// The process is killed as it enters it.
    Kill,
}

impl Fault {
    pub fn text(self) -> String {
        match self {
            Fault::Error(error) => format!("error={error}"),
            Fault::Kill => "signal=KILL".into(),
        }
    }
}

/// A kind of call and the ways in which it fails.
pub struct Kind {
    pub name: &'static str,
    pub faults: &'static [Fault],
}

const READS: &[Fault] = &[Fault::Error("EIO"), Fault::Error("EINTR"), Fault::Kill];
const WRITES: &[Fault] = &[Fault::Error("EIO"), Fault::Error("ENOSPC"), Fault::Error("EINTR"), Fault::Kill];
const NAMES: &[Fault] = &[Fault::Error("EIO"), Fault::Error("ENOSPC"), Fault::Kill];
const OPENS: &[Fault] = &[Fault::Error("EIO"), Fault::Error("EMFILE"), Fault::Error("EINTR"), Fault::Kill];

/// Every call by which a load reaches files.
pub const CALLS: &[Kind] = &[
    Kind { name: "openat", faults: OPENS },
    Kind { name: "read", faults: READS },
    Kind { name: "pread64", faults: READS },
    Kind { name: "write", faults: WRITES },
    Kind { name: "pwrite64", faults: WRITES },
    Kind { name: "fsync", faults: WRITES },
    Kind { name: "fdatasync", faults: WRITES },
    Kind { name: "rename", faults: NAMES },
    Kind { name: "renameat", faults: NAMES },
    Kind { name: "renameat2", faults: NAMES },
    Kind { name: "unlink", faults: NAMES },
    Kind { name: "unlinkat", faults: NAMES },
    Kind { name: "mkdir", faults: NAMES },
    Kind { name: "mkdirat", faults: NAMES },
    Kind { name: "mmap", faults: &[Fault::Error("ENOMEM"), Fault::Error("EIO"), Fault::Kill] },
    Kind { name: "flock", faults: READS },
    Kind { name: "getdents64", faults: NAMES },
    Kind { name: "statx", faults: NAMES },
    Kind { name: "lseek", faults: READS },
    Kind { name: "close", faults: READS },
    Kind { name: "ftruncate", faults: WRITES },
    Kind { name: "copy_file_range", faults: WRITES },
];

/// A call that a load made: the n-th of its kind on a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    pub name: &'static str,
    pub path: String,
    pub number: u32,
}

/// How a disturbed load ended; without a status it was killed.
pub struct Run {
    pub status: Option<i32>,
    pub stderr: String,
}

impl Run {
    fn of(output: &Output) -> Run {
        // A tracer ends as the program that it traces does, killed or not.
        let killed = output.status.signal().is_some() || output.status.code() == Some(128 + 9);
        let status = output.status.code().filter(|_| !killed);
        Run { status, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
    }
}

/// A `strace` that works here.
pub struct Tracer;

impl Tracer {
    /// Finds out whether calls can be traced; says so where they cannot.
    pub fn find() -> Option<Tracer> {
        let tried = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
        let works = tried.as_ref().is_ok_and(|output| output.status.success());
        if !works {
            println!("skipped: there is no strace here that may trace");
        }
        works.then_some(Tracer)
    }

    fn command(&self, stage: &Stage, options: &[&str]) -> Command {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq"]).args(options).arg(PROGRAM).args(stage.arguments());
        // One worker makes the calls come in one order.
        command.env("RAYON_NUM_THREADS", "1");
        command
    }

    /// The calls of an undisturbed load that have to do with the stage's folder.
    pub fn calls(&self, stage: &Stage) -> BTreeSet<Call> {
        let log = stage.folder().join("trace");
        let names: Vec<&str> = CALLS.iter().map(|kind| kind.name).collect();
        let trace = format!("trace={}", names.join(","));
        let options = ["-y", "-e", &trace, "-o", log.to_str().unwrap()];
        let output = self.command(stage, &options).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let folder = stage.folder().to_str().unwrap();
        let mut counts: BTreeMap<(&str, &str, &str), u32> = BTreeMap::new();
        let mut calls = BTreeSet::new();
        let text = std::fs::read_to_string(log).unwrap();
        for line in text.lines() {
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let Some((name, arguments)) = rest.trim_start().split_once('(') else { continue };
            let Some(kind) = CALLS.iter().find(|kind| kind.name == name) else { continue };
            let Some(at) = arguments.find(folder) else { continue };
            let path = arguments[at..].split(['"', '>']).next().unwrap();
            // The standard library panics when a folder cannot be closed, which no file system here refuses.
            if kind.name == "close" && Path::new(path).is_dir() {
                continue;
            }
            let number = counts.entry((thread, kind.name, path)).or_default();
            *number += 1;
            calls.insert(Call { name: kind.name, path: path.to_owned(), number: *number });
        }
        let syncs = calls.iter().filter(|call| call.name == "fsync" && call.path.ends_with("CURRENT.tmp"));
        assert_eq!(syncs.count(), 1, "{calls:?}");
        calls
    }

    /// A load in which a call fails.
    pub fn with_fault(&self, stage: &Stage, call: &Call, fault: Fault) -> Run {
        let trace = format!("trace={}", call.name);
        let inject = format!("inject={}:{}:when={}", call.name, fault.text(), call.number);
        let options = ["--seccomp-bpf", "-P", &call.path, "-e", &trace, "-e", &inject, "-o", "/dev/null"];
        Run::of(&self.command(stage, &options).output().unwrap())
    }
}

/// A load that may write no file of more than so many blocks of 1024 bytes.
pub fn limited(stage: &Stage, kibibytes: u32) -> Run {
    let script = format!("trap '' XFSZ; ulimit -f {kibibytes}; exec \"$@\"");
    let output = Command::new("bash").args(["-c", &script, "bash", PROGRAM]).args(stage.arguments()).output();
    Run::of(&output.unwrap())
}
