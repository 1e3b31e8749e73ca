//! Does every expression that parses print as one that parses to the same, and every other end in a
//! message with a mark inside the text?

#![no_main]

use libfuzzer_sys::fuzz_target;
use quipu::cli::caret;
use quipu::query::expr::parse;

fuzz_target!(|text: &str| {
    match parse(text) {
        Ok(expr) => {
            let printed = expr.to_string();
            let again = parse(&printed).unwrap_or_else(|e| panic!("{printed:?}: {e}"));
            assert_eq!(again.to_string(), printed);
        }
        Err(error) => {
            let range = error.span.range();
            assert!(range.start <= range.end && text.get(range.clone()).is_some(), "{range:?}: {error}");
            let shown = caret::render("--where", text, &error, false);
            assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
        }
    }
});
