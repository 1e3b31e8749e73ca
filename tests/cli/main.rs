//! What does a user get? Whole commands on small exports, from arguments to output and exit status.

mod billing;
mod place;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use quipu::model::SCHEMA;
use serde_json::{Value, json};

use place::{Place, counts, quipu, table_of};

const USERS: &str = "\
user_id,user_name,email,plan_type,company,registration_date
U1,Ann,ann@a.example,Pro,Acme,2024-01-05
U2,Bo,bo@b.example,Free,Acme,2024-02-06
U3,Cy,cy@c.example,Pro,Birch,2024-02-07
";

const MEETINGS: &str = "\
meeting_id,host_user_id,meeting_topic,meeting_type,start_time,end_time,duration_minutes
M1,U1,Plan,Scheduled,2024-03-01 09:00:00,2024-03-01 09:30:00,30
M2,U1,Plan,Instant,2024-03-02 10:00:00,2024-03-02 11:00:00,60
M3,U2,Sync,Scheduled,2024-03-02 12:00:00,2024-03-02 12:45:00,45
M4,U3,Sync,Scheduled,2024-04-03 08:00:00,2024-04-03 08:20:00,20
";

const ATTENDEES: &str = "\
attendee_id,meeting_id,user_id,participant_name,join_time,leave_time,connection_quality
A1,M1,U2,Bo,2024-03-01 09:00:00,2024-03-01 09:30:00,Good
A2,M1,,Guest,2024-03-01 09:05:00,2024-03-01 09:25:00,Poor
A3,M2,U2,Bo,2024-03-02 10:00:00,2024-03-02 10:30:00,Good
A4,M4,,Guest,2024-04-03 08:00:00,2024-04-03 08:20:00,
";

fn platform() -> Vec<(&'static str, &'static str)> {
    vec![("users.csv", USERS), ("meetings.csv", MEETINGS), ("attendees.csv", ATTENDEES)]
}

#[test]
fn a_folder_loads_and_answers() {
    let place = Place::with(&platform());
    let report = place.loaded(&["."], &[]);
    assert_eq!(counts(&report, "users"), [3, 3, 0, 0, 0]);
    assert_eq!(counts(&report, "meetings"), [4, 4, 0, 0, 0]);
    assert_eq!(counts(&report, "attendees"), [4, 4, 0, 0, 0]);
    assert_eq!(report["committed"], true);
    assert_eq!(place.rows(&["mau"]), json!([["2024-03-01", 2], ["2024-04-01", 1]]));
    assert_eq!(
        place.rows(&["meeting_minutes", "--every", "month", "--by", "plan_type"]),
        json!([["2024-03-01", "Free", 45, 1], ["2024-03-01", "Pro", 90, 2], ["2024-04-01", "Pro", 20, 1]])
    );
    let info = place.info();
    let rows: Vec<(&str, u64)> = info["tables"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|t| t["rows"] != 0)
        .map(|t| (t["name"].as_str().unwrap(), t["rows"].as_u64().unwrap()))
        .collect();
    assert_eq!(rows, [("users", 3), ("meetings", 4), ("attendees", 4)]);
    assert_eq!(
        (&info["tables"][0]["first"], &info["tables"][0]["last"]),
        (&json!("2024-01-05"), &json!("2024-02-07"))
    );
    assert_eq!(info["snapshot"], report["snapshot"]);
}

#[test]
fn the_report_for_people_states_the_sum() {
    let place = Place::with(&platform());
    place.write("notes.csv", b"x\n1\n");
    place.write("user.csv.bak", b"x\n");
    let text = {
        let exports = place.path("exports");
        place.run(&["load", exports.to_str().unwrap()]).out
    };
    assert!(text.contains("read 11 = loaded 11 + replaced 0 + quarantined 0 + skipped 0\n"), "{text}");
    assert!(text.contains("not loaded: ") && text.contains("notes.csv: its name matches no table"), "{text}");
    assert!(text.contains("\nsnapshot "), "{text}");
}

#[test]
fn faulty_rows_are_put_aside_or_refuse_the_load() {
    let faulty = format!(
        "{MEETINGS}M5,U1,Bad,Scheduled,2024-13-01 09:00:00,,30\nM6,U1,Bad,Scheduled,2024-03-05 09:00:00,,-1\n"
    );
    let place = Place::with(&[("users.csv", USERS), ("meetings.csv", &faulty)]);
    let refused = place.load(&["."], &[]);
    assert_eq!(refused.status, 3, "{}", refused.err);
    assert!(refused.err.contains("2 of 6 rows of meetings were quarantined"), "{}", refused.err);
    let report: Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!((&report["committed"], &report["snapshot"]), (&json!(false), &json!("")));
    assert_eq!(place.run(&["info"]).status, 5, "nothing was committed");

    let report = place.loaded(&["."], &["--max-rejects", "2"]);
    assert_eq!(counts(&report, "meetings"), [6, 4, 0, 2, 0]);
    let faults = table_of(&report, "meetings")["faults"].as_array().unwrap();
    let told: Vec<_> = faults.iter().map(|f| (&f["reason"], &f["column"], &f["line"], &f["file"])).collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], (&json!("no_such_day"), &json!("start_time"), &json!(6), &json!("meetings.csv")));
    assert_eq!(
        told[1],
        (&json!("below_minimum"), &json!("duration_minutes"), &json!(7), &json!("meetings.csv"))
    );

    let kept = PathBuf::from(report["quarantine_file"].as_str().unwrap());
    let text = fs::read_to_string(&kept).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains(",start_time,no_such_day,"), "{text}");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(place.load(&["meetings.csv"], &["--mode", "replace", "--strict"]).status, 3);
}

