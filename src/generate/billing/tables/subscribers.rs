//! `subscribers`: one row each, in order of joining.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::billing::market::{self, ORGANIZATIONS};
use crate::generate::billing::offer::Audience;
use crate::generate::csv::Rows;
use crate::generate::names;

pub(crate) const HEADER: &str =
    "Id,SubscriberNumber,ExternalId,Name,Email,Phone,AddressLines,Zip,City,Country,ContactId";

/// The number of the first subscriber.
const FIRST_NUMBER: u64 = 100_001;

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    let subscriber = &keys.story.subscriber;
    let (index, seed) = (subscriber.index, keys.world.seed);
    let mut draw = keys.draw(Kind::Subscriber);
    keys.subscriber(rows);
    if draw.chance(100) {
        rows.null();
    } else {
        rows.number(FIRST_NUMBER + index);
    }
    match draw.below(10) {
        0..6 => rows.null(),
        _ => rows.plain(&format!("CRM-{}", 2 * FIRST_NUMBER + index)),
    }
    let person = names::person(seed, index);
    match subscriber.audience {
        Audience::Person => rows.name(person),
        Audience::Company => rows.text(&names::company(index as u32).name),
    }
    if draw.chance(500) {
        rows.null();
    } else {
        rows.plain(&format!("{}@mail.example", names::mailbox(person, index + 1)));
    }
    if draw.chance(3000) {
        rows.null();
    } else {
        rows.plain(&format!("+00 555 {:07}", draw.below(10_000_000)));
    }
    let (zip, city) = market::home(subscriber.organization, &mut draw);
    let street = draw.pick(&["Station Road", "Mill Lane", "Harbour Street", "Church Square", "Park Avenue"]);
    let number = draw.between(1, 120);
    match draw.below(20) {
        0 => rows.null(),
        1 => rows.text(&format!("{street} {number}\nBack door")),
        2..5 => rows.text(&format!("{street} {number}, flat {}", draw.between(1, 30))),
        _ => rows.plain(&format!("{street} {number}")),
    }
    if draw.chance(300) {
        rows.null();
    } else {
        rows.plain(zip);
    }
    if draw.chance(300) {
        rows.null();
    } else {
        rows.text(&market::spelled(city, &mut draw));
    }
    if draw.chance(400) {
        rows.null();
    } else {
        rows.spelled(&mut draw, ORGANIZATIONS[subscriber.organization].country);
    }
    // Most name a contact; of the others the primary one counts.
    let contact = match draw.chance(6000) {
        true if subscriber.contacts > 0 => Some(draw.below(subscriber.contacts) as usize),
        _ => None,
    };
    if draw.chance(40) {
        // An older Id of the subscriber itself, which no contact has.
        keys.subscriber(rows);
    } else {
        keys.option(rows, Kind::Contact, contact);
    }
    rows.end();
}
