//! Whole loads of one table: files in, columns, faults and reports out.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::model::civil::{day_from_civil, format_day, format_instant};
use crate::model::{ColumnType, DECIMAL_ONE, RowHasher, SCHEMA, TableDef, TableId};

/// What a load gave, with cells as text.
#[derive(Debug)]
struct Loaded {
    table: &'static TableDef,
    rows: Vec<Vec<Option<String>>>,
    hashes: Vec<u64>,
    lines: Vec<u64>,
    faults: Vec<Fault>,
    outcome: TableOutcome,
}

impl Loaded {
    fn column(&self, name: &str) -> Vec<Option<&str>> {
        let at = self.table.column(name);
        self.rows.iter().map(|row| row[at].as_deref()).collect()
    }

    /// The only row's cell.
    fn cell(&self, name: &str) -> Option<&str> {
        assert_eq!(self.rows.len(), 1, "{:?}", self.faults);
        self.column(name)[0]
    }

    fn reasons(&self) -> Vec<(u64, Option<&'static str>, Reason)> {
        self.faults.iter().map(|f| (f.line, f.column, f.reason)).collect()
    }

    /// The only fault's reason.
    fn reason(&self) -> Reason {
        assert_eq!(self.faults.len(), 1, "{:?} {:?}", self.faults, self.rows);
        self.faults[0].reason
    }
}

/// Files in a folder of their own.
struct Files {
    _folder: TempDir,
    table: TableId,
    files: Vec<SourceFile>,
}

impl Files {
    fn new(table: &str, contents: &[impl AsRef<[u8]>]) -> Files {
        let folder = tempfile::tempdir().unwrap();
        let table = SCHEMA.id(table);
        let write = |(i, content): (usize, &_)| {
            let content: &[u8] = AsRef::<[u8]>::as_ref(content);
            let path = folder.path().join(format!("{i}.csv"));
            fs::write(&path, content).unwrap();
            SourceFile { path, table, compressed: false, bytes: content.len() as u64 }
        };
        let files = contents.iter().enumerate().map(write).collect();
        Files { _folder: folder, table, files }
    }

    fn load(&self, mapping: &str, known: Conventions) -> Result<Loaded, IngestError> {
        let settings = Mapping::from_toml(mapping)?.settings(self.table)?;
        let (mut blocks, mut ends) = (Vec::new(), Vec::new());
        let outcome =
            read_table(self.table, &self.files, &settings, &Targets::default(), known, &(), &mut |event| {
                match event {
                    Event::FileStart(start) => assert_eq!(start.file, ends.len()),
                    Event::Block(block) => blocks.push(block),
                    Event::FileEnd(report) => ends.push(report),
                    Event::Refused(error) => return Err(error),
                }
                Ok(())
            })?;
        let table = SCHEMA.get(self.table);
        let mut loaded = Loaded {
            table,
            rows: vec![],
            hashes: vec![],
            lines: vec![],
            faults: vec![],
            outcome: outcome.clone(),
        };
        let mut read = 0;
        for block in blocks {
            assert_eq!(block.read, block.rows as u64 + block.faults.len() as u64);
            assert_eq!((block.row_hash.len(), block.lines.len()), (block.rows, block.rows));
            read += block.read;
            loaded.rows.extend((0..block.rows).map(|row| texts(table, &block, row)));
            loaded.hashes.extend(&block.row_hash);
            loaded.lines.extend(&block.lines);
            loaded.faults.extend(block.faults);
        }
        assert_eq!(ends, outcome.files);
        assert_eq!(ends.iter().map(|r| r.read).sum::<u64>(), read);
        assert_eq!(ends.iter().map(|r| r.rows + r.faults).sum::<u64>(), read);
        for (file, report) in self.files.iter().zip(&ends) {
            assert_eq!((report.bytes, report.content_hash), (file.bytes, content_hash(&file.path).unwrap()));
        }
        Ok(loaded)
    }
}

