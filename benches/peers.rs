//! How long does quipu take for a question, beside other engines? `tools/peers` feeds this program: each line of
//! standard input holds the arguments of `quipu query`, separated by tabs; each is answered to warm up and then
//! timed, from the request to its columns, and told as a line of JSON with its csv and the bytes of the store that it touches.
//! Without a store it only says how it is used.

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use quipu::cli::args::{Cli, Command};
use quipu::kpi::lookup::Lookups;
use quipu::query::bandwidth::bytes_per_s;
use quipu::query::{QueryResult, Request, answer};
use quipu::report;
use quipu::store::{Snapshot, keep_what_is_freed};
use serde_json::json;

/// Enough for no cache to hold it.
const BANDWIDTH_BYTES: usize = 1 << 29;

#[derive(Parser)]
struct Args {
    /// The store that is asked
    #[arg(long)]
    store: Option<PathBuf>,
    /// How often each question is timed, after once to warm up
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Measure instead how many bytes a plain sum reads in a second, on as many threads as a query uses
    #[arg(long)]
    bandwidth: bool,
    // cargo says these to every bench and test.
    #[arg(long, hide = true)]
    bench: bool,
    #[arg(long, hide = true)]
    test: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    keep_what_is_freed();
    let mut out = std::io::stdout().lock();
    if args.bandwidth {
        writeln!(out, "{}", json!({ "bytes_per_s": bytes_per_s(BANDWIDTH_BYTES, args.runs) }))?;
    } else if let Some(store) = &args.store {
        let store = store.canonicalize()?;
        let snapshot = Snapshot::open(&store)?;
        let lookups = Lookups::new(&snapshot);
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            let told = match touched(&lookups, &store, &line)
                .and_then(|bytes| Ok((bytes, timed(&lookups, &line, args.runs)?)))
            {
                Ok((bytes, (nanos, csv))) => json!({ "bytes_touched": bytes, "ns": nanos, "csv": csv }),
                Err(error) => json!({ "error": error.to_string() }),
            };
            writeln!(out, "{told}")?;
            out.flush()?;
        }
    } else {
        writeln!(
            out,
            "peers --store DIR < questions, a line each: the arguments of quipu query, tabs between"
        )?;
    }
    Ok(())
}

/// The time of each run, and the answer.
fn timed(lookups: &Lookups<'_>, line: &str, runs: usize) -> Result<(Vec<u128>, String), Box<dyn Error>> {
    let request = request(line)?;
    let csv = csv(&answer(lookups, &request)?.0);
    let mut nanos = Vec::with_capacity(runs);
    for _ in 0..runs {
        let started = Instant::now();
        let (again, _) = answer(lookups, &request)?;
        nanos.push(started.elapsed().as_nanos());
        assert_eq!(self::csv(&again), csv, "{line}: another run gives another answer");
    }
    Ok((nanos, csv))
}

fn csv(result: &QueryResult) -> String {
    report::csv::render_raw(result).data
}

/// How many bytes of the store's files a warm answer looks at, in whole pages: those that are marked as referenced
/// after all marks have been taken away. Nothing where the system does not tell.
fn touched(lookups: &Lookups<'_>, store: &Path, line: &str) -> Result<Option<u64>, Box<dyn Error>> {
    let request = request(line)?;
    answer(lookups, &request)?;
    if std::fs::write("/proc/self/clear_refs", "1").is_err() {
        return Ok(None);
    }
    answer(lookups, &request)?;
    Ok(referenced_bytes(store))
}

/// The pages with the mark, in all mappings of files below a folder.
fn referenced_bytes(folder: &Path) -> Option<u64> {
    let maps = std::fs::read_to_string("/proc/self/smaps").ok()?;
    let (mut bytes, mut counts) = (0, false);
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("Referenced:") if counts => bytes += words.next()?.parse::<u64>().ok()? * 1024,
            Some(first) if !first.ends_with(':') => {
                counts = line.find('/').is_some_and(|at| Path::new(&line[at..]).starts_with(folder));
            }
            _ => {}
        }
    }
    Some(bytes)
}

fn request(line: &str) -> Result<Request, Box<dyn Error>> {
    match Cli::try_parse_from(["quipu", "query"].into_iter().chain(line.split('\t')))?.command {
        Command::Query(query) => Ok(query.request()?),
        _ => unreachable!("the command is query"),
    }
}
