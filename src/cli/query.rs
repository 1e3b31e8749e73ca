//! `quipu query KPI`: the figure. Its options become a [`Request`]; nothing is looked up here.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::args::{StoreArgs, words};
use super::{CliError, Io};
use crate::kpi::Conversion;
use crate::model::Day;
use crate::query::bandwidth::bytes_per_s;
use crate::query::period::{self, Compare, Grain, Last, PartialDate, WeekStart};
use crate::query::request::{Format, Request};
use crate::query::{QueryError, Timing, execute, rates};
use crate::report;
use crate::report::cells::thousands;
use crate::store::{Snapshot, keep_what_is_freed};

/// The arguments of `quipu query`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  quipu query mau                                       every month there is data for
  quipu query dau --last 90d --tz Europe/Oslo
  quipu query revenue --every quarter --from 2025 --to 2025-06 --fiscal-start 4
  quipu query meeting_minutes --every week --by plan_type,meeting_type --totals
  quipu query tickets_opened --where \"priority_level = 'High' and not company = 'Acme'\"
  quipu query active_users -o actor=attendee --rolling 28d
  quipu query mau --compare year --format json --out mau.json
  quipu query outstanding_debt --by age_bucket,tag.Store
  quipu query billed_amount --by product --group Cosmetics --every year
  quipu query subscription_mrr --convert EUR --rates rates.csv --tag Store=Oslo

Conditions: =  !=  <  <=  >  >=  in  not in  like  not like  is null  is not null, joined by
and, or, not, ( ). Text stands in single quotes and compares without regard to case.
'quipu kpis KPI' lists the dimensions and options of a KPI.")]
pub struct QueryArgs {
    /// What is asked.
    #[command(flatten)]
    pub question: QuestionArgs,
    /// Where the store is.
    #[command(flatten)]
    pub store: StoreArgs,
    /// How the answer is shown.
    #[command(flatten)]
    pub show: ShowArgs,
}

/// What is asked: the options that decide the figure.
#[derive(Args, Debug)]
pub struct QuestionArgs {
    /// The KPI; 'quipu kpis' lists them
    #[arg(value_name = "KPI")]
    pub kpi: String,

    /// The length of a period [default: the KPI's own]
    #[arg(long, value_name = "GRAIN", value_parser = words(&Grain::EVERY, Grain::name), ignore_case = true, help_heading = "Time")]
    pub every: Option<Grain>,
    /// The first day; a month or a year means its first day (2025, 2025-06, 2025-06-30)
    #[arg(long, value_name = "DATE", value_parser = PartialDate::parse, help_heading = "Time")]
    pub from: Option<PartialDate>,
    /// The last day, inclusive; a month or a year means its last day
    #[arg(long, value_name = "DATE", value_parser = PartialDate::parse, help_heading = "Time")]
    pub to: Option<PartialDate>,
    /// So far back from as-of: 90d, 12w, 6m, 1y
    #[arg(long, value_name = "SPAN", value_parser = Last::parse, conflicts_with_all = ["from", "to"], help_heading = "Time")]
    pub last: Option<Last>,
    /// The zone in which days start, by its IANA name; 'organization' for each organization's own [default: UTC]
    #[arg(long, value_name = "ZONE", help_heading = "Time")]
    pub tz: Option<String>,
    /// Turn amounts into this currency, by the rates of --rates
    #[arg(long, value_name = "CURRENCY", requires = "rates", help_heading = "Groups and filters")]
    pub convert: Option<String>,
    /// A csv file date,currency,rate: from that day on, one unit is worth so much of --convert's currency
    #[arg(long, value_name = "FILE", requires = "convert", help_heading = "Groups and filters")]
    pub rates: Option<PathBuf>,
    /// The day on which weeks start [default: mon]
    #[arg(long, value_name = "DAY", value_parser = week_start(), ignore_case = true, help_heading = "Time")]
    pub week_start: Option<WeekStart>,
    /// The month (1-12) in which quarters and years start [default: 1]
    #[arg(long, value_name = "MM", value_parser = clap::value_parser!(u32).range(1..=12), help_heading = "Time")]
    pub fiscal_start: Option<u32>,
    /// The day up to which things are taken to have happened [default: the last day with data]
    #[arg(long, value_name = "DATE", value_parser = whole_day, help_heading = "Time")]
    pub as_of: Option<Day>,
    /// Measure over the last N days of each period instead of over the period: 28d
    #[arg(long, value_name = "Nd", value_parser = period::parse_rolling, help_heading = "Time")]
    pub rolling: Option<u32>,
    /// Add the figure of the period before, or of a year before, and the change
    #[arg(long, value_name = "WITH", value_parser = words(&Compare::EVERY, Compare::name), ignore_case = true, help_heading = "Time")]
    pub compare: Option<Compare>,
    /// Add up from the first period on (sums and counts only)
    #[arg(long, help_heading = "Time")]
    pub cumulative: bool,

