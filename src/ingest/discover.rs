//! Which of the user's files hold which table? By name only; a name that matches no table is
//! reported with a hint, never guessed.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::error::{IngestError, Refusal};
use super::mapping::Mapping;
use super::stamp::stems;
use crate::model::names::did_you_mean;
use crate::model::{SCHEMA, TableId};

/// Folders inside folders that are still looked into.
const FOLDER_DEPTH_MAX: usize = 32;

/// A file that holds rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// The table.
    pub table: TableId,
    /// Whether it is a gzip file.
    pub compressed: bool,
    /// Its length in bytes, as it was found.
    pub bytes: u64,
}

/// What the paths hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Tables in the order of the schema, and the files of a table in natural order.
    pub files: Vec<SourceFile>,
    /// Files that are not loaded, with a hint.
    pub unmatched: Vec<(PathBuf, String)>,
}

/// Finds the files of each table in files and folders; hidden files are passed over.
pub fn discover(paths: &[PathBuf], mapping: &Mapping) -> Result<Discovery, IngestError> {
    let mut found = BTreeSet::new();
    let mut discovery = Discovery::default();
    for path in paths {
        let meta = fs::metadata(path).map_err(IngestError::io(path))?;
        if meta.is_dir() {
            walk(path, 0, &mut found, &mut discovery)?;
        } else if meta.is_file() {
            found.insert(path.clone());
        } else {
            return Err(IngestError::Refused { path: path.clone(), refusal: Refusal::NotAFile });
        }
    }
    let mut seen = BTreeSet::new();
    for path in found {
        // Two paths given may hold the same file; reading it twice would only report it as loaded.
        if !seen.insert(fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
            continue;
        }
        let bytes = fs::metadata(&path).map_or(0, |meta| meta.len());
        match table_of(&path, mapping) {
            Ok((table, compressed)) => discovery.files.push(SourceFile { path, table, compressed, bytes }),
            Err(hint) => discovery.unmatched.push((path, hint)),
        }
    }
    discovery.files.sort_by(|a, b| a.table.cmp(&b.table).then_with(|| natural(&a.path, &b.path)));
    discovery.unmatched.sort_by(|a, b| natural(&a.0, &b.0));
    Ok(discovery)
}

fn walk(
    folder: &Path,
    depth: usize,
    found: &mut BTreeSet<PathBuf>,
    discovery: &mut Discovery,
) -> Result<(), IngestError> {
    if depth > FOLDER_DEPTH_MAX {
        discovery.unmatched.push((folder.to_path_buf(), "the folder lies too deep and is not read".into()));
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(IngestError::io(folder))? {
        let entry = entry.map_err(IngestError::io(folder))?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.file_type().map_err(IngestError::io(&path))?;
        if kind.is_dir() {
            let before = found.len();
            walk(&path, depth + 1, found, discovery)?;
            if found.len() == before && without_endings(&entry.file_name().to_string_lossy()).0.is_some() {
                discovery.unmatched.push((path, "it is a folder without a file, not a file".into()));
            }
        } else if kind.is_symlink() && fs::metadata(&path).is_ok_and(|meta| meta.is_dir()) {
            // It may lead back to where it stands.
            discovery.unmatched.push((path, "it is a link to a folder; give the folder itself".into()));
        } else {
            // Also a pipe, a device or a broken link: where it has the name of a table, the rows that
            // it stands for are missed, and reading it says why.
            found.insert(path);
        }
    }
    Ok(())
}

/// The table and whether the file is compressed, or a hint.
fn table_of(path: &Path, mapping: &Mapping) -> Result<(TableId, bool), String> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let parts: Vec<String> = absolute
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let (name, folders) = parts.split_last().ok_or("it has no name")?;
    let (stem, compressed) = without_endings(name);
    let by_pattern = mapping.table_of_file(&parts.join("/"));
    let Some(stem) = stem else {
        if let Some(table) = by_pattern {
            return Ok((table, compressed));
        }
        let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        return Err(match ending.as_str() {
            "parquet" => "Parquet is not supported by this build; export the table as CSV".into(),
            "zst" | "zip" | "bz2" | "xz" | "lz4" | "7z" | "br" | "z" => {
                format!(".{ending} is not unpacked; unpack it, or compress it with gzip")
            }
            "xlsx" | "xlsm" | "xls" | "ods" => "a workbook is not read; export the table as CSV".into(),
            _ => "its name does not end in .csv, .tsv or .txt (each also .gz)".into(),
        });
    };
    if let Some(table) = by_pattern.or_else(|| table_of_name(stem, folders)) {
        return Ok((table, compressed));
    }
    let shortest = stems(stem).into_iter().rev().find(|s| !s.is_empty()).unwrap_or(stem);
    let bare = shortest.rsplit('.').next().unwrap_or(shortest);
    let names = SCHEMA.tables().flat_map(|(_, t)| std::iter::once(t.name).chain(t.aliases.iter().copied()));
    let hint = did_you_mean(bare, names);
    Err(format!(
        "its name matches no table{hint}; rename it, or say files = [...] under a table in the mapping"
    ))
}

