//! Which instant does a local time of the export mean? By the time zone database inside the binary,
//! so that the answer does not depend on the machine.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::settings::RepeatedTime;
use crate::model::civil::civil_from_day;
use crate::model::names::did_you_mean;
use crate::model::{Day, MICROS_PER_DAY, MICROS_PER_SECOND, Micros};

/// A source time zone.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    /// None: UTC, which needs no arithmetic.
    tz: Option<TimeZone>,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Zone {
        Zone { name: "UTC".to_string(), tz: None }
    }

    /// The zone of an IANA name or of an offset such as `+02:00`.
    pub fn find(name: &str) -> Result<Zone, String> {
        if matches!(name.to_ascii_uppercase().as_str(), "UTC" | "Z" | "ETC/UTC" | "GMT") {
            return Ok(Zone::utc());
        }
        if let Some(seconds) = offset_seconds(name.as_bytes()) {
            let offset = Offset::from_seconds(seconds).map_err(|e| e.to_string())?;
            return Ok(Zone { name: name.to_string(), tz: Some(TimeZone::fixed(offset)) });
        }
        let zones = TimeZoneDatabase::bundled();
        zones.get(name).map(|tz| Zone { name: name.to_string(), tz: Some(tz) }).map_err(|_| {
            let known: Vec<_> = zones.available().map(|n| n.to_string()).collect();
            format!("there is no time zone '{name}'{}", did_you_mean(name, known.iter().map(String::as_str)))
        })
    }

    /// The name by which it was found.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The civil day of an instant.
    pub fn civil_day(&self, instant: Micros) -> Day {
        let Some(tz) = &self.tz else {
            return instant.div_euclid(MICROS_PER_DAY) as Day;
        };
        let offset = Timestamp::from_microsecond(instant).map_or(0, |at| tz.to_offset(at).seconds());
        (instant + i64::from(offset) * MICROS_PER_SECOND).div_euclid(MICROS_PER_DAY) as Day
    }
}

/// The seconds of `±hh`, `±hhmm` or `±hh:mm`.
pub(super) fn offset_seconds(text: &[u8]) -> Option<i32> {
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

/// Days whose offset is remembered: a block of an export rarely spans more.
const REMEMBERED_DAYS: usize = 64;

/// Turns local times into instants, and counts those that the zone skips or repeats.
pub(super) struct Clock<'a> {
    zone: &'a Zone,
    repeated: RepeatedTime,
    /// Days on which the offset does not change, with it.
    uniform: [(Day, i64); REMEMBERED_DAYS],
    /// Local times that the zone skips.
    pub skipped_times: u64,
    /// Local times that occur twice.
    pub repeated_times: u64,
}

impl<'a> Clock<'a> {
    pub fn new(zone: &'a Zone, repeated: RepeatedTime) -> Self {
        let uniform = [(Day::MIN, 0); REMEMBERED_DAYS];
        Clock { zone, repeated, uniform, skipped_times: 0, repeated_times: 0 }
    }

    /// The instant of a local time, which is given in microseconds as if it were in UTC.
    #[inline]
    pub fn instant(&mut self, local: Micros) -> Micros {
        match &self.zone.tz {
            None => local,
            Some(tz) => self.instant_in(tz, local),
        }
    }

    fn instant_in(&mut self, tz: &TimeZone, local: Micros) -> Micros {
        let day = local.div_euclid(MICROS_PER_DAY) as Day;
        let slot = day as usize % REMEMBERED_DAYS;
        if self.uniform[slot].0 == day {
            return local - self.uniform[slot].1;
        }
        if let Some(offset) = uniform_offset(tz, day) {
            self.uniform[slot] = (day, offset);
            return local - offset;
        }
        let offset = match tz.to_ambiguous_timestamp(date_time(local)).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            // The offset from before the gap puts the time as far behind the gap as it was in it.
            AmbiguousOffset::Gap { before, .. } => {
                self.skipped_times += 1;
                before
            }
            AmbiguousOffset::Fold { before, after } => {
                self.repeated_times += 1;
                match self.repeated {
                    RepeatedTime::Earlier => before,
                    RepeatedTime::Later => after,
                }
            }
        };
        local - i64::from(offset.seconds()) * MICROS_PER_SECOND
    }
}

