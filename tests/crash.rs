//! Does a store survive a failure at any operation of a load?
//!
//! Each load runs once for every operation that it makes on the store's folder, with that operation
//! cut, failed once or failed for good, and for every way in which a power cut may go. What is found
//! afterwards has to be the old snapshot or the new one, whole, and the next load has to work. The
//! syncs are then left out one by one, which has to be noticed: a check that nothing can fail is none.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use quipu::ingest::{Limits, LoadOptions, Loaded, MaxRejects, load_into};
use quipu::store::dir::{Dir, Fault, FaultyDir, MemoryDir, Survival, SyncCall};
use quipu::store::manifest::Manifest;
use quipu::store::verify::verify_in;
use quipu::store::{Snapshot, StoreError};
use rayon::prelude::*;

const USERS: &str = "user_id,user_name,plan_type,company,registration_date\n";
const MEETINGS: &str = "meeting_id,host_user_id,start_time,end_time\n";
const ATTENDEES: &str = "attendee_id,meeting_id,user_id,join_time,leave_time\n";
const LICENSES: &str = "license_id,license_type,start_date,license_status,assigned_user_id\n";

/// A load of some files, each with a fault that does not refuse it.
struct Exports(tempfile::TempDir);

impl Exports {
    fn new(files: &[(&str, &str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, head, rows) in files {
            std::fs::write(dir.path().join(name), format!("{head}{rows}")).unwrap();
        }
        Exports(dir)
    }

    /// Two users, a meeting in each of two months; one attendee cannot be read.
    fn first() -> Self {
        Exports::new(&[
            ("users.csv", USERS, "U1,Ann,Pro,Acme,2024-01-01\nU2,Bo,Free,Acme,2024-01-02\n"),
            (
                "meetings.csv",
                MEETINGS,
                "M1,U1,2024-01-05 10:00:00,2024-01-05 11:00:00\nM2,U2,2024-02-05 10:00:00,2024-02-05 11:00:00\n",
            ),
            (
                "attendees.csv",
                ATTENDEES,
                "A1,M1,U2,2024-01-05 10:00:00,2024-01-05 10:30:00\nA2,M2,U9,2024-02-30 10:00:00,\n",
            ),
        ])
    }

    /// A user changes plan, a meeting moves to another month, a table comes anew.
    fn second() -> Self {
        Exports::new(&[
            ("users-2.csv", USERS, "U2,Bo,Business,Acme,2024-01-02\nU3,Cy,Free,Borg,2024-02-03\n"),
            ("meetings-2.csv", MEETINGS, "M1,U1,2024-02-06 10:00:00,2024-02-06 11:00:00\n"),
            ("licenses.csv", LICENSES, "L1,Pro,2024-01-01,Active,U1\n"),
        ])
    }

    /// One meeting more: what only the first snapshot named goes with this load.
    fn third() -> Self {
        Exports::new(&[("meetings-3.csv", MEETINGS, "M3,U3,2024-03-06 10:00:00,\n")])
    }

    fn load(&self, dir: &Arc<dyn Dir>) -> Result<Loaded, quipu::ingest::IngestError> {
        let paths = vec![self.0.path().to_path_buf()];
        let options = LoadOptions {
            max_rejects: MaxRejects::Rows(10),
            ..LoadOptions::new(paths, Path::new("memory").to_path_buf())
        };
        load_into(dir, &options, Limits::default(), &())
    }

    /// Loads without a fault.
    fn onto(&self, dir: &MemoryDir) -> String {
        let loaded = self.load(&(Arc::new(dir.clone()) as Arc<dyn Dir>)).unwrap();
        assert_eq!((loaded.refused, loaded.warnings), (vec![], vec![]));
        loaded.report.snapshot
    }
}

/// A store and the load that is tried on it.
struct Scenario {
    name: &'static str,
    start: MemoryDir,
    exports: Exports,
    old: Option<String>,
    new: String,
    operations: usize,
    syncs: Vec<SyncCall>,
}

impl Scenario {
    fn new(name: &'static str, start: MemoryDir, exports: Exports) -> Self {
        let old = state(&start).unwrap();
        let probe = FaultyDir::new(Arc::new(start.after_kill()), None);
        let loaded = exports.load(&(Arc::new(probe.clone()) as Arc<dyn Dir>)).unwrap();
        assert_eq!(loaded.warnings, Vec::<String>::new());
        let (operations, syncs) = (probe.operations(), probe.syncs());
        assert!(operations > 20 && syncs.len() > 5, "{name}: {operations} operations, {syncs:?}");
        Scenario { name, start, exports, old, new: loaded.report.snapshot, operations, syncs }
    }

