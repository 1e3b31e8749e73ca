//! What is sold, and for how much?

use crate::generate::rng::Draw;
use crate::generate::shape::Region;

/// A plan, or an add-on beside one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    Free,
    Basic,
    Pro,
    Business,
    Enterprise,
    AddOn,
}

use Product::{AddOn, Basic, Business, Enterprise, Free, Pro};

impl Product {
    /// The plan that somebody starts with; large companies buy the larger ones.
    pub(super) fn first(draw: &mut Draw, of_large_company: bool) -> Self {
        let weights = if of_large_company { [22, 16, 26, 22, 14] } else { [44, 25, 21, 8, 2] };
        [Free, Basic, Pro, Business, Enterprise][draw.weighted(&weights)]
    }

    /// The name in both plan_type and license_type.
    pub(super) fn name(self) -> &'static str {
        match self {
            Free => "Free",
            Basic => "Basic",
            Pro => "Pro",
            Business => "Business",
            Enterprise => "Enterprise",
            AddOn => "Add-on",
        }
    }

    /// The next larger plan.
    pub(super) fn larger(self) -> Option<Self> {
        match self {
            Free => Some(Basic),
            Basic => Some(Pro),
            Pro => Some(Business),
            Business => Some(Enterprise),
            Enterprise | AddOn => None,
        }
    }

    /// The next smaller plan that costs anything.
    pub(super) fn smaller(self) -> Option<Self> {
        match self {
            Enterprise => Some(Business),
            Business => Some(Pro),
            Pro => Some(Basic),
            Free | Basic | AddOn => None,
        }
    }

    /// US cents for some months; a year costs ten.
    pub(super) fn price(self, months: u32) -> i64 {
        let month = match self {
            Free => 0,
            Basic => 799,
            Pro => 1499,
            Business => 2199,
            Enterprise => 3999,
            AddOn => 550,
        };
        month * i64::from(if months == 12 { 10 } else { months })
    }

    /// In 10 000, how many leave in a month.
    pub(super) fn leaving(self) -> u32 {
        match self {
            Free => 340,
            Basic => 240,
            Pro => 170,
            Business => 110,
            Enterprise | AddOn => 60,
        }
    }

    /// How much a host meets, compared with other plans.
    pub(super) fn activity(self) -> u32 {
        match self {
            Free => 4,
            Basic => 7,
            Pro => 10,
            Business => 12,
            Enterprise | AddOn => 13,
        }
    }
}

/// What is paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Currency {
    Usd,
    Eur,
    Gbp,
    Nok,
    Jpy,
}

impl Currency {
    /// One of the currencies of a region.
    pub(super) fn draw(draw: &mut Draw, region: Region) -> Self {
        let weights = match region {
            Region::Americas => [97, 3, 0, 0, 0],
            Region::Europe => [6, 57, 20, 17, 0],
            Region::Asia => [65, 3, 2, 0, 30],
        };
        [Self::Usd, Self::Eur, Self::Gbp, Self::Nok, Self::Jpy][draw.weighted(&weights)]
    }

    /// The code.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Gbp => "GBP",
            Self::Nok => "NOK",
            Self::Jpy => "JPY",
        }
    }

    /// Hundredths of this currency for US cents, at a rate fixed in the price list.
    pub(super) fn price(self, cents: i64) -> i64 {
        match self {
            Self::Usd => cents,
            Self::Eur => cents * 93 / 100,
            Self::Gbp => cents * 80 / 100,
            Self::Nok => cents * 1050 / 100,
            Self::Jpy => cents * 150 / 100 * 100,
        }
    }

    /// Whether amounts have no decimals.
    pub(super) fn is_whole(self) -> bool {
        self == Self::Jpy
    }
}
