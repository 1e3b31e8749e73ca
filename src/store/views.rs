//! Typed, borrowed views of the columns of a file.
//!
//! A view is made only when its sections have the length that the row count asks for, so reading a
//! row below the row count never leaves a slice.

// The macro below widens every width with one expression, which is no conversion for the widest.
#![allow(clippy::useless_conversion, clippy::unnecessary_cast)]

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

use super::bits::Bits;
use super::ints;
pub use super::ints::count;
use super::vector::{mapped, vectorized};
use crate::model::MICROS_PER_MINUTE;

/// Which rows of a file are read.
#[derive(Clone, Debug)]
pub enum Selection {
    /// All of a run.
    Run(Range<usize>),
    /// Some, in order.
    List(Vec<u32>),
}

impl Selection {
    /// How many rows.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Selection::Run(run) => run.len(),
            Selection::List(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at a position.
    #[inline]
    pub fn row(&self, at: usize) -> usize {
        match self {
            Selection::Run(run) => run.start + at,
            Selection::List(rows) => rows[at] as usize,
        }
    }

    /// Whether the bits of all rows are set.
    pub fn are_all(&self, bits: &Bits<'_>) -> bool {
        match self {
            Selection::Run(run) => {
                let mut has_gap = false;
                each_gap(run.start, run.len(), bits.words(), |_| has_gap = true);
                !has_gap
            }
            Selection::List(rows) => rows.iter().all(|&row| bits.get(row as usize)),
        }
    }

    /// The rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).map(|at| self.row(at))
    }

    /// Keeps the rows at some positions, in order.
    pub fn keep(&mut self, positions: &[u32]) {
        let rows = match self {
            Selection::Run(run) => {
                let start = run.start as u32;
                mapped(positions, move |at| start + at)
            }
            Selection::List(rows) => pick(rows, positions),
        };
        *self = Selection::List(rows);
    }
}

/// The values at some positions.
pub fn pick<T: Copy>(values: &[T], positions: &[u32]) -> Vec<T> {
    positions.iter().map(|&at| values[at as usize]).collect()
}

/// For each choice of eight, the positions of those that are chosen.
const CHOSEN: [[u8; 8]; 256] = {
    let mut chosen = [[0; 8]; 256];
    let mut choice = 0;
    while choice < 256 {
        let (mut at, mut found) = (0, 0);
        while at < 8 {
            if choice >> at & 1 == 1 {
                chosen[choice][found] = at as u8;
                found += 1;
            }
            at += 1;
        }
        choice += 1;
    }
    chosen
};

/// The positions of the flags that are 1, of those that are 0, 1 or 2: eight at a time, whatever they are.
pub fn positions(flags: &[u8]) -> Vec<u32> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // The product's last byte has the lowest bit of each byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut found = vec![0u32; flags.len() + 8];
    let mut kept = 0;
    let (eights, rest) = flags.as_chunks::<8>();
    vectorized(|| {
        for (at, eight) in eights.iter().enumerate() {
            let choice = (u64::from_le_bytes(*eight) & ONES).wrapping_mul(GATHER) >> 56;
            let room: &mut [u32; 8] = (&mut found[kept..kept + 8]).try_into().expect("eight");
            *room = CHOSEN[choice as usize].map(|chosen| (at * 8) as u32 + u32::from(chosen));
            kept += choice.count_ones() as usize;
        }
    });
    for (at, _) in rest.iter().enumerate().filter(|(_, flag)| **flag == 1) {
        found[kept] = (eights.len() * 8 + at) as u32;
        kept += 1;
    }
    found.truncate(kept);
    found
}

/// A missing number, day or instant.
pub const NULL_NUMBER: i64 = i64::MIN;

/// A missing reference.
pub const NULL_ID: u32 = u32::MAX;

/// The whole minutes between two instants in microseconds; missing where one of them is, or where the end
/// lies before the start.
pub fn minutes_between(start: i64, end: i64) -> i64 {
    if start == NULL_NUMBER || end < start { NULL_NUMBER } else { (end - start) / MICROS_PER_MINUTE }
}

