//! Does the engine say what was computed by hand? The examples that hold the reference, asked again.

mod examples;
mod generate;
mod reference;
mod support;

use reference::data::Model;
use reference::request::Request;
use support::Store;
use support::json::Json;

/// What the engine says, null shown as a dash.
fn answer(data: &impl Model, request: &Request) -> Vec<Vec<String>> {
    let shown = |cell: Json| match cell {
        Json::Null => "-".to_owned(),
        // A number that may have a fraction is written with one: `39.0`.
        Json::Number(digits) => digits.strip_suffix(".0").unwrap_or(&digits).to_owned(),
        Json::Text(text) => text,
        other => panic!("{other:?} is no cell"),
    };
    let rows = Store::with(data).figures(request).rows.into_iter();
    rows.map(|row| row.into_iter().map(shown).collect()).collect()
}
