//! How many rows, and what sums, does each group of a period have?
//!
//! Invariant: sums are exact, whatever the values: what might not fit into 64 bits is added up in 128.

use hashbrown::HashMap;

use super::groups::Groups;
use super::merge::Merge;
use crate::store::NULL_NUMBER;
use crate::store::vector::vectorized;

/// The most groups that are held as an array.
const DENSE_MAX: u64 = 1 << 22;

/// Up to so many groups, rows that follow one another are added to cells of their own, for they are
/// likely of the same group, and an addition would wait for the one before.
const FEW: usize = 32;
const LANES: usize = 4;

/// Rows of fewer than one in so many groups have these marked, so that the others need not be looked at.
const SPARSE: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell<const N: usize> {
    rows: i64,
    sums: [i64; N],
}

impl<const N: usize> Default for Cell<N> {
    fn default() -> Self {
        Cell { rows: 0, sums: [0; N] }
    }
}

impl<const N: usize> Cell<N> {
    #[inline(always)]
    fn add(&mut self, other: &Cell<N>) {
        self.rows += other.rows;
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, more)| *sum += more);
    }
}

/// Number of rows and sums of `N` columns per group.
pub struct Totals<const N: usize> {
    groups: u64,
    /// By group where these are not too many.
    cells: Vec<Cell<N>>,
    /// A bit per group with rows, as far as these are marked.
    marks: Vec<u64>,
    /// Whether all groups with rows are marked.
    is_marked: bool,
    /// By group where these are many.
    sparse: HashMap<u64, Cell<N>>,
    /// Sums that 64 bits do not hold for certain.
    wide: HashMap<u64, (i64, [i128; N])>,
    /// No sum in the cells is further from 0 than this.
    bound: u128,
}

impl<const N: usize> Totals<N> {
    /// Nothing added yet.
    pub fn new(groups: u64) -> Self {
        let is_dense = groups <= DENSE_MAX;
        let cells = if is_dense { groups as usize } else { 0 };
        Totals {
            groups,
            cells: vec![Cell::default(); cells],
            marks: vec![0; cells.div_ceil(64)],
            is_marked: true,
            sparse: HashMap::new(),
            wide: HashMap::new(),
            bound: 0,
        }
    }

    /// Adds rows: the group of each, and a value per column, all of the same length.
    pub fn add(&mut self, groups: &Groups, len: usize, columns: [&[i64]; N]) {
        let columns = columns.map(|column| &column[..len]);
        let (most, sums) = vectorized(|| survey(&columns));
        let more = (u128::from(most) + 1) * len as u128;
        if self.bound + more > i64::MAX as u128 {
            self.widen();
            if more > i64::MAX as u128 {
                return self.add_wide(groups, len, columns);
            }
        }
        self.bound += more;
        match groups {
            Groups::One => self.cell(0).add(&Cell { rows: len as i64, sums }),
            Groups::Each(each) if !self.cells.is_empty() => self.add_each(&each[..len], columns),
            _ => {
                for at in 0..len {
                    let cell = Cell { rows: 1, sums: columns.map(|column| column[at]) };
                    self.cell(groups.of(at)).add(&cell);
                }
            }
        }
    }

    /// Adds rows as [`Self::add`] does, of integers that are stored in fewer bits; false, and nothing is added,
    /// where they might not fit or groups are too many.
    pub fn add_narrow<V: Copy + Into<u32> + Into<i64>>(
        &mut self,
        groups: &[u32],
        columns: [&[V]; N],
    ) -> bool {
        let more = (groups.len() as u128) << u32::BITS;
        if self.cells.is_empty() || self.bound + more > i64::MAX as u128 {
            return false;
        }
        self.bound += more;
        self.add_each(groups, columns.map(|column| &column[..groups.len()]));
        true
    }

    /// Takes values of a row back that was added with them.
    pub fn take_back(&mut self, group: u32, values: [i64; N]) {
        self.cell(u64::from(group)).add(&Cell { rows: 0, sums: values.map(|value| -value) });
    }

    fn add_each<V: Copy + Into<i64>>(&mut self, groups: &[u32], columns: [&[V]; N]) {
        if self.cells.len() <= FEW {
            self.add_few(groups, columns);
        } else {
            self.add_dense(groups, columns);
        }
    }

