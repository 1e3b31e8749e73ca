//! How many intervals overlap at most?

/// Calls `each` with the position of every span `[from, to)` of some, in order and apart, at some instant of
/// which intervals `[start, end)` hold, and with the most that do at once.
///
/// `starts` and `ends` are sorted, each interval has its start in one and its end in the other.
pub fn peaks(starts: &[i64], ends: &[i64], spans: &[(i64, i64)], mut each: impl FnMut(usize, u64)) {
    let (mut s, mut e) = (0, 0);
    for (at, &(from, to)) in spans.iter().enumerate() {
        if from >= to {
            // A day that a zone skipped has no instant.
            continue;
        }
        // Those that run at `from`, then those that start later, one by one.
        while s < starts.len() && starts[s] <= from {
            s += 1;
        }
        while e < ends.len() && ends[e] <= from {
            e += 1;
        }
        let mut most = s as i64 - e as i64;
        while s < starts.len() && starts[s] < to {
            while e < ends.len() && ends[e] <= starts[s] {
                e += 1;
            }
            s += 1;
            most = most.max(s as i64 - e as i64);
        }
        if most > 0 {
            each(at, most as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn peaks_are_those_of_counting_at_every_instant(
            rows in proptest::collection::vec((0i64..60, 1i64..15), 0..30),
            spans in proptest::collection::vec((0i64..9, 0i64..20), 0..4),
        ) {
            let mut at = 0;
            let spans: Vec<(i64, i64)> = spans.iter().map(|&(gap, len)| {
                let from = at + gap;
                at = from + len;
                (from, at)
            }).collect();
            let running = |x: i64| rows.iter().filter(|(s, d)| *s <= x && x < s + d).count() as u64;
            let most = |&(from, to): &(i64, i64)| (from..to).map(running).max().unwrap_or(0);
            let want: Vec<(usize, u64)> = spans.iter().map(most).enumerate().filter(|p| p.1 > 0).collect();
            let mut starts: Vec<i64> = rows.iter().map(|r| r.0).collect();
            let mut ends: Vec<i64> = rows.iter().map(|r| r.0 + r.1).collect();
            starts.sort_unstable();
            ends.sort_unstable();
            let mut got = Vec::new();
            peaks(&starts, &ends, &spans, |at, most| got.push((at, most)));
            prop_assert_eq!(got, want);
        }
    }
}
