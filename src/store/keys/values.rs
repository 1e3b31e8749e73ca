//! A column of keys on its way into a file.
//!
//! Invariant: the first key decides the shape; one that does not fit turns the column into text.

use std::ops::Range;

use super::shape::{DIGITS_MAX, KeyShape, parse_guid};
use super::view::{KeysData, KeysView, Nulls};
use crate::store::bits::BitVec;
use crate::store::views::Slice;
use crate::with_slice;

/// A growing column of keys.
#[derive(Clone, Debug)]
pub struct KeyValues {
    pub(super) shape: KeyShape,
    pub(super) numbers: Vec<u64>,
    pub(super) guids: Vec<u128>,
    ends: Vec<u64>,
    bytes: Vec<u8>,
    nulls: Option<BitVec>,
    smallest: u64,
    len: usize,
}

impl Default for KeyValues {
    fn default() -> Self {
        KeyValues {
            shape: KeyShape::Text,
            numbers: Vec::new(),
            guids: Vec::new(),
            ends: Vec::new(),
            bytes: Vec::new(),
            nulls: None,
            smallest: u64::MAX,
            len: 0,
        }
    }
}

impl KeyValues {
    /// Without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves no key, and room for as many as there were.
    pub fn clear(&mut self) {
        let (mut numbers, mut guids) = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.guids));
        numbers.clear();
        guids.clear();
        *self = KeyValues { numbers, guids, ..KeyValues::default() };
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How the keys are held.
    pub fn shape(&self) -> &KeyShape {
        &self.shape
    }

    /// The number of a key of number shape.
    pub fn number(&self, at: usize) -> u64 {
        self.numbers[at]
    }

    /// The value of a key of GUID shape.
    pub fn guid(&self, at: usize) -> u128 {
        self.guids[at]
    }

    /// Whether some key is missing.
    pub fn has_nulls(&self) -> bool {
        self.nulls.is_some()
    }

    /// Whether a key is missing.
    pub fn is_null(&self, at: usize) -> bool {
        self.nulls.as_ref().is_some_and(|n| n.get(at))
    }

    /// Appends a key; `None` is a missing one.
    pub fn push(&mut self, key: Option<&[u8]>) {
        let Some(key) = key else {
            self.nulls.get_or_insert_default().set(self.len);
            match self.shape {
                KeyShape::Number { .. } => self.numbers.push(0),
                KeyShape::Guid => self.guids.push(0),
                KeyShape::Text => self.ends.push(self.bytes.len() as u64),
            }
            self.len += 1;
            return;
        };
        if self.len == 0 {
            self.shape = KeyShape::of(key);
        }
        if !self.push_shaped(key) {
            self.make_text();
            self.push_shaped(key);
        }
        self.len += 1;
    }

    fn push_shaped(&mut self, key: &[u8]) -> bool {
        match &mut self.shape {
            KeyShape::Number { prefix, width } => {
                let mut number = KeyShape::number(prefix, *width, key);
                if number.is_none() && self.nulls.is_none() {
                    // Digits with a leading zero behind unpadded ones: pad from now on, if no key so
                    // far is short enough to be written differently then.
                    let wider = key.len().saturating_sub(prefix.len());
                    if wider > *width
                        && wider <= DIGITS_MAX
                        && self.smallest >= 10u64.pow(wider as u32 - 1)
                        && let Some(n) = KeyShape::number(prefix, wider, key)
                    {
                        *width = wider;
                        number = Some(n);
                    }
                }
                let Some(number) = number else { return false };
                self.smallest = self.smallest.min(number);
                self.numbers.push(number);
            }
            KeyShape::Guid => match parse_guid(key) {
                Some(guid) => self.guids.push(guid),
                None => return false,
            },
            KeyShape::Text => {
                self.bytes.extend_from_slice(key);
                self.ends.push(self.bytes.len() as u64);
            }
        }
        true
    }

    fn make_text(&mut self) {
        let mut bytes = Vec::new();
        let mut ends = Vec::with_capacity(self.len);
        for at in 0..self.len {
            if !self.is_null(at) {
                self.write(at, &mut bytes);
            }
            ends.push(bytes.len() as u64);
        }
        self.bytes = bytes;
        self.ends = ends;
        self.numbers = Vec::new();
        self.guids = Vec::new();
        self.shape = KeyShape::Text;
    }

    /// Appends the text of a key to `out`; nothing for a missing one.
    pub fn write(&self, at: usize, out: &mut Vec<u8>) {
        if !self.is_null(at) {
            self.view().write(at, out);
        }
    }

    /// The text of a key; empty for a missing one.
    pub fn text(&self, at: usize) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(at, &mut out);
        out
    }

    pub(super) fn text_bytes(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start as usize..self.ends[at] as usize]
    }

    /// Whether the keys of some rows rise strictly as numbers, so that none is there twice.
    pub fn strictly_rising(&self, rows: Range<usize>) -> bool {
        self.nulls.is_none()
            && match self.shape {
                KeyShape::Number { .. } => self.numbers[rows].is_sorted_by(|a, b| a < b),
                KeyShape::Guid => self.guids[rows].is_sorted_by(|a, b| a < b),
                KeyShape::Text => false,
            }
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        8 * self.numbers.len() + 16 * self.guids.len() + 8 * self.ends.len() + self.bytes.len()
    }

    /// Appends the chosen keys of a column, through their text only where the shapes differ.
    pub fn extend(&mut self, from: &KeysView<'_>, rows: impl Iterator<Item = usize> + Clone) {
        if self.len == 0
            && let Some(shape) = from.number_or_guid()
        {
            self.shape = shape;
        }
        let first = self.len;
        match (&self.shape, from.data) {
            (KeyShape::Number { prefix, width }, KeysData::Number { raw, prefix: other, width: digits })
                if prefix == other && *width == digits =>
            {
                with_slice!(raw, s => self.numbers.extend(rows.clone().map(|r| s[r] as u64)));
                let numbers = self.numbers[first..].iter().zip(rows.clone());
                let smallest = numbers.filter(|(_, r)| !from.is_null(*r)).map(|(n, _)| *n).min();
                self.smallest = self.smallest.min(smallest.unwrap_or(u64::MAX));
                self.len = self.numbers.len();
            }
            (KeyShape::Guid, KeysData::Guid(_)) => {
                self.guids.extend(rows.clone().map(|r| from.guid(r)));
                self.len = self.guids.len();
            }
            _ => {
                let mut text = Vec::new();
                for row in rows {
                    text.clear();
                    from.write(row, &mut text);
                    self.push((!from.is_null(row)).then_some(&text));
                }
                return;
            }
        }
        if from.has_nulls() {
            for (at, row) in (first..).zip(rows) {
                if from.is_null(row) {
                    self.nulls.get_or_insert_default().set(at);
                }
            }
        }
    }

    /// The same keys, borrowed.
    pub fn view(&self) -> KeysView<'_> {
        let data = match &self.shape {
            // Numbers of at most 18 digits are the same with and without a sign.
            KeyShape::Number { prefix, width } => KeysData::Number {
                raw: Slice::I64(bytemuck::cast_slice(&self.numbers)),
                prefix,
                width: *width,
            },
            KeyShape::Guid => KeysData::Guid(bytemuck::cast_slice(&self.guids)),
            KeyShape::Text => KeysData::Text { ends: &self.ends, bytes: &self.bytes },
        };
        KeysView { data, nulls: Nulls::of_missing(self.nulls.as_ref()) }
    }
}
