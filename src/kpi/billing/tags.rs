//! Which tags does a row have: its own, those of its subscriptions, of its account and of its subscriber?

use super::reach::{reached, reaches};
use super::values::Spellings;
use crate::index::tags;
use crate::kpi::dims::Many;
use crate::kpi::lookup::{Lookups, reference_at};
use crate::model::{SCHEMA, TableDef};
use crate::store::dictionary::fold;
use crate::store::{NULL_ID, Snapshot, StoreError};

/// Tables whose tags the rows that lead to them have too.
const INHERITED: [&str; 3] = ["subscriptions", "subscriber_accounts", "subscribers"];

/// Other tables whose rows have tags of their own.
const OWN: [&str; 2] = ["payments", "payment_demands"];

/// Whether rows of a table can have tags.
pub fn has_tags(def: &TableDef) -> bool {
    OWN.contains(&def.name) || INHERITED.iter().any(|target| reaches(def, target))
}

/// Key and value of a tag: what stands before and after the first `:` or `=`.
pub fn split(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once([':', '='])?;
    let (key, value) = (key.trim(), value.trim());
    (!key.is_empty() && !value.is_empty()).then_some((key, value))
}

/// The whole tags of the rows of a table: codes of spellings shown.
///
/// # Errors
/// When the store is damaged.
pub fn whole(lookups: &Lookups<'_>, table: &'static str) -> Result<(Many, Vec<String>), StoreError> {
    of_rows(lookups, table, |text| Some(text))
}

/// The values that the tags of the rows of a table have under a key.
///
/// # Errors
/// When the store is damaged.
pub fn under(
    lookups: &Lookups<'_>,
    table: &'static str,
    key: &str,
) -> Result<(Many, Vec<String>), StoreError> {
    let key = fold(key);
    of_rows(lookups, table, |text| split(text).filter(|(k, _)| fold(k) == key).map(|(_, value)| value))
}

fn of_rows(
    lookups: &Lookups<'_>,
    table: &'static str,
    part: impl for<'t> Fn(&'t str) -> Option<&'t str>,
) -> Result<(Many, Vec<String>), StoreError> {
    let mut spellings = Spellings::default();
    let mut codes = vec![0];
    if let Some(dictionary) = lookups.dictionary("tags", "Value")? {
        for code in 1..=dictionary.len() as u32 {
            let text = dictionary.text(code);
            codes.push(part(&text).map_or(0, |t| spellings.add(t, dictionary.count(code))));
        }
    }
    let def = SCHEMA.get(SCHEMA.id(table));
    let rows = lookups.ids_of(table);
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    let snapshot = lookups.snapshot();
    if OWN.contains(&table) {
        let own = entities(snapshot, table, lookups.ids_of(table), &codes)?;
        (0..rows as u32).for_each(|row| pairs.extend(own.of(row).iter().map(|&c| (row, c))));
    }
    for target in INHERITED.into_iter().filter(|target| reaches(def, target)) {
        let of = entities(snapshot, target, lookups.ids_of(target), &codes)?;
        let ids = reached(lookups, table, target)?.ids.clone();
        for (row, &id) in (0u32..).zip(ids.iter()) {
            pairs.extend(of.of(id).iter().map(|&c| (row, c)));
        }
    }
    if table == "payment_demands" {
        let of = entities(snapshot, "subscriptions", lookups.ids_of("subscriptions"), &codes)?;
        let demands = lookups.references("payment_demand_details", "PaymentDemandId")?;
        for column in ["SubscriptionId", "NextSubscriptionId"] {
            let subscriptions = lookups.references("payment_demand_details", column)?;
            for detail in lookups.known("payment_demand_details")?.iter() {
                let demand = reference_at(&demands, detail);
                if demand != NULL_ID {
                    let subscription = reference_at(&subscriptions, detail);
                    pairs.extend(of.of(subscription).iter().map(|&c| (demand, c)));
                }
            }
        }
    }
    Ok((super::products::many(rows, pairs), spellings.texts()))
}

/// The codes of each entity's tags.
fn entities(snapshot: &Snapshot, table: &str, ids: usize, codes: &[u32]) -> Result<Many, StoreError> {
    let mut pairs = Vec::new();
    for (value, set) in tags::sets(snapshot, table)? {
        if let Some(&code @ 1..) = codes.get(value as usize) {
            pairs.extend(set.iter().map(|id| (id, code)));
        }
    }
    Ok(super::products::many(ids, pairs))
}
