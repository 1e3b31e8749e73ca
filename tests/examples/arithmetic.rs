//! Fractions, rounding, percentiles, buckets and conditions.

use jiff::civil::Weekday;

use super::day;
use crate::reference::exact::{Fraction, money, percentile};
use crate::reference::filter::{Expr, Literal, Operator, Scalar};
use crate::reference::period::{Calendar, Days, Grain};

fn fraction(numerator: i128, denominator: i128) -> Fraction {
    Fraction::new(numerator, denominator).expect("a denominator that is not zero")
}

#[test]
fn the_nearest_float_is_that_of_a_division_where_both_are_exact() {
    for (a, b) in [(1, 3), (2, 3), (-1, 10), (10, 4), (0, 7), (9_007_199_254_740_991, 3)] {
        assert_eq!(fraction(a, b).nearest_f64(), a as f64 / b as f64, "{a}/{b}");
    }
    // 2^53 + 1 lies between two floats: the even one wins; a hair more tips it over.
    let odd = (1 << 53) + 1;
    assert_eq!(fraction(odd, 1).nearest_f64(), 9_007_199_254_740_992.0);
    assert_eq!(fraction(odd * 1_000 + 1, 1_000).nearest_f64(), 9_007_199_254_740_994.0);
    assert!(Fraction::new(1, 0).is_none());
}

#[test]
fn divided_money_rounds_half_to_even() {
    assert_eq!(fraction(5, 1000).rounded_text(2), "0.00");
    assert_eq!(fraction(15, 1000).rounded_text(2), "0.02");
    assert_eq!(fraction(-25, 1000).rounded_text(2), "-0.02");
    assert_eq!(fraction(-1, 1000).rounded_text(2), "0.00");
    assert_eq!(fraction(100, 3).rounded_text(0), "33");
}

#[test]
fn undivided_money_keeps_every_digit() {
    assert_eq!(money(12_340_000).exact_text(2), "1234.00");
    assert_eq!(money(-5_025).exact_text(2), "-0.5025");
    assert_eq!(money(1_005_000).exact_text(0), "100.5");
    assert_eq!(money(70_000).exact_text(3), "7.000");
}

#[test]
fn percentiles_lie_between_two_values() {
    assert_eq!(percentile(&mut [30, 10, 20, 40], 5), Some(Fraction::whole(25)));
    // Position 2.7 of four values: 30 and seven tenths of the way to 40.
    assert_eq!(percentile(&mut [10, 20, 30, 40], 9), Some(Fraction::whole(37)));
    assert_eq!(percentile(&mut [7], 9), Some(Fraction::whole(7)));
    assert_eq!(percentile(&mut [], 5), None);
}

fn firsts(grain: Grain, week_start: Weekday, fiscal_start: i8, days: [&str; 2]) -> Vec<String> {
    let calendar = Calendar { grain, week_start, fiscal_start };
    let interval = Days { first: day(days[0]), last: day(days[1]) };
    let buckets = calendar.buckets(interval).into_iter();
    buckets.map(|bucket| format!("{} {}", bucket.whole.first, bucket.days.last)).collect()
}

#[test]
fn buckets_cover_the_interval_and_are_clipped_to_it() {
    let january = ["2025-01-30", "2025-02-03"];
    assert_eq!(
        firsts(Grain::Week, Weekday::Monday, 1, january),
        ["2025-01-27 2025-02-02", "2025-02-03 2025-02-03"]
    );
    assert_eq!(
        firsts(Grain::Week, Weekday::Sunday, 1, january),
        ["2025-01-26 2025-02-01", "2025-02-02 2025-02-03"]
    );
    assert_eq!(
        firsts(Grain::Quarter, Weekday::Monday, 2, january),
        ["2024-11-01 2025-01-31", "2025-02-01 2025-02-03"]
    );
    assert_eq!(firsts(Grain::Year, Weekday::Monday, 4, january), ["2024-04-01 2025-02-03"]);
    assert_eq!(firsts(Grain::All, Weekday::Monday, 4, january), ["2025-01-30 2025-02-03"]);
}

#[test]
fn what_is_compared_with_null_is_unknown() {
    let equals = |text: &str| Expr::Compare {
        name: "plan".to_owned(),
        operator: Operator::Equal,
        value: Literal::Text(text.to_owned()),
    };
    let not = |expr: Expr| Expr::Not(Box::new(expr));
    let is_null = Expr::IsNull { name: "plan".to_owned(), negated: false };
    let pro = |_: &str| Scalar::Text("Pro".to_owned());
    let null = |_: &str| Scalar::Null;
    assert_eq!(equals("PRO").truth(&pro), Some(true));
    assert_eq!(equals("pro").truth(&null), None);
    assert_eq!(not(equals("pro")).truth(&null), None);
    assert_eq!(Expr::Or(vec![equals("pro"), is_null.clone()]).truth(&null), Some(true));
    assert_eq!(Expr::And(vec![equals("pro"), not(is_null)]).truth(&null), Some(false));
    let like = |pattern: &str| Expr::Like { name: "plan".to_owned(), pattern: pattern.to_owned() };
    assert_eq!(like("p_O").truth(&pro), Some(true));
    assert_eq!(like("%o").truth(&pro), Some(true));
    assert_eq!(like("%x%").truth(&pro), Some(false));
    assert_eq!(like("%").truth(&null), None);
}

#[test]
fn conditions_are_written_with_the_parentheses_that_they_need() {
    let null = |name: &str| Expr::IsNull { name: name.to_owned(), negated: false };
    let either = Expr::Or(vec![null("b"), null("c")]);
    let text = Expr::And(vec![null("a"), either.clone()]).to_string();
    assert_eq!(text, "a is null and (b is null or c is null)");
    assert_eq!(Expr::Not(Box::new(either)).to_string(), "not (b is null or c is null)");
    let name = Expr::In {
        name: "company".to_owned(),
        values: vec![Literal::Text("O'Neil".to_owned()), Literal::Number(15_000)],
        negated: true,
    };
    assert_eq!(name.to_string(), "company not in ('O''Neil', 1.5)");
}
