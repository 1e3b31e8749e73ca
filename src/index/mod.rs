//! Look-ups derived from the rows of a store, built when it is committed.
//!
//! Invariant: each is a pure function of named files, whose hashes stand in the manifest; it is
//! rebuilt when one of them changes, and a scan of the rows always gives the same figure.

pub mod attributes;
pub mod licenses;
mod month;

pub use month::{MonthSet, month_sets, sets_by_utc_day};

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_128;

use crate::store::commit::Writer;
use crate::store::manifest::DerivedRef;
use crate::store::{ColumnFileBuilder, Snapshot, StoreError};

/// One look-up over a whole table.
pub struct Derived {
    /// Its name in the manifest.
    pub name: &'static str,
    /// The table it is a function of.
    pub table: &'static str,
    /// Makes the file and tells its row count.
    pub build: fn(&Snapshot) -> Result<(ColumnFileBuilder, usize), StoreError>,
}

/// Every look-up over a whole table.
pub const DERIVED: &[Derived] = &[
    Derived { name: attributes::KNOWN, table: "users", build: attributes::known },
    Derived { name: attributes::PLAN, table: "users", build: attributes::plans },
    Derived { name: attributes::COMPANY, table: "users", build: attributes::companies },
    Derived { name: attributes::COHORT, table: "users", build: attributes::cohorts },
    Derived { name: licenses::BY_USER, table: "licenses", build: licenses::build },
];

/// Builds the look-ups whose inputs have changed; the others are kept.
///
/// # Errors
/// When the rows cannot be read or a file not be written.
pub fn build(
    next: &Snapshot,
    before: &BTreeMap<String, DerivedRef>,
    writer: &Writer,
) -> Result<BTreeMap<String, DerivedRef>, StoreError> {
    let mut all = BTreeMap::new();
    for derived in DERIVED {
        let Some(table) = next.named(derived.table) else { continue };
        let hashes: String = table.info.chunks.iter().map(|c| c.file.hash.as_str()).collect();
        let inputs = format!("{:032x}", xxh3_128(hashes.as_bytes()));
        let kept = before.get(derived.name).filter(|d| d.inputs == inputs);
        let made = match kept {
            Some(kept) => kept.clone(),
            None => {
                let (file, rows) = (derived.build)(next)?;
                DerivedRef { inputs, file: writer.write("derived", derived.name, "col", rows, file)? }
            }
        };
        all.insert(derived.name.to_string(), made);
    }
    Ok(all)
}
