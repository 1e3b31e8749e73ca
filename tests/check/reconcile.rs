//! Are shipped KPI tables compared line by line, by keys, at the days of each organization?

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Edit::{Add, Drop};
use crate::Store;
use crate::clean::{BILLING, File};

/// Lines compared, lines that differ, and what differs, for each shipped table.
fn reconciled(store: &Store, args: &[&str]) -> BTreeMap<String, (u64, u64, Value)> {
    let check = store.check(&[&["--reconcile"], args].concat());
    let table = |t: &Value| {
        let counts = (t["compared"].as_u64().unwrap(), t["differing"].as_u64().unwrap());
        (t["name"].as_str().unwrap().to_owned(), (counts.0, counts.1, t["lines"].clone()))
    };
    check["shipped"].as_array().unwrap().iter().map(table).collect()
}

#[test]
fn agreeing_tables_agree() {
    let store = Store::with(BILLING, &[]);
    let found = reconciled(&store, &[]);
    // The balance of S1 is 0 and not shipped; it is a line all the same.
    let counts = [
        ("daily_paid_amounts", 1),
        ("order_amounts", 4),
        ("order_completed_amounts", 2),
        ("subscriber_amounts", 2),
    ];
    for (table, compared) in counts {
        assert_eq!(found[table], (compared, 0, json!([])), "{table}");
    }
    assert_eq!(found.len(), counts.len());
    let done = store.run(&["check", "--reconcile"]);
    assert_eq!(done.status, 0, "{}", done.err);
    assert!(done.err.ends_with("; 0 of 9 shipped lines differ\n"), "{}", done.err);
    assert!(
        done.out.contains("✓ order_amounts: 4 lines compared, all agree with the rows\n"),
        "{}",
        done.out
    );
}

#[test]
fn lines_that_differ_are_listed() {
    const AMOUNTS: &str = "order.OrderAmounts.csv";
    const PAID: &str = "payment.DailyPaidAmounts.csv";
    let edits = [
        Drop(AMOUNTS, "O1,2025-02-01,2,"),
        Drop(AMOUNTS, "O2,2025-03-01,InProgress,"),
        // The amount agrees, the number does not.
        Add(AMOUNTS, "O2,2025-03-01,InProgress,EUR,35.50,3"),
        Add(AMOUNTS, "O2,2025-03-02,Rejected,EUR,0.01,0"),
        // Two lines with one key are one.
        Add(AMOUNTS, "O1,2025-02-01,COMPLETED,nok,0.00,0"),
        // The day in UTC, which is not that in Oslo.
        Drop(PAID, "O1,"),
        Add(PAID, "O1,2025-01-10,NOK,110.00"),
    ];
    let store = Store::with(BILLING, &edits);
    let found = reconciled(&store, &[]);
    let line = |organization, date, status, currency, measure, figures: [Value; 3]| {
        let [expected, shipped, difference] = figures;
        json!({
            "OrganizationId": organization, "Date": date, "Status": status, "Currency": currency,
            "measure": measure, "expected": expected, "shipped": shipped, "difference": difference,
        })
    };
    let money = |expected, shipped, difference| [json!(expected), json!(shipped), json!(difference)];
    assert_eq!(
        found["order_amounts"],
        (
            5,
            3,
            json!([
                line("O1", "2025-02-01", "Cancelled", "NOK", "Amount", money("40.00", "0.00", "-40.00")),
                line("O1", "2025-02-01", "Cancelled", "NOK", "Orders", [json!(1), json!(0), json!(-1)]),
                line("O2", "2025-03-01", "InProgress", "EUR", "Orders", [json!(2), json!(3), json!(1)]),
                line("O2", "2025-03-02", "Rejected", "EUR", "Amount", money("0.00", "0.01", "0.01")),
            ])
        )
    );
    let paid: Vec<(&str, &str, &str)> = found["daily_paid_amounts"]
        .2
        .as_array()
        .unwrap()
        .iter()
        .map(|l| {
            (l["Date"].as_str().unwrap(), l["expected"].as_str().unwrap(), l["shipped"].as_str().unwrap())
        })
        .collect();
    assert_eq!(paid, [("2025-01-10", "0.00", "110.00"), ("2025-01-11", "110.00", "0.00")]);
    let done = store.run(&["check", "--reconcile"]);
    assert_eq!(done.status, 4);
    assert!(done.err.contains("5 of 11 shipped lines differ"), "{}", done.err);
    assert!(done.out.contains("✗ order_amounts: 3 of 5 lines differ from the rows\n"), "{}", done.out);
    // Without being asked, nothing is compared.
    assert_eq!(store.run(&["check"]).status, 0);
}

