//! The spellings of a category column, and which of them is shown.
//!
//! Codes are given in order of first mention and never change; 0 is a missing cell. Spellings that
//! differ only in case or outer spaces are one value: the most frequent spelling is shown, on a tie
//! the smallest in byte order.

use hashbrown::HashMap;

use super::column_file::{ColumnFile, ColumnFileBuilder};
use super::error::StoreError;
use super::text_set::TextSet;
use super::views::Texts;

/// The form in which category values are compared.
pub fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A dictionary that a load adds to.
#[derive(Clone, Debug, Default)]
pub struct DictionaryBuilder {
    texts: TextSet,
    counts: Vec<i64>,
}

impl DictionaryBuilder {
    /// The spellings of a stored dictionary.
    ///
    /// # Errors
    /// When the stored dictionary does not hold together.
    pub fn from_stored(stored: &Dictionary) -> Result<Self, StoreError> {
        let mut builder = DictionaryBuilder::default();
        let counts = stored.file.numbers("count")?;
        for code in 1..=stored.len() as u32 {
            let at = builder.code(stored.bytes(code)?);
            if at != code {
                return Err(StoreError::damaged(
                    stored.file.path(),
                    format!("spelling {code} stands there twice"),
                ));
            }
            builder.counts[code as usize - 1] = counts.get(code as usize - 1);
        }
        Ok(builder)
    }

    /// The code of a spelling, a new one at its first mention.
    #[inline]
    pub fn code(&mut self, text: &[u8]) -> u32 {
        let at = self.texts.position(text);
        if at as usize == self.counts.len() {
            self.counts.push(0);
        }
        at + 1
    }

    /// The spelling of a code.
    pub fn text(&self, code: u32) -> &[u8] {
        match code.checked_sub(1).filter(|at| (*at as usize) < self.len()) {
            Some(at) => self.texts.get(at),
            None => &[],
        }
    }

    /// Counts rows with a code in (or, negative, out).
    pub fn count(&mut self, code: u32, rows: i64) {
        if code > 0 {
            self.counts[code as usize - 1] += rows;
        }
    }

    /// Number of spellings.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no spelling.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The file of this dictionary.
    pub fn to_file(&self) -> ColumnFileBuilder {
        let mut shown: HashMap<String, u32> = HashMap::new();
        let folded: Vec<String> = self.texts.iter().map(|t| fold(&String::from_utf8_lossy(t))).collect();
        for (code, key) in (1u32..).zip(&folded) {
            let better = |a: u32, b: u32| {
                let rank = |c: u32| (self.counts[c as usize - 1], std::cmp::Reverse(self.text(c)));
                rank(a) > rank(b)
            };
            match shown.get_mut(key) {
                Some(best) if better(code, *best) => *best = code,
                Some(_) => {}
                None => {
                    shown.insert(key.clone(), code);
                }
            }
        }
        let mut file = ColumnFileBuilder::new(self.texts.len());
        file.texts("text", self.texts.iter().map(Some));
        file.numbers("count", &self.counts, &[1]);
        file.codes("shown", &folded.iter().map(|k| shown[k]).collect::<Vec<_>>());
        file
    }
}

/// A stored dictionary.
pub struct Dictionary {
    file: ColumnFile,
}

impl Dictionary {
    /// Checks the columns of an open file.
    ///
    /// # Errors
    /// When one is missing.
    pub fn new(file: ColumnFile) -> Result<Self, StoreError> {
        file.texts("text")?;
        file.codes("shown")?;
        file.numbers("count")?;
        Ok(Dictionary { file })
    }

    /// Number of spellings; codes run from 1 to it.
    pub fn len(&self) -> usize {
        self.file.rows()
    }

    /// Whether there is no spelling.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn texts(&self) -> Texts<'_> {
        self.file.texts("text").expect("checked when the dictionary was opened")
    }

    fn bytes(&self, code: u32) -> Result<&[u8], StoreError> {
        self.texts()
            .get((code as usize).wrapping_sub(1))
            .ok_or_else(|| StoreError::damaged(self.file.path(), format!("spelling {code} is missing")))
    }

    /// The spelling of a code; empty for a code that does not exist.
    pub fn text(&self, code: u32) -> String {
        if code == 0 || code as usize > self.len() {
            return String::new();
        }
        String::from_utf8_lossy(self.texts().get(code as usize - 1).unwrap_or_default()).into_owned()
    }

    /// How many rows have a spelling; 0 for a code that does not exist.
    pub fn count(&self, code: u32) -> u64 {
        let counts = self.file.numbers("count").ok().filter(|_| code > 0 && code as usize <= self.len());
        counts.map_or(0, |c| c.get(code as usize - 1).max(0) as u64)
    }

    /// For each code from 0, the code of the spelling that is shown for it.
    pub fn shown(&self) -> Vec<u32> {
        let codes = self.file.codes("shown").expect("checked when the dictionary was opened");
        let limit = self.len() as u32;
        std::iter::once(0).chain((0..self.len()).map(|i| codes.get(i).min(limit))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::dir::MemoryDir;

    #[test]
    fn the_most_frequent_spelling_is_shown() {
        let mut d = DictionaryBuilder::default();
        for (text, rows) in [("acme", 2), ("Acme", 3), ("ACME ", 1), ("Borg", 1), ("borg", 1)] {
            let code = d.code(text.as_bytes());
            d.count(code, rows);
        }
        let mut out = Vec::new();
        let (len, _) = d.to_file().write(&mut out).unwrap();
        let dir = MemoryDir::new();
        dir.put("d", &out).unwrap();
        let stored = Dictionary::new(ColumnFile::open(&dir, "d", len, 5).unwrap()).unwrap();
        let shown: Vec<String> = stored.shown()[1..].iter().map(|&c| stored.text(c)).collect();
        assert_eq!(shown, ["Acme", "Acme", "Acme", "Borg", "Borg"]);
    }
}
