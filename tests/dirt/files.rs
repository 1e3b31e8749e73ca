//! Files that are missing, damaged, no files at all, or there twice.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::place::{ANY, Outcome, Place, gzip};

const USERS: &str = "user_id,company\nU1,Acme\nU2,Birch\n";

/// A file that is right, whose rows must not be committed beside one that is wrong.
const MEETINGS: &str = "meeting_id,host_user_id,start_time\nM1,U1,2024-03-01 09:00:00\n";

/// Loads a folder in which the file `users…` is wrong and another is right.
#[track_caller]
fn check_refused(name: &str, content: impl AsRef<[u8]>, says: &[&str]) {
    let place = Place::with(name, content);
    place.write("meetings.csv", MEETINGS);
    let outcome = place.load(&[]);
    outcome.assert_refused(&[&[name], says].concat());
    assert_eq!(outcome.counts("meetings"), [1, 1, 0, 0, 0], "the other file is looked at all the same");
    assert!(place.is_empty());
}

#[test]
fn a_file_without_rows_to_read_is_refused() {
    check_refused("users.csv", "", &["it is empty", "at least a header line"]);
    check_refused("users.csv", "\n\r\n  \n", &["only blank lines"]);
    check_refused("users.csv", "\u{feff}", &["only blank lines"]);
    check_refused("users.csv.gz", gzip(""), &["it is empty"]);
}

#[test]
fn a_header_alone_is_warned_of_and_empties_no_table() {
    let place = Place::with("users.csv", USERS);
    assert!(place.load(&[]).is_committed());
    place.write("users.csv", "user_id,company\n");
    let outcome = place.load(&[]);
    assert_eq!(
        (outcome.status, outcome.err.as_str()),
        (0, "warning: users.csv has a header and no record\n")
    );
    assert_eq!(outcome.counts("users"), [0; 5]);
    place.load(&["--mode", "replace"]).assert_refused(&["users", "--allow-empty"]);
    place.write("users.csv", "user_id,company\n,Acme\n");
    let none_right = ["--mode", "replace", "--max-rejects", "100%"];
    place.load(&none_right).assert_refused(&["users", "--allow-empty"]);
    assert_eq!(users(&place), 2);
    assert!(place.load(&[&none_right[..], &["--allow-empty"]].concat()).is_committed());
    assert_eq!(users(&place), 0);
}

/// The users that the store knows.
fn users(place: &Place) -> u64 {
    let info: serde_json::Value =
        serde_json::from_str(&place.run(&["info", "--format", "json"]).out).unwrap();
    info["tables"].as_array().unwrap().iter().find(|t| t["name"] == "users").unwrap()["rows"]
        .as_u64()
        .unwrap()
}

#[test]
fn what_is_no_text_is_refused_with_what_it_is() {
    for (name, content, says) in [
        ("users.csv", b"PK\x03\x04rest".to_vec(), &["a zip file or workbook at byte 0", "as CSV"][..]),
        ("users.csv", gzip(USERS), &["gzip data in a file whose name does not end in .gz"]),
        ("users.csv", b"\x28\xb5\x2f\xfdxx".to_vec(), &["zstd data at byte 0"]),
        ("users.csv.gz", b"\x28\xb5\x2f\xfdxx".to_vec(), &["it is not gzip data"]),
        ("users.csv.gz", USERS.into(), &["it is not gzip data", "take .gz off its name"]),
        ("users.csv", b"user_id,na\0me\n".to_vec(), &["control bytes at byte 10"]),
        ("users.csv", (0..=255u8).cycle().skip(1).take(4000).collect(), &["it is not text", "at byte 0"]),
        (
            "users.csv",
            USERS.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            &["UTF-16 without a byte order mark", "encoding = \"utf-16le\""],
        ),
    ] {
        check_refused(name, content, says);
    }
}

