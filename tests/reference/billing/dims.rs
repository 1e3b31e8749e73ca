//! What does a row show under the name of a dimension or a column?
//!
//! Invariant: a many-valued dimension shows the set of its values, never one of them.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::catalogue::{columns, dimensions};
use super::claims::age;
use super::data::{Contact, GroupMember, Product};
use super::reach::Reach;
use super::rows::{Fact, column, order_status};
use super::tags::{key_and_value, tags_of};
use super::world::{World, currency_code, find};
use crate::reference::filter::{Scalar, folded};

/// The value of a name for a row, as of the day at which a stock is measured.
pub fn value<'a>(world: &World<'a>, fact: Fact<'a>, name: &str, today: Option<Date>) -> Scalar {
    let name = resolved(world, name);
    let reach = Reach::of(world, fact);
    let category = |column: &str, cell: &Option<String>| world.category(column, cell.as_deref());
    let text = |cell: Option<&String>| cell.map_or(Scalar::Null, |text| Scalar::Text(text.clone()));
    let package = reach.known_package(world);
    match (name.as_str(), fact) {
        ("organization", _) => {
            let organization = find(&world.organizations, reach.organization);
            text(organization.and_then(|row| row.name.as_ref()))
        }
        ("subscriber", _) => {
            let subscriber = find(&world.subscribers, reach.subscriber);
            text(subscriber.map(|row| row.number.as_ref().unwrap_or(&row.key)))
        }
        ("subscriber.external_id", _) => {
            let subscriber = find(&world.subscribers, reach.subscriber);
            text(subscriber.and_then(|row| row.external_id.as_ref()))
        }
        ("currency", _) => text(currency_code(reach.currency).as_ref()),
        ("country" | "city" | "zip", _) => place(world, &reach, &name),
        ("tag", _) => set(all_tags(world, &reach).map(|tag| category("tag", &tag.value))),
        ("enterprise_plan", _) => {
            let plan = find(&world.enterprise_plans, reach.enterprise_plan);
            text(plan.and_then(|row| row.name.as_ref()))
        }
        ("package", _) => package.map_or(Scalar::Null, |row| category("packages.name", &row.name)),
        ("package_chain", _) => package.map_or(Scalar::Null, |row| category("packages.chain", &row.chain)),
        ("permanent_discount", _) => {
            package.map_or(Scalar::Null, |row| category("packages.discount", &row.discount))
        }
        ("chain_step", _) => Scalar::int(package.and_then(|row| row.chain_step)),
        ("billing_frequency", _) => Scalar::int(package.and_then(|row| row.billing_frequency)),
        ("initial_term_type", _) => Scalar::int(package.and_then(|row| row.initial_term_type)),
        ("product" | "product_category", _) => {
            let shown = |product: &Product| match name.as_str() {
                "product" => text(product.name.as_ref()),
                _ => category("products.category", &product.category),
            };
            let of_key = |key| find(&world.products, key).map_or(Scalar::Null, shown);
            match reach.part {
                Some(part) => of_key(part.product),
                None => set(products(world, &reach).into_iter().map(|key| of_key(Some(key)))),
            }
        }
        ("reporting_group", _) => reporting_groups(world, &reach),
        ("price", Fact::Subscription(row)) => row.price.map_or(Scalar::Null, |price| Scalar::Money(price.0)),
        ("age_bucket", Fact::Demand(row)) => {
            age(row, today.expect("an age is asked for on a day")).unwrap_or(Scalar::Null)
        }
        ("ledger_type", Fact::Ledger(row)) => category("ledgers.kind", &row.kind),
        ("payment_method", Fact::Payment(row)) => category("payments.payment_method", &row.payment_method),
        ("payment_method", Fact::Demand(row) | Fact::Part(row, _)) => {
            category("demands.payment_method", &row.payment_method)
        }
        ("payment_method", Fact::Order(row) | Fact::Line(row, _)) => {
            category("orders.payment_method", &row.payment_method)
        }
        ("source", Fact::Payment(row)) => category("payments.source", &row.source),
        ("state", Fact::Payment(row)) => category("payments.state", &row.state),
        ("template_package", Fact::Order(row) | Fact::Line(row, _)) => {
            category("orders.template", &row.template)
        }
        ("status", Fact::Order(row) | Fact::Line(row, _)) => {
            world.category("orders.status", order_status(row))
        }
        ("status", Fact::Invoice(row)) => category("invoices.status", &row.status),
        ("cancellation_reason", Fact::Subscription(row)) => {
            category("subscriptions.reason", &row.cancellation_reason)
        }
        ("cancellation_type", Fact::Subscription(row)) => {
            category("subscriptions.kind", &row.cancellation_type)
        }
        ("cancellation_reason", Fact::Cancellation(row)) => category("cancellations.reason", &row.reason),
        ("cancellation_type", Fact::Cancellation(row)) => category("cancellations.kind", &row.kind),
        (name, _) => {
            if let Some(key) = name.strip_prefix("tag.") {
                let value = |tag| key_and_value(tag).filter(|(found, _)| folded(found) == key);
                let values = all_tags(world, &reach).filter_map(value);
                return set(values.map(|(_, value)| world.category(name, Some(value))));
            }
            if let Some(key) = name.strip_prefix("identification.") {
                return identification(world, &reach, key);
            }
            column(fact, name)
        }
    }
}

