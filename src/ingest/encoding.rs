//! How do a file's bytes become UTF-8? What cannot be decoded becomes a byte that UTF-8 never holds,
//! so that the row is found later like any other that is not text.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A byte that no UTF-8 text holds: it marks what could not be decoded.
const UNDECODABLE: u8 = 0xff;

/// The encoding of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with a byte order mark or without.
    #[default]
    #[serde(rename = "utf-8", alias = "utf8")]
    Utf8,
    /// UTF-16, low byte first.
    #[serde(rename = "utf-16le", alias = "utf-16-le")]
    Utf16Le,
    /// UTF-16, high byte first.
    #[serde(rename = "utf-16be", alias = "utf-16-be")]
    Utf16Be,
    /// Windows-1252, which Latin-1 text is a part of.
    #[serde(rename = "windows-1252", alias = "cp1252", alias = "latin1", alias = "iso-8859-1")]
    Windows1252,
}

impl Encoding {
    /// The name used in reports and in the mapping.
    pub const fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16Le => "utf-16le",
            Encoding::Utf16Be => "utf-16be",
            Encoding::Windows1252 => "windows-1252",
        }
    }

    /// How many bytes of a file a text takes that was decoded from it. What could not be decoded took
    /// a whole unit, unless it was the file's last byte.
    pub(super) fn bytes_of(self, text: &[u8]) -> u64 {
        let chars = || text.iter().filter(|b| !(0x80..0xc0).contains(*b)).count() as u64;
        match self {
            Encoding::Utf8 => text.len() as u64,
            Encoding::Windows1252 => chars(),
            Encoding::Utf16Le | Encoding::Utf16Be => {
                let pairs = text.iter().filter(|b| (0xf0..0xf8).contains(*b)).count() as u64;
                2 * (chars() + pairs)
            }
        }
    }

    /// The encoding that a byte order mark names, and the length of the mark.
    pub(super) fn of_mark(start: &[u8]) -> Option<(Encoding, usize)> {
        match start {
            [0xef, 0xbb, 0xbf, ..] => Some((Encoding::Utf8, 3)),
            [0xff, 0xfe, ..] => Some((Encoding::Utf16Le, 2)),
            [0xfe, 0xff, ..] => Some((Encoding::Utf16Be, 2)),
            _ => None,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Decodes a stream piece by piece; what a piece splits waits for the next one.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    odd_byte: Option<u8>,
    high_surrogate: Option<u16>,
}

impl Decoder {
    /// Appends the text of `piece` to `out`.
    pub fn decode(&mut self, encoding: Encoding, piece: &[u8], out: &mut Vec<u8>) {
        match encoding {
            Encoding::Utf8 => out.extend_from_slice(piece),
            Encoding::Windows1252 => piece.iter().for_each(|b| push_windows_1252(*b, out)),
            Encoding::Utf16Le => self.decode_utf16(piece, u16::from_le_bytes, out),
            Encoding::Utf16Be => self.decode_utf16(piece, u16::from_be_bytes, out),
        }
    }

    /// Marks what the end of the stream leaves undecided.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.odd_byte.take().is_some() | self.high_surrogate.take().is_some() {
            out.push(UNDECODABLE);
        }
    }

    fn decode_utf16(&mut self, mut piece: &[u8], unit: fn([u8; 2]) -> u16, out: &mut Vec<u8>) {
        if let (Some(odd), Some((first, rest))) = (self.odd_byte, piece.split_first()) {
            self.odd_byte = None;
            self.push_unit(unit([odd, *first]), out);
            piece = rest;
        }
        let (pairs, odd) = piece.as_chunks::<2>();
        for pair in pairs {
            self.push_unit(unit(*pair), out);
        }
        if let Some(byte) = odd.first() {
            self.odd_byte = Some(*byte);
        }
    }

    fn push_unit(&mut self, unit: u16, out: &mut Vec<u8>) {
        if let Some(high) = self.high_surrogate.take() {
            if (0xdc00..0xe000).contains(&unit) {
                let code = 0x1_0000 + ((u32::from(high) - 0xd800) << 10) + (u32::from(unit) - 0xdc00);
                push_char(code, out);
                return;
            }
            out.push(UNDECODABLE);
        }
        match unit {
            0..0x80 => out.push(unit as u8),
            0xd800..0xdc00 => self.high_surrogate = Some(unit),
            _ => push_char(u32::from(unit), out),
        }
    }
}

fn push_char(code: u32, out: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.push(UNDECODABLE),
    }
}

/// The characters of 0x80 to 0x9f; the five that are not assigned are 0.
const WINDOWS_1252_HIGH: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
    0x0153, 0, 0x017e, 0x0178,
];

fn push_windows_1252(byte: u8, out: &mut Vec<u8>) {
    match byte {
        0..0x80 => out.push(byte),
        0x80..0xa0 => match WINDOWS_1252_HIGH[usize::from(byte) - 0x80] {
            0 => out.push(UNDECODABLE),
            code => push_char(u32::from(code), out),
        },
        _ => push_char(u32::from(byte), out),
    }
}

/// Whether Windows-1252 has a character for every byte.
pub(super) fn is_windows_1252(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| !(0x80..0xa0).contains(b) || WINDOWS_1252_HIGH[usize::from(*b) - 0x80] != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(encoding: Encoding, bytes: &[u8], piece: usize) -> Vec<u8> {
        let mut decoder = Decoder::default();
        let mut out = Vec::new();
        bytes.chunks(piece).for_each(|p| decoder.decode(encoding, p, &mut out));
        decoder.finish(&mut out);
        out
    }

    #[test]
    fn utf16_is_decoded_however_it_is_cut() {
        let text = "a,ø,€,😀\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for piece in 1..8 {
            assert_eq!(decoded(Encoding::Utf16Le, &little, piece), text.as_bytes(), "{piece}");
            assert_eq!(decoded(Encoding::Utf16Be, &big, piece), text.as_bytes(), "{piece}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_marked() {
        assert_eq!(decoded(Encoding::Utf16Le, &[0x61, 0, 0x62], 8), b"a\xff");
        assert_eq!(decoded(Encoding::Utf16Le, &[0x00, 0xd8, 0x61, 0], 8), b"\xffa");
        assert_eq!(decoded(Encoding::Utf16Le, &[0x00, 0xdc], 8), b"\xff");
        assert_eq!(decoded(Encoding::Windows1252, &[b'a', 0x81], 8), b"a\xff");
    }

    #[test]
    fn a_text_tells_the_bytes_it_was_read_from() {
        let text = "a,ø,€,😀\r\n";
        assert_eq!(Encoding::Utf8.bytes_of(text.as_bytes()), text.len() as u64);
        assert_eq!(Encoding::Utf16Be.bytes_of(text.as_bytes()), 2 * text.encode_utf16().count() as u64);
        for (encoding, bytes) in [
            (Encoding::Windows1252, &b"\x80 \xf8 \x99 \x81"[..]),
            (Encoding::Utf16Le, &[0x00, 0xd8, 0x61, 0, 0x00, 0xdc]),
        ] {
            assert_eq!(encoding.bytes_of(&decoded(encoding, bytes, 8)), bytes.len() as u64, "{encoding}");
        }
    }

    #[test]
    fn windows_1252_has_its_own_characters() {
        assert_eq!(decoded(Encoding::Windows1252, b"\x80 \xf8 \x99", 8), "€ ø ™".as_bytes());
        assert!(is_windows_1252(b"\x80\xf8"));
        assert!(!is_windows_1252(b"\x81"));
    }
}
