//! How is a file cut into blocks that can be read side by side? Each ends with a record, knows its
//! first line, and is small, whatever the file holds.

use std::sync::Arc;

use super::error::{IngestError, Refusal};
use super::fault::RAW_BYTES_MAX;
use super::records::{RECORD_BYTES_MAX, count_lines, record_ends};
use super::source::Source;

/// The text that is read before it is cut.
pub(super) const BLOCK_BYTES: usize = 4 << 20;

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Whole records.
    Records,
    /// The start of one record that is too long.
    TooLong,
    /// The lines from the record on in which a quote opens that is never closed.
    Unterminated { quote_line: u64 },
}

/// A stretch of a file's text.
#[derive(Debug)]
pub(super) struct RawBlock {
    /// Shared with the cells that lie in it.
    pub bytes: Arc<Vec<u8>>,
    /// Where it begins in the file, unpacked when it is compressed.
    pub byte_offset: u64,
    /// Its first line, from 1.
    pub first_line: u64,
    /// Its line ends, also those in quoted fields.
    pub lines: u64,
    pub holds: Holds,
}

/// Cuts one file.
pub(super) struct Blocks {
    source: Source,
    buffer: Vec<u8>,
    ended: bool,
    byte_offset: u64,
    line: u64,
    delimiter: u8,
    block_bytes: usize,
}

impl Blocks {
    /// Reads the first stretch, in which the header is looked for.
    pub fn open(source: Source) -> Result<Blocks, IngestError> {
        Blocks::with_size(source, BLOCK_BYTES)
    }

    fn with_size(mut source: Source, block_bytes: usize) -> Result<Blocks, IngestError> {
        let mut buffer = Vec::new();
        let ended = source.fill(&mut buffer, block_bytes)?;
        let byte_offset = source.text_offset();
        Ok(Blocks { source, buffer, ended, byte_offset, line: 1, delimiter: b',', block_bytes })
    }

    /// The text read so far, and whether it is all.
    pub fn head(&self) -> (&[u8], bool) {
        (&self.buffer, self.ended)
    }

    /// The file.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Passes over the header.
    pub fn begin(&mut self, delimiter: u8, header_bytes: usize) {
        self.delimiter = delimiter;
        self.take(header_bytes);
    }

