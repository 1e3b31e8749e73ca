//! Up to which day is anything recorded to have happened?

use crate::kpi::registry::Column;
use crate::model::{ColumnDef, ColumnType, Day, MICROS_PER_DAY, Model, SCHEMA, Zone};
use crate::store::{Segment, Snapshot, StoreError};

const PLATFORM: &[Column] = &[
    ("meetings", "start_time"),
    ("attendees", "join_time"),
    ("features_usage", "usage_timestamp"),
    ("support_tickets", "open_date"),
    ("support_tickets", "close_date"),
    ("billing_events", "transaction_date"),
    ("users", "registration_date"),
];

const BILLING: &[Column] = &[
    ("payment_demands", "IssueDate"),
    ("invoices", "IssueDate"),
    ("payments", "PaymentDate"),
    ("subscriber_ledgers", "LedgerDate"),
    ("orders", "CreatedDate"),
    ("orders", "CompletedDate"),
    ("orders", "CancelledDate"),
    ("canceled_subscriptions", "CancelledOn"),
];

/// The columns of a model that tell of something that happened.
pub const fn columns(model: Model) -> &'static [Column] {
    match model {
        Model::Platform => PLATFORM,
        Model::Billing => BILLING,
    }
}

/// The first and last civil day of a column, in a zone.
pub fn days_of(snapshot: &Snapshot, (table, column): Column, zone: &Zone) -> Option<(Day, Day)> {
    let t = snapshot.named(table)?;
    let is_date = t.def.columns[t.def.column(column)].ty == ColumnType::Date;
    let of = |v: i64| if is_date { v as Day } else { zone.day_of(v) };
    let instants = t.range(column).map(|r| (of(r.min), of(r.max)));
    let days = t.range(&format!("{column}.day")).map(|r| (r.min as Day, r.max as Day));
    instants.into_iter().chain(days).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// The latest civil day on which anything of a model happened.
pub fn as_of(snapshot: &Snapshot, model: Model, zone: &Zone) -> Option<Day> {
    columns(model).iter().filter_map(|&c| days_of(snapshot, c, zone)).map(|d| d.1).max()
}

/// A month of a fact table and the column that orders it.
struct Month<'a> {
    segment: &'a Segment,
    column: &'static ColumnDef,
}

/// The day by which 999 of 1000 facts of a model lie, where the rows are kept by time.
///
/// # Errors
/// When the store is damaged.
pub fn usual_end(snapshot: &Snapshot, model: Model) -> Result<Option<Day>, StoreError> {
    let mut facts: Vec<Month<'_>> = Vec::new();
    for (_, def) in SCHEMA.of_model(model) {
        if let (Some(column), Some(table)) = (def.time_column(), snapshot.named(def.name)) {
            let of = |segment| Month { segment, column: &def.columns[column] };
            facts.extend(table.segments.iter().filter(|s| s.info.month.is_some()).map(of));
        }
    }
    let total: usize = facts.iter().map(|m| m.segment.rows()).sum();
    // So many of the latest rows may lie beyond.
    let beyond = total / 1000;
    facts.sort_by_key(|m| std::cmp::Reverse(m.segment.info.month));
    let mut passed = 0;
    for month in facts.chunk_by(|a, b| a.segment.info.month == b.segment.info.month) {
        let rows: usize = month.iter().map(|m| m.segment.rows()).sum();
        if passed + rows <= beyond {
            passed += rows;
            continue;
        }
        let mut days: Vec<Day> = Vec::with_capacity(rows);
        for Month { segment, column } in month {
            let file = segment.open()?;
            let times = file.numbers(column.name)?;
            let is_date = column.ty == ColumnType::Date;
            let day = |t: i64| if is_date { t as Day } else { t.div_euclid(MICROS_PER_DAY) as Day };
            // Only the latest of a month can be beyond: rows are sorted by time.
            let from = segment.rows().saturating_sub(beyond - passed + 1);
            days.extend((from..segment.rows()).map(|r| day(times.get(r))));
        }
        days.sort_unstable_by_key(|d| std::cmp::Reverse(*d));
        return Ok(days.get(beyond - passed).or(days.last()).copied());
    }
    Ok(None)
}
