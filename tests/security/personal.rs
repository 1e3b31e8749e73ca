//! Who the people are is shown nowhere: every command is run on an export of both models, and nothing
//! that it prints holds a value of a column with personal data.

use std::collections::BTreeSet;
use std::fs;

use quipu::kpi::KPIS;
use quipu::model::SCHEMA;

use super::Place;

/// Values of personal columns that stand in no other column, of a kind that no figure has.
fn personal(place: &Place) -> BTreeSet<String> {
    let (mut personal, mut other) = (BTreeSet::new(), BTreeSet::new());
    for path in place.files("exports").iter().filter(|path| path.extension().is_some_and(|e| e == "csv")) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let table = SCHEMA.get(SCHEMA.match_name(stem).unwrap_or_else(|| panic!("{stem} is no table")));
        let mut reader = csv::Reader::from_path(path).unwrap();
        let headers = reader.headers().unwrap().clone();
        let columns: Vec<bool> = headers
            .iter()
            .map(|header| SCHEMA.match_header(table, header).is_some_and(|column| table.columns[column].pii))
            .collect();
        for record in reader.records().map(Result::unwrap) {
            for (cell, is_pii) in record.iter().zip(&columns) {
                let values = if *is_pii { &mut personal } else { &mut other };
                values.insert(cell.trim().to_owned());
            }
        }
    }
    let telling =
        |value: &String| value.len() >= 6 && value.contains(char::is_alphabetic) && !other.contains(value);
    personal.into_iter().filter(telling).collect()
}

fn exports() -> Place {
    let place = Place::with(&[]);
    let out = place.path("exports");
    let args = [
        "quipu",
        "generate",
        "--model",
        "both",
        "--users",
        "60",
        "--seed",
        "5",
        "--out",
        out.to_str().unwrap(),
    ];
    let mut err = Vec::new();
    assert_eq!(quipu::cli::run(&args, &mut Vec::new(), &mut err), 0, "{}", String::from_utf8_lossy(&err));
    place
}

/// The values that a text holds.
fn named<'a>(values: &'a BTreeSet<String>, text: &str) -> Vec<&'a String> {
    values.iter().filter(|value| text.contains(value.as_str())).take(5).collect()
}

#[test]
fn no_command_names_people() {
    let place = exports();
    let values = personal(&place);
    assert!(values.len() > 100, "only {values:?}");
    let mut shown = place.load(&["--format", "json"]).all();
    shown += &place.load(&[]).all();
    for format in ["table", "json", "csv", "markdown"] {
        shown += &place.run(&["check", "--samples", "50", "--format", format]).all();
        shown += &place.run(&["info", "--format", format]).all();
    }
    shown += &place.run(&["verify"]).all();
    let mut asked = 0;
    for kpi in KPIS.iter() {
        for dimension in kpi.dims.iter().chain(kpi.own_dims) {
            let done =
                place.run(&["query", kpi.name, "--by", dimension, "--every", "all", "--format", "csv"]);
            asked += usize::from(done.status == 0);
            shown += &done.all();
        }
    }
    assert!(asked > 100, "only {asked} queries were answered");
    assert_eq!(named(&values, &shown), Vec::<&String>::new());
}

#[test]
fn quarantine_and_refusals_name_nobody() {
    let users = "user_id,user_name,email,registration_date\n\
        U1,Adalind Qvist,adalind.qvist@example.com,2024-02-31\n\
        U2,Adalind Qvist,adalind.qvist@example.com\n\
        U3,\"Adalind\" Qvist,adalind.qvist@example.com,2024-01-01\n\
        U4,Adalind\u{0} Qvist,adalind.qvist@example.com,2024-01-01\n\
        U5,Adalind Qvist,adalind.qvist@example.com,2024-01-01\n";
    let place = Place::with(&[("users.csv", users)]);
    let done = place.load(&[]);
    assert_eq!(done.status, 0, "{}", done.all());
    let put_aside = fs::read_to_string(place.quarantined()).unwrap();
    assert_eq!(put_aside.lines().count(), 1 + 4, "{put_aside}");
    place.export("users.csv", "U5,Adalind Qvist,adalind.qvist@example.com,2024-01-01\n");
    let refused = place.load(&[]);
    assert!(refused.status == 3 && refused.err.contains("looks like a row"), "{}", refused.all());
    let report = place.run(&["info", "--format", "json"]);
    for shown in [done.all(), put_aside, refused.all(), report.all()] {
        assert!(!shown.contains("dalind") && !shown.contains("Qvist") && !shown.contains("qvist"), "{shown}");
    }
}
