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

/// So many values are sorted about as fast as some are selected from them.
const SORTED_MAX: usize = 1 << 5;

/// The [`quantile`] of values in any order, which are moved.
pub fn quantile_of(values: &mut [i64], tenths: usize) -> (i128, u64) {
    let Some(last) = values.len().checked_sub(1).filter(|last| *last >= SORTED_MAX) else {
        values.sort_unstable();
        return quantile(values, tenths);
    };
    let (at, part) = (tenths * last / 10, (tenths * last % 10) as i128);
    let (_, &mut low, above) = values.select_nth_unstable(at);
    let high = above.iter().copied().min().unwrap_or(low);
    (i128::from(low) * (10 - part) + i128::from(high) * part, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_selected_is_what_sorting_finds(
            values in proptest::collection::vec(prop_oneof![-9i64..9, any::<i64>()], 0..90), tenths in 0usize..=10,
        ) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let mut moved = values;
            prop_assert_eq!(quantile_of(&mut moved, tenths), quantile(&sorted, tenths));
            moved.sort_unstable();
            prop_assert_eq!(moved, sorted);
        }
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[], 5), (0, 0));
        assert_eq!(quantile(&[7], 9), (70, 10));
        assert_eq!(quantile(&[1, 2, 3, 4], 5), (25, 10));
        // 0.9 × 3 = 2.7: seven tenths of the way from 3 to 4.
        assert_eq!(quantile(&[1, 2, 3, 4], 9), (37, 10));
    }
}
