//! What does each demand claim, and how much of that have payments covered by a day?
//!
//! The completed payments of an invoice go to its demands in order of due date, each up to its claim.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::days::days;
use super::rows::is_one_of;
use crate::kpi::context::Context;
use crate::kpi::error::KpiError;
use crate::kpi::lookup::{Lookups, code_at, number_at, reference_at};
use crate::model::Day;
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

const DEMANDS: &str = "payment_demands";

/// Amounts of demands, in units of 0.0001.
#[derive(Debug, Default)]
pub struct Claims {
    /// Sum of the details.
    pub billed: Vec<i64>,
    /// Sum of the fees.
    pub fees: Vec<i64>,
    /// Sum of the charges.
    pub charges: Vec<i64>,
    /// Sum of the allowances.
    pub allowances: Vec<i64>,
    /// What is claimed: the amount (or else the details), fees and charges, less allowances; at least 0.
    pub claimed: Vec<i64>,
}

/// What the demands of the store claim.
///
/// # Errors
/// When the store is damaged.
pub fn claims(lookups: &Lookups<'_>) -> Result<Arc<Claims>, StoreError> {
    lookups.billing().claims(|| {
        let billed = sums(lookups, "payment_demand_details")?;
        let fees = sums(lookups, "payment_demand_fees")?;
        let charges = sums(lookups, "payment_demand_charges")?;
        let allowances = sums(lookups, "payment_demand_allowances")?;
        let amounts = lookups.numbers(DEMANDS, "Amount")?;
        let claim = |demand: usize| {
            let amount = match number_at(&amounts, demand as u32) {
                NULL_NUMBER => billed[demand],
                amount => amount,
            };
            (amount + fees[demand] + charges[demand] - allowances[demand]).max(0)
        };
        let claimed = (0..billed.len()).map(claim).collect();
        Ok(Claims { billed, fees, charges, allowances, claimed })
    })
}

/// The sums of a table's amounts, by demand.
fn sums(lookups: &Lookups<'_>, table: &'static str) -> Result<Vec<i64>, StoreError> {
    let (of, amounts) = (lookups.references(table, "PaymentDemandId")?, lookups.numbers(table, "Amount")?);
    let mut sums = vec![0i64; lookups.ids_of(DEMANDS)];
    for row in lookups.known(table)?.iter() {
        let amount = number_at(&amounts, row);
        if let Some(sum) = sums.get_mut(reference_at(&of, row) as usize).filter(|_| amount != NULL_NUMBER) {
            *sum = sum.saturating_add(amount);
        }
    }
    Ok(sums)
}

/// Demands and payments of one invoice in one currency.
#[derive(Clone, Debug, Default)]
struct Pool {
    demands: Range<usize>,
    payments: Range<usize>,
}

/// How payments cover demands, on any day.
pub struct Allocation {
    claims: Arc<Claims>,
    issued: Arc<Vec<i64>>,
    credited: Arc<Vec<i64>>,
    pools: Vec<Pool>,
    /// Demands pool by pool, in the order in which they are covered.
    demands: Vec<u32>,
    /// Days of payments pool by pool, and what was paid up to each.
    payments: Vec<(i64, i128)>,
}

/// The pool of a demand without invoice.
pub const NO_POOL: u32 = u32::MAX;

