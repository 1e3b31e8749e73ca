//! Line ends, quotes, delimiters, and headers where none are expected.

use crate::place::{ANY, Outcome, Place};

/// Loads users; `counts` are those that a careful reader counts in `rows`, and the faults stand on
/// these lines, the header being the first.
#[track_caller]
fn check(rows: &str, counts: [u64; 5], faults: &[(u64, &str)]) -> Outcome {
    let outcome = Place::with("users.csv", format!("user_id,company\n{rows}")).load(ANY);
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    let found: Vec<(u64, &str)> =
        outcome.faults("users").iter().map(|(line, _, reason)| (*line, *reason)).collect();
    assert_eq!((outcome.counts("users"), found.as_slice()), (counts, faults), "{rows:?}");
    outcome
}

/// The message with which a file of users is refused.
fn refusal(text: &str) -> String {
    let place = Place::with("users.csv", text);
    let outcome = place.load(ANY);
    outcome.assert_refused(&["users.csv is refused: "]);
    assert!(place.is_empty());
    outcome.err
}

#[test]
fn every_line_end_ends_a_row() {
    for rows in ["U1,a\nU2,b\nU3,c\n", "U1,a\r\nU2,b\r\nU3,c", "U1,a\rU2,b\rU3,c\r", "U1,a\rU2,b\r\nU3,c\n"] {
        check(rows, [3, 3, 0, 0, 0], &[]);
    }
    check("U1,a\rU2\r\n\nU3\n", [3, 1, 0, 2, 0], &[(3, "wrong_field_count"), (5, "wrong_field_count")]);
    let old_mac = Place::with("users.csv", "user_id,company\rU1,a\rU2,b\r");
    assert_eq!(old_mac.load(&[]).counts("users"), [2, 2, 0, 0, 0]);
}

#[test]
fn blank_lines_are_no_records() {
    check("\nU1,a\n\n\r\n   \n\t\nU2,b\n\u{a0}\n\u{c}\n\u{200b}\n\n", [2, 2, 0, 0, 0], &[]);
    check(
        "U1,a\n,\n ,\n\"\"\n",
        [4, 1, 0, 3, 0],
        &[(3, "required_empty"), (4, "required_empty"), (5, "wrong_field_count")],
    );
    let no_key = Place::with("attendees.csv", "meeting_id,user_id\nM1,\n,\n").load(ANY);
    assert_eq!(no_key.faults("attendees"), [(3, "", "empty_row")]);
}

#[test]
fn quoted_fields_hold_what_they_like() {
    let place = Place::with(
        "users.csv",
        "\"user_id\",\"company\",\"plan\ntype\"\n\"U1\",\"a, \"\"b\"\"\r\nc\",\"Pro\"\nU2,5\" pipe,Pro\nU3,\"\",Pro\n",
    );
    let outcome = place.load(&[]);
    assert_eq!(outcome.counts("users"), [3, 3, 0, 0, 0]);
    let outcome =
        check("\"U1\",\"a\nb\r\nc\rd\"\nU2\n\"U3\", \"x\"\n", [3, 2, 0, 1, 0], &[(6, "wrong_field_count")]);
    assert_eq!(outcome.quarantine[0].raw, b"U2");
}

#[test]
fn a_quote_that_is_never_closed_swallows_nothing() {
    let open = "unterminated_quote";
    check("U1,a\nU2,\"b\nU3,c\n\nU4,d\n", [4, 1, 0, 3, 0], &[(3, open), (4, open), (6, open)]);
    check("U1,a\nU2,\"b", [2, 1, 0, 1, 0], &[(3, open)]);
    check("\"", [1, 0, 0, 1, 0], &[(2, open)]);
    // The quotes are even in number, and two rows have gone into a field all the same.
    let after = "text_after_quote";
    check("U1,a\nU2,\"b\nU3,c\nU4,\"d\"\nU5,e\n", [5, 2, 0, 3, 0], &[(3, after), (4, after), (5, after)]);
    let strict = Place::with("users.csv", "user_id,company\nU1,a\nU2,\"b\nU3,c\n").load(&[]);
    strict.assert_refused(&["2 of 3 rows of users were quarantined", "--max-rejects"]);
    assert!(refusal("user_id,\"company\nU1,a\n").contains("a quote in its header line is never closed"));
}

