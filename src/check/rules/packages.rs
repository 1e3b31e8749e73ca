//! Do packages lead to products, and products to reporting groups?

use crate::check::cells::cell;
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::kpi::registry::Column;
use crate::store::{BitVec, StoreError};

/// A package has products.
pub fn without_products(scope: &Scope<'_, '_>) -> Found {
    unmentioned(scope, ("subscription_package_products", "SubscriptionPackageId"), "ProductId")
}

/// A product is in a reporting group.
pub fn product_without_group(scope: &Scope<'_, '_>) -> Found {
    unmentioned(scope, ("product_reporting_groups", "ProductId"), "ReportingGroupId")
}

/// Rows of the rule's table that no row of another table brings together with anything.
fn unmentioned(scope: &Scope<'_, '_>, (table, column): Column, with: &str) -> Found {
    let mut mentioned = BitVec::zeros(scope.data.lookups.ids_of(scope.rule.table()));
    mention(scope, (table, column), with, &mut mentioned)?;
    let mentioned = &mentioned;
    scope.judge_showing(
        |part| {
            let ids = part.ids();
            Ok(move |row| Verdict::of(!mentioned.get(ids.of(row) as usize)))
        },
        |part, row| Ok(vec![("Name", cell(scope.data, part, row, "Name")?)]),
    )
}

fn mention(
    scope: &Scope<'_, '_>,
    (table, column): Column,
    with: &str,
    mentioned: &mut BitVec,
) -> Result<(), StoreError> {
    for part in scope.data.parts(table)? {
        let (ids, with) = (part.references(column)?, part.references(with)?);
        for row in part.rows().filter(|&row| with.get(row) != crate::store::NULL_ID) {
            if (ids.get(row) as usize) < mentioned.len() {
                mentioned.set(ids.get(row) as usize);
            }
        }
    }
    Ok(())
}
