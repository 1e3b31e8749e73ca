//! What text does a file hold? Its bytes are read once, in order: hashed and counted as they stand on
//! disk, then unpacked, then decoded.
//!
//! Invariant: a file is never mapped, and one that changes while it is read is refused.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::read::MultiGzDecoder;
use xxhash_rust::xxh3::Xxh3;

use super::encoding::{Decoder, Encoding};
use super::error::{IngestError, Refusal};

/// How many times a gzip file may expand.
const EXPANSION_MAX: u64 = 200;

/// Up to here a file may expand as it likes: a few repeated lines compress better than any cap.
const EXPANSION_FREE_BYTES: u64 = 32 << 20;

/// The piece in which raw bytes are read when they must be decoded.
const PIECE_BYTES: usize = 64 << 10;

/// The hash of a file's bytes as they stand on disk, by which the same content is known again.
///
/// # Errors
/// When it is not a regular file, or cannot be read.
pub fn content_hash(path: &Path) -> Result<u128, IngestError> {
    let (mut file, _) = open_regular(path)?;
    let mut hash = Xxh3::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hash.digest128()),
            Ok(n) => hash.update(&piece[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(IngestError::io(path)(e)),
        }
    }
}

/// Opens a file after a look at what it is: opening a pipe would wait for its writer, and opening a
/// device may do anything.
fn open_regular(path: &Path) -> Result<(File, Metadata), IngestError> {
    let refuse = || Err(IngestError::Refused { path: path.to_path_buf(), refusal: Refusal::NotAFile });
    if !std::fs::metadata(path).map_err(IngestError::io(path))?.is_file() {
        return refuse();
    }
    let file = File::open(path).map_err(IngestError::io(path))?;
    let meta = file.metadata().map_err(IngestError::io(path))?;
    if meta.is_file() { Ok((file, meta)) } else { refuse() }
}

/// Reads raw bytes, hashing and counting them.
struct Hashed {
    file: File,
    hash: Xxh3,
    bytes: u64,
}

impl Read for Hashed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(out)?;
        self.hash.update(&out[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
}

enum Input {
    Plain(Box<Hashed>),
    Gzip(Box<MultiGzDecoder<Hashed>>),
}

impl Input {
    fn hashed(&self) -> &Hashed {
        match self {
            Input::Plain(raw) => raw,
            Input::Gzip(gzip) => gzip.get_ref(),
        }
    }

    /// Appends up to `want` unpacked bytes; fewer only at the end.
    fn read(&mut self, want: u64, out: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Input::Plain(raw) => {
                // Straight into room that need not be cleared before.
                let before = out.len();
                let read = (&raw.file).take(want).read_to_end(out);
                raw.hash.update(&out[before..]);
                raw.bytes += (out.len() - before) as u64;
                read
            }
            Input::Gzip(gzip) => gzip.take(want).read_to_end(out),
        }
    }
}

/// A file's text.
pub(super) struct Source {
    path: PathBuf,
    input: Input,
    length: u64,
    modified: Option<SystemTime>,
    unpacked: u64,
    encoding: Encoding,
    marked: bool,
    decoder: Decoder,
    /// Bytes read to find the byte order mark, not yet decoded.
    head: Vec<u8>,
    ended: bool,
}

