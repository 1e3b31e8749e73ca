//! How does a value read? Texts of cells, for people and for programs.

use std::borrow::Cow;

use crate::model::civil::format_day;
use crate::query::result::{ResultColumn, Role, Value};

/// A cell for people: thousands separated, rates in percent, missing values shown.
pub fn human(column: &ResultColumn, value: &Value) -> String {
    match value {
        Value::Null if column.role == Role::Dimension => "(none)".into(),
        Value::Null => "–".into(),
        Value::Integer(n) if column.role == Role::Measure => thousands(&n.to_string()),
        Value::Integer(n) => n.to_string(),
        Value::Number(x) if !x.is_finite() => "–".into(),
        Value::Number(x) if column.percent => {
            format!("{}%", thousands(&format!("{:.2}", unsigned_zero(x * 100.0, 0.005))))
        }
        Value::Number(x) => number(*x),
        Value::Money(text) => thousands(text),
        Value::Text(text) => escape_controls(text).into_owned(),
        Value::Date(day) => format_day(*day),
        Value::Bool(b) => b.to_string(),
    }
}

/// A cell for programs: empty when missing, numbers in full.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(n) => n.to_string(),
        Value::Number(x) => shortest(*x).unwrap_or_default(),
        Value::Money(text) | Value::Text(text) => text.clone(),
        Value::Date(day) => format_day(*day),
        Value::Bool(b) => b.to_string(),
    }
}

/// The shortest text that reads back as the same number; none when it is not finite.
pub fn shortest(x: f64) -> Option<String> {
    // The JSON contract decides how numbers are written; csv writes them alike.
    serde_json::Number::from_f64(x).map(|n| n.to_string())
}

/// Two decimals; three digits where that would hide the number.
fn number(x: f64) -> String {
    let size = x.abs();
    if size == 0.0 || (0.01..1e15).contains(&size) {
        return thousands(&format!("{:.2}", unsigned_zero(x, 0.0)));
    }
    format!("{x:.2e}")
}

/// Zero for what would be printed as `-0.00`.
fn unsigned_zero(x: f64, below: f64) -> f64 {
    if x.abs() <= below { 0.0 } else { x }
}

/// `1234567.50` as `1,234,567.50`.
pub fn thousands(number: &str) -> String {
    let (sign, rest) = number.split_at(usize::from(number.starts_with('-')));
    let (whole, fraction) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
    let mut text = String::with_capacity(number.len() + whole.len() / 3);
    text.push_str(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(fraction);
    text
}

/// The text with everything escaped that would steer a terminal or reorder what is read: a label of
/// an export must not be able to fake a figure.
pub fn escape_controls(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().fold(String::new(), |mut out, c| {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if steers(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
        out
    });
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::result::ValueType;

    #[test]
    fn numbers_read_well() {
        let measure = ResultColumn::measure("m", ValueType::Number, None);
        let rate = ResultColumn::rate("r");
        let show = |x: f64| human(&measure, &Value::Number(x));
        assert_eq!(
            [0.0, -0.0, 0.5, -1.005, 1234567.891, 0.01, 0.004, -0.00012, 1e15, f64::NAN].map(show),
            ["0.00", "0.00", "0.50", "-1.00", "1,234,567.89", "0.01", "4.00e-3", "-1.20e-4", "1.00e15", "–"]
        );
        let percent = |x: f64| human(&rate, &Value::Number(x));
        assert_eq!(
            [0.0, 0.4213, 1.0, -0.000_01, 25.0].map(percent),
            ["0.00%", "42.13%", "100.00%", "0.00%", "2,500.00%"]
        );
        let grouped = |n: i64| human(&measure, &Value::Integer(n));
        assert_eq!(
            [0, 999, 1000, -1000, i64::MIN].map(grouped),
            ["0", "999", "1,000", "-1,000", "-9,223,372,036,854,775,808"]
        );
        let year = ResultColumn::dimension("year", ValueType::Integer);
        assert_eq!(human(&year, &Value::Integer(2025)), "2025");
    }

    #[test]
    fn programs_get_every_digit() {
        assert_eq!(
            [0.1, 1.0, 1.0 / 3.0, 1e20, f64::INFINITY].map(|x| plain(&Value::Number(x))),
            ["0.1", "1.0", "0.3333333333333333", "1e+20", ""]
        );
    }

    #[test]
    fn labels_cannot_steer_the_terminal() {
        assert_eq!(
            escape_controls("\u{1b}[2Jgone\r\n\t\u{9b}\u{202e}x"),
            "\\u{1b}[2Jgone\\r\\n\\t\\u{9b}\\u{202e}x"
        );
        assert!(matches!(escape_controls("Ærlig & søn 日本"), Cow::Borrowed(_)));
    }
}
