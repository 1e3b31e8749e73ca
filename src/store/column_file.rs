//! One immutable file of typed column sections.
//!
//! ```text
//! offset  bytes
//!      0      8  magic "QUIPUCOL"
//!      8      4  format version
//!     12      4  number of sections S
//!     16      8  rows
//!     24      8  length of the file
//!     32      8  xxh3-64 of the header and the section table without these bytes
//!     40     16  xxh3-128 of what follows the section table
//!     56      8  zero
//!     64   64·S  section table, one entry each:
//!                  name [u8; 31] zero-padded, name length u8, part u8, kind u8, zero [u8; 6],
//!                  multiplier i64, offset u64, length in bytes u64
//!   then        sections, each at a multiple of 64, zero-padded between
//! ```
//! All integers are little-endian. The manifest holds the hash of the header with its section table:
//! that no other file stands in its place is seen at opening, that its bytes are those written by
//! `verify`.

use std::io::Write;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::{Xxh3, xxh3_64, xxh3_128};

use super::bits::{BitVec, Bits};
use super::dir::{Bytes, Dir};
use super::error::StoreError;
use super::keys::{self, KeyShape, KeyValues, KeysView, Slots, StoredKeys};
use super::views::{Codes, Ids, NULL_ID, NULL_NUMBER, Numbers, Slice, Texts};

/// The format of column files and manifests that this program writes and reads.
pub const FORMAT: u32 = 1;

const MAGIC: &[u8; 8] = b"QUIPUCOL";
const HEADER: usize = 64;
const ENTRY: usize = 64;
const ALIGN: usize = 64;
const SEAL: Range<usize> = 32..40;
const CONTENT: Range<usize> = 40..56;
const NAME_MAX: usize = 31;

/// What a section holds of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Part {
    Data = 0,
    Valid = 1,
    Codes = 2,
    Ends = 3,
    Bytes = 4,
    Flags = 5,
    Slots = 6,
}

/// The width of a section's integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    U8 = 0,
    U16 = 1,
    U32 = 2,
    I32 = 3,
    I64 = 4,
    U64 = 5,
    U128 = 6,
}

impl Kind {
    const ALL: [Kind; 7] = [Kind::U8, Kind::U16, Kind::U32, Kind::I32, Kind::I64, Kind::U64, Kind::U128];

    fn bytes(self) -> usize {
        match self {
            Kind::U8 => 1,
            Kind::U16 => 2,
            Kind::U32 | Kind::I32 => 4,
            Kind::I64 | Kind::U64 => 8,
            Kind::U128 => 16,
        }
    }
}

#[derive(Clone, Debug)]
struct Section {
    name: String,
    part: Part,
    kind: Kind,
    multiplier: i64,
    offset: usize,
    len: usize,
}

/// Collects the columns of a file, then writes it.
pub struct ColumnFileBuilder {
    rows: usize,
    sections: Vec<(Section, Vec<u8>)>,
}

impl ColumnFileBuilder {
    /// A file of `rows` rows.
    pub fn new(rows: usize) -> Self {
        ColumnFileBuilder { rows, sections: Vec::new() }
    }

    fn push(&mut self, name: &str, part: Part, kind: Kind, multiplier: i64, bytes: Vec<u8>) {
        assert!(name.len() <= NAME_MAX, "column name {name} is longer than {NAME_MAX} bytes");
        let section = Section { name: name.to_string(), part, kind, multiplier, offset: 0, len: bytes.len() };
        self.sections.push((section, bytes));
    }

    /// Adds the columns of another file of as many rows.
    pub fn append(&mut self, other: ColumnFileBuilder) {
        assert_eq!(other.rows, self.rows);
        self.sections.extend(other.sections);
    }

