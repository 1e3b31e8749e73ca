//! Headers that moved, changed, came twice or never came.

use serde_json::json;

use crate::place::{ANY, Place};

#[test]
fn columns_may_move_from_file_to_file() {
    let place = Place::with("users-1.csv", "user_id,company,registration_date\nU1,Acme,2024-01-02\n");
    place.write("users-2.csv", "Registered On;Company Name;seats;UserID\n2024-01-03;Acme;4;U2\n");
    place.write("users-3.csv", "user id\nU3\n");
    let outcome = place.load(&[]);
    assert_eq!(outcome.counts("users"), [3, 3, 0, 0, 0]);
    assert_eq!(outcome.file("users", 1)["extra"], json!(["seats"]));
    let missing = json!(["user_name", "email", "plan_type", "company", "registration_date"]);
    assert_eq!(outcome.file("users", 2)["missing"], missing);
    assert_eq!(place.rows(&["signups", "--every", "all", "--by", "company"])[0], json!(["Acme", 2, 2]));
}

#[test]
fn headers_that_cannot_be_told_apart_are_refused_by_name() {
    for (table, text, says) in [
        (
            "users",
            "user_id,Plan,plan_type\nU1,a,b\n",
            &["'Plan' and 'plan_type' both mean the column plan_type", "ignore = [\"plan_type\"]"][..],
        ),
        (
            "users",
            "user_id,company,Company\nU1,a,b\n",
            &["'company' and 'Company' both mean", "leave one of them out"],
        ),
        (
            "meetings",
            "meeting_id,strat_time\nM1,2024-01-01\n",
            &[
                "the column start_time, which meetings needs",
                "meeting_id, strat_time",
                "\"strat_time\" = \"start_time\"",
            ],
        ),
        (
            "meetings",
            "meeting_id,room\nM1,4\n",
            &["the column start_time, which meetings needs", "\"...\" = \"start_time\""],
        ),
        (
            "users",
            "nr,firma\nU1,a\n",
            &["no header is a column of users; its headers are: nr, firma", "the columns are: user_id"],
        ),
    ] {
        let place = Place::with(&format!("{table}.csv"), text);
        place.load(ANY).assert_refused(says);
        assert!(place.is_empty());
    }
}

#[test]
fn a_first_line_of_values_is_no_header() {
    for (table, first, value) in [
        ("users", "U1,Ann Secret,ann@a.example,Pro,Acme,2024-01-05", "'a•••@a.example'"),
        ("users", "U1,Ann Secret,,Pro", "'Pro'"),
        ("licenses", "L1,Basic,,Active", "'Active'"),
        ("orders", "1,2,3,Completed,2024-01-01", "'1•••'"),
        ("meetings", "M1,U1,2024-01-01 08:00:00", "'2•••'"),
    ] {
        let place = Place::with(&format!("{table}.csv"), format!("{first}\n{first}\n"));
        let outcome = place.load(ANY);
        outcome.assert_refused(&[
            "its first line looks like a row",
            value,
            "add a line with the names of the columns",
        ]);
        assert!(!outcome.err.contains("Secret") && !outcome.err.contains("ann@"), "{}", outcome.err);
    }
}

#[test]
fn a_type_that_changes_in_the_middle_is_put_aside_cell_by_cell() {
    let mut text = String::from("event_id,amount,transaction_date\n");
    (0..300).for_each(|i| text += &format!("E{i},{i}.25,2024-03-01\n"));
    text += "E300,many,2024-03-01\nE301,1.5,March\n";
    let place = Place::with("billing_events.csv", text);
    let outcome = place.load(&[]);
    assert_eq!(outcome.status, 0, "two of 302 are less than one percent: {}", outcome.err);
    assert_eq!(outcome.counts("billing_events"), [302, 300, 0, 2, 0]);
    assert_eq!(
        outcome.faults("billing_events"),
        [(302, "amount", "not_a_number"), (303, "transaction_date", "not_a_date")]
    );
    assert_eq!(place.rows(&["revenue", "--every", "all"])[0][1], "44925.00");
}

#[test]
fn names_that_match_no_table_are_reported_and_never_guessed() {
    let place = Place::with("users.csv", "user_id\nU1\n");
    place.write("userss.csv", "user_id\nU2\n");
    place.write("my users.csv", "user_id\nU3\n");
    let outcome = place.load(&[]);
    assert_eq!(outcome.counts("users"), [1, 1, 0, 0, 0]);
    let hints: Vec<&str> =
        outcome.report["unmatched"].as_array().unwrap().iter().map(|u| u[1].as_str().unwrap()).collect();
    assert_eq!(hints.len(), 2);
    assert!(hints.iter().any(|hint| hint.contains("did you mean 'users'?")), "{hints:?}");
}

#[test]
fn too_many_faults_refuse_the_load_and_the_quarantine_is_kept() {
    let rows = |bad: u32| {
        let right: String = (bad..200).map(|i| format!("U{i},2024-01-01\n")).collect();
        format!("user_id,registration_date\n{right}{}", "x,never\n".repeat(bad as usize))
    };
    for (bad, options, status) in [
        (2, &[][..], 0),
        (3, &[], 3),
        (1, &["--strict"], 3),
        (0, &["--strict"], 0),
        (3, &["--max-rejects", "3"], 0),
        (4, &["--max-rejects", "3"], 3),
        (4, &["--max-rejects", "2%"], 0),
    ] {
        let place = Place::with("users.csv", rows(bad));
        let outcome = place.load(options);
        assert_eq!(outcome.status, status, "{bad} {options:?}: {}", outcome.err);
        assert_eq!(outcome.is_committed(), status == 0);
        assert_eq!(outcome.quarantine.len() as u32, bad);
        assert_eq!(place.is_empty(), status == 3);
    }
}
