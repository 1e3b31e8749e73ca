//! Which kernels are there, over which rows, and what is the answer without them?
//!
//! Invariant: the same rows come out each time, on any machine.

use std::collections::{BTreeMap, BTreeSet};

use quipu::kpi::kernels::groups::Groups;
use quipu::kpi::kernels::interval::{peak, sort_instants};
use quipu::kpi::kernels::marks::Marks;
use quipu::kpi::kernels::quantile::quantile;
use quipu::kpi::kernels::running::Running;
use quipu::kpi::kernels::samples::Samples;
use quipu::kpi::kernels::totals::Totals;
use quipu::kpi::lookup::CodesById;
use quipu::store::views::Slice;
use quipu::store::{BitVec, Codes, Numbers, Selection};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Rows that a kernel is given at once, as a scan gives them.
const CHUNK: usize = 1 << 13;
/// Groups as plans are, and as companies are.
const FEW: u64 = 6;
const MANY: u64 = 200_000;
/// Ids that rows refer to.
const IDS: u64 = 200_000;

/// A kernel over its rows. Either function gives one number that stands for the whole answer.
pub struct Kernel {
    /// What is timed.
    pub run: Box<dyn FnMut() -> u64>,
    /// The same without the kernel.
    pub expected: Box<dyn Fn() -> u64>,
}

impl Kernel {
    fn new(run: impl FnMut() -> u64 + 'static, expected: impl Fn() -> u64 + 'static) -> Self {
        Kernel { run: Box::new(run), expected: Box::new(expected) }
    }
}

/// Makes a kernel for so many rows.
type Make = fn(usize) -> Kernel;

/// Each kernel by its name.
pub const KERNELS: &[(&str, Make)] = &[
    ("sum", |rows| totals(rows, 1)),
    ("grouped_sum_few", |rows| totals(rows, FEW)),
    ("grouped_sum_many", |rows| totals(rows, MANY)),
    ("distinct", |rows| distinct(rows, 1)),
    ("distinct_few", |rows| distinct(rows, FEW)),
    ("distinct_many", |rows| distinct(rows, MANY)),
    ("gather_and_group", gather_and_group),
    ("peaks", overlaps),
    ("quantile_few", |rows| quantiles(rows, FEW)),
    ("quantile_many", |rows| quantiles(rows, MANY)),
    ("running", running),
    ("read", read),
    ("stored_sum_few", stored_sum_few),
];

/// Random numbers below a limit, the same ones for the same seed.
fn numbers(rows: usize, below: u64, seed: u64) -> Vec<u64> {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    (0..rows).map(|_| random.next_u64() % below).collect()
}

fn ids(rows: usize, below: u64, seed: u64) -> Vec<u32> {
    numbers(rows, below, seed).into_iter().map(|id| id as u32).collect()
}

fn values(rows: usize, below: u64, seed: u64) -> Vec<i64> {
    numbers(rows, below, seed).into_iter().map(|value| value as i64).collect()
}

/// The groups of rows, as a scan tells them to a kernel.
fn chunked(groups: &[u32], count: u64) -> Vec<Groups> {
    let told = |chunk: &[u32]| if count == 1 { Groups::One } else { Groups::Each(chunk.to_vec()) };
    groups.chunks(CHUNK).map(told).collect()
}

/// Adds a figure of a group to the number that stands for an answer.
fn note(answer: &mut u64, group: u64, figure: u64) {
    *answer = answer.wrapping_add((group + 1).wrapping_mul(figure));
}

fn totals(rows: usize, groups: u64) -> Kernel {
    let (of, first, second) = (ids(rows, groups, 1), values(rows, 10_000, 2), values(rows, 1 << 40, 3));
    let chunks = chunked(&of, groups);
    let columns = (first.clone(), second.clone());
    let mut totals = Totals::<2>::new(groups);
    let run = move || {
        let parts = columns.0.chunks(CHUNK).zip(columns.1.chunks(CHUNK));
        for (groups, (first, second)) in chunks.iter().zip(parts) {
            totals.add(groups, first.len(), [first, second]);
        }
        let mut answer = 0;
        totals.finish(|group, rows, [first, second]| {
            note(&mut answer, group, rows + first as u64 + second as u64)
        });
        answer
    };
    Kernel::new(run, move || {
        let mut answer = 0;
        for (group, (first, second)) in of.iter().zip(first.iter().zip(&second)) {
            note(&mut answer, u64::from(*group), (1 + first + second) as u64);
        }
        answer
    })
}

