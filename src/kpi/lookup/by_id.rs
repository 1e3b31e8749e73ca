//! Columns by surrogate id: codes in as few bytes as hold them, references and instants where they lie.

use crate::store::snapshot::CHUNK;
use crate::store::{ColumnFile, NULL_ID, NULL_NUMBER, Numbers, StoreError};

/// A code per id, in as few bytes as hold them: they are looked up in any order.
#[derive(Debug)]
pub enum CodesById {
    /// Below 2⁸.
    U8(Vec<u8>),
    /// Below 2¹⁶.
    U16(Vec<u16>),
    /// Others.
    U32(Vec<u32>),
}

impl CodesById {
    /// Without ids, for codes below a limit.
    pub fn with_limit(limit: u64, ids: usize) -> Self {
        match limit {
            0..=0x100 => CodesById::U8(Vec::with_capacity(ids)),
            0x101..=0x1_0000 => CodesById::U16(Vec::with_capacity(ids)),
            _ => CodesById::U32(Vec::with_capacity(ids)),
        }
    }

    /// Appends the codes of further ids, each below the limit.
    pub fn extend(&mut self, more: impl Iterator<Item = u32>) {
        match self {
            CodesById::U8(codes) => codes.extend(more.map(|code| code as u8)),
            CodesById::U16(codes) => codes.extend(more.map(|code| code as u16)),
            CodesById::U32(codes) => codes.extend(more),
        }
    }

    /// The code of an id; 0 for a missing id.
    #[inline]
    pub fn of(&self, id: u32) -> u32 {
        let at = id as usize;
        match self {
            CodesById::U8(codes) => codes.get(at).map_or(0, |&code| u32::from(code)),
            CodesById::U16(codes) => codes.get(at).map_or(0, |&code| u32::from(code)),
            CodesById::U32(codes) => codes.get(at).copied().unwrap_or(0),
        }
    }

    /// The codes of ids.
    pub fn gather(&self, ids: &[u32]) -> Vec<u32> {
        match self {
            CodesById::U8(codes) => {
                ids.iter().map(|&id| codes.get(id as usize).map_or(0, |&code| u32::from(code))).collect()
            }
            CodesById::U16(codes) => {
                ids.iter().map(|&id| codes.get(id as usize).map_or(0, |&code| u32::from(code))).collect()
            }
            CodesById::U32(codes) => {
                ids.iter().map(|&id| codes.get(id as usize).copied().unwrap_or(0)).collect()
            }
        }
    }
}

/// A column of references, by id, where it lies.
pub struct References<'a> {
    pub(super) column: &'static str,
    /// Number of ids that may be referred to.
    pub(super) limit: usize,
    pub(super) chunks: Vec<(&'a ColumnFile, &'a [u32])>,
}

impl References<'_> {
    /// What an id refers to, which is not checked; missing for a missing id.
    #[inline]
    pub fn of(&self, id: u32) -> u32 {
        let chunk = self.chunks.get(id as usize / CHUNK);
        chunk.and_then(|(_, refs)| refs.get(id as usize % CHUNK)).copied().unwrap_or(NULL_ID)
    }

    /// What ids refer to; missing for a missing id.
    ///
    /// # Errors
    /// When one refers to what does not exist: the column is damaged.
    pub fn gather(&self, ids: &[u32]) -> Result<Vec<u32>, StoreError> {
        let found: Vec<u32> = match self.chunks.as_slice() {
            [(_, only)] => ids.iter().map(|&id| only.get(id as usize).copied().unwrap_or(NULL_ID)).collect(),
            _ => ids.iter().map(|&id| self.of(id)).collect(),
        };
        if let Some((file, _)) = self.chunks.first() {
            file.check_ids(self.column, &found, self.limit)?;
        }
        Ok(found)
    }
}

/// A column of instants, by id, where it lies.
pub struct Instants<'a> {
    /// Rows and values of each file.
    pub(super) chunks: Vec<(usize, Numbers<'a>)>,
}

impl Instants<'_> {
    /// The instant of an id; missing for a missing id.
    pub fn get(&self, id: u32) -> i64 {
        match self.chunks.get(id as usize / CHUNK) {
            Some((rows, numbers)) if id as usize % CHUNK < *rows => numbers.get(id as usize % CHUNK),
            _ => NULL_NUMBER,
        }
    }
}
