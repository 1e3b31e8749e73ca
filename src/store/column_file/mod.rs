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

mod builder;
mod reader;

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

pub use builder::ColumnFileBuilder;
pub use reader::ColumnFile;

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

fn seal(head: &[u8]) -> u64 {
    xxh3_64(&[&head[..SEAL.start], &head[SEAL.end..]].concat())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
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
