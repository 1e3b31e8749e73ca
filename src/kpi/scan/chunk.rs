//! A few thousand rows of a fact that fall into one period, with the ids that they lead to.

use std::borrow::Cow;
use std::cell::Cell;

use super::days::{civil_days, flagged};
use crate::index::events;
use crate::kpi::kernels::groups::Groups;
use crate::model::{ColumnDef, Day, ElseMinutes, Zone};
use crate::store::{Codes, ColumnFile, Numbers, Selection, StoreError, views};

/// What a chunk must hold beside its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The acting users.
    pub actors: bool,
    /// The meetings.
    pub meetings: bool,
    /// The meetings' hosts.
    pub hosts: bool,
    /// The licences.
    pub licenses: bool,
    /// The types of the licences, which may be kept beside the rows.
    pub license_types: bool,
    /// The terms of the licences, which may be so too.
    pub terms: bool,
    /// The civil days.
    pub days: bool,
    /// The hours of the day.
    pub hours: bool,
    /// The rows' own ids.
    pub ids: bool,
}

impl Needs {
    /// What either needs.
    pub fn and(self, o: Needs) -> Needs {
        Needs {
            actors: self.actors | o.actors,
            meetings: self.meetings | o.meetings,
            hosts: self.hosts | o.hosts,
            licenses: self.licenses | o.licenses,
            license_types: self.license_types | o.license_types,
            terms: self.terms | o.terms,
            days: self.days | o.days,
            hours: self.hours | o.hours,
            ids: self.ids | o.ids,
        }
    }

    /// Whether anything of licences is needed.
    pub(super) fn any_license(self) -> bool {
        self.licenses || self.license_types || self.terms
    }
}

/// Rows of one file that fall into one period and pass the filter. Each list that was asked for has one
/// entry per row.
pub struct Chunk<'a> {
    /// The file.
    pub file: &'a ColumnFile,
    /// Row numbers in the file.
    pub rows: Selection,
    /// Position of the period.
    pub bucket: u32,
    /// The first slot of the period.
    pub base: u64,
    /// The group of each row.
    pub groups: Groups,
    /// Acting users.
    pub actors: Cow<'a, [u32]>,
    /// Meetings.
    pub meetings: Cow<'a, [u32]>,
    /// Hosts of the meetings.
    pub hosts: Vec<u32>,
    /// Licences; none where what is needed of them is kept beside the rows.
    pub licenses: Cow<'a, [u32]>,
    /// Terms of the licences in months, of licences that are not kept beside the rows.
    pub(super) terms: Vec<u8>,
    /// What is kept of the licences beside the rows of the file.
    pub(super) kept: Option<&'a ColumnFile>,
    /// Civil days in the query's zone.
    pub days: Vec<Day>,
    /// Hours of the day plus 1; 0 where the fact has only a day.
    pub hours: Vec<u32>,
    /// Own ids.
    pub ids: Cow<'a, [u32]>,
    /// Whether each row counts, where rows that do not have stayed: those whose flag is 1 do.
    pub(super) flags: Option<Vec<u8>>,
    /// Bytes of columns that were read for it.
    pub(super) bytes: Cell<u64>,
}

impl<'a> Chunk<'a> {
    pub(super) fn new(file: &'a ColumnFile, rows: Selection) -> Self {
        Chunk {
            file,
            rows,
            bucket: 0,
            base: 0,
            groups: Groups::One,
            actors: Cow::Borrowed(&[]),
            meetings: Cow::Borrowed(&[]),
            hosts: Vec::new(),
            licenses: Cow::Borrowed(&[]),
            terms: Vec::new(),
            kept: None,
            days: Vec::new(),
            hours: Vec::new(),
            ids: Cow::Borrowed(&[]),
            flags: None,
            bytes: Cell::new(0),
        }
    }

    /// Every row of a file by id, in no period.
    pub fn whole(file: &'a ColumnFile, first_id: u32) -> Self {
        let ids = (0..file.rows() as u32).map(|r| first_id + r).collect();
        Chunk { ids: Cow::Owned(ids), ..Chunk::new(file, Selection::Run(0..file.rows())) }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Counts the bytes of a column of so many bytes a value.
    pub(super) fn note(&self, width: usize) {
        self.bytes.set(self.bytes.get() + (width * self.rows.len()) as u64);
    }

    /// Period and group of a row, by its position in the chunk, as one number.
    pub fn slot(&self, at: usize) -> u64 {
        self.base + self.groups.of(at)
    }

    /// The numbers of a column, where they are missing [`NULL_NUMBER`](crate::store::NULL_NUMBER).
    ///
    /// # Errors
    /// When the store is damaged; so for the others.
    pub fn numbers(&self, column: &str) -> Result<Vec<i64>, StoreError> {
        Ok(self.stored(column)?.read(&self.rows))
    }

    /// A column of numbers as it is stored, of which the rows are about to be read.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn stored(&self, column: &str) -> Result<Numbers<'a>, StoreError> {
        let numbers = self.file.numbers(column)?;
        self.note(numbers.raw.width());
        Ok(numbers)
    }

