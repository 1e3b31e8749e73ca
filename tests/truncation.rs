//! What does a reader do when another program cuts a mapped file? It ends with a message that names
//! the file, and with the exit status of a damaged store.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use quipu::store::Snapshot;
use tempfile::TempDir;

/// Set for the child that reads; names its store.
const CHILD: &str = "QUIPU_TEST_READER";

/// A store with one large column, and the file that holds it.
fn store() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("there is room for temporary files");
    let mut tickets = "ticket_id,open_date,description\n".to_owned();
    for id in 0..200 {
        let description: String =
            (0..20_000).map(|n| char::from(b'a' + ((n * 7 + id * n) % 26) as u8)).collect();
        tickets += &format!("T{id:04},2025-03-{:02},{description}{id}\n", id % 28 + 1);
    }
    let export = folder.path().join("support_tickets.csv");
    fs::write(&export, tickets).expect("there is room");
    let store = folder.path().join("store");
    let mut load = Command::new(env!("CARGO_BIN_EXE_quipu"));
    let done = load.arg("load").arg(&export).arg("--store").arg(&store).output().expect("the program runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let large = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.len() > 1 << 20);
    let months = fs::read_dir(store.join("data/support_tickets")).expect("the table has a folder");
    let file = months.map(|entry| entry.expect("an entry").path()).find(large).expect("a large month");
    (folder, file)
}

fn cut(file: &Path) {
    OpenOptions::new().write(true).open(file).expect("the file is there").set_len(0).expect("it can be cut");
}

/// Not a test by itself: what the child of the next one does.
#[test]
fn reader() {
    let Some(store) = env::var_os(CHILD) else { return };
    quipu::store::exit_when_a_file_is_cut();
    let snapshot = Snapshot::open(Path::new(&store)).expect("the store is sound");
    let table = snapshot.named("support_tickets").expect("it was loaded");
    let file = table.segments[0].open().expect("the file is sound");
    writeln!(std::io::stdout(), "mapped").expect("the parent listens");
    std::io::stdin().read_exact(&mut [0]).expect("the parent says when");
    let sum: u64 = file.bytes().iter().map(|&byte| u64::from(byte)).sum();
    panic!("the cut file was read to its end: {sum}");
}

#[test]
fn a_file_cut_under_a_reader_is_named() {
    let (folder, file) = store();
    let mut child = Command::new(env::current_exe().expect("the test knows itself"))
        .args(["--exact", "reader", "--nocapture"])
        .env(CHILD, folder.path().join("store"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the test runs itself");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    assert!(lines.any(|line| line.expect("text") == "mapped"), "the child has mapped the file");
    cut(&file);
    child.stdin.take().expect("it is piped").write_all(b"\n").expect("the child waits");
    let done = child.wait_with_output().expect("the child ends");
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(5), "{:?}: {said}", done.status);
    assert!(said.contains(file.to_str().unwrap()) && said.contains("was cut"), "{said}");
}

#[test]
fn the_program_names_a_file_cut_while_it_verifies() {
    let (folder, file) = store();
    let bytes = fs::read(&file).expect("the file is there");
    for wait in 0..20 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_quipu"))
            .args(["verify", "--store"])
            .arg(folder.path().join("store"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        thread::sleep(Duration::from_millis(wait));
        cut(&file);
        let status = child.wait().expect("the program ends");
        let mut said = String::new();
        child.stderr.take().expect("it is piped").read_to_string(&mut said).expect("text");
        assert_eq!(status.signal(), None, "after {wait} ms: {said}");
        match status.code() {
            Some(0) => {}
            Some(5) => assert!(said.contains(file.to_str().unwrap()), "{said}"),
            other => panic!("after {wait} ms: {other:?}: {said}"),
        }
        fs::write(&file, &bytes).expect("there is room");
    }
}
