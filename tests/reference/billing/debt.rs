//! Demands: what was billed, what of it is paid, what is still owed, and how old is it?
//!
//! Invariant: payments are shared out in the currency of the demand, before anything is converted.

use jiff::civil::Date;

use super::claims::{allowances, by, charges, claim, details, fees, is_open, left, share};
use super::data::Demand;
use super::rows::{Fact, Row};
use super::selection::{Selection, ageing_stock, flow, stock, total};
use super::world::World;
use crate::reference::exact::Fraction;
use crate::reference::side::{Dims, Evaluate, Value};
use crate::reference::world::days_after;

fn demand<'w>(row: &Row<'w>) -> &'w Demand {
    match row.fact {
        Fact::Demand(demand) | Fact::Part(demand, _) => demand,
        other => panic!("{other:?} is of no demand"),
    }
}

pub fn outstanding_debt<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let open = |row: &Row<'w>, today| is_open(demand(row), today);
    ageing_stock(world, dims, open, |rows, today| {
        let amounts = rows.iter().map(|(row, rate)| (left(world, demand(row), today), *rate));
        vec![Value::Money(total(amounts)), Value::count(rows.len())]
    })
}

pub fn billed_amount<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    flow(world, Selection::new(world, dims, None), |rows| {
        if super::catalogue::is_split(world.frame.request) {
            let amounts = rows.iter().map(|(row, rate)| match row.fact {
                Fact::Part(_, part) => (i128::from(part.amount), *rate),
                other => panic!("{other:?} is no part"),
            });
            let nothing = [Value::Absent; 4];
            return [Value::Money(total(amounts))].into_iter().chain(nothing).collect();
        }
        let sum =
            |part: &dyn Fn(&Demand) -> i128| total(rows.iter().map(|(row, rate)| (part(demand(row)), *rate)));
        let billed = sum(&|demand| details(world.data, demand));
        let fees = sum(&|demand| fees(world.data, demand));
        let charges = sum(&|demand| charges(world.data, demand));
        let allowances = sum(&|demand| allowances(world.data, demand));
        let claimed = billed.plus(fees).plus(charges).minus(allowances);
        [billed, fees, charges, allowances, claimed].into_iter().map(Value::Money).collect()
    })
}

pub fn degree_of_payment<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let as_of = world.frame.as_of;
    let horizon = world.frame.request.option("horizon");
    let by_count = world.frame.request.option("by") == "count";
    // The day on which a demand is looked at; none when that is still to come.
    let evaluated = move |demand: &Demand| -> Option<Date> {
        let due = demand.due_date.filter(|due| *due <= as_of)?;
        match horizon {
            "none" => Some(as_of),
            days => {
                Some(days_after(due, days.parse().expect("a number of days"))).filter(|day| *day <= as_of)
            }
        }
    };
    let in_cohort = |row: &Row<'w>| {
        let demand = demand(row);
        let counts = |day| demand.issue_date <= day && !by(demand.credit_date, day);
        evaluated(demand).is_some_and(counts)
    };
    flow(world, Selection::new(world, dims, None).keep(in_cohort), move |rows| {
        let mut paid = Fraction::ZERO;
        let mut claimed = Fraction::ZERO;
        let mut settled_demands = 0;
        for (row, rate) in rows {
            let demand = demand(row);
            let day = evaluated(demand).expect("a demand of the cohort");
            let whole = claim(world.data, demand);
            let settled = by(demand.settle_date, day);
            settled_demands += usize::from(settled);
            let part = if settled { whole } else { share(world, demand, day) };
            paid = paid.plus(total([(part, *rate)].into_iter()));
            claimed = claimed.plus(total([(whole, *rate)].into_iter()));
        }
        let degree = if by_count {
            Value::ratio(settled_demands, rows.len())
        } else {
            Value::Number(paid.per(claimed))
        };
        vec![
            degree,
            Value::Money(paid),
            Value::Money(claimed),
            Value::count(rows.len()),
            Value::count(settled_demands),
        ]
    })
}

/// The days of claims over which what is outstanding is spread.
const DAYS: i64 = 90;

pub fn dso<'w>(world: &'w World<'w>, dims: &Dims) -> Evaluate<'w> {
    let issued_lately =
        |demand: &Demand, today| demand.issue_date <= today && demand.issue_date > days_after(today, -DAYS);
    let matters = move |row: &Row<'w>, today| {
        let demand = demand(row);
        is_open(demand, today) || issued_lately(demand, today)
    };
    stock(world, Selection::new(world, dims, None), matters, move |rows, today| {
        let open = rows.iter().filter(|(row, _)| is_open(demand(row), today));
        let outstanding = total(open.map(|(row, rate)| (left(world, demand(row), today), *rate)));
        let lately = rows.iter().filter(|(row, _)| issued_lately(demand(row), today));
        let claimed = total(lately.map(|(row, rate)| (claim(world.data, demand(row)), *rate)));
        let days = outstanding.per(claimed).map(|ratio| ratio.times(i128::from(DAYS)));
        vec![Value::Number(days), Value::Money(outstanding), Value::Money(claimed)]
    })
}
