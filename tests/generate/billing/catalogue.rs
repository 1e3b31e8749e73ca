//! Random subscribers, products, packages and tags: what the facts of a billing export refer to.
//!
//! Names are equal, spelled differently and missing; invariant: rows are made from one seed each.

use super::maker::Maker;
use crate::reference::billing::cells::{Attribute, Attributes, Units};
use crate::reference::billing::data::{
    Account, Contact, EnterprisePlan, GroupMember, Organization, Package, PackageProduct, Product,
    ReportingGroup, Subscriber, Tag,
};

const ORGANIZATIONS: &[&str] = &["Nord AS", "Nord AS", "Süd GmbH", "nord as"];
const TIME_ZONES: &[&str] =
    &["Europe/Oslo", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC", "Nowhere/At-All"];
const PRODUCTS: &[&str] = &["Paper", "Digital", "Digital", "paper", "O'Clock, the"];
const CATEGORIES: &[&str] = &["News", "Extras", "Post"];
const COUNTRIES: &[&str] = &["Norway", "Sweden", "Åland"];
const CITIES: &[&str] = &["Oslo", "Bergen", "Umeå"];
const ZIPS: &[&str] = &["0150", "5003", "90320"];
const TAGS: &[&str] = &[
    "Store:Oslo",
    "Store:Oslo",
    "store = oslo",
    "Store=Bergen",
    "Channel:Web",
    "channel=App",
    "Channel: Web:2",
    "VIP",
    "Store:",
    ":Oslo",
    "Oslo",
];
const TAGGED: &[(&str, &str)] = &[
    ("Subscription", "sup"),
    ("Subscription", "sup"),
    ("Subscriber", "sub"),
    ("SubscriberAccount", "acc"),
    ("Payment", "pay"),
    ("PaymentDemand", "dem"),
    ("Invoice", "inv"),
];
const GROUPS: &[&str] = &["Print", "All", "All", "Rebates"];
pub const DISCOUNTS: &[&str] = &["Student", "Loyal"];
const PACKAGES: &[&str] = &["Basic", "Full", "Weekend", "Basic"];
const CHAINS: &[&str] = &["c1", "C2"];
const FREQUENCIES: &[i64] = &[1001, 1001, 1003, 1012, 1006, 1007, 1024, 1000, 12, -1];
const PLANS: &[&str] = &["Municipality", "Municipality", "Bank"];

pub fn organization(make: &mut Maker<'_>) -> Organization {
    Organization { key: make.key("org"), name: make.text(ORGANIZATIONS), time_zone: make.text(TIME_ZONES) }
}

pub fn product(make: &mut Maker<'_>) -> Product {
    Product {
        key: make.key("prod"),
        name: make.text(PRODUCTS),
        price: make.amount(),
        category: make.category(CATEGORIES),
    }
}

pub fn subscriber(make: &mut Maker<'_>) -> Subscriber {
    Subscriber {
        key: make.key("sub"),
        number: make.text(&["1001", "1002", "10", "9", "A-7"]).filter(|_| make.dice.percent(80)),
        external_id: make.text(&["x1", "X1", "x2"]),
        zip: make.text(ZIPS),
        city: make.category(CITIES),
        country: make.category(COUNTRIES),
        contact: make.rare_reference("con", 30),
    }
}

pub fn contact(make: &mut Maker<'_>) -> Contact {
    let attributes = identification(make);
    Contact {
        key: make.key("con"),
        subscriber: make.reference("sub"),
        is_primary: make.flag(70),
        zip: make.text(ZIPS).filter(|_| make.dice.percent(60)),
        city: make.category(CITIES).filter(|_| make.dice.percent(60)),
        country: make.category(COUNTRIES).filter(|_| make.dice.percent(60)),
        identification: make.some(70, attributes),
    }
}

fn identification(make: &mut Maker<'_>) -> Attributes {
    let typed = make.pick(&[None, Some(["type", "value"]), Some(["Type", "VALUE"])]);
    let count = make.dice.below(4);
    let pair = |make: &mut Maker<'_>| match make.dice.below(5) {
        0 => ("vip".to_owned(), Attribute::Bare(make.pick(&["true", "false", "7", "1.50"]))),
        1 => ("VIP".to_owned(), Attribute::Nothing(make.pick(&["null", "[1]"]))),
        2 => ("organizationnumber".to_owned(), Attribute::Text("987654321".to_owned())),
        3 => ("OrganizationNumber".to_owned(), Attribute::Text("123".to_owned())),
        _ => ("Other".to_owned(), Attribute::Text("x".to_owned())),
    };
    Attributes { typed, pairs: (0..count).map(|_| pair(make)).collect() }
}

pub fn account(make: &mut Maker<'_>) -> Account {
    Account { key: make.key("acc"), subscriber: make.reference("sub") }
}

pub fn tag(make: &mut Maker<'_>) -> Tag {
    let (kind, table) = make.pick(TAGGED);
    let number = make.dice.below(14);
    Tag {
        key: make.leaf_key("tag"),
        value: make.category(TAGS),
        reference: Some(make.style.key(table, number)).filter(|_| make.dice.percent(95)),
        reference_type: make.category(&[kind]).filter(|_| make.dice.percent(85)),
    }
}

pub fn reporting_group(make: &mut Maker<'_>) -> ReportingGroup {
    ReportingGroup { key: make.key("grp"), name: make.text(GROUPS) }
}

pub fn group_member(make: &mut Maker<'_>) -> GroupMember {
    let by_product = make.dice.percent(70);
    GroupMember {
        key: make.leaf_key("mem"),
        group: make.reference("grp"),
        product: make.reference("prod").filter(|_| by_product),
        discount: make.category(DISCOUNTS).filter(|_| !by_product),
    }
}

pub fn enterprise_plan(make: &mut Maker<'_>) -> EnterprisePlan {
    EnterprisePlan { key: make.key("plan"), name: make.text(PLANS) }
}

pub fn package(make: &mut Maker<'_>) -> Package {
    let (frequency, step) = (make.pick(FREQUENCIES), make.dice.below(4));
    let (initial_term, units) = (make.pick(&[10, 20, 100, 200]), make.dice.below(3));
    let percent = make.pick(&[0, 100_000, 125_000, 333_333, 1_000_000]);
    Package {
        key: make.key("pack"),
        name: make.category(PACKAGES),
        price: make.amount(),
        units: make.or_null(units),
        billing_frequency: make.or_null(frequency),
        chain: make.category(CHAINS),
        chain_step: make.or_null(step),
        initial_term_type: make.or_null(initial_term),
        automatic_stop: make.flag(15),
        discount: make.category(DISCOUNTS).filter(|_| make.dice.percent(60)),
        discount_percent: make.some(50, Units(percent)),
    }
}

pub fn package_product(make: &mut Maker<'_>) -> PackageProduct {
    PackageProduct {
        key: make.leaf_key("line"),
        package: make.reference("pack"),
        product: make.reference("prod"),
        quantity: make.quantity(),
        price: make.amount(),
    }
}
