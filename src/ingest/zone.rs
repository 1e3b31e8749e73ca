//! Which instant does a local time of the export mean?

use super::settings::RepeatedTime;
use crate::model::zone::OffsetRange;
use crate::model::{MICROS_PER_DAY, Micros, Zone};

/// No zone is farther from UTC, so that a change of clocks moves no local time by more.
const REACH: Micros = 2 * MICROS_PER_DAY;

/// Turns local times into instants, and counts those that the zone skips or repeats.
pub(super) struct Clock<'a> {
    zone: &'a Zone,
    repeated: RepeatedTime,
    /// The first of some local times that no change of clocks is near to, the one behind the last, and
    /// their offset.
    quiet: (Micros, Micros, Micros),
    /// Local times that the zone skips.
    pub skipped_times: u64,
    /// Local times that occur twice.
    pub repeated_times: u64,
}

impl<'a> Clock<'a> {
    pub fn new(zone: &'a Zone, repeated: RepeatedTime) -> Self {
        Clock { zone, repeated, quiet: (0, 0, 0), skipped_times: 0, repeated_times: 0 }
    }

    /// The instant of a local time, which is given in microseconds as if it were in UTC.
    #[inline]
    pub fn instant(&mut self, local: Micros) -> Micros {
        let (from, to, offset) = self.quiet;
        if from <= local && local < to { local - offset } else { self.look_up(local) }
    }

    fn look_up(&mut self, local: Micros) -> Micros {
        let near = self.zone.ranges(local - REACH, local + REACH);
        if let [only] = near {
            self.quiet = (only.start.saturating_add(REACH), only.end.saturating_sub(REACH), only.offset);
            return local - only.offset;
        }
        let shows = |range: &&OffsetRange| (range.start..range.end).contains(&(local - range.offset));
        let mut shown = near.iter().filter(shows).map(|range| local - range.offset);
        match (shown.next(), shown.next_back()) {
            (Some(at), None) => at,
            (Some(earlier), Some(later)) => {
                self.repeated_times += 1;
                match self.repeated {
                    RepeatedTime::Earlier => earlier,
                    RepeatedTime::Later => later,
                }
            }
            (None, _) => {
                self.skipped_times += 1;
                // The offset from before the gap puts the time as far behind the gap as it was in it.
                let before = near.iter().rfind(|range| range.end <= local - range.offset);
                local - before.map_or(0, |range| range.offset)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::{AmbiguousOffset, TimeZoneDatabase};

    use super::*;
    use crate::model::MICROS_PER_SECOND;
    use crate::model::civil::day_from_civil;

    fn local(y: i32, m: u32, d: u32, hour: i64, minute: i64) -> Micros {
        i64::from(day_from_civil(y, m, d)) * MICROS_PER_DAY + (hour * 60 + minute) * 60 * MICROS_PER_SECOND
    }

    /// The earlier, the later and whether there are two or none, by the calendar library alone.
    fn slow(tz: &jiff::tz::TimeZone, local: Micros) -> (Micros, Micros, [u64; 2]) {
        let shown = jiff::tz::TimeZone::UTC.to_datetime(Timestamp::from_microsecond(local).unwrap());
        let at = |offset: jiff::tz::Offset| local - i64::from(offset.seconds()) * MICROS_PER_SECOND;
        match tz.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => (at(offset), at(offset), [0, 0]),
            AmbiguousOffset::Gap { before, .. } => (at(before), at(before), [1, 0]),
            AmbiguousOffset::Fold { before, after } => (at(before), at(after), [0, 1]),
        }
    }

    #[test]
    fn instants_agree_with_the_calendar_library_around_every_change_of_every_zone() {
        let zones = TimeZoneDatabase::bundled();
        for name in zones.available() {
            let (zone, tz) = (Zone::parse(name.as_str()).unwrap(), zones.get(name.as_str()).unwrap());
            let mut earlier = Clock::new(&zone, RepeatedTime::Earlier);
            let mut later = Clock::new(&zone, RepeatedTime::Later);
            let changes = tz.following("1950-01-01T00:00:00Z".parse().unwrap());
            let until = "2040-01-01T00:00:00Z".parse().unwrap();
            for change in changes.map(|c| c.timestamp()).take_while(|at| *at < until) {
                for minutes in [
                    -4320, -1500, -841, -600, -150, -121, -60, -31, -1, 0, 1, 29, 59, 60, 90, 119, 120, 180,
                    600, 839, 1500, 4320,
                ] {
                    let local = change.as_microsecond() + minutes * 60 * MICROS_PER_SECOND;
                    let offset = i64::from(tz.to_offset(change).seconds()) * MICROS_PER_SECOND;
                    for local in [local, local + offset] {
                        let before = [earlier.skipped_times, earlier.repeated_times];
                        let (first, last, counts) = slow(&tz, local);
                        assert_eq!(
                            [earlier.instant(local), later.instant(local)],
                            [first, last],
                            "{name} {local}"
                        );
                        let now = [earlier.skipped_times, earlier.repeated_times];
                        assert_eq!([now[0] - before[0], now[1] - before[1]], counts, "{name} {local}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_skipped_time_moves_forward_and_a_repeated_one_is_the_earlier() {
        let zone = Zone::parse("Europe/Oslo").unwrap();
        let mut clock = Clock::new(&zone, RepeatedTime::Earlier);
        assert_eq!(clock.instant(local(2024, 3, 31, 2, 30)), local(2024, 3, 31, 1, 30));
        assert_eq!(clock.instant(local(2024, 10, 27, 2, 30)), local(2024, 10, 27, 0, 30));
        assert_eq!((clock.skipped_times, clock.repeated_times), (1, 1));
        let mut later = Clock::new(&zone, RepeatedTime::Later);
        assert_eq!(later.instant(local(2024, 10, 27, 2, 30)), local(2024, 10, 27, 1, 30));
    }

    #[test]
    fn years_far_away_have_their_clocks() {
        let zone = Zone::parse("Europe/Oslo").unwrap();
        let mut clock = Clock::new(&zone, RepeatedTime::Earlier);
        // What is remembered of one year does not hold for a later one.
        for year in [2024, 2100, 2150, 9998] {
            assert_eq!(clock.instant(local(year, 7, 1, 12, 0)), local(year, 7, 1, 10, 0), "{year}");
            assert_eq!(clock.instant(local(year, 12, 15, 12, 0)), local(year, 12, 15, 11, 0), "{year}");
        }
    }
}
