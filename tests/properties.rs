//! Law: on any dataset, the engine answers any request exactly as the naive reference does.
//!
//! `PROPTEST_CASES` sets the number of datasets. A failure is made smaller, and left behind as
//! export files with the command line that has the wrong answer.

mod generate;
mod reference;
mod support;

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use generate::billing;
use generate::requests::{request, simpler};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use reference::data::Model;
use reference::request::{RATES_FILE, Request};
use support::{Store, difference};

/// Datasets, each of which is asked up to this many questions: on average half of them.
const DATASETS: u32 = 160;
const REQUESTS: usize = 80;

const THREADS: [usize; 3] = [1, 2, 4];

#[test]
fn engine_answers_platform_questions_like_the_reference() {
    let questions =
        Questions { of: |seed, data| request(seed, data), simpler: |request, _| simpler(request) };
    hold_for(generate::data::dataset(false), &questions, "wrong-platform-answer");
}

#[test]
fn engine_answers_billing_questions_like_the_reference() {
    let questions = Questions { of: billing::requests::request, simpler: billing::requests::simpler };
    hold_for(generate::billing::data::dataset(), &questions, "wrong-billing-answer");
}

/// What can be asked of the datasets of a model.
struct Questions<M> {
    /// The question that a number stands for, if the data has an interval for it.
    of: fn(u64, &M) -> Option<Request>,
    simpler: fn(&Request, &M) -> Vec<Request>,
}

fn hold_for<M: Model>(datasets: impl Strategy<Value = M>, questions: &Questions<M>, folder: &str) {
    let cases = env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(DATASETS),
        max_shrink_iters: 400,
        // A failure prints what it takes to repeat it; the sources stay as they are.
        failure_persistence: None,
        ..Config::default()
    };
    let seeds = vec(any::<u64>().no_shrink(), 1..=REQUESTS);
    let result = TestRunner::new(config).run(&(datasets, seeds), |(data, seeds)| {
        let store = Store::with(&data);
        for seed in seeds {
            let threads = THREADS[(seed % 3) as usize];
            if let Some(request) = (questions.of)(seed, &data) {
                hold(&store, &data, &request, threads, questions)?;
            }
        }
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (data, _))) => {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
            // A folder of an earlier failure may be in the way, or there may be none.
            let _ = fs::remove_dir_all(&folder);
            data.write(&folder);
            if let Some(rates) = data.rates() {
                rates.write(&folder.join(RATES_FILE), &rates.rows);
            }
            panic!("{reason}\nthe exports are in {}", folder.display());
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// Fails with the simplest request that still has a wrong answer.
fn hold<M: Model>(
    store: &Store,
    data: &M,
    request: &Request,
    threads: usize,
    questions: &Questions<M>,
) -> Result<(), TestCaseError> {
    let Err(mut message) = check(store, data, request, threads) else {
        return Ok(());
    };
    let mut failing = request.clone();
    while let Some((simple, why)) = (questions.simpler)(&failing, data)
        .into_iter()
        .find_map(|simple| check(store, data, &simple, threads).err().map(|why| (simple, why)))
    {
        (failing, message) = (simple, why);
    }
    let line: Vec<String> = failing.arguments().iter().map(|word| quoted(word)).collect();
    let line = line.join(" ");
    Err(TestCaseError::fail(format!("quipu {line} --threads {threads}\n{message}")))
}

fn check(store: &Store, data: &impl Model, request: &Request, threads: usize) -> Result<(), String> {
    let asked = AssertUnwindSafe(|| store.query(request, threads));
    let found = catch_unwind(asked).map_err(|_| "the engine panics".to_owned())??;
    difference(&reference::answer(data, request), &found)
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.,=/".contains(letter);
    if word.chars().all(plain) { word.to_owned() } else { format!("{word:?}") }
}
