//! The rows of an answer before they are written: a list per column, where each row stands in a period
//! and a group.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::context::{GroupKey, RowKey};
use super::exact::Exact;
use super::scan::Layout;
use crate::store::room_for;

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

    /// The figures of several lists, one behind the other.
    fn concat(parts: Vec<Figures>) -> Figures {
        let all = |is: fn(&Figures) -> bool| parts.iter().all(is);
        if all(|part| matches!(part, Figures::Whole(_))) {
            let numbers = |part| if let Figures::Whole(numbers) = part { numbers } else { Vec::new() };
            return Figures::Whole(concat(parts.into_iter().map(numbers).collect()));
        }
        if all(|part| matches!(part, Figures::Ratios(..))) {
            let both = |part| match part {
                Figures::Ratios(numerators, denominators) => (numerators, denominators),
                _ => Default::default(),
            };
            let (numerators, denominators) = parts.into_iter().map(both).unzip();
            return Figures::Ratios(concat(numerators), concat(denominators));
        }
        Figures::Exact(parts.iter().flat_map(|part| (0..part.len()).map(|row| part.get(row))).collect())
    }
}

/// Several lists as one, one behind the other.
fn concat<T: Copy>(parts: Vec<Vec<T>>) -> Vec<T> {
    let mut all = room_for(parts.iter().map(Vec::len).sum());
    parts.into_iter().for_each(|part| all.extend_from_slice(&part));
    all
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
        if let ([codes], [_]) = (self.codes.as_mut_slice(), layout.dims.as_slice()) {
            codes.push(layout.code(0, group));
        } else if layout.dims.len() == dims {
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
        if parts.len() <= 1 {
            return parts.pop().unwrap_or_default();
        }
        // Column by column, for which there are as many in each part.
        fn sort_out<T>(all: &mut Vec<Vec<T>>, part: Vec<T>) {
            all.resize_with(part.len().max(all.len()), Vec::new);
            all.iter_mut().zip(part).for_each(|(all, column)| all.push(column));
        }
        let is_large = parts.iter().map(Rows::len).sum::<usize>() >= PARALLEL_MIN;
        let (mut buckets, mut codes, mut extra, mut figures) = (vec![], vec![], vec![], vec![]);
        for part in parts {
            sort_out(&mut buckets, vec![part.buckets]);
            sort_out(&mut codes, part.codes);
            sort_out(&mut extra, part.extra);
            sort_out(&mut figures, part.figures);
        }
        let numbers = || {
            let all = buckets.into_iter().chain(codes).collect();
            let mut all: Vec<Vec<u32>> = for_each(all, is_large, concat);
            (all.remove(0), all)
        };
        let others = || {
            let extra = for_each(extra, false, concat);
            (extra, for_each(figures, is_large, Figures::concat))
        };
        let ((buckets, codes), (extra, figures)) =
            if is_large { rayon::join(numbers, others) } else { (numbers(), others()) };
        Rows { buckets, codes, extra, figures }
    }
}

/// From so many rows on, columns are put together on all threads.
const PARALLEL_MIN: usize = 1 << 16;

fn for_each<T: Send, U: Send>(all: Vec<T>, is_large: bool, of: impl Fn(T) -> U + Send + Sync) -> Vec<U> {
    if is_large {
        all.into_par_iter().with_max_len(1).map(of).collect()
    } else {
        all.into_iter().map(of).collect()
    }
}
