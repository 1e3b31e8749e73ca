//! What do the fuzz targets share? A file of bytes, and the reading of one as an export.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use quipu::ingest::{
    Block, Conventions, Event, IngestError, Settings, SourceFile, TableOutcome, Targets, read_table,
};
use quipu::model::TableId;

/// A path of this process's own.
pub fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("quipu-fuzz-{}-{name}", std::process::id()))
}

/// A file with the given bytes; the next call with its name replaces it.
pub fn file(name: &'static str, bytes: &[u8]) -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    let path = PATH.get_or_init(|| scratch(name));
    std::fs::write(path, bytes).expect("the folder for temporary files takes a file");
    path
}

/// Reads bytes as an export of a table.
pub fn read(
    table: TableId,
    bytes: &[u8],
    settings: &Settings,
) -> Result<(TableOutcome, Vec<Block>), IngestError> {
    let path = file("export", bytes).to_path_buf();
    let source = SourceFile { path, table, compressed: false, bytes: bytes.len() as u64 };
    let mut blocks = Vec::new();
    let mut keep = |event| {
        match event {
            Event::Block(block) => blocks.push(block),
            // The one file there is.
            Event::Refused(error) => return Err(error),
            Event::FileStart(_) | Event::FileEnd(_) => {}
        }
        Ok(())
    };
    let outcome =
        read_table(table, &[source], settings, &Targets::default(), Conventions::default(), &(), &mut keep)?;
    Ok((outcome, blocks))
}
