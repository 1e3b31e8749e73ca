//! What do people and programs get? Exit statuses, formats, help.

use std::path::Path;

use serde_json::{Value, json};

use crate::Edit::{self, Add};
use crate::clean::{BILLING, PLATFORM};
use crate::{Store, quipu};

const BACKWARDS: Edit = Add("meetings.csv", "M10,U1,,,Instant,2024-03-01 09:00:00,2024-03-01 08:30:00,");
const UNKNOWN_HOST: Edit = Add("meetings.csv", "M11,U9,,,Instant,2024-03-01 09:00:00,2024-03-01 09:30:00,30");
const SAME_ADDRESS: Edit = Add("users.csv", "U3,Anna,ann@a.example,Pro,Acme,2024-01-05");

#[test]
fn errors_fail_and_notices_do_not() {
    let store = Store::with(PLATFORM, &[UNKNOWN_HOST, SAME_ADDRESS]);
    let done = store.run(&["check"]);
    assert_eq!(done.status, 0, "{}", done.err);
    assert_eq!(done.err, "0 errors, 2 notices of 20 rules; 26 of 26 KPIs computable\n");
    let store = Store::with(PLATFORM, &[UNKNOWN_HOST, BACKWARDS]);
    for format in ["table", "csv", "json", "markdown"] {
        let done = store.run(&["check", "--format", format]);
        assert_eq!(done.status, 4, "{format}: {}", done.err);
        assert!(
            done.err.starts_with("error: the check failed: 1 error, 1 notice of 20 rules;"),
            "{}",
            done.err
        );
        assert!(done.out.contains("meeting_backwards") && done.out.contains("M10"), "{format}: {}", done.out);
    }
}

#[test]
fn what_cannot_be_checked_says_why() {
    let done = quipu(&["check", "--store", "/nowhere/at/all"]);
    assert_eq!(done.status, 5, "{}", done.err);
    let store = Store::with(PLATFORM, &[]);
    let done = store.run(&["check", "--tz", "Europe/Olso"]);
    assert_eq!((done.status, done.out.as_str()), (2, ""));
    assert!(
        done.err.contains("--tz: unknown time zone 'Europe/Olso'; did you mean 'Europe/Oslo'?"),
        "{}",
        done.err
    );
    let done = store.run(&["check", "--list", "--reconcile"]);
    assert_eq!(done.status, 2);
}

#[test]
fn the_page_reads_from_the_worst_on() {
    let store = Store::with(PLATFORM, &[UNKNOWN_HOST, BACKWARDS]);
    let page = store.run(&["check"]).out;
    let expected = "\
Check · platform as of 2024-07-10 · UTC

✗ meeting_backwards (error): ends before it starts
  touches meeting_minutes, avg_meeting_duration, peak_concurrency
  meetings               1 of 4   25.00%
    M10: start_time 2024-03-01 09:00:00 · end_time 2024-03-01 08:30:00

! unknown_reference (notice): refers to a row that is not in the store (so far)
  meetings.host_user_id  1 of 4   25.00%
    touches active_users, dau, wau, mau, stickiness, meetings_per_user, feature_adoption, retention,
      tickets_per_1000_active_users, churn_rate
    M11: host_user_id U9

✓ 18 rules hold: ";
    assert!(page.starts_with(expected), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
}

#[test]
fn personal_data_is_masked() {
    let store = Store::with(PLATFORM, &[SAME_ADDRESS]);
    let masked = store.run(&["check"]).out;
    assert!(masked.contains("U3: email a•••@a.example · same as U1\n"), "{masked}");
    assert!(!masked.contains("ann@a.example"), "{masked}");
    assert!(store.run(&["check", "--show-pii"]).out.contains("U3: email ann@a.example"));
    assert!(!store.run(&["check", "--samples", "0"]).out.contains("U3"));
}

#[test]
fn json_holds_every_rule_and_kpi() {
    let store = Store::with(PLATFORM, &[UNKNOWN_HOST, BACKWARDS]);
    let check = store.check(&[]);
    let fields: Vec<&String> = check.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["as_of", "engine", "failed", "kpis", "rules", "shipped", "snapshot", "tz"]);
    assert_eq!((&check["failed"], &check["shipped"]), (&json!(true), &Value::Null));
    assert_eq!(check["as_of"], json!({"platform": "2024-07-10"}));
    let rule = check["rules"].as_array().unwrap().iter().find(|r| r["name"] == "meeting_backwards").unwrap();
    assert_eq!(
        *rule,
        json!({
            "name": "meeting_backwards", "model": "platform", "severity": "error",
            "says": "ends before it starts", "status": "broken", "lacks": [], "faulty": 1,
            "findings": [{
                "on": "meetings", "rows": 4, "faulty": 1,
                "kpis": ["meeting_minutes", "avg_meeting_duration", "peak_concurrency"],
                "samples": [{
                    "key": "M10",
                    "values": {"start_time": "2024-03-01 09:00:00", "end_time": "2024-03-01 08:30:00"},
                }],
            }],
        })
    );
    // The same store gives the same bytes.
    let again = || store.run(&["check", "--format", "json", "--reconcile"]).out;
    assert_eq!(again(), again());
}

