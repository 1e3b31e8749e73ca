//! Which products is a row about, and in which reporting groups are they?

use std::collections::HashMap;
use std::sync::Arc;

use super::values::{Coded, exact};
use crate::index::groups;
use crate::kpi::dims::Many;
use crate::kpi::lookup::{Lookups, code_at, reference_at};
use crate::store::dictionary::fold;
use crate::store::{NULL_ID, StoreError};

const PACKAGES: &str = "subscription_packages";
const PLACES: &str = "product_reporting_groups";

/// Products of packages and of orders, and the groups of products and discounts.
#[derive(Debug, Default)]
pub struct Products {
    /// Products of each package.
    pub by_package: Many,
    /// Products of each order's lines.
    pub by_order: Many,
    /// Codes of the names of reporting groups.
    pub groups: Coded,
    /// Group codes of each product.
    pub groups_by_product: Many,
    /// Group codes of the discount of each package.
    pub groups_by_discount: Many,
}

/// The products of the store.
///
/// # Errors
/// When the store is damaged.
pub fn products(lookups: &Lookups<'_>) -> Result<Arc<Products>, StoreError> {
    lookups.billing().products(|| build(lookups))
}

fn build(lookups: &Lookups<'_>) -> Result<Products, StoreError> {
    let names = exact(lookups.texts("reporting_groups", "Name")?.into_iter());
    let places = lookups.known(PLACES)?;
    let (of, discounts) =
        (lookups.references(PLACES, "ReportingGroupId")?, lookups.codes(PLACES, "PermanentDiscount")?);
    let spelled = |table: &'static str| -> Result<Vec<String>, StoreError> {
        let dictionary = lookups.dictionary(table, "PermanentDiscount")?;
        let each = 0..=dictionary.map_or(0, |d| d.len()) as u32;
        Ok(each.map(|c| dictionary.map_or_else(String::new, |d| fold(&d.text(c)))).collect())
    };
    let place_spellings = spelled(PLACES)?;
    let mut by_discount: HashMap<&str, Vec<u32>> = HashMap::new();
    for place in places.iter() {
        let group = code_at(&names.codes, reference_at(&of, place));
        if group == 0 {
            continue;
        }
        if let code @ 1.. = code_at(&discounts, place) {
            by_discount.entry(&place_spellings[code as usize]).or_default().push(group);
        }
    }
    let mut by_product: Vec<(u32, u32)> = Vec::new();
    for (group, products) in groups::products(lookups.snapshot())? {
        if let code @ 1.. = code_at(&names.codes, group as u32) {
            by_product.extend(products.iter().map(|product| (product, code)));
        }
    }
    let mut groups_by_discount = Many::default();
    let package_spellings = spelled(PACKAGES)?;
    for &code in lookups.codes(PACKAGES, "PermanentDiscount")?.iter() {
        let spelling = package_spellings.get(code as usize).filter(|_| code > 0);
        let groups = spelling.and_then(|s| by_discount.get(s.as_str())).cloned().unwrap_or_default();
        groups_by_discount.push(distinct(groups));
    }
    Ok(Products {
        by_package: pairs(lookups, "subscription_package_products", "SubscriptionPackageId", PACKAGES)?,
        by_order: pairs(lookups, "order_products", "OrderId", "orders")?,
        groups_by_product: many(lookups.ids_of("products"), by_product),
        groups_by_discount,
        groups: names,
    })
}

/// The products that lines name, by what the lines belong to.
fn pairs(
    lookups: &Lookups<'_>,
    lines: &'static str,
    owner: &'static str,
    owners: &str,
) -> Result<Many, StoreError> {
    let (of, products) = (lookups.references(lines, owner)?, lookups.references(lines, "ProductId")?);
    let known = lookups.known(lines)?;
    let pair = |line: u32| (reference_at(&of, line), reference_at(&products, line));
    let pairs = known.iter().map(pair).filter(|p| p.0 != NULL_ID && p.1 != NULL_ID).collect();
    Ok(many(lookups.ids_of(owners), pairs))
}

fn distinct(mut codes: Vec<u32>) -> Vec<u32> {
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Distinct second numbers by the first, which is below `rows`.
pub(super) fn many(rows: usize, mut pairs: Vec<(u32, u32)>) -> Many {
    pairs.sort_unstable();
    pairs.dedup();
    let mut many = Many::default();
    let mut at = 0;
    for row in 0..rows as u32 {
        let end = at + pairs[at..].partition_point(|p| p.0 == row);
        many.push(pairs[at..end].iter().map(|p| p.1));
        at = end;
    }
    many
}

/// The distinct codes of several products: those without a value leave none.
pub(super) fn codes_of(products: &[u32], codes: &[u32]) -> Vec<u32> {
    distinct(products.iter().map(|&p| code_at(codes, p)).filter(|&c| c != 0).collect())
}

impl Products {
    /// The groups of products, and of a package's discount.
    pub(super) fn groups_of(&self, products: &[u32], package: u32) -> Vec<u32> {
        let of_products = products.iter().flat_map(|&p| self.groups_by_product.of(p));
        distinct(of_products.chain(self.groups_by_discount.of(package)).copied().collect())
    }
}
