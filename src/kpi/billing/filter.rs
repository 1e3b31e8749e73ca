//! Which rows does a filter keep? The answer for every row of a fact, or of its parts, at once.

use super::days::RowZones;
use super::rows::Frame;
use crate::kpi::dims::{RowCodes, Source};
use crate::kpi::error::KpiError;
use crate::kpi::lookup::code_at;
use crate::kpi::scan::chunk::Chunk;
use crate::kpi::scan::predicate::{FALSE, Leaf, Predicate, TRUE, UNKNOWN, and, not, or};
use crate::store::NULL_NUMBER;

/// A filter over the rows of a frame.
pub enum RowFilter {
    /// All hold.
    And(Vec<RowFilter>),
    /// One holds.
    Or(Vec<RowFilter>),
    /// It does not hold.
    Not(Box<RowFilter>),
    /// The answer by row.
    Rows(Vec<u8>),
    /// The answer by the code of the row's age.
    Age(Vec<u8>),
}

impl RowFilter {
    /// Answers a predicate for the rows of a frame.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn new(predicate: &Predicate, frame: &Frame<'_, '_>) -> Result<Self, KpiError> {
        let all = |parts: &[Predicate]| -> Result<Vec<Self>, KpiError> {
            parts.iter().map(|p| Self::new(p, frame)).collect()
        };
        Ok(match predicate {
            Predicate::And(parts) => RowFilter::And(all(parts)?),
            Predicate::Or(parts) => RowFilter::Or(all(parts)?),
            Predicate::Not(part) => RowFilter::Not(Box::new(Self::new(part, frame)?)),
            Predicate::Leaf(Leaf::Dim(dim, truth)) => match &dim.source {
                Source::Rows(RowCodes::Age, _) => RowFilter::Age(truth.to_vec()),
                Source::Rows(RowCodes::One(codes), of) => {
                    let answer = |row| truth.get(code_at(codes, frame.place(*of, row)) as usize).copied();
                    RowFilter::Rows((0..frame.rows()).map(|row| answer(row).unwrap_or(UNKNOWN)).collect())
                }
                Source::Rows(RowCodes::Many(codes), of) => {
                    // Code 0 stands for having no value at all.
                    let holds = |code: u32| truth.get(code as usize) == Some(&TRUE);
                    let answer = |row| match codes.of(frame.place(*of, row)) {
                        [] => u8::from(holds(0)),
                        several => u8::from(several.iter().any(|&code| holds(code))),
                    };
                    RowFilter::Rows((0..frame.rows()).map(answer).collect())
                }
                _ => unreachable!("a row of the billing model has no acting user"),
            },
            Predicate::Leaf(leaf) => {
                let by_row = by_table_row(leaf, frame)?;
                let answer = |row| by_row.get(frame.table_row(row) as usize).copied();
                RowFilter::Rows((0..frame.rows()).map(|row| answer(row).unwrap_or(FALSE)).collect())
            }
        })
    }

    /// Whether the answer changes with the day of measurement.
    pub fn has_age(&self) -> bool {
        match self {
            RowFilter::And(parts) | RowFilter::Or(parts) => parts.iter().any(RowFilter::has_age),
            RowFilter::Not(part) => part.has_age(),
            RowFilter::Rows(_) => false,
            RowFilter::Age(_) => true,
        }
    }

    /// The answer for a row of an age.
    pub fn answer(&self, row: u32, age: u32) -> u8 {
        match self {
            RowFilter::And(parts) => parts.iter().fold(TRUE, |a, p| and(a, p.answer(row, age))),
            RowFilter::Or(parts) => parts.iter().fold(FALSE, |a, p| or(a, p.answer(row, age))),
            RowFilter::Not(part) => not(part.answer(row, age)),
            RowFilter::Rows(answers) => answers[row as usize],
            RowFilter::Age(truth) => truth.get(age as usize).copied().unwrap_or(UNKNOWN),
        }
    }
}

/// The answer of a condition on a column of the fact's table, by its rows.
fn by_table_row(leaf: &Leaf, frame: &Frame<'_, '_>) -> Result<Vec<u8>, KpiError> {
    if let Leaf::Instants(column, _, test) = leaf {
        // The zone may be that of the row's organization.
        let zones = RowZones::new(frame.lookups, frame.zones, frame.table)?;
        let instants = frame.lookups.numbers(frame.table, column)?;
        let answer = |(row, &n): (u32, &i64)| test((n != NULL_NUMBER).then_some(n), zones.of(row));
        return Ok((0u32..).zip(instants.iter()).map(answer).collect());
    }
    let mut answers = Vec::new();
    let table = frame.lookups.snapshot().named(frame.table);
    for (first, file) in table.map(|t| t.chunks()).transpose()?.unwrap_or_default() {
        answers.extend(leaf.evaluate(&Chunk::whole(file, first as u32))?);
    }
    Ok(answers)
}
