//! `enterprise_plans`: what was agreed with large customers.

use crate::generate::billing::keys;
use crate::generate::billing::market::ENTERPRISE_PLANS;
use crate::generate::billing::world::World;
use crate::generate::csv::Rows;

pub(crate) const HEADER: &str = "Id,OrganizationId,Name,Rules";

pub(crate) fn write(world: &World, rows: &mut Rows) {
    for (place, plan) in ENTERPRISE_PLANS.iter().enumerate() {
        keys::enterprise_plan(world, rows, place);
        rows.number(plan.organization as u64 + 1);
        rows.plain(plan.name);
        rows.option(plan.rules, Rows::text);
        rows.end();
    }
}
