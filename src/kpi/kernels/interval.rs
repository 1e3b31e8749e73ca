//! How many intervals overlap at most?

/// The most intervals `[start, end)` that hold at one instant of `[from, to)`.
///
/// `starts` and `ends` are sorted, each interval has its start in one and its end in the other.
pub fn peak(starts: &[i64], ends: &[i64], from: i64, to: i64) -> u64 {
    if from >= to {
        // A day that a zone skipped has no instant.
        return 0;
    }
    // Those that run at `from`, then those that start later, one by one.
    let (mut s, mut e) = (starts.partition_point(|&t| t <= from), ends.partition_point(|&t| t <= from));
    let mut running = s as i64 - e as i64;
    let mut most = running;
    while s < starts.len() && starts[s] < to {
        while e < ends.len() && ends[e] <= starts[s] {
            e += 1;
            running -= 1;
        }
        running += 1;
        s += 1;
        most = most.max(running);
    }
    most.max(0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_peak_is_that_of_counting_at_every_instant(
            rows in proptest::collection::vec((0i64..40, 1i64..15), 0..30), from in 0i64..30, len in 0i64..20,
        ) {
            let to = from + len;
            let want = (from..to).map(|x| rows.iter().filter(|(s, d)| *s <= x && x < s + d).count()).max().unwrap_or(0);
            let mut starts: Vec<i64> = rows.iter().map(|r| r.0).collect();
            let mut ends: Vec<i64> = rows.iter().map(|r| r.0 + r.1).collect();
            starts.sort_unstable();
            ends.sort_unstable();
            prop_assert_eq!(peak(&starts, &ends, from, to), want as u64);
        }
    }
}
