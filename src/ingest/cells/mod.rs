//! What does the text of one cell say? One file per type; each answers with the value or a reason.

pub(super) mod attributes;
pub(super) mod boolean;
pub(super) mod category;
pub(super) mod date;
pub(super) mod decimal;
pub(super) mod integer;
pub(super) mod key;
pub(super) mod serial;
pub(super) mod timestamp;

/// The cell without outer blanks, and whether no-break or zero-width blanks were among them.
#[inline(always)]
pub(super) fn trimmed(cell: &[u8]) -> (&[u8], bool) {
    let inner = |b: u8| b > b' ' && b < 0x80;
    match (cell.first(), cell.last()) {
        (Some(first), Some(last)) if inner(*first) && inner(*last) => (cell, false),
        (None, _) => (cell, false),
        _ => trimmed_slowly(cell),
    }
}

#[cold]
fn trimmed_slowly(cell: &[u8]) -> (&[u8], bool) {
    let Ok(text) = std::str::from_utf8(cell) else {
        return (cell.trim_ascii(), false);
    };
    let inner = text.trim_matches(is_blank);
    let start = inner.as_ptr().addr() - text.as_ptr().addr();
    let outer = [&text[..start], &text[start + inner.len()..]];
    (inner.as_bytes(), outer.iter().any(|part| !part.is_ascii()))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{180e}')
}

/// `NULL`, `\N`, `N/A` and `NaN`, in any case.
#[inline]
pub(super) fn is_null_word(cell: &[u8]) -> bool {
    match cell {
        [b'\\', b'N'] => true,
        [b'n' | b'N', ..] if cell.len() <= 4 => {
            [&b"null"[..], b"n/a", b"nan"].iter().any(|word| cell.eq_ignore_ascii_case(word))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_trimmed_and_odd_ones_are_told() {
        for (cell, inner, odd) in [
            ("abc", "abc", false),
            (" a b\t", "a b", false),
            ("\u{a0}abc", "abc", true),
            ("abc\u{200b} ", "abc", true),
            ("\u{feff}", "", true),
            ("  ", "", false),
            ("ø", "ø", false),
            ("", "", false),
        ] {
            assert_eq!(trimmed(cell.as_bytes()), (inner.as_bytes(), odd), "{cell:?}");
        }
    }

    #[test]
    fn null_words() {
        for word in ["NULL", "null", "\\N", "N/A", "n/a", "NaN", "nan"] {
            assert!(is_null_word(word.as_bytes()), "{word}");
        }
        for word in ["", "N", "nil", "None", "NULLS", "\\n", "-"] {
            assert!(!is_null_word(word.as_bytes()), "{word}");
        }
    }
}
