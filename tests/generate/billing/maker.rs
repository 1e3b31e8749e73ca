//! How is a cell of a billing row chosen?
//!
//! Keys come from small ranges, so that rows meet, and some references find nothing. Invariant:
//! whatever may be null sometimes is.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::generate::Dice;
use crate::generate::data::Style;
use crate::reference::billing::cells::Units;
use crate::reference::period::plus;

/// How many keys there are of each kind of entity, by the prefix of its keys.
const RANGES: &[(&str, i64)] = &[
    ("org", 4),
    ("prod", 11),
    ("sub", 12),
    ("con", 14),
    ("acc", 12),
    ("grp", 4),
    ("sup", 40),
    ("plan", 3),
    ("pack", 7),
    ("inv", 9),
    ("dem", 30),
    ("ord", 25),
];

pub struct Maker<'a> {
    pub style: &'a Style,
    pub dice: Dice,
}

impl<'a> Maker<'a> {
    pub fn new(style: &'a Style, seed: u64) -> Maker<'a> {
        Maker { style, dice: Dice::new(seed) }
    }

    /// A key of an entity that others refer to.
    pub fn key(&mut self, table: &str) -> String {
        let number = self.dice.below(range(table));
        self.style.key(table, number)
    }

    /// A key that nothing refers to.
    pub fn leaf_key(&mut self, table: &str) -> String {
        let number = self.dice.below(60_000);
        self.style.key(table, number)
    }

    pub fn reference(&mut self, table: &str) -> Option<String> {
        self.style.reference(&mut self.dice, table, range(table))
    }

    /// A reference that is mostly not there.
    pub fn rare_reference(&mut self, table: &str, percent: i64) -> Option<String> {
        let key = self.reference(table);
        key.filter(|_| self.dice.percent(percent))
    }

    pub fn category(&mut self, choices: &[&str]) -> Option<String> {
        self.style.category(&mut self.dice, choices)
    }

    /// Text that is not a category: every spelling is another value.
    pub fn text(&mut self, choices: &[&str]) -> Option<String> {
        let text = (*self.dice.pick(choices)).to_owned();
        self.or_null(text)
    }

    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        *self.dice.pick(choices)
    }

    pub fn or_null<T>(&mut self, value: T) -> Option<T> {
        (!self.dice.percent(self.style.nulls)).then_some(value)
    }

    pub fn some<T>(&mut self, percent: i64, value: T) -> Option<T> {
        self.dice.percent(percent).then_some(value)
    }

    pub fn flag(&mut self, percent: i64) -> Option<bool> {
        let flag = self.dice.percent(percent);
        self.or_null(flag)
    }

    pub fn day(&mut self) -> Date {
        self.style.day(&mut self.dice)
    }

    /// So many days later, give or take.
    pub fn after(&mut self, day: Date, days: &[i64]) -> Date {
        let days = self.pick(days);
        plus(day, days.days())
    }

    pub fn instant(&mut self) -> Timestamp {
        self.style.instant(&mut self.dice)
    }

    /// An amount with up to four decimals; some are zero, few are negative.
    pub fn amount(&mut self) -> Option<Units> {
        let units = match self.dice.below(10) {
            0 => self.dice.below(100_000_000) - 20_000_000,
            1 => 0,
            2 => -self.dice.below(500) * 10_000,
            3 => self.dice.below(30_000),
            // The same amounts come back, so that payments meet claims.
            4..7 => self.pick(&[100, 250, 999, 1_000]) * 10_000,
            _ => self.dice.below(60_000) * 100,
        };
        self.or_null(Units(units))
    }

    pub fn positive_amount(&mut self) -> Option<Units> {
        self.amount().map(|Units(units)| Units(units.abs()))
    }

    pub fn quantity(&mut self) -> Option<Units> {
        let quantity = self.pick(&[10_000, 10_000, 20_000, 15_000, 3_333, 0, -10_000, 70_000]);
        self.some(80, Units(quantity))
    }
}

fn range(table: &str) -> i64 {
    let found = RANGES.iter().find(|(prefix, _)| *prefix == table);
    found.unwrap_or_else(|| panic!("no keys of {table}")).1
}
