//! What do the numbers of a column add up to, per period and group?

use std::sync::atomic::{AtomicU64, Ordering};

use super::Scan;
use super::chunk::Chunk;
use crate::kpi::error::KpiError;
use crate::kpi::kernels::totals::{Totals, clear_missing, take_away};
use crate::model::ColumnDef;
use crate::store::StoreError;

impl<'a> Scan<'a, '_> {
    /// Adds up `N` columns per period and group. `emit` takes a period, a group, its number of rows and
    /// the sums, in order; what it makes of them comes in several parts, in order.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn totals<const N: usize, O: Send + Default>(
        &self,
        columns: impl Fn(&Chunk<'a>) -> Result<[Vec<i64>; N], StoreError> + Sync,
        emit: impl Fn(&mut O, u32, u64, u64, [i128; N]) + Sync,
    ) -> Result<Vec<O>, KpiError> {
        self.by_period(
            || Totals::<N>::new(self.layout.groups()),
            |state, chunk| {
                let columns = columns(chunk)?;
                state.add(&chunk.groups, chunk.len(), columns.each_ref().map(Vec::as_slice));
                Ok(())
            },
            |state, bucket, output| {
                state.finish(|group, rows, sums| emit(output, bucket, group, rows, sums));
            },
        )
    }

    /// Adds up a column of whole numbers per period and group. `emit` takes a period, a group, its number of
    /// rows and the sum, in order; what it makes of them comes in several parts, in order, and with them the
    /// number of rows without a number.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn sums<O: Send + Default>(
        &self,
        column: &ColumnDef,
        emit: impl Fn(&mut O, u32, u64, u64, i128) + Sync,
    ) -> Result<(Vec<O>, u64), KpiError> {
        let without = AtomicU64::new(0);
        let scan = self.flagged();
        let found = scan.by_period(
            || Totals::<1>::new(scan.layout.groups()),
            |state, chunk| {
                let stored = chunk.stored_integers(column)?;
                if let Some(stored) = &stored {
                    if scan.is_flagged {
                        let found = stored.sum(&chunk.rows, chunk.flags.as_deref());
                        without.fetch_add(found.missing, Ordering::Relaxed);
                        state.add_rows(0, found.rows, [found.sum]);
                        return Ok(());
                    }
                    if let Some(missing) = state.add_stored(&chunk.groups, stored, &chunk.rows, None) {
                        without.fetch_add(missing.len() as u64, Ordering::Relaxed);
                        return Ok(());
                    }
                }
                let mut numbers = chunk.of_those_that_count(chunk.integers(column)?);
                without.fetch_add(clear_missing(&mut numbers), Ordering::Relaxed);
                state.add(&chunk.groups, numbers.len(), [&numbers]);
                Ok(())
            },
            |state, bucket, output| {
                state.finish(|group, rows, [sum]| emit(output, bucket, group, rows, sum));
            },
        )?;
        Ok((found, without.into_inner()))
    }

    /// Adds up a column of numbers per period and group, where rows of some categories, which have a 1 in `taken`
    /// by their code, take their amount away, whatever its sign. `emit` takes a period, a group, its number of
    /// rows and the sum, in order; what it makes of them comes in several parts, in order, and with them the
    /// number of rows without a number.
    ///
    /// # Errors
    /// When the store is damaged, or there are too many groups.
    pub fn signed_sums<O: Send + Default>(
        &self,
        column: &str,
        category: &str,
        taken: &[u8],
        emit: impl Fn(&mut O, u32, u64, u64, i128) + Sync,
    ) -> Result<(Vec<O>, u64), KpiError> {
        let without = AtomicU64::new(0);
        let found = self.by_period(
            || Totals::<1>::new(self.layout.groups()),
            |state, chunk| {
                let stored = chunk.stored(column)?;
                let taken = chunk.stored_codes(category)?.look_up(&chunk.rows, taken, 0);
                if let Some(missing) = state.add_stored(&chunk.groups, &stored, &chunk.rows, Some(&taken)) {
                    without.fetch_add(missing.len() as u64, Ordering::Relaxed);
                    return Ok(());
                }
                let mut numbers = stored.read(&chunk.rows);
                without.fetch_add(clear_missing(&mut numbers), Ordering::Relaxed);
                take_away(&mut numbers, &taken);
                state.add(&chunk.groups, chunk.len(), [&numbers]);
                Ok(())
            },
            |state, bucket, output| {
                state.finish(|group, rows, [sum]| emit(output, bucket, group, rows, sum));
            },
        )?;
        Ok((found, without.into_inner()))
    }
}
