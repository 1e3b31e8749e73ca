//! Up to which day is anything recorded to have happened?

use std::sync::Arc;

use crate::kpi::billing::{self, Zones};
use crate::kpi::lookup::Lookups;
use crate::kpi::registry::Column;
use crate::model::civil::month_index;
use crate::model::{ColumnDef, ColumnType, Day, MICROS_PER_DAY, Model, SCHEMA, Zone};
use crate::store::{NULL_NUMBER, Segment, Snapshot, StoreError};

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

/// The civil days of columns.
pub struct Dates<'a, 'q> {
    /// Columns by id.
    pub lookups: &'q Lookups<'a>,
    /// Where days start.
    pub zones: &'q Zones,
}

impl Dates<'_, '_> {
    /// The first and last civil day of a column.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn of(&self, (table, column): Column) -> Result<Option<(Day, Day)>, StoreError> {
        let Some(t) = self.lookups.snapshot().named(table) else { return Ok(None) };
        let is_date = t.def.columns[t.def.column(column)].ty == ColumnType::Date;
        let utc = Zone::utc();
        let zone = match self.zones {
            Zones::One(zone) => zone,
            Zones::Organizations if is_date => &utc,
            Zones::Organizations => {
                let days = billing::days::days(self.lookups, self.zones, table, column)?;
                let days = || days.iter().filter(|&&d| d != NULL_NUMBER).map(|&d| d as Day);
                return Ok(days().min().zip(days().max()));
            }
        };
        let of = |v: i64| if is_date { v as Day } else { zone.day_of(v) };
        let instants = t.range(column).map(|r| (of(r.min), of(r.max)));
        let days = t.range(&format!("{column}.day")).map(|r| (r.min as Day, r.max as Day));
        Ok(instants.into_iter().chain(days).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))))
    }

    /// The latest civil day on which anything of a model happened.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn as_of(&self, model: Model) -> Result<Option<Day>, StoreError> {
        columns(model).iter().try_fold(None, |last, &c| Ok(last.max(self.of(c)?.map(|d| d.1))))
    }
}

/// A month of a fact table and the column that orders it.
struct Month<'a> {
    segment: &'a Segment,
    column: &'static ColumnDef,
}

/// So many days past the usual end of the data, an as_of is more likely a mistyped date.
pub const FAR: Day = 31;

/// The day by which 999 of 1000 facts of a model lie, if as_of is [`FAR`] from it.
///
/// # Errors
/// When the store is damaged.
pub fn usual_end_far_from(
    lookups: &Lookups<'_>,
    model: Model,
    as_of: Day,
) -> Result<Option<Day>, StoreError> {
    let usual = match model {
        Model::Platform => usual_end(lookups.snapshot(), model, as_of)?,
        Model::Billing => usual_end_by_id(lookups, columns(model), as_of)?,
    };
    Ok(usual.filter(|&usual| as_of - usual > FAR))
}

/// The day by which 999 of 1000 dates in some columns of tables by id lie, if as_of is far from it.
fn usual_end_by_id(lookups: &Lookups<'_>, columns: &[Column], as_of: Day) -> Result<Option<Day>, StoreError> {
    let mut facts: Vec<(Arc<Vec<i64>>, i64)> = Vec::new();
    for &(table, column) in columns {
        let def = SCHEMA.get(SCHEMA.id(table));
        let is_date = def.columns[def.column(column)].ty == ColumnType::Date;
        facts.push((lookups.numbers(table, column)?, if is_date { 1 } else { MICROS_PER_DAY }));
    }
    let each_day = |take: &mut dyn FnMut(i64)| {
        for (numbers, unit) in &facts {
            numbers.iter().filter(|&&n| n != NULL_NUMBER).for_each(|n| take(n.div_euclid(*unit)));
        }
    };
    let (mut total, mut late) = (0usize, 0usize);
    each_day(&mut |day| {
        total += 1;
        late += usize::from(day >= i64::from(as_of - FAR));
    });
    let beyond = total / 1000;
    if total == 0 || late > beyond {
        return Ok(None);
    }
    let mut all: Vec<i64> = Vec::with_capacity(total);
    each_day(&mut |day| all.push(day));
    let (_, usual, _) = all.select_nth_unstable(total - 1 - beyond);
    Ok(Some(*usual as Day))
}

/// The day by which 999 of 1000 facts of a model lie, where the rows are kept by time, if as_of is far from it.
fn usual_end(snapshot: &Snapshot, model: Model, as_of: Day) -> Result<Option<Day>, StoreError> {
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
    // Rows are sorted by time, so that the late ones of a month are found without looking at each.
    let first_late = as_of.saturating_sub(FAR);
    let mut late = 0;
    for Month { segment, column } in &facts {
        if segment.info.month < Some(month_index(first_late)) {
            break;
        }
        let is_date = column.ty == ColumnType::Date;
        let limit = if is_date { i64::from(first_late) } else { i64::from(first_late) * MICROS_PER_DAY };
        late += segment.rows() - segment.open()?.numbers(column.name)?.lower_bound(limit);
        if late > beyond {
            return Ok(None);
        }
    }
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