#[test]
fn personal_data_does_not_reach_the_quarantine() {
    let place = Place::with(&[(
        "users.csv",
        "user_id,user_name,email,plan_type,company,registration_date\nU1,Ann Secret,ann@a.example,Pro,Acme,2024-99-05\n",
    )]);
    let done = place.load(&["."], &["--max-rejects", "100%"]);
    assert_eq!(done.status, 0, "{}", done.err);
    let report: Value = serde_json::from_str(&done.out).unwrap();
    let text = fs::read_to_string(report["quarantine_file"].as_str().unwrap()).unwrap();
    assert!(text.contains("2024-99-05") && text.contains("•••"), "{text}");
    assert!(!text.contains("Secret") && !text.contains("ann@"), "{text}");
    assert!(!done.out.contains("Secret"), "{}", done.out);
}

#[test]
fn a_later_row_with_the_same_key_takes_its_place() {
    let changed = USERS.replace("U2,Bo,bo@b.example,Free", "U2,Bo,bo@b.example,Business");
    let moved = MEETINGS.replace(
        "M1,U1,Plan,Scheduled,2024-03-01 09:00:00,2024-03-01 09:30:00,30",
        "M1,U2,Plan,Webinar,2024-05-01 09:00:00,2024-05-01 09:30:00,30",
    );
    let place = Place::with(&platform());
    place.snapshot();
    place.write("users-2.csv", changed.as_bytes());
    place.write("meetings-2.csv", moved.as_bytes());
    let report = place.loaded(&["users-2.csv", "meetings-2.csv"], &[]);
    assert_eq!(counts(&report, "users"), [3, 0, 3, 0, 0]);
    assert_eq!(counts(&report, "meetings"), [4, 0, 4, 0, 0]);
    let direct =
        Place::with(&[("users.csv", &changed), ("meetings.csv", &moved), ("attendees.csv", ATTENDEES)]);
    assert_eq!(report["snapshot"], direct.snapshot());
    for query in [&["mau"][..], &["mau", "--by", "plan_type"], &["meeting_minutes", "--by", "meeting_type"]] {
        assert_eq!(place.rows(query), direct.rows(query), "{query:?}");
    }
    assert_eq!(place.rows(&["mau"]), json!([["2024-03-01", 2], ["2024-04-01", 1], ["2024-05-01", 1]]));
}

#[test]
fn the_last_of_two_rows_with_one_key_wins_in_a_load() {
    let twice = format!(
        "{USERS}U1,Ann,ann@a.example,Pro,Acme,2024-01-05\nU2,Bo,bo@b.example,Basic,Acme,2024-02-06\n"
    );
    let place = Place::with(&[("users.csv", &twice)]);
    let report = place.loaded(&["."], &[]);
    assert_eq!(counts(&report, "users"), [5, 3, 0, 0, 2]);
    let users = table_of(&report, "users");
    assert_eq!((&users["skipped_identical"], &users["skipped_differing"]), (&json!(1), &json!(1)));
    let direct = Place::with(&[("users.csv", &USERS.replace("bo@b.example,Free", "bo@b.example,Basic"))]);
    assert_eq!(report["snapshot"], direct.snapshot());
}

#[test]
fn keys_of_rows_that_nobody_refers_to_are_unique_too() {
    let events = "event_id,user_id,event_type,amount,currency,transaction_date\nE1,U1,Payment,10.00,EUR,2024-03-01\nE2,U1,Payment,20.00,EUR,2024-03-02\n";
    let changed = "event_id,user_id,event_type,amount,currency,transaction_date\nE2,U1,Payment,25.50,EUR,2024-03-02\nE3,U1,Refund,5,EUR,2024-03-03\nE3,U1,Refund,5,EUR,2024-03-03\n";
    let place = Place::with(&[("billing_events.csv", events)]);
    place.snapshot();
    place.write("billing_events-2.csv", changed.as_bytes());
    let report = place.loaded(&["billing_events-2.csv"], &[]);
    assert_eq!(counts(&report, "billing_events"), [3, 1, 1, 0, 1]);
    assert_eq!(place.rows(&["revenue", "--every", "all"])[0][1], "30.50");
}

