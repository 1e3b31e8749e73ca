//! Does damage ever go unnoticed, or bring the engine down? Every byte of a small store is flipped,
//! every length cut, every file swapped, lost or of another format.
//!
//! For each: `verify` names the file; a question ends in the same figures or in an error that names
//! the file (bytes that only `verify` reads may change a figure before it has run); a load on top ends
//! in such an error or in a sound store; nothing panics, hangs or asks for memory without measure.
//!
//! `QUIPU_DAMAGE=full` tries every case, `QUIPU_DAMAGE=N` about so many, else a sample is tried.

mod cases;
mod questions;
mod store;
mod watch;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cases::{Case, Damage};
use questions::Asked;
use quipu::store::dir::RealDir;
use quipu::store::manifest::FileRef;
use quipu::store::verify::{verify, verify_file};
use quipu::store::{Snapshot, StoreError};
use store::{Sound, quipu, text};
use watch::watched;

/// How many cases are tried, of how many questions where only they can tell, and every how many a
/// load on top and a look at all files.
struct Effort {
    cases: usize,
    questions: usize,
    load_every: usize,
}

const SAMPLE: Effort = Effort { cases: 4_000, questions: 6, load_every: 20 };
const FULL: Effort = Effort { cases: usize::MAX, questions: 8, load_every: 400 };

/// More than the small store could ever need.
const MEMORY_MAX: usize = 3 << 30;

/// What is wrong, and one case that shows it.
type Wrong = Mutex<BTreeMap<String, (usize, String)>>;

/// Counts what is wrong; a panic by its place, since its message holds the values of the case.
fn note(wrong: &Wrong, what: String, case: &str) {
    let (what, case) = match what.split_once(": ") {
        Some((what, message)) => (what.to_owned(), &*format!("{message}: {case}")),
        None => (what, case),
    };
    let mut wrong = wrong.lock().expect("nothing panics while it is held");
    wrong.entry(what).or_insert_with(|| (0, case.to_owned())).0 += 1;
}

#[test]
fn damage_is_named_and_brings_nothing_down() {
    let effort = match std::env::var("QUIPU_DAMAGE") {
        Err(_) => SAMPLE,
        Ok(value) => Effort { cases: value.parse().unwrap_or(usize::MAX), ..FULL },
    };
    let sound = Sound::new();
    let asked = Asked::of(&sound.path());
    let snapshot = Snapshot::open(&sound.path()).expect("the store is sound");
    let before = snapshot.before().expect("the store is sound").expect("there were two loads");
    let (current, mut kept) = (files_of(&snapshot), files_of(&before));
    kept.extend(current.clone());
    // The spellings of a category that is no dimension are shown with its rows only.
    let is_shown_only = |file: &str| file.contains("/dict-");
    for file in current.keys().filter(|file| !is_shown_only(file)) {
        assert!(!asked.reading(file).is_empty(), "no question reads {file}");
    }
    let mut cases = cases::all(&sound);
    // Without its manifest, the snapshot before is none.
    cases.retain(|c| c.file != manifest_of(&before) || !matches!(c.damage, Damage::Missing));
    drop((snapshot, before));
    let cases = sample(cases, effort.cases);
    let after = answers_after_load(&sound, &asked);
    let wrong = Wrong::default();
    let next = AtomicUsize::new(0);
    watch::start();
    let workers = std::thread::available_parallelism().map_or(2, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let folder = sound.copy();
                let mut trial =
                    Trial { sound: &sound, asked: &asked, after: &after, kept: &kept, folder, wrong: &wrong };
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { break };
                    trial.run(case, at, &effort);
                }
            });
        }
    });
    let _ = std::panic::take_hook();
    let wrong = wrong.into_inner().expect("nothing panics while it is held");
    let list: Vec<String> =
        wrong.iter().map(|(what, (n, case))| format!("{n} × {what}\n    {case}")).collect();
    assert!(list.is_empty(), "{} of {} cases are wrong:\n{}", list.len(), cases.len(), list.join("\n"));
    let peak = peak_memory();
    assert!(peak < MEMORY_MAX, "{peak} bytes of memory were asked for");
}

/// What the questions are answered when the load on top has met no damage.
fn answers_after_load(sound: &Sound, asked: &Asked) -> Vec<Option<String>> {
    let folder = sound.copy();
    let exports = sound.on_top();
    let (status, said) = quipu(&["load", &text(&exports), "--store", &text(folder.path())]);
    assert_eq!(status, 0, "{said}");
    let snapshot = Snapshot::open(folder.path()).expect("the store is sound");
    asked.all.iter().map(|(question, _)| question.ask(&snapshot).ok()).collect()
}

/// The files that a snapshot needs, with what its manifest says of them.
fn files_of(snapshot: &Snapshot) -> BTreeMap<String, Option<FileRef>> {
    let data = snapshot.manifest.files().map(|file| (format!("data/{}", file.name), Some(file.clone())));
    let own = ["CURRENT".to_owned(), manifest_of(snapshot)];
    data.chain(own.map(|file| (file, None))).collect()
}

fn manifest_of(snapshot: &Snapshot) -> String {
    format!("manifests/{:08}.json", snapshot.manifest.sequence)
}

/// So many of the cases, spread over all; those that are few of a kind are all kept.
fn sample(all: Vec<Case>, wanted: usize) -> Vec<Case> {
    let (many, few): (Vec<Case>, Vec<Case>) =
        all.into_iter().partition(|c| matches!(c.damage, Damage::Flip { .. } | Damage::Cut { .. }));
    let few = thinned(few, wanted / 4);
    let left = wanted - few.len().min(wanted);
    let (content, rest): (Vec<Case>, Vec<Case>) = many.into_iter().partition(|c| c.is_content);
    [few, thinned(content, left / 4 * 3), thinned(rest, left / 4)].concat()
}

