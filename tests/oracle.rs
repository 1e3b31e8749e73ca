//! Does the reference itself answer everything that it may be asked?

mod generate;
mod reference;

use generate::requests::request;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_has_an_answer(
        data in generate::data::dataset(false),
        seeds in vec(any::<u64>(), 40..=60),
    ) {
        for seed in seeds {
            if let Some(request) = request(seed, &data) {
                let answer = reference::answer(&data, &request);
                prop_assert!(answer.rows.iter().all(|row| row.len() == answer.columns.len()));
            }
        }
    }
}
