//! Which key has which surrogate id, among those that are mentioned for the first time?

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::shape::{KeyShape, hash_guid, hash_number, hash_text, parse_guid};
use super::values::KeyValues;

/// Keys and the surrogate id of each: its position in order of first mention.
#[derive(Clone, Debug)]
pub struct KeyMap {
    keys: KeyValues,
    /// Id by number, for the numbers that lie close together.
    direct: Vec<u32>,
    /// Id by hash, for all others; a missing key is in neither.
    hashed: HashTable<u32>,
    /// Chosen anew for each map, so that no export can be written to make its keys collide.
    seed: u64,
}

const NONE: u32 = u32::MAX;

impl Default for KeyMap {
    fn default() -> Self {
        KeyMap {
            keys: KeyValues::default(),
            direct: Vec::new(),
            hashed: HashTable::new(),
            seed: RandomState::new().hash_one(0),
        }
    }
}

impl KeyMap {
    /// The keys by id.
    pub fn keys(&self) -> &KeyValues {
        &self.keys
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// An id without a key, for the rows of tables whose export has none.
    pub fn push_anonymous(&mut self) -> u32 {
        self.keys.push(None);
        self.keys.len() as u32 - 1
    }

    /// The id of a key, a new one at its first mention.
    pub fn id(&mut self, key: &[u8]) -> u32 {
        if let Some(id) = self.find(key) {
            return id;
        }
        let id = self.keys.len() as u32;
        let shape = std::mem::discriminant(self.keys.shape());
        self.keys.push(Some(key));
        if id > 0 && shape != std::mem::discriminant(self.keys.shape()) {
            self.rebuild();
        } else {
            self.index(id);
        }
        id
    }

    /// The id of a key that has been mentioned.
    pub fn find(&self, key: &[u8]) -> Option<u32> {
        match &self.keys.shape {
            KeyShape::Number { prefix, width } => self.find_number(KeyShape::number(prefix, *width, key)?),
            KeyShape::Guid => {
                let guid = parse_guid(key)?;
                self.hashed
                    .find(hash_guid(guid, self.seed), |&id| self.keys.guids[id as usize] == guid)
                    .copied()
            }
            KeyShape::Text => self
                .hashed
                .find(hash_text(key, self.seed), |&id| self.keys.text_bytes(id as usize) == key)
                .copied(),
        }
    }

    #[inline]
    fn find_number(&self, number: u64) -> Option<u32> {
        match usize::try_from(number).ok().and_then(|number| self.direct.get(number)) {
            Some(&id) if id != NONE => Some(id),
            _ => self
                .hashed
                .find(hash_number(number, self.seed), |&id| self.keys.numbers[id as usize] == number)
                .copied(),
        }
    }

    /// As [`Self::find`], for many keys in turn. They are read before they are looked up, so that one
    /// need not wait for the memory that another one asks for.
    pub fn find_each<'k>(
        &self,
        mut keys: impl Iterator<Item = Option<&'k [u8]>>,
        mut found: impl FnMut(Option<u32>),
    ) {
        const AT_ONCE: usize = 64;
        let KeyShape::Number { prefix, width } = &self.keys.shape else {
            return keys.for_each(|key| found(key.and_then(|key| self.find(key))));
        };
        let mut numbers = Vec::with_capacity(AT_ONCE);
        loop {
            let read = |key: Option<&[u8]>| KeyShape::number(prefix, *width, key?);
            numbers.extend(keys.by_ref().take(AT_ONCE).map(read));
            if numbers.is_empty() {
                return;
            }
            numbers.drain(..).for_each(|number| found(number.and_then(|number| self.find_number(number))));
        }
    }

    fn index(&mut self, id: u32) {
        let at = id as usize;
        if self.keys.is_null(at) {
            return;
        }
        let (keys, seed) = (&self.keys, self.seed);
        match keys.shape {
            KeyShape::Number { .. } => {
                let number = keys.numbers[at];
                let limit = (1u64 << 20).max(8 * keys.len() as u64);
                if number < limit {
                    let at = number as usize;
                    if at >= self.direct.len() {
                        self.direct.resize((at + 1).next_power_of_two(), NONE);
                    }
                    self.direct[at] = id;
                } else {
                    let hash = |i: u32| hash_number(keys.numbers[i as usize], seed);
                    self.hashed.insert_unique(hash(id), id, |&i| hash(i));
                }
            }
            KeyShape::Guid => {
                let hash = |i: u32| hash_guid(keys.guids[i as usize], seed);
                self.hashed.insert_unique(hash(id), id, |&i| hash(i));
            }
            KeyShape::Text => {
                let hash = |i: u32| hash_text(keys.text_bytes(i as usize), seed);
                self.hashed.insert_unique(hash(id), id, |&i| hash(i));
            }
        }
    }

    fn rebuild(&mut self) {
        self.direct = Vec::new();
        self.hashed = HashTable::new();
        for id in 0..self.keys.len() as u32 {
            self.index(id);
        }
    }
}