/// The dimension or the column that is meant: they match like headers, a dimension first. Behind
/// the dot stands a key of the data, of which only the case does not matter.
fn resolved(world: &World<'_>, name: &str) -> String {
    for prefix in ["tag.", "identification."] {
        let folded = folded(name);
        if folded.starts_with(prefix) {
            return folded;
        }
    }
    let names = dimensions(world.frame.request).into_iter().chain(columns(world.data, world.frame.request));
    let mut same = names.filter(|other| header_form(other) == header_form(name));
    same.next().unwrap_or_else(|| panic!("{} has no {name}", world.frame.request.kpi)).to_owned()
}

pub fn header_form(name: &str) -> String {
    name.to_lowercase().replace(['_', '-', ' '], "")
}

/// What an entity has of a kind: an empty value is none.
fn set(values: impl Iterator<Item = Scalar>) -> Scalar {
    Scalar::Set(values.filter(|value| *value != Scalar::Null).collect())
}

/// The contact that the subscriber names, else the primary one, of several that of the smallest key.
fn contact<'a>(world: &World<'a>, reach: &Reach<'a>) -> Option<&'a Contact> {
    let key = reach.subscriber?;
    let named = find(&world.subscribers, Some(key)).and_then(|row| row.contact.as_deref());
    if named.is_some() {
        return find(&world.contacts, named);
    }
    let primary = |row: &&Contact| row.subscriber.as_deref() == Some(key) && row.is_primary == Some(true);
    world.data.contacts.iter().filter(primary).min_by_key(|row| &row.key)
}

fn place<'a>(world: &World<'a>, reach: &Reach<'a>, name: &str) -> Scalar {
    let contact = contact(world, reach);
    let subscriber = find(&world.subscribers, reach.subscriber);
    let (of_contact, of_subscriber) = match name {
        "country" => (contact.and_then(|row| row.country.as_ref()), subscriber.map(|row| &row.country)),
        "city" => (contact.and_then(|row| row.city.as_ref()), subscriber.map(|row| &row.city)),
        _ => (contact.and_then(|row| row.zip.as_ref()), subscriber.map(|row| &row.zip)),
    };
    match of_contact.or(of_subscriber.and_then(Option::as_ref)) {
        None => Scalar::Null,
        Some(zip) if name == "zip" => Scalar::Text(zip.clone()),
        Some(text) => world.category(name, Some(text)),
    }
}

fn identification<'a>(world: &World<'a>, reach: &Reach<'a>, key: &str) -> Scalar {
    let attributes = contact(world, reach).and_then(|contact| contact.identification.as_ref());
    let pairs = attributes.into_iter().flat_map(|attributes| &attributes.pairs);
    let values = pairs.filter(|(found, _)| folded(found) == key).filter_map(|(_, value)| value.shown());
    set(values.map(|value| Scalar::Text(value.to_owned())))
}

fn all_tags<'a>(world: &World<'a>, reach: &Reach<'a>) -> impl Iterator<Item = &'a super::data::Tag> {
    let tags = |(kind, key): &(_, &str)| tags_of(world, *kind, key);
    reach.tagged.iter().flat_map(tags).collect::<Vec<_>>().into_iter()
}

/// The products of an order's lines, or of a package.
fn products<'a>(world: &World<'a>, reach: &Reach<'a>) -> BTreeSet<&'a str> {
    if let Some(order) = reach.order {
        let lines = world.data.order_products.iter();
        let lines = lines.filter(|line| line.order.as_deref() == Some(order));
        return lines.filter_map(|line| line.product.as_deref()).collect();
    }
    let Some(package) = reach.package else {
        return BTreeSet::new();
    };
    let lines = world.data.package_products.iter();
    let lines = lines.filter(|line| line.package.as_deref() == Some(package));
    lines.filter_map(|line| line.product.as_deref()).collect()
}

fn reporting_groups<'a>(world: &World<'a>, reach: &Reach<'a>) -> Scalar {
    let (products, discount) = match reach.part {
        Some(part) => (part.product.into_iter().collect(), part.discount),
        // The products of an order are its own, without any package.
        None if reach.order.is_some() => (products(world, reach), None),
        None => {
            let package = reach.known_package(world);
            (products(world, reach), package.and_then(|row| row.discount.as_deref()))
        }
    };
    let belongs = |member: &&GroupMember| {
        let by_product = member.product.as_deref().is_some_and(|key| products.contains(key));
        let pair = member.discount.as_deref().zip(discount);
        by_product || pair.is_some_and(|(one, other)| folded(one) == folded(other))
    };
    let groups = world.data.group_members.iter().filter(belongs);
    let groups = groups.filter_map(|member| find(&world.reporting_groups, member.group.as_deref()));
    set(groups.filter_map(|group| group.name.clone()).map(Scalar::Text))
}
