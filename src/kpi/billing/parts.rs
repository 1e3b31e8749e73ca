//! Into which parts are orders and demands cut, so that each is about one product?
//!
//! An order is cut into its lines. A detail of a demand that names no product is split over the
//! products of the package billed, or else of the package before, or else of the order, by price ×
//! quantity: in hundredths (in units of 0.0001 where the amount is finer) by largest remainder, so that
//! the parts add up to the detail exactly.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::products::many;
use crate::kpi::dims::Many;
use crate::kpi::lookup::{Keys, Lookups, number_at, reference_at};
use crate::kpi::scan::facts::Parts;
use crate::model::DECIMAL_ONE;
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

const DETAILS: &str = "payment_demand_details";

/// The billed amounts, cut into products.
#[derive(Debug, Default)]
pub struct BilledParts {
    /// The demand of each part.
    pub demands: Arc<Vec<u32>>,
    /// The product of each part.
    pub products: Arc<Vec<u32>>,
    /// The package that each part was billed for.
    pub packages: Vec<u32>,
    /// The amount of each part, in units of 0.0001.
    pub amounts: Vec<i64>,
}

/// The row of the fact's table that each part is cut from.
///
/// # Errors
/// When the store is damaged.
pub fn owners(lookups: &Lookups<'_>, parts: Parts) -> Result<Arc<Vec<u32>>, StoreError> {
    match parts {
        Parts::OrderLines => lookups.references("order_products", "OrderId"),
        Parts::BilledProducts => Ok(billed(lookups)?.demands.clone()),
    }
}

/// The product of each part.
///
/// # Errors
/// When the store is damaged.
pub fn products(lookups: &Lookups<'_>, parts: Parts) -> Result<Arc<Vec<u32>>, StoreError> {
    match parts {
        Parts::OrderLines => lookups.references("order_products", "ProductId"),
        Parts::BilledProducts => Ok(billed(lookups)?.products.clone()),
    }
}

/// The billed amounts, cut into products.
///
/// # Errors
/// When the store is damaged.
pub fn billed(lookups: &Lookups<'_>) -> Result<Arc<BilledParts>, StoreError> {
    lookups.billing().parts(|| cut(lookups))
}

fn cut(lookups: &Lookups<'_>) -> Result<BilledParts, StoreError> {
    let of_package = Weights::new(
        lookups,
        "subscription_package_products",
        "SubscriptionPackageId",
        "subscription_packages",
    )?;
    let of_order = Weights::new(lookups, "order_products", "OrderId", "orders")?;
    let package_of = lookups.references("subscriptions", "SubscriptionPackageId")?;
    let column = |name| lookups.references(DETAILS, name);
    let (demands, named) = (column("PaymentDemandId")?, column("ProductId")?);
    let (next, before, orders) =
        (column("NextSubscriptionId")?, column("SubscriptionId")?, column("OrderId")?);
    let amounts = lookups.numbers(DETAILS, "Amount")?;
    let keys = lookups.keys("products")?;
    let mut parts = BilledParts::default();
    let (mut of_demand, mut of_product) = (Vec::new(), Vec::new());
    for detail in lookups.known(DETAILS)?.iter() {
        let demand = reference_at(&demands, detail);
        if demand == NULL_ID {
            continue;
        }
        // A detail without an amount is there, and adds nothing.
        let amount = match number_at(&amounts, detail) {
            NULL_NUMBER => 0,
            amount => amount,
        };
        let packages = [&next, &before].map(|c| reference_at(&package_of, reference_at(c, detail)));
        let first = packages.into_iter().find(|&p| p != NULL_ID).unwrap_or(NULL_ID);
        let mut put = |product, package, amount| {
            of_demand.push(demand);
            of_product.push(product);
            parts.packages.push(package);
            parts.amounts.push(amount);
        };
        let product = reference_at(&named, detail);
        if product != NULL_ID {
            put(product, first, amount);
            continue;
        }
        let by_package = packages.into_iter().map(|p| (p, of_package.of(p)));
        let by_order = std::iter::once((first, of_order.of(reference_at(&orders, detail))));
        let split = by_package
            .chain(by_order)
            .find_map(|(package, weights)| Some((package, largest_remainder(amount, weights, &keys)?)));
        match split {
            Some((package, shares)) => {
                shares.into_iter().for_each(|(product, share)| put(product, package, share))
            }
            None => put(NULL_ID, first, amount),
        }
    }
    parts.demands = Arc::new(of_demand);
    parts.products = Arc::new(of_product);
    Ok(parts)
}

