//! Which column does each header mean? By the mapping, then by the table's own forms; what is
//! ambiguous or missing is refused by name.

use super::error::shown;
use super::settings::{Meant, Settings};
use crate::model::TableDef;
use crate::model::mask::mask;
use crate::model::names::{nearest, normal};

/// The headers of a file and what they mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The headers as they stand in the file.
    pub names: Vec<String>,
    /// The column of each header; none for an extra one.
    pub columns: Vec<Option<usize>>,
    /// Reference columns whose cells hold the name of the row meant, rather than its key.
    pub by_name: Vec<usize>,
}

impl Header {
    /// The field that holds a column.
    pub fn field_of(&self, column: usize) -> Option<usize> {
        self.columns.iter().position(|c| *c == Some(column))
    }

    /// The headers that are left out.
    pub fn extra(&self) -> Vec<String> {
        let pairs = self.names.iter().zip(&self.columns);
        pairs
            .filter(|(name, column)| column.is_none() && !name.is_empty())
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// Why a header line does not fit its table.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HeaderFault {
    /// More columns than any export has.
    #[error("it has {found} columns; at most {max} are read")]
    TooManyColumns {
        /// In the file.
        found: usize,
        /// Allowed.
        max: usize,
    },
    /// No header is known.
    #[error("no header is a column of {table}; its headers are: {headers}; the columns are: {columns}{hint}")]
    Unknown {
        /// The table.
        table: &'static str,
        /// The headers found.
        headers: String,
        /// The columns declared.
        columns: String,
        /// What may be meant.
        hint: String,
    },
    /// The first line holds values.
    #[error(
        "its first line looks like a row ({value} is no name of a column); add a line with the names of \
         the columns: {columns}"
    )]
    LooksLikeData {
        /// What gives it away; not the whole line, which may hold personal data.
        value: String,
        /// The columns declared.
        columns: String,
    },
    /// The headers are known under another delimiter.
    #[error(
        "no header is known with the delimiter {given:?} that is given; with {likely:?} they are; correct delimiter in the mapping or the sep= line"
    )]
    Delimiter {
        /// By the mapping or by a `sep=` line.
        given: char,
        /// Found.
        likely: char,
    },
    /// A column without which a row is nothing.
    #[error("no header means the column {column}, which {table} needs; its headers are: {headers}{hint}")]
    Missing {
        /// The column.
        column: &'static str,
        /// The table.
        table: &'static str,
        /// The headers found.
        headers: String,
        /// What may be meant.
        hint: String,
    },
    /// Two headers for one column.
    #[error("the headers '{first}' and '{second}' both mean the column {column}; {remedy}")]
    Twice {
        /// The column.
        column: &'static str,
        /// One header.
        first: String,
        /// The other.
        second: String,
        /// How to tell them apart.
        remedy: String,
    },
}

/// The columns that the headers mean, before it is asked whether that is enough.
pub(super) fn matched(table: &TableDef, settings: &Settings, names: &[String]) -> Vec<Option<usize>> {
    names.iter().map(|name| meaning(table, settings, name).map(|(meant, _)| meant.column)).collect()
}

/// What a header means, and whether the mapping says so.
fn meaning(table: &TableDef, settings: &Settings, name: &str) -> Option<(Meant, bool)> {
    let form = normal(name);
    if form.is_empty() || settings.ignore.contains(&form) {
        return None;
    }
    let renamed = settings.renames.iter().find(|(header, _)| *header == form);
    renamed.map(|(_, meant)| (*meant, true)).or_else(|| Meant::find(table, name).map(|meant| (meant, false)))
}

