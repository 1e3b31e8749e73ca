//! A result for programs: the stable contract. A field per line, a row per line, fields in one order.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::model::Day;
use crate::model::civil::format_day;
use crate::query::result::{Excluded, Parameters, QueryResult, ResultColumn, Value};

use super::{Rendered, cells};

/// Everything; there is nothing left to note.
pub fn render(result: &QueryResult) -> Rendered {
    let days: Vec<String> = result.incomplete.iter().copied().map(format_day).collect();
    let fields = [
        ("kpi", line(&result.kpi)),
        ("title", line(&result.title)),
        ("definition", line(&result.definition)),
        ("definition_id", line(&result.definition_id)),
        ("unit", line(&result.unit)),
        ("snapshot", line(&result.snapshot)),
        ("engine", line(&result.engine)),
        ("as_of", line(&result.as_of.map(format_day))),
        ("parameters", line(&result.parameters)),
        ("columns", lines(&result.columns)),
        ("rows", lines(&result.rows().collect::<Vec<_>>())),
        ("additive", line(&result.additive)),
        ("proxy", line(&result.proxy)),
        ("excluded", lines(&result.excluded)),
        ("incomplete", line(&days)),
        ("warnings", lines(&result.warnings)),
    ];
    let fields = fields.map(|(name, value)| format!("  \"{name}\": {value}"));
    Rendered { data: format!("{{\n{}\n}}\n", fields.join(",\n")), notes: String::new() }
}

/// A value on one line.
pub fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and lists of them always serialise")
}

/// A list with a line for each item, below a field of the outermost object.
pub fn lines(items: &[impl Serialize]) -> String {
    if items.is_empty() {
        return "[]".into();
    }
    let items: Vec<String> = items.iter().map(|item| format!("    {}", line(item))).collect();
    format!("[\n{}\n  ]", items.join(",\n"))
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => s.serialize_none(),
            Value::Integer(n) => s.serialize_i64(*n),
            // Not finite: null, as serde_json writes it.
            Value::Number(x) => s.serialize_f64(*x),
            Value::Money(text) | Value::Text(text) => s.serialize_str(text),
            Value::Date(_) => s.serialize_str(&cells::plain(self)),
            Value::Bool(b) => s.serialize_bool(*b),
        }
    }
}

impl Serialize for ResultColumn {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("type", self.ty.name())?;
        if let Some(unit) = &self.unit {
            map.serialize_entry("unit", unit)?;
        }
        map.end()
    }
}

impl Serialize for Excluded {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("reason", &self.reason)?;
        map.serialize_entry("rows", &self.rows)?;
        map.end()
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let day = |day: Option<Day>| day.map(format_day);
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("every", &self.every)?;
        map.serialize_entry("start", &day(self.start))?;
        map.serialize_entry("end", &day(self.end))?;
        map.serialize_entry("tz", &self.tz)?;
        map.serialize_entry("week_start", &self.week_start)?;
        map.serialize_entry("by", &self.by)?;
        map.serialize_entry("where", &self.filter)?;
        map.serialize_entry("options", &Pairs(&self.options))?;
        for (name, value) in &self.more {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Names and values as an object, in their order.
struct Pairs<'a>(&'a [(String, String)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
