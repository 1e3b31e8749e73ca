//! Sorting many words by some of their bits.

use std::ops::Range;

/// So many bits decide in a pass: their places stay in the cache nearest to the processor.
const DIGIT_BITS: u32 = 11;

/// Fewer words are sorted by comparing them.
const FEW: usize = 1 << 8;

/// Sorts words by their bits in a range, of which only those are looked at in which words differ; equal ones
/// keep their order.
pub fn sort_by_bits(words: &mut Vec<u64>, bits: Range<u32>) {
    let mask = if bits.len() < 64 { (1 << bits.len()) - 1 } else { u64::MAX };
    let key = |word: u64| word >> bits.start & mask;
    if words.len() < FEW {
        return words.sort_by_key(|&word| key(word));
    }
    let (least, most) =
        words.iter().fold((u64::MAX, 0), |(least, most), &word| (least.min(key(word)), most.max(key(word))));
    let mut sorted = vec![0; words.len()];
    let significant = u64::BITS - (most - least).leading_zeros();
    for shift in (0..significant).step_by(DIGIT_BITS as usize) {
        let digit = |word: u64| (key(word) - least) >> shift & ((1 << DIGIT_BITS) - 1);
        let mut ends = [0usize; 1 << DIGIT_BITS];
        words.iter().for_each(|&word| ends[digit(word) as usize] += 1);
        let mut start = 0;
        for end in &mut ends {
            start += std::mem::replace(end, start);
        }
        for &word in &*words {
            let place = &mut ends[digit(word) as usize];
            sorted[*place] = word;
            *place += 1;
        }
        std::mem::swap(words, &mut sorted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_the_bits_and_stable(
            words in proptest::collection::vec(
                prop_oneof![any::<u64>(), 0u64..5, (0u64..9).prop_map(|word| word << 40 | 1)], 0..900),
            from in 0u32..60, many in 1u32..64,
        ) {
            let bits = from..(from + many).min(64);
            let key = |word: u64| (u128::from(word) & ((1 << bits.end) - 1)) >> bits.start;
            let mut want = words.clone();
            want.sort_by_key(|&word| key(word));
            let mut got = words;
            sort_by_bits(&mut got, bits.clone());
            prop_assert_eq!(got, want);
        }
    }
}
