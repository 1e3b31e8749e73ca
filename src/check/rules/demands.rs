//! Does a demand add up?

use super::sums::{by_demand, claims};
use crate::check::cells::money;
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict, nothing_else};
use crate::store::{NULL_ID, NULL_NUMBER};

/// Tables whose rows are parts of a demand.
const PARTS: &[&str] =
    &["payment_demand_details", "payment_demand_fees", "payment_demand_allowances", "payment_demand_charges"];

/// The amount of a demand is the sum of its details.
pub fn amount(scope: &Scope<'_, '_>) -> Found {
    let details = by_demand(scope.data, "payment_demand_details")?;
    let details = &details;
    scope.judge_showing(
        |part| {
            let (amounts, ids) = (part.numbers("Amount")?, part.ids());
            Ok(move |row| {
                let (amount, id) = (amounts.get(row), ids.of(row));
                let looked = amount != NULL_NUMBER && details.rows(id) > 0;
                Verdict::when(looked, || i128::from(amount) != details.sum(id))
            })
        },
        |part, row| Ok(vec![("sum of details", money(details.sum(part.ids().of(row))))]),
    )
}

/// A demand has details.
pub fn without_details(scope: &Scope<'_, '_>) -> Found {
    let details = by_demand(scope.data, "payment_demand_details")?;
    let details = &details;
    scope.judge(|part| {
        let ids = part.ids();
        Ok(move |row| Verdict::of(details.rows(ids.of(row)) == 0))
    })
}

/// A detail, fee, allowance or charge belongs to a demand that is there.
pub fn part_without_demand(scope: &Scope<'_, '_>) -> Found {
    let known = scope.data.known("payment_demands")?;
    let known = &known;
    let there = PARTS.iter().filter(|table| scope.data.has((table, "PaymentDemandId")));
    let find = |table: &&str| {
        scope.judge_table(
            table,
            table,
            &["PaymentDemandId", "Amount"],
            |part| {
                let demands = part.references("PaymentDemandId")?;
                Ok(move |row| {
                    let demand = demands.get(row);
                    Verdict::of(demand == NULL_ID || !known.has(demand))
                })
            },
            nothing_else,
        )
    };
    there.map(find).collect()
}

/// A demand ends in one way only: settled, credited or written off.
pub fn ended_twice(scope: &Scope<'_, '_>) -> Found {
    let columns = scope.rule.columns(scope.rule.table());
    scope.judge(|part| {
        let ends = columns.iter().map(|c| part.numbers(c)).collect::<Result<Vec<_>, _>>()?;
        Ok(move |row| {
            let times = ends.iter().filter(|end| end.get(row) != NULL_NUMBER).count();
            Verdict::when(times > 0, || times > 1)
        })
    })
}

/// What a demand claims is not negative.
pub fn negative_claim(scope: &Scope<'_, '_>) -> Found {
    let claims = claims(scope.data)?;
    let claim = |id: u32| claims.get(id as usize).copied().unwrap_or(0);
    scope.judge_showing(
        |part| {
            let ids = part.ids();
            Ok(move |row| Verdict::of(claim(ids.of(row)) < 0))
        },
        |part, row| Ok(vec![("claim", money(claim(part.ids().of(row))))]),
    )
}
