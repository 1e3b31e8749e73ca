//! What is wrong with the command line? Messages that name the flag, say what is allowed and suggest
//! what was probably meant.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};

use crate::model::names::{did_you_mean, nearest};

/// Flags of other tools, and what they are called here.
const FOREIGN: &[(&str, &[&str])] = &[
    ("--from", &["--start", "--start-time", "--start-date", "--since", "--begin"]),
    ("--to", &["--end", "--end-time", "--end-date", "--until"]),
    ("--by", &["--group-by", "--groupby", "--dimension", "--dimensions", "--breakdown"]),
    ("--where", &["--filter", "--filters", "--condition"]),
    ("--tz", &["--timezone", "--time-zone", "--zone"]),
    ("--every", &["--granularity", "--grain", "--period", "--interval", "--frequency", "--freq"]),
    ("--as-of", &["--asof", "--date", "--today"]),
    ("--top", &["--limit", "--head"]),
    ("--out", &["--output", "--output-file", "--file"]),
    ("--format", &["--json", "--csv", "--markdown", "--output-format"]),
    ("--threads", &["--jobs", "--workers", "--parallelism"]),
    ("--store", &["--db", "--database", "--data-dir"]),
    ("-o", &["--option", "--options", "--set", "--param"]),
];

/// The message for an error of the command line.
pub fn explain(error: &Error, args: &[OsString], root: &mut Command) -> String {
    root.build();
    let (path, command) = command_of(args, root);
    let arg = context(error, ContextKind::InvalidArg);
    let flag = arg.split([' ', '=']).next().unwrap_or_default();
    let typed = context(error, ContextKind::InvalidValue);
    let allowed = list(error, ContextKind::ValidValue);
    match error.kind() {
        ErrorKind::UnknownArgument if flag.starts_with('-') => unknown_flag(flag, path.as_str(), command),
        ErrorKind::UnknownArgument => {
            let takes: Vec<String> = command.get_positionals().map(place).collect();
            let takes = if takes.is_empty() { "nothing but options".into() } else { takes.join(" ") };
            format!("unexpected '{arg}'; '{path}' takes {takes}{}", see(&path))
        }
        ErrorKind::InvalidSubcommand => {
            let name = context(error, ContextKind::InvalidSubcommand);
            let names: Vec<&str> = root.get_subcommands().map(Command::get_name).collect();
            let hint = match name.as_str() {
                "help" => "; did you mean '--help'?".into(),
                _ => did_you_mean(&name, names.iter().copied()),
            };
            format!("unknown command '{name}'{hint}\ncommands: {}", names.join(", "))
        }
        ErrorKind::InvalidValue if typed.is_empty() => {
            let allowed =
                if allowed.is_empty() { String::new() } else { format!(": {}", allowed.join(", ")) };
            format!("{flag} needs a value{allowed}{}", see(&path))
        }
        ErrorKind::InvalidValue => {
            let hint = did_you_mean(&typed, allowed.iter().map(String::as_str));
            format!("{flag}: '{typed}' is not one of {}{hint}", allowed.join(", "))
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map_or_else(String::new, |source| format!("{source}"));
            let why = if why.contains(&typed) { why } else { format!("'{typed}': {why}") };
            format!("{flag}: {why}")
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = list(error, ContextKind::InvalidArg);
            let hint = if missing.iter().any(|m| m == "<KPI>") { "; 'quipu kpis' lists them" } else { "" };
            format!("'{path}' needs {}{hint}{}", missing.join(" and "), see(&path))
        }
        ErrorKind::ArgumentConflict => {
            let others = list(error, ContextKind::PriorArg);
            let others: Vec<&str> = others.iter().filter_map(|o| o.split(' ').next()).collect();
            if others.iter().all(|o| *o == flag) {
                format!("{flag} is given more than once{}", see(&path))
            } else {
                format!("{flag} cannot be combined with {}{}", others.join(" or "), see(&path))
            }
        }
        _ => {
            let text = error.render().to_string();
            text.trim_start_matches("error: ").trim_end().to_owned()
        }
    }
}

fn unknown_flag(flag: &str, path: &str, command: &Command) -> String {
    let flags: Vec<String> =
        command.get_arguments().filter(|a| !a.is_hide_set()).filter_map(spelling).collect();
    let known = |name: &str| flags.iter().any(|f| f == name);
    if known(flag) {
        return format!("{flag} stands before the command; write '{path} ... {flag} ...'");
    }
    let foreign =
        FOREIGN.iter().find(|(ours, theirs)| known(ours) && theirs.contains(&flag)).map(|(ours, _)| *ours);
    let meant = foreign.or_else(|| nearest(flag, flags.iter().map(String::as_str)));
    let hint = meant.map_or_else(String::new, |m| match flag.strip_prefix("--") {
        Some(format) if m == "--format" && foreign.is_some() && format != "output-format" => {
            format!("; did you mean '--format {format}'?")
        }
        _ => format!("; did you mean '{m}'?"),
    });
    format!("unknown option '{flag}' of '{path}'{hint}\noptions: {}{}", flags.join(", "), see(path))
}

/// The command that the arguments name: its words, and its declaration.
fn command_of<'a>(args: &[OsString], root: &'a Command) -> (String, &'a Command) {
    let named = args.iter().skip(1).filter_map(|a| a.to_str()).find_map(|a| root.find_subcommand(a));
    match named {
        Some(command) => (format!("quipu {}", command.get_name()), command),
        None => ("quipu".into(), root),
    }
}

fn spelling(arg: &Arg) -> Option<String> {
    let long = arg.get_long().map(|long| format!("--{long}"));
    long.or_else(|| arg.get_short().map(|short| format!("-{short}")))
}

fn place(arg: &Arg) -> String {
    arg.get_value_names().map_or_else(|| arg.get_id().to_string(), |names| names.join(" "))
}

fn see(path: &str) -> String {
    format!("\nsee '{path} --help'")
}

fn context(error: &Error, kind: ContextKind) -> String {
    list(error, kind).into_iter().next().unwrap_or_default()
}

fn list(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(one)) => vec![one.clone()],
        Some(ContextValue::Strings(all)) => all.clone(),
        _ => Vec::new(),
    }
}
