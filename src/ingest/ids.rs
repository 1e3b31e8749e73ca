//! The surrogate ids of every table during a load: which key has which id, and which ids are known.
//!
//! Invariant: the keys of the store are searched where they lie; only those that this load is the
//! first to mention are held in memory.

use std::sync::Arc;

use crate::model::{SCHEMA, TableDef, TableId};
use crate::store::keys::{KeyMap, KeyValues, Sought, StoredKeys};
use crate::store::snapshot::{CHUNK, KNOWN, MONTH};
use crate::store::{BitVec, Bits, NULL_ID, NULL_NUMBER, Numbers, Snapshot, StoreError};

/// The ids of one table. An id is that of the store, or else stands behind those of the store.
#[derive(Clone, Default)]
pub struct IdSpace<'a> {
    stored: Vec<Chunk<'a>>,
    ids_before: usize,
    new: KeyMap,
    /// The ids that this load brings a row of.
    coming: BitVec,
    emptied: bool,
}

/// One file by id of the store.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    keys: Option<StoredKeys<'a>>,
    known: Bits<'a>,
    months: Option<Numbers<'a>>,
}

impl<'a> IdSpace<'a> {
    fn open(def: &'static TableDef, base: Option<&'a Snapshot>) -> Result<Self, StoreError> {
        let mut space = IdSpace::default();
        let Some(table) = base.and_then(|b| b.named(def.name)) else { return Ok(space) };
        for (_, file) in table.chunks()? {
            space.stored.push(Chunk {
                keys: def.key().map(|key| file.stored_keys(def.columns[key].name)).transpose()?,
                known: file.flags(KNOWN)?,
                months: def.time.map(|_| file.numbers(MONTH)).transpose()?,
            });
            space.ids_before += file.rows();
        }
        let whole =
            space.stored.split_last().is_none_or(|(_, all)| all.iter().all(|c| c.known.len() == CHUNK));
        if space.ids_before != table.ids() || !whole {
            let what =
                format!("table {} has {} ids, the manifest says {}", def.name, space.ids_before, table.ids());
            return Err(StoreError::damaged(base.map(|b| b.root().to_path_buf()).unwrap_or_default(), what));
        }
        Ok(space)
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        self.ids_before + self.new.len()
    }

    /// The id of a key that has been mentioned.
    pub fn find(&self, key: &[u8]) -> Option<u32> {
        if let Some(id) = self.new.find(key) {
            return Some(self.ids_before as u32 + id);
        }
        if self.stored.is_empty() {
            return None;
        }
        let key = Sought::new(key);
        let rows = self.stored.iter().map(|chunk| chunk.keys.and_then(|keys| keys.find(&key)));
        rows.enumerate().find_map(|(chunk, row)| Some((chunk * CHUNK + row?) as u32))
    }

