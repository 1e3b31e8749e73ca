//! One bit per row, in 64-bit words.

use std::ops::Range;

/// A growing bit vector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitVec {
    words: Vec<u64>,
    len: usize,
}

impl BitVec {
    /// Without bits.
    pub fn new() -> Self {
        Self::default()
    }

    /// `len` bits, all clear.
    pub fn zeros(len: usize) -> Self {
        BitVec { words: vec![0; len.div_ceil(64)], len }
    }

    /// `len` bits, all set.
    pub fn ones(len: usize) -> Self {
        let mut words = vec![u64::MAX; len.div_ceil(64)];
        if let Some(last) = words.last_mut() {
            *last >>= (64 - len % 64) % 64;
        }
        BitVec { words, len }
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a bit.
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.len += 1;
        if bit {
            self.set(self.len - 1);
        }
    }

    /// Sets a bit, growing as needed.
    pub fn set(&mut self, at: usize) {
        if at >= self.len {
            self.len = at + 1;
            self.words.resize(self.len.div_ceil(64), 0);
        }
        self.words[at / 64] |= 1 << (at % 64);
    }

    /// A bit; clear beyond the end.
    #[inline]
    pub fn get(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|w| w >> (at % 64) & 1 == 1)
    }

    /// Keeps the bits that are also set in another.
    pub fn and(&mut self, other: &BitVec) {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        self.words.iter_mut().zip(others).for_each(|(word, other)| *word &= other);
    }

    /// The bits that are set in either.
    pub fn or(&self, other: &BitVec) -> BitVec {
        let (long, short) = if self.len < other.len { (other, self) } else { (self, other) };
        let mut all = long.clone();
        all.words.iter_mut().zip(&short.words).for_each(|(word, other)| *word |= other);
        all
    }

    /// How many bits are set.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|w| u64::from(w.count_ones())).sum()
    }

    /// The words, the last one padded with clear bits.
    #[inline]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// A borrowed view.
    pub fn view(&self) -> Bits<'_> {
        Bits { words: &self.words, len: self.len }
    }
}

impl FromIterator<bool> for BitVec {
    fn from_iter<I: IntoIterator<Item = bool>>(iter: I) -> Self {
        let mut bits = BitVec::new();
        let mut word = 0;
        iter.into_iter().for_each(|bit| {
            word |= u64::from(bit) << (bits.len % 64);
            bits.len += 1;
            if bits.len.is_multiple_of(64) {
                bits.words.push(std::mem::take(&mut word));
            }
        });
        if !bits.len.is_multiple_of(64) {
            bits.words.push(word);
        }
        bits
    }
}

/// Borrowed bits.
#[derive(Clone, Copy, Debug)]
pub struct Bits<'a> {
    words: &'a [u64],
    len: usize,
}

impl<'a> Bits<'a> {
    /// The bits of a range; clear beyond the end.
    pub fn cut(&self, range: Range<usize>) -> BitVec {
        let shift = range.start % 64;
        let word = |at: usize| self.words.get(at).copied().unwrap_or(0);
        let from = |at: usize| word(at) >> shift | (word(at + 1) << 1) << (63 - shift);
        let first = range.start / 64;
        let mut words: Vec<u64> = (0..range.len().div_ceil(64)).map(|at| from(first + at)).collect();
        if let Some(last) = words.last_mut() {
            *last &= u64::MAX >> ((64 - range.len() % 64) % 64);
        }
        BitVec { words, len: range.len() }
    }

    /// `len` bits held in words; `None` when there are too few words.
    pub fn new(words: &'a [u64], len: usize) -> Option<Self> {
        (words.len() == len.div_ceil(64)).then_some(Bits { words, len })
    }

    /// A bit; clear beyond the end.
    #[inline]
    pub fn get(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|w| w >> (at % 64) & 1 == 1)
    }

    /// The words, the last one padded with clear bits.
    #[inline]
    pub fn words(&self) -> &'a [u64] {
        self.words
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The positions of set bits, in order.
    pub fn ones(&self) -> impl Iterator<Item = u32> + 'a {
        let len = self.len;
        self.words
            .iter()
            .enumerate()
            .flat_map(|(i, &word)| {
                std::iter::successors((word != 0).then_some(word), |w| {
                    let rest = w & (w - 1);
                    (rest != 0).then_some(rest)
                })
                .map(move |w| (i * 64) as u32 + w.trailing_zeros())
            })
            .filter(move |&at| (at as usize) < len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_are_cut_and_joined_as_one_by_one(
            bits in proptest::collection::vec(any::<bool>(), 0..300),
            others in proptest::collection::vec(any::<bool>(), 0..300),
            start in 0usize..320, len in 0usize..320,
        ) {
            let get = |bits: &[bool], at: usize| bits.get(at).copied().unwrap_or(false);
            let (a, b): (BitVec, BitVec) = (bits.iter().copied().collect(), others.iter().copied().collect());
            let want: BitVec = (start..start + len).map(|at| get(&bits, at)).collect();
            prop_assert_eq!(a.view().cut(start..start + len), want);
            let longest = bits.len().max(others.len());
            let want: BitVec = (0..longest).map(|at| get(&bits, at) || get(&others, at)).collect();
            prop_assert_eq!(a.or(&b), want);
        }
    }
}
