//! The dimensions of the billing model, as codes of the rows of a fact.

use std::sync::Arc;

use super::reach::{Reached, reached, reaches as leads_to};
use super::values::{Coded, exact};
use super::{contacts, parts, products, tags};
use crate::kpi::dims::{
    Attribute, Dim, Dimension, DimensionDef, Many, Reach, Render, RowCodes, RowsOf, Source,
};
use crate::kpi::lookup::{Lookups, code_at};
use crate::kpi::scan::facts::Fact;
use crate::model::{Model, SCHEMA, TableDef};
use crate::store::{BitVec, NULL_ID, NULL_NUMBER, StoreError};

const fn dim(name: &'static str, help: &'static str, reach: Reach, attribute: Attribute) -> DimensionDef {
    DimensionDef { name, help, model: Model::Billing, reach, attribute }
}

const fn category(name: &'static str, help: &'static str, columns: &'static [&'static str]) -> DimensionDef {
    // The column is the one of these that the fact's table has.
    dim(name, help, Reach::Column(columns), Attribute::Category(""))
}

const PACKAGE: Reach = Reach::Entity("subscription_packages");
const SUBSCRIBER: Reach = Reach::Entity("subscribers");

/// Ranges of days past the due date.
pub const AGES: &[&str] = &["not_due", "1-30", "31-60", "61-90", "over_90"];

/// Every dimension of the billing model.
pub const DIMENSIONS: &[DimensionDef] = &[
    dim(
        "organization",
        "the selling organization's name",
        Reach::Entity("organizations"),
        Attribute::Text("Name"),
    ),
    dim(
        "subscriber",
        "the subscriber's number, or else its Id",
        SUBSCRIBER,
        Attribute::TextOrKey("SubscriberNumber"),
    ),
    dim("subscriber.external_id", "the subscriber's external id", SUBSCRIBER, Attribute::Text("ExternalId")),
    dim("currency", "the currency", Reach::ColumnOrSubscription("Currency"), Attribute::Category("Currency")),
    dim(
        "country",
        "the country of the subscriber's contact, or else of the subscriber",
        SUBSCRIBER,
        Attribute::Contact("Country"),
    ),
    dim(
        "city",
        "the city of the subscriber's contact, or else of the subscriber",
        SUBSCRIBER,
        Attribute::Contact("City"),
    ),
    dim(
        "zip",
        "the postal code of the subscriber's contact, or else of the subscriber",
        SUBSCRIBER,
        Attribute::Contact("Zip"),
    ),
    dim(
        "tag",
        "the whole tags of the row, its subscriptions, account and subscriber; a row may have several",
        Reach::Tags,
        Attribute::Category("Value"),
    ),
    dim(
        "tag.KEY",
        "what those tags say under a key (KEY:VALUE or KEY=VALUE); a row may have several",
        Reach::Tags,
        Attribute::TagValue,
    ),
    dim(
        "identification.KEY",
        "what the contact's identification says under a key; a row may have several",
        SUBSCRIBER,
        Attribute::Identification,
    ),
    dim("package", "the package's name", PACKAGE, Attribute::Category("Name")),
    dim(
        "package_chain",
        "the chain that the package is a step of",
        PACKAGE,
        Attribute::Category("SubscriptionPackageChainId"),
    ),
    dim("chain_step", "the package's step in its chain", PACKAGE, Attribute::Integer("ChainStep")),
    dim(
        "billing_frequency",
        "the package's billing frequency: 1000 + months",
        PACKAGE,
        Attribute::Integer("BillingFrequencyId"),
    ),
    dim(
        "initial_term_type",
        "the package's initial term: 10 until a date, 20 a number of days, 100 out the month, 200 out the year",
        PACKAGE,
        Attribute::Integer("InitialTermType"),
    ),
    dim(
        "permanent_discount",
        "the package's permanent discount",
        PACKAGE,
        Attribute::Category("PermanentDiscount"),
    ),
    dim(
        "enterprise_plan",
        "the enterprise plan's name",
        Reach::Entity("enterprise_plans"),
        Attribute::Text("Name"),
    ),
    dim(
        "product",
        "the product's name; a package or order may have several",
        Reach::Products,
        Attribute::Text("Name"),
    ),
    dim(
        "product_category",
        "the product's category; a package or order may have several",
        Reach::Products,
        Attribute::Category("ProductCategory"),
    ),
    dim(
        "reporting_group",
        "the reporting groups of the products and of the package's permanent discount; there may be several",
        Reach::Products,
        Attribute::Groups,
    ),
    category("ledger_type", "the ledger entry's type", &["LedgerType"]),
    category("payment_method", "how it is paid", &["PaymentMethod"]),
    category("source", "where the payment came in", &["Source"]),
    category("state", "the payment's state", &["State"]),
    category("status", "the status", &["Status"]),
    category("template_package", "the template that was ordered", &["TemplatePackageName"]),
    category("cancellation_reason", "why it was cancelled", &["Reason", "CancellationReason"]),
    category("cancellation_type", "how it was cancelled", &["Type", "CancellationType"]),
    dim("price", "the subscription's own price", Reach::Column(&["Price"]), Attribute::Money("Price")),
    dim("age_bucket", "days past the due date at the day of measurement", Reach::Age, Attribute::Range(AGES)),
];

