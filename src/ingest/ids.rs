//! The surrogate ids of every table during a load: which key has which id, and which ids are known.

use std::sync::Arc;

use crate::model::{SCHEMA, TableDef, TableId};
use crate::store::keys::KeyMap;
use crate::store::snapshot::{KNOWN, MONTH};
use crate::store::{BitVec, NULL_NUMBER, Snapshot, StoreError};

/// The ids of one table.
#[derive(Clone, Debug, Default)]
pub struct IdSpace {
    /// Key and id.
    pub map: KeyMap,
    /// Which ids had a row before this load.
    pub known_before: BitVec,
    /// Of a fact table: the month of each known row before this load.
    pub month_before: Vec<i64>,
    /// Ids given before this load.
    pub ids_before: usize,
}

impl IdSpace {
    /// The month of a known row of a fact table before this load.
    pub fn month_of(&self, id: u32) -> Option<Option<i32>> {
        self.known_before.get(id as usize).then(|| match self.month_before[id as usize] {
            NULL_NUMBER => None,
            month => Some(month as i32),
        })
    }
}

/// The ids of all tables, read from the store when they are first needed.
pub struct IdSpaces {
    /// Shared with what reads them while another table is loaded.
    spaces: Vec<Option<Arc<IdSpace>>>,
}

impl IdSpaces {
    /// Nothing read yet.
    pub fn new() -> Self {
        IdSpaces { spaces: vec![None; SCHEMA.len()] }
    }

    /// Makes sure that the ids of a table are there.
    ///
    /// # Errors
    /// When the store is damaged.
    pub fn need(&mut self, table: TableId, base: Option<&Snapshot>) -> Result<(), StoreError> {
        if self.spaces[table.0].is_none() {
            self.spaces[table.0] = Some(Arc::new(read(SCHEMA.get(table), base)?));
        }
        Ok(())
    }

    /// The ids of a table that was asked for.
    ///
    /// # Panics
    /// When it was not asked for by [`Self::need`].
    pub fn get(&self, table: TableId) -> &IdSpace {
        self.spaces[table.0].as_ref().expect("the ids of this table were asked for")
    }

    /// As [`Self::get`], for a reader that outlives the borrow.
    ///
    /// # Panics
    /// As [`Self::get`].
    pub fn share(&self, table: TableId) -> Arc<IdSpace> {
        Arc::clone(self.spaces[table.0].as_ref().expect("the ids of this table were asked for"))
    }

    /// As [`Self::get`], for adding ids; a reader keeps what it has.
    ///
    /// # Panics
    /// As [`Self::get`].
    pub fn get_mut(&mut self, table: TableId) -> &mut IdSpace {
        Arc::make_mut(self.spaces[table.0].as_mut().expect("the ids of this table were asked for"))
    }

    /// Forgets the ids of a table without keys, whose rows nobody can refer to.
    pub fn forget(&mut self, table: TableId) {
        debug_assert!(SCHEMA.get(table).key().is_none());
        self.spaces[table.0] = Some(Arc::default());
    }

    /// The tables whose ids were asked for.
    pub fn loaded(&self) -> impl Iterator<Item = (TableId, &IdSpace)> {
        self.spaces.iter().enumerate().filter_map(|(i, s)| Some((TableId(i), s.as_deref()?)))
    }
}

fn read(def: &'static TableDef, base: Option<&Snapshot>) -> Result<IdSpace, StoreError> {
    let mut space = IdSpace::default();
    let Some(table) = base.and_then(|b| b.named(def.name)) else { return Ok(space) };
    for (first, file) in table.chunks()? {
        let rows = file.rows();
        match def.key() {
            Some(key) => space.map.extend(&file.keys(def.columns[key].name)?, rows),
            None => (0..rows).for_each(|_| {
                space.map.push_anonymous();
            }),
        }
        file.flags(KNOWN)?.ones().for_each(|row| space.known_before.set(first + row as usize));
        if def.time.is_some() {
            let months = file.numbers(MONTH)?;
            space.month_before.extend((0..rows).map(|r| months.get(r)));
        }
    }
    space.ids_before = space.map.len();
    if space.ids_before != table.ids() {
        let what =
            format!("table {} has {} ids, the manifest says {}", def.name, space.ids_before, table.ids());
        return Err(StoreError::damaged(base.map(|b| b.root().to_path_buf()).unwrap_or_default(), what));
    }
    Ok(space)
}
