//! How fast can this machine read memory? A plain sum, to compare a query's reading with.

use std::hint::black_box;
use std::time::Instant;

use rayon::prelude::*;

use crate::store::vector::vectorized;

/// How many bytes a plain sum over an array of `bytes` bytes reads in a second, on as many threads as a
/// query uses: the best of some runs.
pub fn bytes_per_s(bytes: usize, runs: usize) -> u64 {
    let words: Vec<u64> = (0..(bytes / size_of::<u64>()) as u64).collect();
    let part = words.len().div_ceil(rayon::current_num_threads()).max(1);
    let add = |part: &[u64]| vectorized(|| part.iter().fold(0u64, |sum, word| sum.wrapping_add(*word)));
    let sum = || words.par_chunks(part).map(add).reduce(|| 0, u64::wrapping_add);
    black_box(sum());
    let nanos = (0..runs.max(1)).map(|_| {
        let started = Instant::now();
        black_box(sum());
        started.elapsed().as_nanos().max(1)
    });
    let best = nanos.min().expect("there is a run");
    (bytes as u128 * 1_000_000_000 / best) as u64
}
