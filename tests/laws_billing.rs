//! Laws that billing figures obey among themselves, whatever the data: each test is one of them.
//!
//! Nothing here knows what a figure should be; that is the business of `properties.rs`.

mod generate;
mod reference;
mod support;

use std::collections::BTreeMap;

use generate::billing::data::dataset;
use generate::billing::requests::{has_groups, request};
use generate::requests::ZONES;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use reference::billing::catalogue::{KPIS, is_many_valued};
use reference::billing::cells::Units;
use reference::billing::data::{Dataset, Subscription};
use reference::catalogue::Kind;
use reference::data::Model;
use reference::period::Grain;
use reference::request::Request;
use support::json::Json;
use support::{Store, cases, write_in_parts};
use tempfile::TempDir;

/// Zones, and that of each organization.
fn zones() -> impl Strategy<Value = &'static str> {
    select([ZONES, &["organization"]].concat())
}

fn grains() -> impl Strategy<Value = Grain> {
    select(vec![Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year, Grain::All])
}

fn ask(kpi: &'static str, every: Grain, tz: &'static str, by: &[&'static str]) -> Request {
    Request { every: Some(every), tz, by: by.to_vec(), ..Request::new(kpi) }
}

/// Money in units of 10^-8; no money, or a count, is shown as it is.
fn number(cell: &Json) -> i128 {
    let text = match cell {
        Json::Text(text) | Json::Number(text) => text.as_str(),
        other => panic!("{other:?} is no number"),
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<8}").parse().expect("at most eight decimals")
}

/// What a measure adds up to for each value of the key columns that are named; a null adds nothing.
fn sums(store: &Store, request: &Request, keys: [&str; 2], measure: &str) -> BTreeMap<String, i128> {
    let figures = store.figures(request);
    let columns = keys.map(|key| if key.is_empty() { measure } else { key });
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for [one, other, value] in figures.cells([columns[0], columns[1], measure]) {
        let shown = |key: &str, cell: &Json| if key.is_empty() { String::new() } else { format!("{cell:?}") };
        let sum = sums.entry(format!("{} {}", shown(keys[0], one), shown(keys[1], other))).or_default();
        *sum += if *value == Json::Null { 0 } else { number(value) };
    }
    sums
}

/// Prices and discounts that months divide evenly, so that nothing is rounded when it is shown.
fn even(mut data: Dataset) -> Dataset {
    for period in &mut data.subscriptions {
        period.price = period.price.map(|Units(units)| Units(units.div_euclid(10_000) % 1_000 * 120_000));
    }
    for package in &mut data.packages {
        package.discount_percent = None;
        package.billing_frequency =
            package.billing_frequency.filter(|number| [1001, 1003, 1006, 1012].contains(number));
    }
    data
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn exports_split_reordered_or_loaded_again_are_the_same_store(
        data in dataset(),
        seed in any::<u64>().no_shrink(),
    ) {
        // A table without keys is only added to.
        let data = Dataset { shipped: Vec::new(), ..data };
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
            write_in_parts(&data.half(second), folder.path(), seed);
            in_two_loads.load(folder.path());
        }

        for kpi in KPIS {
            let request = ask(kpi.name, Grain::Month, "Europe/Oslo", &["tag.Store", "country"]);
            let figures = whole.figures(&request);
            prop_assert_eq!(&in_parts.figures(&request), &figures, "{} in parts", kpi.name);
            prop_assert_eq!(&again.figures(&request), &figures, "{} loaded again", kpi.name);
            prop_assert_eq!(&in_two_loads.figures(&request), &figures, "{} in two loads", kpi.name);
        }
    }

    #[test]
    fn any_number_of_threads_writes_the_same_bytes(
        data in dataset(),
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
    fn a_figure_of_billing_does_not_see_the_platform(
        data in dataset(),
        platform in generate::data::dataset(true),
        zone in zones(),
    ) {
        let alone = Store::with(&data);
        let both = Store::with(&data);
        let folder = TempDir::new()?;
        platform.write(folder.path());
        both.load(folder.path());
        for kpi in KPIS {
            let request = ask(kpi.name, kpi.grain, zone, &[]);
            let (alone, both) = (alone.figures(&request), both.figures(&request));
            prop_assert_eq!(alone.rows, both.rows, "{}", kpi.name);
        }
    }

    #[test]
    fn ages_add_up_to_the_debt_which_is_never_below_nothing(
        data in dataset(),
        zone in zones(),
        every in grains(),
    ) {
        let store = Store::with(&data);
        let keys = [if every == Grain::All { "currency" } else { "period" }, "currency"];
        for measure in ["outstanding", "demands"] {
            let debt = sums(&store, &ask("outstanding_debt", every, zone, &[]), keys, measure);
            let aged = sums(&store, &ask("outstanding_debt", every, zone, &["age_bucket"]), keys, measure);
            prop_assert!(debt.values().all(|sum| *sum >= 0), "{:?}", debt);
            prop_assert_eq!(debt, aged);
        }
        for [outstanding] in store.figures(&ask("outstanding_debt", every, zone, &["subscriber"])).cells(["outstanding"]) {
            prop_assert!(number(outstanding) >= 0);
        }
    }

    #[test]
    fn opening_and_movements_make_the_closing_which_is_the_recurring_revenue(
        data in dataset().prop_map(even),
        zone in zones(),
        every in select(vec![Grain::Day, Grain::Week, Grain::Month, Grain::Quarter]),
        by in select(vec![None, Some("country"), Some("tag"), Some("product")]),
    ) {
        let store = Store::with(&data);
        let by: Vec<&'static str> = by.into_iter().collect();
        let movements = ask("mrr_movements", every, zone, &by);
        let keys = [by.first().copied().unwrap_or("currency"), "currency"];
        let key = |period: &Json, one: &Json, other: &Json| format!("{period:?} {one:?} {other:?}");
        let mut closings = BTreeMap::new();
        let figures = store.figures(&movements);
        for [period, one, other, opening, new, expansion, contraction, churn, reactivation, closing] in
            figures.cells([
                "period", keys[0], keys[1], "opening", "new", "expansion", "contraction", "churn",
                "reactivation", "closing",
            ])
        {
            let moved = [new, expansion, contraction, churn, reactivation];
            let moved: i128 = moved.into_iter().map(number).sum();
            prop_assert_eq!(number(opening) + moved, number(closing), "{:?} {:?} {:?}", period, one, other);
            closings.insert(key(period, one, other), number(closing));
        }
        let recurring = store.figures(&ask("subscription_mrr", every, zone, &by));
        for [period, one, other, mrr] in recurring.cells(["period", keys[0], keys[1], "mrr"]) {
            let closing = closings.remove(&key(period, one, other));
            prop_assert_eq!(closing, Some(number(mrr)), "{:?} {:?} {:?}", period, one, other);
        }
        // What is gone at the end of the bucket has no recurring revenue.
        prop_assert!(closings.values().all(|closing| *closing == 0), "{:?}", closings);
    }

    #[test]
    fn products_add_up_to_what_was_billed(
        data in dataset(),
        zone in zones(),
        every in select(vec![Grain::Day, Grain::Month, Grain::Year]),
        by in select(vec!["product", "product_category"]),
    ) {
        let store = Store::with(&data);
        let keys = ["period", "currency"];
        let billed = sums(&store, &ask("billed_amount", every, zone, &[]), keys, "billed");
        let by_product = sums(&store, &ask("billed_amount", every, zone, &[by]), keys, "billed");
        for (key, sum) in &billed {
            // A demand without details bills nothing, and has no part.
            prop_assert_eq!(by_product.get(key).copied().unwrap_or_default(), *sum, "{}", key);
        }
        prop_assert!(by_product.keys().all(|key| billed.contains_key(key)));
    }

    #[test]
    fn no_more_orders_are_completed_than_there_are(data in dataset(), zone in zones()) {
        let store = Store::with(&data);
        let keys = ["currency", "currency"];
        for measure in ["orders", "order_value"] {
            let mut data = data.clone();
            // Values that are below nothing would turn the law around.
            for order in &mut data.orders {
                order.value = order.value.map(|Units(units)| Units(units.abs()));
            }
            let store = if measure == "orders" { &store } else { &Store::with(&data) };
            let all = sums(store, &ask("order_amounts", Grain::All, zone, &[]), keys, measure);
            let completed = sums(store, &ask("order_completed_amounts", Grain::All, zone, &[]), keys, measure);
            for (currency, count) in completed {
                prop_assert!(count <= all[&currency], "{measure} in {currency}: {count} of {:?}", all);
            }
        }
    }

    #[test]
    fn a_renewal_never_makes_churn(
        data in dataset(),
        zone in zones(),
        every in grains(),
        chosen in any::<prop::sample::Index>(),
    ) {
        let ending: Vec<&Subscription> =
            data.subscriptions.iter().filter(|period| period.start_date.and(period.end_date).is_some()).collect();
        prop_assume!(!ending.is_empty());
        let ending = ending[chosen.index(ending.len())];
        let renewal = Subscription {
            key: "the renewal".to_owned(),
            start_date: ending.end_date,
            end_date: None,
            is_cancelled: None,
            cancellation_date: None,
            previous: Some(ending.key.clone()),
            ..ending.clone()
        };
        let mut renewed = data.clone();
        renewed.subscriptions.push(renewal);
        let request = ask("subscription_churn", every, zone, &[]);
        let churned = |data: &Dataset| {
            let figures = Store::with(data).figures(&request);
            figures.cells(["churned"]).into_iter().map(|[count]| count.integer()).collect::<Vec<_>>()
        };
        let (before, after) = (churned(&data), churned(&renewed));
        prop_assert_eq!(before.len(), after.len());
        prop_assert!(before.iter().zip(&after).all(|(before, after)| after <= before), "{:?} {:?}", before, after);
    }

    #[test]
    fn a_filter_by_tag_or_group_is_the_group_of_that_name(
        data in dataset(),
        zone in zones(),
        kpi in select(vec!["active_subscriptions", "billed_amount", "order_amounts", "mrr_movements", "invoices"]),
        by in select(vec!["tag", "tag.Store", "reporting_group"]),
    ) {
        let store = Store::with(&data);
        let by_name = ask(kpi, Grain::Month, zone, &[by]);
        let figures = store.figures(&by_name);
        let position = figures.columns.iter().position(|column| column == by).expect("the dimension");
        let mut groups: BTreeMap<String, Vec<Vec<Json>>> = BTreeMap::new();
        for mut row in figures.rows {
            if let Json::Text(name) = row.remove(position) {
                groups.entry(name).or_default().push(row);
            }
        }
        for (name, rows) in groups {
            let mut narrowed = Request { no_fill: true, ..ask(kpi, Grain::Month, zone, &[]) };
            match by {
                "reporting_group" => narrowed.groups.push(name.clone()),
                "tag" => {
                    // As an expression: on the command line a text with a key is taken apart.
                    narrowed.filter = Some(reference::filter::Expr::Compare {
                        name: "tag".to_owned(),
                        operator: reference::filter::Operator::Equal,
                        value: reference::filter::Literal::Text(name.clone()),
                    });
                }
                _ => narrowed.tags.push(format!("Store={name}")),
            }
            prop_assert_eq!(store.figures(&narrowed).rows, rows, "{} by {} {}", kpi, by, name);
        }
    }

    #[test]
    fn groups_add_up_to_the_total_where_the_result_says_so(
        data in dataset(),
        seeds in vec(any::<u64>().no_shrink(), 60),
    ) {
        let store = Store::with(&data);
        for request in seeds.into_iter().filter_map(|seed| request(seed, &data)) {
            let groups =
                Request { totals: false, top: None, compare: None, cumulative: false, ..request };
            if !has_groups(&groups) {
                continue;
            }
            let with_total = Request { totals: true, ..groups.clone() };
            let line = with_total.arguments().join(" ");
            let figures = store.figures(&groups);
            if !figures.additive {
                continue;
            }
            prop_assert!(!groups.by.iter().any(|name| is_many_valued(&groups, name)), "quipu {}", line);
            let column = |name: &'static str| figures.columns.iter().any(|column| column == name);
            let one_currency = groups.convert.is_some() || !column("currency");
            let keys =
                [if column("period") { "period" } else { "" }, if one_currency { "" } else { "currency" }];
            for (measure, kind) in groups.kpi().measures {
                if matches!(kind, Kind::Count | Kind::Money) {
                    let once = sums(&store, &groups, keys, measure);
                    let twice = once.into_iter().map(|(key, sum)| (key, 2 * sum)).collect();
                    let both: BTreeMap<String, i128> = sums(&store, &with_total, keys, measure);
                    prop_assert_eq!(both, twice, "quipu {}: {}", line, measure);
                }
            }
        }
    }

    #[test]
    fn twice_the_units_are_twice_the_recurring_revenue(data in dataset().prop_map(even), every in grains()) {
        let mut doubled = data.clone();
        for period in &mut doubled.subscriptions {
            period.units = Some(2 * period.units.unwrap_or(1));
        }
        let keys = [if every == Grain::All { "currency" } else { "period" }, "currency"];
        let request = ask("subscription_mrr", every, "UTC", &[]);
        let once = sums(&Store::with(&data), &request, keys, "mrr");
        let twice = sums(&Store::with(&doubled), &request, keys, "mrr");
        prop_assert_eq!(once.into_iter().map(|(key, sum)| (key, 2 * sum)).collect::<BTreeMap<_, _>>(), twice);
    }

    #[test]
    fn what_is_in_one_currency_needs_no_rate(data in dataset(), zone in zones(), by in select(vec!["country", "tag"])) {
        let store = Store::with(&data);
        for kpi in KPIS.iter().filter(|kpi| kpi.own.contains(&"currency") && kpi.name != "price_steps") {
            let plain = ask(kpi.name, Grain::Month, zone, &[by, "currency"]);
            let kroner = reference::filter::Expr::Compare {
                name: "currency".to_owned(),
                operator: reference::filter::Operator::Equal,
                value: reference::filter::Literal::Text("NOK".to_owned()),
            };
            let plain = Request { filter: Some(kroner), ..plain };
            let converted = Request { convert: Some("NOK"), ..plain.clone() };
            prop_assert_eq!(store.figures(&converted).rows, store.figures(&plain).rows, "{}", kpi.name);
        }
    }
}
