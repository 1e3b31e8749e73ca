//! Where do rules read rows? The columns of a table, file by file or by id.
//!
//! Invariant: only rows that a load brought are seen; an id that is merely mentioned is none.

use std::collections::HashMap;

use super::cells;
use super::part::{Known, Part, RowIds};
use super::scope::Sample;
use crate::kpi::billing::Zones;
use crate::kpi::lookup::Lookups;
use crate::kpi::registry::{Column, lacking};
use crate::model::currency::UNKNOWN;
use crate::model::{Day, Model, SCHEMA, Zone};
use crate::query::as_of::Dates;
use crate::query::result::Value;
use crate::store::dictionary::fold;
use crate::store::snapshot::{CHUNK, ID, KNOWN};
use crate::store::{ColumnFile, NULL_NUMBER, Snapshot, StoreError, Table};

/// The rows of a snapshot, and how they are to be looked at.
pub struct Data<'a> {
    /// The snapshot.
    pub snapshot: &'a Snapshot,
    /// Columns by id.
    pub lookups: Lookups<'a>,
    /// The zone in which instants have days.
    pub zone: Zone,
    zones: Zones,
    /// Faulty rows shown for each finding.
    pub samples_max: usize,
    /// Whether personal data is shown as it is.
    pub show_pii: bool,
    as_of_asked: Option<Day>,
}

impl<'a> Data<'a> {
    /// The rows of a snapshot.
    pub fn new(
        snapshot: &'a Snapshot,
        zone: Zone,
        as_of: Option<Day>,
        samples_max: usize,
        show_pii: bool,
    ) -> Self {
        let lookups = Lookups::new(snapshot);
        let zones = Zones::One(zone.clone());
        Data { snapshot, lookups, zone, zones, samples_max, show_pii, as_of_asked: as_of }
    }

    /// The civil days of columns.
    pub fn dates(&self) -> Dates<'a, '_> {
        Dates { lookups: &self.lookups, zones: &self.zones }
    }

