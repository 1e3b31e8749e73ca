//! On which civil day does an instant lie? The zone of a query, as a table of UTC offsets.
//!
//! A civil day starts at the first instant whose local date is that day or a later one; the day of an
//! instant is the last day that has started. So days never overlap and never run backwards, whatever
//! clocks do: a midnight that is skipped starts the day at the first instant behind the gap, one that
//! occurs twice starts it at the first, and a day that a zone skipped entirely (Pacific/Apia,
//! 2011-12-30) is empty.
//!
//! Invariant: `day_of(t)` = the last D with `start_of(D)` ≤ t, for every t and D. The zones are those
//! of the database that is compiled in, never the machine's.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use crate::model::names;
use crate::model::{Day, MICROS_PER_DAY, MICROS_PER_SECOND, Micros};

const MICROS_PER_HOUR: i64 = 3_600 * MICROS_PER_SECOND;

/// 2101-01-01T00:00:00Z. Transitions behind it are only looked up when an instant asks for them: most
/// zones change their clocks twice a year for ever, and the year 9999 would cost milliseconds.
const NEAR_END: Micros = 47_847 * MICROS_PER_DAY;

/// A time zone.
#[derive(Clone)]
pub struct Zone {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    zone: TimeZone,
    near: Vec<OffsetRange>,
    far: OnceLock<Vec<OffsetRange>>,
}

/// Instants between two changes of a zone's clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetRange {
    /// The first instant.
    pub start: Micros,
    /// The instant behind the last one; `Micros::MAX` in the last range.
    pub end: Micros,
    /// Local time − UTC.
    pub offset: Micros,
    /// The last day that had started before `start`: clocks that are set back over midnight do not
    /// bring the day before back.
    pub day_min: Day,
}

impl OffsetRange {
    /// The civil day of an instant of this range.
    #[inline]
    pub fn day_of(&self, instant: Micros) -> Day {
        local_day(instant, self.offset).max(self.day_min)
    }

    #[inline]
    fn contains(&self, instant: Micros) -> bool {
        self.start <= instant && instant < self.end
    }
}

#[inline]
fn local_day(instant: Micros, offset: Micros) -> Day {
    instant.saturating_add(offset).div_euclid(MICROS_PER_DAY) as Day
}

#[inline]
fn local_hour(instant: Micros, offset: Micros) -> u32 {
    (instant.saturating_add(offset).rem_euclid(MICROS_PER_DAY) / MICROS_PER_HOUR) as u32
}

/// A zone that the database does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone '{typed}'{hint}")]
pub struct ZoneError {
    typed: String,
    hint: String,
}

impl Zone {
    /// The zone without any changes.
    pub fn utc() -> Self {
        Self::build("UTC".to_owned(), TimeZone::UTC)
    }

    /// A zone by its IANA name, in any case: `Europe/Oslo`, `UTC`.
    pub fn parse(name: &str) -> Result<Self, ZoneError> {
        if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("z") {
            return Ok(Self::utc());
        }
        let zone = database().get(name);
        let zone = zone.map_err(|_| ZoneError { typed: name.to_owned(), hint: hint(name) })?;
        let canonical = zone.iana_name().unwrap_or(name).to_owned();
        // A table takes longer to build than a small query to answer: each zone's is built once.
        static KNOWN: Mutex<Vec<Zone>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = known.iter().find(|z| z.name() == canonical) {
            return Ok(zone.clone());
        }
        known.push(Self::build(canonical, zone));
        Ok(known[known.len() - 1].clone())
    }

    /// A zone by its IANA name or as an offset: `Europe/Oslo`, `+02:00`.
    pub fn parse_or_offset(text: &str) -> Result<Self, ZoneError> {
        let Some(seconds) = offset_seconds(text.as_bytes()) else { return Self::parse(text) };
        let offset = Offset::from_seconds(seconds).expect("no offset that is read is too large");
        Ok(Self::build(text.to_owned(), TimeZone::fixed(offset)))
    }

