//! `tags`: words on subscribers, accounts, subscriptions, payments and demands.

use crate::generate::billing::keys::{Keys, Kind};
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,Value,ReferenceId,ReferenceType";

pub(crate) fn write(keys: &Keys<'_>, rows: &mut Rows) {
    for (place, tag) in keys.story.tags.iter().enumerate() {
        keys.write(rows, Kind::Tag, place);
        rows.plain(tag.value);
        keys.target(rows, tag.target);
        rows.option(tag.says_type.then(|| tag.target.name()), Rows::plain);
        rows.end();
    }
}
