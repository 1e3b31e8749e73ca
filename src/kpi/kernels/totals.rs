//! How many rows, and what sums, does each group of a period have?
//!
//! Invariant: sums are exact, whatever the values: what might not fit into 64 bits is added up in 128.

use std::borrow::Cow;
use std::ops::Neg;

use hashbrown::HashMap;

use super::groups::Groups;
use super::merge::Merge;
use crate::store::vector::{changed, paired, vectorized};
use crate::store::views::{Slice, pick};
use crate::store::{NULL_NUMBER, Numbers, Selection};

/// The most groups that are held as an array.
const DENSE_MAX: u64 = 1 << 22;

/// Up to so many groups, rows that follow one another are added to cells of their own, for they are
/// likely of the same group, and an addition would wait for the one before.
const FEW: usize = 32;
const LANES: usize = 4;

/// Rows of fewer than one in so many groups have these marked, so that the others need not be looked at.
const SPARSE: usize = 4;

/// In so many bits, the number of rows stands beside the sum of their values,
const PACKED_BITS: u32 = 16;
/// of so many rows at most, whose values have 33 bits with their sign.
const PACKED_ROWS: usize = 1 << 13;
const _: () = assert!(PACKED_ROWS < 1 << PACKED_BITS && 32 + PACKED_ROWS.ilog2() + PACKED_BITS < 63);

/// So few cells are soon looked at.
const FEW_CELLS: usize = 1 << 10;

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

/// A number of rows and the sums of `N` columns.
pub type Total<const N: usize> = (u64, [i128; N]);

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
    /// What 1 is worth in the sums of the cells.
    unit: i64,
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
            unit: 1,
        }
    }

    /// Adds rows: the group of each, and a value per column, all of the same length.
    pub fn add(&mut self, groups: &Groups, len: usize, columns: [&[i64]; N]) {
        self.count_in(1);
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

    /// Takes values of a row back that was added with them.
    fn take_back(&mut self, group: u32, values: [i64; N]) {
        self.cell(u64::from(group)).add(&Cell { rows: 0, sums: values.map(|value| -value) });
    }

    /// From now on, sums are added up in units of so much.
    fn count_in(&mut self, unit: i64) {
        if self.unit != unit {
            if self.bound > 0 {
                self.widen();
            }
            self.unit = unit;
        }
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
        self.count_in(1);
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
            self.wide_cell(group, cell.rows, cell.sums.map(|sum| worth(sum, self.unit)));
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
            let unit = self.unit;
            return self
                .take(|group, cell| each(group, cell.rows as u64, cell.sums.map(|sum| worth(sum, unit))));
        }
        self.widen();
        let mut wide: Vec<(u64, (i64, [i128; N]))> = self.wide.drain().collect();
        wide.sort_unstable_by_key(|entry| entry.0);
        wide.into_iter().for_each(|(group, (rows, sums))| each(group, rows as u64, sums));
    }

    /// As [`Self::finish`], of groups that are cut into `P` parts each: `each` takes a group that has rows with what
    /// each of its parts has.
    pub fn finish_parts<const P: usize>(&mut self, mut each: impl FnMut(u64, [Total<N>; P])) {
        let mut open: Option<(u64, [Total<N>; P])> = None;
        self.finish(|cell, rows, sums| {
            let (group, part) = (cell / P as u64, (cell % P as u64) as usize);
            if let Some((group, parts)) = open.take_if(|open| open.0 != group) {
                each(group, parts);
            }
            open.get_or_insert((group, [(0, [0; N]); P])).1[part] = (rows, sums);
        });
        if let Some((group, parts)) = open {
            each(group, parts);
        }
    }
}

impl Totals<1> {
    /// Adds rows as [`Self::add`] does, of integers that fit into 33 bits with their sign; false, and nothing is
    /// added, where sums might not fit or groups are too many.
    fn add_narrow<V: Copy + Into<i64>>(&mut self, groups: &[u32], values: &[V]) -> bool {
        let more = (groups.len() as u128) << u32::BITS;
        if self.cells.is_empty() || self.bound + more > i64::MAX as u128 {
            return false;
        }
        self.bound += more;
        if self.cells.len() > FEW {
            self.add_dense(groups, [&values[..groups.len()]]);
            return true;
        }
        for (groups, values) in groups.chunks(PACKED_ROWS).zip(values.chunks(PACKED_ROWS)) {
            self.add_packed(groups, values);
        }
        true
    }

