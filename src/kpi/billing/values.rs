//! Texts of rows as codes: equal texts have one code, and a code has one spelling.

use std::collections::HashMap;

use crate::store::dictionary::fold;

/// Codes by row, and the text of each code from 1 on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coded {
    /// The code of each row; 0 has no text.
    pub codes: Vec<u32>,
    /// The text of code − 1.
    pub texts: Vec<String>,
}

/// Codes of texts that are compared letter by letter.
pub fn exact(texts: impl Iterator<Item = Option<String>>) -> Coded {
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut coded = Coded::default();
    for text in texts {
        let code = text.map_or(0, |text| {
            *known.entry(text).or_insert_with_key(|text| {
                coded.texts.push(text.clone());
                coded.texts.len() as u32
            })
        });
        coded.codes.push(code);
    }
    coded
}

/// Spellings with the number of times each was written, as categories: those that differ only in case
/// or outer spaces are one, shown in the most frequent spelling (on a tie, the smallest in byte order).
#[derive(Clone, Debug, Default)]
pub struct Spellings {
    codes: HashMap<String, u32>,
    counts: Vec<HashMap<String, u64>>,
}

impl Spellings {
    /// The code of a spelling that was written so many times more.
    pub fn add(&mut self, text: &str, times: u64) -> u32 {
        let next = self.counts.len() as u32 + 1;
        let code = *self.codes.entry(fold(text)).or_insert(next);
        if code == next {
            self.counts.push(HashMap::new());
        }
        *self.counts[code as usize - 1].entry(text.trim().to_owned()).or_default() += times;
        code
    }

    /// The spelling shown for each code from 1 on.
    pub fn texts(self) -> Vec<String> {
        let shown = |counts: HashMap<String, u64>| {
            let best = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
            best.map(|(text, _)| text).unwrap_or_default()
        };
        self.counts.into_iter().map(shown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_spelling_is_shown_and_ties_go_to_the_smallest() {
        let mut spellings = Spellings::default();
        let codes: Vec<u32> = [("oslo", 1), ("Oslo ", 2), ("OSLO", 1), ("b", 1), ("B", 1)]
            .map(|(t, n)| spellings.add(t, n))
            .into();
        assert_eq!(codes, [1, 1, 1, 2, 2]);
        assert_eq!(spellings.texts(), ["Oslo", "B"]);
    }

    #[test]
    fn names_are_compared_letter_by_letter() {
        let coded = exact(["a", "A", "a"].into_iter().map(|t| Some(t.to_owned())).chain([None]));
        assert_eq!((coded.codes, coded.texts.len()), (vec![1, 2, 1, 0], 2));
    }
}
