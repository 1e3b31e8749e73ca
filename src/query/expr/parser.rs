//! How do the words of the text belong together? A Pratt parser: `or` binds less than `and`, `and`
//! less than `not`, `not` less than a comparison.

use super::ast::{Expr, ExprKind, Leaf, Literal, Name, Op, Value};
use super::lexer::{Lexer, Token};
use super::{ExprError, Span};

/// How deep parentheses and `not` may be nested.
pub const DEPTH_MAX: usize = 64;

/// How many bytes an expression may have: as many as Linux allows one argument.
pub const BYTES_MAX: usize = 128 * 1024;

/// How strongly a word holds its sides together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Power {
    Or,
    And,
    Not,
}

/// Reads a whole expression.
pub fn parse(text: &str) -> Result<Expr, ExprError> {
    if text.len() > BYTES_MAX {
        let message = format!("the expression has {} bytes; at most {BYTES_MAX} are read", text.len());
        return Err(ExprError::new(message, Span::new(0, 0)));
    }
    let mut lexer = Lexer::new(text);
    let (token, span) = lexer.next()?;
    if token == Token::End {
        let error = ExprError::new("the expression is empty", Span::new(0, text.len()));
        return Err(error.help("for example: plan_type in ('Pro', 'Enterprise')"));
    }
    let mut parser = Parser { lexer, token, span, depth: 0 };
    let expr = parser.expression(Power::Or)?;
    parser.expect_end()?;
    Ok(expr)
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The token that comes next, and its bytes.
    token: Token,
    span: Span,
    depth: usize,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<(Token, Span), ExprError> {
        let (token, span) = self.lexer.next()?;
        Ok((std::mem::replace(&mut self.token, token), std::mem::replace(&mut self.span, span)))
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(&self.token, Token::Word(w) if w.eq_ignore_ascii_case(word))
    }

    fn eat_word(&mut self, word: &str) -> Result<Option<Span>, ExprError> {
        if self.at_word(word) { Ok(Some(self.advance()?.1)) } else { Ok(None) }
    }

    fn unexpected(&self, wanted: &str) -> ExprError {
        ExprError::new(format!("expected {wanted}, found {}", self.token.describe()), self.span)
    }

    fn expect_end(&mut self) -> Result<(), ExprError> {
        match &self.token {
            Token::End => Ok(()),
            Token::Close => Err(ExprError::new("this ')' closes nothing", self.span)),
            Token::Word(w) if w.eq_ignore_ascii_case("between") => Err(between(self.span)),
            _ => Err(self.unexpected("'and', 'or' or the end")),
        }
    }

    fn expression(&mut self, least: Power) -> Result<Expr, ExprError> {
        let mut left = self.prefix()?;
        loop {
            let power = match () {
                () if self.at_word("or") => Power::Or,
                () if self.at_word("and") => Power::And,
                () => return Ok(left),
            };
            if power < least {
                return Ok(left);
            }
            self.advance()?;
            // The right side takes only what binds more strongly: both words group to the left.
            let right = self.expression(if power == Power::Or { Power::And } else { Power::Not })?;
            left = join(power, left, right);
        }
    }

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, ExprError>) -> Result<T, ExprError> {
        if self.depth == DEPTH_MAX {
            let message = format!("the expression is nested more than {DEPTH_MAX} deep");
            return Err(ExprError::new(message, self.span));
        }
        self.depth += 1;
        let value = f(self);
        self.depth -= 1;
        value
    }

    fn prefix(&mut self) -> Result<Expr, ExprError> {
        if let Some(start) = self.eat_word("not")? {
            let inner = self.deeper(|p| p.expression(Power::Not))?;
            return Ok(Expr { span: start.to(inner.span), kind: ExprKind::Not(Box::new(inner)) });
        }
        if self.token == Token::Open {
            let (_, open) = self.advance()?;
            let inner = self.deeper(|p| p.expression(Power::Or))?;
            if self.token != Token::Close {
                return Err(match self.token {
                    Token::End => ExprError::new("this '(' is not closed", open),
                    _ => self.unexpected("'and', 'or' or ')'"),
                });
            }
            let (_, close) = self.advance()?;
            return Ok(Expr { span: open.to(close), kind: inner.kind });
        }
        self.leaf()
    }

    fn leaf(&mut self) -> Result<Expr, ExprError> {
        let name = self.name()?;
        let start = name.span;
        let (op, op_span) = self.operator(&name)?;
        let (literals, end) = match op {
            Op::IsNull | Op::IsNotNull => (Vec::new(), op_span),
            Op::In | Op::NotIn => self.list()?,
            _ => {
                let literal = self.literal(op)?;
                let span = literal.span;
                (vec![literal], span)
            }
        };
        let span = start.to(end);
        Ok(Expr { span, kind: ExprKind::Leaf(Leaf { name, op, op_span, literals }) })
    }

    fn name(&mut self) -> Result<Name, ExprError> {
        match &self.token {
            Token::Word(w) if super::print::is_keyword(w) => {
                let help = format!("a name that is a keyword goes in double quotes: \"{w}\"");
                Err(self.unexpected("a name").help(help))
            }
            Token::Word(_) | Token::Quoted(_) => {
                let (token, span) = self.advance()?;
                let (Token::Word(text) | Token::Quoted(text)) = token else {
                    unreachable!("matched above");
                };
                Ok(Name { text, span })
            }
            Token::Value(_) => Err(self
                .unexpected("a name")
                .help("the name comes first: duration_minutes >= 5, plan_type = 'Pro'")),
            _ => Err(self.unexpected("a name")),
        }
    }

    fn operator(&mut self, name: &Name) -> Result<(Op, Span), ExprError> {
        if let Token::Compare(op) = self.token {
            return Ok((op, self.advance()?.1));
        }
        if let Some(is) = self.eat_word("is")? {
            let not = self.eat_word("not")?;
            let Some(null) = self.eat_word("null")? else {
                return Err(self.unexpected("'null'").help("values are compared with '=', 'is' is for null"));
            };
            return Ok((if not.is_some() { Op::IsNotNull } else { Op::IsNull }, is.to(null)));
        }
        let not = self.eat_word("not")?;
        for (word, plain, negated) in [("in", Op::In, Op::NotIn), ("like", Op::Like, Op::NotLike)] {
            if let Some(span) = self.eat_word(word)? {
                return Ok(not.map_or((plain, span), |not| (negated, not.to(span))));
            }
        }
        if self.at_word("between") {
            return Err(between(self.span));
        }
        if not.is_some() {
            return Err(self.unexpected("'in' or 'like'"));
        }
        let alone = self.token == Token::End
            || self.token == Token::Close
            || self.at_word("and")
            || self.at_word("or");
        let error = self.unexpected("an operator");
        Err(if alone {
            error.help(format!("a condition compares: {} = 'x', {0} is not null", name.text))
        } else {
            error.help("=  !=  <  <=  >  >=  in  not in  like  not like  is null  is not null")
        })
    }

    fn list(&mut self) -> Result<(Vec<Literal>, Span), ExprError> {
        if self.token != Token::Open {
            return Err(self.unexpected("'('").help("a list: in ('Pro', 'Enterprise')"));
        }
        let (_, open) = self.advance()?;
        let mut all = Vec::new();
        loop {
            if self.token == Token::Close && all.is_empty() {
                return Err(ExprError::new("the list is empty", open.to(self.span)));
            }
            all.push(self.literal(Op::In)?);
            match self.token {
                Token::Comma => self.advance()?,
                Token::Close => return Ok((all, self.advance()?.1)),
                Token::End => return Err(ExprError::new("this '(' is not closed", open)),
                _ => return Err(self.unexpected("',' or ')'")),
            };
        }
    }

    fn literal(&mut self, op: Op) -> Result<Literal, ExprError> {
        let help = match &self.token {
            Token::Value(value) => {
                if matches!(op, Op::Like | Op::NotLike) && !matches!(value, Value::Text(_)) {
                    let error = self.unexpected("a pattern");
                    return Err(error.help("a pattern is a text: like 'Pro%'"));
                }
                let (token, span) = self.advance()?;
                let Token::Value(value) = token else { unreachable!("matched above") };
                return Ok(Literal { value, span });
            }
            Token::Word(w) if w.eq_ignore_ascii_case("null") => {
                Some("write 'is null' or 'is not null'".to_owned())
            }
            Token::Word(w) if !super::print::is_keyword(w) => {
                Some(format!("text goes in single quotes: '{w}'"))
            }
            Token::Quoted(w) => Some(format!(
                "double quotes are for names, text goes in single quotes: '{}'",
                w.replace('\'', "''")
            )),
            Token::Open if op != Op::In => Some("a list needs 'in': in ('Pro', 'Enterprise')".to_owned()),
            _ => None,
        };
        let error = self.unexpected("a value");
        Err(match help {
            Some(help) => error.help(help),
            None => error,
        })
    }
}

fn between(span: Span) -> ExprError {
    ExprError::new("there is no 'between'", span).help("write x >= 1 and x <= 5")
}

/// Joins two conditions, keeping chains of one word flat, so that their length costs no depth.
fn join(power: Power, left: Expr, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    let mut parts = Vec::new();
    for side in [left, right] {
        match (power, side.kind) {
            (Power::And, ExprKind::And(inner)) | (Power::Or, ExprKind::Or(inner)) => parts.extend(inner),
            (_, kind) => parts.push(Expr { span: side.span, kind }),
        }
    }
    Expr { span, kind: if power == Power::Or { ExprKind::Or(parts) } else { ExprKind::And(parts) } }
}
