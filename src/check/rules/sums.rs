//! Amounts added up by what they belong to, for rules that compare a whole with its parts.

use crate::check::data::Data;
use crate::kpi::lookup::code_at;
use crate::model::{DECIMAL_DIGITS, DECIMAL_ONE, currency};
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

/// Amounts by the id of what they belong to.
pub struct Sums {
    sums: Vec<i128>,
    rows: Vec<u32>,
}

impl Sums {
    fn new(ids: usize) -> Self {
        Sums { sums: vec![0; ids], rows: vec![0; ids] }
    }

    fn add(&mut self, id: u32, amount: i128) {
        if let (Some(sum), Some(rows)) = (self.sums.get_mut(id as usize), self.rows.get_mut(id as usize)) {
            *sum += amount;
            *rows += 1;
        }
    }

    /// The sum of an id's amounts.
    pub fn sum(&self, id: u32) -> i128 {
        self.sums.get(id as usize).copied().unwrap_or(0)
    }

    /// How many rows an id has.
    pub fn rows(&self, id: u32) -> u32 {
        self.rows.get(id as usize).copied().unwrap_or(0)
    }
}

/// The column `Amount` of a table of parts by their demand; a missing amount adds nothing.
///
/// # Errors
/// When the store is damaged; so for the others.
pub fn by_demand(data: &Data<'_>, parts: &str) -> Result<Sums, StoreError> {
    let mut sums = Sums::new(data.lookups.ids_of("payment_demands"));
    for part in data.parts(parts)? {
        let (demands, amounts) = (part.references("PaymentDemandId")?, part.numbers("Amount")?);
        for row in part.rows() {
            let amount = amounts.get(row);
            sums.add(demands.get(row), if amount == NULL_NUMBER { 0 } else { i128::from(amount) });
        }
    }
    Ok(sums)
}

/// What each demand claims, by id: its amount (missing: that of its details), fees and charges, less
/// allowances.
///
/// # Errors
/// As [`by_demand`].
pub fn claims(data: &Data<'_>) -> Result<Vec<i128>, StoreError> {
    let details = by_demand(data, "payment_demand_details")?;
    let (fees, charges) =
        (by_demand(data, "payment_demand_fees")?, by_demand(data, "payment_demand_charges")?);
    let allowances = by_demand(data, "payment_demand_allowances")?;
    let amounts = data.lookups.numbers("payment_demands", "Amount")?;
    let claim = |(id, &amount): (u32, &i64)| {
        let amount = if amount == NULL_NUMBER { details.sum(id) } else { i128::from(amount) };
        amount + fees.sum(id) + charges.sum(id) - allowances.sum(id)
    };
    Ok((0u32..).zip(amounts.iter()).map(claim).collect())
}

/// The claims of the demands of each invoice, credited ones left out or not; a negative claim is 0.
///
/// # Errors
/// As [`by_demand`].
pub fn claimed_by_invoice(data: &Data<'_>, with_credited: bool) -> Result<Sums, StoreError> {
    let claims = claims(data)?;
    let mut sums = Sums::new(data.lookups.ids_of("invoices"));
    for part in data.parts("payment_demands")? {
        let (invoices, credited) = (part.references("InvoiceId")?, part.numbers("CreditDate")?);
        let ids = part.ids();
        for row in part.rows().filter(|&row| with_credited || credited.get(row) == NULL_NUMBER) {
            let claim = claims.get(ids.of(row) as usize).copied().unwrap_or(0);
            sums.add(invoices.get(row), claim.max(0));
        }
    }
    Ok(sums)
}

/// The smallest amount of each invoice's currency: what is paid is rounded to it, and what is claimed
/// is not.
///
/// # Errors
/// As [`by_demand`].
pub fn smallest_amounts(data: &Data<'_>) -> Result<Vec<i128>, StoreError> {
    let unit = |code: &String| {
        let digits = currency::digits(&code.to_uppercase()).min(DECIMAL_DIGITS);
        i128::from(DECIMAL_ONE / 10i64.pow(digits))
    };
    let by_code: Vec<i128> = data.spellings(("invoices", "Currency"))?.iter().map(unit).collect();
    let codes = data.lookups.codes("invoices", "Currency")?;
    Ok(codes.iter().map(|&code| by_code.get(code as usize).copied().unwrap_or(1)).collect())
}

/// The completed payments of each invoice in the invoice's currency, or in any where it has none.
///
/// # Errors
/// As [`by_demand`].
pub fn paid_by_invoice(data: &Data<'_>) -> Result<Sums, StoreError> {
    let completed = data.spells(("payments", "State"), &["completed"])?;
    let [paid, invoiced] = data.shared([("payments", "Currency"), ("invoices", "Currency")])?;
    let of_invoice = data.lookups.codes("invoices", "Currency")?;
    let mut sums = Sums::new(data.lookups.ids_of("invoices"));
    for part in data.parts("payments")? {
        let (invoices, states) = (part.references("InvoiceId")?, part.codes("State")?);
        let (amounts, currencies) = (part.numbers("Amount")?, part.codes("Currency")?);
        for row in part.rows() {
            let (invoice, amount) = (invoices.get(row), amounts.get(row));
            if invoice == NULL_ID
                || amount == NULL_NUMBER
                || !super::same_row::is(&completed, states.get(row))
            {
                continue;
            }
            let theirs = code_at(&invoiced, code_at(&of_invoice, invoice));
            if theirs == 0 || theirs == code_at(&paid, currencies.get(row)) {
                sums.add(invoice, i128::from(amount));
            }
        }
    }
    Ok(sums)
}
