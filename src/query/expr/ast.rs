//! What does an expression consist of? Leaves (`name operator literal`) under and, or, not.

use crate::model::{DECIMAL_DIGITS, Day};

/// A range of bytes of the text as typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// From the start of this to the end of another.
    pub const fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end }
    }

    /// As a range.
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start..self.end
    }
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// Where it stands, its parentheses included.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The forms of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// All of two or more hold; none of them is itself an `And`.
    And(Vec<Expr>),
    /// One of two or more holds; none of them is itself an `Or`.
    Or(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// A comparison of one name.
    Leaf(Leaf),
}

impl Expr {
    /// The conditions that are AND-ed at the top: the expression itself when there is no `and`.
    pub fn split_and(&self) -> &[Expr] {
        match &self.kind {
            ExprKind::And(parts) => parts,
            _ => std::slice::from_ref(self),
        }
    }

    /// Calls `f` with every leaf, from left to right.
    pub fn for_each_leaf<'a>(&'a self, f: &mut impl FnMut(&'a Leaf)) {
        match &self.kind {
            ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().for_each(|p| p.for_each_leaf(f)),
            ExprKind::Not(inner) => inner.for_each_leaf(f),
            ExprKind::Leaf(leaf) => f(leaf),
        }
    }

    /// Every leaf, from left to right.
    pub fn leaves(&self) -> Vec<&Leaf> {
        let mut all = Vec::new();
        self.for_each_leaf(&mut |leaf| all.push(leaf));
        all
    }
}

/// `name operator literals`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The name compared.
    pub name: Name,
    /// How it is compared.
    pub op: Op,
    /// Where the operator stands.
    pub op_span: Span,
    /// What it is compared with: none for `is null`, one or more for `in`, else one.
    pub literals: Vec<Literal>,
}

impl Leaf {
    /// The whole comparison, without parentheses around it.
    pub fn span(&self) -> Span {
        let last = self.literals.last().map_or(self.op_span, |l| l.span);
        self.name.span.to(last)
    }
}

/// The name of a dimension or column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name, without quotes.
    pub text: String,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// How a name is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Eq,
    /// `!=`, `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in (...)`
    In,
    /// `not in (...)`
    NotIn,
    /// `like`: `%` stands for any characters, `_` for one
    Like,
    /// `not like`
    NotLike,
    /// `is null`
    IsNull,
    /// `is not null`
    IsNotNull,
}

impl Op {
    /// As it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Op::Eq => "=",
            Op::Ne => "!=",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
            Op::In => "in",
            Op::NotIn => "not in",
            Op::Like => "like",
            Op::NotLike => "not like",
            Op::IsNull => "is null",
            Op::IsNotNull => "is not null",
        }
    }

    /// The operator that this one negates, when it is a negated one: `!=` is the negation of `=`.
    pub const fn negated(self) -> Option<Op> {
        match self {
            Op::Ne => Some(Op::Eq),
            Op::NotIn => Some(Op::In),
            Op::NotLike => Some(Op::Like),
            Op::IsNotNull => Some(Op::IsNull),
            _ => None,
        }
    }

    /// Whether it asks for an order: `<`, `<=`, `>`, `>=`.
    pub const fn is_ordering(self) -> bool {
        matches!(self, Op::Lt | Op::Le | Op::Gt | Op::Ge)
    }
}

/// A value as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The value.
    pub value: Value,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// The value of a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `'text'`; dates are texts too.
    Text(String),
    /// `5`
    Integer(i64),
    /// `0.5`: `digits` ÷ 10^`scale`, without trailing zeros.
    Decimal {
        /// The number without its point.
        digits: i64,
        /// How many of the digits stand behind the point.
        scale: u32,
    },
    /// `true`, `false`
    Bool(bool),
}

impl Value {
    /// A number in units of 0.0001, rounded down, and whether nothing was lost by that; none when it
    /// is no number.
    ///
    /// With it a comparison stays exact whatever the digits: `x > 1.23456` is `x > 1.2345`,
    /// `x < 1.23456` is `x <= 1.2345`, and `x = 1.23456` holds for nothing.
    pub fn units(&self) -> Option<(i128, bool)> {
        match *self {
            Value::Integer(n) => Some((i128::from(n) * 10i128.pow(DECIMAL_DIGITS), true)),
            Value::Decimal { digits, scale } if scale <= DECIMAL_DIGITS => {
                Some((i128::from(digits) * 10i128.pow(DECIMAL_DIGITS - scale), true))
            }
            Value::Decimal { digits, scale } => {
                let divisor = 10i128.pow(scale - DECIMAL_DIGITS);
                let digits = i128::from(digits);
                Some((digits.div_euclid(divisor), digits.rem_euclid(divisor) == 0))
            }
            _ => None,
        }
    }

    /// The civil day that a text names in full (`'2025-06-30'`), if it does.
    pub fn day(&self) -> Option<Day> {
        match self {
            Value::Text(text) => crate::query::period::parse_day(text),
            _ => None,
        }
    }

    /// The word for its kind in messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Integer(_) => "a whole number",
            Value::Decimal { .. } => "a number",
            Value::Bool(_) => "true or false",
        }
    }
}
