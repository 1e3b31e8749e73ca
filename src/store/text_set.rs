//! Which different texts are there, in the order of their first mention?

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::keys::hash_text;

/// Different texts, each at its position in order of first mention.
#[derive(Clone, Debug)]
pub struct TextSet {
    ends: Vec<usize>,
    bytes: Vec<u8>,
    positions: HashTable<u32>,
    /// Chosen anew for each set, so that no export can be written to make its texts collide.
    seed: u64,
}

impl Default for TextSet {
    fn default() -> Self {
        let seed = RandomState::new().hash_one(0);
        TextSet { ends: Vec::new(), bytes: Vec::new(), positions: HashTable::new(), seed }
    }
}

impl TextSet {
    /// The position of a text, a new one at its first mention.
    #[inline]
    pub fn position(&mut self, text: &[u8]) -> u32 {
        let (ends, bytes, seed) = (&self.ends, &self.bytes, self.seed);
        let hash = hash_text(text, seed);
        if let Some(&at) = self.positions.find(hash, |&at| at_position(ends, bytes, at) == text) {
            return at;
        }
        let at = self.ends.len() as u32;
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        let (ends, bytes) = (&self.ends, &self.bytes);
        self.positions.insert_unique(hash, at, |&at| hash_text(at_position(ends, bytes, at), seed));
        at
    }

    /// The text at a position.
    ///
    /// # Panics
    /// When there is none.
    pub fn get(&self, at: u32) -> &[u8] {
        at_position(&self.ends, &self.bytes, at)
    }

    /// The texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone + '_ {
        (0..self.len() as u32).map(|at| self.get(at))
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes held, near enough.
    pub fn size(&self) -> usize {
        16 * self.ends.len() + self.bytes.len()
    }
}

#[inline]
fn at_position<'a>(ends: &[usize], bytes: &'a [u8], at: u32) -> &'a [u8] {
    let start = if at == 0 { 0 } else { ends[at as usize - 1] };
    &bytes[start..ends[at as usize]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_position() {
        let mut set = TextSet::default();
        let texts: Vec<String> =
            (0..5000).map(|i| "x".repeat(i % 7) + &i.to_string()).chain([String::new()]).collect();
        for _ in 0..2 {
            for (at, text) in (0..).zip(&texts) {
                assert_eq!(set.position(text.as_bytes()), at);
            }
        }
        assert!(set.iter().eq(texts.iter().map(String::as_bytes)));
    }
}