fn texts(table: &TableDef, block: &Block, row: usize) -> Vec<Option<String>> {
    let cell = |(def, column): (&crate::model::ColumnDef, &Column)| match column {
        Column::Absent => None,
        Column::Text(text) => {
            assert_eq!(text.len(), block.rows);
            text.get(row).map(|b| String::from_utf8(b.to_vec()).unwrap())
        }
        Column::Number(values) => {
            assert_eq!(values.len(), block.rows);
            let value = values[row];
            (value != NULL).then(|| match def.ty {
                ColumnType::Date => format_day(value as i32),
                ColumnType::Timestamp => format_instant(value),
                ColumnType::Decimal | ColumnType::Money => {
                    crate::model::decimal::format_units(value.into(), 0)
                }
                _ => value.to_string(),
            })
        }
        Column::Moment { micros, date_only } => {
            assert_eq!((micros.len(), date_only.len()), (block.rows, block.rows));
            let text = format_instant(micros[row]);
            (micros[row] != NULL).then(|| if date_only[row] { text[..10].to_string() } else { text })
        }
    };
    table.columns.iter().zip(&block.columns).map(cell).collect()
}

fn load_mapped(table: &str, content: impl AsRef<[u8]>, mapping: &str) -> Result<Loaded, IngestError> {
    Files::new(table, &[content]).load(mapping, Conventions::default())
}

fn load(table: &str, content: impl AsRef<[u8]>) -> Loaded {
    load_mapped(table, content, "").unwrap()
}

fn refused(table: &str, content: impl AsRef<[u8]>) -> String {
    load_mapped(table, content, "").unwrap_err().to_string()
}

/// One row of `columns` of a table: `id,...` and the cells given.
fn one(table: &str, columns: &str, cells: &str, mapping: &str) -> Loaded {
    load_mapped(table, format!("{columns}\n{cells}\n"), mapping).unwrap()
}

const MEETINGS: &str =
    "meeting_id,host_user_id,host_name,meeting_topic,meeting_type,start_time,end_time,duration_minutes";

#[test]
fn cells_become_typed_columns_and_the_hash_is_that_of_the_cells() {
    let text = format!("{MEETINGS}\nM1, U7 ,N/A,,Webinar,2024-01-31 08:03:23,NULL,108 mins\n");
    let loaded = load("meetings", text);
    let row = ["M1", "U7", "N/A", "", "Webinar", "2024-01-31 08:03:23", "", "108"];
    let want: Vec<_> = row.iter().map(|c| (!c.is_empty()).then(|| c.to_string())).collect();
    assert_eq!(loaded.rows, [want]);
    let mut hasher = RowHasher::new();
    for cell in ["M1", "U7", "N/A"] {
        hasher.text(cell.as_bytes());
    }
    hasher.null();
    hasher.text(b"Webinar");
    hasher.number((i64::from(day_from_civil(2024, 1, 31)) * 86_400 + 8 * 3600 + 3 * 60 + 23) * 1_000_000);
    hasher.null();
    hasher.number(108);
    assert_eq!(loaded.hashes, [hasher.finish()]);
}

#[test]
fn a_row_says_the_same_however_its_file_is_written() {
    let whole = load("licenses", "license_id,license_type,start_date,end_date\nL1,Pro,2024-01-31,\n");
    let mut utf16 = vec![0xff, 0xfe];
    let text = "end_date;Start Date;room;LicenceID;license-type\r\n;\"31.01.2024\";x;\"L1\";\" Pro\"\r\n";
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let other = load("licenses", utf16);
    assert_eq!(whole.hashes, other.hashes);
    assert_eq!(whole.rows, other.rows);
    let report = &other.outcome.files[0];
    assert_eq!(report.start.dialect.to_string(), "';', utf-16le with BOM, CRLF");
    assert_eq!(report.extra(), ["room"]);
    assert_eq!(report.missing(), ["license_status", "assigned_user_id", "assigned_user_name"]);
}

#[test]
fn null_is_an_empty_field_and_a_word_where_the_column_allows_it() {
    let loaded = load(
        "users",
        "user_id,user_name,company,plan_type,registration_date\n1,NULL,N/A,N/A,\\N\n2,\"\",,nan,\"\"\n",
    );
    assert_eq!(
        loaded.rows[0][1..],
        ["NULL", "", "", "N/A", ""].map(|c| (!c.is_empty()).then(|| c.to_string()))
    );
    assert_eq!((loaded.column("user_name")[1], loaded.column("company")[1]), (Some(""), None));
    assert_eq!((loaded.column("plan_type")[1], loaded.column("registration_date")[1]), (None, None));
}

