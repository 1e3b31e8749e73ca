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
    pub fn null(&mut self) {
        self.bytes.push(0);
    }

    /// A number, day or instant.
    pub fn number(&mut self, value: i64) {
        self.bytes.push(1);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A key, category or text.
    pub fn text(&mut self, value: &[u8]) {
        self.bytes.push(2);
        self.bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(value);
    }

    /// A civil date in a column that may hold instants.
    pub fn date_only(&mut self, micros: i64) {
        self.bytes.push(3);
        self.bytes.extend_from_slice(&micros.to_le_bytes());
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
