//! Who sells, where, and in what?
//!
//! Invariant: an organization's place in [`ORGANIZATIONS`] is its number; its Id is one more.

use super::money::Currency;
use crate::generate::rng::Draw;

/// A selling organization.
pub(super) struct Organization {
    pub(super) name: &'static str,
    pub(super) mailbox: &'static str,
    pub(super) phone: &'static str,
    pub(super) address: &'static str,
    pub(super) country: &'static str,
    pub(super) zone: &'static str,
    /// Where its customers live, most of them in the first; its own seat is the first too.
    pub(super) cities: [(&'static str, &'static str); 5],
    /// How many of 100 subscribers are its.
    share: u32,
    /// In 10 000, how many of them pay in kroner rather than euro.
    kroner: u32,
    /// Whether its orders are exported with codes instead of names.
    pub(super) has_status_codes: bool,
}

/// All of them, each in a time zone of its own.
pub(super) const ORGANIZATIONS: [Organization; 5] = [
    Organization {
        name: "Fjordlys Media AS",
        mailbox: "post@fjordlys.example",
        phone: "+47 555 01 100",
        address: "Kaigata 4",
        country: "Norway",
        zone: "Europe/Oslo",
        cities: [
            ("0150", "Oslo"),
            ("5003", "Bergen"),
            ("7010", "Trondheim"),
            ("4006", "Stavanger"),
            ("9008", "Tromsø"),
        ],
        share: 38,
        kroner: 9400,
        has_status_codes: false,
    },
    Organization {
        name: "Hudson Reading Inc",
        mailbox: "office@hudsonreading.example",
        phone: "+1 212 555 0142",
        address: "12 Pier Street, Floor 3",
        country: "United States",
        zone: "America/New_York",
        cities: [
            ("10001", "New York"),
            ("14201", "Buffalo"),
            ("02108", "Boston"),
            ("07102", "Newark"),
            ("12207", "Albany"),
        ],
        share: 20,
        kroner: 0,
        has_status_codes: false,
    },
    Organization {
        name: "Deccan Learning Ltd",
        mailbox: "hello@deccanlearning.example",
        phone: "+91 20 5550 0123",
        address: "7 Lake Road",
        country: "India",
        zone: "Asia/Kolkata",
        cities: [
            ("411001", "Pune"),
            ("400001", "Mumbai"),
            ("500001", "Hyderabad"),
            ("600001", "Chennai"),
            ("682001", "Kochi"),
        ],
        share: 18,
        kroner: 0,
        has_status_codes: true,
    },
    Organization {
        name: "Kauri Sports Ltd",
        mailbox: "team@kaurisports.example",
        phone: "+64 9 555 0177",
        address: "21 Harbour View",
        country: "New Zealand",
        zone: "Pacific/Auckland",
        cities: [
            ("1010", "Auckland"),
            ("6011", "Wellington"),
            ("9016", "Dunedin"),
            ("3204", "Hamilton"),
            ("7010", "Nelson"),
        ],
        share: 14,
        kroner: 600,
        has_status_codes: false,
    },
    Organization {
        name: "Cantareira Música SA",
        mailbox: "contato@cantareira.example",
        phone: "+55 11 5550 0188",
        address: "Rua das Acácias, 90",
        country: "Brazil",
        zone: "America/Sao_Paulo",
        cities: [
            ("01001-000", "São Paulo"),
            ("20010-000", "Rio de Janeiro"),
            ("11010-000", "Santos"),
            ("80010-000", "Curitiba"),
            ("50010-000", "Recife"),
        ],
        share: 10,
        kroner: 0,
        has_status_codes: false,
    },
];

/// Number of organizations.
pub(super) const COUNT: usize = ORGANIZATIONS.len();

/// The organization that somebody buys from, and the currency.
pub(super) fn draw(draw: &mut Draw) -> (usize, Currency) {
    let place = draw.weighted(&ORGANIZATIONS.each_ref().map(|organization| organization.share));
    let is_kroner = draw.chance(ORGANIZATIONS[place].kroner);
    (place, if is_kroner { Currency::Nok } else { Currency::Eur })
}

/// Where somebody lives: zip and city.
pub(super) fn home(organization: usize, draw: &mut Draw) -> (&'static str, &'static str) {
    ORGANIZATIONS[organization].cities[draw.weighted(&[46, 22, 14, 10, 8])]
}

/// A city as somebody typed it.
pub(super) fn spelled(city: &str, draw: &mut Draw) -> String {
    match draw.below(50) {
        0 => city.to_uppercase(),
        1 => city.to_lowercase(),
        2 => format!("{city} "),
        _ => city.to_owned(),
    }
}

/// A plan agreed with large customers of an organization.
pub(super) struct EnterprisePlan {
    pub(super) organization: usize,
    pub(super) name: &'static str,
    pub(super) rules: Option<&'static str>,
}

/// Plans of an organization.
const PLANS_EACH: usize = 2;

/// The plans of all organizations, in their order; two organizations use one name.
pub(super) const ENTERPRISE_PLANS: [EnterprisePlan; PLANS_EACH * COUNT] = [
    plan(0, "Press Room", Some("seats>=20; invoice=quarterly")),
    plan(0, "Libraries", Some("seats>=5; discount=10%")),
    plan(1, "Campus", Some("seats>=50; po=required, net=30")),
    plan(1, "Libraries", None),
    plan(2, "Schools", Some("seats>=100")),
    plan(2, "Tutors", Some("seats>=3; \"named\" users")),
    plan(3, "Clubs", Some("seats>=10")),
    plan(3, "Stadium", None),
    plan(4, "Venues", Some("seats>=1; public=true")),
    plan(4, "Conservatories", Some("seats>=15")),
];

/// The place of one of an organization's plans.
pub(super) fn enterprise_plan(organization: usize, draw: &mut Draw) -> usize {
    organization * PLANS_EACH + draw.below(PLANS_EACH as u32) as usize
}

const fn plan(organization: usize, name: &'static str, rules: Option<&'static str>) -> EnterprisePlan {
    EnterprisePlan { organization, name, rules }
}
