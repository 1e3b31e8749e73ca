//! quipu
