//! How far is it? Bars on standard error, where that is a terminal, and nothing elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::generate;
use crate::ingest::Progress;
use crate::model::{SCHEMA, TableId};

const REDRAWS_PER_SECOND: u8 = 10;

fn bar(length: u64, template: &str) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND)
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template(template).expect("the template is one of those below");
    let bar = ProgressBar::with_draw_target(Some(length), target).with_style(style.progress_chars("━╸ "));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// The bytes of a load.
pub struct LoadBar {
    bar: ProgressBar,
    /// The position of the table being read, plus 1.
    table: AtomicUsize,
}

impl LoadBar {
    /// Nothing of so many bytes read.
    pub fn new(bytes: u64) -> Self {
        let template =
            "{msg:20} {bar:30} {bytes:>11} of {total_bytes:11} {binary_bytes_per_sec:>12}, {eta} left";
        LoadBar { bar: bar(bytes, template), table: AtomicUsize::new(0) }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for LoadBar {
    fn advance(&self, table: TableId, bytes: u64) {
        if self.table.swap(table.0 + 1, Ordering::Relaxed) != table.0 + 1 {
            self.bar.set_message(SCHEMA.get(table).name);
        }
        self.bar.inc(bytes);
        if self.bar.length().is_some_and(|length| self.bar.position() >= length) {
            self.bar.set_message("writing the store");
        }
    }
}

/// The tables of a generated export.
pub struct GenerateBar {
    bar: ProgressBar,
}

impl GenerateBar {
    /// Nothing generated yet.
    pub fn new() -> Self {
        GenerateBar { bar: bar(0, "{msg:20} {bar:30} {percent:>3} %, {elapsed}") }
    }

    /// Shows how far a table is.
    pub fn advance(&self, progress: &generate::Progress) {
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
        if self.bar.message() != progress.table {
            self.bar.set_message(progress.table);
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Default for GenerateBar {
    fn default() -> Self {
        Self::new()
    }
}