    fn add_few<V: Copy + Into<i64>>(&mut self, groups: &[u32], columns: [&[V]; N]) {
        let mut lanes = [[Cell::<N>::default(); FEW]; LANES];
        let (fours, rest) = groups.as_chunks::<LANES>();
        let (values, others) =
            (columns.map(|c| c.as_chunks::<LANES>().0), columns.map(|c| c.as_chunks::<LANES>().1));
        for (at, four) in fours.iter().enumerate() {
            let values = values.map(|column| column[at]);
            for lane in 0..LANES {
                let cell = &mut lanes[lane][four[lane] as usize % FEW];
                cell.rows += 1;
                cell.sums.iter_mut().zip(&values).for_each(|(sum, values)| *sum += values[lane].into());
            }
        }
        for (at, &group) in rest.iter().enumerate() {
            lanes[0][group as usize % FEW]
                .add(&Cell { rows: 1, sums: others.map(|column| column[at].into()) });
        }
        for lane in &lanes {
            self.cells.iter_mut().zip(lane).for_each(|(cell, more)| cell.add(more));
        }
        self.is_marked = false;
    }

    fn add_dense<V: Copy + Into<i64>>(&mut self, groups: &[u32], columns: [&[V]; N]) {
        let last = self.cells.len() - 1;
        let cells = self.cells.as_mut_slice();
        let columns = columns.map(|column| &column[..groups.len()]);
        for (at, &group) in groups.iter().enumerate() {
            let cell = &mut cells[(group as usize).min(last)];
            cell.rows += 1;
            for (sum, column) in cell.sums.iter_mut().zip(columns) {
                *sum += column[at].into();
            }
        }
        self.is_marked &= groups.len() < self.cells.len() / SPARSE;
        if self.is_marked {
            for &group in groups {
                let group = (group as usize).min(last);
                self.marks[group / 64] |= 1 << (group % 64);
            }
        }
    }

    /// Marks all groups with rows.
    fn mark(&mut self) {
        for (word, cells) in self.marks.iter_mut().zip(self.cells.chunks(64)) {
            let bits = cells.iter().enumerate().map(|(at, cell)| u64::from(cell.rows != 0) << at);
            *word = bits.fold(0, |word, bit| word | bit);
        }
        self.is_marked = true;
    }

    /// Adds so many rows to a group, with the sums of their values.
    pub fn add_rows(&mut self, group: u64, rows: u64, sums: [i128; N]) {
        if rows == 0 {
            return;
        }
        let most = sums.iter().map(|sum| sum.unsigned_abs()).max().unwrap_or(0);
        if self.bound.saturating_add(most) > i64::MAX as u128 {
            self.widen();
            return self.wide_cell(group, rows as i64, sums);
        }
        self.bound += most;
        self.cell(group).add(&Cell { rows: rows as i64, sums: sums.map(|sum| sum as i64) });
    }

    fn cell(&mut self, group: u64) -> &mut Cell<N> {
        if self.cells.is_empty() {
            return self.sparse.entry(group).or_default();
        }
        let group = group.min(self.groups - 1) as usize;
        if let Some(word) = self.marks.get_mut(group / 64) {
            *word |= 1 << (group % 64);
        }
        &mut self.cells[group]
    }

    fn add_wide(&mut self, groups: &Groups, len: usize, columns: [&[i64]; N]) {
        for at in 0..len {
            self.wide_cell(groups.of(at), 1, columns.map(|column| i128::from(column[at])));
        }
    }

    fn wide_cell(&mut self, group: u64, rows: i64, sums: [i128; N]) {
        let wide = self.wide.entry(group).or_insert((0, [0; N]));
        wide.0 += rows;
        wide.1.iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
    }

    /// Moves all sums to where they cannot overflow.
    fn widen(&mut self) {
        let mut cells = Vec::new();
        self.take(|group, cell| cells.push((group, *cell)));
        for (group, cell) in cells {
            self.wide_cell(group, cell.rows, cell.sums.map(i128::from));
        }
    }

    /// Takes the cells with rows out, in order of the groups.
    #[inline(always)]
    fn take(&mut self, mut each: impl FnMut(u64, &Cell<N>)) {
        self.bound = 0;
        if !self.is_marked {
            self.mark();
        }
        for (at, word) in self.marks.iter_mut().enumerate() {
            let mut left = std::mem::take(word);
            while left != 0 {
                let group = at * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                let cell = &mut self.cells[group];
                each(group as u64, cell);
                *cell = Cell::default();
            }
        }
        let mut sparse: Vec<(u64, Cell<N>)> = self.sparse.drain().collect();
        sparse.sort_unstable_by_key(|entry| entry.0);
        sparse.iter().for_each(|(group, cell)| each(*group, cell));
    }

