//! `organizations`: who sells.

use crate::generate::billing::market::ORGANIZATIONS;
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,Name,Email,Phone,Address,ZipCode,City,Country,TimeZoneId";

pub(crate) fn write(rows: &mut Rows) {
    for (place, organization) in (1..).zip(&ORGANIZATIONS) {
        let (zip, city) = organization.cities[0];
        rows.number(place);
        rows.text(organization.name);
        rows.plain(organization.mailbox);
        rows.plain(organization.phone);
        rows.text(organization.address);
        rows.plain(zip);
        rows.plain(city);
        rows.plain(organization.country);
        rows.plain(organization.zone);
        rows.end();
    }
}