/// The product of two numbers.
#[inline(always)]
fn widened(v: u32, m: u32) -> i64 {
    (u64::from(v) * u64::from(m)) as i64
}

/// Integers of one width.
#[derive(Clone, Copy, Debug)]
pub enum Slice<'a> {
    /// Unsigned bytes.
    U8(&'a [u8]),
    /// Unsigned 16 bits.
    U16(&'a [u16]),
    /// Unsigned 32 bits.
    U32(&'a [u32]),
    /// Signed 32 bits.
    I32(&'a [i32]),
    /// Signed 64 bits.
    I64(&'a [i64]),
}

impl Slice<'_> {
    /// Bytes of a value.
    pub fn width(&self) -> usize {
        match self {
            Slice::U8(_) => 1,
            Slice::U16(_) => 2,
            Slice::U32(_) | Slice::I32(_) => 4,
            Slice::I64(_) => 8,
        }
    }
}

/// Runs an expression with `$s` bound to the typed slice.
#[macro_export]
macro_rules! with_slice {
    ($slice:expr, $s:ident => $body:expr) => {
        match $slice {
            $crate::store::views::Slice::U8($s) => $body,
            $crate::store::views::Slice::U16($s) => $body,
            $crate::store::views::Slice::U32($s) => $body,
            $crate::store::views::Slice::I32($s) => $body,
            $crate::store::views::Slice::I64($s) => $body,
        }
    };
}

/// What a selection of rows of a column of numbers adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// The rows that count.
    pub rows: u64,
    /// How many of them have no number.
    pub missing: u64,
    /// The sum of the others.
    pub sum: i128,
}

/// Rows that follow one another are counted apart: an addition to a number that was just added to waits for it.
const LANES: usize = 4;

/// How often each value from 0 to 65,535 was found. Of what was never counted, the system gives no memory.
pub struct Counts(Box<[[u32; LANES]; 1 << 16]>);

impl Default for Counts {
    fn default() -> Self {
        let counts = vec![[0; LANES]; 1 << 16].into_boxed_slice();
        Counts(counts.try_into().expect("as many as there are values"))
    }
}

impl Counts {
    /// How often a value was found.
    pub fn of(&self, value: u16) -> u64 {
        self.0[usize::from(value)].iter().map(|&count| u64::from(count)).sum()
    }

    /// Adds what others have counted of some values.
    pub fn add(&mut self, other: &Counts, values: RangeInclusive<u16>) {
        let values = usize::from(*values.start())..=usize::from(*values.end());
        let all = self.0[values.clone()].as_flattened_mut().iter_mut();
        all.zip(other.0[values].as_flattened()).for_each(|(all, more)| *all += more);
    }
}

/// Whole numbers: `value = raw × multiplier`, with missing cells where `valid` says so.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    /// The raw integers.
    pub raw: Slice<'a>,
    /// What a raw unit is worth.
    pub multiplier: i64,
    /// Which rows have a value; `None`: all.
    pub valid: Option<Bits<'a>>,
}

impl Numbers<'_> {
    /// The value of a row, [`NULL_NUMBER`] when missing.
    #[inline]
    pub fn get(&self, row: usize) -> i64 {
        if self.valid.is_some_and(|v| !v.get(row)) {
            return NULL_NUMBER;
        }
        let raw = with_slice!(self.raw, s => i64::from(s[row]));
        raw.wrapping_mul(self.multiplier)
    }

    /// Appends the values of the given rows.
    pub fn gather(&self, rows: &[u32], out: &mut Vec<i64>) {
        let m = self.multiplier;
        with_slice!(self.raw, s => out.extend(rows.iter().map(|&r| i64::from(s[r as usize]).wrapping_mul(m))));
        if let Some(valid) = self.valid {
            let start = out.len() - rows.len();
            for (value, &row) in out[start..].iter_mut().zip(rows) {
                if !valid.get(row as usize) {
                    *value = NULL_NUMBER;
                }
            }
        }
    }

    /// The values of rows, [`NULL_NUMBER`] where they are missing.
    pub fn read(&self, rows: &Selection) -> Vec<i64> {
        let m = self.multiplier;
        match rows {
            Selection::Run(run) => {
                let mut values = match (self.raw, u32::try_from(m)) {
                    (raw, Ok(1)) => with_slice!(raw, s => mapped(&s[run.clone()], i64::from)),
                    // A product of two numbers of 32 bits is one instruction, of 64 bits many.
                    (Slice::U8(s), Ok(m)) => mapped(&s[run.clone()], move |v| widened(v.into(), m)),
                    (Slice::U16(s), Ok(m)) => mapped(&s[run.clone()], move |v| widened(v.into(), m)),
                    (Slice::U32(s), Ok(m)) => mapped(&s[run.clone()], move |v| widened(v, m)),
                    (raw, _) => {
                        with_slice!(raw, s => mapped(&s[run.clone()], move |v| i64::from(v).wrapping_mul(m)))
                    }
                };
                if let Some(valid) = self.valid {
                    each_gap(run.start, run.len(), valid.words(), |at| values[at] = NULL_NUMBER);
                }
                values
            }
            Selection::List(rows) => {
                let mut values: Vec<i64> = with_slice!(self.raw, s => {
                    rows.iter().map(|&r| i64::from(s[r as usize]).wrapping_mul(m)).collect()
                });
                if let Some(valid) = self.valid {
                    for (value, &row) in values.iter_mut().zip(rows) {
                        *value = if valid.get(row as usize) { *value } else { NULL_NUMBER };
                    }
                }
                values
            }
        }
    }

    /// For each of a run of rows, 1 if its value lies from `from` to `to`, else 0, the other way round where
    /// `outside` says so; `missing` where it is. None where the multiplier is not one.
    pub fn test_range(
        &self,
        run: &Range<usize>,
        (from, to): (i64, i64),
        outside: bool,
        missing: u8,
    ) -> Option<Vec<u8>> {
        // In units of the multiplier, the range of which lies within the one asked for.
        let m = Some(i128::from(self.multiplier)).filter(|m| *m > 0)?;
        let (from, to) = (-(-i128::from(from)).div_euclid(m), i128::from(to).div_euclid(m));
        let (from, to) = (from as i64, to as i64);
        let mut answers = with_slice!(self.raw, s => ints::in_range(&s[run.clone()], from, to, outside));
        if let Some(valid) = self.valid {
            each_gap(run.start, run.len(), valid.words(), |at| answers[at] = missing);
        }
        Some(answers)
    }

    /// Adds up the values of rows; where there is a flag for each, of those whose flag is 1.
    pub fn sum(&self, rows: &Selection, flags: Option<&[u8]>) -> Sum {
        let counts = |at: usize| flags.is_none_or(|flags| flags[at] & 1 == 1);
        let Selection::Run(run) = rows else {
            let mut found = Sum::default();
            for (_, value) in self.read(rows).into_iter().enumerate().filter(|(at, _)| counts(*at)) {
                found.rows += 1;
                found.missing += u64::from(value == NULL_NUMBER);
                found.sum += if value == NULL_NUMBER { 0 } else { i128::from(value) };
            }
            return found;
        };
        let rows = flags.map_or(run.len() as u64, count);
        let mut sum = with_slice!(self.raw, s => {
            let values = &s[run.clone()];
            flags.map_or_else(|| ints::add_up(values), |flags| ints::add_up_flagged(values, flags))
        });
        let mut missing = 0;
        if let Some(valid) = self.valid {
            // Whatever stands in their place does not count.
            each_gap(run.start, run.len(), valid.words(), |at| {
                if counts(at) {
                    missing += 1;
                    sum -= with_slice!(self.raw, s => i128::from(s[run.start + at]));
                }
            });
        }
        Sum { rows, missing, sum: sum * i128::from(self.multiplier) }
    }

    /// Counts how often each value stands in a run of rows whose flag is 1, missing ones left out. False, and
    /// nothing is counted, where values may be negative or above 65,535.
    pub fn count_each(&self, run: &Range<usize>, flags: &mut [u8], counts: &mut Counts) -> bool {
        if self.multiplier != 1 || !matches!(self.raw, Slice::U8(_) | Slice::U16(_)) {
            return false;
        }
        if let Some(valid) = self.valid {
            each_gap(run.start, run.len(), valid.words(), |at| flags[at] = 0);
        }
        with_slice!(self.raw, s => {
            let (values, others) = s[run.clone()].as_chunks::<LANES>();
            let (of_values, of_others) = flags.as_chunks::<LANES>();
            for (values, flags) in values.iter().zip(of_values) {
                for lane in 0..LANES {
                    counts.0[values[lane] as u16 as usize][lane] += u32::from(flags[lane] & 1);
                }
            }
            for (&value, flag) in others.iter().zip(of_others) {
                counts.0[value as u16 as usize][0] += u32::from(flag & 1);
            }
        });
        true
    }

    /// The positions, among rows, of those without a value.
    pub fn missing(&self, rows: &Selection) -> Vec<u32> {
        let Some(valid) = self.valid else { return Vec::new() };
        let Selection::Run(run) = rows else {
            return (0u32..)
                .zip(rows.iter())
                .filter(|&(_, row)| !valid.get(row))
                .map(|found| found.0)
                .collect();
        };
        let mut missing = Vec::new();
        each_gap(run.start, run.len(), valid.words(), |at| missing.push(at as u32));
        missing
    }

    /// The first row of a sorted column without missing cells whose value is not below `limit`.
    pub fn lower_bound(&self, limit: i64) -> usize {
        let m = self.multiplier;
        with_slice!(self.raw, s => s.partition_point(|&v| i64::from(v).wrapping_mul(m) < limit))
    }
}