impl Source {
    /// Opens a file and finds its encoding; `assumed` holds when it has no byte order mark.
    pub fn open(path: &Path, compressed: bool, assumed: Encoding) -> Result<Source, IngestError> {
        let (file, meta) = open_regular(path)?;
        let refuse = |refusal| Err(IngestError::Refused { path: path.to_path_buf(), refusal });
        let raw = Hashed { file, hash: Xxh3::new(), bytes: 0 };
        let input = if compressed {
            Input::Gzip(Box::new(MultiGzDecoder::new(raw)))
        } else {
            Input::Plain(Box::new(raw))
        };
        let mut source = Source {
            path: path.to_path_buf(),
            input,
            length: meta.len(),
            modified: modified(&meta),
            unpacked: 0,
            encoding: assumed,
            marked: false,
            decoder: Decoder::default(),
            head: Vec::new(),
            ended: false,
        };
        let mut head = Vec::new();
        source.read_raw(&mut head, PIECE_BYTES)?;
        if head.is_empty() {
            return refuse(Refusal::Empty);
        }
        if let Some((encoding, mark)) = Encoding::of_mark(&head) {
            source.encoding = encoding;
            source.marked = true;
            head.drain(..mark);
        }
        if let Some(refusal) = not_text(&head, source.encoding) {
            return refuse(refusal);
        }
        source.head = head;
        Ok(source)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The encoding found.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether a byte order mark said so.
    pub fn has_mark(&self) -> bool {
        self.marked
    }

    /// Where the text begins: behind the byte order mark.
    pub fn text_offset(&self) -> u64 {
        if self.marked { self.encoding.bytes_of("\u{feff}".as_bytes()) } else { 0 }
    }

    /// Raw bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.input.hashed().bytes
    }

    /// The hash of the raw bytes read so far.
    pub fn hash(&self) -> u128 {
        self.input.hashed().hash.digest128()
    }

    /// Appends about `want` bytes of text; returns whether the text has ended.
    pub fn fill(&mut self, out: &mut Vec<u8>, want: usize) -> Result<bool, IngestError> {
        let target = out.len() + want;
        if !self.head.is_empty() {
            let head = std::mem::take(&mut self.head);
            self.decoder.decode(self.encoding, &head, out);
        }
        while !self.ended && out.len() < target {
            if self.encoding == Encoding::Utf8 {
                let missing = target - out.len();
                self.read_raw(out, missing)?;
            } else {
                let mut piece = Vec::new();
                self.read_raw(&mut piece, PIECE_BYTES)?;
                self.decoder.decode(self.encoding, &piece, out);
            }
        }
        if self.ended {
            self.decoder.finish(out);
        }
        Ok(self.ended)
    }

    /// Appends up to `want` unpacked bytes; fewer only at the end.
    fn read_raw(&mut self, out: &mut Vec<u8>, want: usize) -> Result<(), IngestError> {
        // One byte more than a plain file has left: reading less than that is its end.
        let want = match &self.input {
            Input::Plain(raw) => want.min(self.length.saturating_sub(raw.bytes) as usize + 1),
            Input::Gzip(_) => want,
        };
        let before = out.len();
        out.reserve(want);
        self.input.read(want as u64, out).map_err(|e| self.read_error(e))?;
        let n = out.len() - before;
        self.unpacked += n as u64;
        if self.bytes_read() > self.length {
            return Err(self.refused(Refusal::Changed));
        }
        if matches!(self.input, Input::Gzip(_)) {
            let allowed = EXPANSION_FREE_BYTES.max(self.bytes_read().saturating_mul(EXPANSION_MAX));
            if self.unpacked > allowed {
                return Err(self.refused(Refusal::Expansion { ratio: EXPANSION_MAX, bytes: allowed }));
            }
        }
        if n < want {
            self.ended = true;
            self.check_unchanged()?;
        }
        Ok(())
    }

    fn read_error(&self, error: io::Error) -> IngestError {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match (&self.input, error.kind()) {
            (Input::Gzip(_), InvalidInput | InvalidData | UnexpectedEof) if !self.starts_as_gzip() => {
                self.refused(Refusal::NotGzip)
            }
            (Input::Gzip(_), UnexpectedEof) => self.refused(Refusal::GzipTruncated),
            (Input::Gzip(_), InvalidInput | InvalidData) => {
                self.refused(Refusal::GzipDamaged(error.to_string()))
            }
            _ => IngestError::Io { path: self.path.clone(), source: error },
        }
    }

    fn starts_as_gzip(&self) -> bool {
        let mut start = [0; GZIP.len()];
        self.input.hashed().file.read_exact_at(&mut start, 0).is_ok() && start == *GZIP
    }

