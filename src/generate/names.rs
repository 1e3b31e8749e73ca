//! Who are these people and companies?
//!
//! Invariant: a name follows from the seed and a number, so that it is never stored. Mail
//! addresses are of the reserved domain `example` and belong to nobody.

use super::rng::{Draw, Stream};

#[rustfmt::skip]
const FIRST: [&str; 72] = [
    "Ada", "Aino", "Amara", "Amir", "Ana", "Anders", "Aiko", "Ben", "Bjørn", "Carla", "Chen", "Chloé",
    "Daniel", "Diego", "Dina", "Elif", "Emma", "Erik", "Fatima", "Felix", "Freja", "Grace", "Hana",
    "Hugo", "Ines", "Ingrid", "Ivan", "Jack", "James", "Jonas", "Julia", "Kai", "Karin", "Kofi", "Lars",
    "Lea", "Leo", "Li", "Linda", "Lucas", "Maja", "Marco", "Maria", "Mei", "Mia", "Milan", "Mohamed",
    "Nadia", "Nina", "Noah", "Nora", "Olga", "Oliver", "Omar", "Paul", "Petra", "Priya", "Rahul", "Rosa",
    "Sara", "Sean", "Sofia", "Søren", "Tariq", "Tom", "Tuva", "Vera", "Victor", "Wei", "Yara", "Yuki", "Zoe",
];
#[rustfmt::skip]
const LAST: [&str; 84] = [
    "Ahmed", "Almeida", "Andersen", "Bakker", "Bauer", "Berg", "Bianchi", "Brown", "Carter", "Chen",
    "Clark", "Costa", "Dahl", "Das", "Davis", "Diaz", "Dubois", "Eriksen", "Evans", "Fischer", "Garcia",
    "Gomez", "Gupta", "Haddad", "Hansen", "Hill", "Holm", "Horvat", "Ito", "Jansen", "Johnson", "Jones",
    "Kaya", "Khan", "Kim", "King", "Kowalski", "Krüger", "Kumar", "Larsen", "Lee", "Lewis", "Li", "Lopez",
    "Lund", "Martin", "Mehta", "Meyer", "Miller", "Moore", "Moreau", "Müller", "Nagy", "Nakamura", "Nguyen",
    "Nilsen", "Novak", "O'Brien", "Okafor", "Olsen", "Park", "Patel", "Pereira", "Petrov", "Rossi",
    "Ruiz", "Sato", "Schmidt", "Silva", "Singh", "Smith", "Solberg", "Strand", "Suzuki", "Tanaka",
    "Taylor", "Torres", "Virtanen", "Vogel", "Walker", "Wang", "Weber", "Wilson", "Young",
];
#[rustfmt::skip]
const WORDS: [&str; 60] = [
    "Alder", "Alpine", "Amber", "Apex", "Arctic", "Aurora", "Beacon", "Birch", "Blue", "Bright", "Cedar",
    "Central", "Clear", "Cobalt", "Copper", "Coral", "Crown", "Delta", "Eastern", "Echo", "Ember", "Everest",
    "Falcon", "First", "Fjord", "Forest", "Global", "Golden", "Granite", "Green", "Harbor", "Horizon",
    "Iron", "Ivory", "Keystone", "Lake", "Lunar", "Maple", "Meridian", "Metro", "Noble", "Nordic", "North",
    "Oak", "Ocean", "Orion", "Pacific", "Pine", "Polar", "Prime", "Quartz", "River", "Silver", "Solar",
    "Stone", "Summit", "Terra", "Urban", "Vertex", "West",
];
#[rustfmt::skip]
const TRADES: [&str; 42] = [
    "Analytics", "Bank", "Biotech", "Clinics", "Consulting", "Design", "Dynamics", "Education", "Energy",
    "Engineering", "Estates", "Financial", "Foods", "Freight", "Health", "Holdings", "Hotels", "Insurance",
    "Labs", "Legal", "Logistics", "Manufacturing", "Marine", "Media", "Mobility", "Motors", "Networks",
    "Outdoor", "Partners", "Pharma", "Power", "Publishing", "Retail", "Robotics", "Security", "Shipping",
    "Software", "Studios", "Systems", "Telecom", "Travel", "Ventures",
];
const FORMS: [&str; 8] = ["AS", "Ltd", "Inc", "GmbH", "AB", "Group", "LLC", "& Co"];

/// What a person is called: first and last name.
pub(crate) type Name = (&'static str, &'static str);

/// The name of a person. Names repeat, as they do.
pub(crate) fn person(seed: u64, number: u64) -> Name {
    let mut draw = Draw::new(seed, Stream::Name, number);
    (draw.pick(&FIRST), draw.pick(&LAST))
}

/// A company's name, as one of its own would spell it.
pub(crate) struct Company {
    pub(crate) name: String,
    /// The name's letters as part of a mail address.
    pub(crate) domain: String,
}

/// The name of a company; no two companies share one.
pub(crate) fn company(number: u32) -> Company {
    const ALL: u32 = (WORDS.len() * TRADES.len() * FORMS.len()) as u32;
    // The step shares no factor with ALL, so neighbours differ and nothing comes twice.
    let place = (u64::from(number % ALL) * 7_919 % u64::from(ALL)) as usize;
    let word = WORDS[place % WORDS.len()];
    let trade = TRADES[place / WORDS.len() % TRADES.len()];
    let form = FORMS[place / WORDS.len() / TRADES.len()];
    let comma = if ["Ltd", "Inc", "LLC"].contains(&form) && place.is_multiple_of(4) { "," } else { "" };
    let mut name = format!("{word} {trade}{comma} {form}");
    let mut domain = format!("{word}-{trade}").to_ascii_lowercase();
    if number >= ALL {
        let serial = (number / ALL + 1).to_string();
        name = format!("{name} {serial}");
        domain += &serial;
    }
    Company { name, domain }
}

/// The part of a mail address before the `@`.
pub(crate) fn mailbox((first, last): Name, number: u64) -> String {
    let letters = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
    };
    format!("{}.{}{number}", letters(first), letters(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn companies_have_names_of_their_own() {
        let names: BTreeSet<String> = (0..50_000).map(|number| company(number).name).collect();
        assert_eq!(names.len(), 50_000);
    }
}