/// Every n-th, where n has no small divisor in common with what repeats in a file.
fn thinned(all: Vec<Case>, wanted: usize) -> Vec<Case> {
    let mut stride = all.len().div_ceil(wanted.max(1)).max(1);
    while stride > 1 && [2, 3, 5, 7].iter().any(|small| stride.is_multiple_of(*small)) {
        stride += 1;
    }
    all.into_iter().step_by(stride).collect()
}

fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("the system tells of memory");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}

struct Trial<'a> {
    sound: &'a Sound,
    asked: &'a Asked,
    after: &'a [Option<String>],
    kept: &'a BTreeMap<String, Option<FileRef>>,
    folder: tempfile::TempDir,
    wrong: &'a Wrong,
}

impl Trial<'_> {
    fn run(&mut self, case: &Case, number: usize, effort: &Effort) {
        let sound = self.sound.bytes(&case.file);
        case.apply(self.folder.path(), &sound, |file| self.sound.bytes(file));
        let name = format!("{}: {:?}", case.file, case.damage);
        let is_thorough = number.is_multiple_of(effort.load_every);
        self.verify(case, &name, is_thorough);
        let reading = self.asked.reading(&case.file);
        let questions = if case.is_content { effort.questions } else { 1 };
        for turn in 0..questions.min(reading.len()) {
            let question = reading[(number * questions + turn) % reading.len()];
            self.ask(case, &name, question);
        }
        if is_thorough {
            self.load(case, &name, number);
            self.folder = self.sound.copy();
        } else {
            case.undo(self.folder.path(), &sound);
        }
    }

    fn wrong(&self, what: String, case: &str) {
        note(self.wrong, what, case);
    }

    /// Whether a message leads to the damage.
    fn names(case: &Case, message: &str) -> bool {
        message.contains(&case.file)
    }

    /// `verify` finds the damage, whether it looks at all files or at this one.
    fn verify(&self, case: &Case, name: &str, all: bool) {
        let folder = self.folder.path();
        let found = watched(&format!("verify, {name}"), || match self.kept.get(&case.file) {
            Some(Some(file)) if !all => verify_file(&RealDir::new(folder), file).map_err(|error| vec![error]),
            _ => verify(folder).map(|_| ()),
        });
        let errors = match found {
            Err(place) => return self.wrong(format!("verify panics at {place}"), name),
            Ok(found) => found.err().unwrap_or_default(),
        };
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let is_needed = self.kept.contains_key(&case.file);
        if is_needed && !texts.iter().any(|text| Self::names(case, text)) {
            self.wrong("verify does not name the file".into(), &format!("{name}: {texts:?}"));
        } else if !is_needed && !texts.is_empty() {
            self.wrong("verify minds a file that is not needed".into(), &format!("{name}: {texts:?}"));
        }
    }

    fn ask(&self, case: &Case, name: &str, question: usize) {
        let (question, answer) = &self.asked.all[question];
        let asked = format!("{}, {name}", question.name());
        let found = watched(&asked, || -> Result<String, String> {
            let open = |error: StoreError| error.to_string();
            let snapshot = Snapshot::open(self.folder.path()).map_err(open)?;
            question.ask(&snapshot).map_err(|error| error.to_string())
        });
        match found {
            Err(place) => self.wrong(format!("a question panics at {place}"), &asked),
            Ok(Ok(found)) if found != *answer && !case.is_content => {
                self.wrong("another figure".into(), &asked);
            }
            Ok(Err(error)) if !Self::names(case, &error) && !case.is_content => {
                self.wrong("a question does not name the file".into(), &format!("{asked}: {error}"));
            }
            Ok(_) => {}
        }
    }

    /// A load on top of the damage ends in a sound store, or changes nothing and says why.
    fn load(&self, case: &Case, name: &str, number: usize) {
        let store = text(self.folder.path());
        let exports = text(&self.sound.on_top());
        let loading = format!("load, {name}");
        let (status, said) = match watched(&loading, || quipu(&["load", &exports, "--store", &store])) {
            Err(place) => return self.wrong(format!("a load panics at {place}"), name),
            Ok(done) => done,
        };
        let verified = watched(&loading, || verify(self.folder.path()));
        match (status, verified) {
            (_, Err(place)) => self.wrong(format!("verify panics at {place}"), &loading),
            // A file that the load had no need of is as it was.
            (0, Ok(Err(errors))) => {
                let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
                if !texts.iter().all(|text| Self::names(case, text)) {
                    self.wrong("a load leaves other damage behind".into(), &format!("{loading}: {texts:?}"));
                }
            }
            (0, Ok(Ok(_))) => self.figures_after(&loading, number),
            _ if Self::names(case, &said) => {}
            _ => self.wrong("a load does not name the file".into(), &format!("{loading}: {said}")),
        }
    }

    /// A load that leaves no damage has not taken any into what it wrote.
    fn figures_after(&self, loading: &str, number: usize) {
        for turn in 0..5 {
            let at = (number * 5 + turn) % self.after.len();
            let ask = || {
                Snapshot::open(self.folder.path()).map(|snapshot| self.asked.all[at].0.ask(&snapshot).ok())
            };
            match watched(loading, ask) {
                Err(place) => self.wrong(format!("a question panics at {place}"), loading),
                Ok(found) if found.as_ref().ok() != Some(&self.after[at]) => {
                    let question = self.asked.all[at].0.name();
                    self.wrong("another figure after a load".into(), &format!("{question}, {loading}"));
                }
                Ok(_) => {}
            }
        }
    }
}
