//! Attributes: a JSON array of objects, kept as its text.

use crate::ingest::fault::Reason;

/// Checks a trimmed cell.
pub fn check(cell: &[u8]) -> Result<(), Reason> {
    let parsed: Result<Vec<serde_json::Map<String, serde_json::Value>>, _> = serde_json::from_slice(cell);
    parsed.map(|_| ()).map_err(|_| Reason::NotAttributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_arrays_of_objects_are_attributes() {
        assert_eq!(check(br#"[{"type":"OrganizationNumber","value":"987654321"}]"#), Ok(()));
        assert_eq!(check(b"[]"), Ok(()));
        for cell in ["{}", "[1]", "x", "[{]"] {
            assert_eq!(check(cell.as_bytes()), Err(Reason::NotAttributes), "{cell}");
        }
    }
}
