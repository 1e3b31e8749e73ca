//! Keys of any kind, held as numbers where that loses nothing.
//!
//! A column of keys has one shape: a constant prefix with digits (`U000123`; a plain integer is the
//! empty prefix), GUIDs, or text. The first key decides; one that does not fit turns the column into
//! text. Every shape gives the key back to the letter.

use std::hash::Hasher;

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use super::bits::{BitVec, Bits};
use super::views::Slice;
use crate::with_slice;

/// How the keys of a column are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyShape {
    /// A prefix and at least `width` digits, zero-padded to it.
    Number {
        /// The constant text before the digits.
        prefix: Vec<u8>,
        /// The number of digits that shorter numbers are padded to.
        width: usize,
    },
    /// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in lower case.
    Guid,
    /// Anything else.
    Text,
}

/// The most digits that surely fit in 64 bits.
const DIGITS_MAX: usize = 18;

impl KeyShape {
    fn of(key: &[u8]) -> KeyShape {
        if parse_guid(key).is_some() {
            return KeyShape::Guid;
        }
        let digits = key.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > DIGITS_MAX {
            return KeyShape::Text;
        }
        let (prefix, number) = key.split_at(key.len() - digits);
        let width = if number[0] == b'0' { digits } else { 1 };
        KeyShape::Number { prefix: prefix.to_vec(), width }
    }

    /// The number of a key of this shape.
    fn number(prefix: &[u8], width: usize, key: &[u8]) -> Option<u64> {
        let digits = key.strip_prefix(prefix)?;
        let padded = digits.len() == width || (digits.len() > width && digits[0] != b'0');
        (padded && digits.len() <= DIGITS_MAX).then_some(())?;
        digits.iter().try_fold(0u64, |n, b| b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0')))
    }
}

fn parse_guid(key: &[u8]) -> Option<u128> {
    if key.len() != 36 {
        return None;
    }
    let mut value = 0u128;
    for (i, &b) in key.iter().enumerate() {
        if matches!(i, 8 | 13 | 18 | 23) {
            if b != b'-' {
                return None;
            }
            continue;
        }
        let digit = match b {
            b'0'..=b'9' => b - b'0',
            b'a'..=b'f' => b - b'a' + 10,
            _ => return None,
        };
        value = value << 4 | u128::from(digit);
    }
    Some(value)
}

fn write_guid(value: u128, out: &mut Vec<u8>) {
    for (i, shift) in (0..32).rev().enumerate() {
        if matches!(i, 8 | 12 | 16 | 20) {
            out.push(b'-');
        }
        out.push(b"0123456789abcdef"[(value >> (shift * 4) & 15) as usize]);
    }
}

fn write_number(prefix: &[u8], width: usize, mut number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(prefix);
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    while number > 0 {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&digits[at.min(digits.len() - width.min(digits.len()))..]);
}

/// A growing column of keys.
#[derive(Clone, Debug)]
pub struct KeyValues {
    shape: KeyShape,
    numbers: Vec<u64>,
    guids: Vec<u128>,
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
        if self.is_null(at) {
            return;
        }
        match &self.shape {
            KeyShape::Number { prefix, width } => write_number(prefix, *width, self.numbers[at], out),
            KeyShape::Guid => write_guid(self.guids[at], out),
            KeyShape::Text => {
                let start = if at == 0 { 0 } else { self.ends[at - 1] };
                out.extend_from_slice(&self.bytes[start as usize..self.ends[at] as usize]);
            }
        }
    }

    /// The text of a key; empty for a missing one.
    pub fn text(&self, at: usize) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(at, &mut out);
        out
    }

    fn text_bytes(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start as usize..self.ends[at] as usize]
    }

    /// Whether the numbers of the keys rise strictly, so that none is there twice.
    pub fn strictly_rising(&self) -> bool {
        self.nulls.is_none()
            && match self.shape {
                KeyShape::Number { .. } => self.numbers.is_sorted_by(|a, b| a < b),
                KeyShape::Guid => self.guids.is_sorted_by(|a, b| a < b),
                KeyShape::Text => false,
            }
    }
}

/// Keys and the surrogate id of each: its position in order of first mention.
#[derive(Clone, Debug, Default)]
pub struct KeyMap {
    keys: KeyValues,
    /// Id by number, for the numbers that lie close together.
    direct: Vec<u32>,
    /// Id by hash, for all others.
    hashed: HashTable<u32>,
}

