//! Does a value pass a comparison? The answers are those of SQL: false, true or unknown.

use std::cmp::Ordering;
use std::sync::Arc;

use super::expr::{ExprError, Leaf as ExprLeaf, Op};
use super::literals::{Units, number_literals};
use crate::kpi::scan::predicate::{FALSE, NumberTest, TRUE, UNKNOWN};

/// The answer for a missing value.
pub(super) fn missing(op: Op) -> u8 {
    match op {
        Op::IsNull => TRUE,
        Op::IsNotNull => FALSE,
        _ => UNKNOWN,
    }
}

/// The answer for a value, by how it compares with a literal, and by whether it is like one.
pub(super) fn judge<T, L>(
    op: Op,
    value: Option<T>,
    literals: &[L],
    order: impl Fn(&T, &L) -> Ordering,
    like: impl Fn(&T, &L) -> bool,
) -> u8 {
    let Some(value) = value else { return missing(op) };
    let first = || literals.first().map(|l| order(&value, l));
    let any_equal = || literals.iter().any(|l| order(&value, l).is_eq());
    u8::from(match op {
        Op::IsNull => false,
        Op::IsNotNull => true,
        Op::Eq | Op::In => any_equal(),
        Op::Ne | Op::NotIn => !any_equal(),
        Op::Lt => first().is_some_and(Ordering::is_lt),
        Op::Le => first().is_some_and(Ordering::is_le),
        Op::Gt => first().is_some_and(Ordering::is_gt),
        Op::Ge => first().is_some_and(Ordering::is_ge),
        Op::Like => literals.iter().any(|l| like(&value, l)),
        Op::NotLike => !literals.iter().any(|l| like(&value, l)),
    })
}

/// The answer for a text; both are folded.
pub(super) fn judge_text(op: Op, text: Option<&str>, literals: &[String]) -> u8 {
    judge(op, text, literals, |a, b| (*a).cmp(b.as_str()), |a, b| is_like(a, b))
}

/// SQL's LIKE: `%` stands for any characters, `_` for one.
fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '%' {
            retry = Some((p + 1, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '_' || pattern[p] == text[t]) {
            t += 1;
            p += 1;
        } else if let Some((after, from)) = retry {
            retry = Some((after, from + 1));
            p = after;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == '%')
}

/// A number in units of 0.0001 against a literal that may have more decimals than are kept.
pub(super) fn order_number(value: &i128, literal: &Units) -> Ordering {
    match value.cmp(&literal.0) {
        Ordering::Equal if !literal.1 => Ordering::Less,
        other => other,
    }
}

/// A comparison of `number × scale`, in units of 0.0001.
pub(super) fn number_test(leaf: &ExprLeaf, scale: i64) -> Result<NumberTest, ExprError> {
    let (op, literals) = (leaf.op, number_literals(leaf)?);
    if let [literal] = literals.as_slice()
        && let Some(test) = range_test(op, *literal, i128::from(scale))
    {
        return Ok(test);
    }
    Ok(NumberTest::Any(Arc::new(move |n| {
        judge(op, n.map(|n| i128::from(n) * i128::from(scale)), &literals, order_number, |_, _| false)
    })))
}

/// A comparison of days or flags, which are numbers too.
pub(super) fn whole_test(op: Op, literals: Vec<i64>) -> NumberTest {
    if let [literal] = literals.as_slice()
        && let Some(test) = range_test(op, (i128::from(*literal), true), 1)
    {
        return test;
    }
    NumberTest::Any(Arc::new(move |n| judge(op, n, &literals, |a, b| a.cmp(b), |_, _| false)))
}

/// A comparison of `number × scale` with one literal, as a range of numbers.
fn range_test(op: Op, literal: Units, scale: i128) -> Option<NumberTest> {
    let (units, is_exact) = literal;
    // The largest number that is less, and the largest that is not greater.
    let less = (units - i128::from(is_exact)).div_euclid(scale);
    let not_greater = units.div_euclid(scale);
    let (from, to, outside) = match op {
        Op::Lt => (i128::MIN, less, false),
        Op::Ge => (i128::MIN, less, true),
        Op::Le => (i128::MIN, not_greater, false),
        Op::Gt => (i128::MIN, not_greater, true),
        Op::Eq | Op::In => (less + 1, not_greater, false),
        Op::Ne | Op::NotIn => (less + 1, not_greater, true),
        _ => return None,
    };
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    // Without any number in it, the range stays empty when it is cut.
    let (from, to) =
        if to < least || from > most || from > to { (1, 0) } else { (from.max(least), to.min(most)) };
    Some(NumberTest::Range { from: from as i64, to: to as i64, outside, missing: missing(op) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_knows_both_wildcards() {
        for (text, pattern, want) in [
            ("weekly sync", "%sync", true),
            ("weekly sync", "week%", true),
            ("weekly sync", "%ly%s%", true),
            ("abc", "a_c", true),
            ("abc", "a_", false),
            ("", "%", true),
            ("aab", "%ab", true),
            ("abcabd", "%abd", true),
        ] {
            assert_eq!(is_like(text, pattern), want, "{text} like {pattern}");
        }
    }

    #[test]
    fn ranges_say_what_comparing_says() {
        let ops = [Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::Eq, Op::Ne, Op::In, Op::NotIn];
        let literals = (-25..=25).flat_map(|n| [(n, true), (n, false)]);
        let far = [(i128::MAX / 2, true), (i128::MIN / 2, false)];
        for (op, literal) in ops.iter().flat_map(|&op| literals.clone().chain(far).map(move |l| (op, l))) {
            for scale in [1, 10] {
                let test = range_test(op, literal, scale).unwrap();
                for n in -30i64..=30 {
                    let want = judge(op, Some(i128::from(n) * scale), &[literal], order_number, |_, _| false);
                    assert_eq!(test.of(Some(n)), want, "{n} × {scale} {op:?} {literal:?}");
                }
                assert_eq!(test.of(None), UNKNOWN);
            }
        }
    }
}
