//! Which products are in which reporting group: a set of product ids per group.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::Made;
use crate::store::{NULL_ID, Snapshot, StoreError, sets};

/// The look-up's name.
pub(super) const PRODUCTS: &str = "groups.products";

/// The products of each reporting group, by the id of the group; nothing when no product is in one.
///
/// # Errors
/// When the look-up is damaged.
pub fn products(snapshot: &Snapshot) -> Result<Vec<(i64, RoaringBitmap)>, StoreError> {
    match snapshot.derived(PRODUCTS)? {
        Some(file) => sets::read(file, snapshot.ids_of("products"), |_| true),
        None => Ok(Vec::new()),
    }
}

pub(super) fn build(snapshot: &Snapshot) -> Result<Vec<Made>, StoreError> {
    let mut members: BTreeMap<i64, RoaringBitmap> = BTreeMap::new();
    if let Some(table) = snapshot.named("product_reporting_groups") {
        for (_, file) in table.chunks()? {
            let (groups, products) = (file.ids("ReportingGroupId")?, file.ids("ProductId")?);
            for row in 0..file.rows() {
                let (group, product) = (groups.get(row), products.get(row));
                if group != NULL_ID && product != NULL_ID {
                    members.entry(i64::from(group)).or_default().insert(product);
                }
            }
        }
    }
    Ok(vec![super::members(members)])
}
