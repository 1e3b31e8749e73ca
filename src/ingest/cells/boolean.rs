//! Booleans: `0/1`, `true/false`, `yes/no`, in any case.

use crate::ingest::fault::Reason;

/// 0 or 1.
pub fn read(cell: &[u8]) -> Result<i64, Reason> {
    let is = |words: [&[u8]; 3]| words.iter().any(|w| cell.eq_ignore_ascii_case(w));
    if is([b"1", b"true", b"yes"]) {
        Ok(1)
    } else if is([b"0", b"false", b"no"]) {
        Ok(0)
    } else {
        Err(Reason::NotABoolean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans() {
        for (cell, value) in [("1", 1), ("TRUE", 1), ("Yes", 1), ("0", 0), ("False", 0), ("no", 0)] {
            assert_eq!(read(cell.as_bytes()), Ok(value), "{cell}");
        }
        for cell in ["2", "t", "y", "on", ""] {
            assert_eq!(read(cell.as_bytes()), Err(Reason::NotABoolean), "{cell}");
        }
    }
}