#[test]
fn damaged_gzip_is_refused() {
    let whole = gzip(USERS.repeat(50));
    let mut crc = whole.clone();
    let at = crc.len() - 8;
    crc[at] ^= 1;
    check_refused("users.csv.gz", &whole[..whole.len() - 4], &["ends early", "copy it again"]);
    check_refused("users.csv.gz", &whole[..whole.len() / 2], &["ends early"]);
    check_refused("users.csv.gz", crc, &["is damaged", "copy it again"]);
    check_refused("users.csv.gz", [whole.as_slice(), b"and no member"].concat(), &["damaged"]);
}

#[test]
fn a_bomb_is_refused() {
    let bomb = format!("user_id,company\nU1,{}\n", "a".repeat(64 << 20));
    check_refused("users.csv.gz", gzip(bomb), &["more than 200 times", "unpack it yourself"]);
}

#[test]
fn every_gzip_member_is_read() {
    let members = [gzip(USERS), gzip("U3,Cedar\n"), gzip("user_id,company\nU4,Dale\nx\n")].concat();
    let place = Place::with("users.csv.gz", members);
    let outcome = place.load(ANY);
    assert_eq!(outcome.counts("users"), [5, 4, 0, 1, 0]);
    assert_eq!(outcome.faults("users"), [(7, "", "wrong_field_count")]);
}

#[test]
fn what_other_programs_pack_is_named() {
    let place = Place::with("users.csv.zst", b"\x28\xb5\x2f\xfd");
    place.write("meetings.xlsx", "PK");
    place.load(&[]).assert_refused(&["no file that was found holds a table"]);
    let text = place.run(&["load", place.exports().to_str().unwrap()]).out;
    assert!(
        text.contains("users.csv.zst: .zst is not unpacked; unpack it, or compress it with gzip"),
        "{text}"
    );
    assert!(text.contains("meetings.xlsx: a workbook is not read; export the table as CSV"), "{text}");
}

#[test]
fn a_path_that_is_not_there_is_a_slip_of_the_user() {
    let place = Place::with("users.csv", USERS);
    let missing = place.load_path(&place.exports().join("user\u{1b}.csv"), &[]);
    assert_eq!(missing.status, 2);
    assert!(missing.err.contains("there is no file or folder") && missing.err.contains("user\\u{1b}.csv"));
    assert!(!place.store().exists());
}

/// Loads within a time in which a reader that waits for a pipe would not have ended.
#[track_caller]
fn load_soon(place: &Place, path: &Path) -> Outcome {
    let started = Instant::now();
    let outcome = place.load_path(path, &[]);
    assert!(started.elapsed() < Duration::from_secs(20));
    outcome
}

#[test]
fn what_is_no_file_is_refused_and_waits_for_nobody() {
    type Make = fn(&Path);
    let make: [(&str, Make, &str); 7] = [
        (
            "pipe",
            |at| assert!(Command::new("mkfifo").arg(at).status().unwrap().success()),
            "a folder, pipe or device",
        ),
        ("device", |at| symlink("/dev/zero", at).unwrap(), "a folder, pipe or device"),
        ("dangling link", |at| symlink("nowhere", at).unwrap(), "No such file"),
        ("link to itself", |at| symlink(at.file_name().unwrap(), at).unwrap(), "symbolic links"),
        // Its first read fails, as that of a file on a bad disk.
        ("read error", |at| symlink("/proc/self/mem", at).unwrap(), "Input/output error"),
        (
            "longer than it says",
            |at| symlink("/proc/self/status", at).unwrap(),
            "it changed while it was read",
        ),
        (
            "socket",
            |at| drop(std::os::unix::net::UnixListener::bind(at).unwrap()),
            "a folder, pipe or device",
        ),
    ];
    for (what, make, says) in make {
        let place = Place::with("meetings.csv", MEETINGS);
        let path = place.exports().join("users.csv");
        make(&path);
        let outcome = load_soon(&place, &place.exports());
        outcome.assert_refused(&["users.csv", says]);
        assert!(place.is_empty(), "{what}");
        let alone = load_soon(&place, &path);
        assert_ne!((alone.status, alone.is_committed()), (0, true), "{what}");
        assert!(alone.err.contains("users.csv"), "{what}: {}", alone.err);
    }
}