    /// Whole numbers with [`NULL_NUMBER`] for missing ones, in the narrowest integers that hold them
    /// as multiples of one of `multipliers` (tried from the largest; 1 always fits).
    pub fn numbers(&mut self, name: &str, values: &[i64], multipliers: &[i64]) {
        assert_eq!(values.len(), self.rows, "column {name}");
        let present = || values.iter().copied().filter(|&v| v != NULL_NUMBER);
        let multiplier = multipliers.iter().copied().find(|&m| present().all(|v| v % m == 0)).unwrap_or(1);
        let (min, max) =
            present().fold((0i64, 0i64), |(lo, hi), v| (lo.min(v / multiplier), hi.max(v / multiplier)));
        let raw = |v: i64| if v == NULL_NUMBER { 0 } else { v / multiplier };
        let (kind, bytes) = narrow(values.iter().map(|&v| raw(v)), min, max);
        self.push(name, Part::Data, kind, multiplier, bytes);
        if values.contains(&NULL_NUMBER) {
            self.valid(name, values.iter().map(|&v| v != NULL_NUMBER));
        }
    }

    /// Category codes in the narrowest width.
    pub fn codes(&mut self, name: &str, codes: &[u32]) {
        assert_eq!(codes.len(), self.rows, "column {name}");
        let max = codes.iter().copied().max().unwrap_or(0);
        let (kind, bytes) = narrow(codes.iter().map(|&c| i64::from(c)), 0, i64::from(max));
        self.push(name, Part::Data, kind, 1, bytes);
    }

    /// Surrogate ids.
    pub fn ids(&mut self, name: &str, ids: &[u32]) {
        assert_eq!(ids.len(), self.rows, "column {name}");
        self.push(name, Part::Data, Kind::U32, 1, bytemuck::cast_slice(ids).to_vec());
    }

    /// One flag per row.
    pub fn flags(&mut self, name: &str, bits: &BitVec) {
        assert_eq!(bits.len(), self.rows, "column {name}");
        self.push(name, Part::Flags, Kind::U64, 1, bytemuck::cast_slice(bits.words()).to_vec());
    }

