//! A random export of the billing model: small, but with everything that makes figures go wrong.
//!
//! Invariant: a tag without a type means at most one entity, so that no row is refused.

use proptest::collection::vec;
use proptest::prelude::*;

use super::maker::Maker;
use super::{catalogue, money};
use crate::generate::data::{Style, rows, seeds};
use crate::reference::billing::data::{Dataset, Record};
use crate::reference::data::Sheet;

/// The most rows of each table, in the order in which `tables` takes them.
const ROWS: [usize; 26] =
    [4, 7, 12, 16, 12, 4, 10, 24, 30, 20, 34, 50, 14, 14, 14, 50, 40, 60, 70, 25, 20, 4, 8, 22, 70, 14];

/// Random rows of one table; of those with the same key only the first stays.
fn table<T: Record>(style: &Style, seeds: &[u64], row: fn(&mut Maker<'_>) -> T) -> Vec<T> {
    rows(seeds, |seed| row(&mut Maker::new(style, seed)), |row| Some(row.key()))
}

pub fn dataset() -> impl Strategy<Value = Dataset> {
    let tables: Vec<_> = ROWS.iter().map(|most| seeds(*most)).collect();
    let flags = (any::<bool>(), vec(any::<u64>().no_shrink(), 0..3));
    (any::<u64>().no_shrink(), tables, flags).prop_map(|(seed, tables, (cancellations, shipped))| {
        let style = &Style::new(seed);
        let mut tables = tables.iter();
        let mut next = || tables.next().expect("a table has its rows").as_slice();
        let mut data = Dataset {
            organizations: table(style, next(), catalogue::organization),
            products: table(style, next(), catalogue::product),
            subscribers: table(style, next(), catalogue::subscriber),
            contacts: table(style, next(), catalogue::contact),
            accounts: table(style, next(), catalogue::account),
            reporting_groups: table(style, next(), catalogue::reporting_group),
            group_members: table(style, next(), catalogue::group_member),
            tags: table(style, next(), catalogue::tag),
            transactions: table(style, next(), money::transaction),
            invoices: table(style, next(), money::invoice),
            demands: table(style, next(), money::demand),
            details: table(style, next(), money::detail),
            fees: table(style, next(), money::fee),
            allowances: table(style, next(), money::allowance),
            charges: table(style, next(), money::charge),
            ledgers: table(style, next(), money::ledger),
            orders: table(style, next(), money::order),
            order_products: table(style, next(), money::order_product),
            subscriptions: table(style, next(), money::subscription),
            cancellations: table(style, next(), money::cancellation),
            contracts: table(style, next(), money::contract),
            enterprise_plans: table(style, next(), catalogue::enterprise_plan),
            packages: table(style, next(), catalogue::package),
            package_products: table(style, next(), catalogue::package_product),
            payments: table(style, next(), money::payment),
            rates: next().iter().map(|seed| money::rate(&mut Maker::new(style, *seed))).collect(),
            shipped: if shipped.is_empty() { Vec::new() } else { vec![shipped_payments(&shipped)] },
        };
        // Without these, the subscriptions' own columns tell who cancelled.
        if !cancellations {
            data.cancellations.clear();
        }
        // Two rates of one day: which is the later is not said.
        let mut seen = std::collections::BTreeSet::new();
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