    /// Appends the ids of keys; none where a key has not been mentioned, or there is none.
    pub fn find_each<'k>(&self, keys: impl Iterator<Item = Option<&'k [u8]>>, out: &mut Vec<u32>) {
        if self.stored.is_empty() {
            self.new.find_each(keys, |id| out.push(id.unwrap_or(NULL_ID)));
        } else {
            out.extend(keys.map(|key| key.and_then(|key| self.find(key)).unwrap_or(NULL_ID)));
        }
    }

    /// The id of a key that [`Self::find`] did not find in the store: a new one, unless it was given one
    /// since. Past the last id that there can be, the load is refused before anything is made of it.
    pub fn add(&mut self, key: &[u8]) -> u32 {
        (self.ids_before as u32).wrapping_add(self.new.id(key))
    }

    /// An id without a key, for the rows of tables whose export has none.
    pub fn push_anonymous(&mut self) -> u32 {
        (self.ids_before as u32).wrapping_add(self.new.push_anonymous())
    }

    fn chunk(&self, id: u32) -> Option<(&Chunk<'a>, usize)> {
        Some((self.stored.get(id as usize / CHUNK)?, id as usize % CHUNK))
    }

    /// Appends the key of an id; nothing where it has none.
    pub fn write_key(&self, id: u32, out: &mut Vec<u8>) {
        match (id as usize).checked_sub(self.ids_before) {
            Some(new) => self.new.keys().write(new, out),
            None => {
                if let Some((Chunk { keys: Some(keys), .. }, row)) = self.chunk(id)
                    && !keys.keys().is_null(row)
                {
                    keys.keys().write(row, out);
                }
            }
        }
    }

    /// The keys that this load is the first to mention, and the id of the first of them.
    pub fn new_keys(&self) -> (usize, &KeyValues) {
        (self.ids_before, self.new.keys())
    }

    /// Whether an id had a row before this load.
    pub fn was_known(&self, id: u32) -> bool {
        self.chunk(id).is_some_and(|(chunk, row)| chunk.known.get(row))
    }

    /// The month of an id that had a row of a fact table before this load.
    pub fn month_before(&self, id: u32) -> Option<Option<i32>> {
        let (chunk, row) = self.chunk(id).filter(|(chunk, row)| chunk.known.get(*row))?;
        match chunk.months?.get(row) {
            NULL_NUMBER => Some(None),
            month => Some(Some(month as i32)),
        }
    }

    /// Notes that this load brings rows of some ids, and perhaps takes away all others.
    pub fn bring(&mut self, coming: BitVec, emptied: bool) {
        (self.coming, self.emptied) = (coming, emptied);
    }

    /// The ids that this load brings a row of.
    pub fn coming(&self) -> &BitVec {
        &self.coming
    }

    /// Whether an id has a row, as if no more were to come.
    pub fn is_known(&self, id: u32) -> bool {
        self.coming.get(id as usize) || (!self.emptied && self.was_known(id))
    }
}

/// The ids of all tables, opened when they are first needed.
pub struct IdSpaces<'a> {
    /// Shared with what reads them while another table is loaded.
    spaces: Vec<Option<Arc<IdSpace<'a>>>>,
}

impl<'a> IdSpaces<'a> {
    /// None opened yet.
    pub fn new() -> Self {
        IdSpaces { spaces: vec![None; SCHEMA.len()] }
    }

    /// Makes sure that the ids of a table are there.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn need(&mut self, table: TableId, base: Option<&'a Snapshot>) -> Result<(), StoreError> {
        if self.spaces[table.0].is_none() {
            self.spaces[table.0] = Some(Arc::new(IdSpace::open(SCHEMA.get(table), base)?));
        }
        Ok(())
    }

    /// The ids of a table that was asked for.
    ///
    /// # Panics
    /// When it was not asked for by [`Self::need`].
    pub fn get(&self, table: TableId) -> &IdSpace<'a> {
        self.spaces[table.0].as_ref().expect("the ids of this table were asked for")
    }

    /// As [`Self::get`], for a reader that outlives the borrow.
    ///
    /// # Panics
    /// As [`Self::get`].
    pub fn share(&self, table: TableId) -> Arc<IdSpace<'a>> {
        Arc::clone(self.spaces[table.0].as_ref().expect("the ids of this table were asked for"))
    }

    /// As [`Self::get`], for adding ids; a reader keeps what it has.
    ///
    /// # Panics
    /// As [`Self::get`].
    pub fn get_mut(&mut self, table: TableId) -> &mut IdSpace<'a> {
        Arc::make_mut(self.spaces[table.0].as_mut().expect("the ids of this table were asked for"))
    }

    /// Forgets the ids of a table without keys, whose rows nobody can refer to.
    pub fn forget(&mut self, table: TableId) {
        debug_assert!(SCHEMA.get(table).key().is_none());
        self.spaces[table.0] = Some(Arc::default());
    }

    /// The tables whose ids were asked for.
    pub fn needed(&self) -> impl Iterator<Item = TableId> {
        self.spaces.iter().enumerate().filter_map(|(i, s)| s.as_ref().map(|_| TableId(i)))
    }
}
