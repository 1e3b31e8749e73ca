//! What does the user say about the exports? A TOML file with one section per table, and
//! `[defaults]` for all of them.
//!
//! ```toml
//! [defaults]
//! time_zone = "Europe/Oslo"
//! currency = "NOK"
//!
//! [support_tickets]
//! files = ["helpdesk_export*"]
//! columns = { "Ref" = "ticket_id", "Status" = "resolution_status" }
//! values.resolution_status = { "1" = "Open", "2" = "Closed" }
//! date_order = "day_first"
//! ```

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::dialect::can_delimit;
use super::encoding::Encoding;
use super::error::IngestError;
use super::settings::{DateOrder, Meant, RepeatedTime, SerialForm, Settings};
use crate::model::names::{did_you_mean, normal};
use crate::model::{ColumnType, SCHEMA, TableDef, TableId, Zone};

/// The section that holds for every table that does not say otherwise.
const DEFAULTS: &str = "defaults";

/// A constant or the text that a value stands for is at most this long.
const TEXT_BYTES_MAX: usize = 256;

/// A mapping file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping {
    /// Sections by the table's name in quipu, and `defaults`.
    sections: BTreeMap<String, Section>,
}

/// What is said about one table, or about all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Section {
    /// Patterns (`*`, `?`) of the names of files that hold this table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Headers to leave out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Texts that stand for a missing cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nulls: Option<Vec<String>>,
    /// Lines before the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip: Option<u64>,
    /// The delimiter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// The encoding of files without a byte order mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// The zone of times without an offset: an IANA name or an offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What a local time means that occurs twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated_time: Option<RepeatedTime>,
    /// The order of day and month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// Whether a comma stands before the decimals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal_comma: Option<bool>,
    /// What groups the digits by three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thousands: Option<char>,
    /// Signs around numbers that mean nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_affixes: Option<Vec<String>>,
    /// `(123)`, `123-` and `−5` are negative numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negative_forms: Option<bool>,
    /// The currency of money that comes without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Names of zones behind a time, and the zone or offset that they mean.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zone_names: BTreeMap<String, String>,
    /// Headers and the columns that they mean.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// Columns and the value that they have in every row of a file without them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, String>,
    /// Columns whose times are numbers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub formats: BTreeMap<String, SerialForm>,
    /// Columns, and what their values stand for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
}

/// The keys of a section; a test holds that they are all of them.
const KEYS: &[&str] = &[
    "files",
    "ignore",
    "nulls",
    "skip",
    "delimiter",
    "encoding",
    "time_zone",
    "repeated_time",
    "date_order",
    "decimal_comma",
    "thousands",
    "number_affixes",
    "negative_forms",
    "currency",
    "zone_names",
    "columns",
    "constants",
    "formats",
    "values",
];

/// The keys that name columns or files, and so cannot hold for every table.
const TABLE_KEYS: &[&str] = &["files", "ignore", "columns", "constants", "formats", "values"];

impl Mapping {
    /// Reads and checks a mapping file.
    pub fn from_toml(text: &str) -> Result<Mapping, IngestError> {
        let refuse = |message: String| IngestError::Mapping(message);
        let raw: toml::Table = text.parse().map_err(|e: toml::de::Error| refuse(e.to_string()))?;
        let mut sections = BTreeMap::new();
        for (typed, value) in raw {
            if KEYS.contains(&typed.as_str()) {
                return Err(refuse(format!(
                    "'{typed}' stands outside of a section; put it under [{DEFAULTS}] or a table"
                )));
            }
            let name = section_name(&typed)?;
            let toml::Value::Table(keys) = value else {
                return Err(refuse(format!("'{typed}' is not a section")));
            };
            for key in keys.keys() {
                if !KEYS.contains(&key.as_str()) {
                    let hint = did_you_mean(key, KEYS.iter().copied());
                    return Err(refuse(format!("[{typed}] has no key '{key}'{hint}")));
                }
                if name == DEFAULTS && TABLE_KEYS.contains(&key.as_str()) {
                    return Err(refuse(format!("'{key}' belongs under a table, not under [{DEFAULTS}]")));
                }
            }
            let section: Section = keys.try_into().map_err(|e| refuse(format!("[{typed}]: {e}")))?;
            if sections.insert(name.to_string(), section).is_some() {
                return Err(refuse(format!("[{typed}] is the second section of {name}")));
            }
        }
        let mapping = Mapping { sections };
        for (table, _) in SCHEMA.tables() {
            mapping.settings(table)?;
        }
        Ok(mapping)
    }

