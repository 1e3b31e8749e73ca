//! Command lines and what they lead to: requests, messages, exit statuses.

use clap::Parser;

use super::args::{Cli, Command};
use super::*;
use crate::model::civil::day_from_civil;
use crate::query::period::{Compare, Grain, Last, PartialDate, WeekStart};
use crate::query::request::{Format, Request};

/// Exit status, standard output, standard error.
fn quipu(args: &[&str]) -> (i32, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args: Vec<&str> = std::iter::once("quipu").chain(args.iter().copied()).collect();
    let status = run_with(&args, &mut Io { out: &mut out, err: &mut err, color: false });
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn request(args: &[&str]) -> Request {
    let args = ["quipu", "query"].iter().chain(args);
    match Cli::try_parse_from(args).unwrap().command {
        Command::Query(args) => args.request().expect("these arguments name no file"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_declaration_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn options_become_a_request() {
    assert_eq!(request(&["mau"]), Request { kpi: "mau".into(), ..Request::default() });
    let all = request(&[
        "revenue",
        "--every",
        "Quarter",
        "--from",
        "2025",
        "--to",
        "2025-06",
        "--by",
        "plan_type, company",
        "--by",
        "x",
        "--where",
        "a = 1",
        "--tag",
        "Store=Oslo",
        "--tag",
        "vip",
        "--group",
        "TV",
        "--users",
        "b = 1",
        "--users",
        "c = 2",
        "--tz",
        "Europe/Oslo",
        "--week-start",
        "Sunday",
        "--fiscal-start",
        "04",
        "--as-of",
        "2025-06-30",
        "--rolling",
        "28d",
        "--compare",
        "year",
        "--cumulative",
        "--top",
        "5",
        "--totals",
        "--no-fill",
        "-o",
        "actor=any",
        "-o",
        "x=",
        "--threads",
        "2",
        "--show-pii",
        "--format",
        "json",
        "--out",
        "r.csv",
        "--timing",
    ]);
    let texts = |all: &[&str]| all.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
    let expected = Request {
        kpi: "revenue".into(),
        every: Some(Grain::Quarter),
        from: Some(PartialDate::Year(2025)),
        to: Some(PartialDate::Month(2025, 6)),
        last: None,
        by: texts(&["plan_type", "company", "x"]),
        filter: Some("a = 1".into()),
        tags: texts(&["Store=Oslo", "vip"]),
        groups: texts(&["TV"]),
        users: texts(&["b = 1", "c = 2"]),
        tz: Some("Europe/Oslo".into()),
        conversion: None,
        week_start: WeekStart::Sunday,
        fiscal_start: Some(4),
        as_of: Some(day_from_civil(2025, 6, 30)),
        rolling_days: Some(28),
        compare: Some(Compare::Year),
        cumulative: true,
        top: Some(5),
        totals: true,
        no_fill: true,
        options: vec![("actor".into(), "any".into()), ("x".into(), String::new())],
        threads: Some(2),
        show_pii: true,
        format: Format::Json,
        out: Some("r.csv".into()),
        timing: true,
    };
    assert_eq!(all, expected);
    assert_eq!(request(&["mau", "--last", "6m"]).last, Some(Last::Months(6)));
}

#[test]
fn the_ending_of_the_file_decides_the_format() {
    for (file, format) in [
        ("a.csv", Format::Csv),
        ("a.JSON", Format::Json),
        ("a.md", Format::Markdown),
        ("a.txt", Format::Table),
        ("a", Format::Table),
    ] {
        assert_eq!(request(&["mau", "--out", file]).format, format, "{file}");
    }
}

#[test]
fn wrong_usage_is_explained() {
    for (args, message) in [
        (
            &["query", "mau", "--start-time", "2025"][..],
            "unknown option '--start-time' of 'quipu query'; did you mean '--from'?",
        ),
        (&["query", "mau", "--group-by", "x"], "'--group-by' of 'quipu query'; did you mean '--by'?"),
        (&["query", "mau", "--filter", "x"], "did you mean '--where'?"),
        (
            &["query", "mau", "--timezone=UTC"],
            "unknown option '--timezone' of 'quipu query'; did you mean '--tz'?",
        ),
        (&["query", "mau", "--granularity", "x"], "did you mean '--every'?"),
        (&["query", "mau", "--grain", "x"], "did you mean '--every'?"),
        (&["query", "mau", "--period", "x"], "did you mean '--every'?"),
        (&["query", "mau", "--end", "x"], "did you mean '--to'?"),
        (&["query", "mau", "--json"], "did you mean '--format json'?"),
        (&["query", "mau", "--fomrat", "x"], "did you mean '--format'?"),
        (&["query", "mau", "--evry", "x"], "options: --every, --from, --to, --last"),
        (&["query", "mau", "--zzzzzz"], "unknown option '--zzzzzz' of 'quipu query'\noptions:"),
        (&["load", "x", "--filter", "y"], "unknown option '--filter' of 'quipu load'\noptions:"),
        (&["query", "mau", "dau"], "unexpected 'dau'; 'quipu query' takes KPI"),
        (&["verify", "x"], "unexpected 'x'; 'quipu verify' takes nothing but options"),
        (
            &["query", "mau", "--every", "monthly"],
            "--every: 'monthly' is not one of day, week, month, quarter, year, all; did you mean 'month'?",
        ),
        (&["query", "mau", "--every"], "--every needs a value: day, week"),
        (&["query", "mau", "--from"], "--from needs a value"),
        (
            &["query", "mau", "--from", "06/2025"],
            "--from: '06/2025' is no date; write 2025, 2025-06 or 2025-06-30",
        ),
        (&["query", "mau", "--to", "2025-02-30"], "--to: '2025-02-30' does not exist: 2025-02 has 28 days"),
        (&["query", "mau", "--last", "90"], "--last: '90' is no length of time; write 90d, 12w, 6m or 1y"),
        (&["query", "mau", "--last", "90d", "--from", "2025"], "--last cannot be combined with --from"),
        (&["query", "mau", "--tz", "UTC", "--tz", "UTC"], "--tz is given more than once"),
        (&["query", "mau", "--fiscal-start", "13"], "--fiscal-start: 13 is not in 1..=12"),
        (&["query", "mau", "--as-of", "2025-06"], "--as-of: '2025-06' is not a whole date"),
        (&["query", "mau", "--top", "0"], "--top: '0' is not a whole number above 0"),
        (&["query", "mau", "-o", "actor"], "-o: 'actor' is no option; write name=value"),
        (&["query", "mau", "--by", "a,,b"], "--by: a name is empty"),
        (&["query"], "'quipu query' needs <KPI>; 'quipu kpis' lists them"),
        (&["load"], "'quipu load' needs <PATH>..."),
        (&["generate"], "'quipu generate' needs --out <DIR>"),
        (
            &["--store", "s", "query", "mau"],
            "--store stands before the command; write 'quipu query ... --store ...'",
        ),
        (&["help"], "unknown command 'help'; did you mean '--help'?"),
        (&["qurey"], "unknown command 'qurey'; did you mean 'query'?\ncommands: load, kpis, query"),
        (
            &["load", "x", "--source-tz", "Europe/Olso"],
            "--source-tz: unknown time zone 'Europe/Olso'; did you mean 'Europe/Oslo'?",
        ),
        (&["load", "x", "--strict", "--max-rejects", "5"], "--strict cannot be combined with --max-rejects"),
        (&["schema", "meting"], "unknown table 'meting'; did you mean 'meetings'?"),
        (
            &["completions", "bsh"],
            "<SHELL>: 'bsh' is not one of bash, elvish, fish, powershell, zsh; did you mean 'bash'?",
        ),
    ] {
        let (status, out, err) = quipu(args);
        assert!(err.starts_with("error: ") && err.contains(message), "{args:?}: {err}");
        assert_eq!((status, out.as_str()), (2, ""), "{args:?}");
    }
}

#[test]
fn help_is_data_and_missing_commands_are_not() {
    let (status, out, err) = quipu(&["query", "--help"]);
    assert_eq!((status, err.as_str()), (0, ""));
    for part in ["--every <GRAIN>", "quarter", "Examples:", "-o <NAME=VALUE>"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (status, out, err) = quipu(&[]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.starts_with("Exports in") && err.contains("Answer a question"), "{err}");
    assert_eq!(quipu(&["--version"]).1, concat!("quipu ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn only_what_works_is_offered() {
    let names: Vec<String> = Cli::command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
    assert_eq!(
        names,
        ["load", "kpis", "query", "check", "info", "schema", "verify", "generate", "completions"]
    );
}

#[test]
fn every_option_is_explained() {
    for command in Cli::command().get_subcommands() {
        assert!(command.get_after_help().is_some(), "{}", command.get_name());
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
        }
    }
}

#[test]
fn schema_lists_tables_and_columns() {
    let (status, out, _) = quipu(&["schema"]);
    assert_eq!(status, 0);
    assert!(out.contains("platform  users") && out.contains("billing   economy.payment_demands"), "{out}");
    let (_, out, _) = quipu(&["schema", "economy.PaymentDemands"]);
    assert!(out.starts_with("economy.payment_demands (billing): a demand for payment\n"), "{out}");
    let (_, out, _) = quipu(&["schema", "orders", "--format", "markdown"]);
    assert!(
        out.contains("| Status | category |  | InProgress 0, Completed 1, Cancelled 2, Rejected 3 |"),
        "{out}"
    );
    let (_, out, _) = quipu(&["schema", "--format", "json"]);
    let all: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(all["tables"].as_array().unwrap().len(), crate::model::SCHEMA.len());
    let (_, out, _) = quipu(&["schema", "users", "--format", "json"]);
    let users: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(users["columns"][1]["personal"], true);
}

#[test]
fn completions_know_the_options() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (status, out, _) = quipu(&["completions", shell]);
        assert!(status == 0 && out.contains("week-start"), "{shell}");
    }
}

/// A stream that nobody reads any more.
struct Closed(std::io::ErrorKind);

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_ends_quietly_and_a_full_disk_does_not() {
    let status = |kind, err: &mut Vec<u8>| {
        run_with(&["quipu", "schema"], &mut Io { out: &mut Closed(kind), err, color: false })
    };
    let mut err = Vec::new();
    assert_eq!((status(std::io::ErrorKind::BrokenPipe, &mut err), err.as_slice()), (0, &b""[..]));
    assert_eq!(status(std::io::ErrorKind::StorageFull, &mut err), 1);
    assert!(String::from_utf8(err).unwrap().starts_with("error: cannot write to standard output: "));
}
