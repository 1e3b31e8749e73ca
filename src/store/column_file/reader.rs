//! An open column file, whose columns are looked at where they lie.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_128;

use super::{CONTENT, ENTRY, FORMAT, HEADER, Kind, MAGIC, Part, SEAL, Section, parse_section, seal, u64_at};
use crate::store::bits::Bits;
use crate::store::dir::{Bytes, Dir};
use crate::store::error::StoreError;
use crate::store::keys::{KeysView, Slots, StoredKeys};
use crate::store::vector::vectorized;
use crate::store::views::{Codes, Ids, NULL_ID, NULL_NUMBER, Numbers, Slice, Texts};

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
        // A missing reference becomes 0, any other its successor.
        let largest = vectorized(|| ids.iter().fold(0u32, |most, id| most.max(id.wrapping_add(1))));
        if largest as usize <= limit {
            return Ok(());
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::dir::MemoryDir;
    use crate::store::keys::KeyValues;
    use crate::store::{BitVec, ColumnFileBuilder};

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
