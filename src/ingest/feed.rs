//! What is there to do in a window of a table's files? Each file begins, is cut into blocks and ends,
//! in the order given; a window ends where there is enough for all threads.

use std::path::PathBuf;
use std::sync::Arc;

use super::blocks::{BLOCK_BYTES, Blocks, RawBlock};
use super::dialect::{self, Dialect};
use super::discover::SourceFile;
use super::error::IngestError;
use super::header::Header;
use super::plan::{CellSource, FilePlan, TablePlan};
use super::source::Source;
use crate::model::{SCHEMA, TableId};

/// The blocks of a window for each thread: enough that none waits long for another at its end.
const BLOCKS_PER_THREAD: usize = 4;

/// The text of a window, however many threads there are.
const WINDOW_BYTES_MAX: usize = 64 << 20;

/// The files that may begin in one window.
const WINDOW_FILES_MAX: usize = 1024;

/// Is told how far the reading has come.
pub trait Progress: Sync {
    /// So many more bytes of the files on disk have been read.
    fn advance(&self, table: TableId, bytes: u64);
}

/// Tells nobody.
impl Progress for () {
    fn advance(&self, _: TableId, _: u64) {}
}

/// What is known of a file before its rows are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStart {
    /// Its position in the files given.
    pub file: usize,
    /// Where it is.
    pub path: PathBuf,
    /// Its table.
    pub table: TableId,
    /// How it is written.
    pub dialect: Dialect,
    /// Its headers and what they mean.
    pub header: Header,
    /// Columns that it does not have, by position.
    pub absent: Vec<usize>,
}

/// What was read of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// What was known before.
    pub start: FileStart,
    /// Its length in bytes on disk.
    pub bytes: u64,
    /// The xxh3-128 hash of those bytes.
    pub content_hash: u128,
    /// Records: rows and faults.
    pub read: u64,
    /// Records that are rows.
    pub rows: u64,
    /// Records that are faults.
    pub faults: u64,
}

impl FileReport {
    /// Whether the file has a header and no record: worth a warning.
    pub fn is_header_only(&self) -> bool {
        self.read == 0
    }

    /// The columns that the file has, by name.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> + '_ {
        let columns = SCHEMA.get(self.start.table).columns;
        (0..columns.len()).filter(|c| !self.start.absent.contains(c)).map(|c| columns[c].name)
    }

    /// The headers that mean no column.
    pub fn extra(&self) -> Vec<String> {
        self.start.header.extra()
    }

    /// The columns that the file does not have, by name.
    pub fn missing(&self) -> Vec<&'static str> {
        self.start.absent.iter().map(|c| SCHEMA.get(self.start.table).columns[*c].name).collect()
    }
}

/// What is to be done with a stretch of a file.
pub(super) enum Work {
    Start(FileStart),
    Rows(Arc<FilePlan>, RawBlock),
    End(FileReport),
    Refused(IngestError),
}

impl Work {
    pub fn rows(&self) -> Option<(&FilePlan, &RawBlock)> {
        match self {
            Work::Rows(file, raw) => Some((file, raw)),
            Work::Start(_) | Work::End(_) | Work::Refused(_) => None,
        }
    }
}

/// Reads files into windows of blocks.
pub(super) struct Feed<'a> {
    plan: &'a TablePlan<'a>,
    files: &'a [SourceFile],
    progress: &'a dyn Progress,
    next_file: usize,
    open: Option<OpenFile>,
}

struct OpenFile {
    blocks: Blocks,
    plan: Arc<FilePlan>,
    start: FileStart,
    told: u64,
}

impl<'a> Feed<'a> {
    pub fn new(plan: &'a TablePlan<'a>, files: &'a [SourceFile], progress: &'a dyn Progress) -> Self {
        Feed { plan, files, progress, next_file: 0, open: None }
    }

    /// The next blocks; empty when all files have ended.
    pub fn window(&mut self) -> Vec<Work> {
        let wanted = (BLOCKS_PER_THREAD * rayon::current_num_threads() * BLOCK_BYTES).min(WINDOW_BYTES_MAX);
        let mut window = Vec::new();
        let mut bytes = 0;
        while bytes < wanted && window.len() < 3 * WINDOW_FILES_MAX {
            let Some(open) = &mut self.open else {
                let Some(file) = self.files.get(self.next_file) else { break };
                match open_file(self.plan, self.next_file, file) {
                    Ok(open) => {
                        window.push(Work::Start(open.start.clone()));
                        self.open = Some(open);
                    }
                    Err(error) => window.push(Work::Refused(error)),
                }
                self.next_file += 1;
                continue;
            };
            let block = open.blocks.next();
            let read = open.blocks.source().bytes_read();
            self.progress.advance(self.plan.id, read - open.told);
            open.told = read;
            match block {
                Ok(Some(raw)) => {
                    bytes += raw.bytes.len();
                    window.push(Work::Rows(Arc::clone(&open.plan), raw));
                }
                Ok(None) => {
                    window.push(Work::End(open.report()));
                    self.open = None;
                }
                Err(error) => {
                    window.push(Work::Refused(error));
                    self.open = None;
                }
            }
        }
        window
    }
}

impl OpenFile {
    fn report(&self) -> FileReport {
        let source = self.blocks.source();
        FileReport {
            start: self.start.clone(),
            bytes: source.bytes_read(),
            content_hash: source.hash(),
            read: 0,
            rows: 0,
            faults: 0,
        }
    }
}

fn open_file(plan: &TablePlan<'_>, position: usize, file: &SourceFile) -> Result<OpenFile, IngestError> {
    let refuse = |refusal| IngestError::Refused { path: file.path.clone(), refusal };
    let source = Source::open(&file.path, file.compressed, plan.settings.encoding)?;
    let mut blocks = Blocks::open(source)?;
    let (head, whole) = blocks.head();
    let found = dialect::detect(head, whole, plan.table, plan.settings).map_err(refuse)?;
    let dialect = Dialect {
        delimiter: found.delimiter.into(),
        encoding: blocks.source().encoding(),
        mark: blocks.source().has_mark(),
        line_end: found.line_end,
    };
    blocks.begin(found.delimiter, found.bytes);
    let file_plan = FilePlan::new(position, &dialect, &found.header, plan.table, plan.settings);
    let absent = (0..plan.table.columns.len()).filter(|c| file_plan.sources[*c] == CellSource::Absent);
    let start = FileStart {
        file: position,
        path: file.path.clone(),
        table: plan.id,
        dialect,
        absent: absent.collect(),
        header: found.header,
    };
    Ok(OpenFile { blocks, plan: Arc::new(file_plan), start, told: 0 })
}
