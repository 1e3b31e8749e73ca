//! The licences of each user, in the order in which the licence rule tries them.
//!
//! The licence rule: a day belongs to the one licence of the user whose term covers it: the latest
//! start, then the latest end (none = latest), then the smallest key.

use super::Made;
use crate::model::Day;
use crate::store::{ColumnFile, ColumnFileBuilder, NULL_ID, NULL_NUMBER, Snapshot, StoreError};

/// The look-up's name.
pub const BY_USER: &str = "licenses.by_user";

/// End of an open term.
const OPEN: i64 = i32::MAX as i64;

struct Licence {
    user: u32,
    start: i64,
    end: i64,
    key: Vec<u8>,
    id: u32,
}

pub(super) fn build(snapshot: &Snapshot) -> Result<Vec<Made>, StoreError> {
    let mut all: Vec<Licence> = Vec::new();
    if let Some(table) = snapshot.named("licenses") {
        for (first, file) in table.chunks()? {
            let users = file.ids("assigned_user_id")?;
            let (starts, ends) = (file.numbers("start_date")?, file.numbers("end_date")?);
            let keys = file.keys("license_id")?;
            for row in 0..file.rows() {
                let (user, start) = (users.get(row), starts.get(row));
                if user == NULL_ID || start == NULL_NUMBER {
                    continue;
                }
                let end = match ends.get(row) {
                    NULL_NUMBER => OPEN,
                    end => end,
                };
                all.push(Licence {
                    user,
                    start,
                    end,
                    key: keys.get(row).unwrap_or_default(),
                    id: (first + row) as u32,
                });
            }
        }
    }
    all.sort_by(|a, b| {
        a.user
            .cmp(&b.user)
            .then(b.start.cmp(&a.start))
            .then(b.end.cmp(&a.end))
            .then_with(|| a.key.cmp(&b.key))
    });
    let mut file = ColumnFileBuilder::new(all.len());
    file.ids("user", &all.iter().map(|l| l.user).collect::<Vec<_>>());
    file.numbers("start", &all.iter().map(|l| l.start).collect::<Vec<_>>(), &[1]);
    file.numbers("end", &all.iter().map(|l| l.end).collect::<Vec<_>>(), &[1]);
    file.ids("license", &all.iter().map(|l| l.id).collect::<Vec<_>>());
    Ok(vec![(file, all.len())])
}

/// The licences of all users, ready for the licence rule.
#[derive(Default)]
pub struct LicencesByUser {
    first: Vec<u32>,
    terms: Vec<(Day, Day, u32)>,
}

impl LicencesByUser {
    /// Reads the look-up of a snapshot.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read(snapshot: &Snapshot) -> Result<Self, StoreError> {
        let Some(file) = snapshot.derived(BY_USER)? else { return Ok(Self::default()) };
        Self::from_file(file, snapshot.ids_of("users"), snapshot.ids_of("licenses"))
    }

    fn from_file(file: &ColumnFile, users: usize, ids: usize) -> Result<Self, StoreError> {
        let (of, licenses) = (file.ids("user")?, file.ids("license")?);
        file.check_ids("license", licenses.raw, ids)?;
        let (starts, ends) = (file.numbers("start")?, file.numbers("end")?);
        let mut first = vec![0u32; users + 1];
        for row in 0..file.rows() {
            match first.get_mut(of.get(row) as usize + 1) {
                Some(count) => *count += 1,
                None => {
                    return Err(StoreError::damaged(file.path(), format!("it names user {}", of.get(row))));
                }
            }
        }
        for user in 0..users {
            first[user + 1] += first[user];
        }
        let terms =
            (0..file.rows()).map(|r| (starts.get(r) as Day, ends.get(r) as Day, licenses.get(r))).collect();
        Ok(LicencesByUser { first, terms })
    }

    /// The licences of a user, in the order of the rule: first day, last day, id.
    pub fn of(&self, user: u32) -> &[(Day, Day, u32)] {
        let at = user as usize;
        match (self.first.get(at), self.first.get(at.wrapping_add(1))) {
            (Some(&a), Some(&b)) => &self.terms[a as usize..b as usize],
            _ => &[],
        }
    }

    /// Every licence with its user: first day, last day, id.
    pub fn all(&self) -> impl Iterator<Item = (u32, (Day, Day, u32))> {
        let users = 0..self.first.len().saturating_sub(1) as u32;
        users.flat_map(|user| self.of(user).iter().map(move |&licence| (user, licence)))
    }

    /// The licence that a user's day belongs to.
    pub fn covering(&self, user: u32, day: Day) -> Option<u32> {
        self.of(user).iter().find(|(start, end, _)| *start <= day && day <= *end).map(|(_, _, id)| *id)
    }
}
