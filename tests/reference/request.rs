//! What can be asked, and how is it typed on the command line?
//!
//! Invariant: a request is as typed; nothing is resolved against data here.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::catalogue::{Kpi, kpi};
use super::filter::Expr;
use super::period::{Calendar, Grain, plus};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Previous,
    Year,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub kpi: &'static str,
    /// None: the KPI's own grain.
    pub every: Option<Grain>,
    pub from: Option<Date>,
    /// The last day, itself included.
    pub to: Option<Date>,
    /// Type `2025-03` for a limit that is a whole month's.
    pub short_dates: bool,
    pub as_of: Option<Date>,
    pub tz: &'static str,
    pub week_start: Weekday,
    pub fiscal_start: i8,
    pub by: Vec<&'static str>,
    pub filter: Option<Expr>,
    pub users: Vec<Expr>,
    /// A number of days.
    pub rolling: Option<i64>,
    pub options: BTreeMap<&'static str, String>,
    pub totals: bool,
    pub top: Option<usize>,
    pub cumulative: bool,
    pub compare: Option<Compare>,
    pub no_fill: bool,
}

impl Request {
    /// The plain question: the KPI at its own grain, in UTC, over its default interval.
    pub fn new(kpi: &'static str) -> Request {
        Request {
            kpi,
            every: None,
            from: None,
            to: None,
            short_dates: false,
            as_of: None,
            tz: "UTC",
            week_start: Weekday::Monday,
            fiscal_start: 1,
            by: Vec::new(),
            filter: None,
            users: Vec::new(),
            rolling: None,
            options: BTreeMap::new(),
            totals: false,
            top: None,
            cumulative: false,
            compare: None,
            no_fill: false,
        }
    }

    pub fn kpi(&self) -> &'static Kpi {
        kpi(self.kpi)
    }

    pub fn grain(&self) -> Grain {
        self.every.unwrap_or(self.kpi().grain)
    }

    pub fn calendar(&self) -> Calendar {
        Calendar { grain: self.grain(), week_start: self.week_start, fiscal_start: self.fiscal_start }
    }

    /// The option's value; its first listed one when it is not given.
    pub fn option(&self, name: &str) -> &str {
        let default = || {
            let declared = self.kpi().options.iter().find(|(option, _)| *option == name);
            declared.unwrap_or_else(|| panic!("{} has no option {name}", self.kpi)).1[0]
        };
        self.options.get(name).map_or_else(default, String::as_str)
    }

    pub fn number(&self, option: &str) -> i64 {
        self.option(option).parse().expect("the option is a whole number")
    }

    /// The arguments of `quipu query`, without the store and the format.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["query".to_owned(), self.kpi.to_owned()];
        let mut flag = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                arguments.extend([name.to_owned(), value]);
            }
        };
        flag("--every", self.every.map(|grain| grain.name().to_owned()));
        flag("--from", self.from.map(|day| self.limit(day, day.day() == 1)));
        let last_of_month = |day: Date| plus(day, 1.day()).day() == 1;
        flag("--to", self.to.map(|day| self.limit(day, last_of_month(day))));
        flag("--as-of", self.as_of.map(|day| day.to_string()));
        flag("--tz", (self.tz != "UTC").then(|| self.tz.to_owned()));
        flag(
            "--week-start",
            match self.week_start {
                Weekday::Sunday => Some("sun".to_owned()),
                Weekday::Saturday => Some("sat".to_owned()),
                _ => None,
            },
        );
        let fiscal = (self.fiscal_start != 1).then(|| format!("{:02}", self.fiscal_start));
        flag("--fiscal-start", fiscal);
        flag("--by", (!self.by.is_empty()).then(|| self.by.join(",")));
        flag("--where", self.filter.as_ref().map(Expr::to_string));
        for users in &self.users {
            flag("--users", Some(users.to_string()));
        }
        flag("--rolling", self.rolling.map(|days| format!("{days}d")));
        for (name, value) in &self.options {
            flag("-o", Some(format!("{name}={value}")));
        }
        flag("--top", self.top.map(|count| count.to_string()));
        flag(
            "--compare",
            self.compare.map(|compare| match compare {
                Compare::Previous => "previous".to_owned(),
                Compare::Year => "year".to_owned(),
            }),
        );
        for (name, given) in
            [("--totals", self.totals), ("--cumulative", self.cumulative), ("--no-fill", self.no_fill)]
        {
            if given {
                arguments.push(name.to_owned());
            }
        }
        arguments
    }

    fn limit(&self, day: Date, whole_month: bool) -> String {
        if self.short_dates && whole_month {
            format!("{:04}-{:02}", day.year(), day.month())
        } else {
            day.to_string()
        }
    }
}