#[test]
fn organizations_of_one_name_are_kept_apart() {
    let edits = [
        Add("dbo.Organizations.csv", "O3,North,Europe/Oslo"),
        Add("payment.Payments.csv", "Y30,,,O3,,2025-01-10 23:15:00,,7.00,NOK,OCR,,Completed"),
        Add("payment.DailyPaidAmounts.csv", "O3,2025-01-11,NOK,6.00"),
    ];
    let found = reconciled(&Store::with(BILLING, &edits), &[]);
    let (compared, differing, lines) = &found["daily_paid_amounts"];
    assert_eq!((*compared, *differing), (2, 1));
    assert_eq!((&lines[0]["OrganizationId"], &lines[0]["expected"]), (&json!("O3"), &json!("7.00")));
}

#[test]
fn what_cannot_be_told_is_a_line_of_its_own() {
    // No organization, one that is not there, one whose zone is not known: days in UTC.
    let edits = [
        Add("dbo.Organizations.csv", "O4,West,Mars/Base"),
        Add("payment.Payments.csv", "Y31,,,,,2025-01-10 23:15:00,,1.00,NOK,OCR,,Completed"),
        Add("payment.Payments.csv", "Y32,,,O9,,2025-01-10 23:15:00,,2.00,NOK,OCR,,completed"),
        Add("payment.Payments.csv", "Y33,,,O4,,2025-01-10 23:15:00,,3.00,,OCR,,Completed"),
        // Neither a day nor a completed payment.
        Add("payment.Payments.csv", "Y34,,,O1,,,,9.00,NOK,OCR,,Completed"),
        Add("payment.Payments.csv", "Y35,,,O1,,2025-01-10 23:15:00,,9.00,NOK,OCR,,AwaitingApproval"),
        Add("payment.DailyPaidAmounts.csv", ",2025-01-10,NOK,1.00"),
        Add("payment.DailyPaidAmounts.csv", "O9,2025-01-10,NOK,2.00"),
        Add("payment.DailyPaidAmounts.csv", "O4,2025-01-10,XXX,3.00"),
    ];
    let found = reconciled(&Store::with(BILLING, &edits), &[]);
    assert_eq!(found["daily_paid_amounts"], (4, 0, json!([])));
}

#[test]
fn balances_are_those_at_as_of() {
    let store = Store::with(BILLING, &[]);
    let found = reconciled(&store, &["--as-of", "2025-01-09"]);
    // S1 has not paid yet, and nothing is charged to S2 before February.
    let (compared, differing, lines) = &found["subscriber_amounts"];
    assert_eq!((*compared, *differing), (2, 2));
    let figures: Vec<[&Value; 3]> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|l| [&l["SubscriberId"], &l["expected"], &l["shipped"]])
        .collect();
    assert_eq!(
        figures,
        [[&json!("S1"), &json!("110.00"), &json!("0.00")], [&json!("S2"), &json!("0.00"), &json!("50.00")]]
    );
    // Days after as_of are not compared, on neither side.
    assert_eq!(found["order_amounts"], (0, 0, json!([])));
    assert_eq!(found["daily_paid_amounts"], (0, 0, json!([])));
}

#[test]
fn what_is_not_there_is_not_compared() {
    let keep = |name: &str| !name.contains("Payments.csv") && !name.contains("OrderAmounts");
    let mut files: Vec<File> = BILLING.iter().copied().filter(|(name, _)| keep(name)).collect();
    // Shipped without counts: only amounts are compared.
    let counts = "OrganizationId,Date,Currency,Amount\nO1,2025-02-02,NOK,60.00\nO2,2025-03-03,EUR,70.00\n";
    files.retain(|(name, _)| !name.contains("OrderCompletedAmounts"));
    files.push(("order.OrderCompletedAmounts.csv", counts));
    let store = Store::with(&files, &[]);
    let check = store.check(&["--reconcile"]);
    let lacks: Vec<(&Value, &Value)> =
        check["shipped"].as_array().unwrap().iter().map(|t| (&t["name"], &t["lacks"])).collect();
    assert_eq!(
        lacks,
        [
            (&json!("subscriber_amounts"), &json!([])),
            (&json!("order_amounts"), &json!(["table order_amounts"])),
            (&json!("order_completed_amounts"), &json!([])),
            (&json!("daily_paid_amounts"), &json!(["table payments"])),
        ]
    );
    assert_eq!(reconciled(&store, &[])["order_completed_amounts"], (2, 0, json!([])));
}