/// The offset in microseconds, when it is the same for all local times of a day.
fn uniform_offset(tz: &TimeZone, day: Day) -> Option<i64> {
    // Offsets lie within ±26 h, so that these instants stand around every time of the local day.
    let start = Timestamp::from_microsecond(i64::from(day) * MICROS_PER_DAY).ok()?;
    let from = start.checked_sub(SignedDuration::from_hours(26)).ok()?;
    let to = start.checked_add(SignedDuration::from_hours(50)).ok()?;
    let quiet = tz.following(from).next().is_none_or(|change| change.timestamp() > to);
    quiet.then(|| i64::from(tz.to_offset(start).seconds()) * MICROS_PER_SECOND)
}

fn date_time(local: Micros) -> DateTime {
    let (year, month, day) = civil_from_day(local.div_euclid(MICROS_PER_DAY) as Day);
    let rest = local.rem_euclid(MICROS_PER_DAY);
    let seconds = rest / MICROS_PER_SECOND;
    jiff::civil::date(year as i16, month as i8, day as i8).at(
        (seconds / 3600) as i8,
        (seconds / 60 % 60) as i8,
        (seconds % 60) as i8,
        (rest % MICROS_PER_SECOND * 1000) as i32,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::civil::day_from_civil;

    fn local(y: i32, m: u32, d: u32, hour: i64, minute: i64) -> Micros {
        i64::from(day_from_civil(y, m, d)) * MICROS_PER_DAY + (hour * 60 + minute) * 60 * MICROS_PER_SECOND
    }

    #[test]
    fn instants_agree_with_the_library_on_every_hour_of_a_year() {
        for name in
            ["Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
        {
            let zone = Zone::find(name).unwrap();
            let tz = TimeZoneDatabase::bundled().get(name).unwrap();
            let mut clock = Clock::new(&zone, RepeatedTime::Earlier);
            let start = local(2011, 6, 1, 0, 0);
            for step in 0..(2 * 24 * 400) {
                let at = start + step * 30 * 60 * MICROS_PER_SECOND;
                let want = tz.to_ambiguous_timestamp(date_time(at)).compatible().unwrap();
                assert_eq!(clock.instant(at), want.as_microsecond(), "{name} {at}");
            }
            let moves = clock.skipped_times > 0;
            assert_eq!(moves, name != "Asia/Kathmandu", "{name}");
        }
    }

    #[test]
    fn a_skipped_time_moves_forward_and_a_repeated_one_is_the_earlier() {
        let zone = Zone::find("Europe/Oslo").unwrap();
        let mut clock = Clock::new(&zone, RepeatedTime::Earlier);
        assert_eq!(clock.instant(local(2024, 3, 31, 2, 30)), local(2024, 3, 31, 1, 30));
        assert_eq!(clock.instant(local(2024, 10, 27, 2, 30)), local(2024, 10, 27, 0, 30));
        assert_eq!((clock.skipped_times, clock.repeated_times), (1, 1));
        let mut later = Clock::new(&zone, RepeatedTime::Later);
        assert_eq!(later.instant(local(2024, 10, 27, 2, 30)), local(2024, 10, 27, 1, 30));
    }

    #[test]
    fn civil_days_are_those_of_the_zone() {
        let zone = Zone::find("America/New_York").unwrap();
        assert_eq!(zone.civil_day(local(2024, 1, 1, 3, 0)), day_from_civil(2023, 12, 31));
        assert_eq!(Zone::utc().civil_day(local(2024, 1, 1, 3, 0)), day_from_civil(2024, 1, 1));
    }

    #[test]
    fn offsets_are_zones_too() {
        assert_eq!(offset_seconds(b"+05:30"), Some(19_800));
        assert_eq!(offset_seconds(b"-0330"), Some(-12_600));
        assert_eq!(offset_seconds(b"+02"), Some(7200));
        assert_eq!([offset_seconds(b"+2"), offset_seconds(b"02:00"), offset_seconds(b"+02:60")], [None; 3]);
        let zone = Zone::find("-05:00").unwrap();
        assert_eq!(
            Clock::new(&zone, RepeatedTime::Earlier).instant(local(2024, 1, 1, 0, 0)),
            local(2024, 1, 1, 5, 0)
        );
        assert!(Zone::find("Mars/Olympus").is_err());
    }
}
