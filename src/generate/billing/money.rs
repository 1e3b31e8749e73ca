//! What does it come to? Amounts in ten-thousandths, the unit of the model.
//!
//! Invariant: prices and parts of them are whole hundredths; only metered use is finer.

/// An amount in units of 0.0001.
pub(super) type Amount = i64;

/// One of a currency, or of a quantity.
pub(super) const ONE: Amount = 10_000;
/// The smallest amount that can be paid.
pub(super) const CENT: Amount = 100;

/// What is paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Currency {
    Nok,
    Eur,
}

impl Currency {
    /// The code.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nok => "NOK",
            Self::Eur => "EUR",
        }
    }

    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Nok => Self::Eur,
            Self::Eur => Self::Nok,
        }
    }

    /// What a price of so many euro cents is in this currency, at the fixed rate of a price list.
    pub(super) fn of_cents(self, cents: i64) -> Amount {
        match self {
            Self::Nok => cents * CENT * 12,
            Self::Eur => cents * CENT,
        }
    }
}

/// A percentage of an amount, to the nearest hundredth.
pub(super) fn percent(amount: Amount, percent: i64) -> Amount {
    (amount * percent + 50 * CENT).div_euclid(100 * CENT) * CENT
}

/// The nearest price that a price list would have: in whole tenths.
pub(super) fn rounded(amount: Amount) -> Amount {
    (amount + ONE / 20).div_euclid(ONE / 10) * (ONE / 10)
}

/// An amount in hundredths that covers this one.
pub(super) fn payable(amount: Amount) -> Amount {
    (amount + CENT - 1).div_euclid(CENT) * CENT
}

/// Splits an amount by weights; the last part takes what rounding leaves.
pub(super) fn split(amount: Amount, weights: &[i64]) -> Vec<Amount> {
    let total: i64 = weights.iter().sum::<i64>().max(1);
    let mut left = amount;
    let mut parts: Vec<Amount> = weights
        .iter()
        .map(|weight| {
            let part = (amount * weight / total).div_euclid(CENT) * CENT;
            left -= part;
            part
        })
        .collect();
    if let Some(last) = parts.last_mut() {
        *last += left;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_hundredths_and_add_up() {
        assert_eq!(percent(99_900, 50), 50_000);
        assert_eq!(percent(-30_300, 50), -15_100);
        assert_eq!((rounded(126_100), rounded(126_500)), (126_000, 127_000));
        assert_eq!((payable(123_401), payable(123_400)), (123_500, 123_400));
        let parts = split(100_000, &[1, 1, 1]);
        assert_eq!(parts, [33_300, 33_300, 33_400]);
        assert_eq!(split(50_000, &[0, 0]), [0, 50_000]);
    }
}
