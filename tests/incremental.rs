//! Is a store the same, in however many steps and with however little memory it is filled?

use std::fs;
use std::path::{Path, PathBuf};

use quipu::ingest::report::TableReport;
use quipu::ingest::{IngestError, Limits, LoadOptions, Loaded, Mode, load_within};
use quipu::store::Snapshot;
use tempfile::TempDir;

/// Every block of rows waits on disk for its place.
const TINY: Limits = Limits { run_bytes: 0, numbers: u32::MAX as usize };

/// Enough memory for everything here.
fn roomy() -> Limits {
    Limits::default()
}

/// File names and contents.
type Files<'a> = &'a [(&'a str, &'a str)];

/// A store in a folder of its own.
struct Store {
    folder: TempDir,
    loads: std::cell::Cell<usize>,
}

impl Store {
    fn new() -> Self {
        Store { folder: tempfile::tempdir().unwrap(), loads: std::cell::Cell::new(0) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn options(&self, files: Files<'_>) -> LoadOptions {
        let exports = self.folder.path().join(format!("exports-{}", self.loads.get()));
        self.loads.set(self.loads.get() + 1);
        fs::create_dir_all(&exports).unwrap();
        files.iter().for_each(|(name, text)| fs::write(exports.join(name), text).unwrap());
        LoadOptions::new(vec![exports], self.path())
    }

    fn try_load(&self, files: Files<'_>, limits: Limits) -> Result<Loaded, IngestError> {
        load_within(&self.options(files), limits, &())
    }

    fn load(&self, files: Files<'_>, limits: Limits) -> Loaded {
        loaded(self.try_load(files, limits))
    }

    /// A store filled in steps.
    fn filled(steps: &[Files<'_>], limits: Limits) -> Store {
        let store = Store::new();
        steps.iter().for_each(|files| _ = store.load(files, limits));
        store
    }

    fn snapshot(&self) -> String {
        Snapshot::open(&self.path()).unwrap().manifest.snapshot.clone()
    }

    fn query(&self, arguments: &[&str]) -> String {
        let store = self.path();
        let fixed = ["--store", store.to_str().unwrap(), "--format", "csv"];
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let all = [&["quipu", "query"], arguments, &fixed].concat();
        assert_eq!(quipu::cli::run(&all, &mut out, &mut err), 0, "{}", String::from_utf8_lossy(&err));
        String::from_utf8(out).unwrap()
    }

    /// Every file of the store with its bytes.
    fn bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut found, mut folders) = (Vec::new(), vec![self.path()]);
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path)
                } else {
                    found.push((path.clone(), fs::read(path).unwrap()))
                }
            }
        }
        found.sort();
        found
    }

    /// The file of a month.
    fn month(&self, table: &str, month: &str) -> PathBuf {
        let of_month = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(month) && name.ends_with(".col")
        };
        let files = fs::read_dir(self.path().join("data").join(table)).unwrap().map(|e| e.unwrap().path());
        files.filter(of_month).max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap()).unwrap()
    }

    fn verify(&self) {
        if let Err(errors) = quipu::store::verify::verify(&self.path()) {
            panic!("{errors:?}");
        }
    }
}

fn loaded(result: Result<Loaded, IngestError>) -> Loaded {
    let loaded = result.unwrap();
    assert_eq!((&loaded.refused, &loaded.warnings), (&vec![], &vec![]));
    loaded
}

fn table<'l>(loaded: &'l Loaded, name: &str) -> &'l TableReport {
    loaded.report.tables.iter().find(|t| t.table == name).unwrap()
}

/// Loaded, replaced, skipped as identical and as differing.
fn counts(loaded: &Loaded, name: &str) -> [u64; 4] {
    let report = table(loaded, name);
    [report.loaded, report.replaced, report.skipped_identical, report.skipped_differing]
}

/// The lines of a sample, dealt out: header and the lines of each share.
fn dealt(model: &str, shares: usize) -> Vec<Vec<(String, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/sample").join(model);
    let mut all = vec![Vec::new(); shares];
    for path in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        for (share, files) in all.iter_mut().enumerate() {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&records[0]).unwrap();
            // Neighbours go apart, and the order turns round.
            let own = records[1..].iter().rev().skip(share).step_by(shares);
            own.for_each(|record| writer.write_record(record).unwrap());
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            files.push((format!("{name}-{share}.csv"), text));
        }
    }
    all
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

