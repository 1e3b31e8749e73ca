//! The loops that figures are made of: free functions and small states over slices.
//!
//! Every state can be merged, and the order of merging does not matter.

pub mod by_group;
pub mod groups;
pub mod interval;
pub mod known;
pub mod lists;
pub mod marks;
pub mod merge;
pub mod next_of;
pub mod pairs;
pub mod quantile;
pub mod running;
pub mod samples;
pub mod slots;
pub mod totals;