/// Products and weights of packages or orders.
struct Weights {
    lines: Many,
    products: Arc<Vec<u32>>,
    prices: Arc<Vec<i64>>,
    quantities: Arc<Vec<i64>>,
}

impl Weights {
    fn new(
        lookups: &Lookups<'_>,
        table: &'static str,
        owner: &'static str,
        owners: &str,
    ) -> Result<Self, StoreError> {
        let of = lookups.references(table, owner)?;
        let known = lookups.known(table)?;
        let pairs = known.iter().map(|line| (reference_at(&of, line), line)).filter(|p| p.0 != NULL_ID);
        Ok(Weights {
            lines: many(lookups.ids_of(owners), pairs.collect()),
            products: lookups.references(table, "ProductId")?,
            prices: lookups.numbers(table, "Price")?,
            quantities: lookups.numbers(table, "Quantity")?,
        })
    }

    /// Price × quantity of each product of an owner.
    fn of(&self, owner: u32) -> BTreeMap<u32, i128> {
        let mut weights = BTreeMap::new();
        for &line in self.lines.of(owner) {
            *weights.entry(reference_at(&self.products, line)).or_default() +=
                line_value(number_at(&self.prices, line), number_at(&self.quantities, line)).unwrap_or(0);
        }
        weights
    }
}

/// Price × quantity in units of 0.00000001; a missing quantity is 1, without a price there is none.
pub fn line_value(price: i64, quantity: i64) -> Option<i128> {
    let quantity = if quantity == NULL_NUMBER { DECIMAL_ONE } else { quantity };
    (price != NULL_NUMBER).then(|| i128::from(price) * i128::from(quantity))
}

/// An amount in shares as its weights: whole hundredths where it has no finer part. None when the
/// weights do not add up to more than 0.
fn largest_remainder(amount: i64, weights: BTreeMap<u32, i128>, keys: &Keys<'_>) -> Option<Vec<(u32, i64)>> {
    const HUNDREDTH: i64 = DECIMAL_ONE / 100;
    let total = weights.values().try_fold(0i128, |sum, w| sum.checked_add(*w)).filter(|&t| t > 0)?;
    let step = if amount % HUNDREDTH == 0 { HUNDREDTH } else { 1 };
    let whole = i128::from(amount.unsigned_abs()) / i128::from(step);
    let mut shares = Vec::with_capacity(weights.len());
    for (product, weight) in weights {
        let product_of = whole.checked_mul(weight)?;
        shares.push((product, product_of.div_euclid(total), product_of.rem_euclid(total)));
    }
    let mut left = whole - shares.iter().map(|s| s.1).sum::<i128>();
    // The largest remainder first; on a tie the smaller key, a missing product last.
    shares.sort_by(|a, b| {
        let missing = (a.0 == NULL_ID).cmp(&(b.0 == NULL_ID));
        b.2.cmp(&a.2).then(missing).then_with(|| keys.order(a.0, b.0))
    });
    let sign = amount.signum();
    let share = |(product, units, _): (u32, i128, i128)| {
        let more = i128::from(left > 0);
        left -= more;
        (product, sign * step * (units + more) as i64)
    };
    Some(shares.into_iter().map(share).collect())
}

/// The billed amounts, where it is these that are cut.
///
/// # Errors
/// When the store is damaged.
pub fn billed_packages(lookups: &Lookups<'_>, parts: Parts) -> Result<Option<Arc<BilledParts>>, StoreError> {
    match parts {
        Parts::OrderLines => Ok(None),
        Parts::BilledProducts => billed(lookups).map(Some),
    }
}
