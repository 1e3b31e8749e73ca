//! Periods by example, and the law that buckets lie side by side.

use proptest::prelude::*;

use super::*;

/// With errors that can be compared.
fn interval(
    from: Option<PartialDate>,
    to: Option<PartialDate>,
    last: Option<Last>,
    as_of: Day,
    default: Interval,
) -> Result<Interval, String> {
    super::interval(from, to, last, as_of, default).map_err(|e| e.to_string())
}

fn day(text: &str) -> Day {
    parse_day(text).unwrap_or_else(|| panic!("{text}"))
}

fn days(from: &str, to: &str) -> Interval {
    Interval { start: day(from), end: day(to) + 1 }
}

fn show(bucket: &Bucket) -> String {
    let [label, start, last, at] = [bucket.label, bucket.start, bucket.end - 1, bucket.last].map(format_day);
    format!("{label}: {start}..={last} at {at}")
}

#[test]
fn dates_may_be_partial() {
    for (text, first, last) in [
        ("2025", "2025-01-01", "2025-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2025-06-30", "2025-06-30", "2025-06-30"),
        ("9999", "9999-01-01", "9999-12-31"),
    ] {
        let date = PartialDate::parse(text).unwrap();
        assert_eq!((date.first(), date.end() - 1), (day(first), day(last)), "{text}");
        assert_eq!(date.to_string(), text);
    }
    for (text, message) in [
        ("", "is no date"),
        ("25", "is no date"),
        ("2025-6", "is no date"),
        ("2025-06-30-01", "is no date"),
        ("30.06.2025", "is no date"),
        ("+025", "is no date"),
        ("0000", "years are"),
        ("2025-13", "12 months"),
        ("2025-00-01", "12 months"),
        ("2025-02-29", "2025-02 has 28 days"),
    ] {
        assert!(PartialDate::parse(text).unwrap_err().contains(message), "{text}");
    }
}

#[test]
fn last_goes_back_from_as_of() {
    for (text, as_of, first) in [
        ("1d", "2025-12-30", "2025-12-30"),
        ("90d", "2025-12-30", "2025-10-02"),
        ("12w", "2025-12-30", "2025-10-08"),
        ("6m", "2025-12-30", "2025-07-01"),
        ("1m", "2025-03-31", "2025-03-01"),
        ("1y", "2024-02-29", "2023-03-01"),
        ("1Y", "2025-12-31", "2025-01-01"),
        ("999999y", "2025-12-31", "0001-02-01"),
    ] {
        let interval = Last::parse(text).unwrap().interval(day(as_of));
        assert_eq!(
            (interval.start, interval.end - 1),
            (day(first), day(as_of)),
            "{text} {}",
            format_day(interval.start)
        );
    }
    for text in ["", "d", "0d", "-1d", "90", "1h", "1.5y", "9999999d", "6µ", "6 m"] {
        assert!(Last::parse(text).unwrap_err().contains("90d, 12w, 6m or 1y"), "{text}");
    }
    assert_eq!(parse_rolling("28d"), Ok(28));
    assert!(parse_rolling("4w").is_err() && parse_rolling("0d").is_err() && parse_rolling("3661d").is_err());
}

#[test]
fn intervals_come_from_what_is_typed() {
    let default = days("2024-01-01", "2025-12-31");
    let as_of = day("2025-12-30");
    let date = |text: &str| Some(PartialDate::parse(text).unwrap());
    assert_eq!(interval(None, None, None, as_of, default), Ok(default));
    assert_eq!(
        interval(date("2025"), date("2025-06"), None, as_of, default),
        Ok(days("2025-01-01", "2025-06-30"))
    );
    assert_eq!(interval(date("2025-03"), None, None, as_of, default), Ok(days("2025-03-01", "2025-12-31")));
    assert_eq!(interval(None, date("2024"), None, as_of, default), Ok(days("2024-01-01", "2024-12-31")));
    assert!(interval(date("2030"), None, None, as_of, default).unwrap().is_empty());
    let backwards = interval(date("2025-06"), date("2025-05"), None, as_of, default).unwrap_err();
    assert_eq!(backwards.to_string(), "--from: 2025-06 is later than --to 2025-05");
    let both = interval(date("2025"), None, Some(Last::Days(7)), as_of, default).unwrap_err();
    assert_eq!(both.to_string(), "--last: cannot be combined with --from or --to");
}

