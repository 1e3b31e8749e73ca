//! Is the reference itself right? Every KPI on a few rows whose figures were computed by hand, and
//! an answer for everything that may be asked. Nothing here needs the engine.

mod examples;
mod generate;
mod reference;

use generate::billing;
use generate::requests::request;
use proptest::collection::vec;
use proptest::prelude::*;
use reference::answer::Cell;
use reference::data::Model;
use reference::request::Request;

/// What the reference says, null shown as a dash.
fn answer(data: &impl Model, request: &Request) -> Vec<Vec<String>> {
    let shown = |cell: Cell| match cell {
        Cell::Null => "-".to_owned(),
        Cell::Int(number) => number.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => text,
    };
    let rows = reference::answer(data, request).rows.into_iter();
    rows.map(|row| row.into_iter().map(shown).collect()).collect()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_request_has_an_answer(
        data in generate::data::dataset(false),
        seeds in vec(any::<u64>().no_shrink(), 1..=60),
    ) {
        for request in seeds.into_iter().filter_map(|seed| request(seed, &data)) {
            prop_assert!(request.arguments().starts_with(&["query".to_owned()]));
            let answer = reference::answer(&data, &request);
            prop_assert!(answer.rows.iter().all(|row| row.len() == answer.columns.len()));
        }
    }

    #[test]
    fn every_request_about_billing_has_an_answer(
        data in generate::billing::data::dataset(),
        seeds in vec(any::<u64>().no_shrink(), 1..=60),
    ) {
        for request in seeds.into_iter().filter_map(|seed| billing::requests::request(seed, &data)) {
            prop_assert!(request.arguments().starts_with(&["query".to_owned()]));
            let answer = reference::answer(&data, &request);
            prop_assert!(answer.rows.iter().all(|row| row.len() == answer.columns.len()));
        }
    }
}
