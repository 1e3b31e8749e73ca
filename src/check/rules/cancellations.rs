//! Do registered cancellations and the subscriptions that they cancel agree?

use super::subscriptions::Cancelled;
use crate::check::cells::day;
use crate::check::part::Part;
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict, nothing_else};
use crate::kpi::lookup::number_at;
use crate::store::{BitVec, NULL_ID, NULL_NUMBER, Numbers, StoreError};

const TABLE: &str = "canceled_subscriptions";
const SUBSCRIPTIONS: &str = "subscriptions";

/// The day of the rows of a file: on which they take effect, else on which they were registered.
struct Effect<'a> {
    effective: Numbers<'a>,
    registered: Numbers<'a>,
}

impl<'a> Effect<'a> {
    fn read(part: &Part<'a>) -> Result<Self, StoreError> {
        Ok(Effect { effective: part.numbers("EffectiveDate")?, registered: part.numbers("CancelledOn")? })
    }

    fn of(&self, row: usize) -> i64 {
        match self.effective.get(row) {
            NULL_NUMBER => self.registered.get(row),
            day => day,
        }
    }
}

/// A cancellation takes effect while its subscription's row runs, or on the day it ends.
pub fn after_end(scope: &Scope<'_, '_>) -> Found {
    let ends = scope.data.lookups.numbers(SUBSCRIPTIONS, "EndDate")?;
    let ends = ends.as_slice();
    scope.judge_showing(
        |part| {
            let (subscriptions, effect) = (part.references("SubscriptionId")?, Effect::read(part)?);
            Ok(move |row| {
                let end = number_at(ends, subscriptions.get(row));
                Verdict::both(effect.of(row), end, |effect, end| effect > end)
            })
        },
        |part, row| {
            let end = number_at(ends, part.references("SubscriptionId")?.get(row));
            Ok(vec![("subscription EndDate", day(end))])
        },
    )
}

/// The effect of each subscription's own cancellation, by id: missing for one without a date.
fn own_cancellations(scope: &Scope<'_, '_>) -> Result<(BitVec, Vec<i64>), StoreError> {
    let ids = scope.data.lookups.ids_of(SUBSCRIPTIONS);
    let (mut cancelled, mut effects) = (BitVec::zeros(ids), vec![NULL_NUMBER; ids]);
    for part in scope.data.parts(SUBSCRIPTIONS)? {
        let (own, ids) = (Cancelled::read(&part)?, part.ids());
        for row in part.rows().filter(|&row| own.is(row)) {
            cancelled.set(ids.of(row) as usize);
            effects[ids.of(row) as usize] = own.effect(row);
        }
    }
    Ok((cancelled, effects))
}

/// What is registered as cancelled says so itself.
pub fn not_marked(scope: &Scope<'_, '_>) -> Found {
    let (cancelled, _) = own_cancellations(scope)?;
    let known = scope.data.known(SUBSCRIPTIONS)?;
    let (cancelled, known) = (&cancelled, &known);
    scope.judge(|part| {
        let subscriptions = part.references("SubscriptionId")?;
        Ok(move |row| {
            let id = subscriptions.get(row);
            Verdict::when(known.has(id), || !cancelled.get(id as usize))
        })
    })
}

/// What is registered as cancelled ends, by its own date, on the day that was registered.
pub fn other_date(scope: &Scope<'_, '_>) -> Found {
    let (_, effects) = own_cancellations(scope)?;
    let effects = effects.as_slice();
    scope.judge_showing(
        |part| {
            let (subscriptions, effective) =
                (part.references("SubscriptionId")?, part.numbers("EffectiveDate")?);
            Ok(move |row| {
                let own = number_at(effects, subscriptions.get(row));
                Verdict::both(effective.get(row), own, |registered, own| registered != own)
            })
        },
        |part, row| {
            let own = number_at(effects, part.references("SubscriptionId")?.get(row));
            Ok(vec![("CancellationDate", day(own))])
        },
    )
}

/// A cancelled row is registered as cancelled.
pub fn not_registered(scope: &Scope<'_, '_>) -> Found {
    let mut registered = BitVec::zeros(scope.data.lookups.ids_of(SUBSCRIPTIONS));
    for part in scope.data.parts(TABLE)? {
        let subscriptions = part.references("SubscriptionId")?;
        for row in part.rows().filter(|&row| subscriptions.get(row) != NULL_ID) {
            registered.set(subscriptions.get(row) as usize);
        }
    }
    let registered = &registered;
    let shown = ["IsCancelled", "CancellationDate", "CancellationReason"];
    let found = scope.judge_table(
        SUBSCRIPTIONS,
        SUBSCRIPTIONS,
        &shown,
        |part| {
            let (cancelled, ids) = (Cancelled::read(part)?, part.ids());
            Ok(move |row| Verdict::when(cancelled.is(row), || !registered.get(ids.of(row) as usize)))
        },
        nothing_else,
    )?;
    Ok(vec![found])
}
