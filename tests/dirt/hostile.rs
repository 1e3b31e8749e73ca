//! Exports made to do harm: to the terminal, the spreadsheet, the stack, or the reader's patience.

use std::time::{Duration, Instant};

use crate::place::{ANY, Place};

#[test]
fn cells_that_look_like_formulas_are_kept_and_disarmed() {
    let cells = ["=HYPERLINK(\"\"x\"\")", "+1", "-1+2", "@sum", "\tTab", "\rReturn", "plain"];
    let rows: String =
        cells.iter().enumerate().map(|(i, c)| format!("U{i},\"{c}\",2024-01-0{}\n", i + 1)).collect();
    let place = Place::with("users.csv", format!("user_id,company,registration_date\n{rows}"));
    assert_eq!(place.load(&[]).counts("users"), [7, 7, 0, 0, 0]);
    let csv = place.run(&["query", "signups", "--every", "all", "--by", "company", "--format", "csv"]).out;
    let companies: Vec<&str> = csv.lines().skip(1).map(|l| l.trim_start_matches('"')).collect();
    assert_eq!(companies.len(), 7, "{csv}");
    assert!(companies.iter().all(|c| !c.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{csv}");
    let exact = place.rows(&["signups", "--every", "all", "--by", "company"]);
    assert!(exact.as_array().unwrap().iter().any(|row| row[0] == "=HYPERLINK(\"x\")"), "{exact}");
}

#[test]
fn the_quarantine_holds_no_formula_and_no_personal_data() {
    let place = Place::with(
        "users.csv",
        "user_id,user_name,email,company,registration_date,nickname\n\
         =U1+1,Ann Secret,ann@a.example,Acme,=NOW(),Secretive\n\
         U2,\"Bo, Secret\",bo@b.example,Acme,2024-02-30,Secretive\n\
         U3,Cy Secret,cy@c.example,Acme\n\
         U4,\"Di\" Secret,di@d.example,Acme,2024-01-01,Secretive\n\
         U5,Ed Secret,ed\0@e.example,Acme,2024-01-01,Secretive\n",
    );
    place.write(
        "meetings.csv",
        "meeting_id,start_time,duration_minutes\nM1,2024-01-01,-5\n=M2,2024-01-01,-5\n",
    );
    let outcome = place.load(ANY);
    let raw: Vec<String> =
        outcome.quarantine.iter().map(|p| String::from_utf8_lossy(&p.raw).into_owned()).collect();
    assert_eq!(
        raw,
        [
            "'=U1+1,A•••,a•••@a.example,Acme,=NOW(),S•••",
            "U2,\"B•••\",b•••@b.example,Acme,2024-02-30,S•••",
            "U3,C•••,c•••@c.example,A•••",
            "•••",
            "U5,E•••,e•••@e.example,Acme,2024-01-01,S•••",
            "M1,2024-01-01,-5",
            "'=M2,2024-01-01,-5",
        ]
    );
    assert_eq!(
        (outcome.quarantine[0].value.as_str(), outcome.quarantine[5].value.as_str()),
        ("'=NOW()", "-5")
    );
    let text = place.run(&["load", place.exports().to_str().unwrap(), "--mode", "replace", "--strict"]);
    assert!(!text.out.contains("Secret") && !text.err.contains("Secret"), "{}{}", text.out, text.err);
}

#[test]
fn deep_json_is_read_or_put_aside_and_breaks_nothing() {
    let deep = 200_000;
    let cells = [
        ("[".repeat(deep), false),
        (format!("[{{\"a\":{}1{}}}]", "[".repeat(deep), "]".repeat(deep)), true),
        (format!("[{{\"a\":{}1{}}}]", "{\"b\":".repeat(deep / 5), "}".repeat(deep / 5)), true),
        ("{\"a\":".repeat(deep / 5), false),
        ("[{\"type\":\"Org\",\"value\":\"1\"}]".into(), true),
    ];
    let rows: String = cells.iter().enumerate().map(|(i, (json, _))| format!("C{i};{json}\n")).collect();
    let place = Place::with("subscriber_contacts.csv", format!("Id;Identification\n{rows}"));
    let outcome = place.load(ANY);
    let wrong: Vec<u64> = (2..).zip(&cells).filter(|(_, (_, fine))| !fine).map(|(line, _)| line).collect();
    assert_eq!(outcome.faults("subscriber_contacts").iter().map(|f| f.0).collect::<Vec<_>>(), wrong);
    assert!(outcome.quarantine.iter().all(|p| p.reason == "not_attributes" && p.column == "Identification"));
    assert_eq!(outcome.counts("subscriber_contacts"), [5, 3, 0, 2, 0]);
}

#[test]
fn a_deep_condition_is_refused_with_its_depth() {
    let place = Place::with("users.csv", "user_id,registration_date\nU1,2024-01-01\n");
    place.load(&[]);
    for deep in [
        format!("{}user_id = 'U1'{}", "(".repeat(60_000), ")".repeat(60_000)),
        format!("{}user_id = 'U1'", "not ".repeat(30_000)),
    ] {
        let done = place.run(&["query", "signups", "--where", &deep]);
        assert_eq!(done.status, 2);
        assert!(done.err.contains("deep"), "{}", &done.err[done.err.len().saturating_sub(500)..]);
    }
}

#[test]
fn a_label_of_markup_is_escaped_where_markup_is_read() {
    let place =
        Place::with("users.csv", "user_id,company,registration_date\nU1,<script>x</script>|*a*,2024-01-01\n");
    place.load(&[]);
    let markdown =
        place.run(&["query", "signups", "--every", "all", "--by", "company", "--format", "markdown"]).out;
    assert!(!markdown.contains("<script>") && !markdown.contains("</script>|*a*"), "{markdown}");
}

/// The number whose xxh3 hash, without a seed, is the given one: every step of the hash of eight bytes
/// can be undone.
fn number_hashed_to(hash: u64) -> u64 {
    const PRIME: u64 = 0x9fb2_1c65_1e98_df25;
    const FLIP: u64 = 0x1cad_21f7_2c81_017c ^ 0xdb97_9083_e96d_d4de;
    let inverse = (0..6).fold(1u64, |x, _| x.wrapping_mul(2u64.wrapping_sub(PRIME.wrapping_mul(x))));
    let mut h = (hash ^ (hash >> 28) ^ (hash >> 56)).wrapping_mul(inverse);
    h = (h ^ ((h >> 35) + 8)).wrapping_mul(inverse);
    // To mix in the two rotations is undone by doing it 63 times more.
    (0..63).for_each(|_| h ^= h.rotate_left(49) ^ h.rotate_left(24));
    let number = (h ^ FLIP).rotate_left(32);
    assert_eq!(xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes()), hash);
    number
}

/// How long a load of these keys takes.
fn load_time(keys: impl Iterator<Item = u64>) -> Duration {
    let rows: String = keys.map(|key| format!("{key}\n")).collect();
    let place = Place::with("users.csv", format!("user_id\n{rows}"));
    let started = Instant::now();
    assert_eq!(place.load(&[]).status, 0);
    started.elapsed()
}

#[test]
fn keys_made_to_collide_take_no_longer_than_others() {
    const KEYS: usize = 60_000;
    let keys = |hash: fn(u64) -> u64| {
        // Longer numbers are kept as texts, whose hash is that of their digits.
        (0..).map(move |i| number_hashed_to(hash(i))).filter(|key| *key < 10u64.pow(18)).take(KEYS)
    };
    // All in one slot of any table: what differs are bits that neither the slot nor its tag is made of.
    let made = load_time(keys(|i| i << 36));
    let others = load_time(keys(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    assert!(made < 5 * others + Duration::from_secs(1), "{made:?} against {others:?}");
}
