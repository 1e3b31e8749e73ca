//! How many decimals a currency is written with (ISO 4217, "minor unit").

/// Currencies whose minor unit is not two decimals.
const MINOR_UNITS: &[(u32, &[&str])] = &[
    (
        0,
        &[
            "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
            "XAF", "XOF", "XPF",
        ],
    ),
    (3, &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]),
    (4, &["CLF", "UYW"]),
];

/// The currency of money that comes without one.
pub const UNKNOWN: &str = "XXX";

/// Decimals of a currency; two when it is not known.
pub fn digits(currency: &str) -> u32 {
    MINOR_UNITS.iter().find(|(_, codes)| codes.contains(&currency)).map_or(2, |(digits, _)| *digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_follow_iso_4217() {
        assert_eq!([digits("EUR"), digits("JPY"), digits("KWD"), digits(UNKNOWN)], [2, 0, 3, 2]);
    }
}
