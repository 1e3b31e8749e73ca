//! Does a case panic or never end? Panics are recorded with their place, a hang ends the tests.

use std::collections::BTreeMap;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// Longer than any case takes on a busy machine.
const TOO_LONG: Duration = Duration::from_secs(60);

static RUNNING: Mutex<BTreeMap<String, (Instant, String)>> = Mutex::new(BTreeMap::new());
static PLACES: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());

fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the watch over hangs, and keeps the places of panics instead of printing each.
pub fn start() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        held(&PLACES)
            .push((thread::current().id(), format!("{place}: {}", info.payload_as_str().unwrap_or(""))));
    }));
    thread::spawn(|| {
        loop {
            thread::sleep(Duration::from_secs(1));
            if let Some((_, case)) = held(&RUNNING).values().find(|(since, _)| since.elapsed() > TOO_LONG) {
                // The thread that hangs cannot be ended, so that no test can report it.
                let _ = writeln!(std::io::stderr(), "this case does not end: {case}");
                std::process::exit(1);
            }
        }
    });
}

/// Runs a part of a case; where it panics is the error.
pub fn watched<T>(case: &str, run: impl FnOnce() -> T) -> Result<T, String> {
    let me = format!("{:?}", thread::current().id());
    held(&RUNNING).insert(me.clone(), (Instant::now(), case.to_owned()));
    let done = catch_unwind(AssertUnwindSafe(run));
    held(&RUNNING).remove(&me);
    done.map_err(|_| {
        // A panic of a pool's thread is handed on: its place is that of the last one of any thread.
        let places = held(&PLACES);
        let own = places.iter().rev().find(|(id, _)| *id == thread::current().id());
        own.or(places.last()).map_or("nowhere".into(), |(_, place)| place.clone())
    })
}
