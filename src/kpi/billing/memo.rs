//! What has been worked out of the billing tables already, for everything that asks in one query.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::claims::Claims;
use super::parts::BilledParts;
use super::products::Products;
use super::reach::Reached;
use crate::store::StoreError;

/// Figures by row that several dimensions or measures share.
#[derive(Default)]
pub struct Memo {
    reached: Mutex<HashMap<(&'static str, &'static str), Arc<Reached>>>,
    products: OnceLock<Arc<Products>>,
    parts: OnceLock<Arc<BilledParts>>,
    claims: OnceLock<Arc<Claims>>,
}

fn once<T>(
    cell: &OnceLock<Arc<T>>,
    make: impl FnOnce() -> Result<T, StoreError>,
) -> Result<Arc<T>, StoreError> {
    if let Some(found) = cell.get() {
        return Ok(found.clone());
    }
    let made = Arc::new(make()?);
    Ok(cell.get_or_init(|| made).clone())
}

impl Memo {
    pub(super) fn reached(
        &self,
        key: (&'static str, &'static str),
        make: impl FnOnce() -> Result<Reached, StoreError>,
    ) -> Result<Arc<Reached>, StoreError> {
        if let Some(found) = self.reached.lock().expect("no panic holds this lock").get(&key) {
            return Ok(found.clone());
        }
        let made = Arc::new(make()?);
        self.reached.lock().expect("no panic holds this lock").insert(key, made.clone());
        Ok(made)
    }

    pub(super) fn products(
        &self,
        make: impl FnOnce() -> Result<Products, StoreError>,
    ) -> Result<Arc<Products>, StoreError> {
        once(&self.products, make)
    }

    pub(super) fn parts(
        &self,
        make: impl FnOnce() -> Result<BilledParts, StoreError>,
    ) -> Result<Arc<BilledParts>, StoreError> {
        once(&self.parts, make)
    }

    pub(super) fn claims(
        &self,
        make: impl FnOnce() -> Result<Claims, StoreError>,
    ) -> Result<Arc<Claims>, StoreError> {
        once(&self.claims, make)
    }
}