#[test]
fn steps_and_runs_change_nothing() {
    for (model, queries) in [
        ("platform", &[&["mau"][..], &["revenue", "--by", "plan_type"], &["attendance"]][..]),
        ("billing", &[&["subscriber_amounts"][..], &["outstanding_debt"]]),
    ] {
        let shares = dealt(model, 5);
        let shares: Vec<_> = shares.iter().map(|files| borrowed(files)).collect();
        let together = shares.concat();
        let whole = Store::filled(&[&together], roomy());
        for (steps, limits) in [
            (vec![together.as_slice()], TINY),
            ([3, 0, 4, 1, 2].map(|share| shares[share].as_slice()).to_vec(), roomy()),
            ([4, 2, 1, 0, 3].map(|share| shares[share].as_slice()).to_vec(), TINY),
        ] {
            let store = Store::filled(&steps, limits);
            assert_eq!(store.snapshot(), whole.snapshot(), "{model} {} {limits:?}", steps.len());
            for query in queries {
                assert_eq!(store.query(query), whole.query(query), "{query:?}");
            }
            store.verify();
            let again = store.load(&shares[1], limits);
            assert!(again.report.tables.iter().all(|t| t.read == 0), "the same files again are nothing new");
        }
    }
}

const USERS: &str = "user_id,plan_type,registration_date\nU1,Free,2024-01-01\nU2,Pro,2024-01-02\n";
const MEETINGS: &str = "meeting_id,host_user_id,start_time,duration_minutes\nM1,U1,2024-01-05 10:00,30\nM2,U2,2024-02-05 10:00,40\nM3,U3,2024-03-05 10:00,50\n";
const TICKETS: &str = "ticket_id,user_id,resolution_status,open_date,close_date\nT1,U1,Open,2024-01-07,\nT2,U2,Closed,2024-02-07,2024-02-08\n";
const LICENCES: &str =
    "license_id,license_type,license_status,start_date,assigned_user_id\nL1,Pro,Active,2024-01-01,U2\n";

/// What a later day says of them: a plan changes, a ticket closes, a licence is suspended, a meeting
/// moves to another month, a user comes late and a meeting of an old month later still.
const CHANGES: Files<'_> = &[
    ("users-2.csv", "user_id,plan_type,registration_date\nU1,Pro,2024-01-01\nU3,Free,2024-01-03\n"),
    (
        "meetings-2.csv",
        "meeting_id,host_user_id,start_time,duration_minutes\nM2,U2,2024-03-06 09:00,45\nM0,U3,2024-01-02 08:00,15\n",
    ),
    (
        "support_tickets-2.csv",
        "ticket_id,user_id,resolution_status,open_date,close_date\nT1,U1,Closed,2024-01-07,2024-03-01\n",
    ),
    (
        "licenses-2.csv",
        "license_id,license_type,license_status,start_date,assigned_user_id\nL1,Pro,Suspended,2024-01-01,U2\n",
    ),
];

const FIRST: Files<'_> = &[
    ("users-1.csv", USERS),
    ("meetings-1.csv", MEETINGS),
    ("support_tickets-1.csv", TICKETS),
    ("licenses-1.csv", LICENCES),
];

#[test]
fn what_changes_takes_the_place_of_what_was() {
    let together = [FIRST, CHANGES].concat();
    for limits in [roomy(), TINY] {
        let whole = Store::filled(&[&together], limits);
        let store = Store::new();
        let first = store.load(FIRST, limits);
        let unresolved = &table(&first, "meetings").unresolved;
        assert_eq!((unresolved.len(), unresolved[0].rows), (1, 1), "U3 is not there yet");
        let later = store.load(CHANGES, limits);
        assert_eq!(counts(&later, "users"), [1, 1, 0, 0]);
        assert_eq!(counts(&later, "meetings"), [1, 1, 0, 0]);
        assert_eq!(counts(&later, "support_tickets"), [0, 1, 0, 0]);
        assert!(table(&later, "meetings").unresolved.is_empty());
        assert_eq!(store.snapshot(), whole.snapshot());
        for query in
            [&["meetings_per_user", "--every", "month"][..], &["mau", "--by", "plan_type"], &["open_tickets"]]
        {
            assert_eq!(store.query(query), whole.query(query), "{query:?}");
        }
        assert!(store.query(&["mau", "--every", "month"]).contains("2024-01-01,2\n"));
        store.verify();
    }
}

#[test]
fn a_replaced_table_holds_what_came_and_keeps_its_ids() {
    for limits in [roomy(), TINY] {
        let store = Store::filled(&[FIRST], limits);
        let replaced: Files<'_> = &[
            ("users.csv", "user_id,plan_type,registration_date\nU2,Pro,2024-01-02\nU9,Pro,2024-01-09\n"),
            ("meetings.csv", "meeting_id,host_user_id,start_time\nM3,U1,2024-03-05 10:00\n"),
        ];
        let options = LoadOptions { mode: Mode::Replace, ..store.options(replaced) };
        let report = loaded(load_within(&options, limits, &()));
        assert_eq!(table(&report, "meetings").unresolved[0].rows, 1, "U1 is gone");
        let tickets = [("support_tickets.csv", TICKETS), ("licenses.csv", LICENCES)];
        let fresh = Store::filled(&[replaced, &tickets], limits);
        assert_eq!(store.snapshot(), fresh.snapshot());
        assert_eq!(store.query(&["mau"]), fresh.query(&["mau"]));
        store.verify();
    }
}

