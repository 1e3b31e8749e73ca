//! What is an amount worth in another currency?
//!
//! Invariant: a converted amount is an exact product, so that sums do not depend on their order.

use std::collections::HashMap;

use super::exact::Exact;
use crate::model::{DECIMAL_ONE, Day};
use crate::store::dictionary::fold;

/// Rates towards one currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    /// The currency that amounts are turned into.
    pub target: String,
    /// Rates are in units of 1/`scale` of the target for one unit of the currency.
    pub scale: i128,
    /// Days and rates of each currency (in folded spelling), in order of the days.
    pub rates: HashMap<String, Vec<(Day, i128)>>,
}

impl Conversion {
    /// The rates of a currency.
    fn of(&self, currency: &str) -> Rates<'_> {
        if fold(currency) == fold(&self.target) {
            return Rates::Same(self.scale);
        }
        self.rates.get(&fold(currency)).map_or(Rates::None, |rates| Rates::Daily(rates))
    }
}

enum Rates<'c> {
    Same(i128),
    Daily(&'c [(Day, i128)]),
    None,
}

/// What amounts are worth, by the code of their currency.
pub struct Worth<'c> {
    by_code: Vec<Rates<'c>>,
    /// Amounts are in units of 1/`one`.
    one: i128,
}

impl<'c> Worth<'c> {
    /// Of amounts whose currencies have these names, code 0 being a missing one.
    pub fn new(conversion: Option<&'c Conversion>, names: &[String]) -> Self {
        let one = i128::from(DECIMAL_ONE);
        match conversion {
            None => Worth { by_code: names.iter().map(|_| Rates::Same(1)).collect(), one },
            Some(conversion) => Worth {
                by_code: names.iter().map(|name| conversion.of(name)).collect(),
                one: one * conversion.scale,
            },
        }
    }

    /// Number of codes.
    pub fn len(&self) -> usize {
        self.by_code.len()
    }

    /// Whether there is no code.
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }

    /// What one unit of 0.0001 is worth on a day; none when no rate is known by then.
    pub fn at(&self, code: u32, day: Day) -> Option<i128> {
        match self.by_code.get(code as usize)? {
            Rates::Same(scale) => Some(*scale),
            Rates::None => None,
            Rates::Daily(rates) => {
                let after = rates.partition_point(|r| r.0 <= day);
                after.checked_sub(1).map(|at| rates[at].1)
            }
        }
    }

    /// A sum of such worths as money.
    pub fn money(&self, sum: i128) -> Option<Exact> {
        Exact::ratio(sum, self.one)
    }

    /// How many units a whole amount has.
    pub fn one(&self) -> i128 {
        self.one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_rate_on_or_before_the_day_counts() {
        let rates = HashMap::from([("nok".to_owned(), vec![(10, 8), (20, 9)])]);
        let conversion = Conversion { target: "EUR".into(), scale: 100, rates };
        let names = ["", "NOK", "eur", "SEK"].map(str::to_owned);
        let worth = Worth::new(Some(&conversion), &names);
        assert_eq!([9, 10, 19, 20].map(|day| worth.at(1, day)), [None, Some(8), Some(8), Some(9)]);
        assert_eq!([0, 2, 3].map(|code| worth.at(code, 50)), [None, Some(100), None]);
        assert_eq!(worth.money(25_000_000), Exact::ratio(25, 1));
    }
}