#[test]
fn a_faulty_cell_names_file_line_column_value_and_reason() {
    let text = format!(
        "{MEETINGS}\r\nM1,,,,,2024-01-31 08:03:23,,\r\nM2,,,,,soon,,\r\n,,,,,2024-01-31,,\r\nM4,,,,,2024-01-31,,-1\r\n"
    );
    let loaded = load("meetings", &text);
    assert_eq!(
        loaded.reasons(),
        [
            (3, Some("start_time"), Reason::NotADate),
            (4, Some("meeting_id"), Reason::RequiredEmpty),
            (5, Some("duration_minutes"), Reason::BelowMinimum(0)),
        ]
    );
    let fault = &loaded.faults[0];
    assert_eq!((fault.value.as_str(), fault.raw.as_slice()), ("soon", b"M2,,,,,soon,,".as_slice()));
    assert_eq!(fault.byte_offset as usize, text.find("M2").unwrap());
    assert_eq!(loaded.lines, [2]);
}

#[test]
fn rows_of_the_wrong_shape_are_faults_with_their_raw_line() {
    let mut text =
        b"user_id,company\n1,a,b\n2\n3,\"a\"b\n4,a\0b\n5,caf\xe9\n6,\x81\xff\n7,ok,\n8,ok\n\n   \n,\n"
            .to_vec();
    text.extend(format!("9,\"{}\"\n", "x".repeat((1 << 20) + 1)).into_bytes());
    let loaded = load("users", &text);
    let at = |needle: &[u8]| text.windows(needle.len()).position(|w| w == needle).unwrap() as u64;
    assert_eq!(
        loaded.reasons(),
        [
            (2, None, Reason::FieldCount { found: 3, expected: 2 }),
            (3, None, Reason::FieldCount { found: 1, expected: 2 }),
            (4, None, Reason::TextAfterQuote),
            (5, None, Reason::NulByte),
            (6, None, Reason::NotUtf8 { byte_offset: at(b"\xe9"), windows_1252: true }),
            (7, None, Reason::NotUtf8 { byte_offset: at(b"\x81"), windows_1252: false }),
            (12, Some("user_id"), Reason::RequiredEmpty),
            (13, None, Reason::FieldTooLong),
        ]
    );
    assert_eq!(loaded.faults[4].raw, b"5,caf\xe9");
    assert_eq!(loaded.faults[7].raw.len(), 10 << 10);
    assert_eq!(loaded.column("user_id"), [Some("7"), Some("8")]);
    assert_eq!(loaded.outcome.notes.trailing_delimiters, 1);
    let fixed = load_mapped("users", b"user_id,company\n5,caf\xe9\n", "[users]\nencoding = \"windows-1252\"")
        .unwrap();
    assert_eq!(fixed.cell("company"), Some("café"));
}

#[test]
fn a_row_without_any_value_is_a_fault() {
    let loaded = load("attendees", "attendee_id,meeting_id,user_id\nA1,M1,\n,,\n,M1,\n");
    assert_eq!(loaded.reasons(), [(3, None, Reason::EmptyRow)]);
}

#[test]
fn an_unterminated_quote_swallows_nothing() {
    let loaded = load("users", "user_id,company\n1,a\n2,\"b\n3,c\n\n4,d\n");
    let reason = Reason::UnterminatedQuote { line: 3 };
    assert_eq!(loaded.reasons(), [(3, None, reason), (4, None, reason), (6, None, reason)]);
    assert_eq!(loaded.column("user_id"), [Some("1")]);
    assert_eq!(loaded.faults[1].raw, b"3,c");
}

#[test]
fn rows_that_a_misplaced_quote_swallows_are_counted_one_by_one() {
    let loaded = load("users", "user_id,company\n1,a\n2,\"b\n3,c\n4,\"d\"\n5,e\n");
    let reason = Reason::TextAfterQuote;
    assert_eq!(loaded.reasons(), [(3, None, reason), (4, None, reason), (5, None, reason)]);
    assert_eq!(loaded.column("user_id"), [Some("1"), Some("5")]);
}