/// Orders over many days, added up by hand in zones whose clocks are never set.
#[test]
fn many_lines_agree_with_sums_by_hand() {
    const HOURS: [(&str, i64); 3] = [("Asia/Tokyo", 9), ("UTC", 0), ("America/Phoenix", -7)];
    const STATUSES: [&str; 4] = ["InProgress", "Completed", "Cancelled", "Rejected"];
    let organizations: String =
        HOURS.iter().enumerate().map(|(i, (zone, _))| format!("O{i},Same,{zone}\n")).collect();
    let mut orders = String::from("Id,OrganizationId,Status,CreatedDate,CompletedDate,Value,Currency\n");
    let mut lines: BTreeMap<Key<'_>, (i64, i64)> = BTreeMap::new();
    // A sequence that visits all kinds of rows; nothing about it needs to be random.
    let mut state = 7u64;
    let mut next = |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    for id in 0..2_000 {
        let (organization, status) = (next(3) as usize, next(4) as usize);
        let (hour, cents) = (next(24 * 28) as i64, next(10_000) as i64);
        let currency = ["NOK", "EUR"][next(2) as usize];
        let (day, clock) = (hour / 24 + 1, hour % 24);
        orders += &format!(
            "R{id},O{organization},{},2025-01-{day:02} {clock:02}:30:00,,{}.{:02},{currency}\n",
            STATUSES[status],
            cents / 100,
            cents % 100
        );
        // Days count from 1 January; 0 is 31 December, 32 and more would be February.
        let local = (hour + HOURS[organization].1).div_euclid(24) + 1;
        let line = lines.entry((organization, local, status, currency)).or_default();
        *line = (line.0 + cents, line.1 + 1);
    }
    let date = |day: i64| if day == 0 { "2024-12-31".to_owned() } else { format!("2025-01-{day:02}") };
    let mut shipped = String::from("OrganizationId,Date,Status,Currency,Amount,Orders\n");
    for (at, ((organization, day, status, currency), (cents, count))) in lines.iter().enumerate() {
        // Every 50th line is a cent off.
        let cents = cents + i64::from(at % 50 == 0);
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        shipped +=
            &format!("O{organization},{},{},{currency},{amount},{count}\n", date(*day), STATUSES[*status]);
    }
    let files: [File; 3] = [
        ("dbo.Organizations.csv", format!("Id,Name,TimeZoneId\n{organizations}").leak()),
        ("order.Orders.csv", orders.leak()),
        ("order.OrderAmounts.csv", shipped.leak()),
    ];
    let found = reconciled(&Store::with(&files, &[]), &[]);
    let (compared, differing, list) = &found["order_amounts"];
    assert_eq!((*compared, *differing), (lines.len() as u64, lines.len().div_ceil(50) as u64));
    let wanted = by_text(lines.keys(), &STATUSES);
    for (line, (organization, day, status, currency)) in list.as_array().unwrap().iter().zip(wanted) {
        assert_eq!(line["difference"], "0.01", "{line}");
        assert_eq!(line["OrganizationId"], format!("O{organization}"));
        assert_eq!(
            (&line["Date"], &line["Status"], &line["Currency"]),
            (&json!(date(day)), &json!(STATUSES[status]), &json!(currency))
        );
    }
}

/// Organization, day, status and currency.
type Key<'a> = (usize, i64, usize, &'a str);

/// Every 50th line, in the order of its texts.
fn by_text<'a>(lines: impl Iterator<Item = &'a Key<'a>>, statuses: &[&str]) -> Vec<Key<'a>> {
    let mut all: Vec<Key<'a>> = lines.step_by(50).copied().collect();
    all.sort_by_key(|(organization, day, status, currency)| {
        (*organization, *day, statuses[*status].to_owned(), *currency)
    });
    all
}