    /// Adds few enough rows for their number and the sum of their values to fit into one integer: a group then has
    /// but one to add to.
    fn add_packed<V: Copy + Into<i64>>(&mut self, groups: &[u32], values: &[V]) {
        let mut lanes = [[0i64; FEW]; LANES];
        let packed = |value: V| (value.into() << PACKED_BITS) + 1;
        let (fours, rest) = groups.as_chunks::<LANES>();
        let (of_fours, of_rest) = values.as_chunks::<LANES>();
        for (four, values) in fours.iter().zip(of_fours) {
            for lane in 0..LANES {
                lanes[lane][four[lane] as usize % FEW] += packed(values[lane]);
            }
        }
        for (&group, &value) in rest.iter().zip(of_rest) {
            lanes[0][group as usize % FEW] += packed(value);
        }
        for lane in &lanes {
            for (cell, &packed) in self.cells.iter_mut().zip(lane) {
                let rows = packed & ((1 << PACKED_BITS) - 1);
                cell.add(&Cell { rows, sums: [packed >> PACKED_BITS] });
            }
        }
        self.is_marked = false;
    }

    /// Adds rows with the numbers of a column as they are stored, and tells the positions of those that have none,
    /// which are added as rows alone. Numbers with a 1 in `taken` are taken away, whatever their sign. None, and
    /// nothing is added, where numbers are stored in more than 32 bits, where rows are all in one group or in too
    /// many, and where many groups would have to be looked at because what the stored integers are worth changes.
    pub fn add_stored(
        &mut self,
        groups: &Groups,
        stored: &Numbers<'_>,
        rows: &Selection,
        taken: Option<&[u8]>,
    ) -> Option<Vec<u32>> {
        let Groups::Each(groups) = groups else { return None };
        let is_many = self.cells.len() > FEW_CELLS;
        if self.cells.is_empty() || (is_many && stored.multiplier != self.unit) {
            return None;
        }
        self.count_in(stored.multiplier);
        let is_added = match (stored.raw, taken) {
            (Slice::U8(values), None) => self.add_narrow(groups, &chosen(values, rows)),
            (Slice::U16(values), None) => self.add_narrow(groups, &chosen(values, rows)),
            (Slice::U32(values), None) => self.add_narrow(groups, &chosen(values, rows)),
            (Slice::I32(values), None) => self.add_narrow(groups, &chosen(values, rows)),
            // Those of 32 bits have room for a sign, or have one.
            (Slice::I32(values), Some(taken)) => {
                self.add_narrow(groups, &paired(&chosen(values, rows), taken, signed))
            }
            (Slice::U8(_) | Slice::U16(_) | Slice::U32(_), Some(taken)) => {
                let mut values = Numbers { valid: None, multiplier: 1, ..*stored }.read(rows);
                take_away(&mut values, taken);
                self.add_narrow(groups, &values)
            }
            (Slice::I64(_), _) => false,
        };
        let missing = is_added.then(|| stored.missing(rows))?;
        // Whatever stands in their place does not count.
        let whatever = Numbers { valid: None, multiplier: 1, ..*stored };
        for at in missing.iter().map(|at| *at as usize) {
            let value = whatever.get(rows.row(at));
            let is_taken = taken.is_some_and(|taken| taken[at] & 1 == 1);
            self.take_back(groups[at], [if is_taken { -value.abs() } else { value }]);
        }
        Some(missing)
    }
}

/// The values of some rows.
fn chosen<'v, V: Copy>(values: &'v [V], rows: &Selection) -> Cow<'v, [V]> {
    match rows {
        Selection::Run(run) => Cow::Borrowed(&values[run.clone()]),
        Selection::List(rows) => Cow::Owned(pick(values, rows)),
    }
}