    /// Dimensions to split by: plan_type,company
    #[arg(long, value_name = "DIM,...", value_delimiter = ',', value_parser = dimension, help_heading = "Groups and filters")]
    pub by: Vec<String>,
    /// Keep the rows for which a condition holds: "plan_type = 'Pro'"
    #[arg(long = "where", value_name = "EXPR", help_heading = "Groups and filters")]
    pub filter: Option<String>,
    /// Keep what has a tag: KEY=VALUE, or a tag's whole text (repeatable)
    #[arg(long, value_name = "TAG", help_heading = "Groups and filters")]
    pub tag: Vec<String>,
    /// Keep what is in a reporting group (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Groups and filters")]
    pub group: Vec<String>,
    /// Keep users with a row for which a condition holds: "feature_name = 'Recording'" (repeatable)
    #[arg(long, value_name = "EXPR", help_heading = "Groups and filters")]
    pub users: Vec<String>,
    /// Show the N largest groups, the rest as one row 'Other'
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = "Groups and filters")]
    pub top: Option<usize>,
    /// Add a row per period over all groups
    #[arg(long, help_heading = "Groups and filters")]
    pub totals: bool,
    /// Leave out periods without data
    #[arg(long, help_heading = "Groups and filters")]
    pub no_fill: bool,
    /// An option of the KPI: -o actor=attendee (repeatable)
    #[arg(short = 'o', value_name = "NAME=VALUE", value_parser = option, help_heading = "Groups and filters")]
    pub options: Vec<(String, String)>,
}

/// How the answer is shown.
#[derive(Args, Debug)]
pub struct ShowArgs {
    /// How to write the answer [default: by the ending of --out, else table]
    #[arg(long, value_name = "FORMAT", value_parser = words(&Format::EVERY, Format::name), ignore_case = true, help_heading = "Output")]
    pub format: Option<Format>,
    /// Write the answer to a file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// With csv: texts as they are, without the ' before those that a spreadsheet would run
    #[arg(long, help_heading = "Output")]
    pub raw: bool,
    /// Say how long each step took, how much was read, and how near that is to the memory's speed
    #[arg(long, help_heading = "Output")]
    pub timing: bool,
    /// Use N threads [default: one per processor]
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = "Output")]
    pub threads: Option<usize>,
    /// Show personal data unmasked
    #[arg(long, help_heading = "Output")]
    pub show_pii: bool,
}

impl QueryArgs {
    /// The query as typed.
    ///
    /// # Errors
    /// When the rates cannot be read.
    pub fn request(&self) -> Result<Request, CliError> {
        let (q, show) = (&self.question, &self.show);
        Ok(Request {
            kpi: q.kpi.clone(),
            every: q.every,
            from: q.from,
            to: q.to,
            last: q.last,
            by: q.by.clone(),
            filter: q.filter.clone(),
            tags: q.tag.clone(),
            groups: q.group.clone(),
            users: q.users.clone(),
            tz: q.tz.clone(),
            conversion: q.conversion()?,
            week_start: q.week_start.unwrap_or_default(),
            fiscal_start: q.fiscal_start,
            as_of: q.as_of,
            rolling_days: q.rolling,
            compare: q.compare,
            cumulative: q.cumulative,
            top: q.top,
            totals: q.totals,
            no_fill: q.no_fill,
            options: q.options.clone(),
            threads: show.threads,
            show_pii: show.show_pii,
            format: show.format.unwrap_or_else(|| show.out.as_deref().map_or(Format::Table, format_of)),
            out: show.out.clone(),
            timing: show.timing,
        })
    }
}

