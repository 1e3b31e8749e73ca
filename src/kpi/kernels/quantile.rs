//! Exact quantiles with linear interpolation, as SQL's `percentile_cont`.

use crate::kpi::exact::Exact;

/// The value below which `tenths` tenths of the sorted values lie, in units of 1/`unit`.
pub fn quantile(sorted: &[i64], tenths: usize, unit: i128) -> Option<Exact> {
    let last = sorted.len().checked_sub(1)?;
    let position = tenths * last;
    let (at, part) = (position / 10, (position % 10) as i128);
    let low = i128::from(sorted[at]);
    let high = i128::from(sorted[(at + 1).min(last)]);
    Exact::ratio(low * (10 - part) + high * part, 10 * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[], 5, 1), None);
        assert_eq!(quantile(&[7], 9, 1), Some(Exact::whole(7)));
        assert_eq!(quantile(&[1, 2, 3, 4], 5, 1), Exact::ratio(5, 2));
        // 0.9 × 3 = 2.7: seven tenths of the way from 3 to 4.
        assert_eq!(quantile(&[1, 2, 3, 4], 9, 1), Exact::ratio(37, 10));
    }
}
