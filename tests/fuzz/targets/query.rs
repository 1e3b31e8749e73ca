//! Does every query that can be typed end in the same answer on any number of threads, or in an error?
//! The lines are the arguments behind `quipu query`; the store holds the sample export.

#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use clap::Parser;
use libfuzzer_sys::fuzz_target;
use quipu::cli::args::{Cli, Command};
use quipu::query::request::Format;
use quipu::query::{QueryResult, execute};
use quipu::report;
use quipu::store::Snapshot;

static STORE: OnceLock<Snapshot> = OnceLock::new();

fn open() -> Snapshot {
    let folder = quipu_fuzz::scratch("store");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample");
    let args =
        ["quipu".as_ref(), "load".as_ref(), "--store".as_ref(), folder.as_os_str(), sample.as_os_str()];
    let mut err = Vec::new();
    let status = quipu::cli::run(&args, &mut Vec::new(), &mut err);
    assert_eq!(status, 0, "{}", String::from_utf8_lossy(&err));
    let snapshot = Snapshot::open(&folder).expect("it was written just now");
    // What is mapped stays readable, and nothing is left behind: this process ends without notice.
    snapshot.tables().for_each(|table| {
        table.chunks().expect("whole");
        table.segments.iter().for_each(|segment| _ = segment.open().expect("whole"));
    });
    snapshot
}

fuzz_target!(|text: &str| {
    let args = ["quipu", "query"].into_iter().chain(text.lines());
    let Ok(Cli { command: Command::Query(args) }) = Cli::try_parse_from(args) else { return };
    // Only the rates are read from a file, which is not this target's.
    if args.question.rates.is_some() {
        return;
    }
    let snapshot = STORE.get_or_init(open);
    let mut request = args.request().expect("it reads no file");
    let answer =
        |request: &_| -> Option<QueryResult> { execute(snapshot, request).ok().map(|(result, _)| result) };
    request.threads = Some(1);
    let one = answer(&request);
    request.threads = Some(2);
    let two = answer(&request);
    assert_eq!(one.is_some(), two.is_some());
    let (Some(one), Some(two)) = (one, two) else { return };
    for format in Format::EVERY {
        let shown = report::render(&one, format);
        assert_eq!(shown, report::render(&two, format));
        let steers = |c: char| c.is_control() && c != '\n';
        assert!(format == Format::Csv || !shown.data.contains(steers), "{:?}", shown.data);
        assert!(!shown.notes.contains(steers), "{:?}", shown.notes);
    }
});