#[test]
fn a_folder_in_a_files_place_is_looked_into_and_named_when_it_is_empty() {
    let place = Place::with("meetings.csv", MEETINGS);
    fs::create_dir(place.exports().join("users.csv")).unwrap();
    symlink(".", place.exports().join("again")).unwrap();
    let outcome = place.load(&[]);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    let named: Vec<String> =
        outcome.report["unmatched"].as_array().unwrap().iter().map(|u| u.to_string()).collect();
    assert_eq!(named.len(), 2, "{named:?}");
    assert!(named[0].contains("again") && named[0].contains("a link to a folder"), "{named:?}");
    assert!(named[1].contains("users.csv") && named[1].contains("a folder without a file"), "{named:?}");
    place.write("users.csv/2024-01.csv", USERS);
    assert_eq!(place.load(&[]).counts("users"), [2, 2, 0, 0, 0]);
}

#[test]
fn what_the_user_may_not_read_is_named() {
    let place = Place::with("users.csv", USERS);
    place.write("meetings.csv", MEETINGS);
    fs::set_permissions(place.exports().join("users.csv"), PermissionsExt::from_mode(0o000)).unwrap();
    if File::open(place.exports().join("users.csv")).is_ok() {
        // Who may read everything cannot be refused anything.
        return;
    }
    place.load(&[]).assert_refused(&["users.csv", "Permission denied"]);
}

/// Loads a large file while it is changed again and again, until a change falls into the reading: on
/// a busy machine a whole file may be read between two changes, and such a load is right to commit.
fn load_while(change: fn(&File, u64)) -> Outcome {
    let rows: String = (0..400_000).map(|i| format!("U{i},Company {}\n", i % 100)).collect();
    for _ in 0..50 {
        let place = Place::with("users.csv", format!("user_id,company\n{rows}"));
        let path = place.exports().join("users.csv");
        let (begun, ended) = (Barrier::new(2), AtomicBool::new(false));
        let outcome = thread::scope(|scope| {
            scope.spawn(|| {
                let file = File::options().append(true).open(&path).unwrap();
                begun.wait();
                while !ended.load(Ordering::Relaxed) {
                    change(&file, file.metadata().unwrap().len());
                    thread::sleep(Duration::from_micros(200));
                }
            });
            begun.wait();
            let outcome = place.load(&[]);
            ended.store(true, Ordering::Relaxed);
            outcome
        });
        assert_eq!(outcome.is_committed(), !place.is_empty(), "{}", outcome.err);
        if !outcome.is_committed() {
            return outcome;
        }
    }
    panic!("50 loads have committed a file that changes every 200 microseconds");
}

#[test]
fn a_file_that_grows_or_shrinks_while_it_is_read_is_refused() {
    use std::io::Write;
    let grown = load_while(|mut file, _| file.write_all(b"U,more\n").unwrap());
    grown.assert_refused(&["users.csv", "changed while it was read", "load it again"]);
    let shrunk = load_while(|file, length| file.set_len(length - 1).unwrap());
    shrunk.assert_refused(&["users.csv", "changed while it was read"]);
}

#[test]
fn every_refused_file_is_named_in_one_run() {
    let place = Place::with("users.csv", "");
    place.write("users-2.csv", "nr,firma\n1,Acme\n");
    place.write("users-3.csv", "user_id,company\nU1,Acme\n,Birch\nU2\n");
    place.write("meetings.csv.gz", "no gzip");
    place.write("licenses.csv", "license_id,start_date\nL1,05/06/2024\nL2,2024-02-30\n");
    place.write("billing_events.csv", "event_id,amount\nE1,ten\n");
    place.write("attendees.csv", "attendee_id,meeting_id\nA1,M1\nmeeting_id,attendee_id\nM1,A1\n");
    let outcome = place.load(&[]);
    outcome.assert_refused(&[
        "nothing was loaded:\n",
        "users.csv is refused: it is empty",
        "users-2.csv is refused: no header is a column of users",
        "2 of 3 rows of users were quarantined",
        "meetings.csv.gz is refused: its name ends in .gz",
        "licenses: the dates of this load do not tell day and month apart",
        "1 of 1 rows of billing_events were quarantined",
        "attendees.csv is refused: line 3 holds another header",
        "1 of 2 rows of licenses were quarantined",
    ]);
    assert_eq!(outcome.report["refused"].as_array().unwrap().len(), 8, "{}", outcome.err);
    assert_eq!(outcome.faults("users"), [(3, "user_id", "required_empty"), (4, "", "wrong_field_count")]);
    assert_eq!(outcome.faults("licenses"), [(3, "start_date", "no_such_day")]);
    assert!(place.is_empty());
}

