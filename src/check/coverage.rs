//! What has each KPI to work with? Whether it can be computed, and on which assumptions.

use std::collections::HashMap;

use super::data::Data;
use super::stand_ins::{EMPTY_HAS_A_MEANING, STAND_INS, StandIn};
use crate::kpi::KpiDef;
use crate::kpi::registry::{Column, KPIS};
use crate::model::{ColumnType, Model};
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

/// Something that a figure takes for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The column that is not there, or not in every row; none where the data has no place for it.
    pub column: Option<Column>,
    /// Rows without it, and all rows; none where no load brought the column.
    pub empty: Option<(u64, u64)>,
    /// What is done without it.
    pub says: &'static str,
}

/// Whether a KPI can be computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// From what it needs, all of it.
    Computable,
    /// With something taken for granted.
    Assuming(Vec<Assumption>),
    /// Not without these.
    Lacking(Vec<String>),
}

impl Status {
    /// The word for it in the contract.
    pub const fn name(&self) -> &'static str {
        match self {
            Status::Computable => "computable",
            Status::Assuming(_) => "with assumptions",
            Status::Lacking(_) => "not computable",
        }
    }
}

/// A KPI and whether it can be computed.
pub struct Coverage {
    /// The KPI.
    pub kpi: &'static KpiDef,
    /// Whether it can be computed.
    pub status: Status,
}

const PROXY: Assumption =
    Assumption { column: None, empty: None, says: "stands in for a figure that the data cannot give" };

/// Every KPI, in a store that holds rows of some models.
///
/// # Errors
/// When the store is damaged.
pub fn coverage(data: &Data<'_>, models: &[Model]) -> Result<Vec<Coverage>, StoreError> {
    let mut empty = Empty { data, counts: HashMap::new() };
    let cover = |kpi: &'static KpiDef| {
        let status = match models.contains(&kpi.model) {
            true => status(kpi, data, &mut empty)?,
            false => Status::Lacking(vec![format!("every table of the {} model", kpi.model.name())]),
        };
        Ok(Coverage { kpi, status })
    };
    KPIS.iter().map(cover).collect()
}

fn status(kpi: &'static KpiDef, data: &Data<'_>, empty: &mut Empty<'_, '_>) -> Result<Status, StoreError> {
    let stand_ins = STAND_INS.iter().filter(|s| s.kpis.contains(&kpi.name));
    let usable: Vec<&StandIn> = stand_ins.filter(|s| data.lacks(s.from).is_empty()).collect();
    let replaced = |column: &Column| usable.iter().any(|s| s.column == *column);
    let needed: Vec<Column> = kpi.needs.iter().copied().filter(|c| !replaced(c)).collect();
    let lacks = data.lacks(&needed);
    if !lacks.is_empty() {
        return Ok(Status::Lacking(lacks));
    }
    let mut assumptions: Vec<Assumption> = kpi.is_proxy.then_some(PROXY).into_iter().collect();
    for stand_in in usable {
        let assumption = Assumption { column: Some(stand_in.column), empty: None, says: stand_in.says };
        if !data.has(stand_in.column) {
            assumptions.push(assumption);
        } else if !stand_in.empty_is_usual {
            assumptions.extend(empty.assumption(assumption)?);
        }
    }
    for column in needed.into_iter().filter(|c| !EMPTY_HAS_A_MEANING.contains(c)) {
        let left_out = Assumption { column: Some(column), empty: None, says: "left out, or adds nothing" };
        assumptions.extend(empty.assumption(left_out)?);
    }
    Ok(if assumptions.is_empty() { Status::Computable } else { Status::Assuming(assumptions) })
}

/// Counts empty cells, once for each column.
struct Empty<'d, 'a> {
    data: &'d Data<'a>,
    counts: HashMap<Column, (u64, u64)>,
}

impl Empty<'_, '_> {
    /// The assumption with the rows that it is about, when there are any.
    fn assumption(&mut self, assumption: Assumption) -> Result<Option<Assumption>, StoreError> {
        let Some(column) = assumption.column else { return Ok(Some(assumption)) };
        let counts = match self.counts.get(&column) {
            Some(counts) => *counts,
            None => empty_cells(self.data, column)?,
        };
        self.counts.insert(column, counts);
        Ok((counts.0 > 0).then_some(Assumption { empty: Some(counts), ..assumption }))
    }
}

/// The rows of a table whose cell is empty, and all of them.
fn empty_cells(data: &Data<'_>, (table, column): Column) -> Result<(u64, u64), StoreError> {
    let (mut empty, mut all) = (0, 0);
    for part in data.parts(table)? {
        let mut count = |is_empty: &dyn Fn(usize) -> bool| {
            for row in part.rows() {
                all += 1;
                empty += u64::from(is_empty(row));
            }
        };
        match part.table.def.columns[part.table.def.column(column)].ty {
            // A row of a table by id has its key.
            ColumnType::Key => count(&|_| false),
            ColumnType::Reference(_) => {
                let ids = part.references(column)?;
                count(&|row| ids.get(row) == NULL_ID);
            }
            ColumnType::Category => {
                let codes = part.codes(column)?;
                count(&|row| codes.get(row) == 0);
            }
            ColumnType::Text | ColumnType::Attributes | ColumnType::AnyReference { .. } => {
                let texts = part.texts(column)?;
                count(&|row| texts.get(row).is_none());
            }
            _ => {
                let numbers = part.numbers(column)?;
                count(&|row| numbers.get(row) == NULL_NUMBER);
            }
        }
    }
    Ok((empty, all))
}
