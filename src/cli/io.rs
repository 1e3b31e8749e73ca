//! Where does output go? Standard output for data, standard error for people.
//!
//! Invariant: nothing is written with `println!`, which panics when its pipe is closed.

use std::io::{self, Write};
use std::path::Path;

use super::CliError;
use super::caret;
use crate::query::QueryError;
use crate::report::Rendered;
use crate::report::cells::escape_controls;

/// The streams of a command.
pub struct Io<'a> {
    /// For data.
    pub out: &'a mut dyn Write,
    /// For people.
    pub err: &'a mut dyn Write,
    /// Whether messages for people are coloured.
    pub color: bool,
}

impl Io<'_> {
    /// Writes data to standard output.
    pub fn data(&mut self, text: &str) -> Result<(), CliError> {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        written.map_err(|error| CliError::Output { to: "standard output".into(), error })
    }

    /// Writes a message for people. One that cannot be written has no better place to go, and does not
    /// make a finished command a failed one.
    pub fn note(&mut self, text: &str) {
        let _: io::Result<()> = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
    }

    /// Writes what is worth knowing of something that was done all the same.
    pub fn warning(&mut self, text: &str) {
        let text = tamed(text);
        if self.color {
            let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
            self.note(&format!("{yellow}warning{yellow:#}: {text}\n"));
        } else {
            self.note(&format!("warning: {text}\n"));
        }
    }

    /// Writes what went wrong.
    pub fn error(&mut self, error: &CliError) {
        let text = match error {
            CliError::Query(QueryError::Expr { flag, text, error }) => {
                caret::render(flag, text, error, self.color)
            }
            _ if self.color => {
                let red = anstyle::AnsiColor::Red.on_default().bold();
                format!("{red}error{red:#}: {}\n", tamed(&error.to_string()))
            }
            _ => format!("error: {}\n", tamed(&error.to_string())),
        };
        self.note(&text);
    }

    /// Writes a rendered result: its data to a file, when one is named, else to standard output; its
    /// notes behind it.
    pub fn rendered(&mut self, rendered: &Rendered, file: Option<&Path>) -> Result<(), CliError> {
        match file {
            Some(path) => std::fs::write(path, &rendered.data)
                .map_err(|error| CliError::Output { to: path.display().to_string(), error })?,
            None => self.data(&rendered.data)?,
        }
        if !rendered.notes.is_empty() {
            let gap = if file.is_none() { "\n" } else { "" };
            self.note(&format!("{gap}{}", rendered.notes));
        }
        Ok(())
    }
}

/// The lines of a message with what would steer a terminal escaped: they quote paths and names.
fn tamed(message: &str) -> String {
    message.split('\n').map(escape_controls).collect::<Vec<_>>().join("\n")
}