impl QuestionArgs {
    fn conversion(&self) -> Result<Option<Conversion>, CliError> {
        let (Some(target), Some(file)) = (&self.convert, &self.rates) else { return Ok(None) };
        let text = std::fs::read_to_string(file)
            .map_err(|e| QueryError::usage("--rates", format!("{} cannot be read: {e}", file.display())))?;
        let rates = rates::parse(target, &text)
            .map_err(|e| QueryError::usage("--rates", format!("{}: {e}", file.display())))?;
        Ok(Some(rates))
    }
}

/// The format that a file's ending asks for.
fn format_of(file: &Path) -> Format {
    match file.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Format::Csv,
        Some("json") => Format::Json,
        Some("md" | "markdown") => Format::Markdown,
        _ => Format::Table,
    }
}

fn week_start() -> impl TypedValueParser<Value = WeekStart> {
    let value = |short: &'static str, long: &'static str| PossibleValue::new(short).alias(long);
    PossibleValuesParser::new([value("mon", "monday"), value("sun", "sunday"), value("sat", "saturday")]).map(
        |typed| {
            let typed = typed.to_ascii_lowercase();
            let found = WeekStart::EVERY.iter().find(|day| day.name().starts_with(&typed));
            *found.expect("only these words pass")
        },
    )
}

pub(super) fn whole_day(text: &str) -> Result<Day, String> {
    match PartialDate::parse(text)? {
        PartialDate::Day(day) => Ok(day),
        _ => Err(format!("'{text}' is not a whole date; write 2025-06-30")),
    }
}

fn dimension(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() {
        Err("a name is empty; write --by plan_type,company".into())
    } else {
        Ok(name.into())
    }
}

fn option(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().into(), value.trim().into())),
        _ => Err(format!("'{text}' is no option; write name=value, for example actor=attendee")),
    }
}

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|n| *n > 0);
    number.ok_or_else(|| format!("'{text}' is not a whole number above 0"))
}

/// Answers the query.
pub fn run(args: &QueryArgs, io: &mut Io<'_>) -> Result<(), CliError> {
    let request = args.request()?;
    if args.show.raw && request.format != Format::Csv {
        return Err(CliError::Usage("--raw is for csv: add --format csv".into()));
    }
    if let Some(out) = &request.out {
        args.store.keep_out(out)?;
    }
    keep_what_is_freed();
    let started = Instant::now();
    let snapshot = Snapshot::open(&args.store.path()).map_err(CliError::from)?;
    let opened = started.elapsed();
    let (result, timing) = execute(&snapshot, &request)?;
    let rendered = match args.show.raw {
        true => report::csv::render_raw(&result),
        false => report::render(&result, request.format),
    };
    io.rendered(&rendered, request.out.as_deref())?;
    if request.timing {
        io.note(&told(opened, &timing));
    }
    Ok(())
}

/// Enough for the caches near the processor not to hold it.
const BANDWIDTH_BYTES: usize = 1 << 27;

/// What `--timing` says.
fn told(opened: Duration, timing: &Timing) -> String {
    let steps = [("open", opened), ("plan", timing.plan), ("scan", timing.scan), ("finish", timing.finish)];
    let steps = steps.map(|(name, took)| format!("{name} {} µs", took.as_micros()));
    let threads = if timing.threads == 1 { "thread" } else { "threads" };
    let peak = bytes_per_s(BANDWIDTH_BYTES, 3);
    let reading = timing.bytes as f64 / timing.scan.as_secs_f64().max(1e-9);
    format!(
        "{}\n{} rows, {:.1} MB of columns read at {:.1} GB/s: {:.0} % of the {:.1} GB/s of a plain sum, {} {threads}\n",
        steps.join(", "),
        thousands(&timing.rows.to_string()),
        timing.bytes as f64 / 1e6,
        reading / 1e9,
        100.0 * reading / peak as f64,
        peak as f64 / 1e9,
        timing.threads
    )
}