#[test]
fn the_same_content_is_loaded_once_under_any_name() {
    let place = Place::with("users.csv", USERS);
    let first = place.load(&[]);
    fs::rename(place.exports().join("users.csv"), place.exports().join("users-2.csv")).unwrap();
    let again = place.load(&[]);
    assert_eq!((again.status, again.is_committed()), (0, false));
    assert_eq!((again.counts("users"), &again.report["snapshot"]), ([0; 5], &first.report["snapshot"]));
    assert_eq!(again.file("users", 0)["loaded_as"], "users.csv");
    place.write("users-3.csv", USERS);
    let twice = Place::with("users.csv", USERS);
    twice.write("users-3.csv", USERS);
    assert_eq!(twice.load(&[]).counts("users"), [2, 2, 0, 0, 0]);
    symlink("users.csv", twice.exports().join("users-4.csv")).unwrap();
    assert_eq!(twice.load(&[]).status, 0);
}

#[test]
fn names_of_files_are_text_and_never_paths() {
    let place = Place::new();
    let names: [&[u8]; 5] = [
        b"users-1\n\x1b[31m.csv",
        b"users-2\xff\xfe.csv",
        b"users-3..csv",
        b"..users-4 ..%2f..%2f.csv",
        b"users-5;$(touch x).csv",
    ];
    for (at, name) in names.iter().enumerate() {
        let path = place.exports().join(OsStr::from_bytes(name));
        fs::write(path, format!("user_id,company\nU{at},Acme\n,Acme\n")).unwrap();
    }
    let long = place.exports().join(format!("{}.csv", "users-0".repeat(35)));
    fs::write(long, "user_id\nL\n").unwrap();
    let outcome = place.load(ANY);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    let files = outcome.of("users", "files").as_array().unwrap().len() as u64;
    assert_eq!(outcome.counts("users"), [2 * files, files, 0, files, 0]);
    let text =
        place.run(&["load", place.exports().to_str().unwrap(), "--mode", "replace", "--max-rejects", "100%"]);
    assert!(!text.out.contains('\u{1b}') && !text.err.contains('\u{1b}'), "{}", text.out);
    let above: Vec<_> = fs::read_dir(place.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(above.len(), 2, "exports and store: {above:?}");
    let too_long = place.load_path(&place.exports().join("u".repeat(300)), &[]);
    assert_ne!(too_long.status, 0);
    assert!(too_long.err.contains("File name too long"), "{}", too_long.err);
}

#[test]
fn a_read_error_half_way_commits_nothing() {
    let place = Place::with("users.csv", format!("user_id,company\n{}", "U1,Acme\n".repeat(1 << 20)));
    place.write("meetings.csv", MEETINGS);
    let strace = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "-P"])
        .arg(place.exports().join("users.csv"))
        .args(["-e", "inject=read:error=EIO:when=2", env!("CARGO_BIN_EXE_quipu"), "load"])
        .arg(place.exports())
        .arg("--store")
        .arg(place.store())
        .output();
    let Ok(done) = strace else { return };
    let said = String::from_utf8(done.stderr).unwrap();
    if said.contains("ptrace") {
        return;
    }
    assert_eq!(done.status.code(), Some(3), "{said}");
    assert!(said.contains("users.csv: Input/output error"), "{said}");
    assert!(place.is_empty());
    assert_eq!(place.load(&[]).counts("meetings"), [1, 1, 0, 0, 0]);
    assert_eq!(place.rows(&["mau", "--every", "all"]), json!([[1]]));
}