const NONE: u32 = u32::MAX;

impl KeyMap {
    /// The keys by id.
    pub fn keys(&self) -> &KeyValues {
        &self.keys
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// An id without a key, for the rows of tables whose export has none.
    pub fn push_anonymous(&mut self) -> u32 {
        self.keys.push(None);
        self.keys.len() as u32 - 1
    }

    /// The id of a key, a new one at its first mention.
    pub fn id(&mut self, key: &[u8]) -> u32 {
        if let Some(id) = self.find(key) {
            return id;
        }
        let id = self.keys.len() as u32;
        let shape = self.keys.shape.clone();
        self.keys.push(Some(key));
        if id > 0 && std::mem::discriminant(&shape) != std::mem::discriminant(&self.keys.shape) {
            self.rebuild();
        } else {
            self.index(id);
        }
        id
    }

    /// The id of a key that has been mentioned.
    pub fn find(&self, key: &[u8]) -> Option<u32> {
        match &self.keys.shape {
            KeyShape::Number { prefix, width } => {
                let number = KeyShape::number(prefix, *width, key)?;
                if let Some(&id) = self.direct.get(usize::try_from(number).ok()?)
                    && id != NONE
                {
                    return Some(id);
                }
                self.hashed
                    .find(hash_number(number), |&id| {
                        self.keys.numbers[id as usize] == number && !self.keys.is_null(id as usize)
                    })
                    .copied()
            }
            KeyShape::Guid => {
                let guid = parse_guid(key)?;
                self.hashed
                    .find(hash_guid(guid), |&id| {
                        self.keys.guids[id as usize] == guid && !self.keys.is_null(id as usize)
                    })
                    .copied()
            }
            KeyShape::Text => self
                .hashed
                .find(xxh3_64(key), |&id| {
                    self.keys.text_bytes(id as usize) == key && !self.keys.is_null(id as usize)
                })
                .copied(),
        }
    }

    fn index(&mut self, id: u32) {
        let at = id as usize;
        if self.keys.is_null(at) {
            return;
        }
        let keys = &self.keys;
        match keys.shape {
            KeyShape::Number { .. } => {
                let number = keys.numbers[at];
                let limit = (1u64 << 20).max(8 * keys.len() as u64);
                if number < limit {
                    let at = number as usize;
                    if at >= self.direct.len() {
                        self.direct.resize((at + 1).next_power_of_two(), NONE);
                    }
                    self.direct[at] = id;
                } else {
                    self.hashed
                        .insert_unique(hash_number(number), id, |&i| hash_number(keys.numbers[i as usize]));
                }
            }
            KeyShape::Guid => {
                let hash = |i: u32| hash_guid(keys.guids[i as usize]);
                self.hashed.insert_unique(hash(id), id, |&i| hash(i));
            }
            KeyShape::Text => {
                let hash = |i: u32| xxh3_64(keys.text_bytes(i as usize));
                self.hashed.insert_unique(hash(id), id, |&i| hash(i));
            }
        }
    }

    fn rebuild(&mut self) {
        self.direct = Vec::new();
        self.hashed = HashTable::new();
        for id in 0..self.keys.len() as u32 {
            self.index(id);
        }
    }

    /// Appends the keys of a stored column, which get the next ids.
    pub fn extend(&mut self, stored: &KeysView<'_>, rows: usize) {
        let mut text = Vec::new();
        for row in 0..rows {
            text.clear();
            if stored.is_null(row) {
                self.push_anonymous();
            } else {
                stored.write(row, &mut text);
                let (before, id) = (self.keys.len(), self.id(&text));
                // A key stands once in a sound store; a damaged one must not shift the ids behind it.
                if self.keys.len() == before {
                    debug_assert!((id as usize) < before);
                    self.push_anonymous();
                }
            }
        }
    }
}

fn hash_number(number: u64) -> u64 {
    xxh3_64(&number.to_le_bytes())
}

fn hash_guid(guid: u128) -> u64 {
    xxh3_64(&guid.to_le_bytes())
}

/// The hash of a key's text, whatever its shape.
pub fn hash_text(key: &[u8]) -> u64 {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    hasher.write(key);
    hasher.finish()
}

/// A stored column of keys.
#[derive(Clone, Copy, Debug)]
pub struct KeysView<'a> {
    data: KeysData<'a>,
    valid: Option<Bits<'a>>,
}