#[test]
fn periods_start_where_their_calendar_says() {
    let start = |grain, week_start, fiscal_start, text: &str| {
        let calendar = Calendar { grain, week_start, fiscal_start };
        let start = calendar.bucket_start(day(text));
        (format_day(start), format_day(calendar.next(start)))
    };
    // 2025-12-31 is a Wednesday.
    for (grain, week, fiscal, first, next) in [
        (Grain::Day, WeekStart::Monday, 1, "2025-12-31", "2026-01-01"),
        (Grain::Week, WeekStart::Monday, 1, "2025-12-29", "2026-01-05"),
        (Grain::Week, WeekStart::Sunday, 1, "2025-12-28", "2026-01-04"),
        (Grain::Week, WeekStart::Saturday, 1, "2025-12-27", "2026-01-03"),
        (Grain::Month, WeekStart::Monday, 4, "2025-12-01", "2026-01-01"),
        (Grain::Quarter, WeekStart::Monday, 1, "2025-10-01", "2026-01-01"),
        (Grain::Quarter, WeekStart::Monday, 2, "2025-11-01", "2026-02-01"),
        (Grain::Quarter, WeekStart::Monday, 12, "2025-12-01", "2026-03-01"),
        (Grain::Year, WeekStart::Monday, 1, "2025-01-01", "2026-01-01"),
        (Grain::Year, WeekStart::Monday, 4, "2025-04-01", "2026-04-01"),
        (Grain::Year, WeekStart::Monday, 12, "2025-12-01", "2026-12-01"),
    ] {
        assert_eq!(
            start(grain, week, fiscal, "2025-12-31"),
            (first.into(), next.into()),
            "{grain:?} {week:?} {fiscal}"
        );
    }
    // Before 1970 too, and on the first day of a week itself.
    assert_eq!(start(Grain::Week, WeekStart::Sunday, 1, "1969-12-28").0, "1969-12-28");
    assert_eq!(start(Grain::Week, WeekStart::Saturday, 1, "1969-12-26").0, "1969-12-20");
    assert_eq!(start(Grain::Year, WeekStart::Monday, 7, "0001-06-30").0, "0000-07-01");
}

#[test]
fn an_interval_cuts_its_outer_periods() {
    let as_of = day("2025-03-20");
    let buckets = Calendar::new(Grain::Month).buckets(days("2025-01-10", "2025-04-02"), as_of).unwrap();
    assert_eq!(
        buckets.iter().map(show).collect::<Vec<_>>(),
        [
            "2025-01-01: 2025-01-10..=2025-01-31 at 2025-01-31",
            "2025-02-01: 2025-02-01..=2025-02-28 at 2025-02-28",
            "2025-03-01: 2025-03-01..=2025-03-31 at 2025-03-20",
            "2025-04-01: 2025-04-01..=2025-04-02 at 2025-03-20",
        ]
    );
    assert_eq!(buckets.iter().map(|b| b.is_incomplete(as_of)).collect::<Vec<_>>(), [true, false, true, true]);
    let all = Calendar::new(Grain::All).buckets(days("2025-01-10", "2025-04-02"), as_of).unwrap();
    assert_eq!(
        all.iter().map(show).collect::<Vec<_>>(),
        ["2025-01-10: 2025-01-10..=2025-04-02 at 2025-03-20"]
    );
    assert!(!all[0].is_clipped() && all[0].is_incomplete(as_of));
    assert_eq!(Calendar::new(Grain::Day).buckets(Interval::new(5, 5), as_of), Ok(Vec::new()));
}

#[test]
fn defaults_cover_whole_periods() {
    let (first, last) = (day("2025-01-10"), day("2025-03-20"));
    assert_eq!(Calendar::new(Grain::Quarter).covering(first, last), days("2025-01-01", "2025-03-31"));
    assert_eq!(Calendar::new(Grain::Week).covering(first, last), days("2025-01-06", "2025-03-23"));
    assert_eq!(Calendar::new(Grain::All).covering(first, last), days("2025-01-10", "2025-03-20"));
}

