//! To which subscriber, account, subscription, package, plan or organization does a row lead?
//!
//! A row leads there by its own column; where its table has none, through its subscription. A
//! subscriber is also looked for there when the row's own cell is empty.

use std::sync::Arc;

use crate::kpi::lookup::{Lookups, reference_at};
use crate::model::{SCHEMA, TableDef};
use crate::store::{BitVec, NULL_ID, StoreError};

/// Tables that rows lead to, and the column that names their key.
const COLUMNS: [(&str, &str); 6] = [
    ("organizations", "OrganizationId"),
    ("subscribers", "SubscriberId"),
    ("subscriber_accounts", "SubscriberAccountId"),
    ("subscriptions", "SubscriptionId"),
    ("subscription_packages", "SubscriptionPackageId"),
    ("enterprise_plans", "EnterprisePlanId"),
];

const SUBSCRIPTION: &str = "SubscriptionId";

/// Where each row of a table leads to.
#[derive(Debug, Default)]
pub struct Reached {
    /// The id of the row that it leads to, known or not.
    pub ids: Arc<Vec<u32>>,
    /// Rows that lead to one that no load brought.
    pub strangers: Arc<BitVec>,
}

fn column(target: &str) -> &'static str {
    COLUMNS.iter().find(|c| c.0 == target).map(|c| c.1).expect("rows lead to the tables listed")
}

/// Whether the rows of a table lead to another.
pub fn reaches(def: &TableDef, target: &str) -> bool {
    target == def.name
        || def.position(column(target)).is_some()
        || (target != "subscriptions" && def.position(SUBSCRIPTION).is_some())
}

/// Where the rows of a table lead to in another that they [reach](reaches).
///
/// # Errors
/// When the store is damaged.
pub fn reached(
    lookups: &Lookups<'_>,
    table: &'static str,
    target: &'static str,
) -> Result<Arc<Reached>, StoreError> {
    lookups.billing().reached((table, target), || follow(lookups, table, target))
}

fn follow(lookups: &Lookups<'_>, table: &'static str, target: &'static str) -> Result<Reached, StoreError> {
    let def = SCHEMA.get(SCHEMA.id(table));
    let rows = lookups.ids_of(table);
    if table == target {
        return Ok(Reached { ids: Arc::new((0..rows as u32).collect()), strangers: Arc::default() });
    }
    let name = column(target);
    let own = def.position(name).map(|_| lookups.references(table, name)).transpose()?;
    let through = own.is_none() || target == "subscribers";
    let by_subscription = (through && def.position(SUBSCRIPTION).is_some())
        .then(|| {
            Ok::<_, StoreError>((
                lookups.references(table, SUBSCRIPTION)?,
                lookups.references("subscriptions", name)?,
            ))
        })
        .transpose()?;
    let known = lookups.known(target)?;
    let known_subscriptions = by_subscription.as_ref().map(|_| lookups.known("subscriptions")).transpose()?;
    let mut ids = Vec::with_capacity(rows);
    let mut strangers = BitVec::zeros(rows);
    for row in 0..rows {
        let mut id = own.as_ref().map_or(NULL_ID, |own| reference_at(own, row as u32));
        let mut is_stranger = false;
        if let (NULL_ID, Some((of_row, of_subscription))) = (id, &by_subscription) {
            let subscription = reference_at(of_row, row as u32);
            id = reference_at(of_subscription, subscription);
            is_stranger = subscription != NULL_ID
                && known_subscriptions.as_ref().is_some_and(|known| !known.contains(subscription));
        }
        if is_stranger || (id != NULL_ID && !known.contains(id)) {
            strangers.set(row);
        }
        ids.push(id);
    }
    Ok(Reached { ids: Arc::new(ids), strangers: Arc::new(strangers) })
}