    /// The mapping as a file, for keeping it in the store.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a mapping is made of strings, numbers and tables")
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// The table that a pattern of the mapping gives to a file; `path` with `/` between its parts.
    pub(super) fn table_of_file(&self, path: &str) -> Option<TableId> {
        let claims = |section: &Section| section.files.iter().any(|pattern| matches_file(pattern, path));
        self.sections.iter().find(|(_, s)| claims(s)).and_then(|(name, _)| SCHEMA.find(name))
    }

    /// What holds for the files of a table.
    pub fn settings(&self, table: TableId) -> Result<Settings, IngestError> {
        let none = Section::default();
        let table = SCHEMA.get(table);
        let own = self.sections.get(table.name).unwrap_or(&none);
        let all = self.sections.get(DEFAULTS).unwrap_or(&none);
        resolve(table, own, all)
            .map_err(|message| IngestError::Mapping(format!("[{}] {message}", table.name)))
    }
}

fn section_name(typed: &str) -> Result<&'static str, IngestError> {
    if normal(typed) == DEFAULTS {
        return Ok(DEFAULTS);
    }
    SCHEMA.match_name(typed).map(|id| SCHEMA.get(id).name).ok_or_else(|| {
        let names = SCHEMA.tables().map(|(_, t)| t.name).chain([DEFAULTS]);
        IngestError::Mapping(format!("there is no table '{typed}'{}", did_you_mean(typed, names)))
    })
}

fn resolve(table: &TableDef, own: &Section, all: &Section) -> Result<Settings, String> {
    let zone_text = own.time_zone.as_ref().or(all.time_zone.as_ref());
    let zone = zone_text.map_or_else(|| Ok(Zone::utc()), |name| find_zone(name))?;
    let zone_names = all.zone_names.iter().chain(&own.zone_names);
    let currency = own.currency.as_ref().or(all.currency.as_ref());
    let delimiter = own.delimiter.or(all.delimiter);
    let short = |text: &String| {
        let fits = text.len() <= TEXT_BYTES_MAX;
        if fits { Ok(text.clone()) } else { Err(format!("a text is longer than {TEXT_BYTES_MAX} bytes")) }
    };
    let mut settings = Settings {
        renames: Vec::new(),
        ignore: own.ignore.iter().map(|h| normal(h)).collect(),
        constants: Vec::new(),
        values: Vec::new(),
        serials: Vec::new(),
        date_order: own.date_order.or(all.date_order),
        decimal_comma: own.decimal_comma.or(all.decimal_comma),
        thousands: own.thousands.or(all.thousands),
        number_affixes: own.number_affixes.clone().or_else(|| all.number_affixes.clone()).unwrap_or_default(),
        negative_forms: own.negative_forms.or(all.negative_forms).unwrap_or(false),
        delimiter: delimiter.map(delimiter_byte).transpose()?,
        encoding: own.encoding.or(all.encoding).unwrap_or(Encoding::Utf8),
        zone,
        repeated_time: own.repeated_time.or(all.repeated_time).unwrap_or_default(),
        zone_names: zone_names.map(|(n, z)| Ok((n.clone(), find_zone(z)?))).collect::<Result<_, String>>()?,
        nulls: own.nulls.clone().or_else(|| all.nulls.clone()).unwrap_or_default(),
        skip: own.skip.or(all.skip).unwrap_or(0),
        currency: currency.map(|code| currency_code(code)).transpose()?,
    };
    for (header, column) in &own.columns {
        settings.renames.push((normal(header), meant(table, column)?));
    }
    for (column, value) in &own.constants {
        settings.constants.push((meant(table, column)?, short(value)?));
    }
    for (column, form) in &own.formats {
        let at = meant(table, column)?.column;
        if !matches!(
            table.columns[at].ty,
            ColumnType::Date | ColumnType::Timestamp | ColumnType::DateOrTimestamp
        ) {
            return Err(format!("formats: {} holds no dates or times", table.columns[at].name));
        }
        settings.serials.push((at, *form));
    }
    for (column, values) in &own.values {
        let pairs = values.iter().map(|(from, to)| Ok((from.trim().to_lowercase(), short(to)?)));
        settings
            .values
            .push((meant(table, column)?.column, pairs.collect::<Result<HashMap<_, _>, String>>()?));
    }
    Ok(settings)
}

