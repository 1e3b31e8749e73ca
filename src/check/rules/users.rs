//! Do the acts of users fit their registration?

use crate::check::cells::day;
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::kpi::lookup::number_at;
use crate::store::NULL_NUMBER;

/// Tables with an acting user and the time of the act.
const ACTS: &[(&str, &str, &str)] = &[
    ("meetings", "host_user_id", "start_time"),
    ("attendees", "user_id", "join_time"),
    ("support_tickets", "user_id", "open_date"),
    ("billing_events", "user_id", "transaction_date"),
];

/// Nobody acts before the day of registration.
pub fn before_registration(scope: &Scope<'_, '_>) -> Found {
    let registered = scope.data.lookups.numbers("users", "registration_date")?;
    let registered = registered.as_slice();
    let there = ACTS
        .iter()
        .filter(|(table, user, time)| scope.data.has((table, user)) && scope.data.has((table, time)));
    let find = |&(table, user, time): &(&str, &str, &str)| {
        scope.judge_table(
            table,
            table,
            &[user, time],
            |part| {
                let (users, mut days) = (part.references(user)?, part.days(time, &scope.data.zone)?);
                Ok(move |row| {
                    let since = number_at(registered, users.get(row));
                    if since == NULL_NUMBER {
                        return Verdict::Aside;
                    }
                    Verdict::both(since, days.get(row), |since, day| day < since)
                })
            },
            |part, row| {
                let user = part.references(user)?.get(row);
                Ok(vec![("registration_date", day(number_at(registered, user)))])
            },
        )
    };
    there.map(find).collect()
}
