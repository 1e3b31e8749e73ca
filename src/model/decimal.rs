//! Fixed-point numbers: money, quantities and percentages are integers in units of 0.0001.

/// Decimals kept of money and quantities.
pub const DECIMAL_DIGITS: u32 = 4;

/// The integer that stands for 1.
pub const DECIMAL_ONE: i64 = 10_000;

/// Formats `units` of 0.0001 with at least `digits` decimals, and more only where they are not zero.
pub fn format_units(units: i128, digits: u32) -> String {
    format_scaled(units, DECIMAL_DIGITS, digits)
}

/// Formats a number of units, each 1 in the last of `decimals` decimals, with at least `digits` decimals
/// and more only where they are not zero.
pub fn format_scaled(units: i128, decimals: u32, digits: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", units.unsigned_abs(), width = decimals as usize + 1);
    let (whole, fraction) = text.split_at(text.len() - decimals as usize);
    let fraction = fraction.trim_end_matches('0');
    match (fraction.len(), digits as usize) {
        (0, 0) => format!("{sign}{whole}"),
        (_, digits) => format!("{sign}{whole}.{fraction:0<digits$}"),
    }
}

/// `numerator / denominator`, rounded half to even to a whole number.
///
/// # Panics
/// When `denominator` is not positive.
pub fn divide_half_even(numerator: i128, denominator: i128) -> i128 {
    assert!(denominator > 0, "a fraction has a positive denominator");
    // Division of narrow numbers is several times as fast.
    if let (Ok(numerator), Ok(denominator)) = (i64::try_from(numerator), i64::try_from(denominator)) {
        let (floor, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
        let up = rest > denominator - rest || (rest == denominator - rest && floor % 2 != 0);
        return i128::from(floor) + i128::from(up);
    }
    let floor = numerator.div_euclid(denominator);
    let twice = 2 * numerator.rem_euclid(denominator);
    let up = twice > denominator || (twice == denominator && floor % 2 != 0);
    floor + i128::from(up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn more_decimals_only_when_not_zero() {
        assert_eq!(format_units(12_345_000, 2), "1234.50");
        assert_eq!(format_units(12_345_678, 2), "1234.5678");
        assert_eq!(format_units(-12_345_600, 2), "-1234.56");
        assert_eq!(format_units(10_000, 0), "1");
        assert_eq!(format_units(10_500, 0), "1.05");
        assert_eq!(format_units(-1, 2), "-0.0001");
        assert_eq!(format_units(0, 3), "0.000");
    }

    proptest! {
        #[test]
        fn narrow_numbers_are_divided_as_wide_ones(
            n in prop_oneof![-50i64..50, -(1i64 << 60)..1 << 60], d in prop_oneof![1i64..9, 1i64..1 << 60],
        ) {
            let (n, d) = (i128::from(n), i128::from(d));
            prop_assert_eq!(divide_half_even(n, d), divide_half_even(n << 65, d << 65));
        }
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        for (n, d, want) in
            [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (1, 3, 0), (2, 3, 1), (-2, 3, -1)]
        {
            assert_eq!(divide_half_even(n, d), want, "{n}/{d}");
        }
    }
}
