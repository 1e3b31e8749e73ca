//! Which values does each group of a period have, in order? For quantiles.
//!
//! Invariant: the same values come out whether small ones are counted or all are sorted.

use super::by_group::ByGroup;
use super::groups::Groups;
use super::merge::Merge;

/// Values from 0 to below this are counted where groups are few.
const COUNTED: usize = 1 << 12;

/// The most groups whose small values are counted.
const GROUPS_MAX: u64 = 1 << 6;

/// The values of each group.
pub struct Samples {
    /// How often each small value occurs, group by group.
    counts: Vec<u32>,
    others: ByGroup,
}

impl Samples {
    /// No values, for groups below `groups`.
    pub fn new(groups: u64) -> Self {
        let counted = if groups <= GROUPS_MAX { groups as usize * COUNTED } else { 0 };
        Samples { counts: vec![0; counted], others: ByGroup::new(groups) }
    }

    /// Adds values with their groups, as far as they are at least so much.
    pub fn add(&mut self, groups: &Groups, values: &[i64], least: i64) {
        if self.counts.is_empty() {
            let values = values.iter().copied().enumerate();
            return self.others.add(groups, values.filter(|(_, value)| *value >= least));
        }
        match groups {
            Groups::One => self.count(std::iter::repeat(0), values, least),
            Groups::Each(each) => self.count(each.iter().map(|&group| u64::from(group)), values, least),
            Groups::Wide(each) => self.count(each.iter().copied(), values, least),
        }
    }

    fn count(&mut self, groups: impl Iterator<Item = u64>, values: &[i64], least: i64) {
        for (group, &value) in groups.zip(values) {
            if value < least {
                continue;
            }
            // What is negative is large as well.
            let is_small = (value as u64) < COUNTED as u64;
            match self.counts.get_mut(group as usize * COUNTED + if is_small { value as usize } else { 0 }) {
                Some(count) if is_small => *count += 1,
                _ => self.others.push(group, value),
            }
        }
    }

    /// Calls `each` with every group that has values, in order of the groups, and these in order; nothing
    /// is left.
    pub fn finish(&mut self, mut each: impl FnMut(u64, &[i64])) {
        if self.counts.is_empty() {
            return self.others.finish(|group, values| {
                values.sort_unstable();
                each(group, values);
            });
        }
        let mut others: Vec<(u64, Vec<i64>)> = Vec::new();
        self.others.finish(|group, values| {
            values.sort_unstable();
            others.push((group, values.to_vec()));
        });
        let mut others = others.into_iter().peekable();
        let mut values = Vec::new();
        for (group, counts) in (0u64..).zip(self.counts.chunks_exact_mut(COUNTED)) {
            values.clear();
            let others = others.next_if(|run| run.0 == group).map(|run| run.1).unwrap_or_default();
            let (below, above) = others.split_at(others.partition_point(|&other| other < 0));
            values.extend_from_slice(below);
            for (value, count) in (0i64..).zip(counts) {
                values.extend(std::iter::repeat_n(value, std::mem::take(count) as usize));
            }
            values.extend_from_slice(above);
            if !values.is_empty() {
                each(group, &values);
            }
        }
    }
}

impl Merge for Samples {
    fn merge(&mut self, other: Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.others.merge(other.others);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn values_come_out_sorted(
            rows in proptest::collection::vec((0u32..9, prop_oneof![-9i64..99, any::<i64>()]), 0..300),
            cut in 0usize..300, groups in prop_oneof![Just(9u64), Just(GROUPS_MAX + 1)],
            least in prop_oneof![Just(i64::MIN), -9i64..9],
        ) {
            let mut want: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
            rows.iter().filter(|r| r.1 >= least).for_each(|r| want.entry(u64::from(r.0)).or_default().push(r.1));
            want.values_mut().for_each(|values| values.sort_unstable());
            let parts = rows.split_at(cut.min(rows.len()));
            let mut all = [parts.0, parts.1].map(|part| {
                let mut samples = Samples::new(groups);
                let of = Groups::Each(part.iter().map(|r| r.0).collect());
                let values: Vec<i64> = part.iter().map(|r| r.1).collect();
                samples.add(&of, &values, least);
                samples
            }).into_iter();
            let mut samples = all.next().unwrap();
            samples.merge(all.next().unwrap());
            let mut got = Vec::new();
            samples.finish(|group, values| got.push((group, values.to_vec())));
            prop_assert_eq!(got, want.into_iter().collect::<Vec<_>>());
            samples.finish(|_, _| panic!("nothing is left"));
        }
    }
}
