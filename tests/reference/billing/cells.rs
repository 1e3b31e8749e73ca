//! What can stand in a cell of the billing tables, how is it exported, what does a condition see?
//!
//! Invariant: an empty text is a null, and nothing else is.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::reference::data::instant;
use crate::reference::exact::money;
use crate::reference::filter::Scalar;

pub trait Cell {
    /// The text of the export file.
    fn text(&self) -> String;

    /// What a condition on the column compares.
    fn scalar(&self) -> Scalar;
}

/// Money and decimals, in units of 10^-4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Units(pub i64);

/// The attributes of a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `[{"type": KEY, "value": VALUE}]`, under these two names, rather than `[{KEY: VALUE}]`.
    pub typed: Option<[&'static str; 2]>,
    pub pairs: Vec<(String, Attribute)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    Text(String),
    /// A number or a boolean, as JSON writes it.
    Bare(&'static str),
    /// An empty value, or one that is itself a list: there is nothing to show.
    Nothing(&'static str),
}

impl Attribute {
    pub fn shown(&self) -> Option<&str> {
        match self {
            Attribute::Text(text) => Some(text),
            Attribute::Bare(text) => Some(text),
            Attribute::Nothing(_) => None,
        }
    }
}

impl Cell for String {
    fn text(&self) -> String {
        self.clone()
    }

    fn scalar(&self) -> Scalar {
        Scalar::Text(self.clone())
    }
}

impl Cell for i64 {
    fn text(&self) -> String {
        self.to_string()
    }

    fn scalar(&self) -> Scalar {
        Scalar::Int(*self)
    }
}

impl Cell for Units {
    fn text(&self) -> String {
        money(i128::from(self.0)).exact_text(0)
    }

    fn scalar(&self) -> Scalar {
        Scalar::Money(self.0)
    }
}

impl Cell for bool {
    fn text(&self) -> String {
        self.to_string()
    }

    fn scalar(&self) -> Scalar {
        Scalar::Bool(*self)
    }
}

impl Cell for Date {
    fn text(&self) -> String {
        self.to_string()
    }

    fn scalar(&self) -> Scalar {
        Scalar::Date(*self)
    }
}

impl Cell for Timestamp {
    fn text(&self) -> String {
        instant(Some(*self))
    }

    /// What a date literal means for a time of day is not part of the contract.
    fn scalar(&self) -> Scalar {
        Scalar::Present
    }
}

impl Cell for Attributes {
    fn text(&self) -> String {
        let object = |(key, value): &(String, Attribute)| {
            let value = match value {
                Attribute::Text(text) => format!("\"{text}\""),
                Attribute::Bare(json) | Attribute::Nothing(json) => (*json).to_owned(),
            };
            match self.typed {
                Some([kind, content]) => format!("{{\"{kind}\":\"{key}\",\"{content}\":{value}}}"),
                None => format!("{{\"{key}\":{value}}}"),
            }
        };
        format!("[{}]", self.pairs.iter().map(object).collect::<Vec<_>>().join(","))
    }

    fn scalar(&self) -> Scalar {
        Scalar::Present
    }
}

impl<T: Cell> Cell for Option<T> {
    fn text(&self) -> String {
        self.as_ref().map(T::text).unwrap_or_default()
    }

    fn scalar(&self) -> Scalar {
        self.as_ref().map_or(Scalar::Null, T::scalar)
    }
}
