//! How do a period and a group make one number? `period × groups + group`, in the order of the answer.
//!
//! Invariant: numbers are in the order of the codes of the first dimension, then of the second, and so on;
//! a missing value (code 0) comes behind all others, as it does in an answer.

use super::Side;
use crate::kpi::error::KpiError;
use crate::store::vector::changed;

/// The numbering of the groups of some dimensions.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The dimensions, by their position in the answer.
    pub dims: Vec<usize>,
    strides: Vec<u64>,
    cardinalities: Vec<u64>,
    groups: u64,
    /// Slots are below this.
    pub slots: u64,
}

impl Layout {
    /// The layout of the chosen dimensions (by position) of a side.
    ///
    /// # Errors
    /// When there are more groups than a number can tell apart.
    pub fn new(side: &Side, dims: &[usize], periods: usize) -> Result<Self, KpiError> {
        let cardinality = |&d: &usize| side.dims[d].as_ref().map_or(1, |dim| dim.cardinality.max(1));
        let cardinalities: Vec<u64> = dims.iter().map(cardinality).collect();
        let mut groups = 1u64;
        let mut strides = vec![1; dims.len()];
        for (stride, &cardinality) in strides.iter_mut().zip(&cardinalities).rev() {
            *stride = groups;
            groups = groups.checked_mul(cardinality).ok_or_else(too_many)?;
        }
        let slots = groups.checked_mul(periods.max(1) as u64).ok_or_else(too_many)?;
        Ok(Layout { dims: dims.to_vec(), strides, cardinalities, groups, slots })
    }

    /// Number of the parts of all groups, of which each has so many.
    ///
    /// # Errors
    /// When there are more than a number can tell apart.
    pub fn cells(&self, parts: u64) -> Result<u64, KpiError> {
        self.groups.checked_mul(parts).ok_or_else(too_many)
    }

    /// The first slot of a period.
    pub fn period(&self, bucket: u32) -> u64 {
        u64::from(bucket) * self.groups
    }

    /// What a code of the dimension at a place of the layout adds to the number of the group. A code that
    /// does not exist counts as missing.
    #[inline]
    pub fn part(&self, at: usize, code: u32) -> u64 {
        let last = self.cardinalities[at] - 1;
        u64::from(code.wrapping_sub(1)).min(last) * self.strides[at]
    }

    /// Adds what a dimension's codes add to the numbers of groups, where these fit.
    pub fn add_parts(&self, at: usize, codes: &[u32], groups: &mut [u32]) {
        let (last, stride) = ((self.cardinalities[at] - 1) as u32, self.strides[at] as u32);
        changed(groups, codes, move |group, code| *group += code.wrapping_sub(1).min(last) * stride);
    }

    /// Number of groups.
    pub fn groups(&self) -> u64 {
        self.groups
    }

    /// Whether the groups can be told apart by 32 bits.
    pub(super) fn is_narrow(&self) -> bool {
        self.groups <= u64::from(u32::MAX)
    }

    /// The code that a group has in the dimension at a place of the layout.
    #[inline]
    pub fn code(&self, at: usize, group: u64) -> u32 {
        let part = match self.strides.as_slice() {
            [_] => group,
            strides => group / strides[at] % self.cardinalities[at],
        };
        if part + 1 == self.cardinalities[at] { 0 } else { part as u32 + 1 }
    }

    /// Period of a slot and the codes of its group.
    pub fn split(&self, slot: u64) -> (u32, Vec<u32>) {
        let codes = (0..self.dims.len()).map(|at| self.code(at, slot % self.groups)).collect();
        ((slot / self.groups) as u32, codes)
    }
}

fn too_many() -> KpiError {
    KpiError::Usage("--by asks for more groups than can be told apart: leave one out".into())
}
