//! Columns, collected and written as one file.

use std::io::{self, BufWriter, Write};
use std::ops::Range;

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::{ALIGN, CONTENT, ENTRY, FORMAT, HEADER, Kind, MAGIC, NAME_MAX, Part, SEAL, Section, seal};
use crate::model::{DECIMAL_ONE, MICROS_PER_SECOND};
use crate::store::bits::BitVec;
use crate::store::dir::{Access, Dir, OpenFile};
use crate::store::keys::{self, KeyShape, KeyValues};
use crate::store::views::NULL_NUMBER;

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
        let scaled = multipliers.iter().find_map(|&m| Some((m, in_units(values, m)?)));
        let (multiplier, raw) = scaled.unwrap_or_else(|| (1, multiples::<1>(values).unwrap_or_default()));
        let (min, max) = raw.iter().fold((0, 0), |(min, max), &v| (v.min(min), v.max(max)));
        let (kind, bytes) = narrow(raw.into_iter(), min, max);
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

    /// Texts, one for each row.
    pub fn texts<'t>(&mut self, name: &str, texts: impl Iterator<Item = Option<&'t [u8]>> + Clone) {
        self.blobs(name, texts.clone().map(Option::unwrap_or_default));
        if texts.clone().any(|text| text.is_none()) {
            self.valid(name, texts.map(|text| text.is_some()));
        }
    }

    /// Texts that repeat: each once, and of each row the position of its text.
    pub fn repeating_texts<'t>(
        &mut self,
        name: &str,
        rows: &[Option<u32>],
        texts: impl Iterator<Item = &'t [u8]>,
    ) {
        assert_eq!(rows.len(), self.rows, "column {name}");
        let last = rows.iter().flatten().max().map_or(0, |&at| i64::from(at));
        let (kind, codes) = narrow(rows.iter().map(|row| i64::from(row.unwrap_or_default())), 0, last);
        self.push(name, Part::Codes, kind, 1, codes);
        self.blobs(name, texts);
        if rows.contains(&None) {
            self.valid(name, rows.iter().map(Option::is_some));
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

    /// Writes a new file in a folder and returns it, its length and the hash of its header, which holds
    /// that of the rest. The caller syncs it.
    ///
    /// # Errors
    /// Those of the folder.
    pub fn create(self, dir: &dyn Dir, name: &str) -> io::Result<(Box<dyn OpenFile>, u64, u128)> {
        let mut out = BufWriter::with_capacity(1 << 20, dir.create(name, Access::Usual)?);
        match self.write(&mut out) {
            Ok((bytes, hash)) => Ok((out.into_inner().map_err(io::IntoInnerError::into_error)?, bytes, hash)),
            Err(e) => {
                // What the buffer still holds is not written: its end would try, and hide an error.
                let _ = out.into_parts();
                Err(e)
            }
        }
    }

    /// Writes the bytes of the file; see [`Self::create`].
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(mut self, out: &mut dyn Write) -> io::Result<(u64, u128)> {
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

/// Numbers in some unit, 0 where one is missing; none where one is no multiple of it. Dividing by a
/// number that the compiler knows is much faster, so that the units of the schema are named here.
fn in_units(values: &[i64], unit: i64) -> Option<Vec<i64>> {
    const SECOND: i64 = MICROS_PER_SECOND;
    match unit {
        1 => multiples::<1>(values),
        100 => multiples::<100>(values),
        1_000 => multiples::<1_000>(values),
        DECIMAL_ONE => multiples::<DECIMAL_ONE>(values),
        SECOND => multiples::<SECOND>(values),
        _ => unreachable!("no column is kept in units of {unit}"),
    }
}

fn multiples<const UNIT: i64>(values: &[i64]) -> Option<Vec<i64>> {
    let mut raw = Vec::with_capacity(values.len());
    for some in values.chunks(1024) {
        raw.extend(some.iter().map(|&v| if v == NULL_NUMBER { 0 } else { v / UNIT }));
        let back = raw[raw.len() - some.len()..].iter().map(|&v| v * UNIT);
        if !some.iter().zip(back).all(|(&v, back)| v == back || v == NULL_NUMBER) {
            return None;
        }
    }
    Some(raw)
}

fn narrow(values: impl ExactSizeIterator<Item = i64>, min: i64, max: i64) -> (Kind, Vec<u8>) {
    fn pack<const N: usize>(
        values: impl ExactSizeIterator<Item = i64>,
        bytes: impl Fn(i64) -> [u8; N],
    ) -> Vec<u8> {
        let mut packed = vec![0; N * values.len()];
        packed.as_chunks_mut().0.iter_mut().zip(values).for_each(|(out, v)| *out = bytes(v));
        packed
    }
    if min >= 0 && max <= i64::from(u8::MAX) {
        (Kind::U8, pack(values, |v| [v as u8]))
    } else if min >= 0 && max <= i64::from(u16::MAX) {
        (Kind::U16, pack(values, |v| (v as u16).to_le_bytes()))
    } else if min >= 0 && max <= i64::from(u32::MAX) {
        (Kind::U32, pack(values, |v| (v as u32).to_le_bytes()))
    } else if min >= i64::from(i32::MIN) && max <= i64::from(i32::MAX) {
        (Kind::I32, pack(values, |v| (v as i32).to_le_bytes()))
    } else {
        (Kind::I64, pack(values, i64::to_le_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ColumnFile;
    use crate::store::dir::MemoryDir;

    #[test]
    fn numbers_are_stored_in_the_largest_unit_that_holds_them() {
        let many =
            |unit: i64| (0..3000).map(|i| if i % 9 == 2 { NULL_NUMBER } else { (i - 7) * unit }).collect();
        let mut cases: Vec<(Vec<i64>, &[i64], i64)> = vec![
            (many(MICROS_PER_SECOND), &[MICROS_PER_SECOND, 1], MICROS_PER_SECOND),
            (many(100), &[DECIMAL_ONE, 1_000, 100, 1], 100),
            (vec![i64::MAX, -i64::MAX, NULL_NUMBER], &[DECIMAL_ONE, 1_000, 100, 1], 1),
            (vec![NULL_NUMBER; 3], &[1], 1),
            (vec![], &[MICROS_PER_SECOND, 1], MICROS_PER_SECOND),
        ];
        // One number behind many multiples.
        let mut odd: Vec<i64> = many(MICROS_PER_SECOND);
        odd.push(5);
        cases.push((odd, &[MICROS_PER_SECOND, 1], 1));
        for (values, units, unit) in cases {
            let mut file = ColumnFileBuilder::new(values.len());
            file.numbers("n", &values, units);
            let mut bytes = Vec::new();
            let (length, _) = file.write(&mut bytes).unwrap();
            let dir = MemoryDir::new();
            dir.put("file", &bytes).unwrap();
            let file = ColumnFile::open(&dir, "file", length, values.len() as u64).unwrap();
            let numbers = file.numbers("n").unwrap();
            assert_eq!(numbers.multiplier, unit);
            assert!((0..values.len()).map(|row| numbers.get(row)).eq(values));
        }
    }
}
