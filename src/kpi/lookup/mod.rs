//! Columns by surrogate id, decoded once per query and shared by everything that asks.

mod by_id;
mod keys;
mod ranks;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, OnceLock};

use roaring::RoaringBitmap;

pub use self::by_id::{CodesById, Instants, References};
pub use self::keys::Keys;
pub use self::ranks::Ranks;
pub use self::work::Work;

use crate::index::attributes;
use crate::index::licenses::{self, LicencesByUser};
use crate::kpi::billing::Memo;
use crate::model::{ColumnType, Day, MICROS_PER_DAY, SCHEMA, civil};
use crate::store::snapshot::KNOWN;
use crate::store::{BitVec, ColumnFile, Dictionary, NULL_ID, NULL_NUMBER, Snapshot, StoreError, sets};

/// Values of an attribute and the users who have each.
pub type ValueSets = Vec<(i64, RoaringBitmap)>;

type Cache<T> = Mutex<HashMap<(&'static str, &'static str), Arc<T>>>;

/// Look-ups over one snapshot.
pub struct Lookups<'a> {
    snapshot: &'a Snapshot,
    codes: Cache<Vec<u32>>,
    numbers: Cache<Vec<i64>>,
    ids: Cache<Vec<u32>>,
    shown: Cache<Vec<u32>>,
    known: Cache<RoaringBitmap>,
    known_bits: Cache<BitVec>,
    ranks: Cache<Ranks>,
    ranked: Cache<CodesById>,
    attributes: Cache<ValueSets>,
    licences: OnceLock<Arc<LicencesByUser>>,
    next_licences: OnceLock<Arc<Vec<[Day; 2]>>>,
    billing: Memo,
    work: Work,
}

fn cached<T>(
    cache: &Cache<T>,
    key: (&'static str, &'static str),
    make: impl FnOnce() -> Result<T, StoreError>,
) -> Result<Arc<T>, StoreError> {
    if let Some(found) = cache.lock().expect("no panic holds this lock").get(&key) {
        return Ok(found.clone());
    }
    let made = Arc::new(make()?);
    cache.lock().expect("no panic holds this lock").insert(key, made.clone());
    Ok(made)
}