    fn check_unchanged(&self) -> Result<(), IngestError> {
        let raw = self.input.hashed();
        let meta = raw.file.metadata().map_err(IngestError::io(&self.path))?;
        let same = raw.bytes == self.length && meta.len() == self.length && modified(&meta) == self.modified;
        if same { Ok(()) } else { Err(self.refused(Refusal::Changed)) }
    }

    fn refused(&self, refusal: Refusal) -> IngestError {
        IngestError::Refused { path: self.path.clone(), refusal }
    }
}

fn modified(meta: &Metadata) -> Option<SystemTime> {
    meta.modified().ok()
}

/// What a gzip file begins with.
const GZIP: &[u8; 2] = b"\x1f\x8b";

/// What other kinds of file begin with.
const SIGNATURES: &[(&[u8], &str)] = &[
    (GZIP, "gzip data in a file whose name does not end in .gz"),
    (b"PK\x03\x04", "a zip file or workbook"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF-", "a PDF"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old workbook"),
    (b"\x89PNG", "an image"),
    (b"\x7fELF", "a program"),
];

fn not_text(head: &[u8], encoding: Encoding) -> Option<Refusal> {
    if matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
        return None;
    }
    if let Some((_, what)) = SIGNATURES.iter().find(|(bytes, _)| head.starts_with(bytes)) {
        return Some(Refusal::Binary { what, byte_offset: 0 });
    }
    let sample = &head[..head.len().min(8 << 10)];
    let nul_at = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    if sample.len() >= 8
        && (nul_at(0) == 0) != (nul_at(1) == 0)
        && nul_at(0).max(nul_at(1)) > sample.len() * 2 / 5
    {
        return Some(Refusal::Utf16WithoutMark(if nul_at(0) == 0 { "utf-16le" } else { "utf-16be" }));
    }
    // A single stray control byte is dirt in one row; many of them, or one in the header, are no text.
    let control = |b: &u8| matches!(b, 0..=8 | 14..=26 | 28..=31);
    let first = sample.iter().position(control)?;
    let in_header = sample[first] == 0 && !sample[..first].contains(&b'\n');
    let many = sample.iter().filter(|b| control(b)).count() > sample.len() / 50 + 15;
    (in_header || many).then_some(Refusal::Binary { what: "control bytes", byte_offset: first as u64 })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(bytes: &[u8], name: &str, encoding: Encoding) -> Result<(Vec<u8>, Source), IngestError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let mut source = Source::open(&path, name.ends_with(".gz"), encoding)?;
        let mut out = Vec::new();
        while !source.fill(&mut out, 1000)? {}
        assert_eq!(source.hash(), content_hash(&path).unwrap());
        assert_eq!(source.bytes_read(), bytes.len() as u64);
        Ok((out, source))
    }

    fn refusal(bytes: &[u8], name: &str) -> Refusal {
        match read(bytes, name, Encoding::Utf8) {
            Err(IngestError::Refused { refusal, .. }) => refusal,
            Err(other) => panic!("{other}"),
            Ok((text, _)) => panic!("read as {text:?}"),
        }
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn marks_are_taken_off_and_text_is_decoded() {
        assert_eq!(read(b"\xef\xbb\xbfa,b\n", "a.csv", Encoding::Windows1252).unwrap().0, b"a,b\n");
        let utf16: Vec<u8> = "\u{feff}a,ø\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (text, source) = read(&utf16, "a.csv", Encoding::Utf8).unwrap();
        assert_eq!(
            (text.as_slice(), source.encoding(), source.has_mark()),
            ("a,ø\n".as_bytes(), Encoding::Utf16Le, true)
        );
        assert_eq!(read(b"a,\xf8\n", "a.csv", Encoding::Windows1252).unwrap().0, "a,ø\n".as_bytes());
    }

    #[test]
    fn half_a_character_at_the_end_is_marked() {
        let utf16: Vec<u8> =
            "\u{feff}a,b\n".encode_utf16().flat_map(u16::to_le_bytes).chain([0x61]).collect();
        assert_eq!(read(&utf16, "a.csv", Encoding::Utf8).unwrap().0, b"a,b\n\xff");
    }

    #[test]
    fn every_gzip_member_is_read() {
        let both = [gzip(b"a,b\n"), gzip(b"1,2\n")].concat();
        assert_eq!(read(&both, "a.csv.gz", Encoding::Utf8).unwrap().0, b"a,b\n1,2\n");
    }

    #[test]
    fn damaged_gzip_is_refused() {
        let whole = gzip(&b"some text that is compressed\n".repeat(20));
        assert_eq!(refusal(&whole[..whole.len() - 4], "a.csv.gz"), Refusal::GzipTruncated);
        assert_eq!(refusal(&whole[..whole.len() / 2], "a.csv.gz"), Refusal::GzipTruncated);
        let mut crc = whole.clone();
        let at = crc.len() - 8;
        crc[at] ^= 1;
        assert!(matches!(refusal(&crc, "a.csv.gz"), Refusal::GzipDamaged(_)));
        assert_eq!(refusal(b"meeting_id,start_time\n1,2\n", "a.csv.gz"), Refusal::NotGzip);
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = gzip(&vec![b'a'; 40 << 20]);
        assert!(matches!(refusal(&bomb, "a.csv.gz"), Refusal::Expansion { ratio: 200, .. }));
        let small = gzip(&vec![b'a'; 1 << 20]);
        assert_eq!(read(&small, "a.csv.gz", Encoding::Utf8).unwrap().0.len(), 1 << 20);
    }

    #[test]
    fn what_is_not_text_is_refused_with_the_place() {
        assert_eq!(refusal(b"", "a.csv"), Refusal::Empty);
        assert_eq!(refusal(&gzip(b""), "a.csv.gz"), Refusal::Empty);
        assert!(matches!(refusal(&gzip(b"a"), "a.csv"), Refusal::Binary { byte_offset: 0, .. }));
        assert!(matches!(refusal(b"PK\x03\x04...", "a.csv"), Refusal::Binary { byte_offset: 0, .. }));
        assert!(matches!(refusal(b"id,na\0me\n", "a.csv"), Refusal::Binary { byte_offset: 5, .. }));
        let noise: Vec<u8> = (0..4000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert!(matches!(refusal(&[b"id,name\n".to_vec(), noise].concat(), "a.csv"), Refusal::Binary { .. }));
        let utf16: Vec<u8> = "id,name\n1,a\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(refusal(&utf16, "a.csv"), Refusal::Utf16WithoutMark("utf-16be"));
    }

    #[test]
    fn a_file_that_changes_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        type Change = fn(&File);
        let changes: [(Change, bool); 4] = [
            (|_| {}, true),
            (|file| file.set_len(300_000).unwrap(), false),
            (|file| file.set_len(100_000).unwrap(), false),
            (|file| file.set_modified(SystemTime::UNIX_EPOCH).unwrap(), false),
        ];
        for (at, (change, fine)) in changes.into_iter().enumerate() {
            std::fs::write(&path, vec![b'a'; 200_000]).unwrap();
            let mut source = Source::open(&path, false, Encoding::Utf8).unwrap();
            change(&File::options().write(true).open(&path).unwrap());
            let result = source.fill(&mut Vec::new(), 1 << 20);
            let refused = matches!(result, Err(IngestError::Refused { refusal: Refusal::Changed, .. }));
            assert_eq!((result.is_ok(), refused), (fine, !fine), "change {at}");
        }
    }

    #[test]
    fn a_folder_in_a_files_place_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let result = Source::open(folder.path(), false, Encoding::Utf8);
        assert!(matches!(result, Err(IngestError::Refused { refusal: Refusal::NotAFile, .. })));
    }
}