impl Allocation {
    /// Reads demands and payments; with it comes the pool of each demand.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn new(ctx: &Context<'_, '_>) -> Result<(Self, Vec<u32>), KpiError> {
        let lookups = ctx.lookups;
        let claims = claims(lookups)?;
        let issued = lookups.numbers(DEMANDS, "IssueDate")?;
        let credited = lookups.numbers(DEMANDS, "CreditDate")?;
        let due = lookups.numbers(DEMANDS, "DueDate")?;
        let invoices = lookups.references(DEMANDS, "InvoiceId")?;
        let keys = lookups.keys(DEMANDS)?;
        let mut currencies = Currencies::default();
        let currency = currencies.of(lookups, DEMANDS)?;
        let mut pool_ids: HashMap<(u32, u32), u32> = HashMap::new();
        let mut pool_of = vec![NO_POOL; claims.claimed.len()];
        let mut demands: Vec<u32> = Vec::new();
        for demand in lookups.known(DEMANDS)?.iter() {
            let invoice = reference_at(&invoices, demand);
            if invoice != NULL_ID {
                let next = pool_ids.len() as u32;
                pool_of[demand as usize] =
                    *pool_ids.entry((invoice, code_at(&currency, demand))).or_insert(next);
                demands.push(demand);
            }
        }
        let due_at = |demand: u32| match number_at(&due, demand) {
            NULL_NUMBER => i64::MAX,
            day => day,
        };
        let rank = |demand: u32| (pool_of[demand as usize], due_at(demand));
        demands.sort_by(|&a, &b| rank(a).cmp(&rank(b)).then_with(|| keys.order(a, b)));
        let mut pools = vec![Pool::default(); pool_ids.len()];
        let mut at = 0;
        for same in demands.chunk_by(|&a, &b| pool_of[a as usize] == pool_of[b as usize]) {
            pools[pool_of[same[0] as usize] as usize].demands = at..at + same.len();
            at += same.len();
        }
        let payments = payments(ctx, &mut currencies, &pool_ids, &mut pools)?;
        Ok((Allocation { claims, issued, credited, pools, demands, payments }, pool_of))
    }

    /// What has been paid into a pool up to a day; what was taken back counts against it.
    fn paid(&self, pool: &Pool, day: Day) -> i128 {
        let of = &self.payments[pool.payments.clone()];
        let by_then = of.partition_point(|p| p.0 <= i64::from(day));
        by_then.checked_sub(1).map_or(0, |last| of[last].1).max(0)
    }

    /// Calls with each demand of a pool that takes part in it on a day, and its share of the payments.
    pub fn each_share(&self, pool: u32, day: Day, mut take: impl FnMut(u32, i64)) {
        let pool = &self.pools[pool as usize];
        let mut left = self.paid(pool, day);
        for &demand in &self.demands[pool.demands.clone()] {
            if is_by(&self.issued, demand, day) && !is_by(&self.credited, demand, day) {
                let share = left.min(i128::from(self.claims.claimed[demand as usize]));
                left -= share;
                take(demand, share as i64);
            }
        }
    }

    /// The share of a demand on a day.
    pub fn share(&self, demand: u32, pool: u32, day: Day) -> i64 {
        let mut share = 0;
        if pool != NO_POOL {
            self.each_share(pool, day, |d, s| share += if d == demand { s } else { 0 });
        }
        share
    }
}

/// Whether a row has a day, and it is not later than another.
pub fn is_by(days: &[i64], row: u32, day: Day) -> bool {
    let own = number_at(days, row);
    own != NULL_NUMBER && own <= i64::from(day)
}

/// The completed payments of the pools: sorted by pool and day, summed up.
fn payments(
    ctx: &Context<'_, '_>,
    currencies: &mut Currencies,
    pool_ids: &HashMap<(u32, u32), u32>,
    pools: &mut [Pool],
) -> Result<Vec<(i64, i128)>, KpiError> {
    const PAYMENTS: &str = "payments";
    let lookups = ctx.lookups;
    let days = days(lookups, &ctx.zones, PAYMENTS, "PaymentDate")?;
    let amounts = lookups.numbers(PAYMENTS, "Amount")?;
    let invoices = lookups.references(PAYMENTS, "InvoiceId")?;
    let currency = currencies.of(lookups, PAYMENTS)?;
    let completed = is_one_of(lookups, PAYMENTS, "State", &["Completed"])?;
    let mut all: Vec<(u32, i64, i64)> = Vec::new();
    for payment in lookups.known(PAYMENTS)?.iter() {
        let pool = pool_ids.get(&(reference_at(&invoices, payment), code_at(&currency, payment)));
        let (day, amount) = (number_at(&days, payment), number_at(&amounts, payment));
        if let Some(&pool) = pool.filter(|_| completed.get(payment as usize))
            && day != NULL_NUMBER
            && amount != NULL_NUMBER
        {
            all.push((pool, day, amount));
        }
    }
    all.sort_unstable();
    let mut sums = Vec::with_capacity(all.len());
    for same in all.chunk_by(|a, b| a.0 == b.0) {
        let first = sums.len();
        let mut sum = 0i128;
        for &(_, day, amount) in same {
            sum += i128::from(amount);
            sums.push((day, sum));
        }
        pools[same[0].0 as usize].payments = first..sums.len();
    }
    Ok(sums)
}

/// Codes of currencies that are the same in every table.
#[derive(Default)]
struct Currencies {
    codes: HashMap<String, u32>,
}

impl Currencies {
    /// The code of each row's currency; 0 where it is missing.
    fn of(&mut self, lookups: &Lookups<'_>, table: &'static str) -> Result<Vec<u32>, StoreError> {
        let (codes, names) = super::dims::currencies(lookups, table)?;
        let mut shared = Vec::with_capacity(names.len());
        for (code, name) in names.iter().enumerate() {
            let next = self.codes.len() as u32 + 1;
            let name = crate::store::dictionary::fold(name);
            shared.push(if code == 0 { 0 } else { *self.codes.entry(name).or_insert(next) });
        }
        Ok(codes.iter().map(|&c| shared.get(c as usize).copied().unwrap_or(0)).collect())
    }
}
