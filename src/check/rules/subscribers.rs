//! Do contacts and accounts belong to the subscriber that they are used for?

use super::repeats;
use crate::check::cells::entity;
use crate::check::rule::Found;
use crate::check::scope::{Scope, Verdict};
use crate::kpi::lookup::reference_at;
use crate::model::{Model, SCHEMA};
use crate::store::NULL_ID;

const ACCOUNT: &str = "SubscriberAccountId";
const SUBSCRIBER: &str = "SubscriberId";

/// A subscriber has one primary contact.
pub fn two_primary_contacts(scope: &Scope<'_, '_>) -> Found {
    let table = scope.rule.table();
    let found = repeats::find(scope, table, table, &[SUBSCRIBER], |part| {
        let primary = part.numbers("IsPrimary")?;
        Ok(move |row| primary.get(row) == 1)
    })?;
    Ok(vec![found])
}

/// The contact that a subscriber names is its own.
pub fn contact_of_another(scope: &Scope<'_, '_>) -> Found {
    let owners = scope.data.lookups.references("subscriber_contacts", SUBSCRIBER)?;
    let owners = owners.as_slice();
    scope.judge_showing(
        |part| {
            let (contacts, ids) = (part.references("ContactId")?, part.ids());
            Ok(move |row| {
                let owner = reference_at(owners, contacts.get(row));
                Verdict::when(owner != NULL_ID, || owner != ids.of(row))
            })
        },
        |part, row| {
            let owner = reference_at(owners, part.references("ContactId")?.get(row));
            Ok(vec![("contact of", entity(scope.data, "subscribers", owner)?)])
        },
    )
}

/// The account of a row is one of its subscriber, in every table with both.
pub fn account_of_another(scope: &Scope<'_, '_>) -> Found {
    let owners = scope.data.lookups.references("subscriber_accounts", SUBSCRIBER)?;
    let owners = owners.as_slice();
    let tables = SCHEMA.of_model(Model::Billing).map(|(_, def)| def.name);
    let there = tables.filter(|table| {
        let has = |column| SCHEMA.get(SCHEMA.id(table)).position(column).is_some();
        has(ACCOUNT)
            && has(SUBSCRIBER)
            && scope.data.has((table, ACCOUNT))
            && scope.data.has((table, SUBSCRIBER))
    });
    let find = |table| {
        scope.judge_table(
            table,
            table,
            &[SUBSCRIBER, ACCOUNT],
            |part| {
                let (accounts, own) = (part.references(ACCOUNT)?, part.references(SUBSCRIBER)?);
                Ok(move |row| {
                    let (owner, own) = (reference_at(owners, accounts.get(row)), own.get(row));
                    Verdict::when(owner != NULL_ID && own != NULL_ID, || owner != own)
                })
            },
            |part, row| {
                let owner = reference_at(owners, part.references(ACCOUNT)?.get(row));
                Ok(vec![("account of", entity(scope.data, "subscribers", owner)?)])
            },
        )
    };
    there.map(find).collect()
}