fn meant(table: &TableDef, column: &str) -> Result<Meant, String> {
    Meant::find(table, column).ok_or_else(|| {
        let names = table.columns.iter().map(|c| c.name);
        format!("there is no column '{column}'{}", did_you_mean(column, names))
    })
}

fn find_zone(name: &str) -> Result<Zone, String> {
    Zone::parse_or_offset(name).map_err(|e| e.to_string())
}

fn delimiter_byte(delimiter: char) -> Result<u8, String> {
    let byte = u8::try_from(delimiter).ok().filter(|byte| can_delimit(*byte));
    byte.ok_or_else(|| format!("{delimiter:?} cannot delimit fields"))
}

fn currency_code(text: &str) -> Result<String, String> {
    let ok = text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
    if ok { Ok(text.to_ascii_uppercase()) } else { Err(format!("'{text}' is not an ISO 4217 code")) }
}

/// A pattern without `/` is for the file's name, one with `/` for as many parts of the path; the
/// endings may be left out.
fn matches_file(pattern: &str, path: &str) -> bool {
    let pattern = pattern.to_lowercase();
    let path = path.to_lowercase();
    let parts = pattern.matches('/').count() + 1;
    let start = path.rmatch_indices('/').nth(parts - 1).map_or(0, |(i, _)| i + 1);
    let tail = &path[start..];
    let name = tail.rfind('/').map_or(0, |i| i + 1);
    let dots = tail[name..].match_indices('.').map(|(i, _)| &tail[..name + i]);
    std::iter::once(tail).chain(dots).any(|candidate| glob(pattern.as_bytes(), candidate.as_bytes()))
}

