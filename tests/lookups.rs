//! Are figures the same whether or not a store keeps look-ups that make them faster? And is a look-up made anew when what it is made
//! of changes, and only then?

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quipu::ingest::{LoadOptions, load};
use quipu::kpi::KPIS;
use quipu::query::execute;
use quipu::query::request::{Format, Request};
use quipu::report;
use quipu::store::Snapshot;
use quipu::store::dir::{Dir, RealDir};
use quipu::store::manifest::Manifest;
use tempfile::TempDir;

/// A store in a folder of its own.
struct Store(TempDir);

impl Store {
    fn new() -> Self {
        Store(TempDir::new().unwrap())
    }

    fn load_paths(&self, paths: Vec<PathBuf>) {
        let loaded = load(&LoadOptions::new(paths, self.0.path().join("store")), &()).unwrap();
        assert_eq!((&loaded.refused, &loaded.warnings), (&vec![], &vec![]));
    }

    /// Loads files of these names and contents.
    fn load(&self, files: &[(&str, &str)]) {
        let exports = TempDir::new().unwrap();
        files.iter().for_each(|(name, text)| fs::write(exports.path().join(name), text).unwrap());
        self.load_paths(vec![exports.path().to_path_buf()]);
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::open(&self.0.path().join("store")).unwrap()
    }

    /// The snapshot as if it had no look-ups but those that alone tell what belongs to what.
    fn bare(&self) -> Snapshot {
        let mut manifest: Manifest = self.snapshot().manifest.clone();
        let faster = ["users.", "billing_events.", "support_tickets.", "licenses.next"];
        manifest.derived.retain(|name, _| !faster.iter().any(|prefix| name.starts_with(prefix)));
        Snapshot::from_manifest(
            &(Arc::new(RealDir::new(&self.0.path().join("store"))) as Arc<dyn Dir>),
            manifest,
        )
    }

    /// Every look-up with the hash of its file.
    fn lookups(&self) -> BTreeMap<String, String> {
        let derived = self.snapshot().manifest.derived.clone();
        derived.into_iter().map(|(name, derived)| (name, derived.file.hash)).collect()
    }

    /// The look-ups that are others after a load of some files.
    fn changed_by(&self, files: &[(&str, &str)]) -> Vec<String> {
        let before = self.lookups();
        self.load(files);
        let after = self.lookups();
        after
            .into_iter()
            .filter(|(name, hash)| before.get(name) != Some(hash))
            .map(|(name, _)| name)
            .collect()
    }
}

fn json(snapshot: &Snapshot, request: &Request) -> String {
    let (result, _) = execute(snapshot, request).unwrap_or_else(|e| panic!("{request:?}: {e}"));
    report::render(&result, Format::Json).data
}

fn sample() -> Vec<PathBuf> {
    vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/sample")]
}

#[test]
fn look_ups_that_make_figures_faster_change_none() {
    let store = Store::new();
    store.load_paths(sample());
    let (with, without) = (store.snapshot(), store.bare());
    assert!(with.manifest.derived.len() > without.manifest.derived.len());
    for kpi in KPIS {
        let plain = Request { kpi: kpi.name.into(), ..Request::default() };
        let mut requests = vec![plain.clone()];
        let dims = kpi.dims.iter().filter(|name| !name.ends_with("KEY"));
        requests.extend(dims.map(|name| Request { by: vec![(*name).into()], ..plain.clone() }));
        for option in kpi.options {
            let words = option.shown();
            requests.extend(
                words.split('|').map(|word| Request {
                    options: vec![(option.name.into(), word.into())],
                    ..plain.clone()
                }),
            );
        }
        for request in requests.iter().filter(|request| execute(&with, request).is_ok()) {
            assert!(json(&with, request) == json(&without, request), "{request:?}");
        }
    }
}

const USERS: (&str, &str) = ("users.csv", "user_id,plan_type\nU1,Free\nU2,Pro\n");
const EVENTS: (&str, &str) = (
    "billing_events.csv",
    "event_id,user_id,event_type,amount,currency,transaction_date\n\
     E1,U1,Subscription,10,EUR,2024-01-20\nE2,U1,Renewal,10,EUR,2024-02-20\nE3,U1,Renewal,10,EUR,2024-03-20\n\
     E4,U2,Renewal,7,EUR,2024-03-21\nE5,U2,Renewal,7,EUR,\n",
);
const LICENCES: (&str, &str) = (
    "licenses.csv",
    "license_id,license_type,start_date,end_date,license_status,assigned_user_id\n\
     L1,Pro,2024-01-01,2024-02-25,Active,U1\n",
);