#[test]
fn the_same_content_again_is_nothing_new() {
    let place = Place::with(&platform());
    let first = place.snapshot();
    place.write("copy/users-2.csv", USERS.as_bytes());
    for names in [&["."][..], &["copy"], &["users.csv", "copy/users-2.csv"]] {
        let done = place.load(names, &[]);
        assert_eq!(done.status, 0, "{}", done.err);
        let report: Value = serde_json::from_str(&done.out).unwrap();
        assert_eq!((&report["committed"], &report["snapshot"]), (&json!(false), &json!(first)));
    }
    let copy = place.path("exports/copy");
    let text = place.run(&["load", copy.to_str().unwrap()]).out;
    assert!(text.contains("loaded before: users-2.csv (as users.csv)"), "{text}");
    assert!(text.ends_with(&format!("nothing new: snapshot {first} stays\n")), "{text}");
    assert_eq!(place.info()["load"], 1);
}

#[test]
fn replacing_empties_the_tables_that_come() {
    let place = Place::with(&platform());
    place.snapshot();
    let less: String = MEETINGS.lines().take(3).flat_map(|line| [line, "\n"]).collect();
    place.write("new/meetings.csv", less.as_bytes());
    let report = place.loaded(&["new"], &["--mode", "replace"]);
    assert_eq!(counts(&report, "meetings"), [2, 2, 0, 0, 0]);
    let direct = Place::with(&[("users.csv", USERS), ("meetings.csv", &less), ("attendees.csv", ATTENDEES)]);
    assert_eq!(report["snapshot"], direct.snapshot());
    assert_eq!(place.rows(&["mau", "--by", "company"]), direct.rows(&["mau", "--by", "company"]));
    let again = place.loaded(&["new"], &["--mode", "replace"]);
    assert_eq!(again["snapshot"], report["snapshot"]);

    place.write("empty/meetings.csv", MEETINGS.lines().next().unwrap().as_bytes());
    let refused = place.load(&["empty"], &["--mode", "replace"]);
    assert_eq!(refused.status, 3);
    assert!(refused.err.contains("the export of meetings has no row"), "{}", refused.err);
    let emptied = place.loaded(&["empty"], &["--mode", "replace", "--allow-empty"]);
    let direct = Place::with(&[("users.csv", USERS), ("attendees.csv", ATTENDEES)]);
    assert_eq!(emptied["snapshot"], direct.snapshot());
    let warned = place.load(&["empty"], &["--mode", "replace", "--allow-empty"]).err;
    assert_eq!(warned, "warning: meetings.csv has a header and no record\n");
}

#[test]
fn a_dry_run_leaves_nothing() {
    let faulty = format!("{USERS}U4,Di,di@d.example,Pro,Acme,never\n");
    let place = Place::with(&[("users.csv", &faulty), ("meetings.csv", MEETINGS)]);
    let everything = || {
        let mut all = Vec::new();
        files(place.dir.path(), &mut all);
        all
    };
    let before = everything();
    let dry = place.loaded(&["."], &["--dry-run", "--max-rejects", "1"]);
    assert_eq!(everything(), before);
    assert_eq!(counts(&dry, "users"), [4, 3, 0, 1, 0]);
    assert_eq!((&dry["committed"], &dry["quarantine_file"]), (&json!(false), &Value::Null));
    assert_eq!(place.load(&["."], &["--dry-run"]).status, 3);

    let wet = place.loaded(&["."], &["--max-rejects", "1"]);
    assert_eq!(dry["snapshot"], wet["snapshot"]);
    place.write("attendees.csv", ATTENDEES.as_bytes());
    let before = everything();
    place.loaded(&["."], &["--dry-run"]);
    assert_eq!(everything(), before);
}

/// Files below a folder with their bytes, in order.
fn files(folder: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, all);
        } else {
            let bytes = fs::read(&path).unwrap();
            all.push((path, bytes));
        }
    }
}

