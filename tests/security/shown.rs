//! A label of an export is shown as a label: it is no command to a terminal, a spreadsheet or a reader
//! of Markdown.

use super::Place;

/// A company that would like to be more, quoted as it stands in an export.
const COMPANIES: &[&str] = &[
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@x",
    "\u{1b}[2Jgone",
    "\u{9b}31m",
    "a\u{202e}b",
    "x\ny",
    "a|b",
    "<script>alert(1)</script>",
    "`id`",
    "[a](b)",
    "*b*",
];

fn place() -> Place {
    let rows: String =
        COMPANIES.iter().zip(1..).map(|(company, n)| format!("U{n},\"{company}\",2024-01-05\n")).collect();
    let place = Place::with(&[("users.csv", &format!("user_id,company,registration_date\n{rows}"))]);
    let done = place.load(&[]);
    assert_eq!(done.status, 0, "{}", done.all());
    place
}

fn signups(place: &Place, more: &[&str]) -> String {
    let done = place.run(&[&["query", "signups", "--every", "all", "--by", "company"], more].concat());
    assert_eq!(done.status, 0, "{}", done.err);
    done.all()
}

/// Whether a text holds what steers a terminal.
fn steers(text: &str) -> bool {
    let bidirectional = |c| ('\u{202a}'..='\u{202e}').contains(&c);
    escapes(text) || text.chars().any(|c| c.is_control() && c != '\n' || bidirectional(c))
}

/// Whether a text holds what JSON escapes; the rest is data for programs, to the letter.
fn escapes(text: &str) -> bool {
    text.chars().any(|c| c < ' ' && c != '\n')
}

#[test]
fn a_terminal_is_not_steered() {
    let place = place();
    for format in ["table", "markdown"] {
        let shown = signups(&place, &["--format", format]);
        assert!(!steers(&shown), "{format}: {shown:?}");
    }
    let json = signups(&place, &["--format", "json"]);
    assert!(json.contains("\\u001b[2J") && !escapes(&json), "{json:?}");
    let check = place.run(&["check"]).all();
    assert!(!steers(&check), "{check:?}");
    for typed in ["\u{1b}[2J", "mau\u{9b}", "a\u{7}b"] {
        for args in [
            vec!["query", typed],
            vec!["query", "mau", "--by", typed],
            vec!["query", "mau", "--where", typed],
        ] {
            let done = place.run(&args);
            assert!(done.status == 2 && !steers(&done.err), "{args:?}: {:?}", done.err);
        }
    }
}

#[test]
fn file_names_do_not_steer_a_terminal() {
    let place = Place::with(&[
        ("users-\u{1b}[2J.csv", "user_id,registration_date\nU1,2024-02-31\nU2,2024-02-01\n"),
        ("strange\u{1b}[2J.csv", "a,b\n1,2\n"),
        ("meetings-\u{9b}1m.csv", "meeting_id,start_time\n"),
    ]);
    let mapping = place.path("m.toml");
    std::fs::write(&mapping, "[users]\nfiles = [\"users*\"]\n[meetings]\nfiles = [\"meetings*\"]\n").unwrap();
    let first = place.load(&["--mapping", mapping.to_str().unwrap()]);
    assert!(first.status == 0 && !steers(&first.all()), "{:?}", first.all());
    let again = place.load(&[]);
    assert!(again.out.contains("strange") && !steers(&again.all()), "{:?}", again.all());
    place.export("users-\u{1b}[2J.csv", "name,mail\nx,y\n");
    let refused = place.load(&[]);
    assert!(refused.status == 3 && !steers(&refused.all()), "{:?}", refused.all());
    let missing = place.run(&["load", "no\u{1b}[2J.csv"]);
    assert!(missing.status == 2 && !steers(&missing.err), "{:?}", missing.err);
    assert!(!steers(&place.run(&["info"]).all()));
    assert!(!escapes(&place.run(&["info", "--format", "json"]).all()));
}

#[test]
fn a_spreadsheet_runs_nothing_unless_asked_to() {
    let place = place();
    let csv = signups(&place, &["--format", "csv"]);
    for armed in ["=HYPERLINK(1)", "+1", "-1", "@x"] {
        assert!(
            csv.contains(&format!("'{armed},")) && !csv.contains(&format!("\n{armed},")),
            "{armed}: {csv}"
        );
    }
    let raw = signups(&place, &["--format", "csv", "--raw"]);
    assert!(raw.contains("\n=HYPERLINK(1),") && !raw.contains('\''), "{raw}");
    let table = place.run(&["query", "signups", "--raw"]);
    assert!(table.status == 2 && table.err.contains("--raw is for csv"), "{}", table.err);
}

#[test]
fn markdown_stays_one_table() {
    let markdown = signups(&place(), &["--format", "markdown"]);
    let table: Vec<&str> = markdown.lines().take_while(|line| line.starts_with('|')).collect();
    assert_eq!(table.len(), COMPANIES.len() + 2, "{markdown}");
    for line in &table {
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(bars, table[1].matches('|').count(), "{line}");
    }
    assert!(
        !markdown.contains("<script") && markdown.contains("\\`id\\`") && markdown.contains("\\[a\\]"),
        "{markdown}"
    );
}
