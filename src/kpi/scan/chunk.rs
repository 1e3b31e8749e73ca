//! A few thousand rows of a fact, with the ids that they lead to.

use crate::model::{ColumnDef, Day, MICROS_PER_MINUTE};
use crate::store::{ColumnFile, NULL_NUMBER, StoreError};

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
            days: self.days | o.days,
            hours: self.hours | o.hours,
            ids: self.ids | o.ids,
        }
    }
}

/// Rows of one file that fall into a period and pass the filter. Each vector that was asked for has
/// one entry per row.
pub struct Chunk<'a> {
    /// The file.
    pub file: &'a ColumnFile,
    /// Row numbers in the file.
    pub rows: Vec<u32>,
    /// Position of each row's period.
    pub buckets: Vec<u32>,
    /// Period and group of each row, as one number.
    pub slots: Vec<u64>,
    /// Acting users.
    pub actors: Vec<u32>,
    /// Meetings.
    pub meetings: Vec<u32>,
    /// Hosts of the meetings.
    pub hosts: Vec<u32>,
    /// Licences.
    pub licenses: Vec<u32>,
    /// Civil days in the query's zone.
    pub days: Vec<Day>,
    /// Hours of the day plus 1; 0 where the fact has only a day.
    pub hours: Vec<u32>,
    /// Own ids.
    pub ids: Vec<u32>,
}

impl<'a> Chunk<'a> {
    pub(super) fn new(file: &'a ColumnFile) -> Self {
        Chunk {
            file,
            rows: Vec::new(),
            buckets: Vec::new(),
            slots: Vec::new(),
            actors: Vec::new(),
            meetings: Vec::new(),
            hosts: Vec::new(),
            licenses: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            ids: Vec::new(),
        }
    }

    /// Every row of a file by id, in no period.
    pub fn whole(file: &'a ColumnFile, first_id: u32) -> Self {
        let rows: Vec<u32> = (0..file.rows() as u32).collect();
        let ids = rows.iter().map(|r| first_id + r).collect();
        Chunk { rows, ids, ..Chunk::new(file) }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The whole numbers of a column; where they are missing, what stands in for them.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn integers(&self, column: &ColumnDef) -> Result<Vec<i64>, StoreError> {
        let mut numbers = Vec::with_capacity(self.len());
        self.file.numbers(column.name)?.gather(&self.rows, &mut numbers);
        if let Some((start, end)) = column.else_minutes_between.filter(|_| numbers.contains(&NULL_NUMBER)) {
            let (starts, ends) = (self.file.numbers(start)?, self.file.numbers(end)?);
            for (number, &row) in numbers.iter_mut().zip(&self.rows).filter(|(n, _)| **n == NULL_NUMBER) {
                let (start, end) = (starts.get(row as usize), ends.get(row as usize));
                if start != NULL_NUMBER && end != NULL_NUMBER && end >= start {
                    *number = (end - start) / MICROS_PER_MINUTE;
                }
            }
        }
        Ok(numbers)
    }

    /// Keeps the rows whose flag is 1.
    pub(super) fn keep(&mut self, flags: &[u8]) {
        fn retain<T: Copy>(values: &mut Vec<T>, flags: &[u8]) {
            if values.is_empty() {
                return;
            }
            let mut kept = 0;
            for (at, &flag) in flags.iter().enumerate() {
                values[kept] = values[at];
                kept += usize::from(flag == 1);
            }
            values.truncate(kept);
        }
        retain(&mut self.rows, flags);
        retain(&mut self.buckets, flags);
        retain(&mut self.actors, flags);
        retain(&mut self.meetings, flags);
        retain(&mut self.hosts, flags);
        retain(&mut self.licenses, flags);
        retain(&mut self.days, flags);
        retain(&mut self.hours, flags);
        retain(&mut self.ids, flags);
    }
}