/// Calls `each` with the positions of clear bits, among `len` bits from `start` on.
#[inline]
fn each_gap(start: usize, len: usize, words: &[u64], mut each: impl FnMut(usize)) {
    let mut at = 0;
    while at < len {
        let row = start + at;
        let bits = words.get(row / 64).map_or(0, |word| word >> (row % 64));
        let many = (64 - row % 64).min(len - at);
        let within = u64::MAX >> (64 - many);
        let mut gaps = !bits & within;
        while gaps != 0 {
            each(at + gaps.trailing_zeros() as usize);
            gaps &= gaps - 1;
        }
        at += many;
    }
}

/// Category codes; 0 is a missing cell.
#[derive(Clone, Copy, Debug)]
pub struct Codes<'a> {
    /// The raw codes.
    pub raw: Slice<'a>,
}

impl Codes<'_> {
    /// The code of a row.
    #[inline]
    pub fn get(&self, row: usize) -> u32 {
        with_slice!(self.raw, s => s[row] as u32)
    }

    /// Appends the codes of the given rows.
    pub fn gather(&self, rows: &[u32], out: &mut Vec<u32>) {
        with_slice!(self.raw, s => out.extend(rows.iter().map(|&r| s[r as usize] as u32)));
    }

    /// For the code of each row what `answers` has for it, and `other` for a code that it has nothing for.
    pub fn look_up(&self, rows: &Selection, answers: &[u8], other: u8) -> Vec<u8> {
        if let (Selection::Run(run), Slice::U8(stored)) = (rows, self.raw) {
            // A byte is below the size of the array without being compared with it.
            let mut of_code = [other; 256];
            of_code.iter_mut().zip(answers).for_each(|(of, answer)| *of = *answer);
            return stored[run.clone()].iter().map(|&code| of_code[usize::from(code)]).collect();
        }
        let answer = |code: u32| answers.get(code as usize).copied().unwrap_or(other);
        self.read(rows).into_iter().map(answer).collect()
    }

    /// How often each code below `codes` stands in a run of rows, of those alone whose flag is 1 where there are
    /// flags; none where rows are no run or codes not stored in a byte each. Others count as code 0.
    pub fn count_each(&self, rows: &Selection, flags: Option<&[u8]>, codes: u8) -> Option<Vec<u64>> {
        let (Selection::Run(run), Slice::U8(stored)) = (rows, self.raw) else { return None };
        let stored = &stored[run.clone()];
        let all = flags.map_or(stored.len() as u64, count);
        let mut counts: Vec<u64> = (0..codes).map(|code| ints::count_equal(stored, code, flags)).collect();
        let others = all - counts.iter().sum::<u64>();
        if let Some(first) = counts.first_mut() {
            *first += others;
        }
        Some(counts)
    }

    /// The codes of rows.
    pub fn read(&self, rows: &Selection) -> Vec<u32> {
        match rows {
            Selection::Run(run) => {
                with_slice!(self.raw, s => mapped(&s[run.clone()], |c| c as u32))
            }
            Selection::List(rows) => {
                with_slice!(self.raw, s => rows.iter().map(|&r| s[r as usize] as u32).collect())
            }
        }
    }
}

