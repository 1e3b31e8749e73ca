//! How many intervals overlap at most?

use rayon::prelude::*;

/// About so many instants are sorted at once.
const SPREAD: usize = 1 << 10;

/// Sorts instants that are spread over a time: first roughly, by equal parts of it, then each part.
pub fn sort_instants(mut instants: Vec<i64>) -> Vec<i64> {
    let (least, most) = instants.iter().fold((i64::MAX, i64::MIN), |(a, b), &t| (a.min(t), b.max(t)));
    let parts = instants.len() / SPREAD;
    let range = i128::from(most) - i128::from(least);
    let Some(width) = u64::try_from(range / parts.max(1) as i128 + 1).ok().filter(|_| parts > 1) else {
        instants.sort_unstable();
        return instants;
    };
    let part = |t: i64| (t.wrapping_sub(least) as u64 / width) as usize;
    let mut ends = vec![0usize; parts + 1];
    instants.iter().for_each(|&t| ends[part(t)] += 1);
    let mut start = 0;
    for end in &mut ends {
        start += std::mem::replace(end, start);
    }
    let mut sorted = vec![0i64; instants.len()];
    for t in instants {
        let at = &mut ends[part(t)];
        sorted[*at] = t;
        *at += 1;
    }
    let mut left = sorted.as_mut_slice();
    let mut pieces = Vec::with_capacity(ends.len());
    let mut start = 0;
    for end in ends {
        let (piece, rest) = left.split_at_mut(end - start);
        pieces.push(piece);
        (left, start) = (rest, end);
    }
    pieces.into_par_iter().with_min_len(64).for_each(|piece| piece.sort_unstable());
    sorted
}

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
        fn spreading_instants_sorts_them(
            near in proptest::collection::vec(-5_000i64..5_000, 0..9_000),
            far in proptest::collection::vec(any::<i64>(), 0..3),
        ) {
            let instants = [near, far].concat();
            let mut want = instants.clone();
            want.sort();
            prop_assert_eq!(sort_instants(instants), want);
        }

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
