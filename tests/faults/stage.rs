//! Which loads are disturbed? The first into a store, one that adds to it, and one behind which the
//! files of the first are removed.

use std::fs;
use std::path::{Path, PathBuf};

use quipu::store::{Snapshot, StoreError, verify};
use tempfile::TempDir;

const USERS: &str =
    "user_id,user_name,plan_type,registration_date\nU1,Ann,Pro,2024-01-05\nU2,Bo,Free,2024-02-06\n";

const MEETINGS: [&str; 3] = [
    "meeting_id,host_user_id,start_time,duration_minutes\nM1,U1,2024-03-01 09:00:00,30\nM2,U2,2024-04-02 10:00:00,60\n",
    "meeting_id,host_user_id,start_time,duration_minutes\nM2,U2,2024-04-02 10:00:00,45\nM3,U3,2024-04-03 10:00:00,15\n",
    "meeting_id,host_user_id,start_time,duration_minutes\nM4,U1,2024-04-04 10:00:00,5\nM5,U2,,\nM6,U1,2024-05-04 10:00:00,5\n",
];

/// What a store says: the snapshot and a figure; none when there is no store.
pub type State = Option<(String, String)>;

/// A load, with the store as it is before it.
pub struct Stage {
    pub name: &'static str,
    pub old: State,
    pub new: State,
    dir: TempDir,
}

/// Every load, each in a folder of its own.
pub fn stages() -> Vec<Stage> {
    ["first load", "second load", "third load"]
        .iter()
        .zip(0..)
        .map(|(name, loads)| Stage::new(name, loads))
        .collect()
}

impl Stage {
    fn new(name: &'static str, loads_before: usize) -> Stage {
        let dir = tempfile::tempdir().unwrap();
        let mut stage = Stage { name, old: None, new: None, dir };
        for before in 0..loads_before {
            stage.export(before);
            assert_eq!(stage.load().0, 0);
        }
        stage.export(loads_before);
        stage.old = stage.state().unwrap();
        copy(&stage.store(), &stage.template());
        assert_eq!(stage.load().0, 0);
        stage.new = stage.state().unwrap();
        assert_ne!(stage.old, stage.new);
        stage
    }

    /// The folder in which all of it happens.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    fn store(&self) -> PathBuf {
        self.folder().join("store")
    }

    fn template(&self) -> PathBuf {
        self.folder().join("template")
    }

    fn export(&self, load: usize) {
        let exports = self.folder().join("exports");
        fs::create_dir_all(&exports).unwrap();
        fs::write(exports.join("users.csv"), USERS).unwrap();
        fs::write(exports.join("meetings.csv"), MEETINGS[load]).unwrap();
    }

    /// Puts the store back to what it was before the load.
    pub fn reset(&self) {
        let _ = fs::remove_dir_all(self.store());
        copy(&self.template(), &self.store());
    }

    /// The arguments of the load. One of the rows has no time and is one too many to be let pass.
    pub fn arguments(&self) -> Vec<String> {
        let path = |name: &str| self.folder().join(name).to_str().unwrap().to_owned();
        ["load", "--max-rejects", "100%", "--store", &path("store"), &path("exports")]
            .map(str::to_owned)
            .to_vec()
    }

    /// Loads undisturbed: the exit status, and what was said.
    pub fn load(&self) -> (i32, String) {
        self.run(&self.arguments(), &mut Vec::new())
    }

    fn run(&self, arguments: &[String], out: &mut Vec<u8>) -> (i32, String) {
        let arguments: Vec<&str> =
            std::iter::once("quipu").chain(arguments.iter().map(String::as_str)).collect();
        let mut err = Vec::new();
        let status = quipu::cli::run(&arguments, out, &mut err);
        (status, String::from_utf8_lossy(&err).into_owned())
    }

    /// What the store holds, every byte of it checked.
    pub fn state(&self) -> Result<State, String> {
        let snapshot = match Snapshot::open(&self.store()) {
            Ok(snapshot) => snapshot.manifest.snapshot.clone(),
            Err(StoreError::Missing(_)) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        verify::verify(&self.store()).map_err(|errors| format!("{errors:?}"))?;
        let store = self.store().to_str().unwrap().to_owned();
        let query = [
            "query",
            "meeting_minutes",
            "--every",
            "month",
            "--by",
            "plan_type",
            "--format",
            "csv",
            "--store",
            &store,
        ];
        let mut out = Vec::new();
        let (status, err) = self.run(&query.map(str::to_owned), &mut out);
        if status != 0 {
            return Err(err);
        }
        Ok(Some((snapshot, String::from_utf8_lossy(&out).into_owned())))
    }
}

fn copy(from: &Path, to: &Path) {
    let Ok(entries) = fs::read_dir(from) else { return };
    fs::create_dir_all(to).unwrap();
    for entry in entries.map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
