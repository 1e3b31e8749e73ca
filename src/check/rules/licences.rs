//! Do the terms of licences fit each other, and their status?

use super::same_row::is;
use crate::check::cells::{day, entity};
use crate::check::rule::Found;
use crate::check::scope::{Sample, Scope, Verdict};
use crate::model::{Day, Model};
use crate::query::result::Value;
use crate::store::NULL_NUMBER;

/// The terms of one user's licences do not overlap.
pub fn overlap(scope: &Scope<'_, '_>) -> Found {
    let data = scope.data;
    let licences = data.lookups.licences()?;
    let mut tally = scope.tally("licenses");
    let end_of = |last: Day| if last == i32::MAX { Value::Null } else { day(i64::from(last)) };
    for user in 0..data.lookups.ids_of("users") as u32 {
        // From the earliest start on; the earlier licence that runs longest.
        let mut longest: Option<(Day, u32)> = None;
        for &(start, end, id) in licences.of(user).iter().rev() {
            let earlier = longest.filter(|(last, _)| start <= *last);
            tally.count(Verdict::of(earlier.is_some()), || {
                let other = earlier.map_or(Ok(Value::Null), |(_, id)| entity(data, "licenses", id))?;
                let named = |name: &str, value| (name.to_owned(), value);
                Ok(Sample {
                    key: data.lookups.key("licenses", id)?,
                    values: vec![
                        named("assigned_user_id", entity(data, "users", user)?),
                        named("start_date", day(i64::from(start))),
                        named("end_date", end_of(end)),
                        named("while", other),
                        named("which ends", earlier.map_or(Value::Null, |(last, _)| end_of(last))),
                    ],
                })
            })?;
            if longest.is_none_or(|(last, _)| last < end) {
                longest = Some((end, id));
            }
        }
    }
    Ok(vec![tally.finish()])
}

/// A licence with the status Expired is not in term at as_of.
pub fn expired_early(scope: &Scope<'_, '_>) -> Found {
    by_status(scope, "expired", |end, as_of| end == NULL_NUMBER || end >= as_of)
}

/// A licence with the status Active is not past its end at as_of.
pub fn active_past_end(scope: &Scope<'_, '_>) -> Found {
    by_status(scope, "active", |end, as_of| end != NULL_NUMBER && end < as_of)
}

fn by_status(scope: &Scope<'_, '_>, status: &str, faulty: impl Fn(i64, i64) -> bool + Copy) -> Found {
    let Some(as_of) = scope.data.as_of(Model::Platform)? else { return Ok(Vec::new()) };
    let spelled = scope.data.spells(("licenses", "license_status"), &[status])?;
    scope.judge_showing(
        |part| {
            let (status, ends) = (part.codes("license_status")?, part.numbers("end_date")?);
            let spelled = &spelled;
            Ok(move |row| {
                Verdict::when(is(spelled, status.get(row)), || faulty(ends.get(row), i64::from(as_of)))
            })
        },
        |_, _| Ok(vec![("as_of", day(i64::from(as_of)))]),
    )
}
