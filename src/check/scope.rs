//! What does a rule see, and what does it leave behind? Rows in, a count of faulty ones out, with
//! some of them as samples.

use super::data::Data;
use super::part::Part;
use super::rule::{Found, Rule};
use crate::kpi::registry::Column;
use crate::query::result::Value;
use crate::store::{NULL_NUMBER, StoreError};

/// What is shown of a faulty row beside its own cells.
pub type Shown = Vec<(&'static str, Value)>;

/// A faulty row.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its key; none for a row without one.
    pub key: Option<String>,
    /// What disagrees.
    pub values: Vec<(String, Value)>,
}

/// What a rule found in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The table, or `table.column`.
    pub on: String,
    /// Rows that the rule says something about.
    pub rows: u64,
    /// Rows that break it.
    pub faulty: u64,
    /// Some of them.
    pub samples: Vec<Sample>,
}

/// What a rule says of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: what it compares is missing.
    Aside,
    /// It holds.
    Fine,
    /// It is broken.
    Faulty,
}

impl Verdict {
    /// Of a row that the rule is about.
    pub fn of(faulty: bool) -> Self {
        if faulty { Verdict::Faulty } else { Verdict::Fine }
    }

    /// Of a row that the rule is about when `looked`.
    pub fn when(looked: bool, faulty: impl FnOnce() -> bool) -> Self {
        if looked { Verdict::of(faulty()) } else { Verdict::Aside }
    }

    /// Of two numbers, days or instants, when both are there.
    pub fn both(a: i64, b: i64, faulty: impl FnOnce(i64, i64) -> bool) -> Self {
        Verdict::when(a != NULL_NUMBER && b != NULL_NUMBER, || faulty(a, b))
    }
}

/// Counts rows and keeps the first faulty ones.
pub struct Tally {
    finding: Finding,
    samples_max: usize,
}

impl Tally {
    /// Counts a row; the sample is made only when it is kept.
    ///
    /// # Errors
    /// Those of the sample.
    pub fn count(
        &mut self,
        verdict: Verdict,
        sample: impl FnOnce() -> Result<Sample, StoreError>,
    ) -> Result<(), StoreError> {
        self.finding.rows += u64::from(verdict != Verdict::Aside);
        if verdict == Verdict::Faulty {
            self.finding.faulty += 1;
            if self.finding.samples.len() < self.samples_max {
                self.finding.samples.push(sample()?);
            }
        }
        Ok(())
    }

    /// What was counted.
    pub fn finish(self) -> Finding {
        self.finding
    }
}

/// What is shown of a faulty row when its own cells say it all.
///
/// # Errors
/// Never.
pub fn nothing_else(_: &Part<'_>, _: usize) -> Result<Shown, StoreError> {
    Ok(Shown::new())
}

/// A rule at work.
pub struct Scope<'d, 'a> {
    /// The rows.
    pub data: &'d Data<'a>,
    /// The rule.
    pub rule: &'static Rule,
}

impl<'a> Scope<'_, 'a> {
    /// A count for a table or column.
    pub fn tally(&self, on: impl Into<String>) -> Tally {
        let finding = Finding { on: on.into(), rows: 0, faulty: 0, samples: Vec::new() };
        Tally { finding, samples_max: self.data.samples_max }
    }

    /// Judges each row of the rule's table by its own cells. `judge` takes the columns of a file and
    /// gives what decides a row of it; a faulty row is shown with the columns that the rule needs.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn judge<V: FnMut(usize) -> Verdict>(
        &self,
        judge: impl Fn(&Part<'a>) -> Result<V, StoreError>,
    ) -> Found {
        self.judge_showing(judge, nothing_else)
    }

    /// As [`Self::judge`]; `also` tells what else to show of a faulty row.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub fn judge_showing<V: FnMut(usize) -> Verdict>(
        &self,
        judge: impl Fn(&Part<'a>) -> Result<V, StoreError>,
        also: impl Fn(&Part<'a>, usize) -> Result<Shown, StoreError>,
    ) -> Found {
        let table = self.rule.table();
        Ok(vec![self.judge_table(table, table, &self.rule.columns(table), judge, also)?])
    }

    /// Judges each row of a table that has a column by that column.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub fn judge_column<V: FnMut(usize) -> Verdict>(
        &self,
        (table, column): Column,
        judge: impl Fn(&Part<'a>) -> Result<V, StoreError>,
    ) -> Result<Finding, StoreError> {
        self.judge_table(table, &format!("{table}.{column}"), &[column], judge, nothing_else)
    }

    /// Judges each row of a table. The finding is named `on`; a faulty row is shown with some columns
    /// and with what `also` tells.
    ///
    /// # Errors
    /// As [`Self::judge`].
    pub fn judge_table<V: FnMut(usize) -> Verdict>(
        &self,
        table: &str,
        on: &str,
        shown: &[&str],
        judge: impl Fn(&Part<'a>) -> Result<V, StoreError>,
        also: impl Fn(&Part<'a>, usize) -> Result<Shown, StoreError>,
    ) -> Result<Finding, StoreError> {
        let mut tally = self.tally(on);
        for part in self.data.parts(table)? {
            let mut verdict = judge(&part)?;
            for row in part.rows() {
                tally.count(verdict(row), || {
                    let mut sample = self.data.sample(&part, row, shown)?;
                    sample.values.extend(also(&part, row)?.into_iter().map(|(n, v)| (n.to_owned(), v)));
                    Ok(sample)
                })?;
            }
        }
        Ok(tally.finish())
    }
}
