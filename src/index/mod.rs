//! Look-ups derived from the rows of a store, built when it is committed.
//!
//! Invariant: each is a pure function of named inputs, whose hashes stand in the manifest; it is
//! rebuilt when one of them changes, and a scan of the rows always gives the same figure.

pub mod attributes;
pub mod events;
pub mod groups;
pub mod licenses;
mod month;
pub mod tags;
pub mod tickets;

pub use month::{MonthSet, WHOLE_MONTH, month_sets, sets_of_month};

use std::collections::BTreeMap;

use rayon::prelude::*;
use roaring::RoaringBitmap;
use xxhash_rust::xxh3::xxh3_128;

use crate::store::commit::Writer;
use crate::store::manifest::{DerivedRef, TableRef};
use crate::store::{ColumnFileBuilder, Snapshot, StoreError, sets};

/// A look-up's file and its row count.
type Made = (ColumnFileBuilder, usize);

/// Look-ups over whole tables that are made together.
pub struct Derived {
    /// Their names in the manifest.
    pub names: &'static [&'static str],
    /// The tables that they are a function of; without the first there are none.
    pub tables: &'static [&'static str],
    /// Makes the files of a snapshot, in the order of the names, with the help of the one before.
    build: fn(&Snapshot, &Snapshot) -> Result<Vec<Made>, StoreError>,
}

/// Every look-up over whole tables.
pub const DERIVED: &[Derived] = &[
    Derived { names: attributes::NAMES, tables: &["users"], build: |next, _| attributes::build(next) },
    Derived { names: licenses::NAMES, tables: &["licenses"], build: |next, _| licenses::build(next) },
    Derived { names: &[tickets::BY_USER], tables: &["support_tickets"], build: tickets::build },
    Derived { names: tags::NAMES, tables: tags::INPUTS, build: |next, _| tags::build(next) },
    Derived {
        names: &[groups::PRODUCTS],
        tables: &["product_reporting_groups"],
        build: |next, _| groups::build(next),
    },
];

/// Builds the look-ups whose inputs have changed; the others are kept.
///
/// # Errors
/// When the rows cannot be read or a file not be written.
pub fn build(next: &Snapshot, writer: &Writer) -> Result<BTreeMap<String, DerivedRef>, StoreError> {
    let base = Snapshot::for_load(writer.dir(), writer.base.clone());
    let build = |derived: &Derived| {
        let inputs = inputs(next, derived.tables);
        let kept = |name: &&str| base.manifest.derived.get(*name).filter(|d| d.inputs == inputs).cloned();
        let kept: Option<Vec<DerivedRef>> = derived.names.iter().map(kept).collect();
        let made = match kept {
            Some(kept) => kept,
            None => {
                let write = |(name, (file, rows)): (&&str, Made)| {
                    let file = writer.write("derived", name, "col", rows, file)?;
                    Ok(DerivedRef { inputs: inputs.clone(), file })
                };
                let files = derived.names.iter().zip((derived.build)(next, &base)?);
                files.map(write).collect::<Result<_, StoreError>>()?
            }
        };
        Ok(derived.names.iter().map(ToString::to_string).zip(made).collect())
    };
    let present: Vec<&Derived> = DERIVED.iter().filter(|d| next.named(d.tables[0]).is_some()).collect();
    let made: Vec<Vec<(String, DerivedRef)>> =
        present.into_par_iter().with_max_len(1).map(build).collect::<Result<_, StoreError>>()?;
    let mut made: BTreeMap<String, DerivedRef> = made.into_iter().flatten().collect();
    let by_month = events::build(next, &made, &base.manifest.derived, writer)?;
    made.extend(by_month);
    Ok(made)
}

/// The hash of the rows and spellings of some tables.
fn inputs(snapshot: &Snapshot, tables: &[&str]) -> String {
    let files = |table: &TableRef| {
        let rows = table.chunks.iter().map(|c| &c.file).chain(table.segments.iter().map(|s| &s.file));
        let files = rows.chain(table.dictionaries.values());
        files.map(|f| format!("{} ", f.hash)).collect::<String>()
    };
    let of =
        |name: &&str| format!("{name} {}\n", snapshot.named(name).map_or(String::new(), |t| files(&t.info)));
    format!("{:032x}", xxh3_128(tables.iter().map(of).collect::<String>().as_bytes()))
}

/// The file of some sets.
fn members(sets: BTreeMap<i64, RoaringBitmap>) -> Made {
    let sets: Vec<(i64, RoaringBitmap)> = sets.into_iter().collect();
    (sets::to_file(&sets), sets.len())
}
