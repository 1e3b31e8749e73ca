//! An export read back.
