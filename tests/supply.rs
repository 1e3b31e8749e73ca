//! What is the program made of? The packages that it is built from hold to `.ci/deny.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

fn root(file: &str) -> String {
    format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))
}

fn toml(file: &str) -> toml::Table {
    fs::read_to_string(root(file)).unwrap().parse().unwrap()
}

/// The texts of a list in `.ci/deny.toml`; of entries, the packages that they name.
fn listed(section: &str, list: &str) -> BTreeSet<String> {
    let rules = toml(".ci/deny.toml");
    let entries = rules[section][list].as_array().unwrap();
    let name = |entry: &toml::Value| entry.as_str().or_else(|| entry["crate"].as_str()).unwrap().to_owned();
    entries.iter().map(name).collect()
}

/// The packages of a lock file: name, version, and where it is from; none for our own.
fn locked(file: &str) -> Vec<(String, String, Option<String>)> {
    let lock = toml(file);
    let text = |package: &toml::Value, key: &str| package.get(key).map(|v| v.as_str().unwrap().to_owned());
    let packages = lock["package"].as_array().unwrap().iter();
    let packages = packages.map(|p| {
        assert!(p.get("source").is_none() || p.get("checksum").is_some(), "{p} has no checksum");
        (text(p, "name").unwrap(), text(p, "version").unwrap(), text(p, "source"))
    });
    packages.collect()
}

/// The packages of the program on this machine, each with its licence.
fn licences() -> Vec<(String, String)> {
    let host = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let host = String::from_utf8(host).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // What is built here has been fetched: no network is needed.
    let args = ["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", host];
    let output = Command::new(env!("CARGO")).args(args).current_dir(root("")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |package: &Value, key: &str| package[key].as_str().unwrap_or("none").to_owned();
    metadata["packages"].as_array().unwrap().iter().map(|p| (text(p, "name"), text(p, "license"))).collect()
}

/// Whether a licence expression can be met with the licences allowed.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace(" WITH ", "\u{a0}WITH\u{a0}");
    let mut words = spaced.split_ascii_whitespace().map(|word| word.replace('\u{a0}', " ")).peekable();
    let met = any(&mut words, allowed);
    met && words.peek().is_none()
}

fn any<I: Iterator<Item = String>>(words: &mut std::iter::Peekable<I>, allowed: &BTreeSet<String>) -> bool {
    let mut met = all(words, allowed);
    while words.next_if(|word| word == "OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all<I: Iterator<Item = String>>(words: &mut std::iter::Peekable<I>, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, allowed);
    while words.next_if(|word| word == "AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one<I: Iterator<Item = String>>(words: &mut std::iter::Peekable<I>, allowed: &BTreeSet<String>) -> bool {
    match words.next() {
        Some(word) if word == "(" => any(words, allowed) && words.next().is_some_and(|word| word == ")"),
        Some(word) => allowed.contains(&word),
        None => false,
    }
}

#[test]
fn every_licence_is_one_of_those_allowed() {
    let allowed = listed("licenses", "allow");
    let packages = licences();
    assert!(packages.len() > 30, "{packages:?}");
    let wrong: Vec<_> = packages.iter().filter(|(_, licence)| !is_allowed(licence, &allowed)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn expressions_of_licences_are_read() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "Unicode-3.0".to_owned(), "A WITH B".to_owned()]);
    for (expression, is_met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(MIT OR X) AND Unicode-3.0", true),
        ("(X OR Y) AND Unicode-3.0", false),
        ("X OR MIT AND Unicode-3.0", true),
        ("A WITH B", true),
        ("MIT WITH B", false),
        ("(MIT", false),
        ("MIT MIT", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), is_met, "{expression}");
    }
}

#[test]
fn packages_come_from_one_registry_with_checksums() {
    for file in ["Cargo.lock", "tests/fuzz/Cargo.lock"] {
        let sources: BTreeSet<String> =
            locked(file).into_iter().filter_map(|(_, _, source)| source).collect();
        assert!(
            sources.len() == 1 && sources.iter().all(|s| s.starts_with("registry+")),
            "{file}: {sources:?}"
        );
    }
    assert_eq!(locked("Cargo.lock").iter().filter(|(_, _, source)| source.is_none()).count(), 1);
}

#[test]
fn no_package_is_banned_and_none_stands_there_twice() {
    let (banned, skipped) = (listed("bans", "deny"), listed("bans", "skip"));
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version, _) in locked("Cargo.lock") {
        assert!(!banned.contains(&name), "{name} is banned");
        versions.entry(name).or_default().insert(version);
    }
    let twice: BTreeSet<String> =
        versions.into_iter().filter(|(_, v)| v.len() > 1).map(|(name, _)| name).collect();
    assert_eq!(twice, skipped, "packages in several versions, and those that may be");
}