impl<'a> Lookups<'a> {
    /// Nothing decoded yet.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Lookups {
            snapshot,
            codes: Cache::default(),
            numbers: Cache::default(),
            ids: Cache::default(),
            shown: Cache::default(),
            known: Cache::default(),
            known_bits: Cache::default(),
            ranks: Cache::default(),
            ranked: Cache::default(),
            attributes: Cache::default(),
            licences: OnceLock::new(),
            next_licences: OnceLock::new(),
            billing: Memo::default(),
            work: Work::default(),
        }
    }

    /// What has been worked out of the billing tables already.
    pub fn billing(&self) -> &Memo {
        &self.billing
    }

    /// How much has been read.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// The snapshot.
    pub fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// Number of ids of a table.
    pub fn ids_of(&self, table: &str) -> usize {
        self.snapshot.ids_of(table)
    }

    /// Number of ids of the table that a column refers to.
    pub fn referred(&self, table: &str, column: &str) -> usize {
        let def = SCHEMA.get(SCHEMA.id(table));
        match def.columns[def.column(column)].ty {
            ColumnType::Reference(to) => self.ids_of(to),
            _ => 0,
        }
    }

    /// For each code of a category column, the code of the spelling shown.
    ///
    /// # Errors
    /// When the store is damaged; so for the others.
    pub fn shown(&self, table: &'static str, column: &'static str) -> Result<Arc<Vec<u32>>, StoreError> {
        cached(&self.shown, (table, column), || {
            let Some(t) = self.snapshot.named(table) else { return Ok(vec![0]) };
            Ok(t.dictionary(t.def.column(column))?.map_or(vec![0], |d| d.shown()))
        })
    }

    /// The shown code of a category column, by id.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn codes(&self, table: &'static str, column: &'static str) -> Result<Arc<Vec<u32>>, StoreError> {
        let shown = self.shown(table, column)?;
        cached(&self.codes, (table, column), || {
            let mut all = Vec::with_capacity(self.ids_of(table));
            for (_, file) in self.snapshot.named(table).map(|t| t.chunks()).transpose()?.unwrap_or_default() {
                let codes = file.codes(column)?;
                all.extend((0..file.rows()).map(|r| shown.get(codes.get(r) as usize).copied().unwrap_or(0)));
            }
            Ok(all)
        })
    }

    /// The numbers of a column, by id.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn numbers(&self, table: &'static str, column: &'static str) -> Result<Arc<Vec<i64>>, StoreError> {
        cached(&self.numbers, (table, column), || {
            let mut all = Vec::with_capacity(self.ids_of(table));
            for (_, file) in self.snapshot.named(table).map(|t| t.chunks()).transpose()?.unwrap_or_default() {
                let (numbers, start) = (file.numbers(column)?, all.len());
                all.extend((0..file.rows()).map(|r| numbers.get(r)));
                if let Some(limits) = calendar(table, column) {
                    file.check_numbers(column, &all[start..], &limits)?;
                }
            }
            Ok(all)
        })
    }

    /// The references of a column, by id.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn references(&self, table: &'static str, column: &'static str) -> Result<Arc<Vec<u32>>, StoreError> {
        cached(&self.ids, (table, column), || {
            let mut all = Vec::with_capacity(self.ids_of(table));
            for (_, file) in self.snapshot.named(table).map(|t| t.chunks()).transpose()?.unwrap_or_default() {
                let ids = file.ids(column)?.raw;
                file.check_ids(column, ids, self.referred(table, column))?;
                all.extend_from_slice(ids);
            }
            Ok(all)
        })
    }

    /// The ids of a table that have a row.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn known(&self, table: &'static str) -> Result<Arc<RoaringBitmap>, StoreError> {
        cached(&self.known, (table, KNOWN), || {
            if let ("users", Some(file)) = (table, self.snapshot.derived(attributes::KNOWN)?) {
                return Ok(sets::read(file, self.ids_of("users"), |_| true)?
                    .into_iter()
                    .map(|(_, set)| set)
                    .next()
                    .unwrap_or_default());
            }
            let mut set = RoaringBitmap::new();
            for (first, file) in
                self.snapshot.named(table).map(|t| t.chunks()).transpose()?.unwrap_or_default()
            {
                set.extend(file.flags(KNOWN)?.ones().map(|row| first as u32 + row));
            }
            Ok(set)
        })
    }

    /// The ids of a table that have a row, as bits.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn known_bits(&self, table: &'static str) -> Result<Arc<BitVec>, StoreError> {
        cached(&self.known_bits, (table, KNOWN), || {
            let mut bits = BitVec::zeros(self.ids_of(table));
            for (first, file) in self.chunks(table)? {
                file.flags(KNOWN)?.ones().for_each(|row| bits.set(first + row as usize));
            }
            Ok(bits)
        })
    }

    fn chunks(&self, table: &str) -> Result<Vec<(usize, &'a ColumnFile)>, StoreError> {
        self.snapshot.named(table).map(|t| t.chunks()).transpose().map(Option::unwrap_or_default)
    }

    /// The references of a column, where they lie.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn by_id(&self, table: &'static str, column: &'static str) -> Result<References<'a>, StoreError> {
        let chunks = self.chunks(table)?.into_iter().map(|(_, file)| Ok((file, file.ids(column)?.raw)));
        let limit = self.referred(table, column);
        Ok(References { column, limit, chunks: chunks.collect::<Result<_, StoreError>>()? })
    }

    /// When each meeting starts.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn starts_of_meetings(&self) -> Result<Instants<'a>, StoreError> {
        let chunks = self
            .chunks("meetings")?
            .into_iter()
            .map(|(_, file)| Ok((file.rows(), file.numbers("start_time")?)));
        Ok(Instants { chunks: chunks.collect::<Result<_, StoreError>>()? })
    }

    /// The values of a category column in their order.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn ranks(&self, table: &'static str, column: &'static str) -> Result<Arc<Ranks>, StoreError> {
        cached(&self.ranks, (table, column), || {
            let dictionary = self.dictionary(table, column)?;
            Ok(dictionary.map_or_else(Ranks::default, Ranks::new))
        })
    }

    /// The rank of the value of each id in a category column; 0 where it is missing.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn ranked(&self, table: &'static str, column: &'static str) -> Result<Arc<CodesById>, StoreError> {
        let ranks = self.ranks(table, column)?;
        cached(&self.ranked, (table, column), || {
            let mut all = CodesById::with_limit(ranks.len() as u64 + 1, self.ids_of(table));
            for (_, file) in self.chunks(table)? {
                let codes = file.codes(column)?;
                all.extend((0..file.rows()).map(|r| ranks.of(codes.get(r))));
            }
            Ok(all)
        })
    }

    /// The users with each value of an attribute, as sets: by the rank of a category's value, or by the
    /// month of registration; none when no such sets are kept.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn users_with(&self, column: &'static str) -> Result<Option<Arc<ValueSets>>, StoreError> {
        let name = match column {
            "plan_type" => attributes::PLAN,
            "company" => attributes::COMPANY,
            "registration_date" => attributes::COHORT,
            _ => return Ok(None),
        };
        let Some(file) = self.snapshot.derived(name)? else { return Ok(None) };
        let found = cached(&self.attributes, ("users", column), || {
            let kept = sets::read(file, self.ids_of("users"), |_| true)?;
            if column == "registration_date" {
                return Ok(kept);
            }
            // Several spellings are one value.
            let ranks = self.ranks("users", column)?;
            let mut by_value: BTreeMap<i64, RoaringBitmap> = BTreeMap::new();
            for (code, set) in kept {
                let value = u32::try_from(code).map_or(0, |code| ranks.of(code));
                *by_value.entry(i64::from(value)).or_default() |= set;
            }
            Ok(by_value.into_iter().collect())
        })?;
        Ok(Some(found))
    }

    /// The licences of each user, in the order of the licence rule.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn licences(&self) -> Result<Arc<LicencesByUser>, StoreError> {
        if let Some(found) = self.licences.get() {
            return Ok(found.clone());
        }
        let made = Arc::new(LicencesByUser::read(self.snapshot)?);
        Ok(self.licences.get_or_init(|| made).clone())
    }

    /// For each licence by id when the next one of its user starts, and the next of its type.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn next_licences(&self) -> Result<Arc<Vec<[Day; 2]>>, StoreError> {
        if let Some(found) = self.next_licences.get() {
            return Ok(found.clone());
        }
        let made = Arc::new(licenses::next_starts(self.snapshot)?);
        Ok(self.next_licences.get_or_init(|| made).clone())
    }

    /// The spellings of a category column; none when no row has a value.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn dictionary(&self, table: &str, column: &str) -> Result<Option<&'a Dictionary>, StoreError> {
        let Some(t) = self.snapshot.named(table) else { return Ok(None) };
        t.dictionary(t.def.column(column))
    }

    /// The texts of a column, by id.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn texts(&self, table: &str, column: &str) -> Result<Vec<Option<String>>, StoreError> {
        let mut all = Vec::with_capacity(self.ids_of(table));
        for (_, file) in self.snapshot.named(table).map(|t| t.chunks()).transpose()?.unwrap_or_default() {
            let texts = file.texts(column)?;
            all.extend(
                (0..file.rows()).map(|r| texts.get(r).map(|t| String::from_utf8_lossy(t).into_owned())),
            );
        }
        Ok(all)
    }

    /// The keys of a table.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn keys(&self, table: &str) -> Result<Keys<'a>, StoreError> {
        let Some(t) = self.snapshot.named(table) else { return Ok(Keys { chunks: Vec::new() }) };
        let Some(key) = t.def.key() else { return Ok(Keys { chunks: Vec::new() }) };
        let keys = |file: &'a ColumnFile| Ok((file.rows(), file.keys(t.def.columns[key].name)?));
        let chunks = t.chunks()?.into_iter().map(|(_, file)| keys(file));
        Ok(Keys { chunks: chunks.collect::<Result<_, StoreError>>()? })
    }

    /// The key of an id, as text.
    ///
    /// # Errors
    /// As [`Self::shown`].
    pub fn key(&self, table: &'static str, id: u32) -> Result<Option<String>, StoreError> {
        Ok(self.keys(table)?.text(id))
    }
}

/// The days or instants that a date or time column can hold: years of four digits, and what zones add.
fn calendar(table: &str, column: &str) -> Option<RangeInclusive<i64>> {
    let def = SCHEMA.get(SCHEMA.id(table));
    let [first, last] = [-1, 10_001].map(|year| i64::from(civil::day_from_civil(year, 1, 1)));
    match def.columns.get(def.position(column)?)?.ty {
        ColumnType::Date => Some(first..=last),
        ColumnType::Timestamp | ColumnType::DateOrTimestamp => {
            Some(first * MICROS_PER_DAY..=last * MICROS_PER_DAY)
        }
        _ => None,
    }
}

/// The value at an id; missing for a missing id.
pub fn number_at(values: &[i64], id: u32) -> i64 {
    values.get(id as usize).copied().unwrap_or(NULL_NUMBER)
}

/// The code at an id; 0 for a missing id.
pub fn code_at(codes: &[u32], id: u32) -> u32 {
    codes.get(id as usize).copied().unwrap_or(0)
}

/// The reference at an id; missing for a missing id.
pub fn reference_at(ids: &[u32], id: u32) -> u32 {
    ids.get(id as usize).copied().unwrap_or(NULL_ID)
}
