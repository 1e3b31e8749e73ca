//! What is too long, too wide or too much: refused or put aside at a stated size, with flat memory.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::place::{ANY, Place, gzip};

const MIB: usize = 1 << 20;

/// What a load may hold in memory beside the rows that it keeps.
const PEAK_MIB_MAX: u64 = 160;

/// Runs the program itself: exit status, report, message, and the peak of its memory in MiB.
fn measured(place: &Place, options: &[&str]) -> (i32, Value, String, u64) {
    let (out, err) = (place.dir.path().join("out"), place.dir.path().join("err"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_quipu"))
        .args(["load", "--format", "json", "--store"])
        .arg(place.store())
        .arg(place.exports())
        .args(options)
        .env("RAYON_NUM_THREADS", "2")
        .stdout(Stdio::from(File::create(&out).unwrap()))
        .stderr(Stdio::from(File::create(&err).unwrap()))
        .spawn()
        .unwrap();
    let mut peak_kib = 0;
    let status = loop {
        if let Ok(text) = fs::read_to_string(format!("/proc/{}/status", child.id())) {
            let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
            peak_kib = line.map_or(peak_kib, |l| l.trim().trim_end_matches(" kB").parse().unwrap());
        }
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => thread::sleep(Duration::from_millis(2)),
        }
    };
    let report = serde_json::from_str(&fs::read_to_string(out).unwrap()).unwrap_or_default();
    (status.code().unwrap(), report, fs::read_to_string(err).unwrap(), peak_kib / 1024)
}

/// An export of 4 000 right rows, then `before`, 300 MB of NUL bytes that take no room on the disk,
/// and `after`.
fn with_hole(before: &str, after: &str) -> Place {
    let rows: String = (0..4000).map(|i| format!("U{i},Acme\n")).collect();
    let place = Place::with("users.csv", format!("user_id,company\n{rows}{before}"));
    let mut file = File::options().write(true).open(place.exports().join("users.csv")).unwrap();
    file.seek(SeekFrom::End(300 << 20)).unwrap();
    file.write_all(after.as_bytes()).unwrap();
    place
}

#[test]
fn memory_stays_flat_whatever_the_length_of_a_field_or_line() {
    for (before, after) in [("L,", "\nU9000,Birch\n"), ("L,\"", "\"\nU9000,Birch\n"), ("", "\nU9000,Birch\n")]
    {
        let place = with_hole(before, after);
        let (status, report, err, peak) = measured(&place, ANY);
        assert_eq!(status, 0, "{err}");
        let table = &report["tables"][0];
        assert_eq!(
            (&table["read"], &table["loaded"], &table["quarantined"]),
            (&4002.into(), &4001.into(), &1.into())
        );
        assert_eq!(
            (&table["faults"][0]["reason"], &table["faults"][0]["line"]),
            (&"record_too_long".into(), &4002.into())
        );
        assert!(peak < PEAK_MIB_MAX, "{peak} MiB");
        let kept = fs::metadata(report["quarantine_file"].as_str().unwrap()).unwrap().len();
        assert!(kept < 64 << 10, "{kept} bytes of quarantine");
    }
    // Nothing closes the quote, or only after many lines.
    for (before, after, says) in [
        ("L,\"", "x", "the quote that opens on line 4002 is never closed"),
        ("L,\"a\nb", "\"\n", "the quoted field that opens on line 4002 runs over more than 4 MiB"),
    ] {
        let (status, _, err, peak) = measured(&with_hole(before, after), ANY);
        assert_eq!(status, 3, "{err}");
        assert!(err.contains(says), "{err}");
        assert!(peak < PEAK_MIB_MAX, "{peak} MiB");
    }
}

#[test]
fn a_bomb_of_many_members_is_refused_in_little_memory() {
    let place = Place::with(
        "users.csv.gz",
        [gzip("user_id,company\nU1,"), gzip(vec![b'a'; 16 * MIB]).repeat(64)].concat(),
    );
    let (status, _, err, peak) = measured(&place, ANY);
    assert_eq!(status, 3, "{err}");
    assert!(err.contains("more than 200 times"), "{err}");
    assert!(peak < PEAK_MIB_MAX, "{peak} MiB");
}

#[test]
fn fields_and_records_end_at_their_limits() {
    let long = |bytes: usize| "x".repeat(bytes);
    let record = |fields: usize| vec![long(MIB - 8); fields].join(",");
    let header = "user_id,company,a,b,c,d,e\n";
    let row = |cell: &str| format!("{cell},,,,,,\n");
    let text = format!(
        "{header}{}{}U3,{}\nU4,{}\n{}",
        row(&format!("U1,{}", long(MIB))).replacen(",,,,,,", ",,,,,", 1),
        row(&format!("U2,{}", long(MIB + 1))).replacen(",,,,,,", ",,,,,", 1),
        record(3) + ",,,",
        record(6),
        row(&format!("U5,\"{}\"", "a line\n".repeat(160_000))).replacen(",,,,,,", ",,,,,", 1),
    );
    let outcome = Place::with("users.csv", text).load(ANY);
    assert_eq!(outcome.counts("users"), [5, 2, 0, 3, 0]);
    assert_eq!(
        outcome.faults("users"),
        [(3, "", "field_too_long"), (5, "", "record_too_long"), (6, "", "field_too_long")]
    );
}

#[test]
fn columns_end_at_their_limit() {
    let names = |n: usize| (1..n).fold("user_id".to_owned(), |names, i| names + &format!(",c{i}"));
    let wide = Place::with("users.csv", format!("{}\nU1\n", names(100_000)));
    wide.load(ANY).assert_refused(&["it has 100000 columns; at most 4096 are read"]);
    let row = format!("U1{}\n", ",".repeat(4095));
    let fits = Place::with("users.csv", format!("{}\n{row}U2{}\n", names(4096), ",".repeat(99_999)));
    let outcome = fits.load(ANY);
    assert_eq!(outcome.counts("users"), [2, 1, 0, 1, 0]);
    assert_eq!(outcome.quarantine[0].explanation, "the row has 100000 fields, the header 4096");
    let endless = Place::with("users.csv", format!("user_id,{}", "x".repeat(9 * MIB)));
    endless.load(ANY).assert_refused(&["its first line does not end within"]);
}

#[test]
fn what_goes_to_quarantine_is_cut() {
    let description = "x".repeat(100_000);
    let date = "y".repeat(5000);
    let text = format!("ticket_id,open_date,description\nT1,{date},{description}\n");
    let outcome = Place::with("support_tickets.csv", text).load(ANY);
    let put = &outcome.quarantine[0];
    assert_eq!((put.value.len(), put.raw.len()), (1000, 10 << 10));
}
