//! How long does each KPI take on an open store, and does it still answer as before? One case per KPI and shape,
//! derived from the registry: plain, by its first and its second dimension (few groups, and many), and under a filter
//! on a column of the fact that it counts. `QUIPU_BENCH_USERS` sets the size of the generated export; under
//! `cargo test` it is tiny.
//!
//! Before anything is timed, every answer is hashed and compared with `benches/answers.csv`, for the two usual sizes.
//! The hashes come from the engine itself: they show that nothing moved. That figures are right is shown by the naive
//! reference of the tests and by DuckDB: `tools/test` lets `tools/crosscheck` ask about the very rows of the usual
//! platform export.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use criterion::Criterion;
use quipu::generate;
use quipu::ingest::{LoadOptions, load};
use quipu::kpi::registry::Asked;
use quipu::kpi::{KPIS, KpiDef, Options};
use quipu::model::ColumnType;
use quipu::model::decimal::format_units;
use quipu::query::{QueryResult, Request, execute};
use quipu::report;
use quipu::store::{ColumnFile, NULL_NUMBER, Snapshot};
use xxhash_rust::xxh3::xxh3_64;

/// Users under `cargo test` and under `cargo bench`: the sizes whose answers are held to hashes.
const USERS_TESTED: u64 = 200;
const USERS: u64 = 20_000;

fn is_test() -> bool {
    std::env::args().any(|a| a == "--test") || !std::env::args().any(|a| a == "--bench")
}

fn users() -> u64 {
    let asked = std::env::var("QUIPU_BENCH_USERS").ok().and_then(|n| n.parse().ok());
    asked.unwrap_or(if is_test() { USERS_TESTED } else { USERS })
}

/// A question: its KPI, its shape, and as the engine is asked it.
struct Case {
    kpi: &'static str,
    shape: String,
    request: Request,
}

/// The questions about a KPI.
fn cases(snapshot: &Snapshot, kpi: &'static KpiDef) -> Vec<Case> {
    let case = |shape: String, by: &[&str], filter: Option<String>| {
        let by = by.iter().map(|dim| (*dim).to_owned()).collect();
        Case {
            kpi: kpi.name,
            shape,
            request: Request { kpi: kpi.name.into(), by, filter, ..Request::default() },
        }
    };
    let (column, filter) = filter(snapshot, fact(snapshot, kpi));
    let by = kpi.dims[..2].iter().map(|dim| case(format!("by {dim}"), &[dim], None));
    let mut all = vec![case("plain".into(), &[], None)];
    all.extend(by);
    all.push(case(format!("where {column}"), &[], Some(filter)));
    all
}

/// The table whose rows a KPI counts.
fn fact(snapshot: &Snapshot, kpi: &KpiDef) -> &'static str {
    let options = Options(kpi.options.iter().map(|option| (option.name, option.default())).collect());
    (kpi.sides)(&options, &Asked { snapshot, products: false })[0].table
}

/// A condition that about half of a table's rows meet, on its first column of numbers; without one, that its first
/// category has its most frequent value.
fn filter(snapshot: &Snapshot, table: &'static str) -> (&'static str, String) {
    let table = snapshot.named(table).expect("the export fills the facts of every KPI");
    let is_number = |ty| matches!(ty, ColumnType::Integer | ColumnType::Decimal | ColumnType::Money);
    let columns = table.def.columns;
    if let Some(column) = columns.iter().find(|column| is_number(column.ty)) {
        let months = table.segments.iter().map(|month| month.open().expect("it opens"));
        let by_id = table.chunks().expect("they open").into_iter().map(|(_, file)| file);
        let files: Vec<&ColumnFile> =
            if table.segments.is_empty() { by_id.collect() } else { months.collect() };
        let mut numbers: Vec<i64> = Vec::new();
        for file in files {
            let stored = file.numbers(column.name).expect("every file has it");
            numbers
                .extend((0..file.rows()).map(|row| stored.get(row)).filter(|&number| number != NULL_NUMBER));
        }
        numbers.sort_unstable();
        let median = numbers[numbers.len() / 2];
        let median = match column.ty {
            ColumnType::Integer => median.to_string(),
            _ => format_units(median.into(), 0),
        };
        return (column.name, format!("{} >= {median}", column.name));
    }
    let is_category = |ty| ty == ColumnType::Category;
    let at =
        columns.iter().position(|column| is_category(column.ty)).expect("a fact has numbers or categories");
    let dictionary = table.dictionary(at).expect("it opens").expect("some row has a value");
    let code = (1..=dictionary.len() as u32).max_by_key(|&code| (dictionary.count(code), Reverse(code)));
    let text = dictionary.text(code.expect("it is not empty")).replace('\'', "''");
    (columns[at].name, format!("{} = '{text}'", columns[at].name))
}

