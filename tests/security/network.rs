//! A load and a query do not so much as try to reach a network; that no package could is held by
//! `tests/supply.rs`.

use std::fs;
use std::process::Command;

use super::Place;

#[test]
fn a_load_and_a_query_open_no_socket() {
    let place = Place::with(&[("users.csv", "user_id,registration_date\nU1,2024-01-05\n")]);
    let log = place.path("trace");
    let (store, exports) = (place.path("store"), place.path("exports"));
    for args in [vec!["load", exports.to_str().unwrap()], vec!["query", "signups", "--tz", "Europe/Oslo"]] {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-e", "trace=network,openat", "-o"]).arg(&log);
        command.arg(env!("CARGO_BIN_EXE_quipu")).args(&args).arg("--store").arg(&store);
        let output = match command.output() {
            Ok(output) if log.exists() => output,
            _ => return println!("skipped: there is no strace here that may trace"),
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = fs::read_to_string(&log).unwrap();
        assert!(text.contains("openat("), "the trace shows nothing");
        let calls: Vec<&str> =
            text.lines().filter(|line| !line.contains("openat(") && line.contains('(')).collect();
        assert!(calls.is_empty(), "{calls:?}");
    }
}