    /// The day up to which things are taken to have happened; none for a model without facts.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn as_of(&self, model: Model) -> Result<Option<Day>, StoreError> {
        match self.as_of_asked {
            Some(day) => Ok(Some(day)),
            None => self.dates().as_of(model),
        }
    }

    /// The day that was asked for.
    pub fn as_of_asked(&self) -> Option<Day> {
        self.as_of_asked
    }

    /// A table that has rows.
    pub fn table(&self, name: &str) -> Option<&'a Table> {
        self.snapshot.named(name).filter(|t| t.info.rows > 0)
    }

    /// Whether a table has rows, and some load had a header for the column.
    pub fn has(&self, (table, column): Column) -> bool {
        self.table(table).is_some_and(|t| t.has_column(column))
    }

    /// Those of some columns, and of their tables, that no load has brought; a table without rows is
    /// named once.
    pub fn lacks(&self, needs: &[Column]) -> Vec<String> {
        lacking(needs, self.snapshot)
    }

    /// The rows of a table, file by file.
    ///
    /// # Errors
    /// When the store is damaged; so for the others.
    pub fn parts(&self, name: &str) -> Result<Vec<Part<'a>>, StoreError> {
        let Some(table) = self.table(name) else { return Ok(Vec::new()) };
        if table.def.time.is_none() {
            let part = |(first, file): (usize, &'a ColumnFile)| {
                Ok(Part { table, file, ids: RowIds::From(first, file.flags(KNOWN)?) })
            };
            return table.chunks()?.into_iter().map(part).collect();
        }
        let part = |segment: &'a crate::store::Segment| {
            let file = segment.open()?;
            let ids = if file.has(ID) { RowIds::Column(file.ids(ID)?) } else { RowIds::None };
            Ok(Part { table, file, ids })
        };
        table.segments.iter().map(part).collect()
    }

    /// Which ids of a table have a row.
    ///
    /// # Errors
    /// As [`Self::parts`].
    pub fn known(&self, name: &str) -> Result<Known<'a>, StoreError> {
        let chunks = self.snapshot.named(name).map(Table::chunks).transpose()?.unwrap_or_default();
        Ok(Known(chunks.into_iter().map(|(_, file)| file.flags(KNOWN)).collect::<Result<_, _>>()?))
    }

    /// The numbers of a column by id, also where the rows are kept by time.
    ///
    /// # Errors
    /// As [`Self::parts`].
    pub fn numbers_by_id(&self, table: &str, column: &str) -> Result<Vec<i64>, StoreError> {
        let mut by_id = vec![NULL_NUMBER; self.lookups.ids_of(table)];
        for part in self.parts(table)? {
            let (numbers, ids) = (part.numbers(column)?, part.ids());
            for row in part.rows() {
                if let Some(at) = by_id.get_mut(ids.of(row) as usize) {
                    *at = numbers.get(row);
                }
            }
        }
        Ok(by_id)
    }

    /// Which codes of a category column spell one of some words, given in lower case.
    ///
    /// # Errors
    /// As [`Self::parts`].
    pub fn spells(&self, (table, column): Column, words: &[&str]) -> Result<Vec<bool>, StoreError> {
        Ok(self.spellings((table, column))?.iter().map(|text| words.contains(&text.as_str())).collect())
    }

    /// The spellings of a category column by code, in the form in which they are compared; empty for
    /// a missing cell.
    ///
    /// # Errors
    /// As [`Self::parts`].
    pub fn spellings(&self, (table, column): Column) -> Result<Vec<String>, StoreError> {
        let Some(table) = self.snapshot.named(table) else { return Ok(vec![String::new()]) };
        let dictionary = table.dictionary(table.def.column(column))?;
        let text = |code| dictionary.map_or_else(String::new, |d| fold(&d.text(code)));
        Ok((0..=dictionary.map_or(0, |d| d.len()) as u32).map(text).collect())
    }

    /// For each category column, a number for each of its codes; values that compare equal have one
    /// number in all of the columns; a missing cell and an unknown currency have 0.
    ///
    /// # Errors
    /// As [`Self::parts`].
    pub fn shared<const N: usize>(&self, columns: [Column; N]) -> Result<[Vec<u32>; N], StoreError> {
        let mut numbers: HashMap<String, u32> = HashMap::from([(String::new(), 0)]);
        let mut all = std::array::from_fn(|_| Vec::new());
        for (codes, column) in all.iter_mut().zip(columns) {
            let (table, name) = column;
            let def = SCHEMA.get(SCHEMA.id(table));
            let is_currency = def.columns[def.column(name)].currency;
            for text in self.spellings(column)? {
                if is_currency && text.eq_ignore_ascii_case(UNKNOWN) {
                    codes.push(0);
                    continue;
                }
                let next = numbers.len() as u32;
                codes.push(*numbers.entry(text).or_insert(next));
            }
        }
        Ok(all)
    }

    /// A value of a category column.
    ///
    /// # Errors
    /// As [`Self::parts`].
    pub fn category(&self, (table, column): Column, code: u32) -> Result<Value, StoreError> {
        let Some(table) = self.snapshot.named(table) else { return Ok(Value::Null) };
        let dictionary = table.dictionary(table.def.column(column))?;
        let text = dictionary.filter(|_| code != 0).map(|dictionary| dictionary.text(code));
        Ok(text.map_or(Value::Null, Value::Text))
    }

    /// The row of an id, in a table whose rows are kept by id.
    ///
    /// # Errors
    /// As [`Self::parts`].
    pub fn sample_of(&self, table: &str, id: u32, columns: &[&str]) -> Result<Sample, StoreError> {
        let part = self.parts(table)?.into_iter().nth(id as usize / CHUNK);
        match part {
            Some(part) => self.sample(&part, id as usize % CHUNK, columns),
            None => Ok(Sample { key: None, values: Vec::new() }),
        }
    }

    /// A row with its key and some of its cells.
    ///
    /// # Errors
    /// As [`Self::parts`].
    pub fn sample(&self, part: &Part<'a>, row: usize, columns: &[&str]) -> Result<Sample, StoreError> {
        let key = match part.table.def.key() {
            Some(_) if part.table.def.has_ids() => {
                self.lookups.key(part.table.def.name, part.ids().of(row))?
            }
            Some(key) => cells::key(part, row, key)?,
            None => None,
        };
        let cell = |name: &&str| Ok(((*name).to_owned(), cells::cell(self, part, row, name)?));
        Ok(Sample { key, values: columns.iter().map(cell).collect::<Result<_, StoreError>>()? })
    }
}