#[test]
fn too_many_periods_are_refused() {
    let long = Interval { start: 0, end: BUCKETS_MAX as Day };
    assert_eq!(Calendar::new(Grain::Day).buckets(long, 0).unwrap().len(), BUCKETS_MAX);
    let longer = Interval { end: long.end + 1, ..long };
    let error = Calendar::new(Grain::Day).buckets(longer, 0).unwrap_err();
    assert!(error.starts_with("day makes more than 100000 periods from 1970-01-01 to 2243-"), "{error}");
    let ever = days("0001-01-01", "9999-12-31");
    assert_eq!(Calendar::new(Grain::Year).buckets(ever, 0).unwrap().len(), 9_999);
}

#[test]
fn comparisons_take_the_same_elapsed_part() {
    let compared = |grain, from: &str, to: &str, as_of: &str, with| {
        let calendar = Calendar::new(grain);
        let bucket = *calendar.buckets(days(from, to), day(as_of)).unwrap().last().unwrap();
        let other = calendar.compared(&bucket, day(as_of), with);
        (format_day(other.label), format_day(other.start), format_day(other.end - 1))
    };
    use Compare::{Previous, Year};
    for (grain, from, to, as_of, with, label, first, last) in [
        // Finished periods are compared as wholes, whatever their length.
        (
            Grain::Month,
            "2025-03-01",
            "2025-03-31",
            "2025-06-30",
            Previous,
            "2025-02-01",
            "2025-02-01",
            "2025-02-28",
        ),
        (
            Grain::Month,
            "2025-02-01",
            "2025-02-28",
            "2025-02-28",
            Previous,
            "2025-01-01",
            "2025-01-01",
            "2025-01-31",
        ),
        (
            Grain::Month,
            "2024-02-01",
            "2024-02-29",
            "2025-06-30",
            Year,
            "2023-02-01",
            "2023-02-01",
            "2023-02-28",
        ),
        (
            Grain::Day,
            "2024-02-29",
            "2024-02-29",
            "2025-06-30",
            Year,
            "2023-02-28",
            "2023-02-28",
            "2023-02-28",
        ),
        (
            Grain::Day,
            "2024-03-01",
            "2024-03-01",
            "2025-06-30",
            Previous,
            "2024-02-29",
            "2024-02-29",
            "2024-02-29",
        ),
        (
            Grain::Week,
            "2025-03-03",
            "2025-03-09",
            "2025-06-30",
            Year,
            "2024-03-04",
            "2024-03-04",
            "2024-03-10",
        ),
        (
            Grain::All,
            "2025-03-01",
            "2025-03-10",
            "2025-06-30",
            Previous,
            "2025-02-19",
            "2025-02-19",
            "2025-02-28",
        ),
        (
            Grain::All,
            "2025-01-01",
            "2025-12-31",
            "2026-06-30",
            Year,
            "2024-01-01",
            "2024-01-01",
            "2024-12-31",
        ),
        // Unfinished ones, with as much as has happened.
        (
            Grain::Month,
            "2025-03-01",
            "2025-03-31",
            "2025-03-20",
            Previous,
            "2025-02-01",
            "2025-02-01",
            "2025-02-20",
        ),
        (
            Grain::Month,
            "2025-03-01",
            "2025-03-31",
            "2025-03-30",
            Previous,
            "2025-02-01",
            "2025-02-01",
            "2025-02-28",
        ),
        (
            Grain::Quarter,
            "2025-04-01",
            "2025-06-30",
            "2025-05-15",
            Previous,
            "2025-01-01",
            "2025-01-01",
            "2025-02-14",
        ),
        (
            Grain::Year,
            "2024-01-01",
            "2024-12-31",
            "2024-03-31",
            Year,
            "2023-01-01",
            "2023-01-01",
            "2023-04-01",
        ),
        (
            Grain::Year,
            "2024-01-01",
            "2024-12-31",
            "2024-03-31",
            Previous,
            "2023-01-01",
            "2023-01-01",
            "2023-04-01",
        ),
        (
            Grain::Week,
            "2025-03-03",
            "2025-03-09",
            "2025-03-05",
            Previous,
            "2025-02-24",
            "2025-02-24",
            "2025-02-26",
        ),
        (
            Grain::All,
            "2025-01-01",
            "2025-12-31",
            "2025-03-31",
            Year,
            "2024-01-01",
            "2024-01-01",
            "2024-03-31",
        ),
        // What --from or --to cut off is cut off there too.
        (
            Grain::Month,
            "2025-03-11",
            "2025-03-31",
            "2025-06-30",
            Previous,
            "2025-02-01",
            "2025-02-11",
            "2025-02-28",
        ),
        (
            Grain::Month,
            "2025-03-01",
            "2025-03-10",
            "2025-06-30",
            Year,
            "2024-03-01",
            "2024-03-01",
            "2024-03-10",
        ),
        // The other month has no 31st: nothing to compare with.
        (
            Grain::Month,
            "2025-03-31",
            "2025-03-31",
            "2025-06-30",
            Previous,
            "2025-02-01",
            "2025-03-01",
            "2025-02-28",
        ),
        // Not begun yet: no part has elapsed.
        (
            Grain::Month,
            "2025-05-01",
            "2025-05-31",
            "2025-03-30",
            Previous,
            "2025-04-01",
            "2025-04-01",
            "2025-03-31",
        ),
    ] {
        let got = compared(grain, from, to, as_of, with);
        assert_eq!(
            got,
            (label.into(), first.into(), last.into()),
            "{grain:?} {from} {to} as of {as_of} {with:?}"
        );
    }
}