fn distinct(rows: usize, groups: u64) -> Kernel {
    let (of, acting) = (ids(rows, groups, 4), ids(rows, IDS, 5));
    // Those who are not known were mentioned last.
    let is_known = |id: u32| u64::from(id) < IDS / 256 * 255;
    let known: &'static BitVec = Box::leak(Box::new((0..IDS as u32).map(is_known).collect()));
    let (chunks, users) = (chunked(&of, groups), acting.clone());
    let mut marks = Marks::new(groups, known);
    let run = move || {
        let (mut strangers, mut answer) = (0, 0);
        for (groups, ids) in chunks.iter().zip(users.chunks(CHUNK)) {
            strangers += marks.add(groups, ids).1;
        }
        marks.finish(|group, count| note(&mut answer, group, count));
        answer + strangers
    };
    Kernel::new(run, move || {
        let pairs = of.iter().copied().zip(acting.iter().copied());
        let strangers = acting.iter().filter(|id| !is_known(**id)).count() as u64;
        let mut answer = 0;
        let seen: BTreeSet<(u32, u32)> = pairs.filter(|pair| is_known(pair.1)).collect();
        seen.iter().for_each(|(group, _)| note(&mut answer, u64::from(*group), 1));
        answer + strangers
    })
}

/// Rows lead to users, users to groups.
fn gather_and_group(rows: usize) -> Kernel {
    let (acting, minutes) = (ids(rows, IDS, 6), values(rows, 200, 7));
    let plans = ids(IDS as usize, FEW, 8);
    let mut by_id = CodesById::with_limit(FEW, plans.len());
    by_id.extend(plans.iter().copied());
    let (users, summed) = (acting.clone(), minutes.clone());
    let mut totals = Totals::<1>::new(FEW);
    let run = move || {
        for (users, minutes) in users.chunks(CHUNK).zip(summed.chunks(CHUNK)) {
            totals.add(&Groups::Each(by_id.gather(users)), users.len(), [minutes]);
        }
        let mut answer = 0;
        totals.finish(|group, rows, [sum]| note(&mut answer, group, rows + sum as u64));
        answer
    };
    Kernel::new(run, move || {
        let mut answer = 0;
        for (user, minutes) in acting.iter().zip(&minutes) {
            note(&mut answer, u64::from(plans[*user as usize]), 1 + *minutes as u64);
        }
        answer
    })
}

/// Meetings of at most two hours over two years of days.
fn overlaps(rows: usize) -> Kernel {
    const SECOND: i64 = 1_000_000;
    const DAY: i64 = 86_400 * SECOND;
    const DAYS: i64 = 730;
    let mut starts: Vec<i64> = numbers(rows, (DAYS * DAY) as u64, 9).into_iter().map(|t| t as i64).collect();
    starts.sort_unstable();
    let ends: Vec<i64> =
        starts.iter().zip(values(rows, 7_200, 10)).map(|(start, s)| start + (s + 1) * SECOND).collect();
    let mut meetings = vec![(Vec::new(), Vec::new()); DAYS as usize + 1];
    starts.iter().for_each(|start| meetings[(start / DAY) as usize].0.push(*start));
    ends.iter().for_each(|end| meetings[(end / DAY) as usize].1.push(*end));
    meetings.truncate(DAYS as usize);
    let run = move || {
        let (mut answer, mut running) = (0, 0);
        for ((starts, ends), day) in meetings.iter().zip(0..) {
            let mut ends = ends.clone();
            sort_instants(&mut ends);
            note(&mut answer, day, peak(running, starts, &ends));
            running = running + starts.len() as u64 - ends.len() as u64;
        }
        answer
    };
    Kernel::new(run, move || {
        let mut changes: BTreeMap<i64, i64> = (0..DAYS).map(|day| (day * DAY, 0)).collect();
        starts.iter().for_each(|start| *changes.entry(*start).or_default() += 1);
        ends.iter().for_each(|end| *changes.entry(*end).or_default() -= 1);
        let mut most = vec![0; DAYS as usize + 1];
        let mut running = 0;
        for (time, change) in changes {
            running += change;
            let most = &mut most[(time / DAY) as usize];
            *most = running.max(*most);
        }
        let mut answer = 0;
        most[..DAYS as usize].iter().zip(0..).for_each(|(most, day)| note(&mut answer, day, *most as u64));
        answer
    })
}

