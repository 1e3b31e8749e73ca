//! The language by example, and its laws: what is printed parses to the same, nothing panics.

use proptest::prelude::*;

use super::*;

fn printed(text: &str) -> String {
    parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).to_string()
}

/// The error of a text: message, the bytes it points at, help.
fn refused(text: &str) -> (String, &str, String) {
    let error = parse(text).expect_err(text);
    (error.message, &text[error.span.range()], error.help.unwrap_or_default())
}

#[test]
fn canonical_forms() {
    for (typed, canonical) in [
        (
            "plan_type in ('Pro','Enterprise') and not company = 'Acme' and duration_minutes >= 5",
            "plan_type in ('Pro', 'Enterprise') and not company = 'Acme' and duration_minutes >= 5",
        ),
        ("a=1 or b=2 and c=3", "a = 1 or (b = 2 and c = 3)"),
        ("(a=1 or b=2) and c=3", "(a = 1 or b = 2) and c = 3"),
        ("a=1 and (b=2 and c=3)", "a = 1 and b = 2 and c = 3"),
        ("NOT a <> 1 AND b IS NOT NULL", "not a != 1 and b is not null"),
        ("not (a=1 and b=2)", "not (a = 1 and b = 2)"),
        ("not not a is null", "not not a is null"),
        ("((a = 1))", "a = 1"),
        ("x Not Like 'it''s%'", "x not like 'it''s%'"),
        ("host.plan_type not in (1)", "host.plan_type not in (1)"),
        ("tag.Store = 'Oslo'", "tag.Store = 'Oslo'"),
        ("\"identification.My Key\" = 'x' and \"in\" = 1", "\"identification.My Key\" = 'x' and \"in\" = 1"),
        ("\"plain\" = 1", "plain = 1"),
        ("x > -1.50 and y < +0.25 and z = 2.0", "x > -1.5 and y < 0.25 and z = 2.0"),
        ("x = -0.05 and IsCancelled = TRUE", "x = -0.05 and IsCancelled = true"),
        ("større = 'ø'", "større = 'ø'"),
    ] {
        assert_eq!(printed(typed), canonical, "{typed}");
        assert_eq!(printed(canonical), canonical);
    }
}

#[test]
fn every_part_knows_its_bytes() {
    let text = "a = 1 and (not plan_type not in ('Pro' , 2))";
    let expr = parse(text).unwrap();
    let at = |span: Span| &text[span.range()];
    assert_eq!(at(expr.span), text);
    let parts = expr.split_and();
    assert_eq!(
        parts.iter().map(|p| at(p.span)).collect::<Vec<_>>(),
        ["a = 1", "(not plan_type not in ('Pro' , 2))"]
    );
    let leaves = expr.leaves();
    let leaf = leaves[1];
    assert_eq!(at(leaf.name.span), "plan_type");
    assert_eq!(at(leaf.op_span), "not in");
    assert_eq!(leaf.literals.iter().map(|l| at(l.span)).collect::<Vec<_>>(), ["'Pro'", "2"]);
    assert_eq!(at(leaves[0].span()), "a = 1");
}

#[test]
fn a_single_condition_is_its_own_conjunct() {
    let expr = parse("a = 1 or b = 2").unwrap();
    assert_eq!(expr.split_and(), std::slice::from_ref(&expr));
}

#[test]
fn errors_point_and_teach() {
    for (text, message, at, help) in [
        ("", "the expression is empty", "", "for example"),
        ("plan_type = Pro", "expected a value, found 'Pro'", "Pro", "single quotes: 'Pro'"),
        (
            "plan_type = \"Pro\"",
            "expected a value, found the name \"Pro\"",
            "\"Pro\"",
            "single quotes: 'Pro'",
        ),
        ("plan_type == 'Pro'", "unexpected '=='", "==", "single '='"),
        ("a = 1 && b = 2", "unexpected '&&'", "&&", "'and'"),
        ("a = ‘x’", "unexpected '‘'", "‘", "straight single quotes"),
        ("a = null", "expected a value, found 'null'", "null", "'is null'"),
        ("a is 5", "expected 'null', found a number", "5", "'='"),
        ("5 < a", "expected a name, found a number", "5", "name comes first"),
        ("a between 1 and 5", "there is no 'between'", "between", ">="),
        ("a = 'x", "this text is not closed", "'x", "end it with '"),
        ("(a = 1", "this '(' is not closed", "(", ""),
        ("a in ('x'", "this '(' is not closed", "(", ""),
        ("a in ()", "the list is empty", "()", ""),
        ("a in 'x'", "expected '(', found the text 'x'", "'x'", "a list"),
        ("a = ('x')", "expected a value, found '('", "(", "'in'"),
        ("a = 1)", "this ')' closes nothing", ")", ""),
        ("IsCancelled", "expected an operator, found the end", "", "a condition compares"),
        ("a b", "expected an operator, found 'b'", "b", "not like"),
        ("a = 1 b = 2", "expected 'and', 'or' or the end, found 'b'", "b", ""),
        ("order = 1 and and b = 2", "expected a name, found 'and'", "and", "double quotes"),
        ("d >= 2025-01-01", "'2025-01-01' is not a number", "2025-01-01", "single quotes: '2025-01-01'"),
        ("a like 5", "expected a pattern, found a number", "5", "like 'Pro%'"),
        ("a = 1.", "a number has digits on both sides of its point", "1.", ""),
        ("a = 99999999999999999999", "this number is too long", "99999999999999999999", "18 digits"),
        ("a-b = 1", "unexpected '-'", "-", "double quotes"),
        ("\"\" = 1", "a name cannot be empty", "\"\"", ""),
    ] {
        let (m, a, h) = refused(text);
        assert_eq!((m.as_str(), a), (message, at), "{text}");
        assert!(h.contains(help), "{text}: {h}");
    }
}

