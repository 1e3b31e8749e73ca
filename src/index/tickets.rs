//! The tickets of each user, those of a type together, in the order in which they were opened: of tickets opened
//! at once, the smaller key comes first.
//!
//! A day without an instant stands for its start in UTC, as it does in the rows.

use std::collections::BTreeSet;

use super::Made;
use crate::model::civil::month_index;
use crate::model::{Day, MICROS_PER_DAY, MICROS_PER_SECOND};
use crate::store::snapshot::{CHUNK, ID};
use crate::store::{
    BitVec, Bits, Codes, ColumnFile, ColumnFileBuilder, NULL_ID, NULL_NUMBER, Numbers, Segment, Selection,
    Snapshot, StoreError, Table,
};

/// The look-up's name.
pub(super) const BY_USER: &str = "support_tickets.by_user";

const TABLE: &str = "support_tickets";
const USER: &str = "user_id";
const TYPE: &str = "ticket_type";
const OPEN: &str = "open_date";
const CLOSE: &str = "close_date";

/// A ticket with a user and a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its user.
    pub user: u32,
    /// Its type: the code of the spelling shown.
    pub kind: u32,
    /// When it was opened.
    pub open: Cell,
    /// When it was closed; [`NULL_NUMBER`] where it was not.
    pub close: Cell,
    /// Its id.
    pub id: u32,
}

/// A cell that holds a day or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// In microseconds.
    pub micros: i64,
    /// Whether it is a day.
    pub is_day: bool,
}

/// Calls `visit` with the tickets of every user and type that has several, in order.
///
/// # Errors
/// When the store is damaged.
pub fn each_several(snapshot: &Snapshot, mut visit: impl FnMut(&[Ticket])) -> Result<(), StoreError> {
    let Some(file) = snapshot.derived(BY_USER)? else {
        let all = sorted(snapshot, None)?;
        all.chunk_by(is_alike).filter(|tickets| tickets.len() > 1).for_each(visit);
        return Ok(());
    };
    let tickets = Tickets::of(file, snapshot)?;
    let kinds = tickets.kinds.read(&Selection::Run(0..file.rows()));
    // Which rows are followed by one alike: of most others, nothing else need be read.
    let users = tickets.users.windows(2).map(|pair| pair[0] == pair[1]);
    let kinds = kinds.windows(2).map(|pair| pair[0] == pair[1]);
    let followed: BitVec = users.zip(kinds).map(|(user, kind)| user & kind).collect();
    let mut followed = followed.view().ones().peekable();
    let mut several = Vec::new();
    while let Some(first) = followed.next() {
        let mut last = first + 1;
        while followed.next_if_eq(&last).is_some() {
            last += 1;
        }
        several.clear();
        several.extend((first..=last).map(|row| tickets.get(row as usize)));
        visit(&several);
    }
    Ok(())
}

fn is_alike(a: &Ticket, b: &Ticket) -> bool {
    (a.user, a.kind) == (b.user, b.kind)
}

/// The columns that are read: the look-up has them under the names of the table.
struct Tickets<'a> {
    users: &'a [u32],
    ids: &'a [u32],
    kinds: Codes<'a>,
    opens: (Numbers<'a>, Bits<'a>),
    closes: (Numbers<'a>, Bits<'a>),
}

impl<'a> Tickets<'a> {
    fn of(file: &'a ColumnFile, snapshot: &Snapshot) -> Result<Self, StoreError> {
        let (users, ids) = (file.ids(USER)?.raw, file.ids(ID)?.raw);
        file.check_ids(USER, users, snapshot.ids_of("users"))?;
        file.check_ids(ID, ids, snapshot.ids_of(TABLE))?;
        let cells = |name| Ok((file.numbers(name)?, file.flags(name)?));
        Ok(Tickets { users, ids, kinds: file.codes(TYPE)?, opens: cells(OPEN)?, closes: cells(CLOSE)? })
    }