fn by_type(store: &Store) -> String {
    let request = Request { kpi: "revenue_by_license_type".into(), no_fill: true, ..Request::default() };
    let (result, _) = execute(&store.snapshot(), &request).unwrap();
    let csv = report::csv::render_raw(&result).data;
    csv.lines().skip(1).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_load_finds_the_licences_of_the_months_that_it_touches() {
    let month = |month: u32| format!("billing_events.license.2024-{month:02}");
    let store = Store::new();
    store.load(&[USERS, EVENTS, LICENCES]);
    let kept: Vec<String> = store.lookups().into_keys().filter(|name| name.contains("license.")).collect();
    assert_eq!(kept, [month(1), month(2), month(3)], "events without a day have no licence");
    assert_eq!(
        by_type(&store),
        "2024-01-01,Pro,EUR,10.00,1 2024-02-01,Pro,EUR,10.00,1 2024-03-01,,EUR,17.00,2"
    );
    // A licence from March on, then an event of February, then a licence that ends earlier.
    let head = "license_id,license_type,start_date,end_date,license_status,assigned_user_id";
    let licence = |rest: &str| format!("{head}\n{rest}\n");
    let new = licence("L2,Team,2024-03-02,,Active,U1");
    let of_licences = ["licenses.by_user".into(), "licenses.next".into()];
    let with = |months: &[u32]| {
        months.iter().map(|at| month(*at)).chain(of_licences.clone()).collect::<Vec<String>>()
    };
    assert_eq!(store.changed_by(&[("licenses.csv", &new)]), with(&[3]));
    assert_eq!(
        by_type(&store),
        "2024-01-01,Pro,EUR,10.00,1 2024-02-01,Pro,EUR,10.00,1 2024-03-01,Team,EUR,10.00,1 2024-03-01,,EUR,7.00,1"
    );
    let event =
        "event_id,user_id,event_type,amount,currency,transaction_date\nE6,U1,Refund,1,EUR,2024-02-21\n";
    assert_eq!(store.changed_by(&[("billing_events.csv", event)]), [month(2)]);
    let shorter = licence("L1,Pro,2024-01-01,2024-01-31,Active,U1");
    // Its term is kept beside the events of January.
    assert_eq!(store.changed_by(&[("licenses.csv", &shorter)]), with(&[1, 2]));
    assert_eq!(
        by_type(&store),
        "2024-01-01,Pro,EUR,10.00,1 2024-02-01,,EUR,9.00,2 2024-03-01,Team,EUR,10.00,1 2024-03-01,,EUR,7.00,1"
    );
    // A type is kept beside the events of its licence; a user decides nothing about whose licence it is.
    let other = licence("L1,Basic,2024-01-01,2024-01-31,Active,U1");
    assert_eq!(
        store.changed_by(&[("licenses.csv", &other), ("users.csv", "user_id\nU3\n")]),
        [month(1), "users.known".into()]
    );
    assert!(by_type(&store).starts_with("2024-01-01,Basic,EUR,10.00,1 "));
}

#[test]
fn tickets_stand_by_user_and_time_in_however_many_loads_they_come() {
    let head = "ticket_id,user_id,ticket_type,resolution_status,open_date,close_date";
    let rows = [
        "T1,U1,Video,Closed,2024-01-05 10:00:00,2024-01-06 10:00:00",
        "T2,U1,Video,Closed,2024-01-08,2024-01-09",
        "T3,U1,video,Closed,2024-02-01 10:00:00,2024-02-02 10:00:00",
        "T4,U2,Audio,Closed,2024-02-01 09:00:00,2024-02-02 10:00:00",
        "T5,U2,Audio,Closed,2024-02-03 09:00:00,2024-02-04 10:00:00",
        "T6,U2,Audio,Closed,2024-02-03 09:00:00,2024-02-04 10:00:00",
        "T7,,Audio,Closed,2024-02-03 09:00:00,2024-02-04 10:00:00",
        "T8,U2,,Closed,2024-02-03 09:00:00,2024-02-04 10:00:00",
    ];
    let file = |rows: &[&str]| format!("{head}\n{}\n", rows.join("\n"));
    let tickets = |snapshot: &Snapshot| {
        let mut found = Vec::new();
        quipu::index::tickets::each_several(snapshot, |several| found.push(several.to_vec())).unwrap();
        found
    };
    let store = Store::new();
    // Every ticket is known from the first load on, so that all stores number them alike.
    let early: Vec<String> = rows.iter().map(|row| row.replace("Closed,2024", "Open,2023")).collect();
    let early: Vec<&str> = early.iter().map(String::as_str).collect();
    store.load(&[USERS, ("support_tickets.csv", &file(&early))]);
    for share in [&rows[..2], &rows[5..], &rows[3..5], &rows[2..3]] {
        store.load(&[("support_tickets.csv", &file(share))]);
        assert_eq!(tickets(&store.snapshot()), tickets(&store.bare()));
    }
    let several = tickets(&store.snapshot());
    let ids: Vec<Vec<u32>> = several.iter().map(|group| group.iter().map(|t| t.id).collect()).collect();
    assert_eq!(ids, [vec![0, 1, 2], vec![3, 4, 5]]);
    assert_eq!(store.changed_by(&[("users.csv", "user_id\nU9\n")]), ["users.known"]);
}
