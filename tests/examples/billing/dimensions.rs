//! Who a row belongs to: places, tags, identifications, names, filters.

use super::{ask, check, day, demand, detail, equals, every, on, payment, period, periods, some};
use crate::reference::billing::cells::{Attribute, Attributes};
use crate::reference::billing::data::{Contact, Dataset, Detail, Organization, Payment, Subscriber, Tag};
use crate::reference::filter::Expr;
use crate::reference::period::Grain;
use crate::reference::request::Request;

fn payments(by: &[&'static str]) -> Request {
    Request { from: Some(day("2024-05-01")), ..every(Grain::All, ask("payments", by)) }
}

fn payment_of(key: &str, subscriber: &str) -> Payment {
    Payment { subscriber: some(subscriber), ..payment(key, "2024-05-01T00:00:00", "1") }
}

fn contact(key: &str, subscriber: &str, primary: bool, city: &str) -> Contact {
    Contact {
        key: key.to_owned(),
        subscriber: some(subscriber),
        is_primary: Some(primary),
        city: some(city),
        ..Contact::default()
    }
}

fn subscriber(key: &str, number: &str, contact: &str, city: &str) -> Subscriber {
    Subscriber {
        key: key.to_owned(),
        number: some(number),
        contact: some(contact),
        city: some(city),
        ..Subscriber::default()
    }
}

#[test]
fn a_city_is_that_of_the_contact_else_of_the_subscriber() {
    let data = Dataset {
        subscribers: vec![
            subscriber("a", "1", "c9", "Home"),
            subscriber("b", "2", "", "Home"),
            subscriber("c", "", "", "HOME"),
            subscriber("d", "4", "gone", "Home"),
        ],
        contacts: vec![
            // Of b's primary contacts the smallest key: c10, not c9.
            contact("c9", "b", true, "Nine"),
            contact("c10", "b", true, "Ten"),
            contact("c1", "b", false, "One"),
            // The contact has no city, the subscriber has.
            contact("c2", "c", true, ""),
            contact("c3", "d", true, "Three"),
        ],
        payments: ["a", "b", "c", "d", "e", ""].map(|key| payment_of(&format!("p{key}"), key)).to_vec(),
        ..Dataset::default()
    };
    // d names a contact that is not there, and so has none. "Home" is the usual spelling.
    check(
        &data,
        &payments(&["subscriber", "city"]),
        &[
            "1 Nine OCR NOK 1.00 1",
            "2 Ten OCR NOK 1.00 1",
            "4 Home OCR NOK 1.00 1",
            "c Home OCR NOK 1.00 1",
            "- - OCR NOK 2.00 2",
        ],
    );
}

fn tag(key: &str, kind: &str, reference: &str, text: &str) -> Tag {
    Tag { key: key.to_owned(), value: some(text), reference: some(reference), reference_type: some(kind) }
}

fn tagged() -> Dataset {
    let of_account = |key: &str, account: &str| Payment { account: some(account), ..payment_of(key, "ann") };
    Dataset {
        payments: vec![of_account("p1", "acc"), of_account("p2", ""), payment_of("p3", "bob")],
        tags: vec![
            tag("t1", "Payment", "p1", "Store:Oslo"),
            tag("t2", "SubscriberAccount", "acc", "store = OSLO"),
            tag("t3", "Subscriber", "ann", "VIP"),
            // No type, but only a payment has that key.
            tag("t4", "", "p3", "Store=Bergen"),
            tag("t5", "Payment", "p3", "Store:"),
            tag("t6", "Invoice", "p1", "Store:Umeå"),
        ],
        ..Dataset::default()
    }
}

#[test]
fn a_tag_found_on_several_paths_counts_once() {
    let data = tagged();
    check(
        &data,
        &payments(&["tag.store"]),
        // Of two spellings, each found once, the smaller in byte order.
        &["Bergen OCR NOK 1.00 1", "OSLO OCR NOK 1.00 1", "- OCR NOK 1.00 1"],
    );
    check(
        &data,
        &payments(&["tag"]),
        &[
            "Store: OCR NOK 1.00 1",
            "Store:Oslo OCR NOK 1.00 1",
            "Store=Bergen OCR NOK 1.00 1",
            "VIP OCR NOK 2.00 2",
            "store = OSLO OCR NOK 1.00 1",
        ],
    );
}

#[test]
fn a_filter_keeps_whatever_has_the_value_and_shows_all_of_it() {
    let data = tagged();
    let vip = Request { tags: vec!["vip".to_owned()], ..payments(&["tag.store"]) };
    check(&data, &vip, &["OSLO OCR NOK 1.00 1", "- OCR NOK 1.00 1"]);
    let oslo = Request { tags: vec!["STORE=oslo".to_owned()], ..payments(&[]) };
    check(&data, &oslo, &["OCR NOK 1.00 1"]);
    // Not in Oslo is also what is in no store.
    let not = |expr: Expr| Some(Expr::Not(Box::new(expr)));
    let elsewhere = Request { filter: equals("tag.store", "Oslo").and_then(not), ..payments(&[]) };
    check(&data, &elsewhere, &["OCR NOK 2.00 2"]);
    let nowhere = Expr::IsNull { name: "tag.store".to_owned(), negated: false };
    check(&data, &Request { filter: Some(nowhere), ..payments(&[]) }, &["OCR NOK 1.00 1"]);
}

#[test]
fn a_demand_has_the_tags_of_the_periods_that_it_bills() {
    let data = Dataset {
        demands: vec![demand("d1", "", "2024-05-01", "", "10"), demand("d2", "", "2024-05-01", "", "5")],
        details: vec![Detail {
            subscription: some("s1"),
            next_subscription: some("s2"),
            ..detail("x", "d1", "10")
        }],
        tags: vec![
            tag("t1", "Subscription", "s1", "Store:Oslo"),
            tag("t2", "Subscription", "s2", "Store:Bergen"),
            tag("t3", "PaymentDemand", "d2", "Store:Oslo"),
        ],
        ..Dataset::default()
    };
    let request = ask("outstanding_debt", &["tag.Store"]);
    check(&data, &request, &["Bergen NOK 10.00 1", "Oslo NOK 15.00 2"]);
    // The total has each demand once.
    let total = Request { totals: true, ..request };
    check(&data, &total, &["Bergen NOK 10.00 1", "Oslo NOK 15.00 2", "- NOK 15.00 2"]);
}

#[test]
fn an_identification_has_every_value_of_its_key() {
    let attributes = |typed: Option<[&'static str; 2]>, pairs: &[(&str, Attribute)]| {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        Some(Attributes { typed, pairs })
    };
    let text = |text: &str| Attribute::Text(text.to_owned());
    let mut data = Dataset {
        contacts: vec![contact("c1", "ann", true, ""), contact("c2", "bob", true, "")],
        payments: vec![payment_of("p1", "ann"), payment_of("p2", "bob"), payment_of("p3", "eve")],
        ..Dataset::default()
    };
    data.contacts[0].identification = attributes(
        Some(["Type", "value"]),
        &[("Vip", text("x")), ("vip", Attribute::Bare("true")), ("vip", text("x"))],
    );
    data.contacts[1].identification =
        attributes(None, &[("VIP", Attribute::Nothing("null")), ("other", text("x"))]);
    check(
        &data,
        &payments(&["identification.vip"]),
        &["true OCR NOK 1.00 1", "x OCR NOK 1.00 1", "- OCR NOK 2.00 2"],
    );
}

#[test]
fn entities_of_one_name_fall_together_and_case_tells_names_apart() {
    let organization =
        |key: &str, name: &str| Organization { key: key.to_owned(), name: some(name), time_zone: None };
    let mut data = periods(
        ["o1", "o2", "o3", "o4", "o5", ""]
            .map(|key| {
                let mut row = period(&format!("s{key}"), "a", "2024-01-01", "", "1");
                row.organization = some(key);
                row
            })
            .to_vec(),
    );
    data.organizations = vec![
        organization("o1", "Nord"),
        organization("o2", "Nord"),
        organization("o3", "nord"),
        organization("o4", ""),
    ];
    let request = on("2024-01-31", ask("active_subscriptions", &["organization"]));
    check(&data, &request, &["Nord 2 0 2", "nord 1 0 1", "- 3 0 3"]);
    // Conditions do not look at the case, and are not true of a name that is not there.
    let nord = Request { filter: equals("Organization", "NORD"), by: vec![], ..request.clone() };
    check(&data, &nord, &["3 0 3"]);
    let not = |expr: Expr| Some(Expr::Not(Box::new(expr)));
    let others = Request { filter: equals("organization", "nord").and_then(not), by: vec![], ..request };
    check(&data, &others, &["0 0 0"]);
}
