//! How long do the loops take that figures are made of, each alone, for a row? Each runs over fixed rows, in chunks as
//! a scan gives them, and its answer is compared once with one that is worked out in another way. Under `cargo test` there
//! are few rows.
//!
//! `--names` lists the kernels. `--count NAME` runs one inside [`counted_kernel`], once, on one thread, and prints its rows:
//! `tools/counts` counts the instructions of that function.

mod cases;

use std::error::Error;
use std::io::Write;

use criterion::{Criterion, Throughput};

use cases::{KERNELS, Kernel};

/// Rows that are timed and counted.
const ROWS: usize = 1 << 20;
/// Rows under `cargo test`.
const ROWS_TESTED: usize = 20_000;

/// What is counted: a function of its own with a name of its own, so that callgrind finds where to begin and to end.
#[inline(never)]
fn counted_kernel(run: &mut dyn FnMut() -> u64) -> u64 {
    run()
}

/// Runs a kernel for callgrind, and prints how many rows it had.
fn count(name: &str) -> Result<(), Box<dyn Error>> {
    let (_, make) =
        KERNELS.iter().find(|kernel| kernel.0 == name).ok_or("no such kernel: --names lists them")?;
    // This thread does what others would be woken for: only its own instructions are counted.
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
    let mut kernel = make(ROWS);
    // What is set up at the first call is no cost of a row.
    let first = (kernel.run)();
    assert_eq!(counted_kernel(&mut kernel.run), first, "{name}: another run gives another answer");
    writeln!(std::io::stdout(), "{ROWS}")?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--count", name] => return count(name),
        ["--names"] => {
            let names: String = KERNELS.iter().map(|(name, _)| format!("{name}\n")).collect();
            return Ok(std::io::stdout().write_all(names.as_bytes())?);
        }
        _ => {}
    }
    let is_test = !args.iter().any(|arg| arg == "--bench") || args.iter().any(|arg| arg == "--test");
    let rows = if is_test { ROWS_TESTED } else { ROWS };
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("kernels");
    group.throughput(Throughput::Elements(rows as u64));
    for (name, make) in KERNELS {
        let Kernel { mut run, expected } = make(rows);
        assert_eq!(run(), expected(), "{name}");
        group.bench_function(*name, |b| b.iter(&mut run));
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
