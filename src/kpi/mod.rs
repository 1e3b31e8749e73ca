//! What each figure means, and how it is computed.
//!
//! Invariant: this layer reads columns and never a file by itself, and never prints. `KPIS` is the
//! one registry: the help, the validation, the README and the tests are derived from it.

pub mod billing;
pub mod context;
pub mod convert;
pub mod dims;
pub mod error;
pub mod exact;
pub mod grouped;
pub mod kernels;
pub mod lookup;
pub mod platform;
pub mod registry;
pub mod rows;
pub mod scan;

pub use context::{Context, Options, Output};
pub use convert::Conversion;
pub use dims::{Dim, Dimension, DimensionDef};
pub use error::KpiError;
pub use exact::Exact;
pub use registry::{KPIS, KpiDef, MeasureDef, MeasureKind, OptionDef, OptionValues};
