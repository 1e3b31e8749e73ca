//! In which order do the values of a category stand?

use std::sync::Arc;

use crate::store::vector::mapped;
use crate::store::{Codes, Dictionary, Selection};

/// The values of a category column in the order of their texts, from 1; 0 is a missing one. Spellings that
/// differ only in case or outer spaces are one value.
#[derive(Debug, Default)]
pub struct Ranks {
    /// By the code of a spelling.
    ranks: Vec<u32>,
    /// The same in bytes, where these hold all.
    bytes: Option<Vec<u8>>,
    texts: Arc<Vec<String>>,
}

impl Ranks {
    pub(super) fn new(dictionary: &Dictionary) -> Self {
        let shown = dictionary.shown();
        let is_shown = |&code: &u32| shown[code as usize] == code;
        let text = |code: u32| dictionary.text(code).trim().to_owned();
        let mut values: Vec<(String, u32)> =
            (1..shown.len() as u32).filter(is_shown).map(|code| (text(code), code)).collect();
        values.sort_unstable();
        let mut of_shown = vec![0; shown.len()];
        (1u32..).zip(&values).for_each(|(rank, (_, code))| of_shown[*code as usize] = rank);
        let ranks: Vec<u32> = shown.iter().map(|&code| of_shown[code as usize]).collect();
        let bytes = ranks.iter().map(|&rank| u8::try_from(rank).ok()).collect();
        Ranks { ranks, bytes, texts: Arc::new(values.into_iter().map(|v| v.0).collect()) }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Number of codes of spellings, that of a missing one counted.
    pub fn spellings(&self) -> usize {
        self.ranks.len()
    }

    /// The rank of a spelling's value; 0 for one that does not exist.
    #[inline]
    pub fn of(&self, code: u32) -> u32 {
        self.ranks.get(code as usize).copied().unwrap_or(0)
    }

    /// The rank of each row's value in a column of spellings.
    pub fn of_all(&self, stored: &Codes<'_>, rows: &Selection) -> Vec<u32> {
        if let Some(bytes) = &self.bytes {
            return mapped(&stored.look_up(rows, bytes, 0), u32::from);
        }
        let mut codes = stored.read(rows);
        codes.iter_mut().for_each(|code| *code = self.of(*code));
        codes
    }

    /// The text of each value, in order.
    pub fn texts(&self) -> &Arc<Vec<String>> {
        &self.texts
    }
}