    fn all() -> Vec<Scenario> {
        let mut dir = MemoryDir::new();
        let mut all = vec![Scenario::new("first load", dir.after_kill(), Exports::first())];
        Exports::first().onto(&dir);
        dir = dir.after_cut(Survival::Nothing);
        all.push(Scenario::new("second load", dir.after_kill(), Exports::second()));
        Exports::second().onto(&dir);
        dir = dir.after_cut(Survival::Nothing);
        all.push(Scenario::new("load with clean-up", dir.after_kill(), Exports::third()));
        all
    }

    /// What a power cut, or none, leaves of a folder after what a load has said.
    fn check(&self, dir: &MemoryDir, said: Said, what: &str) -> Result<(), String> {
        let mut survivals = vec![Survival::Nothing, Survival::Everything, Survival::Names, Survival::Data];
        survivals.extend((0..8).map(Survival::Some));
        let found = state(dir)?;
        if (said == Said::Failed) == (found.as_ref() == Some(&self.new)) {
            return Err(format!("{}: {what}: {said:?}, found is {found:?}", self.name));
        }
        for survival in survivals {
            let left = dir.after_cut(survival);
            let at = || format!("{}: {what}, {survival:?}", self.name);
            let found = state(&left).map_err(|e| format!("{}: {e}", at()))?;
            let is_new = found.as_ref() == Some(&self.new);
            if !is_new && (said == Said::Done || found != self.old) {
                return Err(format!("{}: {said:?}, found {found:?}", at()));
            }
            self.exports
                .load(&(Arc::new(left.clone()) as Arc<dyn Dir>))
                .map_err(|e| format!("{}: {e}", at()))?;
            if state(&left)?.as_ref() != Some(&self.new) {
                return Err(format!("{}: the next load gives another snapshot", at()));
            }
            if !is_new {
                nothing_is_left_over(&left).map_err(|e| format!("{}: {e}", at()))?;
            }
        }
        Ok(())
    }

    /// Loads with a fault.
    fn with(&self, dir: Arc<dyn Dir>) -> Said {
        match self.exports.load(&dir) {
            Ok(loaded) if loaded.warnings.iter().any(|w| w.contains("synced")) => Said::Unsafe,
            Ok(loaded) if loaded.refused.is_empty() => Said::Done,
            _ => Said::Failed,
        }
    }
}

/// What a load says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// The new snapshot is in force, whatever happens.
    Done,
    /// The new snapshot is in force, but a power cut may take it.
    Unsafe,
    /// The old one is.
    Failed,
}

/// The snapshot in force, every byte of it as it was written; none when there is no store.
fn state(dir: &MemoryDir) -> Result<Option<String>, String> {
    let dir: Arc<dyn Dir> = Arc::new(dir.clone());
    let snapshot = match Snapshot::open_in(&dir) {
        Err(StoreError::Missing(_)) => return Ok(None),
        other => other.map_err(|e| e.to_string())?,
    };
    verify_in(&dir).map_err(|e| e.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    Ok(Some(snapshot.manifest.snapshot.clone()))
}

/// After a commit there is no file that no kept manifest names.
fn nothing_is_left_over(dir: &MemoryDir) -> Result<(), String> {
    let files = dir.files();
    let mut named: BTreeSet<String> = BTreeSet::from(["CURRENT".into(), "LOCK".into()]);
    for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with("manifests/")) {
        let manifest = Manifest::from_bytes(Path::new(name), bytes).map_err(|e| e.to_string())?;
        named.insert(name.clone());
        named.extend(manifest.files().map(|f| format!("data/{}", f.name)));
    }
    match files.keys().find(|name| !named.contains(*name) && !name.starts_with("quarantine/")) {
        Some(name) => Err(format!("{name} is left over")),
        None => Ok(()),
    }
}