/// The meaning of a header line that is known to be one.
pub(super) fn resolve(
    table: &TableDef,
    settings: &Settings,
    names: Vec<String>,
) -> Result<Header, HeaderFault> {
    let meanings: Vec<_> = names.iter().map(|name| meaning(table, settings, name)).collect();
    let mut header = Header { columns: vec![None; names.len()], names, by_name: Vec::new() };
    for (column, def) in table.columns.iter().enumerate() {
        let mut candidates: Vec<usize> = (0..header.names.len())
            .filter(|i| meanings[*i].is_some_and(|(m, _)| m.column == column))
            .collect();
        let said = |i: &usize| meanings[*i].is_some_and(|(_, by_mapping)| by_mapping);
        if candidates.iter().any(said) {
            candidates.retain(said);
        }
        // `OrganizationName` says which row is meant only where `OrganizationId` does not.
        let names_row = |i: &usize| meanings[*i].is_some_and(|(meant, _)| meant.by_name);
        if !candidates.iter().all(names_row) {
            candidates.retain(|i| !names_row(i));
        } else if !candidates.is_empty() {
            header.by_name.push(column);
        }
        match candidates.as_slice() {
            [] => {
                let constant = settings.constants.iter().any(|(meant, _)| meant.column == column);
                if def.required && !constant {
                    return Err(missing(table, def.name, &header.names, &meanings));
                }
            }
            [one] => header.columns[*one] = Some(column),
            [first, second, ..] => {
                return Err(twice(def.name, &header.names[*first], &header.names[*second]));
            }
        }
    }
    Ok(header)
}

fn twice(column: &'static str, first: &str, second: &str) -> HeaderFault {
    let same = normal(first) == normal(second);
    let (first, second) = (shown(first), shown(second));
    let remedy = match same {
        true => "leave one of them out of the export, or rename it there".into(),
        false => format!(
            "say ignore = [\"{second}\"] or columns = {{ \"{first}\" = \"{column}\" }} in the mapping"
        ),
    };
    HeaderFault::Twice { column, first, second, remedy }
}

fn missing(
    table: &TableDef,
    column: &'static str,
    names: &[String],
    meanings: &[Option<(Meant, bool)>],
) -> HeaderFault {
    let free = names.iter().zip(meanings).filter(|(_, m)| m.is_none()).map(|(name, _)| name.as_str());
    let hint = match nearest(column, free).map(shown) {
        Some(name) => {
            format!("; if '{name}' is meant, say columns = {{ \"{name}\" = \"{column}\" }} in the mapping")
        }
        None => format!(
            "; export it, or say which one it is: columns = {{ \"...\" = \"{column}\" }} in the mapping"
        ),
    };
    HeaderFault::Missing { column, table: table.name, headers: list(names), hint }
}

/// No header is known: what may be wrong?
pub(super) fn unknown(table: &TableDef, names: &[String], hint: String) -> HeaderFault {
    let columns = table.columns.iter().map(|c| c.name).collect::<Vec<_>>().join(", ");
    let is_listed =
        |name: &str| table.columns.iter().any(|c| c.domain.iter().any(|v| v.eq_ignore_ascii_case(name)));
    let value = names.iter().find(|name| looks_like_data(name) || is_listed(name.trim()));
    if let Some(value) = value {
        // What stands where names of columns should be may be somebody's address.
        let value = if is_listed(value.trim()) { value.clone() } else { mask(value) };
        return HeaderFault::LooksLikeData { value: format!("'{}'", shown(&value)), columns };
    }
    let hint = match hint.is_empty() {
        true => "; name the columns in the first line, or say columns = { ... } in the mapping".into(),
        false => hint,
    };
    HeaderFault::Unknown { table: table.name, headers: list(names), columns, hint }
}

/// Numbers, dates, GUIDs and addresses are no names of columns.
fn looks_like_data(name: &str) -> bool {
    let name = name.trim();
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    (digits > 0 && letters == 0) || (digits >= 4 && digits >= letters) || name.contains('@')
}

