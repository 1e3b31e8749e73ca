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
