//! A random export of the billing model: small, but with everything that makes figures go wrong.
//!
//! Invariant: a tag without a type means at most one entity, so that no row is refused.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::maker::Maker;
use super::{catalogue, money};
use crate::generate::data::{Style, rows, seeds};
use crate::reference::billing::data::{Dataset, Record};
use crate::reference::data::Sheet;

/// The most rows of each table.
const ROWS: &[(&str, usize)] = &[
    ("organizations", 4),
    ("products", 14),
    ("subscribers", 12),
    ("contacts", 16),
    ("accounts", 12),
    ("reporting_groups", 4),
    ("group_members", 10),
    ("tags", 24),
    ("transactions", 30),
    ("invoices", 20),
    ("demands", 34),
    ("details", 50),
    ("fees", 14),
    ("allowances", 14),
    ("charges", 14),
    ("ledgers", 50),
    ("orders", 40),
    ("order_products", 60),
    ("subscriptions", 70),
    ("cancellations", 25),
    ("contracts", 20),
    ("enterprise_plans", 4),
    ("packages", 8),
    ("package_products", 22),
    ("payments", 70),
    ("rates", 14),
];

/// Random rows of one table; of those with the same key only the first stays.
fn table<T: Record>(style: &Style, seeds: &[u64], row: fn(&mut Maker<'_>) -> T) -> Vec<T> {
    rows(seeds, |seed| row(&mut Maker::new(style, seed)), |row| Some(row.key()))
}

pub fn dataset() -> impl Strategy<Value = Dataset> {
    let tables: Vec<_> = ROWS.iter().map(|(_, most)| seeds(*most)).collect();
    let flags = (any::<bool>(), vec(any::<u64>().no_shrink(), 0..3));
    (any::<u64>().no_shrink(), tables, flags).prop_map(|(seed, tables, (cancellations, shipped))| {
        let style = &Style::new(seed);
        let names = ROWS.iter().map(|(name, _)| *name);
        let seeds: BTreeMap<&str, Vec<u64>> = names.zip(tables).collect();
        let mut data = Dataset {
            organizations: table(style, &seeds["organizations"], catalogue::organization),
            products: table(style, &seeds["products"], catalogue::product),
            subscribers: table(style, &seeds["subscribers"], catalogue::subscriber),
            contacts: table(style, &seeds["contacts"], catalogue::contact),
            accounts: table(style, &seeds["accounts"], catalogue::account),
            reporting_groups: table(style, &seeds["reporting_groups"], catalogue::reporting_group),
            group_members: table(style, &seeds["group_members"], catalogue::group_member),
            tags: table(style, &seeds["tags"], catalogue::tag),
            transactions: table(style, &seeds["transactions"], money::transaction),
            invoices: table(style, &seeds["invoices"], money::invoice),
            demands: table(style, &seeds["demands"], money::demand),
            details: table(style, &seeds["details"], money::detail),
            fees: table(style, &seeds["fees"], money::fee),
            allowances: table(style, &seeds["allowances"], money::allowance),
            charges: table(style, &seeds["charges"], money::charge),
            ledgers: table(style, &seeds["ledgers"], money::ledger),
            orders: table(style, &seeds["orders"], money::order),
            order_products: table(style, &seeds["order_products"], money::order_product),
            subscriptions: table(style, &seeds["subscriptions"], money::subscription),
            cancellations: table(style, &seeds["cancellations"], money::cancellation),
            contracts: table(style, &seeds["contracts"], money::contract),
            enterprise_plans: table(style, &seeds["enterprise_plans"], catalogue::enterprise_plan),
            packages: table(style, &seeds["packages"], catalogue::package),
            package_products: table(style, &seeds["package_products"], catalogue::package_product),
            payments: table(style, &seeds["payments"], money::payment),
            rates: seeds["rates"].iter().map(|seed| money::rate(&mut Maker::new(style, *seed))).collect(),
            shipped: if shipped.is_empty() { Vec::new() } else { vec![shipped_payments(&shipped)] },
        };
        // Without these, the subscriptions' own columns tell who cancelled.
        if !cancellations {
            data.cancellations.clear();
        }
        // Two rates of one day: which is the later is not said.
        let mut seen = BTreeSet::new();
        data.rates.retain(|rate| seen.insert((rate.date, rate.currency.clone())));
        name_ambiguous_tags(&mut data);
        data
    })
}

/// A shipped table with sums that are wrong and days that are far off: no answer may use them.
fn shipped_payments(seeds: &[u64]) -> Sheet {
    let header = vec!["OrganizationId", "Date", "Currency", "Amount"];
    let row = |seed: &u64| {
        let day = format!("2031-01-{:02}", 1 + seed % 28);
        vec![String::new(), day, "NOK".to_owned(), (seed % 1000).to_string()]
    };
    Sheet { name: "daily_paid_amounts", header, rows: seeds.iter().map(row).collect() }
}

fn name_ambiguous_tags(data: &mut Dataset) {
    fn has<T: Record>(rows: &[T], key: &str) -> usize {
        usize::from(rows.iter().any(|row| row.key() == key))
    }
    let mut tags = std::mem::take(&mut data.tags);
    for tag in &mut tags {
        let key = tag.reference.as_deref().unwrap_or_default();
        let holders = has(&data.subscriptions, key)
            + has(&data.subscribers, key)
            + has(&data.accounts, key)
            + has(&data.payments, key)
            + has(&data.demands, key);
        if tag.reference_type.is_none() && holders > 1 {
            tag.reference_type = Some("Subscriber".to_owned());
        }
    }
    data.tags = tags;
}
