//! Which products did a demand bill, and how much of each?
//!
//! Invariant: the parts of a detail add up to its amount.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::cells::Units;
use super::data::{Demand, Detail, OrderProduct, Package, PackageProduct, Subscription};
use super::world::{World, find};

/// What a detail bills for one product.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    pub product: Option<&'a str>,
    /// The discount of the package that was billed.
    pub discount: Option<&'a str>,
    /// In units of 10^-4.
    pub amount: i64,
}

/// Price × quantity of each product, in units of 10^-8. A line without a product comes last.
type Weights<'a> = BTreeMap<(bool, Option<&'a str>), i128>;

pub fn parts<'a>(world: &World<'a>, demand: &Demand) -> Vec<Part<'a>> {
    let of_demand = |detail: &&Detail| detail.demand.as_deref() == Some(&demand.key);
    let details = world.data.details.iter().filter(of_demand);
    details.flat_map(|detail| parts_of_detail(world, detail)).collect()
}

fn parts_of_detail<'a>(world: &World<'a>, detail: &'a Detail) -> Vec<Part<'a>> {
    let amount = detail.amount.map_or(0, |amount| amount.0);
    let packages: Vec<&str> = [&detail.next_subscription, &detail.subscription]
        .into_iter()
        .filter_map(|key| find(&world.subscriptions, key.as_deref()))
        .filter_map(|period: &Subscription| period.package.as_deref())
        .collect();
    let discount_of = |package: Option<&'a Package>| package.and_then(|package| package.discount.as_deref());
    // The package that was billed may not be in the store: then no other one lends its discount.
    let discount = discount_of(find(&world.packages, packages.first().copied()));
    if let Some(product) = &detail.product {
        return vec![Part { product: Some(product), discount, amount }];
    }
    for package in packages {
        let weights = package_weights(world, package);
        if weights.values().sum::<i128>() > 0 {
            let discount = discount_of(find(&world.packages, Some(package)));
            return split(amount, &weights, discount);
        }
    }
    let weights = order_weights(world, detail.order.as_deref());
    if weights.values().sum::<i128>() > 0 {
        return split(amount, &weights, discount);
    }
    vec![Part { product: None, discount, amount }]
}

/// By largest remainder, ties to the smaller product, in cents where the amount is whole in them.
fn split<'a>(amount: i64, weights: &Weights<'a>, discount: Option<&'a str>) -> Vec<Part<'a>> {
    let unit = if amount % 100 == 0 { 100 } else { 1 };
    let whole = i128::from(amount.abs() / unit);
    let total: i128 = weights.values().sum();
    let mut shares: Vec<i128> = weights.values().map(|weight| (whole * weight).div_euclid(total)).collect();
    let mut by_rest: Vec<usize> = (0..shares.len()).collect();
    let rest = |weight: &i128| (whole * weight).rem_euclid(total);
    let rests: Vec<i128> = weights.values().map(rest).collect();
    // Stable: of equal remainders the smaller product comes first.
    by_rest.sort_by_key(|position| Reverse(rests[*position]));
    let left = whole - shares.iter().sum::<i128>();
    for position in by_rest.into_iter().take(usize::try_from(left).expect("less than one per product")) {
        shares[position] += 1;
    }
    let part = |(product, share): (Option<&'a str>, i128)| {
        let share = i64::try_from(share).expect("a part of an amount");
        Part { product, discount, amount: amount.signum() * unit * share }
    };
    weights.keys().map(|(_, product)| *product).zip(shares).map(part).collect()
}

fn package_weights<'a>(world: &World<'a>, package: &str) -> Weights<'a> {
    let lines = world.data.package_products.iter();
    let lines = lines.filter(|line: &&PackageProduct| line.package.as_deref() == Some(package));
    weights(lines.map(|line| (line.product.as_deref(), line.price, line.quantity)))
}

fn order_weights<'a>(world: &World<'a>, order: Option<&str>) -> Weights<'a> {
    let lines = world.data.order_products.iter();
    let lines = lines.filter(|line: &&OrderProduct| order.is_some() && line.order.as_deref() == order);
    weights(lines.map(|line| (line.product.as_deref(), line.price, line.quantity)))
}

fn weights<'a>(lines: impl Iterator<Item = (Option<&'a str>, Option<Units>, Option<Units>)>) -> Weights<'a> {
    let mut weights = Weights::new();
    for (product, price, quantity) in lines {
        let price = price.map_or(0, |price| i128::from(price.0));
        let quantity = quantity.map_or(10_000, |quantity| i128::from(quantity.0));
        *weights.entry((product.is_none(), product)).or_default() += price * quantity;
    }
    weights
}