#[test]
fn a_key_that_comes_twice_is_found_across_runs() {
    let event = |key: &str, amount: &str, day: &str| format!("{key},U1,Payment,{amount},EUR,2024-{day}\n");
    let file = |lines: &[String]| {
        format!("event_id,user_id,event_type,amount,currency,transaction_date\n{}", lines.concat())
    };
    let a = file(&[event("E1", "1", "01-01"), event("E2", "2", "01-02"), event("x", "3", "01-03")]);
    // The same, then another amount, then another month.
    let b = file(&[event("E1", "1", "01-01"), event("E2", "20", "01-02"), event("x", "3", "02-03")]);
    let c = file(&[event("E2", "200", "01-02"), event("E3", "5", "01-03")]);
    let files: Files<'_> =
        &[("billing_events-1.csv", &a), ("billing_events-2.csv", &b), ("billing_events-3.csv", &c)];
    let last = file(&[
        event("E1", "1", "01-01"),
        event("E2", "200", "01-02"),
        event("x", "3", "02-03"),
        event("E3", "5", "01-03"),
    ]);
    let whole = Store::filled(&[&[("billing_events.csv", &last)]], roomy());
    for limits in [roomy(), TINY] {
        let store = Store::new();
        assert_eq!(counts(&store.load(files, limits), "billing_events"), [4, 0, 1, 3]);
        assert_eq!(store.snapshot(), whole.snapshot());
        // Later loads find the keys of a month in that month.
        let again = file(&[event("E1", "7", "01-01"), event("E4", "1", "01-09")]);
        let again = store.load(&[("billing_events-4.csv", &again)], limits);
        assert_eq!(counts(&again, "billing_events"), [1, 1, 0, 0]);
        store.verify();
    }
}

#[test]
fn missing_keys_are_never_the_same() {
    let text = "attendee_id,meeting_id,user_id,join_time\n,M1,U1,2024-01-05 10:00\nA2,M1,U2,2024-01-05 10:00\nA1,M1,U2,2024-01-05 10:00\n";
    let files: Files<'_> = &[("attendees-1.csv", text), ("attendees-2.csv", &format!("{text},,U7,\n"))];
    for limits in [roomy(), TINY] {
        assert_eq!(counts(&Store::new().load(files, limits), "attendees"), [5, 0, 2, 0]);
    }
}

