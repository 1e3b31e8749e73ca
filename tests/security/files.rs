//! Nothing that stands in an export, and no file name, becomes a path; what others planted is not
//! written through; and who may read what.

use std::fs;
use std::os::unix::fs::symlink;

use super::{Place, mode};

const FAULTY: (&str, &str) =
    ("users.csv", "user_id,plan_type,registration_date\nU1,Pro,2024-01-05\nU2,Free,2024-02-31\n");

/// Texts that would be dangerous as paths.
const PATHS: &[&str] = &["../../outside", "/tmp/outside", "a/../../b", "..", "~/x", "$(touch x)", "a\u{7}b"];

#[test]
fn no_text_of_an_export_becomes_a_path() {
    let long = "x".repeat(300);
    let mut users = String::from("user_id,user_name,plan_type,company,registration_date\n");
    let mut tags = String::from("Id,Value,ReferenceId,ReferenceType\n");
    for (row, text) in PATHS.iter().copied().chain([long.as_str()]).enumerate() {
        users += &format!("\"{text}\",\"{text}\",\"{text}\",\"{text}\",2024-01-{:02}\n", row + 1);
        tags += &format!("\"{text}\",\"{text}:{text}\",\"{text}\",Subscriber\n");
    }
    let place = Place::with(&[("users.csv", &users), ("tags.csv", &tags)]);
    let mapping = place.path("m.toml");
    fs::write(
        &mapping,
        "[users]\nfiles = [\"../../*\", \"/etc/*\"]\nvalues = { company = { \"..\" = \"../../mapped\" } }\n",
    )
    .unwrap();
    let done = place.load(&["--mapping", mapping.to_str().unwrap()]);
    assert_eq!(done.status, 0, "{}", done.err);
    let rows = place.run(&["query", "signups", "--by", "company", "--every", "all", "--format", "csv"]);
    assert!(rows.out.contains("../../mapped"), "{}", rows.all());
    let declared = |name: &str| quipu::model::SCHEMA.find(name).is_some() || name == "derived";
    for file in place.files("store") {
        let name = file.strip_prefix(place.path("store")).unwrap().to_str().unwrap().to_owned();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.#/".contains(c);
        assert!(name.chars().all(plain) && name.len() < 120, "{name}");
        if let Some(table) = name.strip_prefix("data/").and_then(|rest| rest.split('/').next()) {
            assert!(declared(table), "{name}");
        }
    }
    let around: Vec<_> = fs::read_dir(place.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(around.len(), 3, "{around:?}");
}

#[test]
fn quarantine_is_the_owners_alone() {
    let place = Place::with(&[FAULTY]);
    assert_eq!(place.load(&[]).status, 0);
    assert_eq!(mode(&place.path("store/quarantine")), 0o700);
    assert_eq!(mode(&place.quarantined()), 0o600);
}

#[test]
fn a_planted_link_is_not_written_through() {
    let place = Place::with(&[("users.csv", "user_id,plan_type\nU1,Pro\n")]);
    assert_eq!(place.load(&[]).status, 0);
    let victim = place.path("victim");
    fs::write(&victim, "precious").unwrap();
    let drafts = ["store/CURRENT.tmp", "store/manifests/00000002.json", "store/data/users/ids-0000.col.tmp"];
    for draft in drafts {
        symlink(&victim, place.path(draft)).unwrap();
    }
    place.export("users.csv", "user_id,plan_type\nU1,Free\n");
    let done = place.load(&[]);
    assert_eq!((done.status, fs::read_to_string(&victim).unwrap().as_str()), (0, "precious"), "{}", done.err);
    assert_eq!(place.run(&["verify"]).status, 0);
    assert!(!fs::symlink_metadata(place.path(drafts[1])).unwrap().is_symlink());
}

#[test]
fn quarantine_leaves_what_has_its_name() {
    let place = Place::with(&[FAULTY]);
    fs::create_dir_all(place.path("store/quarantine")).unwrap();
    let victim = place.path("victim");
    fs::write(&victim, "precious").unwrap();
    // The name has the second in it: links for all that the load may fall into.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for second in now..now + 120 {
        let name = format!("store/quarantine/load-00000001-{second}.csv");
        symlink(&victim, place.path(&name)).unwrap();
    }
    let done = place.load(&[]);
    assert_eq!((done.status, fs::read_to_string(&victim).unwrap().as_str()), (0, "precious"), "{}", done.err);
    let made = place.files("store/quarantine").into_iter().filter(|path| !path.is_symlink()).count();
    assert_eq!(made, 1);
}

#[test]
fn an_answer_is_not_written_over_the_store() {
    let place = Place::with(&[("users.csv", "user_id,registration_date\nU1,2024-01-05\n")]);
    assert_eq!(place.load(&[]).status, 0);
    symlink(place.path("store/CURRENT"), place.path("link.csv")).unwrap();
    symlink(place.path("store/data"), place.path("folder")).unwrap();
    let current = fs::read(place.path("store/CURRENT")).unwrap();
    for out in ["store/CURRENT", "store/new.csv", "store/data/../CURRENT", "link.csv", "folder/new.csv"] {
        let out = place.path(out);
        let done = place.run(&["query", "signups", "--out", out.to_str().unwrap()]);
        assert_eq!(done.status, 2, "{out:?}");
        assert!(done.err.contains("lies in the store"), "{}", done.err);
    }
    let out = place.path("signups.csv");
    assert_eq!(place.run(&["query", "signups", "--out", out.to_str().unwrap()]).status, 0);
    assert_eq!(fs::read(place.path("store/CURRENT")).unwrap(), current);
    let generated = place.run(&["info"]).status;
    assert_eq!(generated, 0);
    let store = place.path("store");
    let done = quipu::cli::run(
        &["quipu", "generate", "--users", "3", "--out", store.to_str().unwrap()],
        &mut Vec::new(),
        &mut Vec::new(),
    );
    assert_eq!(done, 2, "an export is generated into the store");
}

#[test]
fn deep_and_long_conditions_are_refused_by_name() {
    let place = Place::with(&[("users.csv", "user_id,registration_date\nU1,2024-01-05\n")]);
    assert_eq!(place.load(&[]).status, 0);
    let deep = format!("{}company = 'x'{}", "(".repeat(100_000), ")".repeat(100_000));
    let nots = format!("{} company = 'x'", "not ".repeat(20_000));
    let long = format!("company = '{}'", "x".repeat(200_000));
    for (flag, condition) in [("--where", &deep), ("--where", &nots), ("--users", &deep), ("--where", &long)]
    {
        let done = place.run(&["query", "signups", flag, condition]);
        assert_eq!(done.status, 2);
        assert!(
            done.err.contains("deep") || done.err.contains("bytes"),
            "{}",
            &done.err[..200.min(done.err.len())]
        );
    }
}
