//! An export read back.

mod bytes;
mod links;
mod rows;

use crate::generate::read_back;
use crate::generate::{Options, Summary, platform, platform_headers};
use std::path::Path;

fn write(users: u64, seed: u64, folder: &Path) -> Summary {
    platform(&Options::new(users, seed, folder), &mut |_| {}).expect("the export is written")
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    read_back::files(folder, &platform_headers())
}
