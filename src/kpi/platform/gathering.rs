//! What do a period's rows add up to, who acted in them, and in which meetings?

use super::acting::{Acting, State};
use crate::kpi::kernels::marks::Marks;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::totals::Totals;
use crate::kpi::scan::chunk::Chunk;
use crate::store::BitVec;

/// Sums of two columns, the acting users and the meetings of each group of a period.
pub struct Gathering {
    totals: Totals<2>,
    people: State,
    meetings: Marks,
}

/// What a group of a period has.
pub struct Gathered {
    /// Rows.
    pub rows: u64,
    /// Sums of the columns.
    pub sums: [i128; 2],
    /// Distinct known acting users.
    pub users: u64,
    /// Distinct meetings.
    pub meetings: u64,
}

impl Gathering {
    /// Nothing added yet, for meetings below `meetings`.
    pub fn new(acting: &Acting<'_, '_, '_>, meetings: usize) -> Self {
        let groups = acting.layout().groups();
        Gathering {
            totals: Totals::new(groups),
            people: acting.state(),
            meetings: Marks::new(groups, meetings),
        }
    }

    /// Adds the rows of a chunk, and those of their meetings that are among some.
    pub fn add(
        &mut self,
        acting: &Acting<'_, '_, '_>,
        chunk: &Chunk<'_>,
        columns: [&[i64]; 2],
        meetings: &BitVec,
    ) {
        self.totals.add(&chunk.groups, chunk.len(), columns);
        self.people.0.add(&acting.fact_groups(&chunk.groups), &chunk.actors, &acting.known);
        self.meetings.add(&chunk.groups, &chunk.meetings, meetings);
    }

    /// Calls `each` with every group that has rows, in order; nothing is left.
    pub fn finish(&mut self, acting: &Acting<'_, '_, '_>, mut each: impl FnMut(u64, Gathered)) {
        // A group with people or meetings has rows; one with rows may have neither.
        let (mut users, mut meetings) = (Vec::new(), Vec::new());
        acting.finish(&mut self.people, |group, n| users.push((group, n)));
        self.meetings.finish(|group, n| meetings.push((group, n)));
        let (mut users, mut meetings) = (users.into_iter().peekable(), meetings.into_iter().peekable());
        self.totals.finish(|group, rows, sums| {
            let users = users.next_if(|entry| entry.0 == group).map_or(0, |entry| entry.1);
            let meetings = meetings.next_if(|entry| entry.0 == group).map_or(0, |entry| entry.1);
            each(group, Gathered { rows, sums, users, meetings });
        });
    }
}

impl Merge for Gathering {
    fn merge(&mut self, other: Self) {
        self.totals.merge(other.totals);
        self.people.merge(other.people);
        self.meetings.merge(other.meetings);
    }
}