fn list(names: &[String]) -> String {
    const NAMES_MAX: usize = 40;
    let mut out = names.iter().take(NAMES_MAX).map(|n| shown(n)).collect::<Vec<_>>().join(", ");
    if names.len() > NAMES_MAX {
        out.push_str(&format!(" and {} more", names.len() - NAMES_MAX));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::mapping::Mapping;
    use crate::model::SCHEMA;

    fn header(
        table: &str,
        names: &str,
        mapping: &str,
    ) -> Result<Vec<(String, Option<&'static str>)>, HeaderFault> {
        let id = SCHEMA.id(table);
        let table = SCHEMA.get(id);
        let settings = Mapping::from_toml(mapping).unwrap().settings(id).unwrap();
        let header = resolve(table, &settings, names.split(',').map(str::to_string).collect())?;
        let names = header.names.iter().cloned();
        Ok(names.zip(header.columns.iter().map(|c| c.map(|c| table.columns[c].name))).collect())
    }

    #[test]
    fn order_is_free_and_extra_columns_are_named() {
        let got = header("meetings", "Room,Start Time,MeetingID,Host User Reference", "").unwrap();
        let columns: Vec<_> = got.iter().map(|(_, c)| *c).collect();
        assert_eq!(columns, [None, Some("start_time"), Some("meeting_id"), Some("host_user_id")]);
    }

    #[test]
    fn a_missing_required_column_is_named_with_the_headers_found() {
        let message = header("meetings", "meeting_id,strat_time,room", "").unwrap_err().to_string();
        assert!(message.contains("the column start_time, which meetings needs"), "{message}");
        assert!(message.contains("meeting_id, strat_time, room"), "{message}");
        assert!(message.contains("\"strat_time\" = \"start_time\""), "{message}");
        assert!(
            header("meetings", "meeting_id,x", "[meetings]\nconstants = { start_time = \"2024-01-01\" }")
                .is_ok()
        );
    }

    #[test]
    fn two_headers_for_one_column_are_both_named() {
        let message = header("users", "user_id,Plan,plan_type", "").unwrap_err().to_string();
        assert!(message.contains("'Plan' and 'plan_type' both mean the column plan_type"), "{message}");
        let renamed =
            header("users", "user_id,Plan,plan_type", "[users]\ncolumns = { Plan = \"plan_type\" }").unwrap();
        assert_eq!((renamed[1].1, renamed[2].1), (Some("plan_type"), None));
        let ignored = header("users", "user_id,Plan,plan_type", "[users]\nignore = [\"plan\"]").unwrap();
        assert_eq!((ignored[1].1, ignored[2].1), (None, Some("plan_type")));
    }

    #[test]
    fn a_name_gives_way_to_a_key() {
        let both = header("orders", "Id,CreatedDate,OrganizationId,OrganizationName", "").unwrap();
        assert_eq!((both[2].1, both[3].1), (Some("OrganizationId"), None));
        let orders = SCHEMA.get(SCHEMA.id("orders"));
        let names = ["Id", "CreatedDate", "OrganizationName"].map(str::to_string).to_vec();
        let only = resolve(orders, &Settings::default(), names).unwrap();
        assert_eq!(only.by_name, [orders.column("OrganizationId")]);
    }

    #[test]
    fn a_first_line_of_values_is_told_from_strange_headers() {
        let users = SCHEMA.get(SCHEMA.id("users"));
        let fault = |names: &str| {
            let names: Vec<_> = names.split(',').map(str::to_string).collect();
            unknown(users, &names, String::new())
        };
        let row = fault("Ada,ada@example.com,x").to_string();
        assert!(row.contains("'a•••@example.com'") && !row.contains("ada@"), "{row}");
        assert!(matches!(fault("u_81,Ada,x,2024-01-01"), HeaderFault::LooksLikeData { .. }));
        assert!(
            matches!(fault("U1,Ada,pro,Acme"), HeaderFault::LooksLikeData { value, .. } if value == "'pro'")
        );
        assert!(matches!(fault("navn,epost,plass 2"), HeaderFault::Unknown { .. }));
    }
}
