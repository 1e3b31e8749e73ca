//! Can the days of an organization be told?

use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::model::Zone;

/// The time zone of an organization is one that exists.
pub fn unknown_zone(scope: &Scope<'_, '_>) -> Found {
    let zones = scope.data.spellings(("organizations", "TimeZoneId"))?;
    let known: Vec<bool> = zones.iter().map(|name| !name.is_empty() && Zone::parse(name).is_ok()).collect();
    scope.judge(|part| {
        let (codes, known) = (part.codes("TimeZoneId")?, &known);
        Ok(move |row| Verdict::of(!super::same_row::is(known, codes.get(row))))
    })
}
