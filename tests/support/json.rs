//! A JSON document as it was written: numbers keep their digits, which decide equality here.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

#[derive(Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// The number's digits, unread.
    Number(String),
    Text(String),
    Array(Vec<Json>),
    /// The members in the order of the document.
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn parse(text: &str) -> Result<Json, String> {
        let mut characters = text.chars().peekable();
        let value = value(&mut characters)?;
        skip_spaces(&mut characters);
        match characters.next() {
            None => Ok(value),
            Some(found) => Err(format!("{found:?} after the document")),
        }
    }

    pub fn get(&self, name: &str) -> Result<&Json, String> {
        let Json::Object(members) = self else {
            return Err(format!("no object with {name}"));
        };
        let member = members.iter().find(|(member, _)| member == name);
        member.map(|(_, value)| value).ok_or(format!("no member {name}"))
    }

    pub fn items(&self) -> Result<&[Json], String> {
        match self {
            Json::Array(items) => Ok(items),
            other => Err(format!("{other:?} is no array")),
        }
    }

    pub fn text(&self) -> Result<&str, String> {
        match self {
            Json::Text(text) => Ok(text),
            other => Err(format!("{other:?} is no text")),
        }
    }

    /// A whole number, as counts are.
    pub fn integer(&self) -> i64 {
        match self {
            Json::Number(digits) => digits.parse().expect("a count is a whole number"),
            other => panic!("{other:?} is no number"),
        }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => out.write_str("null"),
            Json::Bool(value) => write!(out, "{value}"),
            Json::Number(digits) => out.write_str(digits),
            Json::Text(text) => write!(out, "{text:?}"),
            Json::Array(items) => out.debug_list().entries(items).finish(),
            Json::Object(members) => {
                out.debug_map().entries(members.iter().map(|(name, value)| (name, value))).finish()
            }
        }
    }
}

type Input<'a> = Peekable<Chars<'a>>;

fn skip_spaces(input: &mut Input<'_>) {
    while input.next_if(|next| next.is_ascii_whitespace()).is_some() {}
}

fn expect(input: &mut Input<'_>, wanted: char) -> Result<(), String> {
    skip_spaces(input);
    match input.next() {
        Some(found) if found == wanted => Ok(()),
        found => Err(format!("{wanted:?} expected, {found:?} found")),
    }
}

fn value(input: &mut Input<'_>) -> Result<Json, String> {
    skip_spaces(input);
    match input.peek() {
        Some('{') => list(input, '{', '}', member).map(Json::Object),
        Some('[') => list(input, '[', ']', value).map(Json::Array),
        Some('"') => text(input).map(Json::Text),
        _ => word(input),
    }
}

fn list<T>(
    input: &mut Input<'_>,
    open: char,
    close: char,
    item: impl Fn(&mut Input<'_>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    expect(input, open)?;
    let mut items = Vec::new();
    skip_spaces(input);
    if input.next_if_eq(&close).is_some() {
        return Ok(items);
    }
    loop {
        items.push(item(input)?);
        skip_spaces(input);
        match input.next() {
            Some(',') => {}
            Some(found) if found == close => return Ok(items),
            found => return Err(format!("',' or {close:?} expected, {found:?} found")),
        }
    }
}

fn member(input: &mut Input<'_>) -> Result<(String, Json), String> {
    skip_spaces(input);
    let name = text(input)?;
    expect(input, ':')?;
    Ok((name, value(input)?))
}

fn text(input: &mut Input<'_>) -> Result<String, String> {
    expect(input, '"')?;
    // UTF-16, because an escape may be half of a pair.
    let mut units: Vec<u16> = Vec::new();
    loop {
        let character = match input.next().ok_or("the text does not end")? {
            '"' => return String::from_utf16(&units).map_err(|error| error.to_string()),
            '\\' => match input.next().ok_or("the escape does not end")? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => {
                    let digits: String = input.take(4).collect();
                    let unit = u16::from_str_radix(&digits, 16);
                    units.push(unit.map_err(|error| error.to_string())?);
                    continue;
                }
                other => other,
            },
            other => other,
        };
        units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
    }
}

fn word(input: &mut Input<'_>) -> Result<Json, String> {
    let mut word = String::new();
    while let Some(next) =
        input.next_if(|next| next.is_ascii_alphanumeric() || matches!(next, '+' | '-' | '.'))
    {
        word.push(next);
    }
    match word.as_str() {
        "null" => Ok(Json::Null),
        "true" => Ok(Json::Bool(true)),
        "false" => Ok(Json::Bool(false)),
        _ if word.parse::<f64>().is_ok_and(f64::is_finite) => Ok(Json::Number(word)),
        _ => Err(format!("{word:?} is no value")),
    }
}

#[test]
fn a_document_is_read_as_it_was_written() {
    let text = r#" {"a": [1, -2.50e3, null, true], "b": "\"é\u00e9\ud83d\ude00\n", "c": {}} "#;
    let json = Json::parse(text).expect("a document");
    let number = |digits: &str| Json::Number(digits.to_owned());
    let items = [number("1"), number("-2.50e3"), Json::Null, Json::Bool(true)];
    assert_eq!(json.get("a").and_then(Json::items), Ok(&items[..]));
    assert_eq!(json.get("b").and_then(Json::text), Ok("\"éé😀\n"));
    assert_eq!(json.get("c"), Ok(&Json::Object(Vec::new())));
    for wrong in ["", "[1,]", "[1 2]", "{\"a\" 1}", "\"open", "nil", "1 2", "NaN"] {
        assert!(Json::parse(wrong).is_err(), "{wrong}");
    }
}