#[test]
fn quotes_in_the_wrong_place_are_told_apart() {
    check(
        "U1,\"a\"b\nU2,\"a\" \nU3,a\"b\nU4, \"a\"\nU5,\"a\"\"\nb\"\n",
        [5, 4, 0, 1, 0],
        &[(2, "text_after_quote")],
    );
}

#[test]
fn rows_of_another_width_are_put_aside() {
    let outcome = check(
        "U1\nU2,a\nU3,a,b\nU4,a,\nU5,a,,\n",
        [5, 2, 0, 3, 0],
        &[(2, "wrong_field_count"), (4, "wrong_field_count"), (6, "wrong_field_count")],
    );
    assert_eq!(outcome.noticed("users", "rows with a delimiter at the end"), 1);
    assert_eq!(outcome.quarantine[1].explanation, "the row has 3 fields, the header 2");
    let everywhere = Place::with("users.csv", "user_id;company;\nU1;a;\nU2;b\nU3;c;;\nU4;d;x\n").load(ANY);
    assert_eq!(everywhere.counts("users"), [4, 2, 0, 2, 0]);
    assert_eq!(everywhere.file("users", 0)["extra"].as_array().unwrap().len(), 0);
}

#[test]
fn the_delimiter_is_found_or_the_likely_one_named() {
    for (delimiter, says) in [(',', "','"), (';', "';'"), ('\t', "tab"), ('|', "'|'")] {
        let place = Place::with("users.csv", format!("user_id{delimiter}company\nU1{delimiter}a\n"));
        let outcome = place.load(&[]);
        assert_eq!(outcome.counts("users"), [1, 1, 0, 0, 0]);
        assert!(outcome.file("users", 0)["dialect"].as_str().unwrap().starts_with(says));
    }
    let message = refusal("user_id^company\nU1^a\n");
    assert!(message.contains("with '^' between them") && message.contains("delimiter = \"^\""), "{message}");
    let place = Place::with("users.csv", "user_id,company\nU1,a\n");
    place
        .load_mapped("[users]\ndelimiter = \";\"\n", &[])
        .assert_refused(&["delimiter ';'", "with ',' they are"]);
    let caret = Place::with("users.csv", "user_id^company\nU1^a\n");
    assert_eq!(caret.load_mapped("[users]\ndelimiter = \"^\"\n", &[]).counts("users"), [1, 1, 0, 0, 0]);
}

#[test]
fn what_stands_before_the_header_is_passed_over_where_it_is_known() {
    for first in ["sep=;\n", "\"sep=;\"\r\n", "\nSEP=;\n\n"] {
        let outcome = Place::with("users.csv", format!("{first}user_id;company\nU1;a,b\n")).load(&[]);
        assert_eq!(outcome.counts("users"), [1, 1, 0, 0, 0], "{first}");
    }
    assert!(refusal("sep=;\nuser_id,company\nU1,a\n").contains("with ',' they are"));
    let text = "Users of Acme\nMarch; 2024\nuser_id;company\nU1;a\nU2\n";
    assert!(refusal(text).contains("line 3 looks like the header: say skip = 2 in the mapping"));
    let skipped = Place::with("users.csv", text).load_mapped("[users]\nskip = 2\n", ANY);
    assert_eq!(
        (skipped.counts("users"), skipped.faults("users")),
        ([2, 1, 0, 1, 0], vec![(5, "", "wrong_field_count")])
    );
    let beyond = Place::with("users.csv", text).load_mapped("[users]\nskip = 20\n", &[]);
    beyond.assert_refused(&["users.csv is refused", "behind the 20 lines that skip passes over"]);
}

#[test]
fn a_header_that_comes_again_is_no_record() {
    let outcome = check(
        "U1,a\nuser_id,company\nU2,b\n\"user_id\", company\nU3\n",
        [3, 2, 0, 1, 0],
        &[(6, "wrong_field_count")],
    );
    assert_eq!(outcome.noticed("users", "header lines in the middle of a file"), 2);
    assert!(
        refusal("user_id,company\nU1,a\ncompany,user_id\nb,U2\n").contains("line 3 holds another header")
    );
    check("U1,company\nuser_id,x\n", [2, 2, 0, 0, 0], &[]);
}
