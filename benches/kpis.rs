//! How long does each KPI take on an open store? One case per KPI, plain and by its first dimension,
//! derived from the registry. `QUIPU_BENCH_USERS` sets the size of the generated export; under `cargo test` it is tiny.

use criterion::Criterion;
use quipu::generate;
use quipu::ingest::{LoadOptions, load};
use quipu::kpi::KPIS;
use quipu::query::{QueryResult, Request, execute};
use quipu::store::Snapshot;

fn users() -> u64 {
    let asked = std::env::var("QUIPU_BENCH_USERS").ok().and_then(|n| n.parse().ok());
    let is_test = std::env::args().any(|a| a == "--test") || !std::env::args().any(|a| a == "--bench");
    asked.unwrap_or(if is_test { 200 } else { 20_000 })
}

fn answer(snapshot: &Snapshot, request: &Request) -> QueryResult {
    execute(snapshot, request).expect("every KPI can be computed from a generated export").0
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the export and the store");
    let (exports, store) = (folder.path().join("exports"), folder.path().join("store"));
    let options = generate::Options::new(users(), 7, exports.clone());
    generate::exports(generate::Models::Both, &options, &mut |_| ()).expect("the exports are written");
    let options = LoadOptions::new(vec![exports], store.clone());
    load(&options, &()).expect("the export is loaded");
    let snapshot = Snapshot::open(&store).expect("the store opens");

    let mut criterion = Criterion::default().configure_from_args();
    for kpi in KPIS {
        for by in [&[][..], &kpi.dims[..1]] {
            let by: Vec<String> = by.iter().map(|d| d.to_string()).collect();
            let name = format!("{}{}", kpi.name, by.iter().map(|d| format!("/{d}")).collect::<String>());
            let request = Request { kpi: kpi.name.into(), by, ..Request::default() };
            let expected = answer(&snapshot, &request);
            assert!(!expected.is_empty(), "{name}");
            let single = Request { threads: Some(1), ..request.clone() };
            assert_eq!(answer(&snapshot, &single), expected, "{name}: one thread gives another figure");
            criterion.bench_function(&name, |b| b.iter(|| answer(&snapshot, &request)));
        }
    }
    criterion.final_summary();
}
