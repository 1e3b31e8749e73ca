//! One small result in every format.

use insta::assert_snapshot;

use super::*;
use crate::model::civil::day_from_civil;
use crate::query::cells::Cells;
use crate::query::result::{Excluded, Parameters, ResultColumn, Value, ValueType};

fn columns_of(rows: &[Vec<Value>]) -> Vec<Cells> {
    let column = |at: usize| rows.iter().map(|row| row[at].clone()).collect::<Vec<_>>().into();
    (0..rows[0].len()).map(column).collect()
}

fn result() -> QueryResult {
    let day = |month| Value::Date(day_from_civil(2025, month, 1));
    let text = |t: &str| Value::Text(t.into());
    let money = |m: &str| Value::Money(m.into());
    QueryResult {
        kpi: "revenue".into(),
        title: "Revenue".into(),
        definition: "signed amounts by transaction date".into(),
        definition_id: "revenue@1".into(),
        unit: None,
        snapshot: "0123456789abcdef".into(),
        engine: "quipu 0.1.0".into(),
        as_of: Some(day_from_civil(2025, 12, 30)),
        parameters: Parameters {
            every: "month".into(),
            start: Some(day_from_civil(2025, 11, 1)),
            end: Some(day_from_civil(2026, 1, 1)),
            tz: "Europe/Oslo".into(),
            week_start: "monday".into(),
            by: vec!["company".into()],
            filter: Some("plan_type = 'Pro'".into()),
            options: vec![("types".into(), "Renewal".into()), ("method".into(), "cash".into())],
            more: vec![("rolling".into(), Value::Integer(28))],
        },
        columns: vec![
            ResultColumn::period(),
            ResultColumn::dimension("company", ValueType::Text),
            ResultColumn::measure("revenue", ValueType::Money, None),
            ResultColumn::measure("events", ValueType::Integer, Some("events")),
            ResultColumn::rate("share"),
            ResultColumn::measure("average", ValueType::Number, None),
        ],
        cells: columns_of(&[
            vec![
                day(11),
                text("=Acme|\"1\""),
                money("1234567.50"),
                Value::Integer(1234),
                Value::Number(0.25),
                Value::Number(1.0 / 3.0),
            ],
            vec![
                day(12),
                text("\u{1b}[31m-x"),
                money("-0.0001"),
                Value::Integer(-7),
                Value::Null,
                Value::Number(1000.0),
            ],
            vec![day(12), Value::Null, Value::Null, Value::Integer(0), Value::Number(1.5), Value::Null],
        ]),
        totals: vec![],
        additive: false,
        proxy: true,
        excluded: vec![Excluded { reason: "host not in users".into(), rows: 12 }],
        incomplete: vec![day_from_civil(2025, 12, 1)],
        warnings: vec!["as_of lies 40 days past the facts".into()],
    }
}

#[test]
fn as_json() {
    let rendered = render(&result(), Format::Json);
    assert_eq!(rendered.notes, "");
    assert_snapshot!(rendered.data, @r##"
    {
      "kpi": "revenue",
      "title": "Revenue",
      "definition": "signed amounts by transaction date",
      "definition_id": "revenue@1",
      "unit": null,
      "snapshot": "0123456789abcdef",
      "engine": "quipu 0.1.0",
      "as_of": "2025-12-30",
      "parameters": {"every":"month","start":"2025-11-01","end":"2026-01-01","tz":"Europe/Oslo","week_start":"monday","by":["company"],"where":"plan_type = 'Pro'","options":{"types":"Renewal","method":"cash"},"rolling":28},
      "columns": [
        {"name":"period","type":"date"},
        {"name":"company","type":"text"},
        {"name":"revenue","type":"money"},
        {"name":"events","type":"integer","unit":"events"},
        {"name":"share","type":"number"},
        {"name":"average","type":"number"}
      ],
      "rows": [
        ["2025-11-01","=Acme|\"1\"","1234567.50",1234,0.25,0.3333333333333333],
        ["2025-12-01","\u001b[31m-x","-0.0001",-7,null,1000.0],
        ["2025-12-01",null,null,0,1.5,null]
      ],
      "additive": false,
      "proxy": true,
      "excluded": [
        {"reason":"host not in users","rows":12}
      ],
      "incomplete": ["2025-12-01"],
      "warnings": [
        "as_of lies 40 days past the facts"
      ]
    }
    "##);
    let value: serde_json::Value = serde_json::from_str(&rendered.data).unwrap();
    assert_eq!(value["rows"][0][4], 0.25);
}

#[test]
fn as_csv() {
    let data = render(&result(), Format::Csv).data;
    assert_snapshot!(data.replace('\u{1b}', "<ESC>"), @r##"
    period,company,revenue,events,share,average
    2025-11-01,"'=Acme|""1""",1234567.50,1234,0.25,0.3333333333333333
    2025-12-01,<ESC>[31m-x,-0.0001,-7,,1000.0
    2025-12-01,,,0,1.5,
    "##);
}

#[test]
fn as_a_table() {
    let rendered = render(&result(), Format::Table);
    assert_snapshot!(rendered.data, @r##"
    Revenue · every month · 2025-11-01 to 2025-12-31 · Europe/Oslo · where plan_type = 'Pro'

    period       company            revenue  events    share   average
    ──────────────────────────────────────────────────────────────────
    2025-11-01   =Acme|"1"     1,234,567.50   1,234   25.00%      0.33
    2025-12-01*  \u{1b}[31m-x       -0.0001      -7        –  1,000.00
    2025-12-01*  (none)                   –       0  150.00%         –
    "##);
    assert_snapshot!(rendered.notes, @r##"
    revenue@1: signed amounts by transaction date
    * cut off, or not over by 2025-12-30: 2025-12-01
    left out: 12 rows: host not in users
    groups do not add up to the total (--totals computes it)
    proxy: the data does not hold what an exact figure needs
    warning: as_of lies 40 days past the facts
    "##);
}

#[test]
fn as_markdown() {
    let rendered = render(&result(), Format::Markdown);
    assert_snapshot!(rendered.data, @r##"
    | period | company | revenue | events | share | average |
    | --- | --- | ---: | ---: | ---: | ---: |
    | 2025-11-01 | =Acme\|"1" | 1,234,567.50 | 1,234 | 25.00% | 0.33 |
    | 2025-12-01\* | \\u{1b}\[31m-x | -0.0001 | -7 | – | 1,000.00 |
    | 2025-12-01\* | (none) | – | 0 | 150.00% | – |
    "##);
    assert_eq!(rendered.notes, render(&result(), Format::Table).notes);
}

#[test]
fn an_empty_result_is_still_one() {
    let empty =
        QueryResult { cells: vec![], excluded: vec![], incomplete: vec![], warnings: vec![], ..result() };
    let json: serde_json::Value = serde_json::from_str(&render(&empty, Format::Json).data).unwrap();
    assert_eq!(json["rows"], serde_json::json!([]));
    assert_eq!(render(&empty, Format::Csv).data, "period,company,revenue,events,share,average\n");
    assert!(render(&empty, Format::Table).notes.ends_with("no rows\n"));
}

#[test]
fn a_total_is_told_from_the_group_without_a_value() {
    let cells = columns_of(&[result().row(0), result().row(result().len() - 1)]);
    let both = |totals| super::table::render(&QueryResult { cells: cells.clone(), totals, ..result() }).data;
    assert!(!both(vec![]).contains("(total)"));
    assert!(both(vec![1]).contains("(total)"));
}