    /// The civil days of a column of days or instants; where they are missing [`NO_DAY`](super::days::NO_DAY).
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn civil_days(&self, column: &str, zone: &Zone) -> Result<Vec<Day>, StoreError> {
        let day_only = || Ok(flagged(self.file.flags(column)?, &self.rows));
        civil_days(&self.numbers(column)?, day_only, zone)
    }

    /// The types of the licences, where these are kept beside the rows, which are about to be read.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn license_types(&self) -> Result<Option<Codes<'a>>, StoreError> {
        let Some(kept) = self.kept else { return Ok(None) };
        let codes = kept.codes(events::LICENSE_TYPE)?;
        self.note(codes.raw.width());
        Ok(Some(codes))
    }

    /// What `of_term` has for the term of each row's licence in months.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn of_terms(&self, of_term: &[u8]) -> Result<Vec<u8>, StoreError> {
        let other = of_term.first().copied().unwrap_or_default();
        let Some(kept) = self.kept else {
            let of = |term: u8| of_term.get(usize::from(term)).copied().unwrap_or(other);
            return Ok(self.terms.iter().map(|&term| of(term)).collect());
        };
        let codes = kept.codes(events::TERM)?;
        self.note(codes.raw.width());
        Ok(codes.look_up(&self.rows, of_term, other))
    }

    /// The codes of a category column.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn codes(&self, column: &str) -> Result<Vec<u32>, StoreError> {
        Ok(self.stored_codes(column)?.read(&self.rows))
    }

    /// A category column as it is stored, of which the rows are about to be read.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn stored_codes(&self, column: &str) -> Result<Codes<'a>, StoreError> {
        let codes = self.file.codes(column)?;
        self.note(codes.raw.width());
        Ok(codes)
    }

    /// The whole numbers of a column; where they are missing, what stands in for them.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn integers(&self, column: &ColumnDef) -> Result<Vec<i64>, StoreError> {
        if let Some(stored) = self.stored_integers(column)? {
            return Ok(stored.read(&self.rows));
        }
        let stored = self.stored(column.name)?;
        let mut numbers = stored.read(&self.rows);
        if let Some(stand_in) = column.else_minutes {
            self.fill_in(&mut numbers, &stored.missing(&self.rows), stand_in)?;
        }
        Ok(numbers)
    }

    /// A column of whole numbers as it is stored, with what stands in where they are missing; none where such
    /// a column is not kept, in stores that were written before such columns were.
    pub(super) fn stored_integers(&self, column: &ColumnDef) -> Result<Option<Numbers<'a>>, StoreError> {
        match column.else_minutes {
            None => Ok(Some(self.stored(column.name)?)),
            Some(stand_in) if self.file.has(stand_in.filled) => Ok(Some(self.stored(stand_in.filled)?)),
            Some(_) => Ok(None),
        }
    }

    /// Puts the whole minutes between two instants where a number is missing.
    fn fill_in(&self, numbers: &mut [i64], missing: &[u32], stand_in: ElseMinutes) -> Result<(), StoreError> {
        let rows: Vec<u32> = missing.iter().map(|&at| self.rows.row(at as usize) as u32).collect();
        let (mut starts, mut ends) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        self.file.numbers(stand_in.start)?.gather(&rows, &mut starts);
        self.file.numbers(stand_in.end)?.gather(&rows, &mut ends);
        for ((&at, start), end) in missing.iter().zip(starts).zip(ends) {
            numbers[at as usize] = views::minutes_between(start, end);
        }
        Ok(())
    }

    /// Of values of all rows, those of the rows that count.
    pub(super) fn of_those_that_count<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        match &self.flags {
            Some(flags) => views::pick(&values, &views::positions(flags)),
            None => values,
        }
    }

    /// Keeps the rows whose flag is 1.
    pub(super) fn keep(&mut self, flags: &[u8]) {
        let positions = views::positions(flags);
        if positions.len() == flags.len() {
            return;
        }
        fn keep_own<T: Copy>(values: &mut Vec<T>, positions: &[u32]) {
            if !values.is_empty() {
                *values = views::pick(values, positions);
            }
        }
        fn keep_any(values: &mut Cow<'_, [u32]>, positions: &[u32]) {
            if !values.is_empty() {
                *values = Cow::Owned(views::pick(values, positions));
            }
        }
        self.rows.keep(&positions);
        keep_any(&mut self.actors, &positions);
        keep_any(&mut self.meetings, &positions);
        keep_own(&mut self.hosts, &positions);
        keep_any(&mut self.licenses, &positions);
        keep_own(&mut self.terms, &positions);
        keep_own(&mut self.days, &positions);
        keep_own(&mut self.hours, &positions);
        keep_any(&mut self.ids, &positions);
    }
}
