//! What ends the reading of a table, and what can the user do about it?

use std::io;
use std::path::{Path, PathBuf};

use super::header::HeaderFault;

/// A load that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The system could not read a file.
    #[error("cannot read {}: {source}", shown_path(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is not loaded as it is.
    #[error("{} is refused: {refusal}", shown_path(path))]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        refusal: Refusal,
    },
    /// The mapping does not say what it means.
    #[error("mapping: {0}")]
    Mapping(String),
    /// Day and month cannot be told apart.
    #[error(
        "{table}: the dates of this load do not tell day and month apart ({} line {line}: {column} '{}'); \
         say date_order = \"day_first\" or \"month_first\" under [{table}] in the mapping",
        shown_path(path),
        shown(value)
    )]
    DateOrder {
        /// The table.
        table: &'static str,
        /// The file of the example.
        path: PathBuf,
        /// Its line.
        line: u64,
        /// Its column.
        column: &'static str,
        /// The example.
        value: String,
    },
    /// More than there are numbers for.
    #[error("{table}: this load would bring it past {limit} {what}, the most that a store can tell apart")]
    TooMany {
        /// The table.
        table: &'static str,
        /// Ids or rows.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The consumer of the blocks gave up.
    #[error(transparent)]
    Sink(Box<dyn std::error::Error + Send + Sync>),
}

impl IngestError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> IngestError {
        move |source| IngestError::Io { path: path.to_path_buf(), source }
    }
}

/// Why a file is not loaded as it is.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// A folder, pipe or device.
    #[error("it is a folder, pipe or device, not a file; export the table to a file")]
    NotAFile,
    /// No byte.
    #[error("it is empty; an export has at least a header line")]
    Empty,
    /// No line with text.
    #[error("it holds only blank lines; an export has at least a header line")]
    OnlyBlankLines,
    /// The mapping passes over every line.
    #[error("nothing is left of it behind the {0} lines that skip passes over; correct skip in the mapping")]
    AllSkipped(u64),
    /// Not text.
    #[error("it is not text: {what} at byte {byte_offset}; export the table as CSV")]
    Binary {
        /// What it looks like.
        what: &'static str,
        /// Where.
        byte_offset: u64,
    },
    /// UTF-16 that does not say so.
    #[error("it looks like UTF-16 without a byte order mark; say encoding = \"{0}\" in the mapping")]
    Utf16WithoutMark(&'static str),
    /// The file was written to while it was read.
    #[error("it changed while it was read; load it again when its export has ended")]
    Changed,
    /// The name says gzip and the content does not.
    #[error("its name ends in .gz and it is not gzip data; take .gz off its name, or compress it again")]
    NotGzip,
    /// The end of a compressed file is missing.
    #[error("its gzip data ends early; copy it again")]
    GzipTruncated,
    /// A compressed file is damaged.
    #[error("its gzip data is damaged ({0}); copy it again")]
    GzipDamaged(String),
    /// A compressed file that expands without end.
    #[error("it expands more than {ratio} times, to over {bytes} bytes; unpack it yourself if that is right")]
    Expansion {
        /// The ratio allowed.
        ratio: u64,
        /// The bytes it had expanded to.
        bytes: u64,
    },
    /// The header line has no end.
    #[error("its first line does not end within {0} bytes")]
    HeaderTooLong(usize),
    /// The header line is not UTF-8.
    #[error(
        "its header is not UTF-8; if the file is Windows-1252, say encoding = \"windows-1252\" in the mapping"
    )]
    HeaderNotUtf8,
    /// A quoted header is never closed.
    #[error("a quote in its header line is never closed")]
    HeaderQuote,
    /// The header does not fit the table.
    #[error(transparent)]
    Header(#[from] HeaderFault),
    /// A second header that gives the columns another order.
    #[error("line {line} holds another header, with its columns in another order; split the file there")]
    SecondHeader {
        /// The line.
        line: u64,
    },
    /// A quoted field goes on over very many lines.
    #[error(
        "the quoted field that opens on line {line} runs over more than 4 MiB of lines; close its quote or \
         shorten it"
    )]
    QuotedLines {
        /// The line of the quote.
        line: u64,
    },
    /// A quote swallows the rest of the file.
    #[error("the quote that opens on line {line} is never closed; close it or leave it out")]
    UnterminatedQuote {
        /// The line of the quote.
        line: u64,
    },
}

/// A text of the user's as it may stand in a message: short, and without control characters.
pub(super) fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut out: String = text
        .chars()
        .take(CHARS_MAX)
        .flat_map(|c| {
            let escaped: String = if c.is_control() { c.escape_default().collect() } else { c.to_string() };
            escaped.chars().collect::<Vec<_>>()
        })
        .collect();
    if text.chars().nth(CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}

pub(super) fn shown_path(path: &Path) -> String {
    let text = path.display().to_string();
    if text.chars().any(char::is_control) { shown(&text) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_cannot_steer_the_terminal() {
        assert_eq!(shown("a\u{1b}[31mb\n"), "a\\u{1b}[31mb\\n");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), 81);
        let error = IngestError::Refused { path: "a\u{7}.csv".into(), refusal: Refusal::Empty };
        assert!(error.to_string().starts_with("a\\u{7}.csv is refused: it is empty"));
    }
}
