//! Figures before they are written: exact fractions, turned into text or a float once, at the end.

use crate::model::decimal::divide_half_even;

/// An exact number: `numerator / denominator`, the denominator above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact {
    numerator: i128,
    denominator: i128,
}

impl Exact {
    /// A whole number.
    pub const fn whole(value: i128) -> Self {
        Exact { numerator: value, denominator: 1 }
    }

    /// A fraction in lowest terms; none when the denominator is 0.
    pub fn ratio(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs()).max(1) as i128;
        let sign = denominator.signum();
        Some(Exact { numerator: sign * numerator / divisor, denominator: sign * denominator / divisor })
    }

    /// The sum of both; none when it cannot be held.
    pub fn plus(self, other: Exact) -> Option<Exact> {
        let a = self.numerator.checked_mul(other.denominator)?;
        let b = other.numerator.checked_mul(self.denominator)?;
        Exact::ratio(a.checked_add(b)?, self.denominator.checked_mul(other.denominator)?)
    }

    /// This less the other; none when it cannot be held.
    pub fn minus(self, other: Exact) -> Option<Exact> {
        self.plus(Exact { numerator: -other.numerator, ..other })
    }

    /// So many times this; none when it cannot be held.
    pub fn times(self, factor: i128) -> Option<Exact> {
        Exact::ratio(self.numerator.checked_mul(factor)?, self.denominator)
    }

    /// This divided by a whole number; none when that is 0 or it cannot be held.
    pub fn divided(self, by: i128) -> Option<Exact> {
        Exact::ratio(self.numerator, self.denominator.checked_mul(by)?)
    }

    /// The whole number, when it is one.
    pub fn as_whole(self) -> Option<i128> {
        (self.denominator == 1).then_some(self.numerator)
    }

    /// In units of 1/`one`, rounded half to even to a multiple of `step` units.
    pub fn rounded(self, one: i128, step: i128) -> i128 {
        divide_half_even(self.numerator * (one / step), self.denominator) * step
    }

    /// The number as units of its last decimal, and how many decimals that are; none when no finite
    /// number of decimals, or none that can be held, writes it.
    pub fn decimals(self) -> Option<(i128, u32)> {
        let mut left = self.denominator;
        let (mut twos, mut fives) = (0u32, 0u32);
        while left % 2 == 0 {
            (left, twos) = (left / 2, twos + 1);
        }
        while left % 5 == 0 {
            (left, fives) = (left / 5, fives + 1);
        }
        let digits = twos.max(fives);
        let factor = 2i128.checked_pow(digits - twos)?.checked_mul(5i128.checked_pow(digits - fives)?)?;
        (left == 1).then(|| self.numerator.checked_mul(factor)).flatten().map(|units| (units, digits))
    }

    /// The nearest double, halves to even.
    pub fn nearest(self) -> f64 {
        const SAFE: u128 = 1 << 53;
        let (n, d) = (self.numerator.unsigned_abs(), self.denominator.unsigned_abs());
        let magnitude = if n <= SAFE && d <= SAFE {
            // Both are exact, so that the division rounds once.
            n as f64 / d as f64
        } else {
            long_division(n, d)
        };
        if self.numerator < 0 { -magnitude } else { magnitude }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match self.minus(*other) {
            Some(difference) => difference.numerator.cmp(&0),
            None => self.nearest().total_cmp(&other.nearest()),
        }
    }
}

/// `n / d` with 53 significant bits, rounded half to even, bit by bit.
fn long_division(n: u128, d: u128) -> f64 {
    if n == 0 {
        return 0.0;
    }
    let mut quotient = n / d;
    let mut rest = n % d;
    let mut exponent = 0i32;
    // Two bits more than a double has, and whether anything is left below them.
    while quotient < 1 << 55 {
        let twice = rest >= d - rest;
        rest = if twice { rest - (d - rest) } else { rest * 2 };
        quotient = quotient << 1 | u128::from(twice);
        exponent -= 1;
        if exponent < -1_000 {
            break;
        }
    }
    let mut sticky = rest != 0;
    while quotient >= 1 << 56 {
        sticky |= quotient & 1 == 1;
        quotient >>= 1;
        exponent += 1;
    }
    // 56 bits at most: an odd last bit keeps the direction of what is below it.
    let mantissa = (quotient as u64) << 1 | u64::from(sticky);
    mantissa as f64 * 2f64.powi(exponent - 1)
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_ratio_without_denominator_is_missing() {
        assert_eq!(Exact::ratio(1, 0), None);
        assert_eq!(Exact::ratio(6, -4), Exact::ratio(-3, 2));
    }

    #[test]
    fn decimals_are_found_where_they_end() {
        assert_eq!(Exact::ratio(5, 4).unwrap().decimals(), Some((125, 2)));
        assert_eq!(Exact::ratio(-3, 80).unwrap().decimals(), Some((-375, 4)));
        assert_eq!(Exact::whole(7).decimals(), Some((7, 0)));
        assert_eq!(Exact::ratio(1, 3).unwrap().decimals(), None);
    }

    proptest! {
        #[test]
        fn large_fractions_round_like_small_ones(n in 0u64..1 << 53, d in 1u64..1 << 53) {
            prop_assert_eq!(long_division(u128::from(n), u128::from(d)), n as f64 / d as f64);
        }

        #[test]
        fn whole_numbers_round_like_a_cast(n in any::<i64>(), k in 0u32..50) {
            let wide = i128::from(n) << k;
            prop_assert_eq!(Exact::whole(wide).nearest(), wide as f64);
        }
    }
}