/// The one of some columns that a table has.
fn own(def: &TableDef, columns: &[&'static str]) -> Option<&'static str> {
    columns.iter().copied().find(|c| def.position(c).is_some())
}

/// Whether the rows of a fact have a dimension.
pub fn reaches(dim: &DimensionDef, fact: &Fact, def: &TableDef) -> bool {
    match dim.reach {
        Reach::Column(columns) => own(def, columns).is_some(),
        Reach::ColumnOrSubscription(column) => {
            def.position(column).is_some() || leads_to(def, "subscriptions")
        }
        Reach::Entity(target) => leads_to(def, target),
        Reach::Tags => tags::has_tags(def),
        Reach::Products => {
            fact.parts.is_some() || def.name == "orders" || leads_to(def, "subscription_packages")
        }
        Reach::Age => fact.has_age,
        _ => false,
    }
}

/// Prepares a dimension that reaches the fact.
///
/// # Errors
/// When the store is damaged.
pub fn prepare(dimension: &Dimension, fact: &Fact, lookups: &Lookups<'_>) -> Result<Dim, StoreError> {
    let (def, table) = (dimension.def, fact.table);
    let rows = SCHEMA.get(SCHEMA.id(table));
    let one = |codes: Vec<u32>, render: Render, strangers| {
        let cardinality = cardinality(&render, lookups)?;
        let source = Source::Rows(RowCodes::One(Arc::new(codes)), RowsOf::Table);
        Ok(Dim { def, source, cardinality, render, is_in_order: false, strangers })
    };
    let several = |codes: Many, texts: Vec<String>, strangers| Dim {
        def,
        source: Source::Rows(RowCodes::Many(Arc::new(codes)), RowsOf::Table),
        cardinality: texts.len() as u64 + 1,
        render: Render::Text(Arc::new(texts)),
        is_in_order: false,
        strangers,
    };
    match (def.reach, def.attribute) {
        (Reach::Age, Attribute::Range(ranges)) => Ok(Dim {
            def,
            source: Source::Rows(RowCodes::Age, RowsOf::Table),
            cardinality: ranges.len() as u64 + 1,
            render: Render::Range(ranges),
            is_in_order: true,
            strangers: None,
        }),
        (Reach::Column(columns), attribute) => {
            let column = own(rows, columns).expect("the dimension reaches the fact");
            match attribute {
                Attribute::Money(_) => {
                    let (codes, values) = numbers(lookups, table, column)?;
                    one(codes, Render::Money(Arc::new(values)), None)
                }
                _ => one(lookups.codes(table, column)?.to_vec(), Render::Category(table, column), None),
            }
        }
        (Reach::ColumnOrSubscription(column), _) => {
            if rows.position(column).is_some() {
                return one(lookups.codes(table, column)?.to_vec(), Render::Category(table, column), None);
            }
            let of = reached(lookups, table, "subscriptions")?;
            let codes = through(&of, &lookups.codes("subscriptions", column)?);
            one(codes, Render::Category("subscriptions", column), Some(of.strangers.clone()))
        }
        (Reach::Tags, Attribute::TagValue) => {
            let (codes, texts) = tags::under(lookups, table, dimension.key())?;
            Ok(several(codes, texts, None))
        }
        (Reach::Tags, _) => {
            let (codes, texts) = tags::whole(lookups, table)?;
            Ok(several(codes, texts, None))
        }
        (Reach::Products, attribute) => of_products(def, attribute, fact, lookups),
        (Reach::Entity(target), attribute) => {
            let of = reached(lookups, table, target)?;
            let strangers = Some(of.strangers.clone());
            match attribute {
                Attribute::Category(column) => {
                    let codes = through(&of, &lookups.codes(target, column)?);
                    one(codes, Render::Category(target, column), strangers)
                }
                Attribute::Integer(column) => {
                    let (codes, values) = numbers(lookups, target, column)?;
                    one(through(&of, &codes), Render::Integer(Arc::new(values)), strangers)
                }
                Attribute::Identification => {
                    let (by_subscriber, texts) = contacts::identification(lookups, dimension.key())?;
                    Ok(several(contacts::of_rows(&of.ids, &by_subscriber), texts, strangers))
                }
                Attribute::Contact(column) => {
                    let coded = contacts::column(lookups, column)?;
                    one(through(&of, &coded.codes), Render::Text(Arc::new(coded.texts)), strangers)
                }
                Attribute::TextOrKey(column) => {
                    let coded = texts_or_keys(lookups, target, column)?;
                    one(through(&of, &coded.codes), Render::Text(Arc::new(coded.texts)), strangers)
                }
                _ => {
                    let Attribute::Text(column) = attribute else {
                        unreachable!("the other attributes are not those of an entity")
                    };
                    let coded = exact(lookups.texts(target, column)?.into_iter());
                    one(through(&of, &coded.codes), Render::Text(Arc::new(coded.texts)), strangers)
                }
            }
        }
        _ => unreachable!("only dimensions of the billing model are prepared here"),
    }
}

fn cardinality(render: &Render, lookups: &Lookups<'_>) -> Result<u64, StoreError> {
    Ok(1 + match render {
        Render::Category(table, column) => lookups.dictionary(table, column)?.map_or(0, |d| d.len()),
        Render::Text(texts) => texts.len(),
        Render::Integer(values) | Render::Money(values) => values.len(),
        _ => 0,
    } as u64)
}

/// The codes of what rows lead to.
fn through(of: &Reached, codes: &[u32]) -> Vec<u32> {
    of.ids.iter().map(|&id| code_at(codes, id)).collect()
}

/// Codes of a column's numbers, in the order of the numbers.
fn numbers(
    lookups: &Lookups<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(Vec<u32>, Vec<i64>), StoreError> {
    let numbers = lookups.numbers(table, column)?;
    let mut values: Vec<i64> = numbers.iter().copied().filter(|&n| n != NULL_NUMBER).collect();
    values.sort_unstable();
    values.dedup();
    let code = |n: &i64| values.binary_search(n).map_or(0, |at| at as u32 + 1);
    Ok((numbers.iter().map(code).collect(), values))
}

/// The text of each known row, or else its key.
fn texts_or_keys(lookups: &Lookups<'_>, table: &'static str, column: &str) -> Result<Coded, StoreError> {
    let keys = lookups.keys(table)?;
    let mut texts = lookups.texts(table, column)?;
    for id in lookups.known(table)?.iter() {
        if let Some(text @ None) = texts.get_mut(id as usize) {
            *text = keys.text(id);
        }
    }
    Ok(exact(texts.into_iter()))
}

/// The codes and names of the currencies of a table's rows, their own or their subscription's.
///
/// # Errors
/// When the store is damaged.
pub fn currencies(
    lookups: &Lookups<'_>,
    table: &'static str,
) -> Result<(Arc<Vec<u32>>, Vec<String>), StoreError> {
    const COLUMN: &str = "Currency";
    let has_own = SCHEMA.get(SCHEMA.id(table)).position(COLUMN).is_some();
    let holder = if has_own { table } else { "subscriptions" };
    let own = lookups.codes(holder, COLUMN)?;
    let codes =
        if has_own { own } else { Arc::new(through(&*reached(lookups, table, "subscriptions")?, &own)) };
    let dictionary = lookups.dictionary(holder, COLUMN)?;
    let names = 0..=dictionary.map_or(0, |d| d.len()) as u32;
    Ok((codes, names.map(|c| dictionary.map_or_else(String::new, |d| d.text(c))).collect()))
}

/// A dimension of the products that rows are about.
fn of_products(
    def: &'static DimensionDef,
    attribute: Attribute,
    fact: &Fact,
    lookups: &Lookups<'_>,
) -> Result<Dim, StoreError> {
    let all = products::products(lookups)?;
    // Of each product, the code of its value; reporting groups are looked up by the product instead.
    let (codes, render) = match attribute {
        Attribute::Category(column) => {
            (lookups.codes("products", column)?, Render::Category("products", column))
        }
        Attribute::Text(column) => {
            let coded = exact(lookups.texts("products", column)?.into_iter());
            (Arc::new(coded.codes), Render::Text(Arc::new(coded.texts)))
        }
        _ => (Arc::default(), Render::Text(Arc::new(all.groups.texts.clone()))),
    };
    let is_groups = attribute == Attribute::Groups;
    let cardinality = cardinality(&render, lookups)?;
    let values = |of: &[u32], package: u32| match is_groups {
        true => all.groups_of(of, package),
        false => products::codes_of(of, &codes),
    };
    let mut many = Many::default();
    let (source, strangers): (Source, Option<Arc<BitVec>>) = match fact.parts {
        Some(kind) => {
            let of = parts::products(lookups, kind)?;
            if is_groups {
                let billed = parts::billed_packages(lookups, kind)?;
                for (part, &product) in of.iter().enumerate() {
                    let package = billed.as_ref().map_or(NULL_ID, |b| b.packages[part]);
                    many.push(values(std::slice::from_ref(&product), package));
                }
                (Source::Rows(RowCodes::Many(Arc::new(many)), RowsOf::Parts), None)
            } else {
                let codes = of.iter().map(|&product| code_at(&codes, product)).collect();
                (Source::Rows(RowCodes::One(Arc::new(codes)), RowsOf::Parts), None)
            }
        }
        None if fact.table == "orders" => {
            (0..lookups.ids_of("orders") as u32).for_each(|o| many.push(values(all.by_order.of(o), NULL_ID)));
            (Source::Rows(RowCodes::Many(Arc::new(many)), RowsOf::Table), None)
        }
        None => {
            let of = reached(lookups, fact.table, "subscription_packages")?;
            of.ids.iter().for_each(|&package| many.push(values(all.by_package.of(package), package)));
            (Source::Rows(RowCodes::Many(Arc::new(many)), RowsOf::Table), Some(of.strangers.clone()))
        }
    };
    Ok(Dim { def, source, cardinality, render, is_in_order: false, strangers })
}
