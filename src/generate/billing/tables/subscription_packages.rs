//! `subscription_packages` and `subscription_package_products`: each offer in each currency.

use crate::generate::billing::goods::FIRST_ID;
use crate::generate::billing::money::{Currency, ONE};
use crate::generate::billing::offer::{InitialTerm, OFFERS, package_id};
use crate::generate::calendar::Day;
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,Name,Price,Currency,TaxPercent,Units,\
     BillingFrequencyId,SubscriptionPackageChainId,ChainStep,InitialTermType,InitialTermValue,\
     AutomaticStop,PermanentDiscount,PermanentDiscountPercent";
pub(crate) const PRODUCTS_HEADER: &str = "Id,SubscriptionPackageId,ProductId,Quantity,Price";

/// Added to the months of a period, it is the Id of the frequency.
const FREQUENCY: u64 = 1000;

pub(crate) fn write(rows: &mut Rows) {
    for currency in [Currency::Nok, Currency::Eur] {
        for (place, offer) in OFFERS.iter().enumerate() {
            rows.number(package_id(place, currency));
            rows.plain(offer.name);
            rows.amount(offer.price(currency));
            rows.plain(currency.name());
            rows.decimal(offer.tax_percent * ONE);
            rows.number(1);
            rows.option(offer.months, |rows, months| rows.number(FREQUENCY + u64::from(months)));
            rows.option(offer.chain, |rows, (chain, _)| rows.plain(chain));
            rows.option(offer.chain, |rows, (_, step)| rows.number(step.into()));
            initial_term(rows, offer.initial_term);
            rows.plain(if offer.stops_by_itself { "true" } else { "false" });
            rows.option(offer.discount, |rows, (name, _)| rows.plain(name));
            rows.option(offer.discount, |rows, (_, percent)| rows.decimal(percent * ONE));
            rows.end();
        }
    }
}

/// The code of the type, and its value.
fn initial_term(rows: &mut Rows, term: Option<InitialTerm>) {
    match term {
        None => {
            rows.null();
            rows.null();
        }
        Some(InitialTerm::Until(year, month, day)) => {
            rows.number(10);
            rows.date(Day::of(year, month, day));
        }
        Some(InitialTerm::Days(days)) => {
            rows.number(20);
            rows.number(days as u64);
        }
        Some(InitialTerm::OutTheMonth) => {
            rows.number(100);
            rows.null();
        }
        Some(InitialTerm::OutTheYear) => {
            rows.number(200);
            rows.null();
        }
    }
}

pub(crate) fn write_products(rows: &mut Rows) {
    for currency in [Currency::Nok, Currency::Eur] {
        for (place, offer) in OFFERS.iter().enumerate() {
            for &(product, quantity, cents) in offer.products {
                rows.number(rows.count + 1);
                rows.number(package_id(place, currency));
                rows.number(FIRST_ID + product as u64);
                rows.option(quantity, Rows::decimal);
                rows.amount(currency.of_cents(cents));
                rows.end();
            }
        }
    }
}
