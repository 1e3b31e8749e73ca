//! What does a load survive? Dirty files, from the bytes on disk to the exit status, the counts, the
//! quarantine and the figures.
//!
//! Invariant: every load of these tests is also held to what holds for any load ([`place`]): the
//! counts add up, and each quarantined record stands in its file where the quarantine says.

mod dates;
mod drift;
mod encoding;
mod files;
mod hostile;
mod keys;
mod limits;
mod lines;
mod numbers;
mod place;
