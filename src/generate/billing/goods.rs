//! What is sold piece by piece, and in which groups is it reported?
//!
//! Invariant: a product's place in [`PRODUCTS`] is its number; its Id is [`FIRST_ID`] more.

/// The Id of the first product.
pub(super) const FIRST_ID: u64 = 11;

/// Something sold.
pub(super) struct Product {
    pub(super) name: &'static str,
    pub(super) description: Option<&'static str>,
    /// The price by itself, in euro cents.
    pub(super) cents: i64,
    pub(super) category: Option<&'static str>,
}

/// Services first, then goods.
#[rustfmt::skip]
pub(super) const PRODUCTS: [Product; 19] = [
    product("Daily News", Some("The paper, every morning"), 1290, Some("News")),
    product("Weekend Edition", Some("Saturday, with the \"long reads\""), 690, Some("News")),
    product("Sports Live", Some("All matches, live"), 1490, Some("Video")),
    product("Film Library", None, 990, Some("Video")),
    product("Series Library", None, 890, Some("video")),
    product("Music Stream", Some("Without advertising"), 1090, Some("Audio")),
    product("Podcasts Plus", None, 490, Some("Audio")),
    product("Language Course", Some("Six languages, at your own pace"), 1590, Some("Learning")),
    product("Yoga Online", None, 1190, Some("Fitness")),
    product("Cloud Storage", Some("200 GB"), 290, Some("Storage")),
    product("Family Profile", Some("One more person"), 390, None),
    product("Team Seat", None, 1890, Some("Business")),
    product("Set-top Box", Some("4K, with remote"), 7900, Some("Hardware")),
    product("Headphones", Some("Over-ear"), 8900, Some("Hardware")),
    product("Headphones", Some("In-ear, a later model of the same name"), 5900, Some("hardware ")),
    product("Gift Card", None, 2500, None),
    product("Cookbook", Some("Recipes, for two"), 2490, Some("Merchandise")),
    product("Yoga Mat", Some("Sold by the metre"), 1790, Some("Merchandise")),
    product("Coffee Beans", Some("Sold by the kilo"), 1650, Some("Merchandise")),
];

const fn product(
    name: &'static str,
    description: Option<&'static str>,
    cents: i64,
    category: Option<&'static str>,
) -> Product {
    Product { name, description, cents, category }
}

/// The first of the goods; what stands before is a service.
pub(super) const FIRST_GOOD: usize = 12;
/// Goods that are sold by measure.
pub(super) const MEASURED: [usize; 2] = [17, 18];

/// A group that figures are reported in.
pub(super) struct ReportingGroup {
    pub(super) name: &'static str,
    pub(super) kind: Option<&'static str>,
    pub(super) products: &'static [usize],
    pub(super) discounts: &'static [&'static str],
}

/// All of them. They overlap, and some products are in none.
#[rustfmt::skip]
pub(super) const REPORTING_GROUPS: [ReportingGroup; 6] = [
    group("Video", Some("Product"), &[2, 3, 4, 12], &[]),
    group("Audio", Some("Product"), &[5, 6, 13, 14], &[]),
    group("Reading & Learning", Some("Product"), &[0, 1, 7, 16], &[]),
    group("Digital", Some("Product"), &[0, 2, 3, 4, 5, 6, 7, 8, 9], &[]),
    group("Reduced", Some("Discount"), &[], &["Student", "Senior", "Employee"]),
    group("Young, active", None, &[5, 8], &["Student"]),
];

const fn group(
    name: &'static str,
    kind: Option<&'static str>,
    products: &'static [usize],
    discounts: &'static [&'static str],
) -> ReportingGroup {
    ReportingGroup { name, kind, products, discounts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_name_products_that_exist() {
        for group in REPORTING_GROUPS {
            assert!(group.products.iter().all(|&product| product < PRODUCTS.len()), "{}", group.name);
        }
        assert!(MEASURED.iter().all(|&product| product >= FIRST_GOOD && product < PRODUCTS.len()));
    }
}
