//! Typed, borrowed views of the columns of a file.
//!
//! A view is made only when its sections have the length that the row count asks for, so reading a
//! row below the row count never leaves a slice.

// The macro below widens every width with one expression, which is no conversion for the widest.
#![allow(clippy::useless_conversion, clippy::unnecessary_cast)]

use std::borrow::Cow;
use std::ops::Range;

use super::bits::Bits;
use super::vector::vectorized;

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

    /// The rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).map(|at| self.row(at))
    }

    /// Keeps the rows whose flag is 1.
    pub fn keep(&mut self, flags: &[u8]) {
        match self {
            Selection::Run(run) => {
                let start = run.start;
                let mut rows = vec![0u32; flags.len()];
                let mut kept = 0;
                for (at, &flag) in flags.iter().enumerate() {
                    rows[kept] = (start + at) as u32;
                    kept += usize::from(flag == 1);
                }
                rows.truncate(kept);
                *self = Selection::List(rows);
            }
            Selection::List(rows) => keep(rows, flags),
        }
    }
}

/// Keeps the values whose flag is 1.
pub fn keep<T: Copy>(values: &mut Vec<T>, flags: &[u8]) {
    let mut kept = 0;
    for (at, &flag) in flags.iter().enumerate() {
        values[kept] = values[at];
        kept += usize::from(flag == 1);
    }
    values.truncate(kept);
}

/// A missing number, day or instant.
pub const NULL_NUMBER: i64 = i64::MIN;

/// A missing reference.
pub const NULL_ID: u32 = u32::MAX;

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
                let mut values = vectorized(|| -> Vec<i64> {
                    with_slice!(self.raw, s => {
                        s[run.clone()].iter().map(|&v| i64::from(v).wrapping_mul(m)).collect()
                    })
                });
                if let Some(valid) = self.valid {
                    clear_invalid(&mut values, run.start, valid.words());
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

    /// The first row of a sorted column without missing cells whose value is not below `limit`.
    pub fn lower_bound(&self, limit: i64) -> usize {
        let m = self.multiplier;
        with_slice!(self.raw, s => s.partition_point(|&v| i64::from(v).wrapping_mul(m) < limit))
    }
}

/// Marks the values of missing cells, of rows from `start` on.
fn clear_invalid(values: &mut [i64], start: usize, valid: &[u64]) {
    let mut at = 0;
    while at < values.len() {
        let row = start + at;
        let bits = valid.get(row / 64).map_or(0, |word| word >> (row % 64));
        let len = (64 - row % 64).min(values.len() - at);
        // Most words have every bit.
        if bits.trailing_ones() < len as u32 {
            for (bit, value) in values[at..at + len].iter_mut().enumerate() {
                *value = if bits >> bit & 1 == 1 { *value } else { NULL_NUMBER };
            }
        }
        at += len;
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

    /// The codes of rows.
    pub fn read(&self, rows: &Selection) -> Vec<u32> {
        match rows {
            Selection::Run(run) => {
                vectorized(|| with_slice!(self.raw, s => s[run.clone()].iter().map(|&c| c as u32).collect()))
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