#[derive(Clone, Copy, Debug)]
enum KeysData<'a> {
    Number { raw: Slice<'a>, prefix: &'a [u8], width: usize },
    Guid(&'a [u8]),
    Text { ends: &'a [u64], bytes: &'a [u8] },
}

impl<'a> KeysView<'a> {
    pub(super) fn number(raw: Slice<'a>, prefix: &'a [u8], width: usize, valid: Option<Bits<'a>>) -> Self {
        KeysView { data: KeysData::Number { raw, prefix, width }, valid }
    }

    pub(super) fn guid(bytes: &'a [u8], valid: Option<Bits<'a>>) -> Self {
        KeysView { data: KeysData::Guid(bytes), valid }
    }

    pub(super) fn text(ends: &'a [u64], bytes: &'a [u8], valid: Option<Bits<'a>>) -> Self {
        KeysView { data: KeysData::Text { ends, bytes }, valid }
    }

    /// Whether a key is missing.
    pub fn is_null(&self, at: usize) -> bool {
        self.valid.is_some_and(|v| !v.get(at))
    }

    /// Appends the text of a key to `out`.
    pub fn write(&self, at: usize, out: &mut Vec<u8>) {
        match self.data {
            KeysData::Number { raw, prefix, width } => {
                let number = with_slice!(raw, s => s[at] as u64);
                write_number(prefix, width, number, out);
            }
            KeysData::Guid(bytes) => {
                let value = bytes[at * 16..][..16].try_into().expect("sixteen bytes");
                write_guid(u128::from_le_bytes(value), out);
            }
            KeysData::Text { ends, bytes } => {
                let start = if at == 0 { 0 } else { ends[at - 1] };
                out.extend_from_slice(bytes.get(start as usize..ends[at] as usize).unwrap_or_default());
            }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(keys: &[&str]) -> KeyShape {
        let mut map = KeyMap::default();
        let ids: Vec<u32> = keys.iter().map(|k| map.id(k.as_bytes())).collect();
        for (key, id) in keys.iter().zip(ids) {
            assert_eq!(map.keys().text(id as usize), key.as_bytes(), "{keys:?}");
            assert_eq!(map.find(key.as_bytes()), Some(id), "{keys:?}");
        }
        map.keys().shape().clone()
    }

    #[test]
    fn every_kind_of_key_comes_back_to_the_letter() {
        let number = |prefix: &str, width| KeyShape::Number { prefix: prefix.into(), width };
        assert_eq!(round_trip(&["1", "0", "10", "999999999999", "2"]), number("", 1));
        assert_eq!(round_trip(&["U000123", "U000007", "U1234567"]), number("U", 6));
        assert_eq!(round_trip(&["U12", "U07"]), number("U", 2));
        assert_eq!(round_trip(&["U1", "U07"]), KeyShape::Text);
        assert_eq!(round_trip(&["007", "7", "07"]), KeyShape::Text);
        assert_eq!(round_trip(&["12", "x-1", "", "12 "]), KeyShape::Text);
        let guids = ["0a1b2c3d-0000-1111-2222-333344445555", "ffffffff-ffff-ffff-ffff-ffffffffffff"];
        assert_eq!(round_trip(&guids), KeyShape::Guid);
        assert_eq!(round_trip(&[guids[0], "7"]), KeyShape::Text);
        assert_eq!(round_trip(&["123456789012345678901234"]), KeyShape::Text);
    }

    #[test]
    fn a_key_keeps_its_id() {
        let mut map = KeyMap::default();
        assert_eq!(
            [map.id(b"U01"), map.id(b"U02"), map.id(b"U01"), map.id(b"V9"), map.id(b"U02")],
            [0, 1, 0, 2, 1]
        );
        assert_eq!(map.find(b"U03"), None);
    }

    #[test]
    fn missing_keys_hold_their_place() {
        let mut keys = KeyValues::new();
        for key in [Some("5"), None, Some("6")] {
            keys.push(key.map(str::as_bytes));
        }
        assert_eq!((keys.is_null(1), keys.text(2)), (true, b"6".to_vec()));
        let mut first_missing = KeyValues::new();
        first_missing.push(None);
        first_missing.push(Some(b"5"));
        assert_eq!((first_missing.is_null(0), first_missing.text(1)), (true, b"5".to_vec()));
    }
}