    /// Calls `each` with every group that has rows, in order of the groups, with their number and sums;
    /// nothing is left.
    pub fn finish(&mut self, mut each: impl FnMut(u64, u64, [i128; N])) {
        if self.wide.is_empty() {
            return self.take(|group, cell| each(group, cell.rows as u64, cell.sums.map(i128::from)));
        }
        self.widen();
        let mut wide: Vec<(u64, (i64, [i128; N]))> = self.wide.drain().collect();
        wide.sort_unstable_by_key(|entry| entry.0);
        wide.into_iter().for_each(|(group, (rows, sums))| each(group, rows as u64, sums));
    }
}

/// Puts 0 where a number is missing, and counts these.
pub fn clear_missing(numbers: &mut [i64]) -> u64 {
    vectorized(|| {
        let mut missing = 0;
        for number in numbers {
            missing += u64::from(*number == NULL_NUMBER);
            *number = if *number == NULL_NUMBER { 0 } else { *number };
        }
        missing
    })
}

/// A bound of the distance from 0 of every value, and the sums of the columns, which are right if all
/// values are near enough to 0.
#[inline(always)]
fn survey<const N: usize>(columns: &[&[i64]; N]) -> (u64, [i64; N]) {
    // The bits of all values together, those of negative ones inverted.
    let mut bits = 0;
    let sums = columns.map(|column| {
        let mut sum = 0i64;
        for &value in column {
            bits |= value ^ (value >> 63);
            sum = sum.wrapping_add(value);
        }
        sum
    });
    ((bits as u64).checked_next_power_of_two().unwrap_or(1 << 63), sums)
}

impl<const N: usize> Merge for Totals<N> {
    fn merge(&mut self, mut other: Self) {
        let bound = other.bound;
        other.wide.drain().for_each(|(group, (rows, sums))| self.wide_cell(group, rows, sums));
        if self.bound + bound > i64::MAX as u128 {
            self.widen();
            return other.take(|group, cell| self.wide_cell(group, cell.rows, cell.sums.map(i128::from)));
        }
        self.bound += bound;
        other.take(|group, cell| self.cell(group).add(cell));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn sums_are_those_of_adding_up_in_128_bits(
            rows in proptest::collection::vec((0u32..9, prop_oneof![-9i64..9, any::<i64>()], -3i64..3), 0..300),
            groups in prop_oneof![Just(9u64), Just(40), Just(100_000), Just(DENSE_MAX + 1)],
            cut in 0usize..300, one in any::<bool>(), chunk in prop_oneof![Just(2usize), Just(70)],
        ) {
            let scale = if one { 0 } else { groups as u32 / 9 };
            let mut want: BTreeMap<u64, (u64, [i128; 2])> = BTreeMap::new();
            let (mut a, mut b) = (Totals::<2>::new(groups), Totals::<2>::new(groups));
            for part in [&rows[..cut.min(rows.len())], &rows[cut.min(rows.len())..]] {
                for chunk in part.chunks(chunk) {
                    let of: Vec<u32> = chunk.iter().map(|r| r.0 * scale).collect();
                    let (x, y): (Vec<i64>, Vec<i64>) = chunk.iter().map(|r| (r.1, r.2)).unzip();
                    for (at, &group) in of.iter().enumerate() {
                        let sums = want.entry(u64::from(group)).or_default();
                        sums.0 += 1;
                        sums.1[0] += i128::from(x[at]);
                        sums.1[1] += i128::from(y[at]);
                    }
                    let small = |values: &[i64]| values.iter().map(|&v| u16::try_from(v).ok()).collect::<Option<Vec<_>>>();
                    if !one && let (Some(x), Some(mut y)) = (small(&x), small(&y)) {
                        // One row comes with a value too much, which is taken back.
                        y[0] += 7;
                        if a.add_narrow(&of, [&x, &y]) {
                            a.take_back(of[0], [0, 7]);
                            continue;
                        }
                    }
                    let of = if one { Groups::One } else { Groups::Each(of) };
                    a.add(&of, chunk.len(), [&x, &y]);
                }
                std::mem::swap(&mut a, &mut b);
            }
            b.merge(a);
            let mut got = BTreeMap::new();
            let mut order = Vec::new();
            b.finish(|group, rows, sums| {
                order.push(group);
                got.insert(group, (rows, sums));
            });
            prop_assert_eq!(&got, &want);
            prop_assert!(order.is_sorted());
            b.finish(|_, _, _| panic!("nothing is left"));
        }
    }
}