#[test]
fn concatenated_exports_are_one_file() {
    let loaded = load(
        "users",
        "user_id,company\n1,a\n\u{feff}user_id,company\n2,b\n\n\u{feff}\"user_id\",\"company\"\r\n3,c",
    );
    assert_eq!(loaded.column("user_id"), [Some("1"), Some("2"), Some("3")]);
    assert_eq!(loaded.lines, [2, 4, 7]);
    assert_eq!(loaded.outcome.notes.repeated_headers, 2);
    let message = refused("users", "user_id,company\n1,a\ncompany,user_id\nb,2\n");
    assert!(message.contains("line 3 holds another header"), "{message}");
}

#[test]
fn files_that_hold_no_rows_are_told_apart() {
    assert!(load("users", "user_id,company\n").outcome.files[0].is_header_only());
    assert!(refused("users", "").contains("is empty"));
    assert!(refused("users", "\n \r\n\n").contains("only blank lines"));
    assert!(refused("users", "\u{feff}").contains("only blank lines"));
}

#[test]
fn keys_are_trimmed_and_guids_ignore_case() {
    let loaded = load(
        "support_tickets",
        "ticket_id,user_id,open_date\n\u{a0}T-1\u{200b},6F9619FF-8B86-D011-B42D-00C04FC964FF,2024-01-31\n",
    );
    assert_eq!(loaded.cell("ticket_id"), Some("T-1"));
    assert_eq!(loaded.cell("user_id"), Some("6f9619ff-8b86-d011-b42d-00c04fc964ff"));
    assert_eq!(loaded.outcome.notes.odd_blanks, 1);
    let faulty = one("users", "user_id,company", "1.23E+15,a", "");
    assert_eq!(faulty.reason(), Reason::Scientific);
}

#[test]
fn a_name_without_its_row_is_no_key() {
    let loaded = one("orders", "Id,CreatedDate,OrganizationName", "1,2024-01-31, Acme AS ", "");
    assert_eq!(loaded.cell("OrganizationId"), None);
    let names: Vec<_> = loaded.outcome.notes.no_such_name.values.into_iter().collect();
    assert_eq!(names, [(("OrganizationId", "Acme AS".to_string()), 1)]);
    assert_eq!(loaded.outcome.files[0].start.header.by_name, [loaded.table.column("OrganizationId")]);
}

#[test]
fn categories_keep_their_text_and_strangers_are_counted() {
    let loaded = load(
        "orders",
        "Id,CreatedDate,Status\n1,2024-01-31,1\n2,2024-01-31,completed\n3,2024-01-31, Lost \n4,2024-01-31,Lost\n",
    );
    assert_eq!(loaded.column("Status"), [Some("Completed"), Some("completed"), Some("Lost"), Some("Lost")]);
    let outside: Vec<_> = loaded.outcome.notes.outside_domain.values.into_iter().collect();
    assert_eq!(outside, [(("Status", "Lost".to_string()), 2)]);
}

#[test]
fn a_missing_currency_is_that_of_the_mapping() {
    let text = "event_id,amount,currency\n1,5,nok\n2,5,\n";
    assert_eq!(load("billing_events", text).column("currency"), [Some("NOK"), Some("XXX")]);
    let mapped =
        load_mapped("billing_events", "event_id,amount\n1,5\n", "[defaults]\ncurrency = \"SEK\"").unwrap();
    assert_eq!(mapped.cell("currency"), Some("SEK"));
    let said = load("billing_events", "event_id,amount,currency\n1,5,SEK\n");
    assert_eq!(mapped.hashes, said.hashes);
    assert_eq!(load("billing_events", "event_id,currency\n1,euro\n").reason(), Reason::NotACurrency);
}

#[test]
fn attributes_and_booleans_are_checked() {
    let columns = "Id,IsPrimary,Identification";
    let loaded = one("subscriber_contacts", columns, "1,YES,\"[{\"\"a\"\":\"\"b\"\"}]\"", "");
    assert_eq!(
        (loaded.cell("IsPrimary"), loaded.cell("Identification")),
        (Some("1"), Some("[{\"a\":\"b\"}]"))
    );
    assert_eq!(one("subscriber_contacts", columns, "1,maybe,", "").reason(), Reason::NotABoolean);
    assert_eq!(one("subscriber_contacts", columns, "1,,{}", "").reason(), Reason::NotAttributes);
}