    /// Texts; those that repeat are stored once and referred to.
    pub fn texts<'t>(&mut self, name: &str, texts: impl Iterator<Item = Option<&'t [u8]>> + Clone) {
        let mut distinct: hashbrown::HashMap<&[u8], u32> = hashbrown::HashMap::new();
        let mut rows = 0usize;
        let mut missing = false;
        let mut repeats = true;
        for text in texts.clone() {
            rows += 1;
            missing |= text.is_none();
            let next = distinct.len() as u32;
            distinct.entry(text.unwrap_or_default()).or_insert(next);
            if rows.is_multiple_of(4096) && distinct.len() * 2 > rows {
                repeats = false;
                break;
            }
        }
        let mut ends: Vec<u64> = Vec::new();
        let mut bytes: Vec<u8> = Vec::new();
        if repeats && distinct.len() * 2 <= rows {
            let mut entries: Vec<(&[u8], u32)> = distinct.iter().map(|(t, c)| (*t, *c)).collect();
            entries.sort_unstable_by_key(|(_, code)| *code);
            for (text, _) in entries {
                bytes.extend_from_slice(text);
                ends.push(bytes.len() as u64);
            }
            let max = distinct.len().saturating_sub(1) as i64;
            let codes = texts.clone().map(|t| i64::from(distinct[t.unwrap_or_default()]));
            let (kind, codes) = narrow(codes, 0, max);
            self.push(name, Part::Codes, kind, 1, codes);
        } else {
            missing = false;
            for text in texts.clone() {
                missing |= text.is_none();
                bytes.extend_from_slice(text.unwrap_or_default());
                ends.push(bytes.len() as u64);
            }
        }
        self.push(name, Part::Ends, Kind::U64, 1, bytemuck::cast_slice(&ends).to_vec());
        self.push(name, Part::Bytes, Kind::U8, 1, bytes);
        if missing {
            self.valid(name, texts.map(|t| t.is_some()));
        }
    }

    /// Keys in their shape: numbers where they are numbers.
    pub fn keys(&mut self, name: &str, keys: &KeyValues, rows: impl Iterator<Item = u32> + Clone) {
        match keys.shape() {
            KeyShape::Number { prefix, width } => {
                let values: Vec<i64> = rows.clone().map(|r| keys.number(r as usize) as i64).collect();
                let max = values.iter().copied().max().unwrap_or(0);
                let (kind, bytes) = narrow(values.into_iter(), 0, max);
                self.push(name, Part::Data, kind, *width as i64, bytes);
                self.push(name, Part::Bytes, Kind::U8, 1, prefix.clone());
            }
            KeyShape::Guid => {
                let values: Vec<u128> = rows.clone().map(|r| keys.guid(r as usize)).collect();
                self.push(name, Part::Data, Kind::U128, 1, bytemuck::cast_slice(&values).to_vec());
            }
            KeyShape::Text => {
                let mut ends: Vec<u64> = Vec::new();
                let mut bytes = Vec::new();
                for row in rows.clone() {
                    keys.write(row as usize, &mut bytes);
                    ends.push(bytes.len() as u64);
                }
                self.push(name, Part::Ends, Kind::U64, 1, bytemuck::cast_slice(&ends).to_vec());
                self.push(name, Part::Bytes, Kind::U8, 1, bytes);
            }
        }
        if keys.has_nulls() {
            self.valid(name, rows.map(|r| !keys.is_null(r as usize)));
        }
    }

    /// Keys that are looked up by their text, each at its id.
    pub fn keys_by_id(&mut self, name: &str, keys: &KeyValues, rows: Range<u32>) {
        if let Some((slots, seed)) = keys::slots(keys, rows.start as usize..rows.end as usize) {
            let bytes = bytemuck::cast_slice(&slots).to_vec();
            self.push(name, Part::Slots, Kind::U32, seed as i64, bytes);
        }
        self.keys(name, keys, rows);
    }

    /// A column of values of any length, such as serialised sets: `items` need not be the row count.
    pub fn blobs<'t>(&mut self, name: &str, items: impl Iterator<Item = &'t [u8]>) {
        let mut ends: Vec<u64> = Vec::new();
        let mut bytes = Vec::new();
        for item in items {
            bytes.extend_from_slice(item);
            ends.push(bytes.len() as u64);
        }
        self.push(name, Part::Ends, Kind::U64, 1, bytemuck::cast_slice(&ends).to_vec());
        self.push(name, Part::Bytes, Kind::U8, 1, bytes);
    }

    fn valid(&mut self, name: &str, bits: impl Iterator<Item = bool>) {
        let bits: BitVec = bits.collect();
        self.push(name, Part::Valid, Kind::U64, 1, bytemuck::cast_slice(bits.words()).to_vec());
    }

    /// Writes the file and returns its length and the hash of its header, which holds that of the rest.
    /// The caller syncs it.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(mut self, out: &mut dyn Write) -> std::io::Result<(u64, u128)> {
        let mut offset = HEADER + ENTRY * self.sections.len();
        for (section, bytes) in &mut self.sections {
            section.offset = offset.next_multiple_of(ALIGN);
            offset = section.offset + bytes.len();
        }
        let length = offset.next_multiple_of(ALIGN);
        let mut head = vec![0u8; HEADER + ENTRY * self.sections.len()];
        head[..8].copy_from_slice(MAGIC);
        head[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        head[12..16].copy_from_slice(&(self.sections.len() as u32).to_le_bytes());
        head[16..24].copy_from_slice(&(self.rows as u64).to_le_bytes());
        head[24..32].copy_from_slice(&(length as u64).to_le_bytes());
        for ((section, _), entry) in self.sections.iter().zip(head[HEADER..].chunks_exact_mut(ENTRY)) {
            entry[..section.name.len()].copy_from_slice(section.name.as_bytes());
            entry[NAME_MAX] = section.name.len() as u8;
            entry[32] = section.part as u8;
            entry[33] = section.kind as u8;
            entry[40..48].copy_from_slice(&section.multiplier.to_le_bytes());
            entry[48..56].copy_from_slice(&(section.offset as u64).to_le_bytes());
            entry[56..64].copy_from_slice(&(section.len as u64).to_le_bytes());
        }
        let mut content = Xxh3::new();
        for bytes in self.padded() {
            content.update(bytes);
        }
        head[CONTENT].copy_from_slice(&content.digest128().to_le_bytes());
        let seal = seal(&head);
        head[SEAL].copy_from_slice(&seal.to_le_bytes());
        out.write_all(&head)?;
        for bytes in self.padded() {
            out.write_all(bytes)?;
        }
        Ok((length as u64, xxh3_128(&head)))
    }

    /// The bytes behind the header: sections, each with zeros up to the next multiple of 64.
    fn padded(&self) -> impl Iterator<Item = &[u8]> {
        self.sections.iter().flat_map(|(_, bytes)| {
            let gap = bytes.len().next_multiple_of(ALIGN) - bytes.len();
            [bytes, &[0; ALIGN][..gap]]
        })
    }
}