#[test]
fn a_load_survives_a_failure_at_every_operation() {
    let faults = [
        Fault::ForGood(ErrorKind::Other),
        Fault::ForGood(ErrorKind::StorageFull),
        Fault::Once(ErrorKind::Other),
        Fault::Once(ErrorKind::StorageFull),
        Fault::Once(ErrorKind::Interrupted),
        Fault::ShortWrite,
        Fault::ShortWrites,
    ];
    for scenario in Scenario::all() {
        let cases: Vec<(usize, Fault)> =
            (0..scenario.operations).flat_map(|at| faults.map(|fault| (at, fault))).collect();
        let wrong: Vec<String> = cases
            .into_par_iter()
            .filter_map(|(at, fault)| {
                let dir = scenario.start.after_kill();
                let faulty = FaultyDir::new(Arc::new(dir.clone()), Some((at, fault)));
                let said = scenario.with(Arc::new(faulty));
                scenario.check(&dir, said, &format!("operation {at}, {fault:?}")).err()
            })
            .collect();
        assert!(wrong.is_empty(), "{} cases fail, the first: {}", wrong.len(), wrong[0]);
    }
}

#[test]
fn a_load_after_a_killed_one_survives_a_power_cut() {
    // What the killed load had not made safe yet is there, and not safe, when the next one runs.
    let scenario = Scenario::new("first load", MemoryDir::new(), Exports::first());
    let wrong: Vec<String> = (0..scenario.operations)
        .into_par_iter()
        .filter_map(|at| {
            let dir = scenario.start.after_kill();
            let cut = Some((at, Fault::ForGood(ErrorKind::Other)));
            scenario.with(Arc::new(FaultyDir::new(Arc::new(dir.clone()), cut)));
            let next = dir.after_kill();
            let said = scenario.with(Arc::new(next.clone()));
            scenario.check(&next, said, &format!("killed at {at}, then loaded")).err()
        })
        .collect();
    assert!(wrong.is_empty(), "{} cases fail, the first: {}", wrong.len(), wrong[0]);
}

/// Whether leaving out a sync is noticed, by a power cut at the end or at any operation.
fn is_noticed(scenario: &Scenario, sync: &SyncCall) -> bool {
    let lazy = |dir: Arc<dyn Dir>| Arc::new(FaultyDir::without_sync(dir, sync.clone()));
    let dir = scenario.start.after_kill();
    let said = scenario.with(lazy(Arc::new(dir.clone())));
    if scenario.check(&dir, said, "").is_err() {
        return true;
    }
    (0..scenario.operations).rev().any(|at| {
        let dir = scenario.start.after_kill();
        let cut = FaultyDir::new(Arc::new(dir.clone()), Some((at, Fault::ForGood(ErrorKind::Other))));
        let said = scenario.with(lazy(Arc::new(cut)));
        scenario.check(&dir, said, "").is_err()
    })
}

#[test]
fn leaving_out_any_sync_is_noticed() {
    let mut unnoticed: BTreeSet<SyncCall> = BTreeSet::new();
    let mut noticed: BTreeSet<SyncCall> = BTreeSet::new();
    for scenario in Scenario::all() {
        let found: Vec<(SyncCall, bool)> =
            scenario.syncs.par_iter().map(|sync| (sync.clone(), is_noticed(&scenario, sync))).collect();
        for (sync, is_noticed) in found {
            if is_noticed {
                noticed.insert(sync)
            } else {
                unnoticed.insert(sync)
            };
        }
    }
    // A folder's name is made safe at each load, and needs it only at the first.
    let in_vain: Vec<&SyncCall> = unnoticed.difference(&noticed).collect();
    assert!(in_vain.is_empty(), "{in_vain:?}");
    let folders = ["", "data", "manifests"];
    assert!(unnoticed.iter().all(|(name, _)| folders.contains(&name.as_str())), "{unnoticed:?}");
}
