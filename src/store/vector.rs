//! Loops compiled for the instructions that the processor has: AVX2 and POPCNT are not among those that
//! every x86-64 has.

use pulp::{Arch, WithSimd};

/// Runs a loop with the instructions at hand. What it calls must be inlined into it to profit.
#[inline(always)]
pub fn vectorized<R>(body: impl FnOnce() -> R) -> R {
    struct Body<F>(F);
    impl<R, F: FnOnce() -> R> WithSimd for Body<F> {
        type Output = R;
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, _: S) -> R {
            (self.0)()
        }
    }
    Arch::new().dispatch(Body(body))
}

/// Changes each of some values by another one, in a loop compiled for the instructions at hand.
///
/// What the function captures should be moved into it: of what lies behind a reference, a loop cannot tell that it
/// does not change.
#[inline(always)]
pub fn changed<T, U: Copy>(values: &mut [T], others: &[U], each: impl Fn(&mut T, U)) {
    vectorized(move || {
        for (value, &other) in values.iter_mut().zip(others) {
            each(value, other);
        }
    });
}

/// What a function makes of each of some values, in a loop compiled for the instructions at hand.
///
/// Results are written where zeros stand: collecting them leaves the loop to functions of the standard library,
/// which may be compiled on their own, for the processors of long ago. What the function captures should be moved
/// into it, as with [`changed`].
#[inline(always)]
pub fn mapped<T: Copy, R: Copy + Default>(values: &[T], each: impl Fn(T) -> R) -> Vec<R> {
    let mut results = vec![R::default(); values.len()];
    let to = results.as_mut_slice();
    vectorized(move || {
        for (result, &value) in to.iter_mut().zip(values) {
            *result = each(value);
        }
    });
    results
}

/// As [`mapped`], of values in two lists of the same length.
#[inline(always)]
pub fn paired<T: Copy, U: Copy, R: Copy + Default>(
    values: &[T],
    others: &[U],
    each: impl Fn(T, U) -> R,
) -> Vec<R> {
    let mut results = vec![R::default(); values.len()];
    let to = results.as_mut_slice();
    vectorized(move || {
        for ((result, &value), &other) in to.iter_mut().zip(values).zip(others) {
            *result = each(value, other);
        }
    });
    results
}
