//! What does a request mean over a billing dataset?
//!
//! Resolves the watermark, the interval, the zones, the rates and the shown spellings. Invariant:
//! no KPI is known here beyond the days on which it has rows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::data::{
    Contact, Dataset, EnterprisePlan, Order, Organization, Package, Payment, Product, Record, ReportingGroup,
    Subscriber, Subscription,
};
use super::rows::{first_and_last, order_status};
use super::tags;
use crate::reference::answer::{Frame, Question};
use crate::reference::exact::{Fraction, money};
use crate::reference::filter::{Scalar, folded};
use crate::reference::period::{Days, Grain};
use crate::reference::request::Request;
use crate::reference::side::{Dims, Evaluate};

/// In which zone is an instant's civil day taken?
#[derive(Clone, Debug)]
enum Zone {
    One(TimeZone),
    OfOrganization,
}

type ByKey<'a, T> = BTreeMap<&'a str, &'a T>;

#[derive(Clone)]
pub struct World<'a> {
    pub data: &'a Dataset,
    pub frame: Frame<'a>,
    zone: Zone,
    pub organizations: ByKey<'a, Organization>,
    pub products: ByKey<'a, Product>,
    pub subscribers: ByKey<'a, Subscriber>,
    pub contacts: ByKey<'a, Contact>,
    pub reporting_groups: ByKey<'a, ReportingGroup>,
    pub orders: ByKey<'a, Order>,
    pub subscriptions: ByKey<'a, Subscription>,
    pub enterprise_plans: ByKey<'a, EnterprisePlan>,
    pub packages: ByKey<'a, Package>,
    /// Column, folded spelling → shown spelling.
    spellings: BTreeMap<(String, String), String>,
}

fn by_key<T: Record>(rows: &[T]) -> ByKey<'_, T> {
    rows.iter().map(|row| (row.key(), row)).collect()
}

/// The row that a reference finds.
pub fn find<'a, T>(rows: &ByKey<'a, T>, key: Option<&str>) -> Option<&'a T> {
    key.and_then(|key| rows.get(key).copied())
}

impl<'a> World<'a> {
    /// None when neither the data nor the request says over which interval to answer.
    pub fn new(data: &'a Dataset, request: &'a Request) -> Option<World<'a>> {
        let zone = match request.tz {
            "organization" => Zone::OfOrganization,
            name => Zone::One(TimeZone::get(name).expect("the time zone exists")),
        };
        let unresolved = Frame {
            request,
            calendar: request.calendar(),
            as_of: Date::MIN,
            interval: Days { first: Date::MIN, last: Date::MIN },
            earliest: None,
        };
        let mut world = World {
            data,
            frame: unresolved,
            zone,
            organizations: by_key(&data.organizations),
            products: by_key(&data.products),
            subscribers: by_key(&data.subscribers),
            contacts: by_key(&data.contacts),
            reporting_groups: by_key(&data.reporting_groups),
            orders: by_key(&data.orders),
            subscriptions: by_key(&data.subscriptions),
            enterprise_plans: by_key(&data.enterprise_plans),
            packages: by_key(&data.packages),
            spellings: spellings(data),
        };
        world.frame.as_of = request.as_of.or_else(|| world.watermark())?;
        let (first, last) = first_and_last(&world);
        world.frame.earliest = first;
        world.frame.interval = request.interval(world.frame.as_of, first, last)?;
        Some(world)
    }

    /// The latest civil day on which anything is recorded to have happened.
    fn watermark(&self) -> Option<Date> {
        let data = self.data;
        let mut days: Vec<Date> = data.demands.iter().map(|row| row.issue_date).collect();
        days.extend(data.invoices.iter().filter_map(|row| row.issue_date));
        days.extend(data.payments.iter().filter_map(|row| self.payment_day(row)));
        days.extend(data.ledgers.iter().filter_map(|row| row.date));
        for order in &data.orders {
            let times = [Some(order.created), order.completed, order.cancelled];
            let organization = order.organization.as_deref();
            days.extend(times.into_iter().flatten().map(|time| self.civil_day(time, organization)));
        }
        days.extend(data.cancellations.iter().filter_map(|row| row.cancelled_on));
        days.into_iter().max()
    }

    /// The day of an instant, in the query's zone or in that of the row's organization.
    pub fn civil_day(&self, time: Timestamp, organization: Option<&str>) -> Date {
        let zone = match &self.zone {
            Zone::One(zone) => zone.clone(),
            Zone::OfOrganization => {
                let organization = find(&self.organizations, organization);
                let name = organization.and_then(|organization| organization.time_zone.as_deref());
                let zone = name.and_then(|name| TimeZone::get(name.trim()).ok());
                zone.unwrap_or(TimeZone::UTC)
            }
        };
        time.to_zoned(zone).date()
    }

    pub fn payment_day(&self, payment: &Payment) -> Option<Date> {
        payment.payment_date.map(|time| self.civil_day(time, payment.organization.as_deref()))
    }

    /// Does the day lie in the range, and not after the watermark?
    pub fn counts(&self, day: Option<Date>, days: Days) -> bool {
        day.is_some_and(|day| days.contains(day) && day <= self.frame.as_of)
    }

    /// By what is an amount of the currency multiplied on the day, to convert it? None: it has no rate.
    pub fn rate(&self, currency: Option<&str>, day: Date) -> Option<Fraction> {
        let target = self.frame.request.convert?;
        let currency = currency_code(currency)?;
        if currency == target {
            return Some(Fraction::whole(1));
        }
        let rates = self.data.rates.iter();
        let known = rates.filter(|rate| rate.currency == currency && rate.date <= day);
        known.max_by_key(|rate| rate.date).map(|rate| money(i128::from(rate.rate.0)))
    }

    /// A category, in its shown spelling.
    pub fn category(&self, column: &str, cell: Option<&str>) -> Scalar {
        match cell {
            None => Scalar::Null,
            Some(text) => Scalar::Text(self.spellings[&(column.to_owned(), folded(text))].clone()),
        }
    }
}

