//! Which values does each group of a period have, in no order? For what is selected from them.

use super::groups::Groups;
use super::merge::Merge;

/// The values of each group.
pub struct ByGroup {
    /// Groups are below this.
    limit: u64,
    /// The group of each value; none where there is one group only.
    groups: Vec<u64>,
    values: Vec<i64>,
}

impl ByGroup {
    /// No values, for groups below `limit`.
    pub fn new(limit: u64) -> Self {
        ByGroup { limit, groups: Vec::new(), values: Vec::new() }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Adds values with the positions of their rows.
    pub fn add(&mut self, groups: &Groups, values: impl Iterator<Item = (usize, i64)>) {
        if self.limit <= 1 {
            return self.values.extend(values.map(|(_, value)| value));
        }
        values.for_each(|(at, value)| self.push(groups.of(at), value));
    }

    /// Adds a value.
    pub fn push(&mut self, group: u64, value: i64) {
        if self.limit > 1 {
            self.groups.push(group);
        }
        self.values.push(value);
    }

    /// Calls `each` with every group that has values, in order of the groups, and these; nothing is left.
    pub fn finish(&mut self, mut each: impl FnMut(u64, &mut [i64])) {
        if self.values.is_empty() {
            return;
        }
        if self.limit <= 1 {
            each(0, &mut self.values);
        } else if self.limit <= 4 * self.values.len() as u64 {
            self.spread(each);
        } else {
            let mut pairs: Vec<(u64, i64)> =
                self.groups.iter().copied().zip(self.values.iter().copied()).collect();
            pairs.sort_unstable_by_key(|pair| pair.0);
            for run in pairs.chunk_by(|a, b| a.0 == b.0) {
                self.values.clear();
                self.values.extend(run.iter().map(|pair| pair.1));
                each(run[0].0, &mut self.values);
            }
        }
        self.groups.clear();
        self.values.clear();
    }

    /// As [`Self::finish`], by counting the values of every group.
    fn spread(&self, mut each: impl FnMut(u64, &mut [i64])) {
        let mut ends = vec![0u32; self.limit as usize];
        self.groups.iter().for_each(|&group| ends[group as usize] += 1);
        let mut start = 0;
        for end in &mut ends {
            start += std::mem::replace(end, start);
        }
        let mut spread = vec![0; self.values.len()];
        for (&group, &value) in self.groups.iter().zip(&self.values) {
            let at = &mut ends[group as usize];
            spread[*at as usize] = value;
            *at += 1;
        }
        let mut start = 0;
        for (group, end) in (0u64..).zip(ends) {
            let values = &mut spread[start..end as usize];
            start = end as usize;
            if !values.is_empty() {
                each(group, values);
            }
        }
    }
}

impl Merge for ByGroup {
    fn merge(&mut self, mut other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        self.groups.append(&mut other.groups);
        self.values.append(&mut other.values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn every_group_has_its_values(
            rows in proptest::collection::vec((0u32..9, any::<i64>()), 0..60),
            cut in 0usize..60, limit in prop_oneof![Just(1u64), Just(9), Just(5000)],
        ) {
            let scale = if limit == 1 { 0 } else { (limit / 9) as u32 };
            let mut want: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
            rows.iter().for_each(|r| want.entry(u64::from(r.0 * scale)).or_default().push(r.1));
            want.values_mut().for_each(|values| values.sort_unstable());
            let parts = rows.split_at(cut.min(rows.len()));
            let mut all = [parts.0, parts.1].map(|part| {
                let mut by_group = ByGroup::new(limit);
                let of = Groups::Each(part.iter().map(|r| r.0 * scale).collect());
                by_group.add(&of, part.iter().map(|r| r.1).enumerate());
                by_group
            }).into_iter();
            let mut by_group = all.next().unwrap();
            by_group.merge(all.next().unwrap());
            let mut got = Vec::new();
            by_group.finish(|group, values| {
                values.sort_unstable();
                got.push((group, values.to_vec()));
            });
            prop_assert_eq!(got, want.into_iter().collect::<Vec<_>>());
            by_group.finish(|_, _| panic!("nothing is left"));
        }
    }
}