/// Keys of one column, as different exports write them.
fn keys(count: usize) -> Vec<Vec<String>> {
    let mix = |n: usize| (n as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let guid = |n: usize| {
        let hex = format!("{:032x}", mix(n));
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    };
    vec![
        (0..count).map(|n| format!("U{n:06}")).collect(),
        (0..count).map(|n| format!("{}", n * 7919 % 100_003 + 5)).collect(),
        (0..count).map(guid).collect(),
        (0..count).map(|n| format!("{}@example.com", n * 7919 % 100_003)).collect(),
        // A column that is of numbers, then of text, then of GUIDs.
        (0..count)
            .map(|n| match 3 * n / count {
                0 => format!("{n}"),
                1 => format!("k-{n}-x"),
                _ => guid(n),
            })
            .collect(),
    ]
}

#[test]
fn keys_of_every_shape_are_found_where_they_lie() {
    let file = |keys: &[String], plan: &str| {
        let lines: String = keys.iter().map(|key| format!("{key},{plan}\n")).collect();
        format!("user_id,plan_type\n{lines}")
    };
    for keys in keys(300) {
        let store = Store::new();
        for (at, part) in keys.chunks(100).enumerate() {
            let report = store.load(&[("users.csv", &file(part, &format!("Plan {at}")))], roomy());
            assert_eq!(counts(&report, "users"), [100, 0, 0, 0], "{}", part[0]);
        }
        let mut turned = keys.clone();
        turned.reverse();
        turned.push("nobody".into());
        let report = store.load(&[("users.csv", &file(&turned, "Pro"))], roomy());
        assert_eq!(counts(&report, "users"), [1, 300, 0, 0], "{}", keys[0]);
        let whole = Store::filled(&[&[("users.csv", &file(&turned, "Pro"))]], roomy());
        assert_eq!(store.snapshot(), whole.snapshot());
        store.verify();
    }
}

#[test]
fn ids_go_on_behind_a_full_file() {
    let users = |from: usize, to: usize, plan: &str| {
        let lines: String = (from..to).map(|n| format!("U{n:07},{plan}\n")).collect();
        format!("user_id,plan_type\n{lines}")
    };
    let full = quipu::store::snapshot::CHUNK;
    let store = Store::new();
    store.load(&[("users.csv", &users(0, full - 1, "Free"))], roomy());
    // A key that fills the file, those behind it, and one of the first file again.
    store.load(
        &[("meetings.csv", &format!("meeting_id,host_user_id,start_time\nM1,U{full:07},2024-01-01\n"))],
        roomy(),
    );
    let text = format!("{}U0000007,Pro\nU{full:07},Pro\n", users(full - 1, full + 2, "Free"));
    let report = store.load(&[("users.csv", &text)], TINY);
    assert_eq!(counts(&report, "users"), [3, 1, 0, 1]);
    assert!(table(&report, "users").unresolved.is_empty());
    let info = Snapshot::open(&store.path()).unwrap();
    let users_info = &info.named("users").unwrap().info;
    assert_eq!(
        (users_info.ids, users_info.rows, users_info.chunks.len()),
        (full as u64 + 2, full as u64 + 2, 2)
    );
    store.verify();
}

#[test]
fn a_month_that_no_row_touches_is_not_opened() {
    let day = |n: u32, month: u32| {
        let text = format!("meeting_id,host_user_id,start_time\nM{n},U1,2024-{month:02}-05 10:00\n");
        let attendees =
            format!("attendee_id,meeting_id,user_id,join_time\nA{n},M{n},U1,2024-{month:02}-05 10:01\n");
        [(format!("meetings-{n}.csv"), text), (format!("attendees-{n}.csv"), attendees)]
    };
    let store = Store::new();
    store.load(&borrowed(&day(1, 1)), roomy());
    store.load(&borrowed(&day(2, 2)), roomy());
    let files = [store.month("meetings", "2024-01"), store.month("attendees", "2024-01")];
    let whole = files.clone().map(|path| fs::read(path).unwrap());
    for (path, bytes) in files.iter().zip(&whole) {
        fs::write(path, vec![0xff; bytes.len()]).unwrap();
    }
    store.load(&borrowed(&day(3, 2)), roomy());
    let touching = store.try_load(&borrowed(&day(4, 1)), roomy());
    assert!(matches!(touching, Err(IngestError::Store(_))), "a damaged month is not merged with");
    for (path, bytes) in files.iter().zip(&whole) {
        fs::write(path, bytes).unwrap();
    }
    store.load(&borrowed(&day(4, 1)), roomy());
    let days: Vec<_> = (1..=4).map(|n| day(n, if n == 1 || n == 4 { 1 } else { 2 })).collect();
    let whole = Store::filled(&[&borrowed(&days.concat())], roomy());
    assert_eq!(store.snapshot(), whole.snapshot());
}

#[test]
fn a_trial_says_the_snapshot_and_changes_nothing() {
    for limits in [roomy(), TINY] {
        let store = Store::filled(&[FIRST], limits);
        let before = store.bytes();
        let options = LoadOptions { dry_run: true, ..store.options(CHANGES) };
        let tried = loaded(load_within(&options, limits, &()));
        assert_eq!(store.bytes(), before);
        let done = store.load(CHANGES, limits);
        assert_eq!(
            (tried.report.snapshot, store.snapshot()),
            (done.report.snapshot.clone(), done.report.snapshot)
        );
    }
}

#[test]
fn runs_leave_no_file_behind() {
    let store = Store::filled(&[FIRST, CHANGES], TINY);
    let runs: Vec<_> =
        store.bytes().into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "run")).collect();
    assert!(runs.is_empty(), "{runs:?}");
}

#[test]
fn more_ids_or_rows_than_numbers_are_refused() {
    let allowed = |numbers| Limits { numbers, ..roomy() };
    for (files, numbers, what) in [
        (&[("users.csv", USERS)][..], 1, "users: this load would bring it past 1 rows"),
        (&[("meetings.csv", MEETINGS)], 2, "meetings: this load would bring it past 2 rows"),
        (
            &[
                ("licenses.csv", "license_id,assigned_user_id\nL1,U1\nL2,U2\n"),
                ("attendees.csv", "user_id\nU3\n"),
            ],
            2,
            "users: this load would bring it past 2 ids",
        ),
    ] {
        let store = Store::new();
        let error = store.try_load(files, allowed(numbers)).err().unwrap().to_string();
        assert!(error.starts_with(what), "{error}");
        assert!(Snapshot::open(&store.path()).is_err(), "nothing is committed");
        store.load(files, allowed(numbers + 1));
    }
    // A month of the store, and what comes on top of it.
    let attendees = |n: u32| format!("attendee_id,join_time\nA{n},2024-01-05 10:01\n");
    let store = Store::new();
    store.load(&[("attendees.csv", &attendees(1))], allowed(1));
    let error = store.try_load(&[("attendees.csv", &attendees(2))], allowed(1)).err().unwrap().to_string();
    assert!(error.contains("past 1 rows in a month"), "{error}");
}