impl Question for World<'_> {
    fn frame(&self) -> Frame<'_> {
        self.frame
    }

    fn over_all(&self) -> Self {
        let mut whole = self.clone();
        whole.frame.calendar.grain = Grain::All;
        whole
    }

    fn evaluator<'w>(&'w self, dims: &Dims) -> Evaluate<'w> {
        super::catalogue::evaluator(self, dims)
    }
}

/// A currency as it is compared and shown.
pub fn currency_code(currency: Option<&str>) -> Option<String> {
    currency.map(|code| code.trim().to_uppercase())
}

/// Of several spellings of a category the most frequent in its column is shown; of equally
/// frequent ones the smallest in byte order. Subscribers and contacts live in the same places.
fn spellings(data: &Dataset) -> BTreeMap<(String, String), String> {
    let mut counts: BTreeMap<(String, String), BTreeMap<String, usize>> = BTreeMap::new();
    let mut see = |column: &str, cell: Option<&str>| {
        if let Some(text) = cell {
            let spellings = counts.entry((column.to_owned(), folded(text))).or_default();
            *spellings.entry(text.trim().to_owned()).or_default() += 1;
        }
    };
    for row in &data.subscribers {
        see("city", row.city.as_deref());
        see("country", row.country.as_deref());
    }
    for row in &data.contacts {
        see("city", row.city.as_deref());
        see("country", row.country.as_deref());
    }
    for row in &data.products {
        see("products.category", row.category.as_deref());
    }
    for row in &data.packages {
        see("packages.name", row.name.as_deref());
        see("packages.chain", row.chain.as_deref());
        see("packages.discount", row.discount.as_deref());
    }
    for row in &data.ledgers {
        see("ledgers.kind", row.kind.as_deref());
    }
    for row in &data.invoices {
        see("invoices.status", row.status.as_deref());
    }
    for row in &data.demands {
        see("demands.payment_method", row.payment_method.as_deref());
    }
    for row in &data.orders {
        see("orders.status", order_status(row));
        see("orders.payment_method", row.payment_method.as_deref());
        see("orders.template", row.template.as_deref());
    }
    for row in &data.payments {
        see("payments.source", row.source.as_deref());
        see("payments.payment_method", row.payment_method.as_deref());
        see("payments.state", row.state.as_deref());
    }
    for row in &data.subscriptions {
        see("subscriptions.reason", row.cancellation_reason.as_deref());
        see("subscriptions.kind", row.cancellation_type.as_deref());
    }
    for row in &data.cancellations {
        see("cancellations.reason", row.reason.as_deref());
        see("cancellations.kind", row.kind.as_deref());
    }
    for row in &data.tags {
        see("tag", row.value.as_deref());
        if let Some((key, value)) = tags::key_and_value(row) {
            see(&format!("tag.{}", folded(key)), Some(value));
        }
    }
    let shown = |spellings: BTreeMap<String, usize>| {
        let most = spellings.values().max().copied();
        let mut frequent = spellings.into_iter().filter(|(_, count)| Some(*count) == most);
        frequent.next().expect("a category was seen at least once").0
    };
    counts.into_iter().map(|(column, spellings)| (column, shown(spellings))).collect()
}
