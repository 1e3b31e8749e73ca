//! The rows of an answer before they are written: a list per column, where each row stands in a period
//! and a group.

use std::collections::BTreeMap;

use super::context::{GroupKey, RowKey};
use super::exact::Exact;
use super::scan::Layout;

/// The figures of a measure, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Figures {
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Numerators and denominators from 0 on; over 0 there is no figure.
    Ratios(Vec<i64>, Vec<i64>),
    /// Any.
    Exact(Vec<Option<Exact>>),
}

impl Default for Figures {
    fn default() -> Self {
        Figures::Whole(Vec::new())
    }
}

impl Figures {
    /// Number of figures.
    pub fn len(&self) -> usize {
        match self {
            Figures::Whole(numbers) | Figures::Ratios(numbers, _) => numbers.len(),
            Figures::Exact(figures) => figures.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The figure of a row.
    pub fn get(&self, row: usize) -> Option<Exact> {
        match self {
            Figures::Whole(numbers) => Some(Exact::whole(i128::from(numbers[row]))),
            Figures::Ratios(numerators, denominators) => {
                Exact::ratio(i128::from(numerators[row]), i128::from(denominators[row]))
            }
            Figures::Exact(figures) => figures[row],
        }
    }

    fn widen(&mut self) -> &mut Vec<Option<Exact>> {
        if !matches!(self, Figures::Exact(_)) {
            *self = Figures::Exact((0..self.len()).map(|row| self.get(row)).collect());
        }
        let Figures::Exact(figures) = self else { unreachable!("it has just become one") };
        figures
    }

    /// Appends any figure.
    pub fn push(&mut self, figure: Option<Exact>) {
        self.widen().push(figure);
    }

    /// Appends a whole number.
    #[inline]
    pub fn push_whole(&mut self, number: i128) {
        match (&mut *self, i64::try_from(number)) {
            (Figures::Whole(numbers), Ok(number)) => numbers.push(number),
            _ => self.push(Some(Exact::whole(number))),
        }
    }

    /// Appends a quotient of counts or sums.
    #[inline]
    pub fn push_ratio(&mut self, numerator: i128, denominator: u64) {
        self.push_quotient(numerator, i128::from(denominator));
    }

    /// Appends a quotient whose denominator is not negative.
    #[inline]
    pub fn push_quotient(&mut self, numerator: i128, denominator: i128) {
        if self.is_empty() && !matches!(self, Figures::Ratios(..)) {
            *self = Figures::Ratios(Vec::new(), Vec::new());
        }
        match (&mut *self, i64::try_from(numerator), i64::try_from(denominator)) {
            (Figures::Ratios(numerators, denominators), Ok(n), Ok(d)) => {
                numerators.push(n);
                denominators.push(d);
            }
            _ => self.push(Exact::ratio(numerator, denominator)),
        }
    }

    /// Divides the figure of each row by a number above 0.
    pub fn divide(&mut self, by: &[i64]) {
        if let Figures::Ratios(_, denominators) = self {
            let divided: Option<Vec<i64>> =
                denominators.iter().zip(by).map(|(d, by)| d.checked_mul(*by)).collect();
            if let Some(divided) = divided {
                *denominators = divided;
                return;
            }
        }
        let figures = self.widen().iter_mut().zip(by);
        figures.for_each(|(figure, by)| *figure = figure.and_then(|f| f.divided(i128::from(*by))));
    }

    /// Appends the figures of another list, of so many to come with its own.
    fn append(&mut self, other: Figures, to_come: usize) {
        if self.is_empty() {
            *self = other;
        } else {
            match (&mut *self, other) {
                (Figures::Whole(numbers), Figures::Whole(more)) => numbers.extend(more),
                (Figures::Ratios(n, d), Figures::Ratios(more_n, more_d)) => {
                    n.extend(more_n);
                    d.extend(more_d);
                }
                (_, other) => (0..other.len()).for_each(|row| self.push(other.get(row))),
            }
        }
        let room = to_come - self.len().min(to_come);
        match self {
            Figures::Whole(numbers) => numbers.reserve(room),
            Figures::Ratios(n, d) => {
                n.reserve(room);
                d.reserve(room);
            }
            Figures::Exact(figures) => figures.reserve(room),
        }
    }
}

/// Rows of an answer: where they stand, and a figure per measure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Position of each row's period.
    pub buckets: Vec<u32>,
    /// Per dimension of the result, each row's code; 0 is missing.
    pub codes: Vec<Vec<u32>>,
    /// Per computed column of the KPI, each row's value.
    pub extra: Vec<Vec<Option<i64>>>,
    /// Per measure, each row's figure.
    pub figures: Vec<Figures>,
}

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.buckets.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// Where a row stands.
    pub fn key(&self, row: usize) -> RowKey {
        let codes = self.codes.iter().map(|codes| codes[row]).collect();
        let extra = self.extra.iter().map(|values| values[row]).collect();
        RowKey { group: GroupKey { bucket: self.buckets[row], codes }, extra }
    }

