//! The keys of a table, by id.

use std::cmp::Ordering;

use crate::store::keys::KeysView;
use crate::store::snapshot::CHUNK;

/// The keys of a table, by id.
pub struct Keys<'a> {
    /// Rows and keys of each file.
    pub(super) chunks: Vec<(usize, KeysView<'a>)>,
}

impl Keys<'_> {
    fn bytes(&self, id: u32) -> Option<Vec<u8>> {
        let (chunk, row) = (id as usize / CHUNK, id as usize % CHUNK);
        let (rows, keys) = self.chunks.get(chunk)?;
        if row < *rows { keys.get(row) } else { None }
    }

    /// The key as text; none for an id that does not exist.
    pub fn text(&self, id: u32) -> Option<String> {
        self.bytes(id).map(|key| String::from_utf8_lossy(&key).into_owned())
    }

    /// How the texts of two keys compare, byte by byte.
    pub fn order(&self, a: u32, b: u32) -> Ordering {
        self.bytes(a).cmp(&self.bytes(b))
    }
}
