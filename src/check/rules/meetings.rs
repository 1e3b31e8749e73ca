//! Do meetings, and what happens in them, fit their times?

use crate::check::cells::instant;
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::kpi::lookup::number_at;
use crate::model::{MICROS_PER_DAY, MICROS_PER_SECOND};
use crate::store::{NULL_ID, NULL_NUMBER};

const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;

/// Whole minutes, cut off or rounded up, differ from the exact time by less than a minute.
const DURATION_TOLERANCE: i64 = MICROS_PER_MINUTE;

/// People join before the host starts, and features report when they are closed.
const AROUND_MEETING: i64 = 15 * MICROS_PER_MINUTE;

/// The minutes of a meeting are those from its start to its end.
pub fn duration(scope: &Scope<'_, '_>) -> Found {
    scope.judge(|part| {
        let (start, end) = (part.numbers("start_time")?, part.numbers("end_time")?);
        let minutes = part.numbers("duration_minutes")?;
        Ok(move |row| {
            let (from, to, minutes) = (start.get(row), end.get(row), minutes.get(row));
            Verdict::when([from, to, minutes].iter().all(|&v| v != NULL_NUMBER), || {
                let said = minutes.saturating_mul(MICROS_PER_MINUTE);
                (to - from).saturating_sub(said).abs() > DURATION_TOLERANCE
            })
        })
    })
}

/// A meeting lasts at most a day.
pub fn long(scope: &Scope<'_, '_>) -> Found {
    scope.judge(|part| {
        let (start, end) = (part.numbers("start_time")?, part.numbers("end_time")?);
        Ok(move |row| Verdict::both(start.get(row), end.get(row), |from, to| to - from > MICROS_PER_DAY))
    })
}

/// The times of a row of the rule's table lie within those of its meeting, give or take.
pub fn around(scope: &Scope<'_, '_>, times: &[&str]) -> Found {
    let starts = scope.data.numbers_by_id("meetings", "start_time")?;
    let ends = scope.data.numbers_by_id("meetings", "end_time")?;
    let (starts, ends) = (&starts, &ends);
    scope.judge_showing(
        |part| {
            let meetings = part.references("meeting_id")?;
            let times = times.iter().map(|t| part.numbers(t)).collect::<Result<Vec<_>, _>>()?;
            Ok(move |row| {
                let meeting = meetings.get(row);
                let (from, to) = (number_at(starts, meeting), number_at(ends, meeting));
                // A meeting that ends before it starts has a rule of its own.
                let looked = from != NULL_NUMBER && to != NULL_NUMBER && from <= to;
                Verdict::when(looked, || {
                    let around = from - AROUND_MEETING..=to + AROUND_MEETING;
                    times.iter().map(|t| t.get(row)).any(|t| t != NULL_NUMBER && !around.contains(&t))
                })
            })
        },
        |part, row| {
            let meeting = part.references("meeting_id")?.get(row);
            debug_assert!(meeting != NULL_ID);
            let (from, to) = (number_at(starts, meeting), number_at(ends, meeting));
            Ok(vec![("meeting start_time", instant(from)), ("meeting end_time", instant(to))])
        },
    )
}