#[test]
fn stamped_files_are_one_table_in_natural_order() {
    let header = MEETINGS.lines().next().unwrap();
    let week = |minutes: u32| format!("{header}\nM1,U1,Plan,Scheduled,2024-03-01 09:00:00,,{minutes}\n");
    let place = Place::with(&[
        ("users.csv", USERS),
        ("meetings-2025-W2.csv", &week(2)),
        ("meetings-2025-W10.csv", &week(10)),
        ("Meetings-2025-W9.csv", &week(9)),
    ]);
    let report = place.loaded(&["."], &[]);
    assert_eq!(counts(&report, "meetings"), [3, 1, 0, 0, 2]);
    let names: Vec<&str> = table_of(&report, "meetings")["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 3);
    assert_eq!(*names.last().unwrap(), "meetings-2025-W10.csv", "2 before 9 before 10: {names:?}");
    assert_eq!(place.rows(&["meeting_minutes", "--every", "all"]), json!([[10, 1]]));
}

#[test]
fn a_spreadsheets_dialect_is_read() {
    let text = "\u{feff}Event ID;User Reference;Event Type;Amount;Currency;Event Date\r\n\
        E1;U1;Payment;1.234,50;nok;2024-03-01\r\n\
        E2;U1;Refund;\"0,75\";NOK;2024-03-02\r\n";
    let place = Place::with(&[("Billing Events.csv", text), ("users.csv", USERS)]);
    place.write("map.toml", b"[billing_events]\ndecimal_comma = true\nthousands = \".\"\n");
    let map = place.path("exports/map.toml");
    let report = place.loaded(&["Billing Events.csv", "users.csv"], &["--mapping", map.to_str().unwrap()]);
    assert_eq!(counts(&report, "billing_events"), [2, 2, 0, 0, 0]);
    let dialect = table_of(&report, "billing_events")["files"][0]["dialect"].as_str().unwrap();
    assert!(dialect.starts_with("';'") && dialect.ends_with("with BOM, CRLF"), "{dialect}");
    let revenue = place.rows(&["revenue", "--every", "all"]);
    assert_eq!((&revenue[0][0], &revenue[0][1]), (&json!("NOK"), &json!("1233.75")));

    // Without a mapping: when every value of the column agrees.
    let plain = text.replace("1.234,50", "1234,50");
    let place = Place::with(&[("billing_events.csv", &plain), ("users.csv", USERS)]);
    place.snapshot();
    assert_eq!(place.rows(&["revenue", "--every", "all"])[0][1], "1233.75");
}

#[test]
fn minutes_may_carry_their_unit() {
    let place = Place::with(&[(
        "meetings.csv",
        "Meeting ID,Host User Reference,Start Time,End Time,Duration Minutes\n\
         M1,U1,2024-03-01 09:00:00,,108 mins\nM2,U1,2024-03-01 12:00:00,2024-03-01 12:30:59,\n",
    )]);
    place.snapshot();
    assert_eq!(place.rows(&["meeting_minutes", "--every", "all"]), json!([[138, 2]]));
}

#[test]
fn the_order_of_day_and_month_is_found_or_asked_for() {
    let export =
        |first: &str| format!("user_id,plan_type,registration_date\nU1,Pro,{first}\nU2,Pro,05/06/2024\n");
    let place = Place::with(&[("users.csv", &export("27/08/2024"))]);
    place.snapshot();
    assert_eq!(place.rows(&["signups"])[0][0], "2024-06-01");
    // The order is kept: what decides nothing by itself is read by it, what contradicts it is not read.
    place.write("users-2.csv", b"user_id,plan_type,registration_date\nU3,Pro,01/02/2024\n");
    place.loaded(&["users-2.csv"], &[]);
    assert_eq!(place.rows(&["signups"])[0][0], "2024-02-01");
    place.write("users-3.csv", b"user_id,plan_type,registration_date\nU4,Pro,12/31/2024\n");
    assert_eq!(place.load(&["users-3.csv"], &[]).status, 3);

    let place = Place::with(&[("users.csv", &export("07/08/2024"))]);
    let refused = place.load(&["."], &[]);
    assert_eq!(refused.status, 3);
    assert!(
        refused.err.contains("date_order = \"day_first\" or \"month_first\" under [users]"),
        "{}",
        refused.err
    );
    place.write("map.toml", b"[users]\ndate_order = \"month_first\"\n");
    let map = place.path("exports/map.toml");
    place.loaded(&["users.csv"], &["--mapping", map.to_str().unwrap()]);
    assert_eq!(place.rows(&["signups"])[0][0], "2024-05-01");
}

#[test]
fn headers_mean_the_same_in_every_form() {
    let snapshots =
        ["host_user_id", "Host User Reference", "hostUserId", "HOST-USER-ID", "Host Id", "[Host User Ref]"]
            .map(|host| {
                let text =
                    MEETINGS.replace("host_user_id", host).replace("meeting_id,", "Meeting Reference,");
                Place::with(&[("Meetings.CSV", &text)]).snapshot()
            });
    assert!(snapshots.iter().all(|id| *id == snapshots[0]), "{snapshots:?}");
}

#[test]
fn columns_are_told_apart_into_known_extra_and_missing() {
    let text = "start_time,Room,meeting_id\n2024-03-01 09:00:00,Blue,M1\n";
    let place = Place::with(&[("meetings.csv", text)]);
    let report = place.loaded(&["."], &[]);
    let file = &table_of(&report, "meetings")["files"][0];
    assert_eq!(file["extra"], json!(["Room"]));
    assert!(file["missing"].as_array().unwrap().contains(&json!("host_user_id")), "{file}");
    let kpi = place.run(&["kpis", "mau", "--format", "json"]);
    let kpi: Value = serde_json::from_str(&kpi.out).unwrap();
    assert_eq!(
        (&kpi["computable"], &kpi["missing"]),
        (&json!(false), &json!(["column meetings.host_user_id", "table users"]))
    );

    let place = Place::with(&[("meetings.csv", "meeting_id,Room\nM1,Blue\n")]);
    let refused = place.load(&["."], &[]);
    assert_eq!(refused.status, 3);
    assert!(refused.err.contains("start_time") && refused.err.contains("Room"), "{}", refused.err);
}

#[test]
fn values_outside_of_a_domain_are_kept_and_counted() {
    let place =
        Place::with(&[("users.csv", &USERS.replace(",Free,", ",Platinum,")), ("meetings.csv", MEETINGS)]);
    let report = place.loaded(&["."], &[]);
    assert_eq!(table_of(&report, "users")["outside_domain"], json!({"plan_type": {"Platinum": 1}}));
    assert_eq!(
        place.rows(&["mau", "--every", "all", "--by", "plan_type"]),
        json!([["Platinum", 1], ["Pro", 2]])
    );
}

#[test]
fn guests_attend_without_being_users() {
    let place = Place::with(&platform());
    place.snapshot();
    assert_eq!(
        place.rows(&["attendance"]),
        json!([["2024-03-01", 3, 1, 1.5, 80.0], ["2024-04-01", 1, 0, 1.0, 20.0]])
    );
    assert_eq!(place.rows(&["mau", "-o", "actor=attendee"]), json!([["2024-03-01", 1], ["2024-04-01", 0]]));
}

#[test]
fn keys_are_numbers_guids_or_anything() {
    let guid = |n: u32| format!("3F2504E0-4F89-11D3-9A0C-0305E82C33{n:02X}");
    for (key, shown) in [
        (Box::new(|n: u32| n.to_string()) as Box<dyn Fn(u32) -> String>, "7"),
        (Box::new(|n: u32| format!("U{n:06}")), "U000007"),
        (Box::new(guid), "3f2504e0-4f89-11d3-9a0c-0305e82c3307"),
        (Box::new(|n: u32| format!("kunde/{n}ø")), "kunde/7ø"),
        (Box::new(|n: u32| format!("{n:05}")), "00007"),
    ] {
        let mut users = String::from("user_id,plan_type\n");
        let mut meetings = String::from("meeting_id,host_user_id,start_time,duration_minutes\n");
        for n in 1..=20 {
            users += &format!("{},{}\n", key(n), if n % 2 == 0 { "Pro" } else { "Free" });
            meetings += &format!(
                "{},{},2024-03-{n:02} 09:00:00,{n}\n",
                key(100 + n),
                key(n).to_lowercase().replace("u0", "U0")
            );
        }
        let place = Place::with(&[("users.csv", &users), ("meetings.csv", &meetings)]);
        place.snapshot();
        assert_eq!(
            place.rows(&["mau", "--by", "plan_type"]),
            json!([["2024-03-01", "Free", 10], ["2024-03-01", "Pro", 10]]),
            "{shown}"
        );
        let seven = format!("user_id = '{}'", key(7));
        assert_eq!(
            place.rows(&["meeting_minutes", "--every", "all", "--by", "user_id", "--where", &seven]),
            json!([[shown, 7, 1]])
        );
    }
}

#[test]
fn licences_may_be_perpetual_or_unassigned() {
    let licences = "license_id,license_type,start_date,end_date,license_status,assigned_to_user_id\n\
        L1,Pro,2024-01-01,,Active,U1\nL2,Pro,2024-01-01,,Active,\nL3,Pro,2024-01-01,2024-02-10,Expired,U2\n\
        L4,Basic,2024-02-01,2024-12-31,Suspended,U3\nL5,Basic,2024-03-01,2024-02-01,Active,U3\n";
    let place = Place::with(&[("users.csv", USERS), ("licenses.csv", licences)]);
    let report = place.loaded(&["."], &["--max-rejects", "1"]);
    assert_eq!(counts(&report, "licenses"), [5, 4, 0, 1, 0], "an end before the start is put aside");
    let query = ["license_utilization", "--from", "2024-01", "--to", "2024-02", "--as-of", "2024-02-29"];
    let rows = place.rows(&query);
    assert_eq!(rows[0], json!(["2024-01-01", 2.0 / 3.0, 2, 3]));
    assert_eq!(rows[1], json!(["2024-02-01", 0.5, 1, 2]));
}

#[test]
fn a_late_parent_heals_what_refers_to_it() {
    let whole = Place::with(&platform());
    let id = whole.snapshot();
    let late = Place::with(&platform());
    let first = late.loaded(&["attendees.csv"], &[]);
    let unresolved = &table_of(&first, "attendees")["unresolved"];
    assert_eq!(
        *unresolved,
        json!([
            {"column": "meeting_id", "target": "meetings", "rows": 4, "keys": 3},
            {"column": "user_id", "target": "users", "rows": 2, "keys": 1}
        ])
    );
    assert_eq!(late.rows(&["mau", "-o", "actor=attendee", "--every", "all"]), json!([[0]]));
    let second = late.loaded(&["meetings.csv"], &[]);
    assert_eq!(table_of(&second, "meetings")["unresolved"][0]["keys"], 3);
    let last = late.loaded(&["users.csv"], &[]);
    assert_eq!(last["snapshot"], id);
    for query in
        [&["mau", "--by", "plan_type,company"][..], &["attendance", "--by", "host.plan_type"], &["retention"]]
    {
        assert_eq!(late.rows(query), whole.rows(query), "{query:?}");
    }
}

#[test]
fn a_constant_of_the_mapping_is_a_column_that_is_there() {
    let events = "event_id,user_id,amount,transaction_date\nE1,U1,10,2024-03-01\n";
    let place = Place::with(&[("billing_events.csv", events), ("users.csv", USERS)]);
    place.write(
        "map.toml",
        b"[billing_events]\nconstants = { event_type = \"Renewal\" }\ncurrency = \"nok\"\n",
    );
    let map = place.path("exports/map.toml");
    place.loaded(&["billing_events.csv", "users.csv"], &["--mapping", map.to_str().unwrap()]);
    let kpi: Value = serde_json::from_str(&place.run(&["kpis", "mrr", "--format", "json"]).out).unwrap();
    assert_eq!((&kpi["computable"], &kpi["missing"]), (&json!(true), &json!([])));
    assert_eq!(
        place.rows(&["revenue", "--by", "event_type"])[0].as_array().unwrap()[1..4],
        [json!("Renewal"), json!("NOK"), json!("10.00")]
    );
    // Kept for later loads.
    place.write("billing_events-2.csv", b"event_id,user_id,amount,transaction_date\nE2,U1,5,2024-03-02\n");
    place.loaded(&["billing_events-2.csv"], &[]);
    assert_eq!(
        place.rows(&["revenue", "--every", "all"])[0].as_array().unwrap()[..3],
        [json!("NOK"), json!("15.00"), json!(2)]
    );
}

#[test]
fn references_to_rows_that_a_replacement_drops_are_unresolved() {
    let place = Place::with(&platform());
    place.snapshot();
    let fewer = USERS.replace("U2,Bo,bo@b.example,Free,Acme,2024-02-06\n", "");
    place.write("new/users.csv", fewer.as_bytes());
    place.write("new/meetings.csv", MEETINGS.as_bytes());
    let report = place.loaded(&["new"], &["--mode", "replace"]);
    assert_eq!(
        table_of(&report, "meetings")["unresolved"],
        json!([{"column": "host_user_id", "target": "users", "rows": 1, "keys": 1}])
    );
    assert_eq!(place.rows(&["mau", "--every", "all"]), json!([[2]]));
}

#[test]
fn a_reason_is_reported_once_with_its_first_line() {
    let mut text = b"user_id,company\n".to_vec();
    for n in 0..50 {
        text.extend_from_slice(format!("U{n},caf").as_bytes());
        text.extend_from_slice(b"\xe9\n");
    }
    let place = Place::new();
    place.write("users.csv", &text);
    let report = place.loaded(&["."], &["--max-rejects", "100%"]);
    let faults = table_of(&report, "users")["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(
        (&faults[0]["reason"], &faults[0]["rows"], &faults[0]["line"]),
        (&json!("not_utf8"), &json!(50), &json!(2))
    );
    assert!(faults[0]["explanation"].as_str().unwrap().contains("windows-1252"), "{}", faults[0]);
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/sample/platform")
}

/// The sample's files.
const SAMPLE: [&str; 7] =
    ["users", "licenses", "meetings", "attendees", "features_usage", "support_tickets", "billing_events"];

/// Generates an export as a sample was, and compares it with the sample, file by file.
fn check_sample(model: &str, size: &[&str]) {
    let place = Place::new();
    let out = place.path("sample");
    let args = [&["generate", "--model", model, "--out", out.to_str().unwrap()], size].concat();
    let done = quipu(&args);
    assert_eq!(done.status, 0, "{}", done.err);
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/sample").join(model);
    let files = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        let file = |entry: fs::DirEntry| (entry.file_name(), fs::read(entry.path()).unwrap());
        entries.map(file).collect::<std::collections::BTreeMap<_, _>>()
    };
    let (ours, theirs) = (files(&out), files(&sample));
    assert!(ours.keys().eq(theirs.keys()), "{model}: the sample has other files");
    for (name, bytes) in ours {
        let message = "differs; write it again with the command in datasets/README.md";
        assert!(bytes == theirs[&name], "{model}: {} {message}", name.display());
    }
    assert_eq!(quipu(&args).status, 0, "its own files are overwritten");
    fs::write(out.join("keep.txt"), "x").unwrap();
    let refused = quipu(&args);
    assert_eq!(refused.status, 2);
    assert!(refused.err.contains("holds other files (keep.txt)"), "{}", refused.err);
}

