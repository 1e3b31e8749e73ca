//! Keys and references: any text, exact; only GUIDs ignore case.

use super::decimal::is_scientific;
use crate::ingest::fault::Reason;

/// The key of a trimmed cell; `scratch` holds it where it is not the cell itself.
#[inline]
pub fn read<'a>(cell: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<&'a [u8], Reason> {
    let guid = match cell {
        [b'{', inner @ .., b'}'] => is_guid(inner),
        _ => is_guid(cell),
    };
    if guid && cell.iter().any(u8::is_ascii_uppercase) {
        scratch.clear();
        scratch.extend(cell.iter().map(u8::to_ascii_lowercase));
        return Ok(scratch);
    }
    // Different keys look the same once a spreadsheet has rounded them.
    if cell.first().is_some_and(u8::is_ascii_digit) && !guid && is_scientific(cell) {
        return Err(Reason::Scientific);
    }
    Ok(cell)
}

fn is_guid(text: &[u8]) -> bool {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    text.len() == 36
        && DASHES.iter().all(|at| text[*at] == b'-')
        && [0..8, 9..13, 14..18, 19..23, 24..36]
            .into_iter()
            .all(|part| text[part].iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(cell: &str) -> Result<String, Reason> {
        read(cell.as_bytes(), &mut Vec::new()).map(|k| String::from_utf8(k.to_vec()).unwrap())
    }

    #[test]
    fn keys_are_exact_and_guids_ignore_case() {
        for (cell, want) in [
            ("6F9619FF-8B86-D011-B42D-00C04FC964FF", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
            ("{6F9619FF-8B86-D011-B42D-00C04FC964FF}", "{6f9619ff-8b86-d011-b42d-00c04fc964ff}"),
            ("U-001", "U-001"),
            ("007", "007"),
            ("1E5", "1E5"),
            ("6F9619FF-8B86-D011-B42D-00C04FC964FG", "6F9619FF-8B86-D011-B42D-00C04FC964FG"),
        ] {
            assert_eq!(key(cell).as_deref(), Ok(want), "{cell}");
        }
        assert_eq!(key("1.23E+15"), Err(Reason::Scientific));
    }
}
