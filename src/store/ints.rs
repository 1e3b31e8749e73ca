//! Loops over stored integers, whatever their width.

use super::vector::{mapped, vectorized};

/// Sums of so many integers fit into the type that they are added up in.
const BLOCK: usize = 1 << 16;

/// An integer of some width.
pub(super) trait Int: Copy + Ord {
    /// Holds the sum of a block of them.
    type Sum: Into<i128> + std::iter::Sum;
    /// The same number, or else the nearest that there is.
    fn nearest(number: i64) -> Self;
    /// The number.
    fn wide(self) -> i64;
    /// The number if the flag is 1, or else 0.
    fn times(self, flag: u8) -> Self::Sum;
}

macro_rules! ints {
    ($($int:ty: $sum:ty),*) => {$(
        impl Int for $int {
            type Sum = $sum;
            fn nearest(number: i64) -> Self {
                number.clamp(<$int>::MIN as i64, <$int>::MAX as i64) as $int
            }
            #[inline(always)]
            fn wide(self) -> i64 {
                self as i64
            }
            #[inline(always)]
            fn times(self, flag: u8) -> $sum {
                <$sum>::from(self) * <$sum>::from(flag & 1)
            }
        }
    )*};
}

ints!(u8: u32, u16: u32, u32: u64, i32: i64, i64: i128);

/// For each value, 1 if it lies from `from` to `to`, else 0; the other way round where `outside` says so.
pub(super) fn in_range<T: Int>(values: &[T], from: i64, to: i64, outside: bool) -> Vec<u8> {
    let (least, most) = (T::nearest(from), T::nearest(to));
    if from > to || least.wide() < from || most.wide() > to {
        return vec![u8::from(outside); values.len()];
    }
    mapped(values, move |value| u8::from((least <= value) & (value <= most)) ^ u8::from(outside))
}

/// The sum of values.
pub(super) fn add_up<T: Int>(values: &[T]) -> i128 {
    let block = |values: &[T]| vectorized(|| values.iter().map(|v| v.times(1)).sum::<T::Sum>());
    values.chunks(BLOCK).map(|values| block(values).into()).sum()
}

/// The sum of the values whose flag is 1, of flags that are 0, 1 or 2.
pub(super) fn add_up_flagged<T: Int>(values: &[T], flags: &[u8]) -> i128 {
    let block = |values: &[T], flags: &[u8]| {
        vectorized(|| values.iter().zip(flags).map(|(v, &flag)| v.times(flag)).sum::<T::Sum>())
    };
    let blocks = values.chunks(BLOCK).zip(flags.chunks(BLOCK));
    blocks.map(|(values, flags)| block(values, flags).into()).sum()
}

/// So many flags are counted in a byte.
const BYTE: usize = 128;

/// How many flags are 1, of those that are 0, 1 or 2.
pub fn count(flags: &[u8]) -> u64 {
    let block = |flags: &[u8]| u64::from(flags.iter().map(|flag| flag & 1).sum::<u8>());
    vectorized(|| flags.chunks(BYTE).map(block).sum())
}

/// How many values are equal to one, of those whose flag is 1 where there are flags.
pub(super) fn count_equal(values: &[u8], wanted: u8, flags: Option<&[u8]>) -> u64 {
    let Some(flags) = flags else {
        let block = |values: &[u8]| u64::from(values.iter().map(|&v| u8::from(v == wanted)).sum::<u8>());
        return vectorized(|| values.chunks(BYTE).map(block).sum());
    };
    let block = |(values, flags): (&[u8], &[u8])| {
        u64::from(values.iter().zip(flags).map(|(&v, flag)| u8::from(v == wanted) & flag & 1).sum::<u8>())
    };
    vectorized(|| values.chunks(BYTE).zip(flags.chunks(BYTE)).map(block).sum())
}
