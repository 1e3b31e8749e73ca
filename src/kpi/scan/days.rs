//! On which civil days do the cells of a column lie that holds days or instants?

use crate::model::{Day, MICROS_PER_DAY, Zone};
use crate::store::{BitVec, Bits, NULL_NUMBER, Selection};

/// Of a cell that is missing.
pub const NO_DAY: Day = Day::MIN;

/// Which of some rows have a flag; no bits at all when none has.
pub fn flagged(flags: Bits<'_>, rows: &Selection) -> BitVec {
    if flags.words().iter().all(|word| *word == 0) {
        return BitVec::new();
    }
    match rows {
        Selection::Run(run) => flags.cut(run.clone()),
        Selection::List(rows) => rows.iter().map(|&row| flags.get(row as usize)).collect(),
    }
}

/// The civil day of each of some cells: of an instant that in the zone, of a day the day itself. `day_only` tells
/// which are days, if that makes a difference.
///
/// # Errors
/// Those of `day_only`.
pub fn civil_days<E>(
    cells: &[i64],
    day_only: impl FnOnce() -> Result<BitVec, E>,
    zone: &Zone,
) -> Result<Vec<Day>, E> {
    let utc_day = |cell: i64| cell.div_euclid(MICROS_PER_DAY) as Day;
    if zone.is_utc() {
        // A day starts where its cell says.
        let day = |&cell: &i64| if cell == NULL_NUMBER { NO_DAY } else { utc_day(cell) };
        return Ok(cells.iter().map(day).collect());
    }
    let day_only = day_only()?;
    let mut cursor = zone.cursor();
    let day = |(at, &cell): (usize, &i64)| match cell {
        NULL_NUMBER => NO_DAY,
        _ if day_only.get(at) => utc_day(cell),
        _ => cursor.day_of(cell),
    };
    Ok(cells.iter().enumerate().map(day).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn days_are_those_that_a_zone_tells_one_by_one(
            cells in proptest::collection::vec(
                (prop_oneof![
                    Just(None),
                    (19_600i64..19_900).prop_map(|day| Some((day, 0))),
                    (19_600i64..19_900, 0..MICROS_PER_DAY).prop_map(Some),
                ], any::<bool>()),
                0..40,
            ),
            has_days in any::<bool>(), name in prop_oneof![Just("UTC"), Just("Europe/Oslo"), Just("Asia/Kolkata")],
        ) {
            let zone = Zone::parse(name).unwrap();
            let micros = |cell: Option<(i64, i64)>| cell.map_or(NULL_NUMBER, |(day, rest)| day * MICROS_PER_DAY + rest);
            let numbers: Vec<i64> = cells.iter().map(|cell| micros(cell.0)).collect();
            let flags: Vec<bool> = cells.iter().map(|cell| has_days && cell.1).collect();
            let day = |(&cell, &is_day): (&i64, &bool)| match cell {
                NULL_NUMBER => NO_DAY,
                _ if is_day => cell.div_euclid(MICROS_PER_DAY) as Day,
                _ => zone.day_of(cell),
            };
            let want: Vec<Day> = numbers.iter().zip(&flags).map(day).collect();
            let bits: BitVec = flags.into_iter().collect();
            let day_only = || Ok::<_, ()>(flagged(bits.view(), &Selection::Run(0..numbers.len())));
            prop_assert_eq!(civil_days(&numbers, day_only, &zone), Ok(want));
        }
    }
}