fn narrow(values: impl Iterator<Item = i64>, min: i64, max: i64) -> (Kind, Vec<u8>) {
    fn pack<T: bytemuck::NoUninit>(values: impl Iterator<Item = i64>, cast: impl Fn(i64) -> T) -> Vec<u8> {
        let typed: Vec<T> = values.map(cast).collect();
        bytemuck::cast_slice(&typed).to_vec()
    }
    if min >= 0 && max <= i64::from(u8::MAX) {
        (Kind::U8, pack(values, |v| v as u8))
    } else if min >= 0 && max <= i64::from(u16::MAX) {
        (Kind::U16, pack(values, |v| v as u16))
    } else if min >= 0 && max <= i64::from(u32::MAX) {
        (Kind::U32, pack(values, |v| v as u32))
    } else if min >= i64::from(i32::MIN) && max <= i64::from(i32::MAX) {
        (Kind::I32, pack(values, |v| v as i32))
    } else {
        (Kind::I64, pack(values, |v| v))
    }
}

fn seal(head: &[u8]) -> u64 {
    xxh3_64(&[&head[..SEAL.start], &head[SEAL.end..]].concat())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// An open column file.
pub struct ColumnFile {
    path: PathBuf,
    map: Bytes,
    rows: usize,
    sections: Vec<Section>,
}

impl ColumnFile {
    /// Opens a file that must be `length` bytes long and have `rows` rows.
    ///
    /// # Errors
    /// When it cannot be read, has another length, another format, or a header that does not hold.
    pub fn open(dir: &dyn Dir, name: &str, length: u64, rows: u64) -> Result<Self, StoreError> {
        let path = &dir.path(name);
        let map = dir.map(name).map_err(StoreError::unreadable(path))?;
        let damaged = |what: String| StoreError::damaged(path, what);
        if map.len() as u64 != length {
            return Err(damaged(format!("it has {} bytes, the manifest says {length}", map.len())));
        }
        if map.len() < HEADER || &map[..8] != MAGIC {
            return Err(damaged("it does not begin as a column file does".into()));
        }
        let version = u32::from_le_bytes(map[8..12].try_into().expect("four bytes"));
        if version != FORMAT {
            return Err(StoreError::Format { path: path.to_path_buf(), found: version, expected: FORMAT });
        }
        let count = u32::from_le_bytes(map[12..16].try_into().expect("four bytes")) as usize;
        let table =
            count.checked_mul(ENTRY).and_then(|t| t.checked_add(HEADER)).filter(|&end| end <= map.len());
        let Some(head) = table.map(|end| &map[..end]) else {
            return Err(damaged(format!("its header tells of {count} sections, which do not fit in")));
        };
        if seal(head) != u64_at(head, SEAL.start) {
            return Err(damaged("its header does not match its seal".into()));
        }
        if u64_at(head, 16) != rows || u64_at(head, 24) != length {
            return Err(damaged(format!("it has {} rows, the manifest says {rows}", u64_at(head, 16))));
        }
        let sections = head[HEADER..]
            .chunks_exact(ENTRY)
            .map(|entry| parse_section(entry, map.len()))
            .collect::<Result<Vec<_>, String>>()
            .map_err(damaged)?;
        Ok(ColumnFile { path: path.to_path_buf(), rows: rows as usize, map, sections })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Every byte, for checksums.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    fn head(&self) -> &[u8] {
        &self.map[..HEADER + ENTRY * self.sections.len()]
    }

    /// Compares the header with the hash in the manifest, so that no other file stands in its place.
    ///
    /// # Errors
    /// When it is another one.
    pub fn check_header(&self, hash: &str) -> Result<(), StoreError> {
        let found = format!("{:032x}", xxh3_128(self.head()));
        if found == hash {
            return Ok(());
        }
        let what = format!("its header hashes to {found}, the manifest says {hash}");
        Err(StoreError::damaged(&self.path, what))
    }

    /// Gives the memory of what was read of it back to the system; it is read again when it is needed.
    pub fn release(&self) {
        self.map.release();
    }

    /// Compares every byte behind the header with the hash in it.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn check_content(&self) -> Result<(), StoreError> {
        let (head, content) = self.map.split_at(self.head().len());
        let found = xxh3_128(content).to_le_bytes();
        // A load checks whole files of which it needs a few pages.
        self.release();
        if head[CONTENT] == found {
            return Ok(());
        }
        Err(StoreError::damaged(&self.path, "its content does not have the hash that its header says"))
    }

    /// Whether the file has a column.
    pub fn has(&self, name: &str) -> bool {
        self.sections.iter().any(|s| s.name == name)
    }

    fn section(&self, name: &str, part: Part) -> Option<(&Section, &[u8])> {
        let section = self.sections.iter().find(|s| s.part == part && s.name == name)?;
        Some((section, &self.map[section.offset..section.offset + section.len]))
    }

    fn require(&self, name: &str, part: Part) -> Result<(&Section, &[u8]), StoreError> {
        self.section(name, part)
            .ok_or_else(|| StoreError::damaged(&self.path, format!("column {name} is missing")))
    }

    fn wrong(&self, name: &str, found: usize, expected: usize) -> StoreError {
        StoreError::damaged(
            &self.path,
            format!("column {name} has {found} values, its file has {expected} rows"),
        )
    }

    fn slice<'a>(&self, section: &Section, bytes: &'a [u8], rows: usize) -> Result<Slice<'a>, StoreError> {
        let found = bytes.len() / section.kind.bytes();
        if found != rows || !bytes.len().is_multiple_of(section.kind.bytes()) {
            return Err(self.wrong(&section.name, found, rows));
        }
        Ok(match section.kind {
            Kind::U8 => Slice::U8(bytes),
            Kind::U16 => Slice::U16(bytemuck::cast_slice(bytes)),
            Kind::U32 => Slice::U32(bytemuck::cast_slice(bytes)),
            Kind::I32 => Slice::I32(bytemuck::cast_slice(bytes)),
            Kind::I64 => Slice::I64(bytemuck::cast_slice(bytes)),
            Kind::U64 | Kind::U128 => {
                return Err(StoreError::damaged(
                    &self.path,
                    format!("column {} has a foreign width", section.name),
                ));
            }
        })
    }

    fn bits(&self, name: &str, part: Part) -> Result<Option<Bits<'_>>, StoreError> {
        let Some((section, bytes)) = self.section(name, part) else { return Ok(None) };
        if section.kind != Kind::U64 || !bytes.len().is_multiple_of(8) {
            return Err(StoreError::damaged(&self.path, format!("column {name} has a foreign width")));
        }
        Bits::new(bytemuck::cast_slice(bytes), self.rows)
            .map(Some)
            .ok_or_else(|| self.wrong(name, bytes.len() * 8, self.rows))
    }

    /// A column of whole numbers.
    ///
    /// # Errors
    /// When the file has no such column or not one value per row; so for the other views.
    pub fn numbers(&self, name: &str) -> Result<Numbers<'_>, StoreError> {
        let (section, bytes) = self.require(name, Part::Data)?;
        let raw = self.slice(section, bytes, self.rows)?;
        Ok(Numbers { raw, multiplier: section.multiplier, valid: self.bits(name, Part::Valid)? })
    }

    /// A column of category codes.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn codes(&self, name: &str) -> Result<Codes<'_>, StoreError> {
        let (section, bytes) = self.require(name, Part::Data)?;
        Ok(Codes { raw: self.slice(section, bytes, self.rows)? })
    }

    /// A column of references.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn ids(&self, name: &str) -> Result<Ids<'_>, StoreError> {
        let (section, bytes) = self.require(name, Part::Data)?;
        match self.slice(section, bytes, self.rows)? {
            Slice::U32(raw) => Ok(Ids { raw }),
            _ => Err(StoreError::damaged(&self.path, format!("column {name} does not hold references"))),
        }
    }

    /// Checks that references read from a column are missing or below `limit`.
    ///
    /// # Errors
    /// When one is not: the column is damaged.
    pub fn check_ids(&self, name: &str, ids: &[u32], limit: usize) -> Result<(), StoreError> {
        match ids.iter().find(|&&id| id as usize >= limit && id != NULL_ID) {
            None => Ok(()),
            Some(id) => {
                let what = format!("column {name} refers to id {id}, the table referred to has {limit} ids");
                Err(StoreError::damaged(&self.path, what))
            }
        }
    }

    /// Checks that numbers read from a column are missing or within limits.
    ///
    /// # Errors
    /// When one is not: the column is damaged.
    pub fn check_numbers(
        &self,
        name: &str,
        numbers: &[i64],
        limits: &RangeInclusive<i64>,
    ) -> Result<(), StoreError> {
        match numbers.iter().find(|n| **n != NULL_NUMBER && !limits.contains(n)) {
            None => Ok(()),
            Some(n) => {
                let (least, most) = (limits.start(), limits.end());
                let what = format!("column {name} holds {n}, which is not from {least} to {most}");
                Err(StoreError::damaged(&self.path, what))
            }
        }
    }

    /// A column of flags; all clear when the file has none.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn flags(&self, name: &str) -> Result<Bits<'_>, StoreError> {
        self.bits(name, Part::Flags)?
            .ok_or_else(|| StoreError::damaged(&self.path, format!("column {name} is missing")))
    }

    /// A column of texts.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn texts(&self, name: &str) -> Result<Texts<'_>, StoreError> {
        let (ends, bytes) = self.ends(name)?;
        let codes = match self.section(name, Part::Codes) {
            Some((section, raw)) => Some(Codes { raw: self.slice(section, raw, self.rows)? }),
            None if ends.len() != self.rows => return Err(self.wrong(name, ends.len(), self.rows)),
            None => None,
        };
        Ok(Texts { codes, ends, bytes, valid: self.bits(name, Part::Valid)? })
    }

    /// A column of keys.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn keys(&self, name: &str) -> Result<KeysView<'_>, StoreError> {
        let valid = self.bits(name, Part::Valid)?;
        let Some((section, data)) = self.section(name, Part::Data) else {
            let (ends, bytes) = self.ends(name)?;
            if ends.len() != self.rows {
                return Err(self.wrong(name, ends.len(), self.rows));
            }
            return Ok(KeysView::text(ends, bytes, valid));
        };
        if section.kind == Kind::U128 {
            if data.len() / 16 != self.rows || !data.len().is_multiple_of(16) {
                return Err(self.wrong(name, data.len() / 16, self.rows));
            }
            return Ok(KeysView::guids(data, valid));
        }
        let raw = self.slice(section, data, self.rows)?;
        let (_, prefix) = self.require(name, Part::Bytes)?;
        let width = usize::try_from(section.multiplier).ok().filter(|w| (1..=20).contains(w));
        let width = width
            .ok_or_else(|| StoreError::damaged(&self.path, format!("column {name} has a foreign width")))?;
        Ok(KeysView::number(raw, prefix, width, valid))
    }

    /// A column of keys that are looked up by their text.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn stored_keys(&self, name: &str) -> Result<StoredKeys<'_>, StoreError> {
        let slots = match self.section(name, Part::Slots) {
            Some((section, bytes)) if section.kind == Kind::U32 && bytes.len().is_multiple_of(4) => {
                Some(Slots { rows: bytemuck::cast_slice(bytes), seed: section.multiplier as u64 })
            }
            Some(_) => {
                return Err(StoreError::damaged(&self.path, format!("column {name} has a foreign width")));
            }
            None => None,
        };
        Ok(StoredKeys::new(self.keys(name)?, self.rows, slots))
    }

    /// A column of values of any length: ends and bytes.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn ends(&self, name: &str) -> Result<(&[u64], &[u8]), StoreError> {
        let (section, ends) = self.require(name, Part::Ends)?;
        if section.kind != Kind::U64 || !ends.len().is_multiple_of(8) {
            return Err(StoreError::damaged(&self.path, format!("column {name} has a foreign width")));
        }
        Ok((bytemuck::cast_slice(ends), self.require(name, Part::Bytes)?.1))
    }

    /// Where the file is, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn parse_section(entry: &[u8], file_len: usize) -> Result<Section, String> {
    let name = entry
        .get(..usize::from(entry[NAME_MAX]).min(NAME_MAX))
        .and_then(|n| std::str::from_utf8(n).ok())
        .ok_or("a section has a name that is not text")?
        .to_string();
    let parts = [Part::Data, Part::Valid, Part::Codes, Part::Ends, Part::Bytes, Part::Flags, Part::Slots];
    let part =
        *parts.get(usize::from(entry[32])).ok_or_else(|| format!("column {name} has an unknown part"))?;
    let kind = *Kind::ALL
        .get(usize::from(entry[33]))
        .ok_or_else(|| format!("column {name} has an unknown width"))?;
    let (offset, len) = (u64_at(entry, 48), u64_at(entry, 56));
    let fits = offset.is_multiple_of(ALIGN as u64)
        && offset.checked_add(len).is_some_and(|end| end <= file_len as u64);
    if !fits {
        return Err(format!("column {name} lies at {offset}+{len}, outside of the file's {file_len} bytes"));
    }
    Ok(Section {
        name,
        part,
        kind,
        multiplier: u64_at(entry, 40) as i64,
        offset: offset as usize,
        len: len as usize,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::dir::MemoryDir;

    /// A file of one column whose section the header says to be `len` bytes long, of `rows` rows.
    fn resized(file: ColumnFileBuilder, rows: u64, len: u64) -> ColumnFile {
        let mut bytes = Vec::new();
        let (length, _) = file.write(&mut bytes).unwrap();
        bytes[16..24].copy_from_slice(&rows.to_le_bytes());
        bytes[HEADER + 56..HEADER + 64].copy_from_slice(&len.to_le_bytes());
        let sections = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
        let seal = seal(&bytes[..HEADER + ENTRY * sections]);
        bytes[SEAL].copy_from_slice(&seal.to_le_bytes());
        let dir = MemoryDir::new();
        dir.put("file", &bytes).unwrap();
        ColumnFile::open(&dir, "file", length, rows).unwrap()
    }

    #[test]
    fn flags_in_half_a_word_are_damage() {
        let mut file = ColumnFileBuilder::new(3);
        file.flags("f", &BitVec::zeros(3));
        let file = resized(file, 3, 13);
        assert!(file.flags("f").unwrap_err().to_string().contains("column f has a foreign width"));
    }

    #[test]
    fn keys_for_more_rows_than_a_number_can_count_are_damage() {
        let mut keys = KeyValues::new();
        keys.push(Some(b"0a1b2c3d-0000-1111-2222-333344445555"));
        let mut file = ColumnFileBuilder::new(1);
        file.keys("k", &keys, 0..1);
        // Sixteen times so many rows would be one again.
        let file = resized(file, (1 << 60) + 1, 16);
        assert!(file.keys("k").unwrap_err().to_string().contains("column k has 1 values"));
    }
}