/// By the file's own name, in the folder's schema; a name that is nothing but stamps takes the name
/// of the nearest folder that is more.
fn table_of_name(stem: &str, folders: &[String]) -> Option<TableId> {
    let parent = folders.last().map_or("", String::as_str);
    for stem in stems(stem) {
        if stem.is_empty() {
            let (folder, above) = folders.split_last()?;
            return table_of_name(without_endings(folder).0.unwrap_or(folder), above);
        }
        if let Some(table) = SCHEMA.match_name(&format!("{parent}/{stem}")) {
            return Some(table);
        }
    }
    None
}

/// The name without `.csv`, `.tsv`, `.txt` and `.gz`; none when it has no such ending.
fn without_endings(name: &str) -> (Option<&str>, bool) {
    let strip = |name: &str, ending: &str| -> Option<usize> {
        let at = name.len().checked_sub(ending.len())?;
        (at > 0 && name.is_char_boundary(at) && name[at..].eq_ignore_ascii_case(ending)).then_some(at)
    };
    let (name, compressed) = strip(name, ".gz").map_or((name, false), |at| (&name[..at], true));
    let stem = [".csv", ".tsv", ".txt"].iter().find_map(|e| strip(name, e)).map(|at| &name[..at]);
    (stem, compressed)
}

/// Part by part, with runs of digits compared as numbers, and without the endings: `a`, `a-2`, `a-10`.
fn natural(a: &Path, b: &Path) -> Ordering {
    let parts = |path: &Path| -> Vec<String> {
        path.components().map(|c| c.as_os_str().to_string_lossy().to_lowercase()).collect()
    };
    let (parts_a, parts_b) = (parts(a), parts(b));
    for (x, y) in parts_a.iter().zip(&parts_b) {
        let (stem_x, stem_y) = (without_endings(x).0.unwrap_or(x), without_endings(y).0.unwrap_or(y));
        let order = natural_text(stem_x, stem_y);
        if order.is_ne() {
            return order;
        }
    }
    parts_a.len().cmp(&parts_b.len()).then_with(|| a.cmp(b))
}

fn natural_text(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (Some(x), Some(y)) = (a.first(), b.first()) else {
            return a.len().cmp(&b.len());
        };
        if x.is_ascii_digit() && y.is_ascii_digit() {
            let (number_a, rest_a) = digits(a);
            let (number_b, rest_b) = digits(b);
            let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
            if order.is_ne() {
                return order;
            }
            (a, b) = (rest_a, rest_b);
        } else if x == y {
            (a, b) = (&a[1..], &b[1..]);
        } else {
            return x.cmp(y);
        }
    }
}