#[test]
fn one_column_may_not_be_earlier_than_another() {
    let columns = "ticket_id,open_date,close_date";
    let oslo = "[support_tickets]\ntime_zone = \"Europe/Oslo\"";
    let before = Reason::BeforeOther("open_date");
    for (open, close, fine) in [
        ("2024-01-31", "2024-01-30", false),
        ("2024-01-31", "2024-01-31", true),
        ("2024-01-31 10:00", "2024-01-31 09:59", false),
        ("2024-01-31 10:00", "2024-01-31", true),
        ("2024-01-31 10:00", "2024-01-30", false),
        ("2024-01-31", "2024-01-31 00:30", true),
        // In Oslo it is the 31st already.
        ("2024-01-31", "2024-01-30T23:30:00Z", true),
        ("2024-01-31", "2024-01-30T22:30:00Z", false),
        ("2024-01-31", "", true),
    ] {
        let loaded = one("support_tickets", columns, &format!("T,{open},{close}"), oslo);
        let reasons: Vec<_> = loaded.faults.iter().map(|f| f.reason).collect();
        assert_eq!(reasons, if fine { vec![] } else { vec![before] }, "{open} {close}");
    }
    let loaded = one("licenses", "license_id,start_date,end_date", "L,2024-01-31,2024-01-30", "");
    assert_eq!(loaded.reason(), Reason::BeforeOther("start_date"));
    assert_eq!(loaded.faults[0].value, "2024-01-30");
}

#[test]
fn dates_and_instants_follow_the_source_zone() {
    let oslo = "[defaults]\ntime_zone = \"Europe/Oslo\"";
    let columns = "ticket_id,open_date,close_date";
    let loaded = one("support_tickets", columns, "T,2024-07-01,2024-07-01 12:00", oslo);
    assert_eq!(
        (loaded.cell("open_date"), loaded.cell("close_date")),
        (Some("2024-07-01"), Some("2024-07-01 10:00:00"))
    );
    let loaded = one("meetings", "meeting_id,start_time,end_time", "M,2024-07-01,2024-03-31 02:30", oslo);
    assert_eq!(loaded.cell("start_time"), Some("2024-06-30 22:00:00"));
    assert_eq!(
        (loaded.cell("end_time"), loaded.outcome.notes.skipped_times),
        (Some("2024-03-31 01:30:00"), 1)
    );
    let loaded = one("meetings", "meeting_id,start_time", "M,2024-10-27 02:30", oslo);
    assert_eq!(
        (loaded.cell("start_time"), loaded.outcome.notes.repeated_times),
        (Some("2024-10-27 00:30:00"), 1)
    );
    for (text, day) in [
        ("2024-07-01 23:30", "2024-07-01"),
        ("2024-07-01T23:30:00Z", "2024-07-02"),
        ("2024-07-01 00:30:00 +05:00", "2024-06-30"),
    ] {
        let loaded = one("users", "user_id,registration_date", &format!("1,{text}"), oslo);
        assert_eq!(loaded.cell("registration_date"), Some(day), "{text}");
    }
}

fn dates(files: &[&str], mapping: &str, known: Option<DateOrder>) -> Result<Loaded, IngestError> {
    let files: Vec<String> = files
        .iter()
        .map(|cells| {
            let rows: String =
                cells.split(' ').enumerate().map(|(i, cell)| format!("{i},{cell}\n")).collect();
            format!("user_id,registration_date\n{rows}")
        })
        .collect();
    Files::new("users", &files).load(mapping, Conventions { date_order: known })
}

#[test]
fn the_order_of_day_and_month_is_that_of_the_whole_load() {
    // Only the last value of the last file decides.
    let loaded = dates(&["05/06/2024 2024-01-31", "01/02/2024 27/08/2024"], "", None).unwrap();
    let days = [Some("2024-06-05"), Some("2024-01-31"), Some("2024-02-01"), Some("2024-08-27")];
    assert_eq!(loaded.column("registration_date"), days);
    assert_eq!(loaded.outcome.conventions.date_order, Some(DateOrder::DayFirst));
    let loaded = dates(&["05/06/2024", "08/27/2024"], "", None).unwrap();
    assert_eq!(loaded.column("registration_date"), [Some("2024-05-06"), Some("2024-08-27")]);
    assert_eq!(loaded.outcome.conventions.date_order, Some(DateOrder::MonthFirst));
}