#[test]
fn the_samples_are_what_the_generator_writes() {
    check_sample("platform", &["--users", "400", "--seed", "7", "--meetings-per-user", "6"]);
    check_sample("billing", &["--users", "190", "--seed", "7"]);
}

#[test]
fn the_samples_load_whole() {
    let place = Place::new();
    let report = place.loaded(&[sample().parent().unwrap().to_str().unwrap()], &["--strict"]);
    let tables = report["tables"].as_array().unwrap();
    assert_eq!(tables.len(), SCHEMA.len(), "every declared table is in a sample");
    for table in tables {
        assert!(table["loaded"].as_u64() > Some(0) && table["quarantined"] == 0, "{table}");
    }
}

/// The records of a CSV text; one goes on over a line end that stands in quotes.
fn records(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split_inclusive(|c: char| {
        quoted ^= c == '"';
        c == '\n' && !quoted
    })
    .collect()
}

#[test]
fn day_by_day_is_the_same_as_all_at_once() {
    let whole = Place::new();
    let done = whole.run(&["load", sample().to_str().unwrap()]);
    assert_eq!(done.status, 0, "{}", done.err);
    let id = whole.info()["snapshot"].clone();

    // Pieces of every table, in an order that brings facts before what they refer to; then days.
    let pieces = Place::new();
    const PIECES: usize = 5;
    for piece in 0..PIECES {
        for table in SAMPLE {
            let text = fs::read_to_string(sample().join(format!("{table}.csv"))).unwrap();
            let (header, rows) = text.split_once('\n').unwrap();
            let rows = records(rows);
            let at = |n: usize| n * rows.len() / PIECES;
            let own: String = rows[at(piece)..at(piece + 1)].concat();
            pieces.write(
                &format!("{}/{table}-2025-01-0{}.csv", PIECES - piece, piece + 1),
                format!("{header}\n{own}").as_bytes(),
            );
        }
    }
    for day in 1..=PIECES {
        pieces.loaded(&[&day.to_string()], &[]);
    }
    assert_eq!(pieces.info()["snapshot"], id);
    let overlapping = sample();
    let again = pieces.run(&["load", overlapping.to_str().unwrap(), "--format", "json"]);
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(again["snapshot"], id, "rows that come again change nothing");
    assert_eq!(counts(&again, "meetings"), [2400, 0, 2400, 0, 0]);

    let list = pieces.run(&["kpis", "--format", "json"]);
    let list: Value = serde_json::from_str(&list.out).unwrap();
    let names: Vec<&str> =
        list["kpis"].as_array().unwrap().iter().map(|k| k["name"].as_str().unwrap()).collect();
    assert!(names.len() > 20);
    for name in names {
        for by in [&["--format", "json"][..], &["--by", "plan_type", "--format", "json"]] {
            let query = [&["query", name], by].concat();
            assert_eq!(pieces.run(&query).out, whole.run(&query).out, "{name} {by:?}");
        }
    }
    assert_eq!(pieces.run(&["verify"]).status, 0);
}