    fn get(&self, row: usize) -> Ticket {
        let cell = |of: &(Numbers<'_>, Bits<'_>)| Cell { micros: of.0.get(row), is_day: of.1.get(row) };
        Ticket {
            user: self.users[row],
            kind: self.kinds.get(row),
            open: cell(&self.opens),
            close: cell(&self.closes),
            id: self.ids[row],
        }
    }
}

/// Builds the look-up of a snapshot, from that of the one before as far as months are the same.
pub(super) fn build(snapshot: &Snapshot, before: &Snapshot) -> Result<Vec<Made>, StoreError> {
    let all = sorted(snapshot, Some(before))?;
    let mut file = ColumnFileBuilder::new(all.len());
    file.ids(USER, &all.iter().map(|t| t.user).collect::<Vec<_>>());
    file.ids(ID, &all.iter().map(|t| t.id).collect::<Vec<_>>());
    file.codes(TYPE, &all.iter().map(|t| t.kind).collect::<Vec<_>>());
    let mut put = |name: &str, cells: Vec<Cell>| {
        let micros: Vec<i64> = cells.iter().map(|cell| cell.micros).collect();
        file.numbers(name, &micros, &[MICROS_PER_SECOND, 1]);
        file.flags(name, &cells.iter().map(|cell| cell.is_day).collect::<BitVec>());
    };
    put(OPEN, all.iter().map(|t| t.open).collect());
    put(CLOSE, all.iter().map(|t| t.close).collect());
    Ok(vec![(file, all.len())])
}

fn sorted(snapshot: &Snapshot, before: Option<&Snapshot>) -> Result<Vec<Ticket>, StoreError> {
    let Some(table) = snapshot.named(TABLE) else { return Ok(Vec::new()) };
    let mut all: Vec<Ticket> = Vec::new();
    let mut kept: BTreeSet<i32> = BTreeSet::new();
    if let Some(before) = before
        && let (Some(file), Some(old)) = (before.derived(BY_USER)?, before.named(TABLE))
    {
        let same = |s: &&Segment| old.segments.iter().any(|o| o.info.file.hash == s.info.file.hash);
        kept.extend(table.segments.iter().filter(same).filter_map(|segment| segment.info.month));
        let tickets = Tickets::of(file, snapshot)?;
        let month = |t: &Ticket| month_index(t.open.micros.div_euclid(MICROS_PER_DAY) as Day);
        all.extend((0..file.rows()).map(|row| tickets.get(row)).filter(|t| kept.contains(&month(t))));
    }
    for segment in table.segments.iter().filter(|s| s.info.month.is_none_or(|m| !kept.contains(&m))) {
        let file = segment.open()?;
        let tickets = Tickets::of(file, snapshot)?;
        all.extend((0..file.rows()).map(|row| tickets.get(row)));
    }
    let shown = table.dictionary(table.def.column(TYPE))?.map_or(vec![0], |types| types.shown());
    all.iter_mut().for_each(|t| t.kind = shown.get(t.kind as usize).copied().unwrap_or(0));
    all.retain(|t| t.user != NULL_ID && t.kind != 0 && t.open.micros != NULL_NUMBER);
    let place = |t: &Ticket| (t.user, t.kind, t.open.micros);
    // What comes from the look-up before is in order already, of which a stable sort makes use.
    all.sort_by_key(place);
    for at_once in all.chunk_by_mut(|a, b| place(a) == place(b)).filter(|tickets| tickets.len() > 1) {
        let mut keyed: Vec<(Vec<u8>, Ticket)> =
            at_once.iter().map(|t| Ok((key(table, t.id)?, *t))).collect::<Result<_, StoreError>>()?;
        keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        at_once.iter_mut().zip(keyed).for_each(|(place, (_, ticket))| *place = ticket);
    }
    Ok(all)
}

fn key(table: &Table, id: u32) -> Result<Vec<u8>, StoreError> {
    let chunks = table.chunks()?;
    let Some((first, file)) = chunks.get(id as usize / CHUNK) else { return Ok(Vec::new()) };
    Ok(file.keys("ticket_id")?.get(id as usize - first).unwrap_or_default())
}
