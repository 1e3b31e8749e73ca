//! The licences of each user, in the order in which the licence rule tries them, and when the next one begins.
//!
//! The licence rule: a day belongs to the one licence of the user whose term covers it: the latest
//! start, then the latest end (none = latest), then the smallest key.

use super::Made;
use crate::model::Day;
use crate::store::{ColumnFile, ColumnFileBuilder, NULL_ID, NULL_NUMBER, Selection, Snapshot, StoreError};

/// The column of a licence's type.
pub const TYPE: &str = "license_type";

/// The look-up's name.
pub const BY_USER: &str = "licenses.by_user";
/// The look-up, by id, of when the next licence begins.
pub const NEXT: &str = "licenses.next";

/// The look-ups that are made together.
pub(super) const NAMES: &[&str] = &[BY_USER, NEXT];

/// A successor starts at most this many days before the end,
pub const SUCCESSOR_BEFORE: Day = 90;
/// and at most this many days after it.
pub const SUCCESSOR_AFTER: Day = 30;

/// Terms, in months, that a licence's length is rounded to.
pub const TERMS: [u8; 7] = [1, 2, 3, 6, 12, 24, 36];

/// The term of a licence without an end.
pub const NO_TERM: u8 = 0;

/// The term of a licence from its first to its last day, in months: days ÷ 30.4375, to the nearest of the
/// [`TERMS`], the smaller on a tie.
pub fn term(start: Day, end: Day) -> u8 {
    if i64::from(end) == OPEN {
        return NO_TERM;
    }
    // 30.4375 = 487 ÷ 16, so that the comparison is one of whole numbers.
    let days = (i64::from(end) - i64::from(start)) * 16;
    let distance = |months: &u8| (days - i64::from(*months) * 487).abs();
    TERMS.into_iter().min_by_key(distance).expect("there are terms")
}

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
    let next = next(
        snapshot,
        all.chunk_by(|a, b| a.user == b.user)
            .map(|own| own.iter().map(|l| (l.start as Day, l.end as Day, l.id)).collect::<Vec<_>>()),
    )?;
    let mut by_id = ColumnFileBuilder::new(next.len());
    for (name, column) in [ANY, SAME].into_iter().zip(0..) {
        let start =
            |starts: &[Day; 2]| if starts[column] == NEVER { NULL_NUMBER } else { starts[column].into() };
        by_id.numbers(name, &next.iter().map(start).collect::<Vec<_>>(), &[1]);
    }
    Ok(vec![(file, all.len()), (by_id, next.len())])
}

/// The start of a licence that there is not.
pub const NEVER: Day = Day::MAX;

const ANY: &str = "any";
const SAME: &str = "same_type";

/// For each licence by id when its user's first successor to it starts, and the first one of its type: another
/// licence that starts later, and near its end; [`NEVER`] where there is none.
///
/// # Errors
/// When the store is damaged.
pub fn next_starts(snapshot: &Snapshot) -> Result<Vec<[Day; 2]>, StoreError> {
    let Some(file) = snapshot.derived(NEXT)? else {
        let licences = LicencesByUser::read(snapshot)?;
        return next(snapshot, (0..snapshot.ids_of("users") as u32).map(|user| licences.of(user)));
    };
    let [any, same] = [file.numbers(ANY)?, file.numbers(SAME)?];
    let start = |number: i64| if number == NULL_NUMBER { NEVER } else { number as Day };
    Ok((0..file.rows()).map(|id| [start(any.get(id)), start(same.get(id))]).collect())
}

/// As [`next_starts`], of the licences of each user in the order of the rule.
fn next<T: AsRef<[(Day, Day, u32)]>>(
    snapshot: &Snapshot,
    by_user: impl Iterator<Item = T>,
) -> Result<Vec<[Day; 2]>, StoreError> {
    let kinds = kinds(snapshot)?;
    let mut starts = vec![[NEVER; 2]; snapshot.ids_of("licenses")];
    for own in by_user {
        let own = own.as_ref();
        for (start, end, id) in own.iter().filter(|_| own.len() > 1) {
            let (first, last) = (end.saturating_sub(SUCCESSOR_BEFORE), end.saturating_add(SUCCESSOR_AFTER));
            // The latest start comes first.
            let from = own.partition_point(|other| other.0 > last);
            let to = own.partition_point(|other| other.0 >= first && other.0 > *start);
            let successors = own.get(from..to).unwrap_or_default();
            let kind = |id: u32| kinds.get(id as usize).copied().unwrap_or(0);
            let is_same = |other: &&(Day, Day, u32)| kind(*id) != 0 && kind(other.2) == kind(*id);
            let [any, same] = [successors.last(), successors.iter().rfind(is_same)];
            // A damaged look-up may hold a missing id.
            if let Some(starts) = starts.get_mut(*id as usize) {
                *starts = [any, same].map(|found| found.map_or(NEVER, |other| other.0));
            }
        }
    }
    Ok(starts)
}

/// The type of each licence, by id: the code of the spelling shown.
fn kinds(snapshot: &Snapshot) -> Result<Vec<u32>, StoreError> {
    let Some(table) = snapshot.named("licenses") else { return Ok(Vec::new()) };
    let shown = table.dictionary(table.def.column(TYPE))?.map_or(vec![0], |dictionary| dictionary.shown());
    let mut kinds = Vec::with_capacity(snapshot.ids_of("licenses"));
    for (_, file) in table.chunks()? {
        let codes = file.codes(TYPE)?.read(&Selection::Run(0..file.rows()));
        kinds.extend(codes.into_iter().map(|code| shown.get(code as usize).copied().unwrap_or(0)));
    }
    Ok(kinds)
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

    /// The licence that a user's day belongs to: first day, last day, id.
    pub fn covering(&self, user: u32, day: Day) -> Option<(Day, Day, u32)> {
        self.of(user).iter().find(|(start, end, _)| *start <= day && day <= *end).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_the_nearest() {
        for (days, months) in
            [(0, 1), (30, 1), (45, 1), (46, 2), (90, 3), (365, 12), (364, 12), (730, 24), (4000, 36)]
        {
            assert_eq!(term(500, 500 + days), months, "{days} days");
        }
        assert_eq!(term(500, OPEN as Day), NO_TERM);
    }
}