    /// The figures of a row.
    pub fn figures_of(&self, row: usize) -> Vec<Option<Exact>> {
        self.figures.iter().map(|figures| figures.get(row)).collect()
    }

    /// Appends a row.
    pub fn push(&mut self, key: &RowKey, figures: &[Option<Exact>]) {
        self.codes.resize_with(key.group.codes.len(), Vec::new);
        self.extra.resize_with(key.extra.len(), Vec::new);
        self.figures.resize_with(figures.len(), Figures::default);
        self.buckets.push(key.group.bucket);
        self.codes.iter_mut().zip(&key.group.codes).for_each(|(codes, code)| codes.push(*code));
        self.extra.iter_mut().zip(&key.extra).for_each(|(values, value)| values.push(*value));
        for (column, figure) in self.figures.iter_mut().zip(figures) {
            match figure.and_then(Exact::as_whole) {
                Some(number) => column.push_whole(number),
                None => column.push(*figure),
            }
        }
    }

    /// Appends where a row stands, by period and group of a layout over some of `dims` dimensions, and
    /// gives its figures to be appended, `N` in number.
    #[inline]
    pub fn place<const N: usize>(
        &mut self,
        layout: &Layout,
        dims: usize,
        bucket: u32,
        group: u64,
    ) -> &mut [Figures; N] {
        if self.is_empty() {
            self.codes.resize_with(dims, Vec::new);
            self.figures.resize_with(N, Figures::default);
        }
        self.buckets.push(bucket);
        if layout.dims.len() == dims {
            for (at, &dim) in layout.dims.iter().enumerate() {
                self.codes[dim].push(layout.code(at, group));
            }
        } else {
            self.codes.iter_mut().for_each(|codes| codes.push(0));
            let last = self.buckets.len() - 1;
            for (at, &dim) in layout.dims.iter().enumerate() {
                self.codes[dim][last] = layout.code(at, group);
            }
        }
        self.figures.as_mut_slice().try_into().expect("rows of one answer have as many figures each")
    }

    /// Appends where a row stands, and gives its figures to be appended, `N` in number.
    pub fn place_key<const N: usize>(&mut self, key: &GroupKey) -> &mut [Figures; N] {
        if self.is_empty() {
            self.codes.resize_with(key.codes.len(), Vec::new);
            self.figures.resize_with(N, Figures::default);
        }
        self.buckets.push(key.bucket);
        self.codes.iter_mut().zip(&key.codes).for_each(|(codes, code)| codes.push(*code));
        self.figures.as_mut_slice().try_into().expect("rows of one answer have as many figures each")
    }

    /// Appends the rows of another, of so many in all at the end.
    fn append(&mut self, other: Rows, to_come: usize) {
        fn put<T>(all: &mut Vec<T>, more: Vec<T>, to_come: usize) {
            all.reserve(to_come - all.len().min(to_come));
            all.extend(more);
        }
        if other.is_empty() {
            return;
        }
        self.codes.resize_with(other.codes.len(), Vec::new);
        self.extra.resize_with(other.extra.len(), Vec::new);
        self.figures.resize_with(other.figures.len(), Figures::default);
        put(&mut self.buckets, other.buckets, to_come);
        self.codes.iter_mut().zip(other.codes).for_each(|(codes, more)| put(codes, more, to_come));
        self.extra.iter_mut().zip(other.extra).for_each(|(values, more)| put(values, more, to_come));
        self.figures.iter_mut().zip(other.figures).for_each(|(all, more)| all.append(more, to_come));
    }

    /// The rows by where they stand.
    pub fn into_map(self) -> BTreeMap<RowKey, Vec<Option<Exact>>> {
        (0..self.len()).map(|row| (self.key(row), self.figures_of(row))).collect()
    }

    /// Rows by where they stand.
    pub fn from_map(map: &BTreeMap<RowKey, Vec<Option<Exact>>>) -> Self {
        let mut rows = Rows::default();
        map.iter().for_each(|(key, figures)| rows.push(key, figures));
        rows
    }
}

impl FromIterator<Rows> for Rows {
    fn from_iter<I: IntoIterator<Item = Rows>>(parts: I) -> Self {
        let mut parts: Vec<Rows> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if parts.len() == 1 {
            return parts.swap_remove(0);
        }
        let len = parts.iter().map(Rows::len).sum();
        let mut all = Rows::default();
        parts.into_iter().for_each(|part| all.append(part, len));
        all
    }
}
