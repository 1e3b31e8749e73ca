//! Which ids occur in each slot, exactly: a bit per (slot, id) where that is small, else sorted pairs.

use rayon::prelude::*;
use roaring::RoaringBitmap;

use super::merge::Merge;

/// The most bits of a matrix (128 MiB per thread).
const MATRIX_BITS_MAX: u64 = 1 << 30;

/// The distinct ids of slots.
pub enum Distinct {
    /// A bit per slot and id.
    Matrix {
        /// 64-bit words per slot.
        words: usize,
        /// The bits.
        bits: Vec<u64>,
    },
    /// Slot and id of each row, sorted and distinct up to `sorted`.
    Pairs {
        /// The pairs.
        pairs: Vec<(u64, u32)>,
        /// How many at the start are sorted and distinct.
        sorted: usize,
    },
}

impl Distinct {
    /// No ids, for slots below `slots` and ids below `ids`.
    pub fn new(slots: u64, ids: usize) -> Self {
        let words = ids.div_ceil(64);
        match slots.checked_mul(words as u64 * 64) {
            Some(bits) if bits <= MATRIX_BITS_MAX => {
                Distinct::Matrix { words, bits: vec![0; (slots as usize) * words] }
            }
            _ => Distinct::Pairs { pairs: Vec::new(), sorted: 0 },
        }
    }

    /// Notes that an id occurs in a slot.
    pub fn insert(&mut self, slot: u64, id: u32) {
        match self {
            Distinct::Matrix { words, bits } => {
                bits[slot as usize * *words + id as usize / 64] |= 1 << (id % 64);
            }
            Distinct::Pairs { pairs, sorted } => {
                pairs.push((slot, id));
                if pairs.len() > (1 << 20).max(*sorted * 2) {
                    pairs.sort_unstable();
                    pairs.dedup();
                    *sorted = pairs.len();
                }
            }
        }
    }

    /// The ids of each slot that has any.
    pub fn into_sets(self) -> Vec<(u64, RoaringBitmap)> {
        match self {
            Distinct::Matrix { words, bits } => bits
                .par_chunks(words.max(1))
                .enumerate()
                .filter_map(|(slot, words)| {
                    let ones = words.iter().enumerate().flat_map(|(at, &word)| {
                        std::iter::successors((word != 0).then_some(word), |w| {
                            let rest = w & (w - 1);
                            (rest != 0).then_some(rest)
                        })
                        .map(move |w| at as u32 * 64 + w.trailing_zeros())
                    });
                    let set = RoaringBitmap::from_sorted_iter(ones).expect("bits come in order");
                    (!set.is_empty()).then_some((slot as u64, set))
                })
                .collect(),
            Distinct::Pairs { mut pairs, .. } => {
                pairs.par_sort_unstable();
                pairs.dedup();
                pairs
                    .chunk_by(|a, b| a.0 == b.0)
                    .map(|run| {
                        let ids = RoaringBitmap::from_sorted_iter(run.iter().map(|p| p.1));
                        (run[0].0, ids.expect("sorted and distinct"))
                    })
                    .collect()
            }
        }
    }

    /// How many ids each slot has that has any.
    pub fn into_counts(self) -> Vec<(u64, u64)> {
        match self {
            Distinct::Matrix { words, bits } => bits
                .par_chunks(words.max(1))
                .enumerate()
                .map(|(slot, words)| (slot as u64, words.iter().map(|w| u64::from(w.count_ones())).sum()))
                .filter(|&(_, count)| count > 0)
                .collect(),
            Distinct::Pairs { mut pairs, .. } => {
                pairs.par_sort_unstable();
                pairs.dedup();
                pairs.chunk_by(|a, b| a.0 == b.0).map(|run| (run[0].0, run.len() as u64)).collect()
            }
        }
    }
}

impl Merge for Distinct {
    fn merge(&mut self, other: Self) {
        match (self, other) {
            (Distinct::Matrix { bits, .. }, Distinct::Matrix { bits: more, .. }) => {
                bits.iter_mut().zip(more).for_each(|(a, b)| *a |= b);
            }
            (Distinct::Pairs { pairs, .. }, Distinct::Pairs { pairs: mut more, .. }) => {
                pairs.append(&mut more)
            }
            _ => unreachable!("the parts of one scan have one form"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn both_forms_count_as_a_set_does(rows in proptest::collection::vec((0u64..9, 0u32..200), 0..400), cut in 0usize..400) {
            let want: BTreeSet<(u64, u32)> = rows.iter().copied().collect();
            for make in [|| Distinct::new(9, 200), || Distinct::Pairs { pairs: Vec::new(), sorted: 0 }] {
                let (mut a, mut b) = (make(), make());
                for (i, &(slot, id)) in rows.iter().enumerate() {
                    if i < cut { a.insert(slot, id) } else { b.insert(slot, id) }
                }
                a.merge(b);
                let got: BTreeSet<(u64, u32)> =
                    a.into_sets().into_iter().flat_map(|(s, set)| set.into_iter().map(move |id| (s, id))).collect();
                prop_assert_eq!(&got, &want);
            }
        }
    }
}