#[test]
fn an_order_that_nothing_decides_refuses_the_load() {
    let message = dates(&["05/05/2024 2024-01-31 05/06/2024"], "", None).unwrap_err().to_string();
    assert!(message.contains("line 4: registration_date '05/06/2024'"), "{message}");
    assert!(message.contains("say date_order"), "{message}");
    // As many on both sides decide nothing.
    assert!(dates(&["27/08/2024 08/27/2024 05/06/2024"], "", None).is_err());
    // Where the order does not matter, nothing needs deciding.
    let loaded = dates(&["05/05/2024 2024-01-31"], "", None).unwrap();
    assert_eq!((loaded.rows.len(), loaded.outcome.conventions.date_order), (2, None));
}

#[test]
fn a_kept_order_holds_and_contradictions_are_faults() {
    let loaded = dates(&["05/06/2024 08/27/2024"], "", Some(DateOrder::DayFirst)).unwrap();
    assert_eq!(loaded.column("registration_date"), [Some("2024-06-05")]);
    assert_eq!(loaded.reason(), Reason::OrderContradicted(DateOrder::DayFirst));
    let loaded =
        dates(&["05/06/2024"], "[users]\ndate_order = \"month_first\"", Some(DateOrder::DayFirst)).unwrap();
    assert_eq!(loaded.cell("registration_date"), Some("2024-05-06"));
    assert_eq!(loaded.outcome.conventions.date_order, Some(DateOrder::MonthFirst));
    let loaded = dates(&["27/08/2024 26/08/2024 08/27/2024"], "", None).unwrap();
    assert_eq!(
        loaded.reasons(),
        [(4, Some("registration_date"), Reason::OrderContradicted(DateOrder::DayFirst))]
    );
}

fn amounts(files: &[&str], mapping: &str) -> Loaded {
    let files: Vec<String> = files
        .iter()
        .map(|cells| {
            let rows: String =
                cells.split('_').enumerate().map(|(i, cell)| format!("{i};{cell}\n")).collect();
            format!("event_id;amount\n{rows}")
        })
        .collect();
    Files::new("billing_events", &files).load(mapping, Conventions::default()).unwrap()
}

#[test]
fn a_decimal_comma_needs_every_value_to_agree_and_one_to_decide() {
    let read = |files: &[&str]| {
        let loaded = amounts(files, "");
        // Missing cells are left out.
        let cells: Vec<_> = loaded.column("amount").into_iter().flatten().collect();
        (cells.join(" "), loaded.faults.iter().map(|f| f.reason).collect::<Vec<_>>())
    };
    let comma = Reason::DecimalComma;
    for (files, cells, faults) in [
        (&["1.234_7", "12,5_1 234,50"][..], "1234 7 12.5 1234.5", vec![]),
        (&["1.234_50.21", "12,5"], "1.234 50.21", vec![comma]),
        (&["50.21_12,5"], "50.21", vec![comma]),
        (&["12,5_50.21"], "50.21", vec![comma]),
        (&["1.234_7"], "1.234 7", vec![]),
        (&["1,234_7"], "7", vec![comma]),
        (&["1 234_7"], "7", vec![Reason::NumberForm]),
        (&["12,5_abc"], "12.5", vec![Reason::NotANumber]),
        (&["12,5_n/a_"], "12.5", vec![]),
    ] {
        let (got, reasons) = read(files);
        assert_eq!((got.as_str(), reasons), (cells, faults), "{files:?}");
    }
}

#[test]
fn the_mapping_says_how_numbers_are_written() {
    let loaded = amounts(&["1.234_50,21"], "[billing_events]\ndecimal_comma = true");
    assert_eq!(loaded.column("amount"), [Some("1234"), Some("50.21")]);
    let loaded = amounts(&["12,5_1.234"], "[billing_events]\ndecimal_comma = false");
    assert_eq!((loaded.column("amount"), loaded.reason()), (vec![Some("1.234")], Reason::DecimalComma));
    let loaded = amounts(&["1,234.50"], "[billing_events]\nthousands = \",\"");
    assert_eq!(loaded.cell("amount"), Some("1234.5"));
}

