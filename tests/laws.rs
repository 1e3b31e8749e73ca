//! Laws that the figures obey among themselves, whatever the data: each test is one of them.
//!
//! Nothing here knows what a figure should be; that is the business of `properties.rs`.

mod generate;
mod reference;
mod support;

use std::collections::BTreeMap;

use generate::data::dataset;
use generate::requests::{ZONES, request};
use jiff::ToSpan;
use jiff::civil::Date;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use reference::catalogue::KPIS;
use reference::data::Dataset;
use reference::period::{Grain, plus};
use reference::request::Request;
use support::json::Json;
use support::{Store, cases, write_in_parts};
use tempfile::TempDir;

fn zones() -> impl Strategy<Value = &'static str> {
    select(ZONES)
}

fn ask(kpi: &'static str, every: Grain, tz: &'static str, by: &[&'static str]) -> Request {
    Request { every: Some(every), tz, by: by.to_vec(), ..Request::new(kpi) }
}

fn day(cell: &Json) -> Date {
    cell.text().and_then(|text| text.parse().map_err(|_| text.to_owned())).expect("a date")
}

/// Money in units of 10^-4.
fn money(cell: &Json) -> i128 {
    let text = cell.text().expect("money is a text");
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{part:0<4}");
    digits.parse().expect("money has at most four decimals")
}

/// Counts by the period and the text of a group.
fn counts(store: &Store, request: &Request, measure: &str) -> BTreeMap<(String, String), i64> {
    let by = request.by.first().copied().unwrap_or("period");
    let figures = store.figures(request);
    let cells = figures.cells(["period", by, measure]).into_iter();
    cells.map(|[period, group, count]| (key(period, group), count.integer())).collect()
}

fn key(period: &Json, group: &Json) -> (String, String) {
    (format!("{period:?}"), format!("{group:?}"))
}

/// The first half of every table's rows, or the second.
fn half(data: &Dataset, second: bool) -> Dataset {
    fn cut<T: Clone>(rows: &[T], second: bool) -> Vec<T> {
        let (first_half, second_half) = rows.split_at(rows.len() / 2);
        if second { second_half.to_vec() } else { first_half.to_vec() }
    }
    Dataset {
        users: cut(&data.users, second),
        meetings: cut(&data.meetings, second),
        attendees: cut(&data.attendees, second),
        usage: cut(&data.usage, second),
        tickets: cut(&data.tickets, second),
        events: cut(&data.events, second),
        licenses: cut(&data.licenses, second),
    }
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn exports_split_reordered_or_loaded_again_are_the_same_store(
        data in dataset(true),
        seed in any::<u64>().no_shrink(),
    ) {
        let whole = Store::with(&data);

        let in_parts = Store::empty();
        let parts = TempDir::new()?;
        write_in_parts(&data, parts.path(), seed);
        in_parts.load(parts.path());

        let again = Store::with(&data);
        again.load(parts.path());
        again.load(parts.path());

        let in_two_loads = Store::empty();
        for second in [true, false] {
            let folder = TempDir::new()?;
            write_in_parts(&half(&data, second), folder.path(), seed);
            in_two_loads.load(folder.path());
        }

        for kpi in KPIS {
            let request = ask(kpi.name, Grain::Month, "Europe/Oslo", &[]);
            let figures = whole.figures(&request);
            prop_assert_eq!(&in_parts.figures(&request), &figures, "{} in parts", kpi.name);
            prop_assert_eq!(&again.figures(&request), &figures, "{} loaded again", kpi.name);
            prop_assert_eq!(&in_two_loads.figures(&request), &figures, "{} in two loads", kpi.name);
        }
    }

    #[test]
    fn any_number_of_threads_writes_the_same_bytes(
        data in dataset(false),
        seeds in vec(any::<u64>().no_shrink(), 1..60),
    ) {
        let store = Store::with(&data);
        for request in seeds.into_iter().filter_map(|seed| request(seed, &data)) {
            let bytes = store.bytes(&request, 1);
            for threads in [2, 4] {
                let line = request.arguments().join(" ");
                prop_assert_eq!(&store.bytes(&request, threads), &bytes, "quipu {}", line);
            }
        }
    }

    #[test]
    fn licence_types_add_up_to_the_revenue(data in dataset(false), zone in zones()) {
        let store = Store::with(&data);
        let mut sums: BTreeMap<(String, String), (i128, i64)> = BTreeMap::new();
        let by_type = store.figures(&ask("revenue_by_license_type", Grain::Month, zone, &[]));
        for [period, currency, revenue, events] in
            by_type.cells(["period", "currency", "revenue", "events"])
        {
            let sum = sums.entry(key(period, currency)).or_default();
            *sum = (sum.0 + money(revenue), sum.1 + events.integer());
        }
        let total = store.figures(&ask("revenue", Grain::Month, zone, &[]));
        let mut totals = BTreeMap::new();
        for [period, currency, revenue, events] in
            total.cells(["period", "currency", "revenue", "events"])
        {
            // A month of meetings without any billing has no currency.
            if *currency != Json::Null {
                totals.insert(key(period, currency), (money(revenue), events.integer()));
            }
        }
        prop_assert_eq!(sums, totals);
    }

    #[test]
    fn a_week_has_as_many_users_as_its_best_day_and_no_more_than_all_its_days(
        data in dataset(false),
        zone in zones(),
    ) {
        let store = Store::with(&data);
        let daily = store.figures(&ask("dau", Grain::Day, zone, &[]));
        let weekly = store.figures(&ask("wau", Grain::Week, zone, &[]));
        for [monday, users] in weekly.cells(["period", "active_users"]) {
            let next = plus(day(monday), 7.days());
            let in_week = |period: &Json| day(monday) <= day(period) && day(period) < next;
            let days = daily.cells(["period", "active_users"]).into_iter();
            let days: Vec<i64> = days
                .filter(|[period, _]| in_week(period))
                .map(|[_, users]| users.integer())
                .collect();
            let users = users.integer();
            prop_assert!(days.iter().max() <= Some(&users), "{monday:?}: {days:?}, {users}");
            prop_assert!(users <= days.iter().sum(), "{monday:?}: {days:?}, {users}");
        }
    }

    #[test]
    fn a_rolling_window_is_the_calendar_where_they_are_the_same_days(
        data in dataset(false),
        zone in zones(),
        by in select(vec![None, Some("plan_type"), Some("meeting_type")]),
    ) {
        let store = Store::with(&data);
        let by: Vec<&'static str> = by.into_iter().collect();
        for (every, days) in [(Grain::Day, 1), (Grain::Week, 7), (Grain::Month, 31)] {
            let calendar = ask("active_users", every, zone, &by);
            let rolling = Request { rolling: Some(days), ..calendar.clone() };
            let mut counted = counts(&store, &calendar, "active_users");
            let mut rolled = counts(&store, &rolling, "active_users");
            // The last bucket may be unfinished: its window reaches back before its first day.
            let last = counted.keys().chain(rolled.keys()).max().map(|key| key.0.clone());
            let same_days = |key: &(String, String), _: &mut i64| {
                let first: Date = key.0.trim_matches('"').parse().expect("a date");
                let whole = every != Grain::Month || i64::from(first.days_in_month()) == days;
                whole && (every == Grain::Day || Some(&key.0) != last.as_ref())
            };
            counted.retain(same_days);
            rolled.retain(same_days);
            prop_assert_eq!(counted, rolled);
        }
    }

    #[test]
    fn every_active_user_is_retained_new_or_back(
        data in dataset(false),
        zone in zones(),
        by in select(vec![None, Some("company"), Some("weekday")]),
        every in select(vec![Grain::Day, Grain::Week, Grain::Month, Grain::Year]),
    ) {
        let store = Store::with(&data);
        let by: Vec<&'static str> = by.into_iter().collect();
        let churn = ask("churn_rate", every, zone, &by);
        let column = |measure| counts(&store, &churn, measure);
        let (active, previous) = (column("active"), column("active_previous"));
        let (new, back) = (column("new"), column("resurrected"));
        let (retained, churned) = (column("retained"), column("churned"));
        for (group, active) in &active {
            prop_assert_eq!(new[group] + back[group] + retained[group], *active);
            prop_assert_eq!(retained[group] + churned[group], previous[group]);
        }
        let mut active_users = counts(&store, &ask("active_users", every, zone, &by), "active_users");
        let mut active = active;
        active_users.retain(|_, count| *count > 0);
        active.retain(|_, count| *count > 0);
        prop_assert_eq!(active, active_users);
    }

    #[test]
    fn a_total_is_the_figure_without_groups(
        data in dataset(false),
        zone in zones(),
        kpi in select(vec!["mau", "attendance", "resolution_time", "churn_rate", "stickiness"]),
    ) {
        let store = Store::with(&data);
        let plain = Request { no_fill: true, ..ask(kpi, Grain::Month, zone, &[]) };
        let by_plan = ask(kpi, Grain::Month, zone, &["plan_type"]);
        let mut rows = store.figures(&by_plan).rows;
        let with_totals = store.figures(&Request { totals: true, ..by_plan });
        for mut total in store.figures(&plain).rows {
            total.insert(1, Json::Null);
            rows.push(total);
        }
        let mut totalled = with_totals.rows;
        // The order is the business of the comparison with the reference.
        rows.sort_by_key(|row| format!("{row:?}"));
        totalled.sort_by_key(|row| format!("{row:?}"));
        prop_assert_eq!(rows, totalled);
    }

    #[test]
    fn groups_of_an_additive_measure_add_up(
        data in dataset(false),
        zone in zones(),
        (kpi, measure, by) in select(vec![
            ("meeting_minutes", "meeting_minutes", "license_type"),
            ("meeting_minutes", "meetings", "hour"),
            ("tickets_opened", "tickets", "company"),
            ("attendance", "attendees", "host.plan_type"),
            ("feature_usage", "uses", "user_id"),
            ("signups", "signups", "plan_type"),
            ("license_expirations", "expiring", "license_status"),
        ]),
    ) {
        let store = Store::with(&data);
        let sum = |by: &[&'static str]| -> i64 {
            counts(&store, &ask(kpi, Grain::Quarter, zone, by), measure).values().sum()
        };
        // A feature is a group in itself, so that the groups of a period are told apart by it.
        let request = ask(kpi, Grain::Quarter, zone, &[by]);
        let figures = store.figures(&request);
        let grouped: i64 =
            figures.cells([measure]).into_iter().map(|[count]| count.integer()).sum();
        let plain = match kpi {
            "feature_usage" => sum(&["feature_name"]),
            _ => sum(&[]),
        };
        prop_assert_eq!(grouped, plain);
    }
}