/// `*` stands for any text, `?` for one byte; linear in practice, as only the last `*` is retried.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && (pattern[p] == b'?' || (pattern[p] == text[t] && pattern[p] != b'*')) {
            p += 1;
            t += 1;
        } else if p < pattern.len() && pattern[p] == b'*' {
            retry = Some((p, t));
            p += 1;
        } else if let Some((star, from)) = retry {
            retry = Some((star, from + 1));
            p = star + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        [defaults]
        time_zone = "Europe/Oslo"
        nulls = ["-"]

        [Support-Tickets]
        files = ["helpdesk*"]
        ignore = ["Room"]
        nulls = ["none"]
        skip = 2
        delimiter = ";"
        encoding = "windows-1252"
        time_zone = "+02:00"
        repeated_time = "later"
        date_order = "day_first"
        decimal_comma = true
        thousands = "."
        number_affixes = ["$"]
        negative_forms = true
        currency = "nok"
        zone_names = { EST = "-05:00" }
        columns = { "Ref" = "Ticket Id" }
        constants = { "priority" = "Low" }
        formats = { open_date = "epoch_seconds" }
        values.status = { "1" = "Open" }
    "#;

    fn message(toml: &str) -> String {
        Mapping::from_toml(toml).expect_err("the mapping is wrong").to_string()
    }

    #[test]
    fn every_key_is_read_and_kept() {
        let mapping = Mapping::from_toml(WHOLE).unwrap();
        let id = SCHEMA.id("support_tickets");
        let tickets = SCHEMA.get(id);
        let s = mapping.settings(id).unwrap();
        let meant = |column| Meant { column: tickets.column(column), by_name: false };
        assert_eq!(s.renames, [("ref".to_string(), meant("ticket_id"))]);
        assert_eq!(s.constants, [(meant("priority_level"), "Low".to_string())]);
        assert_eq!(s.serials, [(tickets.column("open_date"), SerialForm::EpochSeconds)]);
        assert_eq!(s.values[0].1["1"], "Open");
        assert_eq!((s.skip, s.delimiter, s.currency.as_deref()), (2, Some(b';'), Some("NOK")));
        assert_eq!(
            (s.nulls.as_slice(), s.ignore.as_slice()),
            (["none".into()].as_slice(), ["room".into()].as_slice())
        );
        assert_eq!(s.date_order, Some(DateOrder::DayFirst));
        assert_eq!(Mapping::from_toml(&mapping.to_toml()).unwrap(), mapping);
    }

    #[test]
    fn the_list_of_keys_is_whole() {
        let mapping = Mapping::from_toml(WHOLE).unwrap();
        let toml::Value::Table(keys) = toml::Value::try_from(&mapping.sections["support_tickets"]).unwrap()
        else {
            panic!("a section is a table")
        };
        let mut written: Vec<_> = keys.keys().map(String::as_str).collect();
        let mut listed = KEYS.to_vec();
        written.sort_unstable();
        listed.sort_unstable();
        assert_eq!(written, listed);
    }

    #[test]
    fn defaults_hold_where_a_table_says_nothing() {
        let mapping = Mapping::from_toml(WHOLE).unwrap();
        let users = mapping.settings(SCHEMA.id("users")).unwrap();
        assert_eq!(
            (users.zone.name(), users.nulls.as_slice()),
            ("Europe/Oslo", ["-".to_string()].as_slice())
        );
    }

    #[test]
    fn slips_are_named_with_the_nearest_name() {
        assert!(message("[meetigs]\nskip = 1").contains("did you mean 'meetings'?"));
        assert!(message("[meetings]\ndate_oder = \"dmy\"").contains("did you mean 'date_order'?"));
        assert!(
            message("[meetings]\ncolumns = { a = \"star_time\" }").contains("did you mean 'start_time'?")
        );
        assert!(message("[meetings]\ntime_zone = \"Europe/Olso\"").contains("did you mean 'Europe/Oslo'?"));
        assert!(message("[defaults]\ncolumns = { a = \"b\" }").contains("belongs under a table"));
        assert!(message("skip = 3").contains("put it under [defaults] or a table"));
        assert!(message("[user]\nskip = 1\n[users]\nskip = 2").contains("second section of users"));
        assert!(message("[users]\ndate_order = \"ymd\"").contains("unknown variant `ymd`"));
        assert!(message("[users]\ncurrency = \"euro\"").contains("not an ISO 4217 code"));
        for delimiter in ["a", "\\u0000", "\\\"", "ø", "-"] {
            assert!(
                message(&format!("[users]\ndelimiter = \"{delimiter}\"")).contains("cannot delimit"),
                "{delimiter}"
            );
        }
        assert!(message("[users]\nformats = { company = \"excel\" }").contains("holds no dates"));
    }

    #[test]
    fn patterns_give_files_to_tables() {
        let mapping = Mapping::from_toml("[meetings]\nfiles = [\"mtg_*\", \"zoom/log-??.csv\"]").unwrap();
        let meetings = Some(SCHEMA.id("meetings"));
        for (path, table) in [
            ("a/MTG_2024.csv", meetings),
            ("mtg_x.csv.gz", meetings),
            ("a/zoom/log-01.csv", meetings),
            ("a/other/log-01.csv", None),
            ("a/zoom/log-001.csv", None),
            ("my_mtg_1.csv", None),
        ] {
            assert_eq!(mapping.table_of_file(path), table, "{path}");
        }
    }
}
