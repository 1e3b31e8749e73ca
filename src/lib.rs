//! quipu

/// Synthetic exports at any scale, the same bytes for the same seed.
pub mod generate;
