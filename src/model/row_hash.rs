//! What does a row say, as one number? The hash of a row's logical cells, whatever the ids, codes and
//! widths it is stored with, so that the same exports give the same snapshot id on any machine.

use xxhash_rust::xxh3::xxh3_64;

/// Collects the cells of one row, in the order of the declaration, and hashes them.
#[derive(Default)]
pub struct RowHasher {
    bytes: Vec<u8>,
}

impl RowHasher {
    /// A hasher without cells.
    pub fn new() -> Self {
        Self::default()
    }

    /// A missing cell.
    #[inline]
    pub fn null(&mut self) {
        self.bytes.push(0);
    }

    /// A number, day or instant.
    #[inline]
    pub fn number(&mut self, value: i64) {
        self.tagged(1, value);
    }

    /// A key, category or text.
    #[inline]
    pub fn text(&mut self, value: &[u8]) {
        let mut head = [2; 5];
        head[1..].copy_from_slice(&(value.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(&head);
        self.bytes.extend_from_slice(value);
    }

    /// A civil date in a column that may hold instants.
    #[inline]
    pub fn date_only(&mut self, micros: i64) {
        self.tagged(3, micros);
    }

    #[inline]
    fn tagged(&mut self, tag: u8, value: i64) {
        let mut cell = [tag; 9];
        cell[1..].copy_from_slice(&value.to_le_bytes());
        self.bytes.extend_from_slice(&cell);
    }

    /// The hash of the cells so far; the next cell starts another row.
    pub fn finish(&mut self) -> u64 {
        let hash = xxh3_64(&self.bytes);
        self.bytes.clear();
        hash
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
}
