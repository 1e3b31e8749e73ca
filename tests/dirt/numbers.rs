//! Numbers as people and spreadsheets write them.

use serde_json::{Value, json};

use crate::place::{ANY, Outcome, Place};

/// An export of payments, one for each amount.
fn payments(amounts: &[&str]) -> String {
    let rows: String = amounts.iter().enumerate().map(|(i, a)| format!("E{i};{a};2024-03-01\n")).collect();
    format!("event_id;amount;transaction_date\n{rows}")
}

fn load(amounts: &[&str], mapping: &str) -> (Place, Outcome) {
    let place = Place::with("billing_events.csv", payments(amounts));
    let outcome = match mapping {
        "" => place.load(ANY),
        _ => place.load_mapped(&format!("[billing_events]\n{mapping}\n"), ANY),
    };
    assert_eq!(outcome.status, 0, "{}", outcome.err);
    (place, outcome)
}

/// The sum of the amounts that were loaded.
fn sum(place: &Place) -> Value {
    place.rows(&["revenue", "--every", "all"])[0][1].clone()
}

/// An amount beside a plain one is put aside for this reason, with these words on what to do.
#[track_caller]
fn check_fault(amount: &str, reason: &str, says: &str) {
    let (place, outcome) = load(&["50.21", amount], "");
    assert_eq!(outcome.counts("billing_events"), [2, 1, 0, 1, 0], "{amount}");
    assert_eq!(outcome.faults("billing_events"), [(3, "amount", reason)], "{amount}");
    let put = &outcome.quarantine[0];
    assert!(put.explanation.contains(says), "{amount}: {}", put.explanation);
    assert_eq!(put.value.trim_start_matches('\''), amount);
    assert_eq!(sum(&place), "50.21");
}

#[test]
fn what_is_no_plain_number_is_put_aside_with_the_setting_that_reads_it() {
    for amount in ["1,5", "1.234,56", "1 234,50", "-3,25"] {
        check_fault(amount, "decimal_comma", "say decimal_comma = true");
    }
    for amount in [
        "1'234.50",
        "1,234.50",
        "1 234.50",
        "$12.00",
        "€12",
        "12 %",
        "(123)",
        "123-",
        "\u{2212}5",
        "12.00 NOK",
        "kr 12.50",
    ] {
        check_fault(amount, "number_form", "say thousands, number_affixes or negative_forms");
    }
    for amount in ["ten", "Inf", "-Infinity", "1e3", "0x10", "1_000", "1.2.3", "--1", "٣", "1/2"] {
        check_fault(amount, "not_a_number", "not a number");
    }
    check_fault("1.5E+3", "scientific_notation", "export the column as text");
}

#[test]
fn numbers_never_wrap_round_or_turn_into_floats() {
    for amount in
        ["99999999999999999999", "922337203685477.5808", "-922337203685477.5808", "10000000000000000000000"]
    {
        check_fault(amount, "number_out_of_range", "too large");
    }
    check_fault("1.23456", "too_many_decimals", "more than four decimals");
    let exact = ["922337203685000.1234", "0.0001", "0.1", "0.2", "1.23450000", "-0", "+5", "007", ".5", "5."];
    let (place, outcome) = load(&exact, "");
    assert_eq!(outcome.counts("billing_events"), [10, 10, 0, 0, 0]);
    assert_eq!(sum(&place), "922337203685019.158");
    let (place, _) = load(&["0.1"; 3], "");
    assert_eq!(sum(&place), "0.30");
}

#[test]
fn a_missing_amount_is_missing_in_every_word() {
    let (place, outcome) = load(&["", "NULL", "NaN", "n/a", "\\N", "\"\"", " ", "7"], "");
    assert_eq!(outcome.counts("billing_events"), [8, 8, 0, 0, 0]);
    assert_eq!(sum(&place), "7.00");
}

#[test]
fn a_decimal_comma_is_found_where_all_agree_and_one_decides() {
    for (amounts, total) in [
        (&["1,5", "1.234,56", "1 234,50", "7", "-3,25"][..], "2474.31"),
        (&["1.234", "12,5"], "1246.50"),
        (&["1.234", "1.235"], "2.469"),
        (&["1\u{a0}234,5", "1"], "1235.50"),
    ] {
        let (place, outcome) = load(amounts, "");
        let n = amounts.len() as u64;
        assert_eq!(outcome.counts("billing_events"), [n, n, 0, 0, 0], "{amounts:?}");
        assert_eq!(sum(&place), total, "{amounts:?}");
    }
    let (place, outcome) = load(&["1,5", "2.5", "1,234"], "");
    assert_eq!(outcome.counts("billing_events"), [3, 1, 0, 2, 0]);
    assert_eq!(sum(&place), "2.50");
}

#[test]
fn the_mapping_reads_what_the_export_writes() {
    for (mapping, amounts, total) in [
        ("decimal_comma = true", &["1.234", "50,21"][..], "1284.21"),
        ("decimal_comma = true\nthousands = \"'\"", &["1'234,5"], "1234.50"),
        ("thousands = \",\"", &["1,234.50", "1,234,567"], "1235801.50"),
        ("thousands = \"'\"", &["1'234.50"], "1234.50"),
        ("thousands = \" \"", &["1 234.50", "1\u{202f}000"], "2234.50"),
        ("number_affixes = [\"$\", \"NOK\", \"%\"]", &["$12.00", "12.00 NOK", "-$2", "12 %"], "34.00"),
        ("negative_forms = true", &["(123)", "123-", "\u{2212}5"], "-251.00"),
    ] {
        let (place, outcome) = load(amounts, mapping);
        let n = amounts.len() as u64;
        assert_eq!(outcome.counts("billing_events"), [n, n, 0, 0, 0], "{mapping}");
        assert_eq!(sum(&place), total, "{mapping}");
    }
    let (_, outcome) = load(&["1.5", "1,5"], "decimal_comma = false");
    assert_eq!(outcome.faults("billing_events"), [(3, "amount", "decimal_comma")]);
}

#[test]
fn whole_numbers_carry_units_and_limits() {
    let rows: String = ["108 mins", "+5", "007", "-1", "1.5", "2 hours", "3.0", "9223372036854775808", "-0"]
        .iter()
        .enumerate()
        .map(|(i, minutes)| format!("M{i},2024-03-01 09:00:00,{minutes}\n"))
        .collect();
    let place = Place::with("meetings.csv", format!("meeting_id,start_time,duration\n{rows}"));
    let outcome = place.load(ANY);
    assert_eq!(outcome.counts("meetings"), [9, 5, 0, 4, 0]);
    let reasons: Vec<&str> = outcome.quarantine.iter().map(|p| p.reason.as_str()).collect();
    assert_eq!(reasons, ["below_minimum", "not_a_whole_number", "unknown_unit", "number_out_of_range"]);
    assert_eq!(place.rows(&["meeting_minutes", "--every", "all"]), json!([[123, 5]]));
}
