//! Do the periods of a subscription form chains: without circles, gaps or overlaps, linked both ways?

use std::sync::Arc;

use crate::check::cells::{day, entity};
use crate::check::rule::Found;
use crate::check::scope::{Sample, Scope, Verdict};
use crate::kpi::billing::terms::Terms;
use crate::kpi::lookup::{number_at, reference_at};
use crate::query::result::Value;
use crate::store::{NULL_ID, NULL_NUMBER, StoreError};

const TABLE: &str = "subscriptions";
const PREVIOUS: &str = "PreviousSubscriptionId";
const NEXT: &str = "NextSubscriptionId";

/// Rows of a circle that are written out.
const PATH_MAX: usize = 5;

/// Following the next, or the previous, period never leads back.
pub fn cycle(scope: &Scope<'_, '_>) -> Found {
    let there = [PREVIOUS, NEXT].into_iter().filter(|column| scope.data.has((TABLE, column)));
    let find = |column: &'static str| {
        let links = scope.data.lookups.references(TABLE, column)?;
        let circles = on_circles(&links);
        let mut tally = scope.tally(format!("{TABLE}.{column}"));
        for part in scope.data.parts(TABLE)? {
            let ids = part.ids();
            for row in part.rows() {
                let id = ids.of(row);
                let looked = reference_at(&links, id) != NULL_ID;
                let on_circle = circles.get(id as usize).copied().unwrap_or(false);
                tally.count(Verdict::when(looked, || on_circle), || {
                    let sample = Sample { key: scope.data.lookups.key(TABLE, id)?, values: Vec::new() };
                    Ok(Sample { values: vec![(column.to_owned(), path(scope, &links, id)?)], ..sample })
                })?;
            }
        }
        Ok(tally.finish())
    };
    there.map(find).collect()
}

/// Which ids lie on a circle of links.
fn on_circles(links: &[u32]) -> Vec<bool> {
    const NEW: u32 = u32::MAX;
    let mut walk_of = vec![NEW; links.len()];
    let mut on_circle = vec![false; links.len()];
    for start in 0..links.len() as u32 {
        let mut at = start;
        while walk_of.get(at as usize) == Some(&NEW) {
            walk_of[at as usize] = start;
            at = links[at as usize];
        }
        // Back on the way that this walk took: a circle that no walk has seen before.
        if walk_of.get(at as usize) == Some(&start) {
            let mut member = at;
            while !on_circle[member as usize] {
                on_circle[member as usize] = true;
                member = links[member as usize];
            }
        }
    }
    on_circle
}

/// `A → B → A`, from the row's own link on.
fn path(scope: &Scope<'_, '_>, links: &[u32], start: u32) -> Result<Value, StoreError> {
    let mut steps = Vec::new();
    let mut at = start;
    loop {
        at = reference_at(links, at);
        if steps.len() == PATH_MAX {
            steps.push("…".to_owned());
            break;
        }
        steps.push(scope.data.lookups.key(TABLE, at)?.unwrap_or_default());
        if at == start {
            break;
        }
    }
    Ok(Value::Text(steps.join(" → ")))
}

/// What a rule about two consecutive periods compares.
struct Links {
    next: Arc<Vec<u32>>,
    starts: Arc<Vec<i64>>,
}

impl Links {
    fn read(scope: &Scope<'_, '_>) -> Result<Self, StoreError> {
        let lookups = &scope.data.lookups;
        Ok(Links { next: lookups.references(TABLE, NEXT)?, starts: lookups.numbers(TABLE, "StartDate")? })
    }

    /// The first day of the next period; missing without one.
    fn next_start(&self, id: u32) -> i64 {
        number_at(&self.starts, reference_at(&self.next, id))
    }
}

/// The next period starts no later than this one ends.
pub fn gap(scope: &Scope<'_, '_>) -> Found {
    let links = Links::read(scope)?;
    let links = &links;
    scope.judge_showing(
        |part| {
            let (ends, ids) = (part.numbers("EndDate")?, part.ids());
            Ok(move |row| Verdict::both(ends.get(row), links.next_start(ids.of(row)), |end, next| next > end))
        },
        |part, row| Ok(vec![("next StartDate", day(links.next_start(part.ids().of(row))))]),
    )
}