#[test]
fn a_flipped_byte_is_found() {
    let place = Place::with(&platform());
    place.snapshot();
    let done = place.run(&["verify"]);
    assert_eq!(done.status, 0, "{}", done.err);
    assert!(done.out.ends_with("are as they were written\n"), "{}", done.out);
    let mut all = Vec::new();
    files(&place.store(), &mut all);
    all.retain(|(path, bytes)| !path.ends_with("LOCK") && !bytes.is_empty());
    assert!(all.len() > 10);
    for (path, bytes) in all {
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(&path, damaged).unwrap();
            let done = place.run(&["verify"]);
            assert_eq!(done.status, 5, "{} at {at}: {done:?}", path.display());
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let cut = place.run(&["verify"]);
        assert_eq!(cut.status, 5, "{} cut: {cut:?}", path.display());
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(place.run(&["verify"]).status, 0);
}

#[test]
fn exit_statuses_tell_what_went_wrong() {
    let place = Place::with(&platform());
    for command in [&["info"][..], &["verify"], &["query", "mau"], &["kpis"]] {
        let done = place.run(command);
        assert_eq!(done.status, 5, "{command:?}");
        assert!(done.err.contains("no store at") && done.out.is_empty(), "{}", done.err);
    }
    assert!(!place.store().exists(), "asking makes no store");
    let missing = place.load(&["nowhere.csv"], &[]);
    assert_eq!(missing.status, 2);
    assert!(
        missing.err.contains("there is no file or folder ") && missing.err.contains("nowhere.csv"),
        "{}",
        missing.err
    );
    assert!(!place.store().exists(), "a path that is not there makes no store");
    place.write("odd.csv", b"a\n1\n");
    let nothing = place.load(&["odd.csv"], &[]);
    assert_eq!(nothing.status, 3);
    assert!(nothing.err.contains("no file that was found holds a table"), "{}", nothing.err);
    place.write("bad.toml", b"[userz]\nskip = 1\n");
    let map = place.path("exports/bad.toml");
    let bad = place.load(&["users.csv"], &["--mapping", map.to_str().unwrap()]);
    assert_eq!(bad.status, 2);
    assert!(bad.err.contains("--mapping: ") && bad.err.contains("did you mean 'users'?"), "{}", bad.err);
    for usage in
        [&["load", "x", "--sorce-tz", "UTC"][..], &["kpis", "mua"], &["generate"], &["verify", "--all"]]
    {
        let done = place.run(usage);
        assert_eq!(done.status, 2, "{usage:?}: {}", done.err);
    }
    place.snapshot();
    let lock = fs::File::open(place.store().join("LOCK")).unwrap();
    lock.lock().unwrap();
    place.write("users-2.csv", b"user_id\nU9\n");
    let locked = place.load(&["users-2.csv"], &[]);
    assert_eq!(locked.status, 1, "{}", locked.err);
    assert!(locked.err.contains("another load holds the store"), "{}", locked.err);
    assert_eq!(place.rows(&["mau", "--every", "all"]), json!([[3]]), "readers are not kept out");
}

#[test]
fn the_program_itself_ends_with_the_status() {
    let place = Place::with(&platform());
    let quipu = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quipu"));
        command.current_dir(place.dir.path()).env_remove("QUIPU_STORE").args(args).output().unwrap()
    };
    let catalogue = quipu(&["kpis"]);
    assert_eq!(catalogue.status.code(), Some(0), "the catalogue needs no store");
    assert!(String::from_utf8(catalogue.stdout).unwrap().contains("mau "));
    assert_eq!(quipu(&["info"]).status.code(), Some(5));
    let loaded = quipu(&["load", "."]);
    assert_eq!(loaded.status.code(), Some(0));
    assert!(loaded.stderr.is_empty(), "no bars where nobody watches");
    // The store lies in the folder that is loaded, and is no export.
    let again = String::from_utf8(quipu(&["load", "."]).stdout).unwrap();
    assert!(again.contains("nothing new") && !again.contains("quipu-store"), "{again}");
    let figure = quipu(&["query", "mau", "--every", "all", "--format", "csv"]);
    assert_eq!(String::from_utf8(figure.stdout).unwrap(), "active_users\n3\n");
}

