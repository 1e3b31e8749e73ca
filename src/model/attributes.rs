//! Which attributes does a cell of attributes hold? A JSON array of objects, each either with the
//! members `type` and `value` (in any case) or with members whose names are the types.
//!
//! Invariant: a cell is read as a whole or not at all, by the load and by the KPIs alike.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The type and value of each attribute, in order: a text as it is, numbers and booleans as they
/// stand in the JSON; one that is null, an array or an object is left out. None when the cell has
/// another shape.
pub fn read(cell: &str) -> Option<Vec<(String, String)>> {
    let objects: Vec<BTreeMap<Cow<'_, str>, &RawValue>> = serde_json::from_str(cell).ok()?;
    let mut pairs = Vec::with_capacity(objects.len());
    for object in &objects {
        let member = |name: &str| {
            let mut found = object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
            found.next().filter(|_| found.next().is_none()).map(|(_, value)| *value)
        };
        let named: Vec<(String, &RawValue)> = match (member("type"), member("value")) {
            (Some(kind), Some(value)) => vec![(serde_json::from_str(kind.get()).ok()?, value)],
            // Which of several types is meant cannot be told.
            _ if ["type", "value"].iter().any(|name| is_repeated(object, name)) => return None,
            _ => object.iter().map(|(kind, value)| (kind.to_string(), *value)).collect(),
        };
        for (kind, value) in named {
            match value.get().as_bytes() {
                [b'"', ..] => pairs.push((kind, serde_json::from_str(value.get()).ok()?)),
                [b'n' | b'[' | b'{', ..] => {}
                _ => pairs.push((kind, value.get().to_string())),
            }
        }
    }
    Some(pairs)
}

fn is_repeated(object: &BTreeMap<Cow<'_, str>, &RawValue>, name: &str) -> bool {
    object.keys().filter(|key| key.eq_ignore_ascii_case(name)).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, expected: Option<&[(&str, &str)]>) {
        let pairs = |p: &[(&str, &str)]| p.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        assert_eq!(read(cell), expected.map(pairs), "{cell}");
    }

    #[test]
    fn both_shapes_say_the_same() {
        let number = [("OrganizationNumber", "987654321")];
        check(r#"[{"type":"OrganizationNumber","value":"987654321"}]"#, Some(&number));
        check(r#" [ {"Value":"987654321", "TYPE":"OrganizationNumber", "from":2020} ] "#, Some(&number));
        check(r#"[{"OrganizationNumber":"987654321"}]"#, Some(&number));
        check(
            r#"[{"type":"a","value":"1"},{"b":"2"},{"a":"3"}]"#,
            Some(&[("a", "1"), ("b", "2"), ("a", "3")]),
        );
        check("[]", Some(&[]));
        check("[{}]", Some(&[]));
        check(r#"[{"a":"1","b":"2"}]"#, Some(&[("a", "1"), ("b", "2")]));
        check(r#"[{"type":"Company"}]"#, Some(&[("type", "Company")]));
    }

    #[test]
    fn values_are_texts_numbers_or_booleans() {
        check(
            r#"[{"a":12.50},{"b":123456789012345678901234567890},{"c":true},{"d":"\u00e5 \"x\""}]"#,
            Some(&[("a", "12.50"), ("b", "123456789012345678901234567890"), ("c", "true"), ("d", "å \"x\"")]),
        );
        check(r#"[{"a":null},{"b":[1]},{"c":{"d":1}},{"type":"e","value":null}]"#, Some(&[]));
    }

    #[test]
    fn other_shapes_are_refused_whole() {
        for cell in [
            "",
            "x",
            "null",
            "7",
            "[1]",
            "[{]",
            r#"{"type":"a","value":"b"}"#,
            r#"[{"type":7,"value":"b"}]"#,
            r#"[{"type":"a","Type":"b","value":"c"}]"#,
            r#"[{"a":"\ud800"}]"#,
            r#"[{"a":1}] x"#,
        ] {
            check(cell, None);
        }
    }
}
