//! What does a load leave behind when the system fails it at any call? `strace` makes each call fail,
//! or the process die there; then the store must hold the old snapshot or the new one, whole.
//!
//! `QUIPU_FAULTS_STRIDE=1` tries every call; without it every n-th is tried. Where there is no `strace`, or it
//! may not trace, the test says so and passes.

#![allow(clippy::print_stdout, reason = "a test that cannot run here says so")]

mod stage;
mod trace;

use std::fmt::Write;

use stage::{Stage, stages};
use trace::{CALLS, Call, Fault, Run, Tracer, limited};

/// Every so many calls of a kind are made to fail.
const STRIDE: usize = 7;

fn stride() -> usize {
    std::env::var("QUIPU_FAULTS_STRIDE").ok().and_then(|text| text.parse().ok()).unwrap_or(STRIDE)
}

/// What is wrong with the store and the exit status after a load that was disturbed; empty: nothing.
fn wrong(stage: &Stage, run: &Run) -> String {
    let mut wrong = String::new();
    let mut say = |text: String| writeln!(wrong, "  {text}").expect("memory takes every byte");
    if run.stderr.contains("panicked") {
        say("it panicked".into());
    }
    let found = stage.state();
    match &found {
        Ok(state) if *state == stage.new || *state == stage.old => {}
        Ok(state) => say(format!("the store holds {state:?}")),
        Err(error) => say(format!("the store cannot be read: {error}")),
    }
    let is_new = found.as_ref().is_ok_and(|state| *state == stage.new);
    match run.status {
        Some(0) if !is_new => say("it ended as done, and the new snapshot is not in force".into()),
        Some(status) if status != 0 && is_new => {
            say(format!("it ended with {status}, and the new snapshot is in force"));
        }
        Some(_) | None => {}
    }
    let (status, err) = stage.load();
    if status != 0 {
        say(format!("the next load ends with {status}: {err}"));
    } else if stage.state().as_ref() != Ok(&stage.new) {
        say(format!("the next load leaves {:?}", stage.state()));
    }
    wrong
}

/// Disturbs the load of a stage and notes what is wrong afterwards.
fn attempt(stage: &Stage, what: &str, disturb: impl FnOnce() -> Run, failures: &mut Vec<String>) {
    stage.reset();
    let run = disturb();
    let wrong = wrong(stage, &run);
    if !wrong.is_empty() {
        failures.push(format!(
            "{}, {what} (status {:?})\n{wrong}  {}",
            stage.name,
            run.status,
            run.stderr.trim()
        ));
    }
}

#[test]
fn a_failing_call_leaves_the_old_snapshot_or_the_new_one() {
    let Some(tracer) = Tracer::find() else { return };
    let stride = stride();
    let (mut failures, mut runs, mut disturbed) = (Vec::new(), 0, 0);
    for stage in stages() {
        stage.reset();
        let made = tracer.calls(&stage);
        for kind in CALLS {
            let calls: Vec<&Call> = made.iter().filter(|call| call.name == kind.name).collect();
            for (at, call) in calls.into_iter().enumerate() {
                for (which, fault) in kind.faults.iter().enumerate() {
                    // Strides begin at another call for each fault, so that few calls are never tried.
                    if (at + which) % stride != 0 {
                        continue;
                    }
                    let what = format!("{} {} {} at {}", fault.text(), call.name, call.path, call.number);
                    let mut hit = false;
                    attempt(
                        &stage,
                        &what,
                        || {
                            let run = tracer.with_fault(&stage, call, *fault);
                            hit = run.status != Some(0) || matches!(fault, Fault::Error("EINTR"));
                            run
                        },
                        &mut failures,
                    );
                    runs += 1;
                    disturbed += usize::from(hit);
                }
            }
        }
    }
    println!("{runs} loads disturbed");
    assert!(failures.is_empty(), "{} of {runs}:\n{}", failures.len(), failures.join("\n"));
    assert!(disturbed * 2 > runs, "only {disturbed} of {runs} faults were noticed: they miss the load");
}

#[test]
fn a_file_that_cannot_grow_leaves_the_old_snapshot() {
    let mut failures = Vec::new();
    for stage in stages() {
        // A write that reaches the limit is cut short there, and the next one fails.
        for kibibytes in 0..6 {
            attempt(
                &stage,
                &format!("files of {kibibytes} KiB"),
                || limited(&stage, kibibytes),
                &mut failures,
            );
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