/// References as surrogate ids; [`NULL_ID`] is a missing one.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'a> {
    /// The ids.
    pub raw: &'a [u32],
}

impl<'a> Ids<'a> {
    /// The id of a row.
    #[inline]
    pub fn get(&self, row: usize) -> u32 {
        self.raw[row]
    }

    /// Appends the ids of the given rows.
    pub fn gather(&self, rows: &[u32], out: &mut Vec<u32>) {
        out.extend(rows.iter().map(|&r| self.raw[r as usize]));
    }

    /// The ids of rows.
    pub fn read(&self, rows: &Selection) -> Cow<'a, [u32]> {
        match rows {
            Selection::Run(run) => Cow::Borrowed(&self.raw[run.clone()]),
            Selection::List(rows) => Cow::Owned(rows.iter().map(|&r| self.raw[r as usize]).collect()),
        }
    }
}

/// Texts, each stored once per file where they repeat.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    /// Position of each row's text; `None`: the row's own number.
    pub codes: Option<Codes<'a>>,
    /// End of each text in `bytes`.
    pub ends: &'a [u64],
    /// The texts.
    pub bytes: &'a [u8],
    /// Which rows have a text; `None`: all.
    pub valid: Option<Bits<'a>>,
}

impl<'a> Texts<'a> {
    /// The text of a row, `None` when missing.
    pub fn get(&self, row: usize) -> Option<&'a [u8]> {
        if self.valid.is_some_and(|v| !v.get(row)) {
            return None;
        }
        Some(self.entry(self.codes.map_or(row, |c| c.get(row) as usize)))
    }

    /// The stored text at a position; empty where the offsets make no sense.
    pub fn entry(&self, at: usize) -> &'a [u8] {
        let start = if at == 0 { 0 } else { self.ends.get(at - 1).copied().unwrap_or(0) };
        let end = self.ends.get(at).copied().unwrap_or(0);
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Integers as they are stored, in every width.
    #[derive(Debug)]
    struct Stored(Vec<u8>, Vec<u16>, Vec<u32>, Vec<i32>, Vec<i64>, crate::store::BitVec);

    impl Stored {
        fn new(raw: &[i64], gaps: &[bool]) -> Self {
            Stored(
                raw.iter().map(|&v| v as u8).collect(),
                raw.iter().map(|&v| v as u16).collect(),
                raw.iter().map(|&v| v as u32).collect(),
                raw.iter().map(|&v| v as i32).collect(),
                raw.iter().map(|&v| v >> 10).collect(),
                gaps.iter().take(raw.len()).copied().collect(),
            )
        }

        fn numbers(&self, width: u8, multiplier: i64, has_gaps: bool) -> Numbers<'_> {
            let raw = match width {
                0 => Slice::U8(&self.0),
                1 => Slice::U16(&self.1),
                2 => Slice::U32(&self.2),
                3 => Slice::I32(&self.3),
                _ => Slice::I64(&self.4),
            };
            Numbers { raw, multiplier, valid: has_gaps.then(|| self.5.view()) }
        }
    }

    prop_compose! {
        fn stored()(
            raw in proptest::collection::vec(prop_oneof![Just(i64::MIN + 1), -300i64..300, Just(70_000), any::<i64>()], 1..200),
            gaps in proptest::collection::vec(any::<bool>(), 200),
        ) -> (Stored, usize) {
            (Stored::new(&raw, &gaps), raw.len())
        }
    }

    proptest! {
        #[test]
        fn a_range_is_tested_as_value_by_value(
            (stored, len) in stored(),
            limits in (
                prop_oneof![Just(i64::MIN), -1000i64..1000, Just(i64::MAX)],
                prop_oneof![Just(i64::MIN), -1000i64..1000, Just(i64::MAX)],
            ),
            multiplier in prop_oneof![Just(1i64), Just(7), Just(1000)],
            width in 0u8..5, outside in any::<bool>(), has_gaps in any::<bool>(), start in 0usize..100,
        ) {
            let numbers = stored.numbers(width, multiplier, has_gaps);
            let run = start.min(len)..len;
            let want: Vec<u8> = run.clone().map(|row| match numbers.get(row) {
                NULL_NUMBER => 2,
                value => u8::from((limits.0 <= value && value <= limits.1) != outside),
            }).collect();
            prop_assert_eq!(numbers.test_range(&run, limits, outside, 2), Some(want));
        }

        #[test]
        fn a_column_is_added_up_and_counted_as_value_by_value(
            (stored, len) in stored(), answers in proptest::collection::vec(0u8..3, 200), has_flags in any::<bool>(),
            multiplier in prop_oneof![Just(1i64), Just(7), Just(1000)],
            width in 0u8..5, has_gaps in any::<bool>(), start in 0usize..100, is_list in any::<bool>(),
        ) {
            let numbers = stored.numbers(width, multiplier, has_gaps);
            let run = start.min(len)..len;
            let flags = has_flags.then(|| answers[..run.len()].to_vec());
            let mut want = Sum::default();
            let (mut counts, mut want_counts) = (Counts::default(), vec![0u64; 1 << 16]);
            for (at, row) in run.clone().enumerate() {
                if flags.as_ref().is_none_or(|flags| flags[at] == 1) {
                    want.rows += 1;
                    match numbers.get(row) {
                        NULL_NUMBER => want.missing += 1,
                        value => {
                            want.sum += i128::from(value);
                            want_counts[value as u16 as usize] += 1;
                        }
                    }
                }
            }
            let rows = if is_list {
                Selection::List(run.clone().map(|row| row as u32).collect())
            } else {
                Selection::Run(run.clone())
            };
            prop_assert_eq!(numbers.sum(&rows, flags.as_deref()), want);
            let mut flags = flags.unwrap_or_else(|| vec![1; run.len()]);
            let is_counted = numbers.count_each(&run, &mut flags, &mut counts);
            prop_assert_eq!(is_counted, multiplier == 1 && width < 2);
            let mut all = Counts::default();
            all.add(&counts, 0..=u16::MAX);
            all.add(&Counts::default(), 0..=u16::MAX);
            let got: Vec<u64> = (0..=u16::MAX).map(|value| all.of(value)).collect();
            if !is_counted {
                want_counts.fill(0);
            }
            prop_assert!(got == want_counts);
        }

        #[test]
        fn codes_are_counted_as_one_by_one(
            stored in proptest::collection::vec(0u8..15, 0..600), answers in proptest::collection::vec(0u8..3, 600),
            has_flags in any::<bool>(), start in 0usize..300, codes in 1u8..15,
        ) {
            let rows = Selection::Run(start.min(stored.len())..stored.len());
            let flags = has_flags.then(|| &answers[..rows.len()]);
            let mut want = vec![0u64; codes.into()];
            let counts = |at: &(usize, usize)| flags.is_none_or(|flags| flags[at.0] == 1);
            for (_, row) in rows.iter().enumerate().filter(counts) {
                want[usize::from(if stored[row] < codes { stored[row] } else { 0 })] += 1;
            }
            let view = Codes { raw: Slice::U8(&stored) };
            let has = &answers[..usize::from(codes)];
            let of: Vec<u8> = rows.iter().map(|row| has.get(usize::from(stored[row])).copied().unwrap_or(7)).collect();
            prop_assert_eq!(view.look_up(&rows, has, 7), of);
            prop_assert_eq!(view.count_each(&rows, flags, codes), Some(want));
            let wide: Vec<u16> = stored.iter().map(|&code| code.into()).collect();
            prop_assert_eq!(Codes { raw: Slice::U16(&wide) }.count_each(&rows, flags, codes), None);
        }
    }
}
