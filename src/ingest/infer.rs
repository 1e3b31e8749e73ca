//! What can only the whole load of a table tell? The order of day and month, and whether a comma
//! stands before the decimals: by the values that decide it, never by what is likely.

use std::path::PathBuf;

use rayon::prelude::*;

use super::blocks::{Holds, RawBlock};
use super::cells::decimal::{DecimalSign, Evidence, evidence};
use super::cells::timestamp::WhenReader;
use super::error::{IngestError, shown};
use super::fault::{Reason, value_text};
use super::plan::{CellSource, Decisions, FilePlan, TablePlan, cell_text};
use super::records::Records;
use super::settings::DateOrder;
use crate::model::ColumnType;

/// What the cells of some blocks tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    day_first: u64,
    month_first: u64,
    /// A date that reads either way: file, line, column, text.
    either: Option<(usize, u64, &'static str, String)>,
    /// Per declared column.
    signs: Vec<SignsSeen>,
}

#[derive(Clone, Copy, Debug, Default)]
struct SignsSeen {
    point: bool,
    comma: bool,
}

impl Observed {
    /// Adds what later blocks tell.
    pub fn add(&mut self, later: Observed) {
        self.day_first += later.day_first;
        self.month_first += later.month_first;
        if self.either.is_none() {
            self.either = later.either;
        }
        self.signs.resize(self.signs.len().max(later.signs.len()), SignsSeen::default());
        for (sum, more) in self.signs.iter_mut().zip(later.signs) {
            sum.point |= more.point;
            sum.comma |= more.comma;
        }
    }

    /// What follows for the load. Values that contradict the greater number are left to quarantine; as
    /// many on both sides decide nothing.
    pub fn decide(
        self,
        plan: &TablePlan<'_>,
        mut known: Decisions,
        paths: &[PathBuf],
    ) -> Result<Decisions, IngestError> {
        if known.date_order.is_none() {
            known.date_order = match self.day_first.cmp(&self.month_first) {
                std::cmp::Ordering::Greater => Some(DateOrder::DayFirst),
                std::cmp::Ordering::Less => Some(DateOrder::MonthFirst),
                std::cmp::Ordering::Equal => None,
            };
        }
        if let (None, Some((file, line, column, value))) = (known.date_order, self.either) {
            let (table, path) = (plan.table.name, paths[file].clone());
            return Err(IngestError::DateOrder { table, path, line, column, value: shown(&value) });
        }
        let seen = self.signs.into_iter().chain(std::iter::repeat(SignsSeen::default()));
        for (sign, seen) in known.decimal_signs.iter_mut().zip(seen) {
            if *sign == DecimalSign::Undecided {
                *sign = if seen.comma && !seen.point { DecimalSign::Comma } else { DecimalSign::Point };
            }
        }
        known.settled = true;
        Ok(known)
    }
}

/// Looks through blocks side by side.
pub(super) fn observe(
    plan: &TablePlan<'_>,
    known: &Decisions,
    blocks: &[(&FilePlan, &RawBlock)],
) -> Observed {
    let seen: Vec<Observed> =
        blocks.par_iter().map(|(file, raw)| observe_block(plan, file, known, raw)).collect();
    seen.into_iter().fold(Observed::default(), |mut sum, more| {
        sum.add(more);
        sum
    })
}

fn observe_block(plan: &TablePlan<'_>, file: &FilePlan, known: &Decisions, raw: &RawBlock) -> Observed {
    let mut seen =
        Observed { signs: vec![SignsSeen::default(); plan.table.columns.len()], ..Observed::default() };
    if raw.holds != Holds::Records {
        return seen;
    }
    let asked: Vec<usize> = (0..plan.table.columns.len())
        .filter(|c| matches!(file.sources[*c], CellSource::Field(_)) && plan.serials[*c].is_none())
        .filter(|c| match plan.table.columns[*c].ty {
            ColumnType::Date | ColumnType::Timestamp | ColumnType::DateOrTimestamp => {
                known.date_order.is_none()
            }
            ColumnType::Integer | ColumnType::Decimal | ColumnType::Money => {
                known.decimal_signs[*c] == DecimalSign::Undecided
            }
            _ => false,
        })
        .collect();
    let mut whens = Orders::new(plan);
    let (mut fields, mut scratch) = (Vec::new(), Vec::new());
    let mut records = Records::new(&raw.bytes, file.delimiter, raw.first_line);
    while let Some(record) = records.next(&mut fields) {
        if record.flaw.is_some() || !(file.fields_named..=file.fields_max).contains(&record.fields) {
            continue;
        }
        for column in &asked {
            let def = &plan.table.columns[*column];
            let text = cell_text(&file.sources[*column], raw, &fields, &mut scratch);
            let said = text.and_then(|(cell, quoted)| plan.said(*column, cell, quoted, &mut 0));
            let Some(cell) = said else { continue };
            if matches!(def.ty, ColumnType::Integer | ColumnType::Decimal | ColumnType::Money) {
                if cell.iter().all(u8::is_ascii_digit) {
                    continue;
                }
                let signs = &mut seen.signs[*column];
                match evidence(cell, def.unit, plan.settings) {
                    Some(Evidence::Point) => signs.point = true,
                    Some(Evidence::Comma) => signs.comma = true,
                    Some(Evidence::Digits | Evidence::Grouped | Evidence::Either) | None => {}
                }
                continue;
            }
            match whens.of(cell) {
                Some((true, false)) => seen.day_first += 1,
                Some((false, true)) => seen.month_first += 1,
                Some((true, true)) if seen.either.is_none() => {
                    seen.either = Some((file.file, record.line, def.name, value_text(cell)));
                }
                _ => {}
            }
        }
    }
    seen
}

/// Reads dates in both orders.
struct Orders<'a> {
    none: WhenReader<'a>,
    day_first: WhenReader<'a>,
    month_first: WhenReader<'a>,
}

impl<'a> Orders<'a> {
    fn new(plan: &'a TablePlan<'_>) -> Self {
        let reader = |order| WhenReader::new(order, &plan.settings.zone_names);
        Orders {
            none: reader(None),
            day_first: reader(Some(DateOrder::DayFirst)),
            month_first: reader(Some(DateOrder::MonthFirst)),
        }
    }

    /// Whether a date whose order matters exists with the day first, and with the month first.
    fn of(&mut self, cell: &[u8]) -> Option<(bool, bool)> {
        if self.none.read(cell) != Err(Reason::OrderUndecided) {
            return None;
        }
        Some((self.day_first.read(cell).is_ok(), self.month_first.read(cell).is_ok()))
    }
}
