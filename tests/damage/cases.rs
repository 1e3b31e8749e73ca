//! What can happen to a file? Each damage, and where in a file it is worth doing.

use std::fs;
use std::ops::Range;
use std::path::Path;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::store::Sound;

/// The head of a column file and each entry of its section table.
const HEAD: usize = 64;
/// The version stands behind the magic, and the seal behind the fixed part of the head.
const VERSION: Range<usize> = 8..12;
const SEAL: Range<usize> = 32..40;

#[derive(Clone, Debug)]
pub enum Damage {
    Flip {
        at: usize,
        mask: u8,
    },
    Cut {
        len: usize,
    },
    Grown,
    Missing,
    Folder,
    /// The content of another file.
    Swapped {
        with: String,
    },
    /// The format number of another version, sealed as that version would.
    Format {
        number: u32,
    },
}

/// One file and what happens to it.
#[derive(Clone, Debug)]
pub struct Case {
    pub file: String,
    pub damage: Damage,
    /// Whether only `verify` sees it: bytes that opening does not read, or another file of the same
    /// size and layout. Figures may change.
    pub is_content: bool,
}

impl Case {
    pub fn apply(&self, store: &Path, sound: &[u8], other: impl Fn(&str) -> Vec<u8>) {
        let path = store.join(&self.file);
        let write = |bytes: &[u8]| fs::write(&path, bytes).expect("room");
        match &self.damage {
            Damage::Flip { at, mask } => {
                let mut bytes = sound.to_vec();
                bytes[*at] ^= mask;
                write(&bytes);
            }
            Damage::Cut { len } => write(&sound[..*len]),
            Damage::Grown => write(&[sound, b"\n"].concat()),
            Damage::Missing => fs::remove_file(&path).expect("the file is there"),
            Damage::Folder => {
                fs::remove_file(&path).expect("the file is there");
                fs::create_dir(&path).expect("room");
            }
            Damage::Swapped { with } => write(&other(with)),
            Damage::Format { number } => write(&with_format(&self.file, sound, *number)),
        }
    }

    pub fn undo(&self, store: &Path, sound: &[u8]) {
        let path = store.join(&self.file);
        if path.is_dir() {
            fs::remove_dir(&path).expect("the folder is empty");
        }
        fs::write(&path, sound).expect("room");
    }
}

fn is_column_file(file: &str) -> bool {
    file.starts_with("data/")
}

fn with_format(file: &str, sound: &[u8], number: u32) -> Vec<u8> {
    if is_column_file(file) {
        let mut bytes = sound.to_vec();
        bytes[VERSION].copy_from_slice(&number.to_le_bytes());
        let sealed = [&bytes[..SEAL.start], &bytes[SEAL.end..head_len(&bytes)]].concat();
        bytes[SEAL].copy_from_slice(&xxh3_64(&sealed).to_le_bytes());
        return bytes;
    }
    let text = std::str::from_utf8(sound).expect("a manifest is text");
    let body = text.split_inclusive('\n').next().expect("a manifest is one line and its seal");
    let body = body.replacen("\"format\":1,", &format!("\"format\":{number},"), 1);
    assert_ne!(text.split_inclusive('\n').next(), Some(body.as_str()), "the format stands in the manifest");
    format!("{body}{:032x}\n", xxh3_128(body.as_bytes())).into_bytes()
}

fn u64_at(bytes: &[u8], at: usize) -> usize {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes")) as usize
}

fn head_len(bytes: &[u8]) -> usize {
    let sections = u32::from_le_bytes(bytes[12..16].try_into().expect("four bytes"));
    HEAD + HEAD * sections as usize
}

/// Where the sections of a column file lie.
fn sections(bytes: &[u8]) -> Vec<Range<usize>> {
    let entries = bytes[HEAD..head_len(bytes)].chunks_exact(HEAD);
    entries.map(|entry| u64_at(entry, 48)..u64_at(entry, 48) + u64_at(entry, 56)).collect()
}

/// Every damage of every file.
pub fn all(sound: &Sound) -> Vec<Case> {
    let mut cases = Vec::new();
    for file in &sound.files {
        let bytes = sound.bytes(file);
        let mut add = |damage, is_content| cases.push(Case { file: file.clone(), damage, is_content });
        for damage in [Damage::Missing, Damage::Folder, Damage::Grown] {
            add(damage, false);
        }
        (0..bytes.len()).for_each(|len| add(Damage::Cut { len }, false));
        if is_column_file(file) {
            let head = head_len(&bytes);
            flips(0..head, &[0xff, 1], |damage| add(damage, false));
            // The high bits make numbers too large or negative, the low ones lead to a neighbour.
            for section in sections(&bytes) {
                flips(section, &[0xff, 1, 128], |damage| add(damage, true));
            }
            flips(head..bytes.len(), &[0x55], |damage| add(damage, true));
        } else {
            let masks: &[u8] =
                if file == "CURRENT" { &[0xff, 1, 2, 4, 8, 16, 32, 64, 128] } else { &[0xff, 1] };
            flips(0..bytes.len(), masks, |damage| add(damage, false));
        }
        if file != "CURRENT" {
            [0, 2, u32::MAX].into_iter().for_each(|number| add(Damage::Format { number }, false));
        }
        for other in &sound.files {
            let (folder, ending) = (folder(file), ending(file));
            // Those that look alike: the same table, or another table's file of the same length.
            let alike = folder == self::folder(other) || sound.bytes(other).len() == bytes.len();
            if other != file && alike && ending == self::ending(other) && sound.bytes(other) != bytes {
                add(Damage::Swapped { with: other.clone() }, is_column_file(file));
            }
        }
    }
    cases
}

fn flips(bytes: Range<usize>, masks: &[u8], mut add: impl FnMut(Damage)) {
    for at in bytes {
        masks.iter().for_each(|&mask| add(Damage::Flip { at, mask }));
    }
}

fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn ending(file: &str) -> &str {
    file.rsplit_once('.').map_or("", |(_, ending)| ending)
}