fn answer(snapshot: &Snapshot, request: &Request) -> QueryResult {
    execute(snapshot, request).expect("every KPI can be computed from a generated export").0
}

/// Of an answer's rows, and of those that are left out.
fn hash(result: &QueryResult) -> u64 {
    let mut text = report::csv::render_raw(result).data;
    result.excluded.iter().for_each(|excluded| text += &format!("{} {}\n", excluded.rows, excluded.reason));
    xxh3_64(text.as_bytes())
}

/// The hashes of the answers of a size, by KPI and shape.
type Known = BTreeMap<(String, String), String>;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/answers.csv")
}

/// The committed hashes, by size. What is no line of hashes is passed over, for its answers are missing then.
fn committed() -> BTreeMap<u64, Known> {
    let mut all: BTreeMap<u64, Known> = BTreeMap::new();
    for line in std::fs::read_to_string(path()).unwrap_or_default().lines() {
        if let [users, kpi, shape, hash] = line.split(',').collect::<Vec<_>>()[..]
            && let Ok(users) = users.parse()
        {
            all.entry(users).or_default().insert((kpi.into(), shape.into()), hash.into());
        }
    }
    all
}

/// Writes the hashes of one size; the others stay.
fn bless(users: u64, found: Known) {
    let mut all = committed();
    all.insert(users, found);
    let mut text = String::from("users,kpi,shape,hash\n");
    for (users, known) in &all {
        known.iter().for_each(|((kpi, shape), hash)| text += &format!("{users},{kpi},{shape},{hash}\n"));
    }
    std::fs::write(path(), text).expect("the file of hashes is written");
}

/// Where answers are not as they were committed, one line each.
fn differences(committed: &Known, found: &Known) -> Vec<String> {
    let is_other = |(key, hash): &(&(String, String), &String)| committed.get(*key) != Some(*hash);
    let moved = found.iter().filter(is_other).map(|((kpi, shape), hash)| {
        let before = committed.get(&(kpi.clone(), shape.clone())).map_or("none", String::as_str);
        format!("{kpi} {shape}: {hash}, committed is {before}")
    });
    let gone = committed.keys().filter(|key| !found.contains_key(*key));
    moved.chain(gone.map(|(kpi, shape)| format!("{kpi} {shape}: committed, but no longer asked"))).collect()
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the export and the store");
    let (exports, store) = (folder.path().join("exports"), folder.path().join("store"));
    let users = users();
    let options = generate::Options::new(users, 7, exports.clone());
    generate::exports(generate::Models::Both, &options, &mut |_| ()).expect("the exports are written");
    let options = LoadOptions::new(vec![exports], store.clone());
    load(&options, &()).expect("the export is loaded");
    let snapshot = Snapshot::open(&store).expect("the store opens");

    let cases: Vec<Case> = KPIS.iter().flat_map(|kpi| cases(&snapshot, kpi)).collect();
    // The snapshot's name is a hash of the rows: it tells whether the export moved, or the engine.
    let mut found = Known::from([((String::new(), "export".into()), snapshot.manifest.snapshot.clone())]);
    for Case { kpi, shape, request } in &cases {
        let whole = answer(&snapshot, request);
        assert!(!whole.is_empty(), "{kpi} {shape}");
        let single = Request { threads: Some(1), ..request.clone() };
        assert_eq!(answer(&snapshot, &single), whole, "{kpi} {shape}: one thread gives another figure");
        found.insert(((*kpi).into(), shape.clone()), format!("{:016x}", hash(&whole)));
    }
    if std::env::var_os("BLESS").is_some() {
        return bless(users, found);
    }
    if [USERS_TESTED, USERS].contains(&users) {
        let differences = differences(&committed().remove(&users).unwrap_or_default(), &found);
        assert!(
            differences.is_empty(),
            "answers over {users} users are not those of benches/answers.csv:\n{}\nWhere figures or generated rows are \
             meant to have moved, this renews them: BLESS=1 QUIPU_BENCH_USERS={users} cargo test --bench kpis",
            differences.join("\n")
        );
    }

    // There are many cases, and most answers take no longer than a few milliseconds.
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    for Case { kpi, shape, request } in &cases {
        criterion.bench_function(&format!("{kpi}/{shape}"), |b| b.iter(|| answer(&snapshot, request)));
    }
    criterion.final_summary();
}