#[test]
fn what_the_end_of_a_long_load_tells_holds_from_its_beginning() {
    let long = |first: &str, last: &str| {
        let mut text = String::from("event_id;amount;transaction_date\n");
        for i in 0..1_500_000 {
            text.push_str(&format!("{i};{first}\n"));
        }
        text + last + "\n"
    };
    assert!(long("1.234;", "").len() > 20 << 20);
    let loaded = load("billing_events", long("1.234;05/06/2024", "x;12,5;27/08/2024"));
    assert_eq!(loaded.faults, []);
    assert!(loaded.column("amount")[..1_500_000].iter().all(|c| *c == Some("1234")));
    assert!(loaded.column("transaction_date")[..1_500_000].iter().all(|c| *c == Some("2024-06-05")));
    let last = (loaded.lines.last().copied(), loaded.rows.last().unwrap()[0].as_deref());
    assert_eq!(last, (Some(1_500_002), Some("x")));
}

#[test]
fn numbers_are_exact_or_faults() {
    let amount = |cell: &str| one("billing_events", "event_id,amount", &format!("1,\"{cell}\""), "");
    assert_eq!(amount("-50.2100000").cell("amount"), Some("-50.21"));
    for (cell, reason) in [
        ("1.23456", Reason::TooManyDecimals),
        ("99999999999999999999", Reason::OutOfRange),
        ("1.5E+3", Reason::Scientific),
        ("$12.00", Reason::NumberForm),
        ("Infinity", Reason::NotANumber),
    ] {
        assert_eq!(amount(cell).reason(), reason, "{cell}");
    }
    let loaded = one("features_usage", "usage_id,usage_count,usage_duration", "1,007,90.5 min", "");
    assert_eq!((loaded.cell("usage_count"), loaded.cell("usage_duration")), (Some("7"), Some("90.5")));
    let fraction = one("features_usage", "usage_id,usage_duration", "1,-0.0001", "");
    assert_eq!(fraction.reason(), Reason::BelowMinimum(0));
    assert_eq!(DECIMAL_ONE, 10_000);
}

#[test]
fn the_mapping_gives_constants_values_nulls_and_serial_times() {
    let mapping = r#"
        [support_tickets]
        skip = 2
        delimiter = ":"
        columns = { "Nr" = "ticket_id" }
        ignore = ["status"]
        constants = { priority_level = "High" }
        values.ticket_type = { "BUG" = "Defect", "?" = "" }
        nulls = ["-"]
        formats = { open_date = "epoch_seconds" }
    "#;
    let text = "Report\n\nNr:status:Type:description:open_date\n1:x: bug :-:1706688203\n2:x:?:-x:45\n";
    let loaded = load_mapped("support_tickets", text, mapping).unwrap();
    assert_eq!(loaded.column("ticket_id"), [Some("1"), Some("2")]);
    assert_eq!(loaded.column("ticket_type"), [Some("Defect"), None]);
    assert_eq!(loaded.column("description"), [None, Some("-x")]);
    assert_eq!(loaded.column("priority_level"), [Some("High"); 2]);
    assert_eq!(loaded.column("open_date"), [Some("2024-01-31 08:03:23"), Some("1970-01-01 00:00:45")]);
    assert_eq!(loaded.column("resolution_status"), [None; 2]);
    assert_eq!(loaded.lines, [4, 5]);
    let missing = loaded.outcome.files[0].missing();
    assert_eq!(missing, ["user_id", "resolution_status", "close_date"]);
}

#[test]
fn lone_carriage_returns_and_mixed_line_ends_are_read() {
    let loaded = load("users", "user_id,company\r1,a\r2,\"b\rc\"\r\n3,d\n4,e");
    assert_eq!(loaded.column("user_id"), [Some("1"), Some("2"), Some("3"), Some("4")]);
    assert_eq!(loaded.lines, [2, 3, 5, 6]);
    assert_eq!(loaded.column("company")[1], Some("b\rc"));
}

