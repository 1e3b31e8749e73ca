//! The KPIs of the video platform, one file per family.

pub mod acting;
pub mod active;
pub mod churn;
pub mod concurrency;
pub mod contacts;
mod counting;
pub mod features;
pub mod gathering;
mod kept;
pub mod licences;
pub mod meetings;
pub mod mrr;
pub mod revenue;
pub mod tickets;
pub mod users;
