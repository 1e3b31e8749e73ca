//! How many intervals overlap at most?

/// About so many instants are sorted at once.
const SPREAD: usize = 1 << 2;

/// Fewer instants are sorted as they are.
const SPREAD_MIN: usize = 1 << 10;

/// Sorts instants that are spread over a time: first roughly, by equal parts of it, then each part.
pub fn sort_instants(instants: &mut Vec<i64>) {
    let (least, most) = instants.iter().fold((i64::MAX, i64::MIN), |(a, b), &t| (a.min(t), b.max(t)));
    let parts = instants.len() / SPREAD;
    let range = u64::try_from(i128::from(most) - i128::from(least)).ok();
    let Some(range) = range.filter(|range| instants.len() >= SPREAD_MIN && *range > 0) else {
        return instants.sort_unstable();
    };
    // So many bits of the distance from the first tell parts apart.
    let shift = (u64::BITS - range.leading_zeros()).saturating_sub((parts as u64).ilog2());
    let part = |t: i64| (t.wrapping_sub(least) as u64 >> shift) as usize;
    let mut ends = vec![0u32; part(most) + 2];
    instants.iter().for_each(|&t| ends[part(t) + 1] += 1);
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    let mut sorted = vec![0i64; instants.len()];
    for &t in &*instants {
        let at = &mut ends[part(t)];
        sorted[*at as usize] = t;
        *at += 1;
    }
    let mut start = 0;
    for end in ends {
        sorted[start..end as usize].sort_unstable();
        start = end as usize;
    }
    *instants = sorted;
}

/// The most intervals that hold at some instant of a span: so many do at its start, those that start in it,
/// and of any those that end in it behind its start; both sorted.
pub fn peak<T: Copy + Ord>(running: u64, starts: &[T], ends: &[T]) -> u64 {
    let (mut now, mut most) = (running, running);
    let (mut started, mut ended) = (0, 0);
    // Which of the two comes next cannot be foreseen, so that no branch hangs on it.
    while started < starts.len() && ended < ends.len() {
        let ends_first = ends[ended] <= starts[started];
        ended += usize::from(ends_first);
        started += usize::from(!ends_first);
        now = now + 1 - 2 * u64::from(ends_first);
        most = most.max(now);
    }
    most.max(now + (starts.len() - started) as u64)
}

/// What intervals that started before a span mean for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Groups, in order, and how many of their intervals hold at its start.
    pub running: Vec<(u64, u64)>,
    /// Groups, and when such intervals end within it.
    pub ends: Vec<(u64, i64)>,
}

/// What intervals mean for each of some spans `[from, to)`, in order and without gaps, of which they hold at
/// the start: of each its group, the first such span and its end.
pub fn carry(spans: &[(i64, i64)], intervals: &[(u64, u32, i64)]) -> Vec<Carried> {
    let mut carried = vec![Carried::default(); spans.len()];
    let mut changes: Vec<(u64, usize, bool)> = Vec::with_capacity(intervals.len() * 2);
    for &(group, first, end) in intervals {
        let behind = spans.partition_point(|span| span.0 < end);
        changes.push((group, first as usize, true));
        changes.push((group, behind, false));
        if let Some(last) = behind.checked_sub(1).filter(|last| end < spans[*last].1) {
            carried[last].ends.push((group, end));
        }
    }
    changes.sort_unstable();
    for of_group in changes.chunk_by(|a, b| a.0 == b.0) {
        let mut running = 0u64;
        for (i, &(group, at, begins)) in of_group.iter().enumerate() {
            // In one place, ends come before starts, but each behind its own start.
            running = if begins { running + 1 } else { running - 1 };
            let next = of_group.get(i + 1).map_or(at, |next| next.1);
            if running > 0 {
                carried[at..next].iter_mut().for_each(|carried| carried.running.push((group, running)));
            }
        }
    }
    carried
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
            let mut instants = [near, far].concat();
            let mut want = instants.clone();
            want.sort();
            sort_instants(&mut instants);
            prop_assert_eq!(instants, want);
        }

        #[test]
        fn peaks_are_those_of_counting_at_every_instant(
            rows in proptest::collection::vec((0u64..3, 0i64..60, 1i64..25), 0..40),
            lengths in proptest::collection::vec(0i64..20, 1..6),
        ) {
            let mut at = 9;
            let spans: Vec<(i64, i64)> = lengths.iter().map(|len| {
                let from = at;
                at += len;
                (from, at)
            }).collect();
            let intervals: Vec<(u64, u32, i64)> = rows.iter().filter_map(|&(group, start, len)| {
                let first = spans.partition_point(|span| span.0 <= start);
                (first < spans.len() && spans[first].0 < start + len).then_some((group, first as u32, start + len))
            }).collect();
            let carried = carry(&spans, &intervals);
            for (at, &(from, to)) in spans.iter().enumerate().filter(|(_, span)| span.0 < span.1) {
                for group in 0..3 {
                    let own: Vec<&(u64, i64, i64)> =
                        rows.iter().filter(|r| r.0 == group && (from..to).contains(&r.1)).collect();
                    let of = |x: i64| rows.iter().filter(|r| r.0 == group && r.1 <= x && x < r.1 + r.2).count();
                    let want = (from..to).map(of).max().unwrap_or(0) as u64;
                    let mut starts: Vec<i64> = own.iter().map(|r| r.1).collect();
                    let own = own.iter().map(|r| r.1 + r.2);
                    let others = carried[at].ends.iter().filter(|e| e.0 == group).map(|e| e.1);
                    let mut ends: Vec<i64> = own.chain(others).collect();
                    starts.sort_unstable();
                    ends.sort_unstable();
                    let running = carried[at].running.iter().find(|r| r.0 == group).map_or(0, |r| r.1);
                    prop_assert_eq!(peak(running, &starts, &ends), want);
                }
            }
        }
    }
}
