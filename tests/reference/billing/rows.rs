//! Which rows is a KPI about, and on which day does each count?
//!
//! Invariant: a row of a table appears at most once, or as its parts where an amount is split over
//! products; without its day only where a stock or a contract is measured, for which none is asked.

use jiff::civil::Date;

use super::catalogue::is_split;
use super::data::{
    Cancellation, Contract, Demand, Invoice, Ledger, Order, OrderProduct, Payment, Record, Subscription,
    Transaction,
};
use super::split::{Part, parts};
use super::world::{World, find};
use crate::reference::filter::{Scalar, folded};

#[derive(Clone, Copy, Debug)]
pub enum Fact<'a> {
    Ledger(&'a Ledger),
    Transaction(&'a Transaction),
    Order(&'a Order),
    /// A line of an order, which counts by itself.
    Line(&'a Order, &'a OrderProduct),
    Payment(&'a Payment),
    Demand(&'a Demand),
    /// What a demand bills for one product.
    Part(&'a Demand, Part<'a>),
    Invoice(&'a Invoice),
    Subscription(&'a Subscription),
    Cancellation(&'a Cancellation),
    Contract(&'a Contract),
}

#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub fact: Fact<'a>,
    pub day: Option<Date>,
}

/// All rows of the KPI, filtered by nothing.
pub fn rows<'a>(world: &World<'a>) -> Vec<Row<'a>> {
    let data = world.data;
    let request = world.frame.request;
    let row = |fact: Fact<'a>, day: Option<Date>| Row { fact, day };
    let mut rows: Vec<Row<'a>> = match request.kpi {
        "subscriber_amounts" => {
            data.ledgers.iter().map(|entry| row(Fact::Ledger(entry), entry.date)).collect()
        }
        "order_amounts" | "order_completed_amounts" | "order_conversion" => orders(world),
        "daily_paid_amounts" | "payments" => {
            let by_value = request.kpi == "daily_paid_amounts" && request.option("date") == "value";
            let day = |payment: &Payment| {
                if by_value { payment.value_date } else { world.payment_day(payment) }
            };
            let counts = |payment: &&Payment| request.kpi == "payments" || is_completed(payment);
            let payments = data.payments.iter().filter(counts);
            payments.map(|payment| row(Fact::Payment(payment), day(payment))).collect()
        }
        "outstanding_debt" | "dso" => {
            data.demands.iter().map(|demand| row(Fact::Demand(demand), Some(demand.issue_date))).collect()
        }
        "billed_amount" => {
            let issued = |demand: &'a Demand| {
                let facts = if is_split(request) {
                    parts(world, demand).into_iter().map(|part| Fact::Part(demand, part)).collect()
                } else {
                    vec![Fact::Demand(demand)]
                };
                facts.into_iter().map(move |fact| row(fact, Some(demand.issue_date)))
            };
            data.demands.iter().flat_map(issued).collect()
        }
        "degree_of_payment" => {
            data.demands.iter().map(|demand| row(Fact::Demand(demand), demand.due_date)).collect()
        }
        "invoices" => {
            data.invoices.iter().map(|invoice| row(Fact::Invoice(invoice), invoice.issue_date)).collect()
        }
        "unbilled_transactions" => {
            let start = |transaction: &Transaction| {
                let time = transaction.start?;
                Some(world.civil_day(time, transaction.organization.as_deref()))
            };
            let transactions = data.transactions.iter();
            transactions.map(|entry| row(Fact::Transaction(entry), start(entry))).collect()
        }
        "cancellations" if !data.cancellations.is_empty() => {
            let effect = |entry: &Cancellation| entry.effective_date.or(entry.cancelled_on);
            data.cancellations.iter().map(|entry| row(Fact::Cancellation(entry), effect(entry))).collect()
        }
        "contracts" => {
            data.contracts.iter().map(|contract| row(Fact::Contract(contract), contract.end_date)).collect()
        }
        kpi => {
            let day = |period: &Subscription| match kpi {
                "renewal_rate" => period.end_date,
                "cancellations" => period.cancellation_date.or(period.end_date),
                _ => period.start_date,
            };
            let counts = |period: &&Subscription| kpi != "cancellations" || is_cancelled(period);
            let periods = data.subscriptions.iter().filter(counts);
            periods.map(|period| row(Fact::Subscription(period), day(period))).collect()
        }
    };
    if !["unbilled_transactions", "contracts"].contains(&request.kpi) {
        rows.retain(|row| row.day.is_some());
    }
    rows
}

/// Orders by creation or, of completed ones, by completion; or the lines of these.
fn orders<'a>(world: &World<'a>) -> Vec<Row<'a>> {
    let request = world.frame.request;
    let completed = request.kpi == "order_completed_amounts";
    let day = |order: &Order| {
        let time = if completed { order.completed } else { Some(order.created) };
        time.map(|time| world.civil_day(time, order.organization.as_deref()))
    };
    let counts = |order: &Order| !completed || is(order_status(order), "completed");
    if is_split(request) {
        let line = |line: &'a OrderProduct| {
            let order = find(&world.orders, line.order.as_deref()).filter(|order| counts(order))?;
            Some(Row { fact: Fact::Line(order, line), day: day(order) })
        };
        return world.data.order_products.iter().filter_map(line).collect();
    }
    let orders = world.data.orders.iter().filter(|order| counts(order));
    orders.map(|order| Row { fact: Fact::Order(order), day: day(order) }).collect()
}