    fn build(name: String, zone: TimeZone) -> Self {
        let near = offset_ranges(&zone, NEAR_END);
        Zone { inner: Arc::new(Inner { name, zone, near, far: OnceLock::new() }) }
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Whether its days are those of UTC, at all times.
    pub fn is_utc(&self) -> bool {
        matches!(self.inner.near.as_slice(), [only] if only.offset == 0 && only.end == Micros::MAX)
    }

    /// The civil day of an instant.
    #[inline]
    pub fn day_of(&self, instant: Micros) -> Day {
        self.range_of(instant).day_of(instant)
    }

    /// The hour (0-23) that clocks show at an instant.
    #[inline]
    pub fn hour_of(&self, instant: Micros) -> u32 {
        local_hour(instant, self.range_of(instant).offset)
    }

    /// The first instant of a civil day.
    pub fn start_of(&self, day: Day) -> Micros {
        let table = self.table(saturating(i128::from(day) * i128::from(MICROS_PER_DAY)));
        // The first range in which the day, or a later one, starts.
        let at = table.partition_point(|r| r.end != Micros::MAX && r.day_of(r.end - 1) < day);
        let range = &table[at];
        let midnight = i128::from(day) * i128::from(MICROS_PER_DAY) - i128::from(range.offset);
        saturating(midnight).max(range.start)
    }

    /// The range of equal offset that an instant lies in.
    #[inline]
    pub fn range_of(&self, instant: Micros) -> &OffsetRange {
        let table = self.table(instant);
        &table[table.partition_point(|r| r.end <= instant).min(table.len() - 1)]
    }

    /// The ranges that `start..end` touches, in order: for loops over sorted instants, which then need
    /// no look-up per row.
    pub fn ranges(&self, start: Micros, end: Micros) -> &[OffsetRange] {
        if start >= end {
            return &[];
        }
        let table = self.table(end);
        let first = table.partition_point(|r| r.end <= start).min(table.len() - 1);
        let last = table.partition_point(|r| r.start < end);
        &table[first..last]
    }

    /// A look-up that remembers where it was: for many instants that are nearly in order.
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor { zone: self, range: *self.range_of(0) }
    }

    fn table(&self, instant: Micros) -> &[OffsetRange] {
        // A day on either side, because the callers come with days as well as with instants.
        let last = self.inner.near.last().expect("the first range is there");
        if instant < NEAR_END - 2 * MICROS_PER_DAY || last.end == Micros::MAX {
            &self.inner.near
        } else {
            self.inner.far.get_or_init(|| offset_ranges(&self.inner.zone, Micros::MAX))
        }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

/// Names decide: the database is one and the same for all zones.
impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

/// A look-up that remembers the range it was in.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    zone: &'a Zone,
    range: OffsetRange,
}

impl Cursor<'_> {
    #[inline]
    fn seek(&mut self, instant: Micros) -> &OffsetRange {
        if !self.range.contains(instant) {
            self.range = *self.zone.range_of(instant);
        }
        &self.range
    }

    /// The civil day of an instant.
    #[inline]
    pub fn day_of(&mut self, instant: Micros) -> Day {
        self.seek(instant).day_of(instant)
    }

    /// The hour (0-23) that clocks show at an instant.
    #[inline]
    pub fn hour_of(&mut self, instant: Micros) -> u32 {
        local_hour(instant, self.seek(instant).offset)
    }
}

fn saturating(value: i128) -> Micros {
    value.clamp(i128::from(Micros::MIN), i128::from(Micros::MAX)) as Micros
}

fn micros(seconds: i64) -> Micros {
    seconds * MICROS_PER_SECOND
}