#[test]
fn a_kpi_says_what_the_store_lacks() {
    let place = Place::with(&[("users.csv", "user_id,registration_date\nU1,2025-01-31\n")]);
    place.loaded(&["."], &[]);
    let mau = place.run(&["query", "mau", "--format", "json"]);
    assert_eq!(mau.status, 0, "{}", mau.err);
    let result: Value = serde_json::from_str(&mau.out).unwrap();
    assert_eq!(result["rows"], json!([]));
    assert_eq!(result["warnings"], json!(["the store lacks table meetings, which mau needs"]));

    let place = Place::with(&[("dbo.Products.csv", "Id,Name\n1,Paper\n")]);
    place.loaded(&["."], &[]);
    let absent = place.run(&["query", "mau"]);
    assert_eq!(absent.status, 2, "{}", absent.out);
    let message =
        "error: mau is of the platform model, and the store holds no table of it: load its exports first\n";
    assert_eq!(absent.err, message);
}

#[test]
fn an_unknown_kpi_is_answered_with_the_nearest() {
    let place = Place::with(&platform());
    place.loaded(&["."], &[]);
    let unknown = place.run(&["query", "mua"]);
    assert_eq!(
        (unknown.status, unknown.err.as_str()),
        (2, "error: unknown KPI 'mua'; did you mean 'mau'?\n")
    );
}

#[test]
fn a_date_far_past_the_others_is_warned_of() {
    // A thousand meetings in January, and one user whose registration is mistyped.
    let meetings: String =
        (0..1000).map(|i| format!("M{i},U1,2025-01-{:02} 10:00:00\n", 1 + i % 28)).collect();
    let place = Place::with(&[
        ("users.csv", "user_id,registration_date\nU1,2024-12-01\nU2,2052-01-01\n"),
        ("meetings.csv", &format!("meeting_id,host_user_id,start_time\n{meetings}")),
    ]);
    place.loaded(&["."], &[]);
    let mau = place.run(&["query", "mau", "--to", "2025-02", "--format", "json"]);
    let result: Value = serde_json::from_str(&mau.out).unwrap();
    assert_eq!(result["rows"], json!([["2025-01-01", 1], ["2025-02-01", 0]]));
    let warning = result["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("as_of 2052-01-01 lies more than 31 days past 2025-01-28"), "{warning}");
}
