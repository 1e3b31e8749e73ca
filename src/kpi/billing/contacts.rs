//! Which contact speaks for a subscriber, and what do they say?
//!
//! The contact is the one that the subscriber names, or else its primary contact (of several, the one
//! with the smallest key). What the contact does not say, the subscriber says.

use std::sync::Arc;

use super::values::{Coded, Spellings, exact};
use crate::kpi::dims::Many;
use crate::kpi::lookup::{Lookups, code_at, number_at, reference_at};
use crate::model::{ColumnType, SCHEMA, attributes};
use crate::store::dictionary::fold;
use crate::store::{NULL_ID, StoreError};

const CONTACTS: &str = "subscriber_contacts";
const SUBSCRIBERS: &str = "subscribers";

/// The contact of each subscriber.
fn by_subscriber(lookups: &Lookups<'_>) -> Result<Vec<u32>, StoreError> {
    let named = lookups.references(SUBSCRIBERS, "ContactId")?;
    let mut contacts = named.to_vec();
    contacts.resize(lookups.ids_of(SUBSCRIBERS), NULL_ID);
    let owners = lookups.references(CONTACTS, "SubscriberId")?;
    let primary = lookups.numbers(CONTACTS, "IsPrimary")?;
    let keys = lookups.keys(CONTACTS)?;
    for contact in lookups.known(CONTACTS)?.iter() {
        let owner = reference_at(&owners, contact);
        if number_at(&primary, contact) != 1 || owner == NULL_ID || reference_at(&named, owner) != NULL_ID {
            continue;
        }
        let chosen = &mut contacts[owner as usize];
        if *chosen == NULL_ID || keys.order(contact, *chosen).is_lt() {
            *chosen = contact;
        }
    }
    Ok(contacts)
}

/// What the contact, or else the subscriber, has in a column, by subscriber.
///
/// # Errors
/// When the store is damaged.
pub fn column(lookups: &Lookups<'_>, column: &'static str) -> Result<Coded, StoreError> {
    let contacts = by_subscriber(lookups)?;
    let def = SCHEMA.get(SCHEMA.id(SUBSCRIBERS));
    let is_category = def.columns[def.column(column)].ty == ColumnType::Category;
    if is_category {
        let mut spellings = Spellings::default();
        let mut of = |table: &'static str| -> Result<Vec<u32>, StoreError> {
            let mut codes = vec![0];
            if let Some(dictionary) = lookups.dictionary(table, column)? {
                let each = 1..=dictionary.len() as u32;
                codes.extend(each.map(|c| spellings.add(&dictionary.text(c), dictionary.count(c))));
            }
            Ok(lookups
                .codes(table, column)?
                .iter()
                .map(|&c| codes.get(c as usize).copied().unwrap_or(0))
                .collect())
        };
        let (own, theirs) = (of(SUBSCRIBERS)?, of(CONTACTS)?);
        let code = |(subscriber, &contact): (u32, &u32)| match code_at(&theirs, contact) {
            0 => code_at(&own, subscriber),
            code => code,
        };
        let codes = (0u32..).zip(&contacts).map(code).collect();
        return Ok(Coded { codes, texts: spellings.texts() });
    }
    let (own, theirs) = (lookups.texts(SUBSCRIBERS, column)?, lookups.texts(CONTACTS, column)?);
    let at = |texts: &[Option<String>], id: u32| texts.get(id as usize).cloned().flatten();
    Ok(exact((0u32..).zip(&contacts).map(|(s, &c)| at(&theirs, c).or_else(|| at(&own, s)))))
}

/// What the identifications of the contact say under a key, by subscriber.
///
/// # Errors
/// When the store is damaged.
pub fn identification(lookups: &Lookups<'_>, key: &str) -> Result<(Many, Vec<String>), StoreError> {
    let texts = lookups.texts(CONTACTS, "Identification")?;
    let key = fold(key);
    let mut spellings = Spellings::default();
    let mut by_contact: Vec<Vec<u32>> = Vec::with_capacity(texts.len());
    for text in &texts {
        let values = text.as_deref().map(|json| said_under(json, &key)).unwrap_or_default();
        let mut codes: Vec<u32> = values.iter().map(|value| spellings.add(value, 1)).collect();
        codes.sort_unstable();
        codes.dedup();
        by_contact.push(codes);
    }
    let mut many = Many::default();
    for contact in by_subscriber(lookups)? {
        many.push(by_contact.get(contact as usize).into_iter().flatten().copied());
    }
    Ok((many, spellings.texts()))
}

/// The values under a key, in folded spelling.
fn said_under(json: &str, key: &str) -> Vec<String> {
    let pairs = attributes::read(json).unwrap_or_default().into_iter();
    let under = pairs.filter(|(kind, _)| fold(kind) == key).map(|(_, value)| value.trim().to_owned());
    under.filter(|value| !value.is_empty()).collect()
}

/// Codes by subscriber, for rows that lead to subscribers.
pub fn of_rows(rows: &Arc<Vec<u32>>, by_subscriber: &Many) -> Many {
    let mut many = Many::default();
    rows.iter().for_each(|&subscriber| many.push(by_subscriber.of(subscriber).iter().copied()));
    many
}
