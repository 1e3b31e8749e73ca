//! Which rates does a file of exchange rates hold? `date,currency,rate`: from a day on, one unit of the
//! currency is worth so much of the target.

use std::collections::HashMap;

use super::period::parse_day;
use crate::kpi::Conversion;
use crate::model::Day;
use crate::model::names::same;
use crate::store::dictionary::fold;

/// The most decimals that a rate may have: products with amounts stay exact.
const DECIMALS_MAX: usize = 12;

/// Reads the rates towards a currency.
///
/// # Errors
/// When the text is no such table; the message names the line and says what is wanted.
pub fn parse(target: &str, text: &str) -> Result<Conversion, String> {
    let target = target.trim().to_uppercase();
    if target.len() != 3 || !target.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(format!("'{target}' is not a currency; write its ISO 4217 code, for example EUR"));
    }
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|e| e.to_string())?.clone();
    let column = |name: &str| {
        let found = header.iter().position(|h| same(h, name));
        found.ok_or_else(|| {
            let has: Vec<&str> = header.iter().collect();
            format!(
                "there is no column '{name}' (there are: {}); rates have date,currency,rate",
                has.join(", ")
            )
        })
    };
    let (date, currency, rate) = (column("date")?, column("currency")?, column("rate")?);
    let mut found: HashMap<String, Vec<(Day, Decimal)>> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|e| e.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let day = parse_day(cell(date))
            .ok_or_else(|| format!("line {line}: '{}' is not a date; write 2025-06-30", cell(date)))?;
        let value = Decimal::parse(cell(rate)).ok_or_else(|| {
            format!(
                "line {line}: '{}' is not a rate; write a number above 0 with at most {DECIMALS_MAX} decimals, for example 0.0873",
                cell(rate)
            )
        })?;
        if cell(currency).is_empty() {
            return Err(format!("line {line}: there is no currency"));
        }
        if same(cell(currency), &target) && value.at(0) != Some(1) {
            return Err(format!(
                "line {line}: {target} has the rate {}; rates say what one unit of a currency is worth in {target}, so that its own is 1",
                cell(rate)
            ));
        }
        found.entry(fold(cell(currency))).or_default().push((day, value));
    }
    let decimals = found.values().flatten().map(|(_, d)| d.decimals).max().unwrap_or(0);
    let mut rates = HashMap::new();
    for (currency, daily) in found {
        let mut daily: Vec<(Day, i128)> =
            daily.into_iter().map(|(day, value)| (day, value.at(decimals).unwrap_or_default())).collect();
        daily.sort_unstable();
        daily.dedup();
        if let Some(twice) = daily.windows(2).find(|w| w[0].0 == w[1].0) {
            let day = crate::model::civil::format_day(twice[0].0);
            return Err(format!("{} has two rates on {day}", currency.to_uppercase()));
        }
        rates.insert(currency, daily);
    }
    Ok(Conversion { target, scale: 10i128.pow(decimals as u32), rates })
}

/// A number above 0, exact: digits without the point, and how many of them are decimals.
struct Decimal {
    digits: i128,
    decimals: usize,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let is_number = whole.len() <= 12 && !whole.is_empty() && fraction.len() <= DECIMALS_MAX;
        let all = format!("{whole}{fraction}");
        let digits: i128 =
            all.parse().ok().filter(|_| is_number && all.bytes().all(|b| b.is_ascii_digit()))?;
        (digits > 0).then_some(Decimal { digits, decimals: fraction.len() })
    }

    /// In units of the last of so many decimals; none when it has more.
    fn at(&self, decimals: usize) -> Option<i128> {
        Some(self.digits * 10i128.pow(decimals.checked_sub(self.decimals)? as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_exactly_and_in_order() {
        let text = "Date,Currency,Rate\n2025-02-01,NOK,0.0873\n2025-01-01,nok,0.1\n2025-01-01,JPY,2\n";
        let found = parse("eur", text).unwrap();
        let day = |text| parse_day(text).unwrap();
        assert_eq!((found.target.as_str(), found.scale), ("EUR", 10_000));
        assert_eq!(found.rates["nok"], [(day("2025-01-01"), 1000), (day("2025-02-01"), 873)]);
        assert_eq!(found.rates["jpy"], [(day("2025-01-01"), 20_000)]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, message) in [
            ("day,currency,rate\n", "no column 'date'"),
            ("date,currency,rate\n2025-13-01,NOK,1\n", "line 2: '2025-13-01' is not a date"),
            ("date,currency,rate\n2025-01-01,NOK,0\n", "line 2: '0' is not a rate"),
            ("date,currency,rate\n2025-01-01,NOK,1e3\n", "'1e3' is not a rate"),
            ("date,currency,rate\n2025-01-01,NOK,0.1234567890123\n", "is not a rate"),
            ("date,currency,rate\n2025-01-01,,1\n", "line 2: there is no currency"),
            ("date,currency,rate\n2025-01-01,EUR,1.1\n", "its own is 1"),
            ("date,currency,rate\n2025-01-01,NOK,1\n2025-01-01,nok,2\n", "NOK has two rates on 2025-01-01"),
        ] {
            let error = parse("EUR", text).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
        assert!(parse("euro", "date,currency,rate\n").unwrap_err().contains("ISO 4217"));
    }
}
