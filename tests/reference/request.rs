//! What can be asked, and how is it typed on the command line?
//!
//! Invariant: a request is as typed; nothing is resolved against data here.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::catalogue::{Kpi, kpi};
use super::filter::Expr;
use super::period::{Calendar, Days, Grain, plus};

/// Where the rates of a dataset are written.
pub const RATES_FILE: &str = "rates.csv";

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
    /// Back from as_of, in place of both: `90d`, `12w`, `6m`, `1y`.
    pub last: Option<&'static str>,
    pub as_of: Option<Date>,
    /// A zone's name, or `organization`.
    pub tz: &'static str,
    pub week_start: Weekday,
    pub fiscal_start: i8,
    pub by: Vec<&'static str>,
    /// Type `PaymentMethod` for `payment_method`.
    pub header_names: bool,
    pub filter: Option<Expr>,
    /// A tag's whole text, or `KEY=VALUE`.
    pub tags: Vec<String>,
    /// Names of reporting groups.
    pub groups: Vec<String>,
    pub users: Vec<Expr>,
    /// The currency to convert to, by the dataset's rates.
    pub convert: Option<&'static str>,
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
            last: None,
            as_of: None,
            tz: "UTC",
            week_start: Weekday::Monday,
            fiscal_start: 1,
            by: Vec::new(),
            header_names: false,
            filter: None,
            tags: Vec::new(),
            groups: Vec::new(),
            users: Vec::new(),
            convert: None,
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

    /// The days asked for: by default from the bucket of the first day to the bucket of the last.
    pub fn interval(&self, as_of: Date, first: Option<Date>, last: Date) -> Option<Days> {
        if let Some(last) = self.last {
            let (count, unit) = last.split_at(last.len() - 1);
            let count: i64 = count.parse().expect("a number of days, weeks, months or years");
            // Months go back to the day behind the same day of an earlier month.
            let first = match unit {
                "d" => plus(as_of, (1 - count).days()),
                "w" => plus(as_of, (1 - 7 * count).days()),
                "m" => plus(plus(as_of, (-count).months()), 1.day()),
                "y" => plus(plus(as_of, (-count).years()), 1.day()),
                other => panic!("no length of time in {other}"),
            };
            return Some(Days { first, last: as_of });
        }
        let calendar = self.calendar();
        let whole_bucket = |day: Date| match calendar.grain {
            Grain::All => Days { first: day, last: day },
            _ => calendar.buckets(Days { first: day, last: day })[0].whole,
        };
        let first = self.from.or(first.map(|day| whole_bucket(day).first))?;
        let last = self.to.unwrap_or_else(|| whole_bucket(last).last);
        Some(Days { first, last })
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
        flag("--last", self.last.map(str::to_owned));
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
        let by: Vec<String> = self.by.iter().map(|name| self.typed(name)).collect();
        flag("--by", (!by.is_empty()).then(|| by.join(",")));
        flag("--where", self.filter.as_ref().map(Expr::to_string));
        for tag in &self.tags {
            flag("--tag", Some(tag.clone()));
        }
        for group in &self.groups {
            flag("--group", Some(group.clone()));
        }
        for users in &self.users {
            flag("--users", Some(users.to_string()));
        }
        flag("--rolling", self.rolling.map(|days| format!("{days}d")));
        flag("--convert", self.convert.map(str::to_owned));
        flag("--rates", self.convert.map(|_| RATES_FILE.to_owned()));
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

    fn typed(&self, name: &str) -> String {
        // What stands behind a dot is a key of the data, not a header.
        if !self.header_names || name.contains('.') {
            return name.to_owned();
        }
        let capitalised = |word: &str| word[..1].to_uppercase() + &word[1..];
        name.split('_').map(capitalised).collect()
    }

    fn limit(&self, day: Date, whole_month: bool) -> String {
        if self.short_dates && whole_month {
            format!("{:04}-{:02}", day.year(), day.month())
        } else {
            day.to_string()
        }
    }
}