#[test]
fn csv_has_one_header_for_all() {
    let store = Store::with(BILLING, &[Add("payment.DailyPaidAmounts.csv", "O1,2025-01-12,NOK,-0.50")]);
    let done = store.run(&["check", "--reconcile", "--format", "csv"]);
    let mut reader = csv_lines(&done.out);
    let header = reader.remove(0);
    assert_eq!(
        header.join(","),
        "check,name,on,severity,status,rows,faulty,key,detail,subscriber_id,organization_id,date,order_status,currency,measure,expected,shipped,difference"
    );
    assert!(reader.iter().all(|record| record.len() == header.len()), "{}", done.out);
    let line = reader.iter().find(|record| record[0] == "line").unwrap();
    assert_eq!(line[1..].join(","), "daily_paid_amounts,,,,,,,,,O1,2025-01-12,,NOK,Amount,0.00,-0.50,-0.50");
    let table = reader.iter().find(|r| r[0] == "table" && r[1] == "daily_paid_amounts").unwrap();
    assert_eq!([&table[4], &table[5], &table[6]], ["differs", "2", "1"]);
}

/// The cells of csv without quoted line breaks.
fn csv_lines(text: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                c => cells.last_mut().unwrap().push(c),
            }
        }
        cells
    };
    text.lines().map(cells).collect()
}

#[test]
fn kpis_say_what_they_take_for_granted() {
    let coverage = |files: &[crate::clean::File], edits: &[Edit]| {
        let check = Store::with(files, edits).check(&[]);
        let all = check["kpis"].as_array().unwrap().clone();
        move |name: &str| all.iter().find(|kpi| kpi["name"] == name).cloned().unwrap()
    };
    let clean = coverage(PLATFORM, &[]);
    for kpi in ["mau", "meeting_minutes", "tickets_opened", "license_utilization"] {
        assert_eq!(clean(kpi)["status"], "computable", "{kpi}");
    }
    assert_eq!(clean("mrr")["status"], "with assumptions");
    let edits = [Add("meetings.csv", "M10,,,,Instant,2024-03-01 09:00:00,2024-03-01 08:30:00,")];
    let dirty = coverage(PLATFORM, &edits);
    let assumption = |column, says| json!([{"column": column, "empty": 1, "rows": 3, "says": says}]);
    assert_eq!(
        dirty("meeting_minutes")["assumptions"],
        assumption("meetings.duration_minutes", "the whole minutes from start to end")
    );
    assert_eq!(dirty("mau")["assumptions"], assumption("meetings.host_user_id", "left out, or adds nothing"));
    // A stand-in makes up for a column; nothing makes up for a table, or for the stand-in's own source.
    let bare = "meeting_id,start_time,end_time\nM1,2024-03-01 09:00:00,2024-03-01 09:30:00\n";
    let lacking = coverage(&[("meetings.csv", bare)], &[]);
    assert_eq!(lacking("meeting_minutes")["status"], "with assumptions");
    assert_eq!(lacking("mau")["lacks"], json!(["column meetings.host_user_id", "table users"]));
    assert_eq!(lacking("revenue")["lacks"], json!(["table billing_events"]));
    let barer = "meeting_id,start_time\nM1,2024-03-01 09:00:00\n";
    let lacking = coverage(&[("meetings.csv", barer)], &[]);
    assert_eq!(lacking("meeting_minutes")["lacks"], json!(["column meetings.duration_minutes"]));
}

