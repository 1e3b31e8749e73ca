//! How is a figure kept exact until it is printed?
//!
//! Invariant: no floating point number takes part in a computation; one is made at the very end,
//! as the nearest to an exact fraction.

use std::cmp::Ordering;

/// An exact rational number: reduced, with a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    pub const ZERO: Fraction = Fraction { numerator: 0, denominator: 1 };

    /// None when the denominator is zero: that ratio has no value.
    pub fn new(numerator: i128, denominator: i128) -> Option<Fraction> {
        if denominator == 0 {
            return None;
        }
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs()) as i128;
        let sign = denominator.signum();
        Some(Fraction { numerator: sign * numerator / divisor, denominator: sign * denominator / divisor })
    }

    pub fn whole(value: i128) -> Fraction {
        Fraction { numerator: value, denominator: 1 }
    }

    /// Over the least common denominator, so that long sums stay small.
    pub fn plus(self, other: Fraction) -> Fraction {
        let shared = gcd(self.denominator.unsigned_abs(), other.denominator.unsigned_abs()) as i128;
        let (left, right) = (other.denominator / shared, self.denominator / shared);
        Fraction::new(self.numerator * left + other.numerator * right, self.denominator * left)
            .expect("a product of two denominators is not zero")
    }

    pub fn minus(self, other: Fraction) -> Fraction {
        self.plus(Fraction { numerator: -other.numerator, ..other })
    }

    pub fn times(self, factor: i128) -> Fraction {
        Fraction::new(self.numerator * factor, self.denominator).expect("denominator is kept")
    }

    pub fn by(self, other: Fraction) -> Fraction {
        let left = Fraction::new(self.numerator, other.denominator);
        let right = Fraction::new(other.numerator, self.denominator);
        let (left, right) = left.zip(right).expect("denominators are not zero");
        Fraction::new(left.numerator * right.numerator, left.denominator * right.denominator)
            .expect("denominators are not zero")
    }

    /// None when the divisor is zero.
    pub fn over(self, divisor: i128) -> Option<Fraction> {
        Fraction::new(self.numerator, self.denominator * divisor)
    }

    /// None when the divisor is zero.
    pub fn per(self, divisor: Fraction) -> Option<Fraction> {
        Some(self.by(Fraction::new(divisor.denominator, divisor.numerator)?))
    }

    /// The float closest to the fraction; of two equally close ones the even one.
    pub fn nearest_f64(self) -> f64 {
        let divisor = self.denominator.unsigned_abs();
        let mut quotient = self.numerator.unsigned_abs() / divisor;
        let mut rest = self.numerator.unsigned_abs() % divisor;
        if quotient == 0 && rest == 0 {
            return 0.0;
        }
        // Long division in binary until there are more digits than a float holds; what is left
        // over becomes one last digit, which keeps the rounding of the cast honest.
        let mut shift = 0;
        while quotient < 1 << 64 {
            rest *= 2;
            quotient *= 2;
            if rest >= divisor {
                rest -= divisor;
                quotient += 1;
            }
            shift += 1;
        }
        if rest != 0 {
            quotient |= 1;
        }
        let magnitude = quotient as f64 * 2f64.powi(-shift);
        if self.numerator < 0 { -magnitude } else { magnitude }
    }

    /// The value in units of 10^-decimals, rounded half to even.
    fn rounded(self, decimals: u32) -> i128 {
        let scaled = self.numerator * 10i128.pow(decimals);
        let floor = scaled.div_euclid(self.denominator);
        let twice_rest = 2 * scaled.rem_euclid(self.denominator);
        match twice_rest.cmp(&self.denominator) {
            Ordering::Less => floor,
            Ordering::Greater => floor + 1,
            Ordering::Equal => floor + floor.rem_euclid(2),
        }
    }

    /// Money that was divided: rounded to the currency's digits.
    pub fn rounded_text(self, decimals: u32) -> String {
        decimal_text(self.rounded(decimals), decimals)
    }

    /// Money that was only added: the currency's digits, and more only when they are not zero.
    pub fn exact_text(self, decimals: u32) -> String {
        let whole = |digits: &u32| 10i128.pow(*digits) % self.denominator == 0;
        let digits = (decimals..=DECIMALS_MAX).find(whole).expect("undivided money");
        decimal_text(self.rounded(digits), digits)
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Fraction) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Fraction) -> Ordering {
        self.minus(*other).numerator.cmp(&0)
    }
}

/// No product of amounts, quantities and rates has more decimals.
const DECIMALS_MAX: u32 = 24;

/// Money is stored in units of 10^-4.
pub const MONEY_DECIMALS: u32 = 4;

/// An amount in its stored units as a fraction of the currency's unit.
pub fn money(units: i128) -> Fraction {
    Fraction::new(units, 10i128.pow(MONEY_DECIMALS)).expect("a power of ten is not zero")
}

/// The number of decimals of a currency (ISO 4217); two where the list says nothing.
pub fn currency_decimals(currency: &str) -> u32 {
    match currency {
        "JPY" | "KRW" | "CLP" | "ISK" | "VND" => 0,
        "KWD" | "BHD" | "TND" | "JOD" | "OMR" => 3,
        _ => 2,
    }
}

/// `12345` with two digits is `123.45`; zero has no sign.
pub fn decimal_text(units: i128, digits: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let scale = 10u128.pow(digits);
    let (whole, rest) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
    if digits == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = digits as usize)
    }
}

/// SQL's `percentile_cont(tenths / 10)`: linear interpolation between the two nearest values.
pub fn percentile(values: &mut [i128], tenths: i128) -> Option<Fraction> {
    values.sort_unstable();
    let last = values.len().checked_sub(1)?;
    let position = tenths * last as i128;
    let (index, part) = ((position / 10) as usize, position % 10);
    let low = values[index];
    let high = values[(index + 1).min(last)];
    Some(Fraction::whole(low).plus(Fraction::new((high - low) * part, 10)?))
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}
