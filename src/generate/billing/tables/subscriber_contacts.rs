//! `subscriber_contacts`: where a subscriber is reached, and by what numbers known.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::billing::market::{self, ORGANIZATIONS};
use crate::generate::billing::offer::Audience;
use crate::generate::csv::Rows;
use crate::generate::names;
use crate::generate::rng::Draw;

pub(crate) const HEADER: &str =
    "Id,SubscriberId,Type,IsPrimary,Address,Zip,City,Country,Email,Phone,Identification";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let subscriber = &keys.story.subscriber;
    let mut draw = keys.draw(Kind::Contact);
    for place in 0..subscriber.contacts as usize {
        keys.write(rows, Kind::Contact, place);
        keys.subscriber(rows);
        let kind = draw.pick(&["Invoice", "Delivery", "Private"]);
        rows.category(&mut draw, kind);
        // Now and then none is the primary one, or two are.
        let is_primary = (place == 0) != draw.chance(300);
        rows.number(is_primary.into());
        let (zip, city) = market::home(subscriber.organization, &mut draw);
        rows.plain(&format!("Box {}", draw.between(1, 900)));
        // Each of these may be known of the subscriber only.
        if draw.chance(1200) {
            rows.null();
        } else {
            rows.plain(zip);
        }
        if draw.chance(1200) {
            rows.null();
        } else {
            rows.text(&market::spelled(city, &mut draw));
        }
        if draw.chance(2500) {
            rows.null();
        } else {
            rows.spelled(&mut draw, ORGANIZATIONS[subscriber.organization].country);
        }
        let person = names::person(keys.world.seed, subscriber.index);
        rows.plain(&format!("{}@home.example", names::mailbox(person, place as u64 + 1)));
        if draw.chance(5000) {
            rows.null();
        } else {
            rows.plain(&format!("+00 555 {:07}", draw.below(10_000_000)));
        }
        match identification(subscriber.audience, &mut draw) {
            Some(json) => rows.text(&json),
            None => rows.null(),
        }
        rows.end();
    }
}

/// An array of named objects, or of objects with one key; some are known by nothing.
fn identification(audience: Audience, draw: &mut Draw) -> Option<String> {
    let number = 100_000_000 + draw.below(900_000_000);
    let region = draw.pick(&["North", "South", "West"]);
    Some(match (audience, draw.below(10)) {
        (Audience::Company, 0..6) => {
            format!(
                r#"[{{"type":"OrganizationNumber","value":"{number}"}},{{"type":"Region","value":"{region}"}}]"#
            )
        }
        (Audience::Company, 6..9) => {
            format!(r#"[{{"organizationNumber":{number}}},{{"Region":"{region}"}}]"#)
        }
        (Audience::Person, 0..2) => format!(r#"[{{"type":"MemberNumber","value":"{}"}}]"#, number % 100_000),
        (Audience::Person, 2) => format!(r#"[{{"Region":"{region}"}},{{"Newsletter":true}}]"#),
        (Audience::Person, 3) => "[]".to_owned(),
        _ => return None,
    })
}
