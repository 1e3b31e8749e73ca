//! The texts of a column in memory: while they repeat, each is held once, and a cell is its position.
//!
//! Invariant: how they are held changes with what comes, never what they say.

use crate::store::text_set::TextSet;
use crate::store::{BitVec, ColumnFileBuilder, Texts};

/// Different texts that are held before it is asked whether they repeat.
const DISTINCT_MIN: usize = 1 << 16;

/// A cell without a text.
const MISSING: u32 = u32::MAX;

/// A text of another column that has no position here yet.
const UNSEEN: u32 = u32::MAX - 1;

/// The texts of a column.
#[derive(Clone, Debug)]
pub enum TextCells {
    /// They repeat, or there are few.
    Repeating {
        /// Of each cell the position of its text.
        positions: Vec<u32>,
        /// The different texts.
        distinct: TextSet,
    },
    /// They do not.
    Distinct {
        /// Where each ends.
        ends: Vec<u64>,
        /// One behind the other.
        bytes: Vec<u8>,
        /// The cells without a text.
        missing: BitVec,
    },
}

impl Default for TextCells {
    fn default() -> Self {
        TextCells::Repeating { positions: Vec::new(), distinct: TextSet::default() }
    }
}

impl TextCells {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            TextCells::Repeating { positions, .. } => positions.len(),
            TextCells::Distinct { ends, .. } => ends.len(),
        }
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        match self {
            TextCells::Repeating { positions, distinct } => 4 * positions.len() + distinct.size(),
            TextCells::Distinct { ends, bytes, .. } => 8 * ends.len() + bytes.len(),
        }
    }

    /// Leaves no cell, and room for as many as there were.
    pub fn clear(&mut self) {
        let mut kept = match self {
            TextCells::Repeating { positions, .. } => std::mem::take(positions),
            TextCells::Distinct { .. } => Vec::new(),
        };
        kept.clear();
        *self = TextCells::Repeating { positions: kept, distinct: TextSet::default() };
    }

    /// Appends a text; `None` is a missing one.
    #[inline]
    pub fn push(&mut self, text: Option<&[u8]>) {
        match self {
            TextCells::Repeating { positions, distinct } => {
                positions.push(text.map_or(MISSING, |text| distinct.position(text)));
                if distinct.len() >= DISTINCT_MIN && distinct.len() > positions.len() / 2 {
                    self.spread();
                }
            }
            TextCells::Distinct { ends, bytes, missing } => {
                match text {
                    Some(text) => bytes.extend_from_slice(text),
                    None => missing.set(ends.len()),
                }
                ends.push(bytes.len() as u64);
            }
        }
    }

    /// Holds each cell's text by itself from now on.
    #[cold]
    fn spread(&mut self) {
        let mut spread = TextCells::Distinct { ends: Vec::new(), bytes: Vec::new(), missing: BitVec::new() };
        (0..self.len()).for_each(|at| spread.push(self.get(at)));
        *self = spread;
    }

    /// A text, or nothing where it is missing.
    pub fn get(&self, at: usize) -> Option<&[u8]> {
        match self {
            TextCells::Repeating { positions, distinct } => {
                Some(positions[at]).filter(|position| *position != MISSING).map(|at| distinct.get(at))
            }
            TextCells::Distinct { missing, .. } if missing.get(at) => None,
            TextCells::Distinct { ends, bytes, .. } => {
                let start = if at == 0 { 0 } else { ends[at - 1] };
                Some(&bytes[start as usize..ends[at] as usize])
            }
        }
    }

    /// Appends the chosen cells of a column.
    pub fn extend(&mut self, from: &TextCells, rows: &[u32]) {
        match from {
            TextCells::Repeating { positions, distinct } => {
                let position = |row: u32| Some(positions[row as usize]).filter(|at| *at != MISSING);
                self.extend_repeating(
                    distinct.len(),
                    |at| distinct.get(at),
                    rows.iter().map(|&row| position(row)),
                );
            }
            TextCells::Distinct { .. } => rows.iter().for_each(|&row| self.push(from.get(row as usize))),
        }
    }

    /// Appends the chosen cells of a stored column.
    pub fn extend_stored(&mut self, from: &Texts<'_>, rows: &[u32]) {
        match from.codes {
            Some(codes) => {
                let valid = |row: u32| from.valid.is_none_or(|valid| valid.get(row as usize));
                let position = |row: u32| valid(row).then(|| codes.get(row as usize));
                let text = |at: u32| from.entry(at as usize);
                self.extend_repeating(from.ends.len(), text, rows.iter().map(|&row| position(row)));
            }
            None => rows.iter().for_each(|&row| self.push(from.get(row as usize))),
        }
    }

    /// Appends cells given by their positions among other texts, each of which is looked for once.
    fn extend_repeating<'t>(
        &mut self,
        texts: usize,
        text: impl Fn(u32) -> &'t [u8],
        cells: impl Iterator<Item = Option<u32>>,
    ) {
        let mut own = vec![UNSEEN; texts];
        for cell in cells {
            let Some(at) = cell else {
                self.push(None);
                continue;
            };
            match (&mut *self, own.get_mut(at as usize)) {
                (TextCells::Repeating { positions, .. }, Some(own)) if *own != UNSEEN => positions.push(*own),
                (TextCells::Repeating { .. }, Some(own)) => {
                    self.push(Some(text(at)));
                    if let TextCells::Repeating { positions, .. } = self {
                        *own = positions[positions.len() - 1];
                    }
                }
                _ => self.push(Some(text(at))),
            }
        }
    }

    /// Adds the column to a file, the cells in the given order.
    pub fn write(&self, name: &str, order: &[u32], file: &mut ColumnFileBuilder) {
        if let TextCells::Repeating { positions, distinct } = self {
            let mut own = vec![UNSEEN; distinct.len()];
            let mut met: Vec<u32> = Vec::new();
            let cell = |&row: &u32| {
                let at = positions[row as usize];
                if at == MISSING {
                    return None;
                }
                let own = &mut own[at as usize];
                if *own == UNSEEN {
                    *own = met.len() as u32;
                    met.push(at);
                }
                Some(*own)
            };
            let cells: Vec<Option<u32>> = order.iter().map(cell).collect();
            if met.len() <= order.len() / 2 {
                file.repeating_texts(name, &cells, met.iter().map(|&at| distinct.get(at)));
                return;
            }
        }
        file.texts(name, order.iter().map(|&row| self.get(row as usize)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ColumnFile;
    use crate::store::dir::MemoryDir;

    fn stored(cells: &TextCells, order: &[u32]) -> ColumnFile {
        let mut file = ColumnFileBuilder::new(order.len());
        cells.write("t", order, &mut file);
        let mut bytes = Vec::new();
        let (length, _) = file.write(&mut bytes).unwrap();
        let dir = MemoryDir::new();
        dir.put("file", &bytes).unwrap();
        ColumnFile::open(&dir, "file", length, order.len() as u64).unwrap()
    }

    #[test]
    fn texts_come_back_however_they_are_held() {
        for (rows, distinct) in [(10u32, 3), (1000, 1000), (150_000, 100), (150_000, 150_000)] {
            let want = |i: u32| (i % 7 != 3).then(|| format!("text {}", i % distinct).into_bytes());
            let mut cells = TextCells::default();
            cells.push(Some(b"of an earlier run"));
            cells.clear();
            (0..rows).for_each(|i| cells.push(want(i).as_deref()));
            assert_eq!(matches!(cells, TextCells::Distinct { .. }), distinct > 100_000, "{distinct}");
            let order: Vec<u32> = (0..rows).rev().step_by(3).collect();
            let file = stored(&cells, &order);
            let texts = file.texts("t").unwrap();
            assert_eq!(texts.codes.is_some(), distinct <= 100, "{distinct}");
            let mut both = TextCells::default();
            both.extend(&cells, &order);
            both.extend_stored(&texts, &(0..order.len() as u32).collect::<Vec<_>>());
            assert_eq!(both.len(), 2 * order.len());
            for (at, &row) in order.iter().chain(&order).enumerate() {
                assert_eq!(both.get(at).map(<[u8]>::to_vec), want(row), "{distinct} {at}");
            }
        }
    }

    #[test]
    fn a_column_without_a_text_is_stored() {
        let mut cells = TextCells::default();
        (0..70).for_each(|_| cells.push(None));
        let file = stored(&cells, &(0..70).collect::<Vec<_>>());
        let texts = file.texts("t").unwrap();
        assert!((0..70).all(|row| texts.get(row).is_none()));
    }
}