#[test]
fn words_are_read_in_any_case_and_slips_are_suggested() {
    let every = |text: &str| parse_word(text, &Grain::EVERY, Grain::name);
    assert_eq!(every("Month"), Ok(Grain::Month));
    assert_eq!(
        every("mnoth").unwrap_err(),
        "'mnoth' is not one of day, week, month, quarter, year, all; did you mean 'month'?"
    );
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    let grain = prop::sample::select(Grain::EVERY.to_vec());
    let week_start = prop::sample::select(WeekStart::EVERY.to_vec());
    (grain, week_start, 1u32..=12).prop_map(|(grain, week_start, fiscal_start)| Calendar {
        grain,
        week_start,
        fiscal_start,
    })
}

proptest! {
    #[test]
    fn buckets_lie_side_by_side(
        calendar in any_calendar(), start in -20_000..40_000, length in 1..3_000, as_of in -20_000..40_000,
    ) {
        let clip = Interval { start, end: start + length };
        let buckets = calendar.buckets(clip, as_of).unwrap();
        prop_assert_eq!(buckets[0].start, clip.start);
        prop_assert_eq!(buckets.last().unwrap().end, clip.end);
        for pair in buckets.windows(2) {
            prop_assert_eq!(pair[0].end, pair[1].start);
            prop_assert_eq!(pair[0].full_end, pair[1].full_start);
        }
        for b in &buckets {
            prop_assert!(b.start < b.end && b.full_start <= b.start && b.end <= b.full_end);
            prop_assert_eq!(b.label, b.full_start);
            if calendar.grain != Grain::All {
                for day in [b.start, b.end - 1] {
                    prop_assert_eq!(calendar.bucket_start(day), b.full_start);
                }
            }
        }
    }

    #[test]
    fn a_comparison_lies_within_its_period_and_before(
        calendar in any_calendar(), start in 0..20_000, length in 1..800, as_of in 0..20_000,
    ) {
        for b in calendar.buckets(Interval { start, end: start + length }, as_of).unwrap() {
            for with in Compare::EVERY {
                let other = calendar.compared(&b, as_of, with);
                prop_assert!(other.full_start <= other.start && other.start <= other.end && other.end <= other.full_end);
                prop_assert!(other.full_start < b.full_start);
                if !b.is_incomplete(as_of) {
                    prop_assert!(!other.is_clipped(), "{:?} {:?}", b, other);
                }
            }
        }
    }
}