fn worth(sum: i64, unit: i64) -> i128 {
    i128::from(sum) * i128::from(unit)
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

/// Makes the numbers with a 1 in `taken` negative, whatever their sign.
pub fn take_away(numbers: &mut [i64], taken: &[u8]) {
    changed(numbers, taken, |number, taken| *number = signed(*number, taken));
}

/// The number, or where it is taken the negative one that is as far from 0.
#[inline(always)]
fn signed<T: Copy + Default + Ord + Neg<Output = T>>(number: T, taken: u8) -> T {
    if taken & 1 == 1 && number > T::default() { -number } else { number }
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
        if self.bound + bound > i64::MAX as u128 || self.unit != other.unit {
            self.widen();
            let unit = other.unit;
            return other
                .take(|group, cell| self.wide_cell(group, cell.rows, cell.sums.map(|sum| worth(sum, unit))));
        }
        self.bound += bound;
        other.take(|group, cell| self.cell(group).add(cell));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::BitVec;
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
    /// Raw integers as a column has them: of some width, each worth so much, some of them missing.
    #[derive(Clone, Debug)]
    struct Stored {
        raw: Vec<i64>,
        width: usize,
        multiplier: i64,
        valid: Option<Vec<bool>>,
    }

    fn stored() -> impl Strategy<Value = Stored> {
        let of_width = |width: usize| {
            let value = match width {
                0 => prop_oneof![0i64..9, Just(0xff)].boxed(),
                1 => prop_oneof![0i64..9, Just(0xffff)].boxed(),
                2 => prop_oneof![0i64..9, Just(0xffff_ffff)].boxed(),
                3 => prop_oneof![-9i64..9, Just(i64::from(i32::MIN)), Just(i64::from(i32::MAX))].boxed(),
                _ => prop_oneof![-9i64..9, any::<i64>().prop_map(|value| value / 1000)].boxed(),
            };
            let rows = 1usize..70;
            let column = rows.prop_flat_map(move |rows| {
                let valid = proptest::option::of(proptest::collection::vec(any::<bool>(), rows));
                (proptest::collection::vec(value.clone(), rows), prop_oneof![Just(1i64), Just(100)], valid)
            });
            column.prop_map(move |(raw, multiplier, valid)| Stored { raw, width, multiplier, valid })
        };
        (0usize..5).prop_flat_map(of_width)
    }

    proptest! {
        #[test]
        fn stored_numbers_add_up_to_what_they_are_worth(
            columns in proptest::collection::vec((stored(), any::<bool>(), any::<bool>()), 1..5),
            groups in prop_oneof![Just(3u64), Just(40), Just(100_000), Just(DENSE_MAX + 1)],
        ) {
            let mut totals = Totals::<1>::new(groups);
            let mut want: BTreeMap<u64, (u64, [i128; 1])> = BTreeMap::new();
            for (column, has_signs, is_list) in columns {
                let (u8s, u16s, u32s, i32s): (Vec<u8>, Vec<u16>, Vec<u32>, Vec<i32>) =
                    column.raw.iter().map(|&v| (v as u8, v as u16, v as u32, v as i32)).collect();
                let raw = match column.width {
                    0 => Slice::U8(&u8s),
                    1 => Slice::U16(&u16s),
                    2 => Slice::U32(&u32s),
                    3 => Slice::I32(&i32s),
                    _ => Slice::I64(&column.raw),
                };
                let bits: Option<BitVec> = column.valid.clone().map(|valid| valid.into_iter().collect());
                let numbers = Numbers { raw, multiplier: column.multiplier, valid: bits.as_ref().map(BitVec::view) };
                let chosen: Vec<u32> = (0..column.raw.len() as u32).filter(|at| !is_list || at % 3 != 1).collect();
                let rows = if is_list { Selection::List(chosen.clone()) } else { Selection::Run(0..column.raw.len()) };
                let of: Vec<u32> = chosen.iter().map(|row| (row % 3) * (groups as u32 / 3)).collect();
                let taken: Vec<u8> = chosen.iter().map(|row| u8::from(has_signs && row % 2 == 0)).collect();
                let each = Groups::Each(of.clone());
                let found = totals.add_stored(&each, &numbers, &rows, has_signs.then_some(&taken));
                // Whoever is not served adds them up himself.
                let Some(missing) = found else {
                    let mut values = numbers.read(&rows);
                    clear_missing(&mut values);
                    take_away(&mut values, &taken);
                    totals.add(&each, values.len(), [&values]);
                    prop_assert!(column.width == 4 || groups > FEW_CELLS as u64);
                    add_one_by_one(&mut want, &column, &chosen, &of, &taken);
                    continue;
                };
                add_one_by_one(&mut want, &column, &chosen, &of, &taken);
                let is_missing = |row: u32| column.valid.as_ref().is_some_and(|valid| !valid[row as usize]);
                let gaps: Vec<u32> = (0u32..).zip(&chosen).filter(|(_, row)| is_missing(**row)).map(|at| at.0).collect();
                prop_assert_eq!(missing, gaps);
            }
            let mut got = BTreeMap::new();
            totals.finish(|group, rows, sums| { got.insert(group, (rows, sums)); });
            prop_assert_eq!(got, want);
        }
    }

    /// Adds rows one by one.
    fn add_one_by_one(
        want: &mut BTreeMap<u64, (u64, [i128; 1])>,
        column: &Stored,
        rows: &[u32],
        groups: &[u32],
        taken: &[u8],
    ) {
        for ((&row, &group), &taken) in rows.iter().zip(groups).zip(taken) {
            let row = row as usize;
            let is_valid = column.valid.as_ref().is_none_or(|valid| valid[row]);
            let value =
                if is_valid { i128::from(column.raw[row]) * i128::from(column.multiplier) } else { 0 };
            let sums = want.entry(u64::from(group)).or_default();
            sums.0 += 1;
            sums.1[0] += if taken == 1 { -value.abs() } else { value };
        }
    }

    #[test]
    fn parts_of_a_group_come_together() {
        let mut totals = Totals::<0>::new(12);
        totals.add(&Groups::Each(vec![3, 5, 3, 9]), 4, []);
        let mut found = Vec::new();
        totals.finish_parts(|group, parts: [_; 3]| found.push((group, parts.map(|part| part.0))));
        assert_eq!(found, [(1, [2, 0, 1]), (3, [1, 0, 0])]);
    }
}
