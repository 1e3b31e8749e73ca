//! What do a period's rows add up to, who acted in them, and in which meetings?

use super::acting::{Acting, State};
use crate::kpi::kernels::marks::Marks;
use crate::kpi::kernels::merge::Merge;
use crate::kpi::kernels::totals::Totals;
use crate::kpi::lookup::References;
use crate::kpi::scan::chunk::Chunk;
use crate::store::BitVec;

/// Sums of two columns, the acting users and the meetings of each group of a period.
pub struct Gathering<'h, 'a> {
    /// Who hosts each meeting, where the host is who acts, so that a meeting is of one user.
    hosts: Option<&'h References<'a>>,
    totals: Totals<2>,
    people: State<'h>,
    /// In groups of all dimensions; where the hosts act, of those that are not of the user.
    meetings: Marks<'h>,
    /// Meetings of such hosts, in groups of all dimensions.
    hosted: Totals<0>,
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

impl<'h, 'a> Gathering<'h, 'a> {
    /// Nothing added yet, for the known `meetings`; `hosts` of these where they are who acts.
    pub fn new(
        acting: &'h Acting<'_, '_, '_>,
        meetings: &'h BitVec,
        hosts: Option<&'h References<'a>>,
    ) -> Self {
        let groups = acting.layout().groups();
        let hosts = hosts.filter(|_| acting.is_by_user());
        let marked = if hosts.is_some() { acting.fact_layout().groups() } else { groups };
        Gathering {
            hosts,
            totals: Totals::new(groups),
            people: acting.state(),
            meetings: Marks::new(marked, meetings),
            hosted: Totals::new(if hosts.is_some() { groups } else { 0 }),
        }
    }

    /// Adds the rows of a chunk.
    pub fn add(&mut self, acting: &Acting<'_, '_, '_>, chunk: &Chunk<'_>, columns: [&[i64]; 2]) {
        self.totals.add(&chunk.groups, chunk.len(), columns);
        let fact_groups = acting.fact_groups(&chunk.groups);
        self.people.0.add(&fact_groups, &chunk.actors);
        let groups = if self.hosts.is_some() { &*fact_groups } else { &chunk.groups };
        self.meetings.add(groups, &chunk.meetings);
    }

    /// Calls `each` with every group that has rows, in order; nothing is left.
    pub fn finish(&mut self, acting: &Acting<'_, '_, '_>, mut each: impl FnMut(u64, Gathered)) {
        // A group with people or meetings has rows; one with rows may have neither.
        let (mut users, mut meetings) = (Vec::new(), Vec::new());
        acting.finish(&mut self.people, |group, n| users.push((group, n)));
        let Gathering { hosted, .. } = self;
        match self.hosts {
            None => self.meetings.finish(|group, n| meetings.push((group, n))),
            Some(hosts) => {
                self.meetings.finish_ids(|fact_group, ids| {
                    let hosts: Vec<u32> = ids.iter().map(|&id| hosts.of(id)).collect();
                    hosted.add(&acting.groups_of(fact_group, &hosts, 1, None), hosts.len(), []);
                });
                hosted.finish(|group, n, _| meetings.push((group, n)));
            }
        }
        let (mut users, mut meetings) = (users.into_iter().peekable(), meetings.into_iter().peekable());
        self.totals.finish(|group, rows, sums| {
            let users = users.next_if(|entry| entry.0 == group).map_or(0, |entry| entry.1);
            let meetings = meetings.next_if(|entry| entry.0 == group).map_or(0, |entry| entry.1);
            each(group, Gathered { rows, sums, users, meetings });
        });
    }
}

impl Merge for Gathering<'_, '_> {
    fn merge(&mut self, other: Self) {
        self.totals.merge(other.totals);
        self.people.merge(other.people);
        self.meetings.merge(other.meetings);
        self.hosted.merge(other.hosted);
    }
}