#[test]
fn nesting_has_a_limit_and_length_does_not_nest() {
    let nested = |n: usize| format!("{}a = 1{}", "(".repeat(n), ")".repeat(n));
    assert_eq!(printed(&nested(DEPTH_MAX)), "a = 1");
    assert!(refused(&nested(DEPTH_MAX + 1)).0.contains("nested"));
    assert!(refused(&format!("{}a = 1", "not ".repeat(100_000 / 4))).0.contains("nested"));
    let chain = vec!["a = 1"; 5_000].join(" and ");
    assert_eq!(parse(&chain).unwrap().split_and().len(), 5_000);
    assert!(refused(&" ".repeat(BYTES_MAX + 1)).0.contains("bytes"));
}

#[test]
fn numbers_compare_exactly_in_units() {
    let units = |text: &str| parse(&format!("a = {text}")).unwrap().leaves()[0].literals[0].value.units();
    assert_eq!(units("5"), Some((50_000, true)));
    assert_eq!(units("-1.5"), Some((-15_000, true)));
    assert_eq!(units("1.23456"), Some((12_345, false)));
    assert_eq!(units("-1.23456"), Some((-12_346, false)));
    assert_eq!(units("'x'"), None);
}

#[test]
fn quoted_dates_are_days() {
    let day = |text: &str| Value::Text(text.into()).day();
    assert_eq!(day("1970-01-02"), Some(1));
    assert_eq!(day("1970-02-30"), None);
    assert_eq!(day("1970-01"), None);
}

/// The expression without places.
fn bare(mut expr: Expr) -> Expr {
    fn strip(expr: &mut Expr) {
        expr.span = Span::default();
        match &mut expr.kind {
            ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter_mut().for_each(strip),
            ExprKind::Not(inner) => strip(inner),
            ExprKind::Leaf(leaf) => {
                leaf.name.span = Span::default();
                leaf.op_span = Span::default();
                leaf.literals.iter_mut().for_each(|l| l.span = Span::default());
            }
        }
    }
    strip(&mut expr);
    expr
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,8}".prop_map(Value::Text),
        (-i64::MAX..=i64::MAX).prop_map(Value::Integer),
        // Digits that end in zero would be trimmed.
        (-99_999i64..99_999, 0u32..9)
            .prop_filter("trimmed", |(d, s)| *s == 0 || d % 10 != 0)
            .prop_map(|(digits, scale)| Value::Decimal { digits, scale }),
        any::<bool>().prop_map(Value::Bool),
    ]
}

fn any_leaf() -> impl Strategy<Value = Expr> {
    use Op::{Eq, Ge, Gt, In, IsNotNull, IsNull, Le, Like, Lt, Ne, NotIn, NotLike};
    let name = prop_oneof!["[a-z_][a-z0-9_.]{0,6}", ".{1,6}", Just("in".to_owned()), Just("True".to_owned())];
    let op = prop::sample::select(vec![Eq, Ne, Lt, Le, Gt, Ge, In, NotIn, Like, NotLike, IsNull, IsNotNull]);
    (name, op, prop::collection::vec(any_value(), 1..4)).prop_map(|(text, op, mut values)| {
        match op {
            IsNull | IsNotNull => values.clear(),
            In | NotIn => {}
            Like | NotLike => values = vec![Value::Text("a%".into())],
            _ => values.truncate(1),
        }
        let span = Span::default();
        let literals = values.into_iter().map(|value| Literal { value, span }).collect();
        Expr { span, kind: ExprKind::Leaf(Leaf { name: Name { text, span }, op, op_span: span, literals }) }
    })
}

fn any_expr() -> impl Strategy<Value = Expr> {
    let span = Span::default();
    any_leaf().prop_recursive(5, 40, 4, move |inner| {
        let many = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            many.clone().prop_map(move |parts| flat(parts, true)),
            many.prop_map(move |parts| flat(parts, false)),
            inner.prop_map(move |e| Expr { span, kind: ExprKind::Not(Box::new(e)) }),
        ]
    })
}

/// Chains are flat, as the parser makes them.
fn flat(parts: Vec<Expr>, and: bool) -> Expr {
    let parts = parts
        .into_iter()
        .flat_map(|p| match (p.kind, and) {
            (ExprKind::And(inner), true) | (ExprKind::Or(inner), false) => inner,
            (kind, _) => vec![Expr { span: p.span, kind }],
        })
        .collect();
    Expr { span: Span::default(), kind: if and { ExprKind::And(parts) } else { ExprKind::Or(parts) } }
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same(expr in any_expr()) {
        let text = expr.to_string();
        let back = parse(&text).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?;
        prop_assert_eq!(bare(back), expr);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let text = String::from_utf8_lossy(&bytes);
        if let Err(error) = parse(&text) {
            prop_assert!(text.get(error.span.range()).is_some(), "{:?} cuts a character", error.span);
        }
    }

    #[test]
    fn no_mix_of_words_makes_it_panic(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "a", "and", "or", "not", "in", "like", "is", "null", "(", ")", ",", "=", "<", "'x'", "\"y\"", "-1", ".5",
                "1.5", "true", "'", "\"", "!", "-", "ø", "between",
            ]),
            0..20,
        ),
        gap in prop::sample::select(vec!["", " "]),
    ) {
        let text = words.join(gap);
        match parse(&text) {
            Ok(expr) => prop_assert_eq!(bare(parse(&expr.to_string()).unwrap()), bare(expr)),
            Err(error) => prop_assert!(text.get(error.span.range()).is_some()),
        }
    }
}
