//! How is each table written?
//!
//! A file per table: its header and the cells of its rows, in the header's order. Invariant: a
//! table only says what the story says; beside it, it draws spellings and personal data.

pub(super) mod account_transactions;
pub(super) mod canceled_subscriptions;
pub(super) mod contracts;
pub(super) mod enterprise_plans;
pub(super) mod invoices;
pub(super) mod order_products;
pub(super) mod orders;
pub(super) mod organizations;
pub(super) mod payment_demand_adjustments;
pub(super) mod payment_demand_details;
pub(super) mod payment_demands;
pub(super) mod payments;
pub(super) mod products;
pub(super) mod reporting_groups;
pub(super) mod subscriber_accounts;
pub(super) mod subscriber_amounts;
pub(super) mod subscriber_contacts;
pub(super) mod subscriber_ledgers;
pub(super) mod subscribers;
pub(super) mod subscription_packages;
pub(super) mod subscriptions;
pub(super) mod tags;