/// The ranges of a zone, up to the first change at or behind `until`.
fn offset_ranges(zone: &TimeZone, until: Micros) -> Vec<OffsetRange> {
    let offset_of = |t: Timestamp| micros(i64::from(zone.to_offset(t).seconds()));
    let first = OffsetRange {
        start: Micros::MIN,
        end: Micros::MAX,
        offset: offset_of(Timestamp::MIN),
        day_min: local_day(Micros::MIN, 0),
    };
    let mut all = vec![first];
    for change in zone.following(Timestamp::MIN) {
        let start = micros(change.timestamp().as_second());
        let offset = micros(i64::from(change.offset().seconds()));
        let last = all.last_mut().expect("the first range is there");
        // A change of the zone's abbreviation only.
        if offset == last.offset {
            continue;
        }
        last.end = start;
        if start >= until {
            break;
        }
        let day_min = last.day_of(start - 1);
        all.push(OffsetRange { start, end: Micros::MAX, offset, day_min });
    }
    all
}

/// The seconds of `±hh`, `±hhmm` or `±hh:mm`.
pub fn offset_seconds(text: &[u8]) -> Option<i32> {
    let (sign, digits) = match text {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let digit = |b: u8| b.is_ascii_digit().then(|| i32::from(b - b'0'));
    let (hours, minutes) = match digits {
        [a, b] => (digit(*a)? * 10 + digit(*b)?, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (digit(*a)? * 10 + digit(*b)?, digit(*c)? * 10 + digit(*d)?),
        _ => return None,
    };
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn database() -> &'static TimeZoneDatabase {
    static BUNDLED: OnceLock<TimeZoneDatabase> = OnceLock::new();
    BUNDLED.get_or_init(TimeZoneDatabase::bundled)
}

/// What was probably meant: `Oslo` is Europe/Oslo, `Europe/Olso` too.
fn hint(typed: &str) -> String {
    if typed.starts_with(['+', '-']) || typed.to_ascii_uppercase().starts_with("UTC") {
        return ": zones have IANA names, such as Europe/Oslo or UTC; fixed ones are Etc/GMT-2 (two hours east)"
            .into();
    }
    let all: Vec<String> = database().available().map(|name| name.to_string()).collect();
    let city = |name: &str| names::normal(name.rsplit('/').next().unwrap_or(name));
    let same_city = all.iter().find(|name| city(name) == city(typed));
    let nearest =
        same_city.map(String::as_str).or_else(|| names::nearest(typed, all.iter().map(String::as_str)));
    let nearest = nearest.or_else(|| {
        let cities = all.iter().map(|name| name.rsplit('/').next().unwrap_or(name));
        let near = names::nearest(typed, cities)?;
        all.iter().find(|name| name.ends_with(near)).map(String::as_str)
    });
    nearest.map_or_else(
        || ": zones have IANA names, such as Europe/Oslo or UTC".into(),
        |name| format!("; did you mean '{name}'?"),
    )
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::model::civil::{civil_from_day, day_from_civil, format_instant};

    const ZONES: &[&str] = &[
        "UTC",
        "Europe/Oslo",
        "America/New_York",
        "America/St_Johns",
        "America/Sao_Paulo",
        "America/Havana",
        "Asia/Beirut",
        "Asia/Kolkata",
        "Asia/Tehran",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "America/Juneau",
        "Asia/Manila",
        "Antarctica/Troll",
    ];

    fn zone(name: &str) -> Zone {
        Zone::parse(name).unwrap()
    }

    fn start(name: &str, year: i32, month: u32, day: u32) -> String {
        format_instant(zone(name).start_of(day_from_civil(year, month, day)))
    }

    /// The first instant whose local date is the day or later, searched in the calendar library alone.
    fn slow_start(tz: &TimeZone, day: Day) -> Micros {
        let (y, m, d) = civil_from_day(day);
        let wanted = jiff::civil::date(y as i16, m as i8, d as i8);
        let at = |s: i64| tz.to_datetime(Timestamp::from_second(s).unwrap()).date();
        let middle = i64::from(day) * 86_400;
        // Changes of clocks lie on whole minutes since 1970; hours are searched first, for speed.
        let hour = (middle / 3600 - 30..).find(|h| at(h * 3600) >= wanted).unwrap();
        // A local date may be reached within an hour and be left again before its end.
        let from = (hour - 3) * 60;
        micros((from..).map(|minute| minute * 60).find(|s| at(*s) >= wanted).unwrap())
    }

    #[test]
    fn starts_agree_with_a_search_in_the_calendar_library() {
        for name in ZONES {
            let tz = database().get(name).unwrap();
            let zone = zone(name);
            let changes: Vec<Day> = tz
                .following("1970-02-01T00:00:00Z".parse().unwrap())
                .take_while(|c| c.timestamp().as_second() < 2_000_000_000)
                .map(|c| local_day(micros(c.timestamp().as_second()), 0))
                .collect();
            for day in changes.iter().flat_map(|d| d - 2..=d + 2).chain(20_000..20_040) {
                assert_eq!(zone.start_of(day), slow_start(&tz, day), "{name} {:?}", civil_from_day(day));
            }
        }
    }

    #[test]
    fn the_day_of_an_instant_is_the_last_one_that_has_started() {
        for name in ZONES {
            let zone = zone(name);
            let mut cursor = zone.cursor();
            for day in day_from_civil(1999, 12, 1)..day_from_civil(2013, 1, 1) {
                let (start, next) = (zone.start_of(day), zone.start_of(day + 1));
                assert!(start <= next, "{name}");
                if start < next {
                    for instant in [start, start + 1, start + (next - start) / 2, next - 1] {
                        assert_eq!(zone.day_of(instant), day, "{name} {}", format_instant(instant));
                        assert_eq!(cursor.day_of(instant), day);
                        assert_eq!(cursor.hour_of(instant), zone.hour_of(instant));
                    }
                }
            }
        }
    }

    #[test]
    fn hours_are_those_of_the_clock() {
        for name in ZONES {
            let tz = database().get(name).unwrap();
            let zone = zone(name);
            for quarter in 0..4 * 24 * 400 {
                let seconds = 1_700_000_000 + quarter * 900;
                let clock = tz.to_datetime(Timestamp::from_second(seconds).unwrap());
                assert_eq!(zone.hour_of(micros(seconds)), clock.hour() as u32, "{name}");
            }
        }
    }

    #[test]
    fn midnights_that_are_skipped_doubled_or_missing() {
        // 00:00 → 01:00.
        assert_eq!(start("America/Sao_Paulo", 2018, 11, 4), "2018-11-04 03:00:00");
        // 00:00 → 23:00 of the day before: midnight comes once, an hour late.
        assert_eq!(start("America/Sao_Paulo", 2018, 2, 18), "2018-02-18 03:00:00");
        // 01:00 → 00:00: midnight comes twice, the first counts.
        assert_eq!(start("America/Havana", 2023, 11, 5), "2023-11-05 04:00:00");
        // 00:01 → 23:01: the day had started a minute before, and goes on.
        let day = day_from_civil(2006, 10, 29);
        let st_johns = zone("America/St_Johns");
        assert_eq!(format_instant(st_johns.start_of(day)), "2006-10-29 02:30:00");
        assert_eq!(st_johns.day_of(st_johns.start_of(day) + 30 * 60 * MICROS_PER_SECOND), day);
        // A whole day skipped.
        let apia = zone("Pacific/Apia");
        let skipped = day_from_civil(2011, 12, 30);
        assert_eq!(format_instant(apia.start_of(skipped)), "2011-12-30 10:00:00");
        assert_eq!(apia.start_of(skipped), apia.start_of(skipped + 1));
        assert_eq!(apia.day_of(apia.start_of(skipped)), skipped + 1);
        assert_eq!(apia.day_of(apia.start_of(skipped) - 1), skipped - 1);
    }

    #[test]
    fn years_far_away_still_have_their_clocks() {
        let tz = database().get("Europe/Oslo").unwrap();
        let zone = zone("Europe/Oslo");
        for year in [1, 1800, 2100, 2101, 2102, 2500, 9998] {
            for (month, day) in [(1, 1), (7, 1), (12, 31)] {
                let date = jiff::civil::date(year, month, day);
                let start = date.to_zoned(tz.clone()).unwrap().timestamp();
                let number = day_from_civil(i32::from(year), month as u32, day as u32);
                assert_eq!(zone.start_of(number), micros(start.as_second()), "{date}");
                assert_eq!(zone.day_of(micros(start.as_second())), number);
                let before = (start - 1.second()).as_second();
                assert_eq!(zone.day_of(micros(before)), number - 1);
            }
        }
    }

    #[test]
    fn a_cursor_does_not_carry_a_season_past_the_next_change() {
        let zone = zone("Europe/Oslo");
        let noon = |year, month| zone.start_of(day_from_civil(year, month, 15)) + 12 * MICROS_PER_HOUR;
        let mut cursor = zone.cursor();
        for (year, month) in [(2024, 12), (2100, 12), (2150, 7), (2150, 12)] {
            assert_eq!(cursor.hour_of(noon(year, month)), 12, "{year}-{month}");
        }
    }

    #[test]
    fn offsets_are_zones_too() {
        assert_eq!(offset_seconds(b"+05:30"), Some(19_800));
        assert_eq!(offset_seconds(b"-0330"), Some(-12_600));
        assert_eq!(offset_seconds(b"+02"), Some(7200));
        assert_eq!([offset_seconds(b"+2"), offset_seconds(b"02:00"), offset_seconds(b"+02:60")], [None; 3]);
        let day = day_from_civil(2024, 1, 1);
        let west = Zone::parse_or_offset("-05:00").unwrap();
        assert_eq!(format_instant(west.start_of(day)), "2024-01-01 05:00:00");
        assert_eq!(Zone::parse_or_offset("Europe/Oslo").unwrap(), zone("Europe/Oslo"));
        assert!(Zone::parse_or_offset("Mars/Olympus").is_err());
    }

    #[test]
    fn no_instant_or_day_is_too_far() {
        for name in ["UTC", "Europe/Oslo", "Pacific/Apia"] {
            let zone = zone(name);
            for instant in [Micros::MIN, Micros::MAX] {
                assert!((-110_000_000..110_000_000).contains(&zone.day_of(instant)));
                assert!(zone.hour_of(instant) < 24);
            }
            assert_eq!(
                [zone.start_of(Day::MIN), zone.start_of(Day::MAX)],
                [Micros::MIN, Micros::MAX],
                "{name}"
            );
        }
    }

    #[test]
    fn ranges_cover_what_is_asked_without_gaps() {
        let zone = zone("Europe/Oslo");
        let (start, end) = (zone.start_of(19_000), zone.start_of(20_000));
        let ranges = zone.ranges(start, end);
        assert_eq!(ranges.len(), 6);
        assert!(ranges[0].start <= start && end <= ranges[5].end);
        assert!(ranges.windows(2).all(|w| w[0].end == w[1].start));
        assert_eq!(zone.ranges(start, start).len(), 0);
        assert!(Zone::utc().is_utc() && self::zone("Etc/UTC").is_utc() && !zone.is_utc());
    }

    #[test]
    fn names_are_matched_and_slips_are_suggested() {
        assert_eq!(zone("europe/oslo").name(), "Europe/Oslo");
        assert_eq!(zone("utc").name(), "UTC");
        let message = |name: &str| Zone::parse(name).unwrap_err().to_string();
        assert_eq!(message("Europe/Olso"), "unknown time zone 'Europe/Olso'; did you mean 'Europe/Oslo'?");
        assert_eq!(message("Oslo"), "unknown time zone 'Oslo'; did you mean 'Europe/Oslo'?");
        assert_eq!(message("new york"), "unknown time zone 'new york'; did you mean 'America/New_York'?");
        assert!(message("+02:00").contains("Etc/GMT-2"), "{}", message("+02:00"));
        assert!(message("nowhere at all").contains("IANA"));
    }
}
