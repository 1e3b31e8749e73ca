//! A borrowed column of keys: one of a file, or one in memory.

// The macro below widens every width with one expression, which is no conversion for the widest.
#![allow(clippy::unnecessary_cast)]

use super::shape::{KeyShape, hash_guid, hash_number, hash_text, write_guid, write_number};
use crate::store::bits::{BitVec, Bits};
use crate::store::views::Slice;
use crate::with_slice;

/// A stored column of keys.
#[derive(Clone, Copy, Debug)]
pub struct KeysView<'a> {
    pub(super) data: KeysData<'a>,
    pub(super) nulls: Nulls<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum KeysData<'a> {
    Number { raw: Slice<'a>, prefix: &'a [u8], width: usize },
    Guid(&'a [u8]),
    Text { ends: &'a [u64], bytes: &'a [u8] },
}

impl<'a> KeysView<'a> {
    pub(in crate::store) fn number(
        raw: Slice<'a>,
        prefix: &'a [u8],
        width: usize,
        valid: Option<Bits<'a>>,
    ) -> Self {
        KeysView { data: KeysData::Number { raw, prefix, width }, nulls: Nulls::Valid(valid) }
    }

    pub(in crate::store) fn guids(bytes: &'a [u8], valid: Option<Bits<'a>>) -> Self {
        KeysView { data: KeysData::Guid(bytes), nulls: Nulls::Valid(valid) }
    }

    pub(in crate::store) fn text(ends: &'a [u64], bytes: &'a [u8], valid: Option<Bits<'a>>) -> Self {
        KeysView { data: KeysData::Text { ends, bytes }, nulls: Nulls::Valid(valid) }
    }

    /// Whether a key is missing.
    pub fn is_null(&self, at: usize) -> bool {
        match self.nulls {
            Nulls::Valid(valid) => valid.is_some_and(|v| !v.get(at)),
            Nulls::Missing(missing) => missing.is_some_and(|m| m.get(at)),
        }
    }

    /// Appends the text of a key to `out`.
    pub fn write(&self, at: usize, out: &mut Vec<u8>) {
        match self.data {
            KeysData::Number { raw, prefix, width } => {
                let number = with_slice!(raw, s => s[at] as u64);
                write_number(prefix, width, number, out);
            }
            KeysData::Guid(_) => write_guid(self.guid(at), out),
            KeysData::Text { .. } => out.extend_from_slice(self.text_at(at)),
        }
    }

    /// The text of a key, `None` for a missing one.
    pub fn get(&self, at: usize) -> Option<Vec<u8>> {
        if self.is_null(at) {
            return None;
        }
        let mut out = Vec::new();
        self.write(at, &mut out);
        Some(out)
    }

    /// Whether some key may be missing.
    pub(super) fn has_nulls(&self) -> bool {
        matches!(self.nulls, Nulls::Valid(Some(_)) | Nulls::Missing(Some(_)))
    }

    /// The shape, where it holds keys as numbers.
    pub(super) fn number_or_guid(&self) -> Option<KeyShape> {
        match self.data {
            KeysData::Number { prefix, width, .. } => {
                Some(KeyShape::Number { prefix: prefix.to_vec(), width })
            }
            KeysData::Guid(_) => Some(KeyShape::Guid),
            KeysData::Text { .. } => None,
        }
    }

    /// The hash of a key in its shape.
    pub(super) fn hash(&self, at: usize, seed: u64) -> u64 {
        match self.data {
            KeysData::Number { raw, .. } => with_slice!(raw, s => hash_number(s[at] as u64, seed)),
            KeysData::Guid(_) => hash_guid(self.guid(at), seed),
            KeysData::Text { .. } => hash_text(self.text_at(at), seed),
        }
    }

    pub(super) fn guid(&self, at: usize) -> u128 {
        let KeysData::Guid(bytes) = self.data else { unreachable!("asked of a column of GUIDs") };
        u128::from_le_bytes(bytes[at * 16..][..16].try_into().expect("sixteen bytes"))
    }

    /// The text of a key of text shape; empty where the offsets make no sense.
    pub(super) fn text_at(&self, at: usize) -> &'a [u8] {
        let KeysData::Text { ends, bytes } = self.data else { unreachable!("asked of a column of texts") };
        let start = if at == 0 { 0 } else { ends[at - 1] };
        bytes.get(start as usize..ends[at] as usize).unwrap_or_default()
    }
}

/// Which keys are missing, as they are told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Nulls<'a> {
    /// The keys that are there; `None`: all.
    Valid(Option<Bits<'a>>),
    /// The keys that are not; `None`: none.
    Missing(Option<Bits<'a>>),
}

impl<'a> Nulls<'a> {
    pub(super) fn of_missing(missing: Option<&'a BitVec>) -> Self {
        Nulls::Missing(missing.map(BitVec::view))
    }
}
