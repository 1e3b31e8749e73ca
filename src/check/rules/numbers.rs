//! Are invoices numbered without a gap? A number that is missing may be an invoice that is.

use xxhash_rust::xxh3::xxh3_64;

use crate::check::cells::entity;
use crate::check::rule::Found;
use crate::check::scope::{Finding, Scope, Verdict};
use crate::query::result::Value;

/// An invoice: its organization and what stands before its number, its number, its id.
type Numbered = ((u32, u64), u64, u32);

/// Within an organization, and behind the same first characters, numbers follow each other.
pub fn gap(scope: &Scope<'_, '_>) -> Found {
    let table = scope.rule.table();
    let mut numbered: Vec<Numbered> = Vec::new();
    for part in scope.data.parts(table)? {
        let (numbers, organizations) = (part.texts("InvoiceNumber")?, part.references("OrganizationId")?);
        let ids = part.ids();
        for row in part.rows() {
            if let Some((prefix, number)) = numbers.get(row).and_then(split) {
                numbered.push(((organizations.get(row), xxh3_64(prefix)), number, ids.of(row)));
            }
        }
    }
    numbered.sort_unstable();
    let mut tally = scope.tally(table);
    let mut before: Option<&Numbered> = None;
    for invoice in &numbered {
        let (series, number, id) = invoice;
        let earlier = before.replace(invoice).filter(|(other, _, _)| other == series);
        let missing = earlier.map_or(0, |(_, earlier, _)| (number - earlier).saturating_sub(1));
        tally.count(Verdict::of(missing > 0), || {
            let follows = earlier.map_or(Ok(Value::Null), |(_, _, id)| entity(scope.data, table, *id))?;
            let mut sample = scope.data.sample_of(table, *id, &scope.rule.columns(table))?;
            let more = [("follows", follows), ("numbers missing", Value::Integer(missing as i64))];
            sample.values.extend(more.map(|(name, value)| (name.to_owned(), value)));
            Ok(sample)
        })?;
    }
    let found: Finding = tally.finish();
    Ok(vec![found])
}

/// What stands before the digits at the end, and their number.
fn split(text: &[u8]) -> Option<(&[u8], u64)> {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (prefix, digits) = text.split_at(text.len() - digits);
    Some((prefix, std::str::from_utf8(digits).ok()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_at_the_end_are_the_number() {
        assert_eq!(split(b"2025-0012"), Some((&b"2025-"[..], 12)));
        assert_eq!(split(b"501"), Some((&b""[..], 501)));
        assert_eq!(split(b"draft"), None);
        assert_eq!(split(b"99999999999999999999999"), None);
    }
}
