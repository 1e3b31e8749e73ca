//! How is an expression written? One canonical form: parsing it gives the same expression, and equal
//! expressions are written alike.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{Expr, ExprKind, Leaf, Literal, Name, Op, Value};
use super::lexer::is_name_char;

/// Words that are no names unless quoted.
const KEYWORDS: &[&str] = &["and", "or", "not", "in", "like", "is", "null", "true", "false", "between"];

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|k| k.eq_ignore_ascii_case(word))
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::And(parts) => join(f, parts, " and "),
            ExprKind::Or(parts) => join(f, parts, " or "),
            ExprKind::Not(inner) => {
                f.write_str("not ")?;
                group(f, inner)
            }
            ExprKind::Leaf(leaf) => leaf.fmt(f),
        }
    }
}

fn join(f: &mut Formatter<'_>, parts: &[Expr], word: &str) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(word)?;
        }
        // Under `or` an `and` needs no parentheses, but few readers know that by heart.
        group(f, part)?;
    }
    Ok(())
}

fn group(f: &mut Formatter<'_>, part: &Expr) -> fmt::Result {
    match part.kind {
        ExprKind::And(_) | ExprKind::Or(_) => write!(f, "({part})"),
        _ => part.fmt(f),
    }
}

impl Display for Leaf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.op.text())?;
        match self.op {
            Op::IsNull | Op::IsNotNull => Ok(()),
            Op::In | Op::NotIn => {
                f.write_str(" (")?;
                for (i, literal) in self.literals.iter().enumerate() {
                    write!(f, "{}{literal}", if i == 0 { "" } else { ", " })?;
                }
                f.write_char(')')
            }
            _ => self.literals.iter().try_for_each(|literal| write!(f, " {literal}")),
        }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plain = self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && self.text.chars().all(is_name_char)
            && !is_keyword(&self.text);
        if plain { f.write_str(&self.text) } else { write!(f, "\"{}\"", self.text.replace('"', "\"\"")) }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Value::Integer(n) => n.fmt(f),
            Value::Decimal { digits, scale } => {
                let sign = if *digits < 0 { "-" } else { "" };
                let scale = *scale as usize;
                let all = format!("{:0width$}", digits.unsigned_abs(), width = scale + 1);
                let (whole, fraction) = all.split_at(all.len() - scale);
                // A decimal stays one: 1.0 is not printed as 1.
                write!(f, "{sign}{whole}.{}", if fraction.is_empty() { "0" } else { fraction })
            }
            Value::Bool(b) => b.fmt(f),
        }
    }
}