#[test]
fn the_consumers_error_ends_the_load() {
    let files = Files::new("users", &["user_id\n1\n"]);
    let stop = |_: Event| Err(IngestError::Sink("the disk is full".into()));
    let settings = Settings::default();
    let result = read_table(
        files.table,
        &files.files,
        &settings,
        &Targets::default(),
        Conventions::default(),
        &(),
        &mut { stop },
    );
    assert_eq!(result.unwrap_err().to_string(), "the disk is full");
}

#[test]
fn a_missing_file_is_named() {
    let table = SCHEMA.id("users");
    let file = SourceFile { path: PathBuf::from("/no/such.csv"), table, compressed: false, bytes: 0 };
    let result = read_table(
        table,
        &[file],
        &Settings::default(),
        &Targets::default(),
        Conventions::default(),
        &(),
        &mut |event| match event {
            Event::Refused(error) => Err(error),
            _ => Ok(()),
        },
    );
    assert!(result.unwrap_err().to_string().starts_with("cannot read /no/such.csv"));
}

/// A line of a tickets export that is right, wrong, or barely a line.
fn dirty_line() -> impl Strategy<Value = String> {
    let cell = prop_oneof![
        20 => "[a-z0-9]{0,6}",
        20 => Just("2024-01-31".to_string()),
        10 => Just("2024-01-31 08:03:23".to_string()),
        10 => Just("\"quoted, \"\"text\"\"\nwith break\"".to_string()),
        3 => Just("\"open".to_string()),
        5 => Just("sharp\"edge".to_string()),
        1 => Just("\0".to_string()),
        5 => Just("\u{a0}NULL ".to_string()),
    ];
    let end = prop_oneof![4 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r"), 1 => Just("\n\n")];
    (proptest::collection::vec(cell, 1..6), end).prop_map(|(cells, end)| cells.join(",") + end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a file holds, every record is a row or a fault, and a fault's raw text stands where it
    /// says (the loader of these tests compares the counts).
    #[test]
    fn every_record_is_a_row_or_a_fault(lines in proptest::collection::vec(dirty_line(), 0..30)) {
        let text = format!("ticket_id,user_id,open_date,description\n{}", lines.concat());
        let loaded = load("support_tickets", &text);
        for fault in &loaded.faults {
            let at = &text.as_bytes()[fault.byte_offset as usize..];
            prop_assert!(at.starts_with(&fault.raw), "{:?}", fault);
            let lines = records::count_lines(&text.as_bytes()[..fault.byte_offset as usize]);
            prop_assert_eq!(fault.line, lines + 1);
        }
    }

    /// No bytes make the reader panic or miscount, in any encoding.
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b'1'), Just(b'-')],
            0..600,
        ),
        encoding in prop_oneof![Just("utf-8"), Just("windows-1252"), Just("utf-16le")],
        header: bool,
    ) {
        let mut content = if header { b"Id,Amount,StartTime,Type\n".to_vec() } else { Vec::new() };
        content.extend(bytes);
        let mapping = format!("[defaults]\nencoding = \"{encoding}\"\ndate_order = \"day_first\"");
        match load_mapped("account_transactions", content, &mapping) {
            Ok(loaded) => prop_assert!(header || loaded.rows.is_empty()),
            Err(error) => prop_assert!(matches!(error, IngestError::Refused { .. }), "{error}"),
        }
    }

    /// The same rows say the same in one file and in many.
    #[test]
    fn the_split_into_files_changes_nothing(
        lines in proptest::collection::vec("[a-z0-9]{1,8},[a-z\u{a0} ]{0,9},2024-0[1-9]-[0-3][0-9]\n", 1..40),
        files in 1usize..5,
    ) {
        let header = "ticket_id,description,open_date\n";
        let whole = load("support_tickets", format!("{header}{}", lines.concat()));
        let parts: Vec<String> =
            lines.chunks(lines.len().div_ceil(files)).map(|part| format!("{header}{}", part.concat())).collect();
        let split = Files::new("support_tickets", &parts).load("", Conventions::default()).unwrap();
        prop_assert_eq!(&whole.hashes, &split.hashes);
        prop_assert_eq!(&whole.rows, &split.rows);
        prop_assert_eq!(whole.faults.len(), split.faults.len());
    }
}
