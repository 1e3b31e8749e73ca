//! Bytes on disk: typed column files, dictionaries, manifests, snapshots, the commit.
//!
//! Invariant: this layer knows no KPI and no CSV. A store is a folder of immutable files, one
//! manifest per snapshot that names them, and `CURRENT`, which names the manifest. Files are never
//! rewritten in place; `CURRENT` is replaced by a rename, which is the commit point.
//!
//! ```text
//! quipu-store/
//!   CURRENT                      number and seal of the manifest in force
//!   LOCK                         held by the one writer
//!   manifests/00000007.json      what belongs to snapshot 7
//!   data/meetings/2024-01-<hash>.col     a month of a fact table, rows sorted by time
//!   data/users/ids-0000-<hash>.col       rows of a table by surrogate id
//!   data/users/dict-company-<hash>.col   the spellings of a category
//!   data/meetings/2024-01-<hash>.set     derived sets of that month
//!   data/derived/users.company-<hash>.col    a look-up derived from tables
//! ```

pub mod bits;
pub mod column_file;
pub mod commit;
pub mod dictionary;
pub mod dir;
pub mod error;
mod ints;
pub mod keys;
pub mod manifest;
mod mmap;
pub mod radix;
pub mod scratch;
pub mod sets;
pub mod snapshot;
mod syncing;
pub mod text_set;
pub mod vector;
pub mod verify;
pub mod views;

pub use bits::{BitVec, Bits};
pub use column_file::{ColumnFile, ColumnFileBuilder};
pub use dictionary::Dictionary;
pub use error::StoreError;
pub use mmap::{exit_when_a_file_is_cut, keep_what_is_freed, room_for, zeros};
pub use scratch::Scratch;
pub use snapshot::{Segment, Snapshot, Table};
pub use views::{Codes, Ids, NULL_ID, NULL_NUMBER, Numbers, Selection, Texts};