fn quantiles(rows: usize, groups: u64) -> Kernel {
    let (of, minutes) = (ids(rows, groups, 11), values(rows, 300, 12));
    let (chunks, sampled) = (chunked(&of, groups), minutes.clone());
    let mut samples = Samples::new(groups);
    let run = move || {
        for (groups, minutes) in chunks.iter().zip(sampled.chunks(CHUNK)) {
            samples.add(groups, minutes, 0);
        }
        let mut answer = 0;
        samples.finish(|group, sorted| {
            let tenfold = |tenths| quantile(sorted, tenths).0 as u64;
            note(&mut answer, group, tenfold(5) + tenfold(9));
        });
        answer
    };
    Kernel::new(run, move || {
        let mut by_group: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
        of.iter().zip(&minutes).for_each(|(group, value)| by_group.entry(*group).or_default().push(*value));
        let mut answer = 0;
        for (group, mut values) in by_group {
            values.sort_unstable();
            // Ten values stand for each, and nine of ten steps lie between two.
            let steps = (values.len() - 1) * 10;
            let at = |step: usize| {
                let (low, high) = (values[step / 10], values[step.div_ceil(10)]);
                low * 10 + (high - low) * (step % 10) as i64
            };
            note(&mut answer, u64::from(group), (at(steps / 2) + at(steps / 10 * 9)) as u64);
        }
        answer
    })
}

fn running(rows: usize) -> Kernel {
    let (of, changes) = (ids(rows, MANY, 13), values(rows, 1_000, 14));
    let (groups, added) = (of.clone(), changes.clone());
    let run = move || {
        let mut balances = Running::<u64>::new(MANY);
        groups
            .iter()
            .zip(&added)
            .for_each(|(group, change)| *balances.at(u64::from(*group)) += *change as u64);
        let mut answer = 0;
        balances.each(|group, balance| note(&mut answer, group, balance));
        answer
    };
    Kernel::new(run, move || {
        let mut answer = 0;
        of.iter()
            .zip(&changes)
            .for_each(|(group, change)| note(&mut answer, u64::from(*group), *change as u64));
        answer
    })
}

/// The pieces of a column that a scan reads.
fn runs(rows: usize) -> impl Iterator<Item = Selection> {
    (0..rows).step_by(CHUNK).map(move |at| Selection::Run(at..rows.min(at + CHUNK)))
}

/// Numbers and codes as they are stored are made those of a figure.
fn read(rows: usize) -> Kernel {
    const CENTS: i64 = 100;
    let amounts = ids(rows, 1 << 30, 15);
    let codes: Vec<u16> = numbers(rows, 1 << 10, 16).into_iter().map(|code| code as u16).collect();
    let (stored, of) = (amounts.clone(), codes.clone());
    let run = move || {
        let numbers = Numbers { raw: Slice::U32(&stored), multiplier: CENTS, valid: None };
        let codes = Codes { raw: Slice::U16(&of) };
        let mut answer = 0u64;
        for rows in runs(stored.len()) {
            let pairs = numbers.read(&rows).into_iter().zip(codes.read(&rows));
            answer += pairs.map(|(number, code)| number as u64 + u64::from(code)).sum::<u64>();
        }
        answer
    };
    Kernel::new(run, move || {
        let pairs = amounts.iter().zip(&codes);
        pairs.map(|(amount, code)| u64::from(*amount) * CENTS as u64 + u64::from(*code)).sum()
    })
}

/// Amounts as they are stored are added up by type, of which some take money back.
fn stored_sum_few(rows: usize) -> Kernel {
    let (of, kinds) = (ids(rows, FEW, 17), ids(rows, 6, 18));
    let amounts: Vec<i32> =
        numbers(rows, 1 << 20, 19).into_iter().map(|amount| amount as i32 - 1000).collect();
    const TAKEN: [u8; 6] = [0, 0, 1, 0, 1, 0];
    let (stored, chunks) = (amounts.clone(), chunked(&of, FEW));
    let codes: Vec<u8> = kinds.iter().map(|kind| *kind as u8).collect();
    let mut totals = Totals::<1>::new(FEW);
    let run = move || {
        let amounts = Numbers { raw: Slice::I32(&stored), multiplier: 1, valid: None };
        let kinds = Codes { raw: Slice::U8(&codes) };
        for (groups, rows) in chunks.iter().zip(runs(stored.len())) {
            let taken = kinds.look_up(&rows, &TAKEN, 0);
            totals.add_stored(groups, &amounts, &rows, Some(&taken)).expect("few groups of 32 bits");
        }
        let mut answer = 0;
        totals.finish(|group, rows, [sum]| note(&mut answer, group, rows.wrapping_add(sum as u64)));
        answer
    };
    Kernel::new(run, move || {
        let mut answer = 0;
        for ((group, kind), amount) in of.iter().zip(&kinds).zip(&amounts) {
            let signed = if TAKEN[*kind as usize] == 1 { -amount.abs() } else { *amount };
            note(&mut answer, u64::from(*group), (1 + i64::from(signed)) as u64);
        }
        answer
    })
}
