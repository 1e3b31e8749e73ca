//! What does a row say, as one number? The hash of a row's logical cells, whatever the ids, codes and
//! widths it is stored with, so that the same exports give the same snapshot id on any machine.

use xxhash_rust::xxh3::xxh3_64;

/// Collects the cells of one row, in the order of the declaration, and hashes them.
#[derive(Default)]
pub struct RowHasher {
    /// The cells so far, and room for more.
    bytes: Vec<u8>,
    len: usize,
}

impl RowHasher {
    /// A hasher without cells.
    pub fn new() -> Self {
        Self::default()
    }

    /// A missing cell.
    #[inline]
    pub fn null(&mut self) {
        self.room(1)[0] = 0;
    }

    /// A number, day or instant.
    #[inline]
    pub fn number(&mut self, value: i64) {
        self.tagged(1, value);
    }

    /// A key, category or text.
    #[inline]
    pub fn text(&mut self, value: &[u8]) {
        let (head, text) = self.room(5 + value.len()).split_at_mut(5);
        head[0] = 2;
        head[1..].copy_from_slice(&(value.len() as u32).to_le_bytes());
        copy(value, text);
    }

    /// A civil date in a column that may hold instants.
    #[inline]
    pub fn date_only(&mut self, micros: i64) {
        self.tagged(3, micros);
    }

    #[inline]
    fn tagged(&mut self, tag: u8, value: i64) {
        let cell = self.room(9);
        cell[0] = tag;
        cell[1..].copy_from_slice(&value.to_le_bytes());
    }

    /// Where the next cell goes.
    #[inline]
    fn room(&mut self, len: usize) -> &mut [u8] {
        let start = self.len;
        self.len += len;
        if self.len > self.bytes.len() {
            self.bytes.resize(self.len.next_power_of_two().max(256), 0);
        }
        &mut self.bytes[start..self.len]
    }

    /// The hash of the cells so far; the next cell starts another row.
    pub fn finish(&mut self) -> u64 {
        let len = std::mem::take(&mut self.len);
        xxh3_64(&self.bytes[..len])
    }
}

/// Copies bytes: most cells are so short that two words, which may overlap, hold them.
#[inline]
fn copy(from: &[u8], to: &mut [u8]) {
    match (from.first_chunk::<8>(), from.last_chunk::<8>(), to) {
        (Some(first), Some(last), to) if from.len() <= 16 => {
            to[..8].copy_from_slice(first);
            to[from.len() - 8..].copy_from_slice(last);
        }
        (_, _, to) => to.copy_from_slice(from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_do_not_run_together() {
        let hash = |cells: &[&str]| {
            let mut h = RowHasher::new();
            cells.iter().for_each(|c| h.text(c.as_bytes()));
            h.finish()
        };
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_eq!(hash(&["ab", "c"]), hash(&["ab", "c"]));
    }

    #[test]
    fn cells_of_every_length_are_hashed_whole() {
        let text: Vec<u8> = (0..40).collect();
        for len in 0..text.len() {
            let mut expected = vec![2, len as u8, 0, 0, 0];
            expected.extend(&text[..len]);
            let mut hasher = RowHasher::new();
            hasher.text(&text[..len]);
            assert_eq!(hasher.finish(), xxh3_64(&expected), "{len}");
        }
    }
}
