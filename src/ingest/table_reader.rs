//! How is one table's whole load read? Files one behind the other, a window of blocks at a time: while
//! the cells of one window are read, the next is read from disk and the one before is handed over. The
//! blocks leave in order.

use std::path::PathBuf;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::blocks::RawBlock;
use super::cells::decimal::DecimalSign;
use super::column::{Block, Notes};
use super::discover::SourceFile;
use super::error::{IngestError, Refusal};
use super::feed::{Feed, FileReport, FileStart, Progress, Work};
use super::infer::{Observed, observe};
use super::parse::{Parsed, parse_block};
use super::plan::{Decisions, FilePlan, TablePlan};
use super::settings::{DateOrder, Settings};
use super::targets::Targets;
use crate::model::TableId;

/// What is known of a table's exports from earlier loads, and kept for later ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conventions {
    /// The order of day and month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
}

/// What a table's load yields, in this order for each file.
#[derive(Debug)]
pub enum Event {
    /// A file begins.
    FileStart(FileStart),
    /// Rows of the file.
    Block(Block),
    /// The file has ended, and was whole.
    FileEnd(FileReport),
    /// A file, or the load as it is, is refused: nothing of the table must be kept. The reading goes
    /// on, for what else is wrong.
    Refused(IngestError),
}

/// What was read of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOutcome {
    /// What is known of the exports now.
    pub conventions: Conventions,
    /// In the order of the files given.
    pub files: Vec<FileReport>,
    /// What was noticed, in all files.
    pub notes: Notes,
}

/// Reads the files of a table, in the order given, and hands what they hold to `sink`.
///
/// What is wrong with a file ends the reading of that file; an error of the sink ends that of the table.
pub fn read_table(
    table: TableId,
    files: &[SourceFile],
    settings: &Settings,
    targets: &Targets<'_>,
    known: Conventions,
    progress: &dyn Progress,
    sink: &mut (dyn FnMut(Event) -> Result<(), IngestError> + Send),
) -> Result<TableOutcome, IngestError> {
    let plan = TablePlan::new(table, settings, targets);
    let mut reading = Reading {
        plan: &plan,
        files,
        decisions: Decisions::new(plan.table, settings, known.date_order),
        counts: Counts::default(),
        given_up: None,
        outcome: TableOutcome { conventions: known, files: Vec::new(), notes: Notes::default() },
    };
    let mut feed = Feed::new(&plan, files, progress);
    let mut window = feed.window();
    let mut events = Vec::new();
    while !window.is_empty() {
        let hand_over = || events.drain(..).try_for_each(&mut *sink);
        let parse = || parse_window(&plan, &reading.decisions, &window);
        let (next, (handed_over, parsed)) = rayon::join(|| feed.window(), || rayon::join(hand_over, parse));
        handed_over?;
        reading.settle(std::mem::replace(&mut window, next), parsed, &mut events);
    }
    events.drain(..).try_for_each(sink)?;
    reading.outcome.conventions = Conventions { date_order: reading.decisions.date_order };
    Ok(reading.outcome)
}

/// What the windows read so far have told.
struct Reading<'a> {
    plan: &'a TablePlan<'a>,
    files: &'a [SourceFile],
    decisions: Decisions,
    counts: Counts,
    /// The file that turned out to be none while its rows were read.
    given_up: Option<usize>,
    outcome: TableOutcome,
}

impl Reading<'_> {
    /// Turns a window into events, in order, and learns from it for the next one.
    fn settle(&mut self, window: Vec<Work>, mut parsed: Vec<Option<Parsed>>, events: &mut Vec<Event>) {
        if parsed.iter().flatten().any(|p| p.undecided) {
            match ask_whole_load(self.plan, self.files, self.decisions.clone()) {
                Ok(settled) => self.decisions = settled,
                Err(error) => {
                    events.push(Event::Refused(error));
                    // Any order does for finding what else is wrong.
                    self.decisions.settled = true;
                    self.decisions.date_order = Some(DateOrder::DayFirst);
                }
            }
            parsed = parse_window(self.plan, &self.decisions, &window);
        }
        for (work, parsed) in window.into_iter().zip(parsed) {
            match (work, parsed) {
                (Work::Rows(file, _), _) if self.given_up == Some(file.file) => {}
                (Work::End(report), _) if self.given_up == Some(report.start.file) => {}
                (Work::Start(start), _) => {
                    self.counts = Counts::default();
                    events.push(Event::FileStart(start));
                }
                (Work::Rows(file, _), Some(parsed)) => {
                    if let Some(line) = parsed.second_header {
                        let path = self.files[file.file].path.clone();
                        let refusal = Refusal::SecondHeader { line };
                        events.push(Event::Refused(IngestError::Refused { path, refusal }));
                        self.given_up = Some(file.file);
                        continue;
                    }
                    for (sign, point) in self.decisions.decimal_signs.iter_mut().zip(&parsed.points) {
                        if *point && *sign == DecimalSign::Undecided {
                            *sign = DecimalSign::Point;
                        }
                    }
                    self.counts.add(&parsed.block);
                    self.outcome.notes.add(&parsed.block.notes);
                    events.push(Event::Block(parsed.block));
                }
                (Work::Refused(error), _) => events.push(Event::Refused(error)),
                (Work::Rows(..), None) => unreachable!("every block of a window is read"),
                (Work::End(mut report), _) => {
                    let counts = &self.counts;
                    (report.read, report.rows, report.faults) = (counts.read, counts.rows, counts.faults);
                    self.outcome.files.push(report.clone());
                    events.push(Event::FileEnd(report));
                }
            }
        }
    }
}

fn parse_window(plan: &TablePlan<'_>, decisions: &Decisions, window: &[Work]) -> Vec<Option<Parsed>> {
    let parse = |work: &Work| match work {
        Work::Rows(file, raw) => Some(parse_block(plan, file, decisions, raw)),
        Work::Start(_) | Work::End(_) | Work::Refused(_) => None,
    };
    window.par_iter().with_max_len(1).map(parse).collect()
}

/// Reads all files once, only for what their values tell about dates and decimals.
fn ask_whole_load(
    plan: &TablePlan<'_>,
    files: &[SourceFile],
    known: Decisions,
) -> Result<Decisions, IngestError> {
    let mut seen = Observed::default();
    let mut feed = Feed::new(plan, files, &());
    loop {
        let window = feed.window();
        if window.is_empty() {
            let paths: Vec<PathBuf> = files.iter().map(|f| f.path.clone()).collect();
            return seen.decide(plan, known, &paths);
        }
        let blocks: Vec<(&FilePlan, &RawBlock)> = window.iter().filter_map(Work::rows).collect();
        seen.add(observe(plan, &known, &blocks));
    }
}

#[derive(Default)]
struct Counts {
    read: u64,
    rows: u64,
    faults: u64,
}

impl Counts {
    fn add(&mut self, block: &Block) {
        self.read += block.read;
        self.rows += block.rows as u64;
        self.faults += block.faults.len() as u64;
    }
}
