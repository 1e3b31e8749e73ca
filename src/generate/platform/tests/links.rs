//! Every reference is accounted for and every date is in order.

use super::write;
use crate::generate::read_back::Read;
use std::collections::BTreeSet;

#[test]
fn every_reference_is_known_unknown_or_null_in_its_share() {
    let folder = tempfile::tempdir().expect("a folder");
    write(2000, 11, folder.path());
    let read = |name: &str| Read::new(folder.path(), name);
    let (users, meetings) = (read("users"), read("meetings"));
    let user_keys: BTreeSet<&str> = users.column("user_id").collect();
    let meeting_keys: BTreeSet<&str> = meetings.column("meeting_id").collect();
    assert_eq!((user_keys.len(), meeting_keys.len()), (2000, 40_000));
    let check = |name: &str, column, keys, null: [usize; 2], known: [usize; 2]| {
        let table = read(name);
        let (nulls, knowns) = table.references(column, keys);
        assert!((null[0]..=null[1]).contains(&nulls), "{name}.{column}: {nulls} ‰ null");
        assert!((known[0]..=known[1]).contains(&knowns), "{name}.{column}: {knowns} ‰ known");
    };
    check("meetings", "host_user_id", &user_keys, [0, 3], [993, 999]);
    check("attendees", "user_id", &user_keys, [100, 150], [845, 895]);
    check("attendees", "meeting_id", &meeting_keys, [0, 1], [997, 999]);
    check("features_usage", "meeting_id", &meeting_keys, [0, 1], [998, 999]);
    check("support_tickets", "user_id", &user_keys, [0, 12], [978, 999]);
    check("billing_events", "user_id", &user_keys, [0, 3], [994, 999]);
    check("licenses", "assigned_user_id", &user_keys, [50, 110], [880, 949]);
    for (name, key) in [
        ("attendees", "attendee_id"),
        ("features_usage", "usage_id"),
        ("support_tickets", "ticket_id"),
        ("billing_events", "event_id"),
        ("licenses", "license_id"),
    ] {
        let table = read(name);
        assert!(table.column(key).is_sorted_by(|one, two| one < two), "{name}.{key} is unique");
        let widths: BTreeSet<usize> = table.column(key).map(str::len).collect();
        assert_eq!(widths.len(), 1, "{name}.{key} has one width");
    }
}

#[test]
fn dates_are_ordered_and_within_the_span() {
    let folder = tempfile::tempdir().expect("a folder");
    write(2000, 13, folder.path());
    let check = |name: &str, from: &str, to: &str| {
        for row in Read::new(folder.path(), name).0 {
            let (from, to) = (&row[from], &row[to]);
            assert!(to.is_empty() || from.is_empty() || from <= to, "{name}: {from} to {to}");
        }
    };
    check("meetings", "start_time", "end_time");
    check("attendees", "join_time", "leave_time");
    check("support_tickets", "open_date", "close_date");
    check("licenses", "start_date", "end_date");
    let mut latest = BTreeSet::new();
    for (name, column) in [
        ("users", "registration_date"),
        ("meetings", "start_time"),
        ("meetings", "end_time"),
        ("attendees", "leave_time"),
        ("features_usage", "usage_timestamp"),
        ("support_tickets", "open_date"),
        ("support_tickets", "close_date"),
        ("billing_events", "transaction_date"),
        ("licenses", "start_date"),
    ] {
        let table = Read::new(folder.path(), name);
        let dates = || table.column(column).filter(|date| !date.is_empty()).map(|date| &date[..10]);
        assert!(dates().max() <= Some("2025-12-30"), "{name}.{column}: {:?}", dates().max());
        if !["users", "licenses"].contains(&name) {
            assert!(dates().min() >= Some("2024-01-01"), "{name}.{column}: {:?}", dates().min());
        }
        latest.extend(dates().max().map(str::to_owned));
    }
    assert!(latest.contains("2025-12-30"));
}
