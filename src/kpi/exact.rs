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
        let shared = gcd(self.denominator.unsigned_abs(), other.denominator.unsigned_abs()) as i128;
        let (mine, theirs) = (self.denominator / shared, other.denominator / shared);
        let a = self.numerator.checked_mul(theirs)?;
        let b = other.numerator.checked_mul(mine)?;
        Exact::ratio(a.checked_add(b)?, self.denominator.checked_mul(theirs)?)
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
            nearest_quotient(Wide::product(n, 1), Wide::product(d, 1))
        };
        if self.numerator < 0 { -magnitude } else { magnitude }
    }

    /// The double nearest to this less another, even where the difference cannot be held.
    pub fn nearest_difference(self, other: Exact) -> f64 {
        if let Some(difference) = self.minus(other) {
            return difference.nearest();
        }
        let parts = |of: Exact| (of.numerator.unsigned_abs(), of.denominator.unsigned_abs());
        let ((a, b), (c, d)) = (parts(self), parts(other));
        let (left, right, whole) = (Wide::product(a, d), Wide::product(c, b), Wide::product(b, d));
        // Magnitudes of opposite signs add up.
        let (is_negative, difference) = match (self.numerator < 0, other.numerator < 0) {
            (mine, theirs) if mine != theirs => (mine, left.plus(right)),
            (mine, _) if left >= right => (mine, left.minus(right)),
            (mine, _) => (!mine, right.minus(left)),
        };
        let magnitude = nearest_quotient(difference, whole);
        if is_negative { -magnitude } else { magnitude }
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

/// A number of 256 bits, below 2²⁵⁵.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    fn product(a: u128, b: u128) -> Wide {
        const HALF: u128 = (1 << 64) - 1;
        let ((a1, a0), (b1, b0)) = ((a >> 64, a & HALF), (b >> 64, b & HALF));
        let middle = a1 * b0 + ((a0 * b0) >> 64);
        let (sum, carry) = middle.overflowing_add(a0 * b1);
        let low = sum << 64 | ((a0 * b0) & HALF);
        Wide { high: a1 * b1 + (sum >> 64) + (u128::from(carry) << 64), low }
    }

    fn plus(self, other: Wide) -> Wide {
        let (low, carry) = self.low.overflowing_add(other.low);
        Wide { high: self.high + other.high + u128::from(carry), low }
    }

    fn minus(self, other: Wide) -> Wide {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Wide { high: self.high - other.high - u128::from(borrow), low }
    }

    /// Twice this, and a bit more.
    fn shifted(self, bit: bool) -> Wide {
        Wide { high: self.high << 1 | self.low >> 127, low: self.low << 1 | u128::from(bit) }
    }

    fn bit(self, at: u32) -> bool {
        let limb = if at < 128 { self.low } else { self.high };
        limb >> (at % 128) & 1 == 1
    }
}

/// `n / d` with 53 significant bits, rounded half to even, bit by bit.
fn nearest_quotient(n: Wide, d: Wide) -> f64 {
    /// Three bits more than a double has tell on which side of a half the rest is.
    const BITS: u32 = 56;
    let (mut quotient, mut rest) = (0u64, Wide::default());
    // The bits before the point, then those behind it.
    let mut next = 255i32;
    while quotient >> (BITS - 1) == 0 {
        if next < 0 && (rest == Wide::default() && quotient == 0 || next < -1_200) {
            break;
        }
        rest = rest.shifted(next >= 0 && n.bit(next as u32));
        let fits = rest >= d;
        if fits {
            rest = rest.minus(d);
        }
        quotient = quotient << 1 | u64::from(fits);
        next -= 1;
    }
    let sticky = rest != Wide::default() || (0..=next).any(|at| n.bit(at as u32));
    // An odd last bit keeps the direction of what is below it.
    let mantissa = quotient << 1 | u64::from(sticky);
    mantissa as f64 * 2f64.powi(next)
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
            let wide = |x: u64| Wide::product(u128::from(x), 1);
            prop_assert_eq!(nearest_quotient(wide(n), wide(d)), n as f64 / d as f64);
        }

        #[test]
        fn differences_too_large_to_hold_are_those_of_smaller_ones(
            a in -1_000_000i128..1_000_000, b in 1i128..1_000_000,
            c in -1_000_000i128..1_000_000, d in 1i128..1_000_000,
        ) {
            // The same fractions, not in lowest terms, so that nothing can be multiplied out.
            let large = |n: i128, d: i128, by: i128| Exact { numerator: n * by, denominator: d * by };
            let (one, other) = (large(a, b, 1 << 100), large(c, d, (1 << 99) + 1));
            prop_assert!(one.minus(other).is_none() || c == 0 || a == 0);
            let small = Exact::ratio(a, b).unwrap().minus(Exact::ratio(c, d).unwrap()).unwrap();
            prop_assert_eq!(one.nearest_difference(other), small.nearest());
        }

        #[test]
        fn whole_numbers_round_like_a_cast(n in any::<i64>(), k in 0u32..50) {
            let wide = i128::from(n) << k;
            prop_assert_eq!(Exact::whole(wide).nearest(), wide as f64);
        }
    }
}
