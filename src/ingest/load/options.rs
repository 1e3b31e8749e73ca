//! What is a load asked to do?

use std::path::PathBuf;

use crate::model::Zone;

/// What becomes of a key that is already in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The new row takes the place of the old one.
    Upsert,
    /// Every table that the load brings is emptied first.
    Replace,
}

impl Mode {
    /// Every mode.
    pub const EVERY: [Mode; 2] = [Mode::Upsert, Mode::Replace];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Upsert => "upsert",
            Mode::Replace => "replace",
        }
    }
}

/// How many rows of a table may be quarantined before a load is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxRejects {
    /// So many.
    Rows(u64),
    /// So many of each 10 000 read: `0.25%` is 25.
    BasisPoints(u32),
}

impl MaxRejects {
    /// Reads `100` or `0.5%`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = || format!("'{text}' is neither a number of rows (100) nor a share of them (0.5%)");
        let Some(percent) = text.strip_suffix('%') else {
            return text.parse().map(MaxRejects::Rows).map_err(|_| wanted());
        };
        let (whole, fraction) = percent.split_once('.').unwrap_or((percent, "0"));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || whole.len() > 3 || fraction.len() > 2 {
            return Err(wanted());
        }
        let points: u32 = format!("{whole}{fraction:0<2}").parse().map_err(|_| wanted())?;
        if points > 10_000 {
            Err(format!("'{text}' is more than 100%"))
        } else {
            Ok(MaxRejects::BasisPoints(points))
        }
    }

    /// How many rows may be rejected of so many read.
    pub fn allowed(self, rows_read: u64) -> u64 {
        match self {
            MaxRejects::Rows(rows) => rows,
            MaxRejects::BasisPoints(points) => (u128::from(rows_read) * u128::from(points) / 10_000) as u64,
        }
    }
}

/// What a load is asked to do.
pub struct LoadOptions {
    /// Export folders or files.
    pub paths: Vec<PathBuf>,
    /// The store's folder.
    pub store: PathBuf,
    /// The mapping as text, when one was given.
    pub mapping: Option<String>,
    /// Upsert or replace.
    pub mode: Mode,
    /// When to refuse.
    pub max_rejects: MaxRejects,
    /// The zone of timestamps without an offset.
    pub source_tz: Option<Zone>,
    /// Take an export without rows as the new content of a table that is replaced.
    pub allow_empty: bool,
    /// Do everything but the commit.
    pub dry_run: bool,
}

impl LoadOptions {
    /// A plain load of some exports into a store, which no row may be kept out of.
    pub fn new(paths: Vec<PathBuf>, store: PathBuf) -> Self {
        LoadOptions {
            paths,
            store,
            mapping: None,
            mode: Mode::Upsert,
            max_rejects: MaxRejects::Rows(0),
            source_tz: None,
            allow_empty: false,
            dry_run: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_are_a_number_or_a_share() {
        for (text, of_10_001) in
            [("0", 0), ("100", 100), ("1%", 100), ("0.5%", 50), ("0.25%", 25), ("100%", 10_001)]
        {
            assert_eq!(MaxRejects::parse(text).unwrap().allowed(10_001), of_10_001, "{text}");
        }
        for text in ["", "%", "-1", "1.5", "0.001%", "101%", ".5%", "1.%", "ten"] {
            assert!(MaxRejects::parse(text).is_err(), "{text}");
        }
    }
}