/// The leading digits, without leading zeros, and what follows.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let zeros = text[..end].iter().take_while(|b| **b == b'0').count();
    (&text[zeros..end], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = (Vec<(String, &'static str, bool)>, Vec<(String, String)>);

    fn found(names: &[&str]) -> Found {
        let root = tempfile::tempdir().unwrap();
        for name in names {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let discovery = discover(&[root.path().to_path_buf()], &Mapping::default()).unwrap();
        let name = |p: &Path| p.strip_prefix(root.path()).unwrap().to_str().unwrap().to_string();
        let files = discovery.files.iter().map(|f| (name(&f.path), SCHEMA.get(f.table).name, f.compressed));
        let unmatched = discovery.unmatched.iter().map(|(p, hint)| (name(p), hint.clone()));
        (files.collect(), unmatched.collect())
    }

    #[test]
    fn files_are_matched_and_ordered() {
        let (files, unmatched) = found(&[
            "meetings-10.csv",
            "meetings-2.csv.gz",
            "meetings.csv",
            "users.TSV",
            "economy/Payment Demands.csv",
            "order/Products.txt",
            "Products.csv",
            "meetings/2024-01.csv",
            "attendees/2024/02.csv",
            "licenses.csv/2024-03.csv",
            "[order].[Orders]-2024Q1.csv",
        ]);
        let files: Vec<_> = files.iter().map(|(f, t, gz)| (f.as_str(), *t, *gz)).collect();
        assert_eq!(
            files,
            [
                ("users.TSV", "users", false),
                ("licenses.csv/2024-03.csv", "licenses", false),
                ("meetings.csv", "meetings", false),
                ("meetings/2024-01.csv", "meetings", false),
                ("meetings-2.csv.gz", "meetings", true),
                ("meetings-10.csv", "meetings", false),
                ("attendees/2024/02.csv", "attendees", false),
                ("Products.csv", "products", false),
                ("economy/Payment Demands.csv", "payment_demands", false),
                ("[order].[Orders]-2024Q1.csv", "orders", false),
                ("order/Products.txt", "order_products", false),
            ]
        );
        assert_eq!(unmatched, []);
    }

    #[test]
    fn what_matches_no_table_is_reported_with_a_hint() {
        let (files, unmatched) = found(&[
            "meetngs-2024.csv",
            "user_settings.csv",
            "users.parquet",
            "readme.md",
            ".users.csv",
            ".x/users.csv",
        ]);
        assert_eq!(files, []);
        let hint =
            |name: &str| unmatched.iter().find(|(n, _)| n == name).map(|(_, hint)| hint.as_str()).unwrap();
        assert_eq!(unmatched.len(), 4);
        assert!(hint("meetngs-2024.csv").contains("did you mean 'meetings'?"));
        assert!(hint("user_settings.csv").contains("matches no table; rename it"));
        assert!(hint("users.parquet").contains("not supported by this build"));
        assert!(hint("readme.md").contains("does not end in .csv"));
    }

    #[test]
    fn a_file_given_twice_is_read_once() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("users.csv");
        fs::write(&file, "x").unwrap();
        let discovery = discover(&[file, root.path().to_path_buf()], &Mapping::default()).unwrap();
        assert_eq!(discovery.files.len(), 1);
    }

    #[test]
    fn a_missing_path_and_a_device_are_errors() {
        let missing = discover(&["/no/such/file.csv".into()], &Mapping::default()).unwrap_err();
        assert!(missing.to_string().starts_with("cannot read /no/such/file.csv:"), "{missing}");
        let device = discover(&["/dev/null".into()], &Mapping::default()).unwrap_err();
        assert!(device.to_string().contains("a folder, pipe or device, not a file"), "{device}");
    }

    #[test]
    fn a_pattern_of_the_mapping_comes_first() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("users-zoom.log"), "x").unwrap();
        fs::write(root.path().join("users.csv"), "x").unwrap();
        let mapping = Mapping::from_toml("[meetings]\nfiles = [\"users*\"]").unwrap();
        let discovery = discover(&[root.path().to_path_buf()], &mapping).unwrap();
        assert!(discovery.files.iter().all(|f| f.table == SCHEMA.id("meetings")), "{discovery:?}");
        assert_eq!(discovery.files.len(), 2);
    }

    #[test]
    fn numbers_are_ordered_as_numbers() {
        let mut names = ["a10", "a9", "a010b", "a", "b1", "a1-2", "a1-10"];
        names.sort_by(|a, b| natural_text(a, b));
        assert_eq!(names, ["a", "a1-2", "a1-10", "a9", "a10", "a010b", "b1"]);
    }
}
