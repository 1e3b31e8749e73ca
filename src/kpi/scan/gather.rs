//! Which values does each period and group have?

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::Scan;
use super::chunk::Chunk;
use super::run::rows;
use crate::kpi::error::KpiError;
use crate::kpi::kernels::by_group::ByGroup;
use crate::kpi::kernels::merge::Merge;
use crate::store::{NULL_NUMBER, StoreError};

impl<'a> Scan<'a, '_> {
    /// Puts the values of rows, as far as they are not missing, together by period and group, of rows in no order
    /// of the clock: sorting what they have is less work than sorting the rows. `finish` takes the values of a
    /// period; what it makes of them comes in several parts, in order, and with them the number of rows without a
    /// value.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn gathered<O: Send + Default>(
        &self,
        values: impl Fn(&Chunk<'a>) -> Result<Vec<i64>, StoreError> + Sync,
        finish: impl Fn(&mut ByGroup, u32, &mut O) + Sync,
    ) -> Result<(Vec<O>, u64), KpiError> {
        let parts = self.files()?;
        let joins = self.joins(&parts)?;
        self.lookups.work().add_rows(rows(&parts) as u64);
        let without = AtomicU64::new(0);
        let new = || {
            let lots = (0..self.periods.count()).map(|_| ByGroup::new(self.layout.groups()));
            Lots(vec![lots.collect()])
        };
        let visit = |lots: &mut Lots, chunk: &Chunk<'a>| {
            let mut missing = 0;
            let values = values(chunk)?;
            for (at, (bucket, value)) in self.buckets(chunk)?.into_iter().zip(values).enumerate() {
                // No period is behind all others.
                let Some(lot) = lots.0[0].get_mut(bucket as usize) else { continue };
                if value == NULL_NUMBER {
                    missing += 1;
                } else {
                    lot.push(chunk.groups.of(at), value);
                }
            }
            without.fetch_add(missing, Ordering::Relaxed);
            Ok(())
        };
        let Lots(lots) = self.fold(&parts, &joins, &new, &visit)?;
        let mut of_periods: Vec<Vec<ByGroup>> = (0..self.periods.count()).map(|_| Vec::new()).collect();
        for lots in lots {
            of_periods.iter_mut().zip(lots).for_each(|(of_period, lot)| of_period.push(lot));
        }
        let finish = |(bucket, lots): (usize, Vec<ByGroup>)| {
            let mut all = ByGroup::new(self.layout.groups());
            lots.into_iter().for_each(|lot| all.merge(lot));
            let mut output = O::default();
            finish(&mut all, bucket as u32, &mut output);
            output
        };
        let found = of_periods.into_par_iter().with_max_len(1).enumerate().map(finish).collect();
        Ok((found, without.into_inner()))
    }
}

/// The values of each period, of each thread.
struct Lots(Vec<Vec<ByGroup>>);

impl Merge for Lots {
    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}
