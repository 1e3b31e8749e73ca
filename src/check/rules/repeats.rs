//! Is anything there twice that should be there once?

use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_128;

use crate::check::cells::entity;
use crate::check::part::Part;
use crate::check::rule::Found;
use crate::check::scope::{Finding, Scope, Tally, Verdict};
use crate::kpi::registry::Column;
use crate::model::{ColumnType, MICROS_PER_DAY};
use crate::query::result::Value;
use crate::store::dictionary::fold;
use crate::store::{Codes, Ids, NULL_NUMBER, Numbers, StoreError, Texts};

/// A row whose needed columns say the same as those of an earlier row, the first of them not missing.
pub fn same(scope: &Scope<'_, '_>) -> Found {
    let table = scope.rule.table();
    Ok(vec![find(scope, table, table, &scope.rule.columns(table), |_| Ok(|_| true))?])
}

/// As [`same`], among the rows whose first needed column is one of the words (in lower case).
pub fn same_with(scope: &Scope<'_, '_>, words: &[&str]) -> Found {
    let (table, columns) = (scope.rule.table(), scope.rule.columns(scope.rule.table()));
    let spelled = scope.data.spells((table, columns[0]), words)?;
    let found = find(scope, table, table, &columns[1..], |part| {
        let (codes, spelled) = (part.codes(columns[0])?, &spelled);
        Ok(move |row| super::same_row::is(spelled, codes.get(row)))
    })?;
    Ok(vec![found])
}

/// A row whose text in one of some columns stands in an earlier row of the same table.
pub fn same_text(scope: &Scope<'_, '_>, columns: &[Column]) -> Found {
    let there = columns.iter().filter(|c| scope.data.has(**c));
    let on = |&(table, column): &Column| {
        find(scope, table, &format!("{table}.{column}"), &[column], |_| Ok(|_| true))
    };
    there.map(on).collect()
}

/// The rows of a table, among those that take part, that say the same in some columns as an earlier
/// one; rows without the first of the columns are not looked at.
pub fn find<'a, W: Fn(usize) -> bool>(
    scope: &Scope<'_, 'a>,
    table: &'static str,
    on: &str,
    columns: &[&str],
    takes_part: impl Fn(&Part<'a>) -> Result<W, StoreError>,
) -> Result<Finding, StoreError> {
    let mut tally: Tally = scope.tally(on);
    let mut first: HashMap<u128, u32> = HashMap::new();
    let mut said = Vec::with_capacity(16 * columns.len());
    for part in scope.data.parts(table)? {
        let takes_part = takes_part(&part)?;
        let cells = columns.iter().map(|c| Cells::new(scope, &part, c)).collect::<Result<Vec<_>, _>>()?;
        for row in part.rows().filter(|&row| takes_part(row)) {
            said.clear();
            if !cells[0].write(row, &mut said) {
                continue;
            }
            for cell in &cells[1..] {
                cell.write(row, &mut said);
            }
            let id = part.ids().of(row);
            let earlier = *first.entry(xxh3_128(&said)).or_insert(id);
            tally.count(Verdict::of(earlier != id), || {
                let mut sample = scope.data.sample(&part, row, columns)?;
                let same: Value = entity(scope.data, table, earlier)?;
                sample.values.push(("same as".to_owned(), same));
                Ok(sample)
            })?;
        }
    }
    Ok(tally.finish())
}

/// The cells of a column, as bytes that are equal when the cells are.
enum Cells<'a> {
    Ids(Ids<'a>),
    Codes(Codes<'a>, Vec<u32>),
    Texts(Texts<'a>),
    /// A time counts as its day in UTC.
    Numbers(Numbers<'a>, i64),
}

impl<'a> Cells<'a> {
    fn new(scope: &Scope<'_, 'a>, part: &Part<'a>, name: &str) -> Result<Self, StoreError> {
        let def = &part.table.def.columns[part.table.def.column(name)];
        Ok(match def.ty {
            ColumnType::Reference(_) => Cells::Ids(part.references(name)?),
            ColumnType::Category => {
                let [codes] = scope.data.shared([(part.table.def.name, def.name)])?;
                Cells::Codes(part.codes(name)?, codes)
            }
            ColumnType::Text => Cells::Texts(part.texts(name)?),
            ColumnType::Timestamp => Cells::Numbers(part.numbers(name)?, MICROS_PER_DAY),
            _ => Cells::Numbers(part.numbers(name)?, 1),
        })
    }

    /// Appends the cell; false when it is missing.
    fn write(&self, row: usize, out: &mut Vec<u8>) -> bool {
        let (bytes, is_there): ([u8; 16], bool) = match self {
            Cells::Ids(ids) => {
                (u128::from(ids.get(row)).to_le_bytes(), ids.get(row) != crate::store::NULL_ID)
            }
            Cells::Codes(codes, shared) => {
                let code = shared.get(codes.get(row) as usize).copied().unwrap_or(0);
                (u128::from(code).to_le_bytes(), code != 0)
            }
            Cells::Texts(texts) => {
                let text =
                    texts.get(row).map(|text| fold(&String::from_utf8_lossy(text))).unwrap_or_default();
                (xxh3_128(text.as_bytes()).to_le_bytes(), !text.is_empty())
            }
            Cells::Numbers(numbers, unit) => {
                let value = numbers.get(row);
                let whole = if value == NULL_NUMBER { value } else { value.div_euclid(*unit) };
                (i128::from(whole).to_le_bytes(), value != NULL_NUMBER)
            }
        };
        out.extend_from_slice(&bytes);
        is_there
    }
}