/// The next period starts no earlier than this one ends, by its end or its cancellation.
pub fn overlap(scope: &Scope<'_, '_>) -> Found {
    let (links, terms) = (Links::read(scope)?, Terms::new(&scope.data.lookups)?);
    let (links, terms) = (&links, &terms);
    scope.judge_showing(
        |part| {
            let ids = part.ids();
            Ok(move |row| {
                let next = links.next_start(ids.of(row));
                let is_over = || terms.of(ids.of(row)).is_none_or(|(_, end)| end <= next);
                Verdict::when(next != NULL_NUMBER, || !is_over())
            })
        },
        |part, row| Ok(vec![("next StartDate", day(links.next_start(part.ids().of(row))))]),
    )
}

/// The next period names this one as its previous one, and the other way round.
pub fn one_sided(scope: &Scope<'_, '_>) -> Found {
    let lookups = &scope.data.lookups;
    let (next, previous) = (lookups.references(TABLE, NEXT)?, lookups.references(TABLE, PREVIOUS)?);
    let known = scope.data.known(TABLE)?;
    let (next, previous, known) = (next.as_slice(), previous.as_slice(), &known);
    let back = |links: &[u32], id: u32| if known.has(id) { Some(reference_at(links, id)) } else { None };
    scope.judge_showing(
        |part| {
            let ids = part.ids();
            Ok(move |row| {
                let id = ids.of(row);
                let from_next = back(previous, reference_at(next, id));
                let from_previous = back(next, reference_at(previous, id));
                let looked = from_next.is_some() || from_previous.is_some();
                Verdict::when(looked, || [from_next, from_previous].into_iter().flatten().any(|b| b != id))
            })
        },
        |part, row| {
            let id = part.ids().of(row);
            let key = |links, id| match back(links, id) {
                Some(back) => entity(scope.data, TABLE, back),
                None => Ok(Value::Null),
            };
            Ok(vec![
                ("next's previous", key(previous, reference_at(next, id))?),
                ("previous's next", key(next, reference_at(previous, id))?),
            ])
        },
    )
}

/// Consecutive periods are of one subscriber.
pub fn other_subscriber(scope: &Scope<'_, '_>) -> Found {
    let lookups = &scope.data.lookups;
    let (next, subscribers) = (lookups.references(TABLE, NEXT)?, lookups.references(TABLE, "SubscriberId")?);
    let (next, subscribers) = (next.as_slice(), subscribers.as_slice());
    let of_next = |id: u32| reference_at(subscribers, reference_at(next, id));
    scope.judge_showing(
        |part| {
            let (own, ids) = (part.references("SubscriberId")?, part.ids());
            Ok(move |row| {
                let (ours, theirs) = (own.get(row), of_next(ids.of(row)));
                Verdict::when(ours != NULL_ID && theirs != NULL_ID, || ours != theirs)
            })
        },
        |part, row| {
            let theirs = entity(scope.data, "subscribers", of_next(part.ids().of(row)))?;
            Ok(vec![("next SubscriberId", theirs)])
        },
    )
}

/// A row that says it was renewed names the row that renews it.
pub fn renewed_without_next(scope: &Scope<'_, '_>) -> Found {
    scope.judge(|part| {
        let (renewed, next) = (part.numbers("IsRenewed")?, part.references(NEXT)?);
        Ok(move |row| Verdict::when(renewed.get(row) == 1, || next.get(row) == NULL_ID))
    })
}

/// A row that names the one that renews it does not say it was not renewed.
pub fn next_without_renewal(scope: &Scope<'_, '_>) -> Found {
    scope.judge(|part| {
        let (renewed, next) = (part.numbers("IsRenewed")?, part.references(NEXT)?);
        Ok(move |row| Verdict::when(next.get(row) != NULL_ID, || renewed.get(row) == 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_told_from_the_ways_into_them() {
        const NONE: u32 = NULL_ID;
        for (links, circles) in [
            (vec![1, 2, NONE], vec![false, false, false]),
            (vec![0], vec![true]),
            (vec![1, 2, 1, 0], vec![false, true, true, false]),
            (vec![1, 0, 3, 2, 2], vec![true, true, true, true, false]),
            // A link behind the last id leads nowhere.
            (vec![7, 0], vec![false, false]),
        ] {
            assert_eq!(on_circles(&links), circles, "{links:?}");
        }
    }
}
