//! Which words does the text consist of? Each token knows its bytes.

use super::ast::Value;
use super::{ExprError, Span};

/// A word of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name without quotes; a keyword where one may stand.
    Word(String),
    /// `"a name"`.
    Quoted(String),
    /// A text, number or boolean.
    Value(Value),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`.
    Compare(super::Op),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// The end of the text.
    End,
}

impl Token {
    /// As it reads in a message.
    pub(super) fn describe(&self) -> String {
        match self {
            Token::Word(w) => format!("'{w}'"),
            Token::Quoted(w) => format!("the name \"{w}\""),
            Token::Value(Value::Text(t)) => format!("the text '{}'", t.replace('\'', "''")),
            Token::Value(Value::Bool(b)) => format!("'{b}'"),
            Token::Value(_) => "a number".into(),
            Token::Compare(op) => format!("'{}'", op.text()),
            Token::Open => "'('".into(),
            Token::Close => "')'".into(),
            Token::Comma => "','".into(),
            Token::End => "the end".into(),
        }
    }
}

/// Reads a text word by word.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Lexer { text, at: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn eat_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let len = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// The next token and its bytes.
    pub(super) fn next(&mut self) -> Result<(Token, Span), ExprError> {
        self.eat_while(char::is_whitespace);
        let start = self.at;
        let token = self.token()?;
        Ok((token, Span::new(start, self.at)))
    }

    fn token(&mut self) -> Result<Token, ExprError> {
        use super::Op;
        let Some(c) = self.peek() else { return Ok(Token::End) };
        let signed = matches!(c, '-' | '+')
            && self.text[self.at + 1..].starts_with(|d: char| d.is_ascii_digit() || d == '.');
        if c.is_ascii_digit() || c == '.' || signed {
            return self.number();
        }
        if c.is_alphabetic() || c == '_' {
            let word = self.eat_while(is_name_char);
            return Ok(match word {
                w if w.eq_ignore_ascii_case("true") => Token::Value(Value::Bool(true)),
                w if w.eq_ignore_ascii_case("false") => Token::Value(Value::Bool(false)),
                w => Token::Word(w.to_owned()),
            });
        }
        if c == '\'' {
            return self.quoted('\'', "text").map(|t| Token::Value(Value::Text(t)));
        }
        if c == '"' {
            let start = self.at;
            let name = self.quoted('"', "name")?;
            if name.is_empty() {
                return Err(ExprError::new("a name cannot be empty", Span::new(start, self.at)));
            }
            return Ok(Token::Quoted(name));
        }
        for (word, op) in
            [("!=", Op::Ne), ("<>", Op::Ne), ("<=", Op::Le), (">=", Op::Ge), ("<", Op::Lt), (">", Op::Gt)]
        {
            if self.eat(word) {
                return Ok(Token::Compare(op));
            }
        }
        if c == '=' && !self.text[self.at..].starts_with("==") {
            self.at += 1;
            return Ok(Token::Compare(Op::Eq));
        }
        for (mark, token) in [("(", Token::Open), (")", Token::Close), (",", Token::Comma)] {
            if self.eat(mark) {
                return Ok(token);
            }
        }
        Err(self.unexpected(c))
    }

    /// A mark that is no part of the language, with what was probably meant.
    fn unexpected(&self, c: char) -> ExprError {
        let rest = &self.text[self.at..];
        let (len, help) = match c {
            '=' => (2, "equality is a single '='"),
            '&' => (if rest.starts_with("&&") { 2 } else { 1 }, "write 'and'"),
            '|' => (if rest.starts_with("||") { 2 } else { 1 }, "write 'or'"),
            '!' => (1, "write 'not'"),
            '‘' | '’' | '‚' | '“' | '”' | '„' | '`' => {
                (c.len_utf8(), "text goes in straight single quotes: 'Pro'")
            }
            '-' => {
                (1, "a name with other characters than letters, digits, '_' and '.' goes in double quotes")
            }
            ';' => (1, "one expression is all that is read"),
            '*' | '%' => (1, "patterns are texts: name like 'Pro%'"),
            _ => (c.len_utf8(), ""),
        };
        let error = ExprError::new(
            format!("unexpected '{}'", rest[..len].escape_debug()),
            Span::new(self.at, self.at + len),
        );
        if help.is_empty() { error } else { error.help(help) }
    }

    /// `'it''s'`: a doubled quote stands for itself.
    fn quoted(&mut self, quote: char, what: &str) -> Result<String, ExprError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            text.push_str(self.eat_while(|c| c != quote));
            if self.at == self.text.len() {
                let error = ExprError::new(format!("this {what} is not closed"), Span::new(start, self.at));
                return Err(error.help(format!("end it with {quote}; a {quote} inside is written twice")));
            }
            self.at += 1;
            if self.peek() != Some(quote) {
                return Ok(text);
            }
            text.push(quote);
            self.at += 1;
        }
    }

    fn number(&mut self) -> Result<Token, ExprError> {
        let start = self.at;
        let negative = self.eat("-");
        if !negative {
            self.eat("+");
        }
        let whole = self.eat_while(|c| c.is_ascii_digit());
        let fraction = if self.eat(".") { Some(self.eat_while(|c| c.is_ascii_digit())) } else { None };
        let span = Span::new(start, self.at);
        if whole.is_empty() || fraction.is_some_and(str::is_empty) {
            return Err(ExprError::new("a number has digits on both sides of its point", span));
        }
        // `2025-01-01`, `10GB`, `1.2.3`: a number ends at something that is no part of a word.
        if self.peek().is_some_and(|c| is_name_char(c) || c == '-') {
            self.eat_while(|c| is_name_char(c) || matches!(c, '-' | ':' | '+'));
            let typed = &self.text[start..self.at];
            let error = ExprError::new(format!("'{typed}' is not a number"), Span::new(start, self.at));
            return Err(error.help(format!("dates and texts go in single quotes: '{typed}'")));
        }
        let fraction_digits = fraction.map(|f| f.trim_end_matches('0'));
        let digits = format!("{whole}{}", fraction_digits.unwrap_or(""));
        let too_long = || ExprError::new("this number is too long", span).help("at most 18 digits are kept");
        let digits: i64 = digits.parse().map_err(|_| too_long())?;
        let digits = if negative { -digits } else { digits };
        match fraction_digits {
            None => Ok(Token::Value(Value::Integer(digits))),
            Some(f) if f.len() > 18 => Err(too_long()),
            Some(f) => Ok(Token::Value(Value::Decimal { digits, scale: f.len() as u32 })),
        }
    }
}

/// Whether a name may hold the character without quotes (its first one: a letter or `_`).
pub(super) fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}
