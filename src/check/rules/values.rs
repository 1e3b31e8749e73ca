//! Are categories and currencies what they are expected to be?

use std::cmp::Reverse;

use crate::check::rule::Found;
use crate::check::scope::{Finding, Sample, Scope, Verdict};
use crate::model::currency::UNKNOWN;
use crate::model::{ColumnType, SCHEMA};
use crate::query::result::Value;
use crate::store::dictionary::fold;

/// A category lies in the domain of its column. The samples are the values, with their rows.
pub fn outside_domain(scope: &Scope<'_, '_>) -> Found {
    let mut found = Vec::new();
    for (_, def) in SCHEMA.tables() {
        for (at, column) in def.columns.iter().enumerate().filter(|(_, c)| !c.domain.is_empty()) {
            let Some(table) = scope.data.table(def.name).filter(|t| t.has_column(column.name)) else {
                continue;
            };
            let Some(dictionary) = table.dictionary(at)? else { continue };
            let mut rows_by_code = vec![0u64; dictionary.len() + 1];
            for part in scope.data.parts(def.name)? {
                let codes = part.codes(column.name)?;
                for row in part.rows() {
                    if let Some(rows) = rows_by_code.get_mut(codes.get(row) as usize) {
                        *rows += 1;
                    }
                }
            }
            let listed: Vec<String> = column.domain.iter().map(|value| fold(value)).collect();
            let values = (1u32..).zip(&rows_by_code[1..]).filter(|(_, rows)| **rows > 0);
            let mut outside: Vec<(u64, String)> = values
                .map(|(code, rows)| (*rows, dictionary.text(code)))
                .filter(|(_, text)| !listed.contains(&fold(text)))
                .collect();
            outside.sort_by(|a, b| (Reverse(a.0), &a.1).cmp(&(Reverse(b.0), &b.1)));
            let sample = |(rows, text): &(u64, String)| Sample {
                key: None,
                values: vec![
                    (column.name.to_owned(), Value::Text(text.clone())),
                    ("rows".to_owned(), Value::Integer(*rows as i64)),
                ],
            };
            found.push(Finding {
                on: format!("{}.{}", def.name, column.name),
                rows: rows_by_code[1..].iter().sum(),
                faulty: outside.iter().map(|(rows, _)| rows).sum(),
                samples: outside.iter().take(scope.data.samples_max).map(sample).collect(),
            });
        }
    }
    Ok(found)
}

/// A row with money has a currency.
pub fn no_currency(scope: &Scope<'_, '_>) -> Found {
    let mut found = Vec::new();
    for (_, def) in SCHEMA.tables().filter(|(_, def)| !def.shipped) {
        let currencies = def.columns.iter().filter(|c| c.currency);
        for (column, money) in currencies.zip(def.columns.iter().filter(|c| c.ty == ColumnType::Money)) {
            if !scope.data.has((def.name, money.name)) {
                continue;
            }
            let unknown = scope.data.spells((def.name, column.name), &["", &UNKNOWN.to_lowercase()])?;
            found.push(scope.judge_column((def.name, column.name), |part| {
                let (codes, unknown) = (part.codes(column.name)?, &unknown);
                Ok(move |row| Verdict::of(super::same_row::is(unknown, codes.get(row))))
            })?);
        }
    }
    Ok(found)
}