    /// The next block, in file order.
    pub fn next(&mut self) -> Result<Option<RawBlock>, IngestError> {
        if !self.ended && self.buffer.len() < self.block_bytes {
            self.fill()?;
        }
        loop {
            if self.buffer.is_empty() && self.ended {
                return Ok(None);
            }
            let ends = record_ends(&self.buffer, self.delimiter, self.ended);
            if ends.end > 0 && (!self.ended || ends.open_quote.is_some()) {
                return Ok(Some(self.block(ends.end, Holds::Records)));
            }
            if self.ended {
                let Some(quote) = ends.open_quote else {
                    return Ok(Some(self.block(self.buffer.len(), Holds::Records)));
                };
                let quote_line = self.line + count_lines(&self.buffer[..quote]);
                if self.buffer.len() > RECORD_BYTES_MAX {
                    return Err(self.refused(Refusal::UnterminatedQuote { line: quote_line }));
                }
                return Ok(Some(self.block(self.buffer.len(), Holds::Unterminated { quote_line })));
            }
            if self.buffer.len() > RECORD_BYTES_MAX {
                return self.skip_record().map(Some);
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Result<(), IngestError> {
        self.ended = self.source.fill(&mut self.buffer, self.block_bytes)?;
        Ok(())
    }

    fn block(&mut self, len: usize, holds: Holds) -> RawBlock {
        let (byte_offset, first_line) = (self.byte_offset, self.line);
        let bytes = self.take(len);
        RawBlock { bytes: Arc::new(bytes), byte_offset, first_line, lines: self.line - first_line, holds }
    }

    /// Takes bytes off the buffer, counting their lines.
    fn take(&mut self, len: usize) -> Vec<u8> {
        let rest = self.buffer[len..].to_vec();
        let mut bytes = std::mem::replace(&mut self.buffer, rest);
        bytes.truncate(len);
        self.byte_offset += self.source.encoding().bytes_of(&bytes);
        self.line += count_lines(&bytes);
        bytes
    }

    /// Reads past a record that is longer than a record may be, keeping only its start.
    fn skip_record(&mut self) -> Result<RawBlock, IngestError> {
        let (byte_offset, first_line) = (self.byte_offset, self.line);
        let bytes = self.buffer[..self.buffer.len().min(RAW_BYTES_MAX)].to_vec();
        let mut walk = Walk::new(self.delimiter);
        loop {
            let end = walk.find_end(&self.buffer);
            self.byte_offset += self.source.encoding().bytes_of(&self.buffer[..end]);
            let found = end < self.buffer.len() || (self.ended && !walk.in_quotes());
            self.buffer.drain(..end);
            // Lines inside so long a field are most likely rows that a misplaced quote swallowed.
            if walk.swallowed_lines {
                return Err(self.refused(Refusal::QuotedLines { line: first_line + walk.quote_line }));
            }
            if found {
                self.line = first_line + walk.lines;
                let (bytes, lines) = (Arc::new(bytes), walk.lines);
                return Ok(RawBlock { bytes, byte_offset, first_line, lines, holds: Holds::TooLong });
            }
            if self.ended {
                return Err(self.refused(Refusal::UnterminatedQuote { line: first_line + walk.quote_line }));
            }
            self.fill()?;
        }
    }

    fn refused(&self, refusal: Refusal) -> IngestError {
        IngestError::Refused { path: self.source.path().to_path_buf(), refusal }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    FieldStart,
    Plain,
    Quoted,
    /// Behind a quote in a quoted field, which closes it or doubles.
    Quote,
    /// Behind the record's carriage return, which a line feed may follow.
    Return,
}

/// Follows one record byte by byte, over any number of pieces.
struct Walk {
    delimiter: u8,
    inside: Inside,
    lines: u64,
    quote_line: u64,
    /// A quoted field has a line end in it.
    swallowed_lines: bool,
    after_return: bool,
}

impl Walk {
    fn new(delimiter: u8) -> Walk {
        Walk {
            delimiter,
            inside: Inside::FieldStart,
            lines: 0,
            quote_line: 0,
            swallowed_lines: false,
            after_return: false,
        }
    }

    fn in_quotes(&self) -> bool {
        self.inside == Inside::Quoted
    }

    /// Where the record ends in this piece, behind its line end; the piece's length when it goes on.
    fn find_end(&mut self, piece: &[u8]) -> usize {
        for (at, b) in piece.iter().enumerate() {
            if self.inside == Inside::Return {
                return if *b == b'\n' { at + 1 } else { at };
            }
            match b {
                b'\r' => self.lines += 1,
                b'\n' if !self.after_return => self.lines += 1,
                _ => {}
            }
            self.after_return = *b == b'\r';
            self.swallowed_lines |= self.inside == Inside::Quoted && matches!(b, b'\r' | b'\n');
            self.inside = match (self.inside, b) {
                (Inside::Quoted, b'"') => Inside::Quote,
                (Inside::Quoted, _) | (Inside::Quote, b'"') => Inside::Quoted,
                (_, b'\n') => return at + 1,
                (_, b'\r') => Inside::Return,
                (_, b) if *b == self.delimiter => Inside::FieldStart,
                (Inside::FieldStart, b'"') => {
                    self.quote_line = self.lines;
                    Inside::Quoted
                }
                _ => Inside::Plain,
            };
        }
        piece.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::encoding::Encoding;

    fn blocks(text: &[u8], block_bytes: usize) -> Result<Vec<RawBlock>, IngestError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        let mut blocks = Blocks::with_size(Source::open(&path, false, Encoding::Utf8)?, block_bytes)?;
        let mut out = Vec::new();
        while let Some(block) = blocks.next()? {
            assert!(block.bytes.len() <= RECORD_BYTES_MAX + 2 * block_bytes, "{}", block.bytes.len());
            out.push(block);
        }
        Ok(out)
    }

    #[test]
    fn blocks_hold_every_byte_and_know_their_lines() {
        let text: String = (0..2000).map(|i| format!("{i},\"a\nb\",{}\r\n", "x".repeat(i % 50))).collect();
        for size in [1, 100, 1000, 1 << 20] {
            let blocks = blocks(text.as_bytes(), size).unwrap();
            let mut at = 0;
            for block in &blocks {
                assert_eq!(block.byte_offset, at);
                assert_eq!(block.first_line, 1 + text[..at as usize].matches('\n').count() as u64);
                assert!(block.bytes.ends_with(b"\r\n"));
                at += block.bytes.len() as u64;
            }
            assert_eq!(blocks.iter().flat_map(|b| b.bytes.to_vec()).collect::<Vec<_>>(), text.as_bytes());
            assert!(blocks.len() > 1 || size == 1 << 20);
        }
    }

    #[test]
    fn a_record_without_end_is_cut_short_and_passed_over() {
        for line_end in ["\n", "\r\n", "\r"] {
            for quote in ["", "\""] {
                let long = format!("{quote}{}{quote}", "x".repeat(3 * RECORD_BYTES_MAX));
                let text = ["a,b", &format!("1,{long}"), "c,d"].join(line_end) + line_end;
                let blocks = blocks(text.as_bytes(), 64 << 10).unwrap();
                let kinds: Vec<_> = blocks.iter().map(|b| (b.holds, b.first_line)).collect();
                assert_eq!(kinds, [(Holds::Records, 1), (Holds::TooLong, 2), (Holds::Records, 3)]);
                assert!(blocks[1].bytes.len() <= RAW_BYTES_MAX);
                assert_eq!(*blocks[2].bytes, format!("c,d{line_end}").into_bytes());
            }
        }
    }

    #[test]
    fn a_quote_that_swallows_many_rows_refuses_the_file() {
        let text = format!("a,b\nx,\"y\n{}x,\"y\"\n", "1,2\n".repeat(2 << 20));
        let error = blocks(text.as_bytes(), 64 << 10).unwrap_err();
        let expected = Refusal::QuotedLines { line: 2 };
        assert!(matches!(error, IngestError::Refused { refusal, .. } if refusal == expected));
    }

    #[test]
    fn an_open_quote_is_found() {
        let text = "a,b\n1,2\nx,\"y\nz\n";
        let blocks = blocks(text.as_bytes(), 1000).unwrap();
        assert_eq!(blocks[0].holds, Holds::Records);
        assert_eq!(*blocks[0].bytes, b"a,b\n1,2\n");
        assert_eq!((blocks[1].holds, blocks[1].first_line), (Holds::Unterminated { quote_line: 3 }, 3));
    }

    #[test]
    fn an_open_quote_that_swallows_much_refuses_the_file() {
        let text = format!("a,b\nx,\"y\n{}", "1,2\n".repeat(2 << 20));
        for (size, expected) in
            [(64 << 10, Refusal::QuotedLines { line: 2 }), (32 << 20, Refusal::UnterminatedQuote { line: 2 })]
        {
            let error = blocks(text.as_bytes(), size).unwrap_err();
            assert!(matches!(error, IngestError::Refused { refusal, .. } if refusal == expected));
        }
    }
}
