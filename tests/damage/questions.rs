//! What is asked of a damaged store? Every KPI in a few shapes, so that every file is read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use quipu::kpi::KPIS;
use quipu::model::SCHEMA;
use quipu::query::period::{Compare, Grain, PartialDate};
use quipu::query::request::{Format, Request};
use quipu::query::{QueryError, execute};
use quipu::store::Snapshot;
use quipu::{check, report};

/// Something that can be asked of a snapshot.
pub enum Question {
    Query(Box<Request>),
    /// Every rule about the rows, and the shipped tables compared.
    Check,
}

impl Question {
    pub fn name(&self) -> String {
        match self {
            Question::Check => "check".into(),
            Question::Query(r) => {
                let filter = r.filter.as_deref().unwrap_or("");
                format!("{} by {:?} where {filter:?} {:?} {:?} {:?}", r.kpi, r.by, r.tags, r.groups, r.users)
            }
        }
    }

    /// The answer as text.
    pub fn ask(&self, snapshot: &Snapshot) -> Result<String, QueryError> {
        match self {
            Question::Query(request) => {
                let (result, _) = execute(snapshot, request)?;
                Ok(report::render(&result, Format::Json).data)
            }
            Question::Check => {
                let request = check::Request {
                    tz: None,
                    as_of: None,
                    reconcile: true,
                    samples_max: 3,
                    show_pii: false,
                };
                Ok(report::check::render(&check::check(snapshot, &request)?, Format::Json))
            }
        }
    }
}

/// The questions that a sound store answers, each with its answer.
pub struct Asked {
    pub all: Vec<(Question, String)>,
    /// The questions that read a file.
    by_file: BTreeMap<String, Vec<usize>>,
}

impl Asked {
    pub fn of(store: &Path) -> Asked {
        let mut asked = Asked { all: Vec::new(), by_file: BTreeMap::new() };
        for question in questions() {
            let snapshot = Snapshot::open(store).expect("the store is sound");
            let Ok(answer) = question.ask(&snapshot) else { continue };
            for file in mapped(store) {
                asked.by_file.entry(file).or_default().push(asked.all.len());
            }
            asked.all.push((question, answer));
        }
        asked
    }

    /// The questions that read a file; all of them for the files that every question reads first.
    pub fn reading(&self, file: &str) -> Vec<usize> {
        let all = || (0..self.all.len()).collect();
        if file.starts_with("data/") { self.by_file.get(file).cloned().unwrap_or_default() } else { all() }
    }
}

/// The files of a store that this process has mapped.
fn mapped(store: &Path) -> Vec<String> {
    let maps = fs::read_to_string("/proc/self/maps").expect("the system tells what is mapped");
    let prefix = format!("{}/", store.display());
    let files = maps.lines().filter_map(|line| Some(line.split_once(&prefix)?.1.to_owned()));
    let mut files: Vec<String> = files.collect();
    files.sort();
    files.dedup();
    files
}

fn questions() -> Vec<Question> {
    let mut all = vec![Question::Check];
    for kpi in KPIS {
        let plain = || Request { kpi: kpi.name.into(), ..Request::default() };
        let mut add = |request: Request| all.push(Question::Query(Box::new(request)));
        add(plain());
        add(Request { totals: true, compare: Some(Compare::Previous), ..plain() });
        let from = PartialDate::parse("2025-10").ok();
        add(Request { every: Some(Grain::Day), from, tz: Some("America/New_York".into()), ..plain() });
        add(Request { tz: Some("organization".into()), ..plain() });
        add(Request { rolling_days: Some(28), ..plain() });
        add(Request { tags: vec!["Store=Oslo".into()], ..plain() });
        add(Request { groups: vec!["Video".into()], ..plain() });
        add(Request { users: vec!["feature_name = 'Chat' or duration_minutes > 3".into()], ..plain() });
        for option in kpi.options {
            for word in option.shown().split('|') {
                add(Request { options: vec![(option.name.into(), word.into())], ..plain() });
            }
        }
        for dimension in kpi.dims {
            let prefix = dimension.strip_suffix("KEY");
            let name = prefix.map_or(dimension.to_string(), |prefix| {
                format!("{prefix}{}", if prefix.starts_with("tag") { "Store" } else { "Region" })
            });
            add(Request { by: vec![name.clone()], top: Some(2), every: Some(Grain::All), ..plain() });
            add(Request { filter: Some(format!("not {name} is null")), ..plain() });
        }
        let tables: std::collections::BTreeSet<&str> = kpi.needs.iter().map(|need| need.0).collect();
        for table in tables {
            for column in SCHEMA.get(SCHEMA.id(table)).columns {
                add(Request { filter: Some(format!("not {} is null", column.name)), ..plain() });
                add(Request { filter: Some(format!("{} like '%a%'", column.name)), ..plain() });
            }
        }
    }
    all
}