#[test]
fn rules_without_their_columns_are_not_checked() {
    let bare = "meeting_id,start_time,end_time\nM1,2024-03-01 09:00:00,2024-03-01 09:30:00\n";
    let store = Store::with(&[("meetings.csv", bare)], &[]);
    let check = store.check(&[]);
    let rule = |name: &str| check["rules"].as_array().unwrap().iter().find(|r| r["name"] == name).unwrap();
    assert_eq!(rule("meeting_backwards")["status"], "holds");
    assert_eq!(rule("meeting_duration")["status"], "not checked");
    assert_eq!(rule("meeting_duration")["lacks"], json!(["column meetings.duration_minutes"]));
    assert_eq!(rule("stay_backwards")["lacks"], json!(["table attendees"]));
    // The other model is not there, and neither are its rules.
    assert!(check["rules"].as_array().unwrap().iter().all(|r| r["model"] != "billing"));
}

#[test]
fn the_sample_gives_a_page_of_its_known_faults() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/sample/platform");
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let store = store.to_str().unwrap();
    assert_eq!(quipu(&["load", sample.to_str().unwrap(), "--store", store]).status, 0);
    let done = quipu(&["check", "--format", "json", "--store", store]);
    assert_eq!(done.status, 0, "{}", done.err);
    let check: Value = serde_json::from_str(&done.out).unwrap();
    let faulty = |rule: &str, on: &str| {
        let rule = check["rules"].as_array().unwrap().iter().find(|r| r["name"] == rule).unwrap().clone();
        rule["findings"].as_array().unwrap().iter().find(|f| f["on"] == on).unwrap()["faulty"]
            .as_u64()
            .unwrap()
    };
    // Counted in the files.
    let (users, meetings) = (Csv::read(&sample, "users"), Csv::read(&sample, "meetings"));
    let known = users.column("user_id");
    let unknown =
        |ids: Vec<&str>| ids.iter().filter(|id| !id.is_empty() && !known.contains(id)).count() as u64;
    assert_eq!(
        faulty("unknown_reference", "meetings.host_user_id"),
        unknown(meetings.column("host_user_id"))
    );
    let events = Csv::read(&sample, "billing_events");
    assert_eq!(faulty("unknown_reference", "billing_events.user_id"), unknown(events.column("user_id")));
    let empty = |ids: Vec<&str>| ids.iter().filter(|id| id.is_empty()).count() as u64;
    assert_eq!(faulty("amount_missing", "billing_events.amount"), empty(events.column("amount")));
    assert_eq!(faulty("currency_missing", "billing_events.currency"), empty(events.column("currency")));
    let page = quipu(&["check", "--store", store]).out;
    assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
    let words = ["unknown_reference", "rules hold", "KPIs computable with assumptions", "proxy"];
    assert!(words.iter().all(|word| page.contains(word)), "{page}");
}

#[test]
fn the_billing_sample_agrees_with_the_tables_shipped_with_it() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/sample/billing");
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let store = store.to_str().unwrap();
    assert_eq!(quipu(&["load", sample.to_str().unwrap(), "--store", store]).status, 0);
    let done = quipu(&["check", "--reconcile", "--format", "json", "--store", store]);
    let check: Value = serde_json::from_str(&done.out).unwrap();
    for table in check["shipped"].as_array().unwrap() {
        assert_eq!((&table["lacks"], &table["differing"]), (&json!([]), &json!(0)), "{table}");
    }
    // At least the lines that were shipped are compared.
    for (at, file) in [
        "economy.SubscriberAmounts",
        "order.OrderAmounts",
        "order.OrderCompletedAmounts",
        "payment.DailyPaidAmounts",
    ]
    .into_iter()
    .enumerate()
    {
        let lines = Csv::read(&sample, file).text.len() as u64 - 1;
        assert!(check["shipped"][at]["compared"].as_u64().unwrap() >= lines, "{file}");
    }
    // Completed orders without a date are planted; they are errors.
    assert_eq!(done.status, 4, "{}", done.err);
}

/// A file of the sample, read without the engine.
struct Csv {
    text: Vec<Vec<String>>,
}

impl Csv {
    fn read(folder: &Path, table: &str) -> Self {
        let text = std::fs::read_to_string(folder.join(format!("{table}.csv"))).unwrap();
        Csv { text: csv_lines(&text) }
    }

    fn column(&self, name: &str) -> Vec<&str> {
        let at = self.text[0].iter().position(|column| column == name).unwrap();
        self.text[1..].iter().map(|row| row[at].as_str()).collect()
    }
}
