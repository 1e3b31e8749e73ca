//! Exact quantiles with linear interpolation, as SQL's `percentile_cont`.

/// The value below which `tenths` tenths of the sorted values lie, as numerator and denominator; over 0
/// when there is no value.
pub fn quantile(sorted: &[i64], tenths: usize) -> (i128, u64) {
    let Some(last) = sorted.len().checked_sub(1) else { return (0, 0) };
    let position = tenths * last;
    let (at, part) = (position / 10, (position % 10) as i128);
    let low = i128::from(sorted[at]);
    let high = i128::from(sorted[(at + 1).min(last)]);
    (low * (10 - part) + high * part, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[], 5), (0, 0));
        assert_eq!(quantile(&[7], 9), (70, 10));
        assert_eq!(quantile(&[1, 2, 3, 4], 5), (25, 10));
        // 0.9 × 3 = 2.7: seven tenths of the way from 3 to 4.
        assert_eq!(quantile(&[1, 2, 3, 4], 9), (37, 10));
    }
}
