//! Categories keep the text of the export; codes become the value they stand for.

use crate::ingest::fault::Reason;
use crate::model::ColumnDef;

/// The value of a trimmed cell, and whether the domain lists it.
#[inline]
pub fn read<'a>(cell: &'a [u8], column: &ColumnDef) -> (&'a [u8], bool) {
    if column.domain.is_empty() {
        return (cell, true);
    }
    let listed =
        column.domain.iter().any(|v| v.len() == cell.len() && cell.eq_ignore_ascii_case(v.as_bytes()));
    if listed {
        return (cell, true);
    }
    let both = |code: &str, value: &str| {
        let rest =
            cell.split_at_checked(value.len()).filter(|(v, _)| v.eq_ignore_ascii_case(value.as_bytes()));
        rest.is_some_and(|(_, rest)| rest.strip_prefix(b" ") == Some(code.as_bytes()))
    };
    match column.codes.iter().find(|(code, value)| code.as_bytes() == cell || both(code, value)) {
        Some((_, value)) => (value.as_bytes(), true),
        None => (cell, false),
    }
}

/// The three upper-case letters of a currency.
#[inline]
pub fn currency(cell: &[u8]) -> Result<[u8; 3], Reason> {
    let letters: [u8; 3] = cell.try_into().map_err(|_| Reason::NotACurrency)?;
    if letters.iter().all(u8::is_ascii_alphabetic) {
        Ok(letters.map(|b| b.to_ascii_uppercase()))
    } else {
        Err(Reason::NotACurrency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SCHEMA;

    #[test]
    fn codes_stand_for_values_and_text_is_kept() {
        let orders = SCHEMA.get(SCHEMA.id("orders"));
        let status = &orders.columns[orders.column("Status")];
        for (cell, value, listed) in [
            ("1", "Completed", true),
            ("completed", "completed", true),
            ("completed 1", "Completed", true),
            ("Completed 2", "Completed 2", false),
            ("7", "7", false),
            ("Lost", "Lost", false),
        ] {
            assert_eq!(read(cell.as_bytes(), status), (value.as_bytes(), listed), "{cell}");
        }
        let free = &orders.columns[orders.column("PaymentMethod")];
        assert_eq!(read(b"anything", free), (b"anything".as_slice(), true));
    }

    #[test]
    fn currencies_have_three_letters() {
        assert_eq!(currency(b"nok"), Ok(*b"NOK"));
        assert_eq!(currency("€".as_bytes()), Err(Reason::NotACurrency));
        assert_eq!(currency(b"euro"), Err(Reason::NotACurrency));
    }
}
