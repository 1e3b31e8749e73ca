//! Fixed-point numbers: money, quantities and percentages are integers in units of 0.0001.

/// Decimals kept of money and quantities.
pub const DECIMAL_DIGITS: u32 = 4;

/// The integer that stands for 1.
pub const DECIMAL_ONE: i64 = 10_000;

/// Formats `units` of 0.0001 with at least `digits` decimals, and more only where they are not zero.
pub fn format_units(units: i128, digits: u32) -> String {
    let mut keep = DECIMAL_DIGITS;
    let mut value = units.unsigned_abs();
    while keep > digits && value.is_multiple_of(10) {
        value /= 10;
        keep -= 1;
    }
    while keep < digits {
        value *= 10;
        keep += 1;
    }
    let sign = if units < 0 { "-" } else { "" };
    if keep == 0 {
        return format!("{sign}{value}");
    }
    let one = 10u128.pow(keep);
    format!("{sign}{}.{:0width$}", value / one, value % one, width = keep as usize)
}

/// `numerator / denominator`, rounded half to even to a whole number.
///
/// # Panics
/// When `denominator` is not positive.
pub fn divide_half_even(numerator: i128, denominator: i128) -> i128 {
    assert!(denominator > 0, "a fraction has a positive denominator");
    let floor = numerator.div_euclid(denominator);
    let twice = 2 * numerator.rem_euclid(denominator);
    let up = twice > denominator || (twice == denominator && floor % 2 != 0);
    floor + i128::from(up)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn halves_go_to_the_even_neighbour() {
        for (n, d, want) in
            [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (1, 3, 0), (2, 3, 1), (-2, 3, -1)]
        {
            assert_eq!(divide_half_even(n, d), want, "{n}/{d}");
        }
    }
}
