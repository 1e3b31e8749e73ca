//! What would a spreadsheet run?

/// Whether a text starts as a formula does; one that has a `'` before it stays a text.
pub fn is_formula(text: &[u8]) -> bool {
    text.first().is_some_and(|first| b"=+-@\t\r".contains(first))
}
