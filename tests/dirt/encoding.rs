//! Bytes that are not the text they should be, or blanks and controls that nobody sees.

use serde_json::json;

use crate::place::{ANY, Place, utf16};

const HEADER: &str = "user_id,company,registration_date\n";

/// The sign-ups of a company, which a query finds only by its exact name.
fn sign_ups(place: &Place, company: &str) -> serde_json::Value {
    let filter = format!("company = '{company}'");
    place.rows(&["signups", "--every", "all", "--where", &filter])[0][0].clone()
}

#[test]
fn every_encoding_gives_the_same_rows() {
    let text = format!("{HEADER}U1,Blåbær €,2024-01-02\r\nU2,Ærlig,2024-01-03\r\n");
    let plain = Place::with("users.csv", &text);
    let snapshot = plain.load(&[]).report["snapshot"].clone();
    let big_endian: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let windows: Vec<u8> = text
        .chars()
        .map(|c| match c {
            '€' => 0x80,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    for (bytes, mapping, dialect) in [
        (format!("\u{feff}{text}").into_bytes(), "", "utf-8 with BOM"),
        (utf16(&text), "", "utf-16le with BOM"),
        (big_endian, "", "utf-16be with BOM"),
        (text.encode_utf16().flat_map(u16::to_le_bytes).collect(), "encoding = \"utf-16le\"", "utf-16le"),
        (windows, "encoding = \"windows-1252\"", "windows-1252"),
    ] {
        let place = Place::with("users.csv", bytes);
        let outcome = match mapping {
            "" => place.load(&[]),
            _ => place.load_mapped(&format!("[users]\n{mapping}\n"), &[]),
        };
        assert_eq!(outcome.counts("users"), [2, 2, 0, 0, 0], "{dialect}");
        let said = outcome.file("users", 0)["dialect"].as_str().unwrap();
        assert!(said.contains(&format!(", {dialect},")), "{said}");
        assert_eq!(sign_ups(&place, "Blåbær €"), 1, "{dialect}");
        if mapping.is_empty() {
            assert_eq!(outcome.report["snapshot"], snapshot, "{dialect}");
        }
    }
}

#[test]
fn a_row_that_is_no_text_is_put_aside_with_its_place() {
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend(b"U1,caf\xe9,\nU2,\xc3\xa9,\nU3,\x81\xff,\nU4,a\0b,\nU5,\xed\xa0\x80,\nU6,half \xc3\n");
    let outcome = Place::with("users.csv", &bytes).load(ANY);
    assert_eq!(outcome.counts("users"), [6, 1, 0, 5, 0]);
    let told: Vec<(&str, bool)> = outcome
        .quarantine
        .iter()
        .map(|p| (p.reason.as_str(), p.explanation.contains("encoding = \"windows-1252\"")))
        .collect();
    assert_eq!(told[..3], [("not_utf8", true), ("not_utf8", false), ("nul_byte", false)]);
    for (put, byte) in outcome.quarantine.iter().zip([0xe9, 0x81]) {
        let at = bytes.iter().position(|b| *b == byte).unwrap();
        assert!(put.explanation.contains(&format!("offset {at} ")), "{put:?}");
    }
    let mapped = Place::with("users.csv", bytes);
    let outcome = mapped.load_mapped("[users]\nencoding = \"windows-1252\"\n", ANY);
    assert_eq!(
        outcome.faults("users"),
        [(4, "", "not_utf8"), (5, "", "nul_byte"), (7, "", "wrong_field_count")]
    );
}

#[test]
fn offsets_are_those_of_the_file_in_any_encoding() {
    // The place holds line and offset to the file's own bytes.
    let text = format!("{HEADER}U1,😀 Ærlig,2024-01-02\r\nU2,x,never\r\nU3,é,2024-02-30\r\nU4\r\n");
    let expected = [
        (3, "registration_date", "not_a_date"),
        (4, "registration_date", "no_such_day"),
        (5, "", "wrong_field_count"),
    ];
    let outcome = Place::with("users.csv", utf16(&text)).load(ANY);
    assert_eq!(outcome.faults("users"), expected);
    let windows: Vec<u8> =
        text.replace('😀', "ø").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let outcome = Place::with("users.csv", &windows).load_mapped("[users]\nencoding = \"latin1\"\n", ANY);
    assert_eq!(outcome.faults("users"), expected);
    let at = windows.windows(3).position(|w| w == b"U4\r").unwrap() as u64;
    assert_eq!(outcome.quarantine[2].byte_offset, at);
    let cut = [utf16(HEADER), vec![0x55, 0, 0x31]].concat();
    assert_eq!(Place::with("users.csv", cut).load(ANY).faults("users"), [(2, "", "not_utf8")]);
}

#[test]
fn marks_in_the_middle_are_no_text() {
    let part = format!("\u{feff}{HEADER}U1,Acme,\n");
    let bytes = format!("{part}\u{feff}U2,Birch,\n\u{feff}\"U3\",Cedar,\n{part}\u{feff}\nU4,\u{feff}Dale,\n");
    let place = Place::with("users.csv", bytes);
    let outcome = place.load(&[]);
    assert_eq!(outcome.counts("users"), [5, 4, 0, 0, 1]);
    assert_eq!(outcome.noticed("users", "header lines"), 1);
}

#[test]
fn blanks_that_nobody_sees_are_trimmed_from_keys_and_counted() {
    let rows = "\u{200b}U1\u{a0}, Acme,\nU1,Acme,\n\u{2007}U2\t,\u{3000}Birch \u{200b},\n";
    let place = Place::with("users.csv", format!("{HEADER}{rows}"));
    place.write(
        "billing_events.csv",
        "event_id,user_id,amount,transaction_date\nE1,\u{feff}U2 ,5,2024-01-01\n",
    );
    let outcome = place.load(&[]);
    assert_eq!(outcome.counts("users"), [3, 2, 0, 0, 1]);
    assert_eq!(outcome.noticed("users", "cells with zero-width or no-break blanks"), 3);
    assert_eq!(outcome.noticed("billing_events", "cells with zero-width"), 1);
    assert_eq!(outcome.of("billing_events", "unresolved"), &json!([]));
    let by_company = place.rows(&["revenue", "--every", "all", "--by", "company"]);
    assert_eq!(by_company[0][0], "Birch");
}

#[test]
fn control_characters_are_kept_and_escaped_where_they_would_act() {
    let place = Place::with(
        "users.csv",
        format!("{HEADER}U1,\u{1b}[31mred\u{7},2024-01-02\nU2,\u{202e}gnp,2024-01-02\n"),
    );
    assert_eq!(place.load(&[]).counts("users"), [2, 2, 0, 0, 0]);
    let query = ["signups", "--every", "all", "--by", "company"];
    assert_eq!(place.rows(&query)[0][0], "\u{1b}[31mred\u{7}");
    let table = place.run(&[&["query"], &query[..]].concat());
    assert!(
        table.out.contains("\\u{1b}[31mred\\u{7}") && !table.out.contains(['\u{1b}', '\u{202e}']),
        "{}",
        table.out
    );
}