/// The first day of the KPI over the whole table, and the day up to which it is asked for.
pub fn first_and_last(world: &World<'_>) -> (Option<Date>, Date) {
    let data = world.data;
    let own_days = || rows(world).into_iter().filter_map(|row| row.day);
    match world.frame.request.kpi {
        "contracts" => {
            let starts = data.contracts.iter().filter_map(|contract| contract.start_date);
            let last = own_days().max().unwrap_or(world.frame.as_of);
            (starts.chain(own_days()).min(), last)
        }
        // What has no start has always been there, and is there on the last day, even if all others start later.
        "unbilled_transactions" if rows(world).iter().any(|row| row.day.is_none()) => {
            let as_of = world.frame.as_of;
            (own_days().chain([as_of]).min(), as_of)
        }
        // The state of a payment or an order narrows the figure, not the table.
        "daily_paid_amounts" if world.frame.request.option("date") == "value" => {
            (data.payments.iter().filter_map(|row| row.value_date).min(), world.frame.as_of)
        }
        "daily_paid_amounts" => {
            (data.payments.iter().filter_map(|row| world.payment_day(row)).min(), world.frame.as_of)
        }
        "order_completed_amounts" => {
            let day = |order: &Order| {
                order.completed.map(|time| world.civil_day(time, order.organization.as_deref()))
            };
            (data.orders.iter().filter_map(day).min(), world.frame.as_of)
        }
        "order_amounts" => {
            let day = |order: &Order| world.civil_day(order.created, order.organization.as_deref());
            (data.orders.iter().map(day).min(), world.frame.as_of)
        }
        "billed_amount" => (data.demands.iter().map(|row| row.issue_date).min(), world.frame.as_of),
        _ => (own_days().min(), world.frame.as_of),
    }
}

/// A cell of the row's own table; of a part's, the row that it is a part of.
pub fn column(fact: Fact<'_>, header: &str) -> Scalar {
    fn cell<T: Record>(row: &T, header: &str) -> Scalar {
        let position = T::HEADER.iter().position(|name| *name == header);
        row.cells()[position.unwrap_or_else(|| panic!("{} has no {header}", T::FILE))].scalar()
    }
    match fact {
        Fact::Ledger(row) => cell(row, header),
        Fact::Transaction(row) => cell(row, header),
        Fact::Order(row) | Fact::Line(row, _) => cell(row, header),
        Fact::Payment(row) => cell(row, header),
        Fact::Demand(row) | Fact::Part(row, _) => cell(row, header),
        Fact::Invoice(row) => cell(row, header),
        Fact::Subscription(row) => cell(row, header),
        Fact::Cancellation(row) => cell(row, header),
        Fact::Contract(row) => cell(row, header),
    }
}

/// Is the category this one, which is written in lower case?
pub fn is(cell: Option<&str>, wanted: &str) -> bool {
    cell.is_some_and(|text| folded(text) == wanted)
}

pub fn is_completed(payment: &Payment) -> bool {
    is(payment.state.as_deref(), "completed")
}

/// An export may give the number of a status in place of its name.
pub fn order_status(order: &Order) -> Option<&str> {
    let status = order.status.as_deref()?.trim();
    Some(match status {
        "0" => "InProgress",
        "1" => "Completed",
        "2" => "Cancelled",
        "3" => "Rejected",
        name => name,
    })
}

/// The flag decides; where it is missing, a date of cancellation does.
pub fn is_cancelled(period: &Subscription) -> bool {
    period.is_cancelled.unwrap_or(period.cancellation_date.is_some())
}

/// The day on which a cancellation takes effect before the period's end.
pub fn effect(period: &Subscription) -> Option<Date> {
    period.cancellation_date.filter(|_| is_cancelled(period))
}

/// In force: started, not ended, and not cancelled with an effect by then.
pub fn in_force(period: &Subscription, day: Date) -> bool {
    let after = |end: Option<Date>| end.is_none_or(|end| day < end);
    period.start_date.is_some_and(|start| start <= day) && after(period.end_date) && after(effect(period))
}
