//! Keys of any kind, held as numbers where that loses nothing.
//!
//! A column of keys has one shape: a constant prefix with digits (`U000123`; a plain integer is the
//! empty prefix), GUIDs, or text. The first key decides; one that does not fit turns the column into
//! text. Every shape gives the key back to the letter.

mod map;
mod shape;
mod stored;
mod values;
mod view;

pub use map::KeyMap;
pub use shape::{KeyShape, hash_text};
pub use stored::{Slots, Sought, StoredKeys, slots};
pub use values::KeyValues;
pub use view::KeysView;

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(keys: &[&str]) -> KeyShape {
        let mut map = KeyMap::default();
        let ids: Vec<u32> = keys.iter().map(|k| map.id(k.as_bytes())).collect();
        for (key, id) in keys.iter().zip(ids) {
            assert_eq!(map.keys().text(id as usize), key.as_bytes(), "{keys:?}");
            assert_eq!(map.find(key.as_bytes()), Some(id), "{keys:?}");
        }
        let asked =
            || keys.iter().map(|key| Some(key.as_bytes())).chain([None, Some(&b"U9"[..])]).cycle().take(200);
        let mut found = Vec::new();
        map.find_each(asked(), |id| found.push(id));
        assert_eq!(found, asked().map(|key| map.find(key?)).collect::<Vec<_>>(), "{keys:?}");
        map.keys().shape().clone()
    }

    #[test]
    fn every_kind_of_key_comes_back_to_the_letter() {
        let number = |prefix: &str, width| KeyShape::Number { prefix: prefix.into(), width };
        assert_eq!(round_trip(&["1", "0", "10", "999999999999", "2"]), number("", 1));
        assert_eq!(round_trip(&["U000123", "U000007", "U1234567"]), number("U", 6));
        assert_eq!(round_trip(&["U12", "U07"]), number("U", 2));
        assert_eq!(round_trip(&["U1", "U07"]), KeyShape::Text);
        assert_eq!(round_trip(&["007", "7", "07"]), KeyShape::Text);
        assert_eq!(round_trip(&["12", "x-1", "", "12 "]), KeyShape::Text);
        let guids = ["0a1b2c3d-0000-1111-2222-333344445555", "ffffffff-ffff-ffff-ffff-ffffffffffff"];
        assert_eq!(round_trip(&guids), KeyShape::Guid);
        assert_eq!(round_trip(&[guids[0], "7"]), KeyShape::Text);
        assert_eq!(round_trip(&["123456789012345678901234"]), KeyShape::Text);
    }

    #[test]
    fn keys_taken_from_a_column_are_those_keys() {
        let columns: [&[Option<&str>]; 6] = [
            &[Some("U12"), Some("U07"), None],
            &[Some("U12"), Some("U13")],
            &[Some("5"), None, Some("6")],
            &[Some("ffffffff-ffff-ffff-ffff-ffffffffffff"), None],
            &[Some("x"), None, Some("")],
            &[],
        ];
        let column = |keys: &[Option<&str>]| {
            let mut column = KeyValues::new();
            keys.iter().for_each(|key| column.push(key.map(str::as_bytes)));
            column
        };
        for (a, b) in columns.iter().flat_map(|a| columns.iter().map(move |b| (a, b))) {
            let mut both = column(a);
            both.extend(&column(b).view(), (0..b.len()).rev());
            both.push(Some(b"U1"));
            let want = a.iter().chain(b.iter().rev()).copied().chain([Some("U1")]);
            let got = (0..both.len()).map(|at| both.view().get(at).map(|k| String::from_utf8(k).unwrap()));
            assert_eq!(got.collect::<Vec<_>>(), want.map(|k| k.map(Into::into)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_key_keeps_its_id() {
        let mut map = KeyMap::default();
        assert_eq!(
            [map.id(b"U01"), map.id(b"U02"), map.id(b"U01"), map.id(b"V9"), map.id(b"U02")],
            [0, 1, 0, 2, 1]
        );
        assert_eq!(map.find(b"U03"), None);
    }

    #[test]
    fn missing_keys_hold_their_place() {
        let mut keys = KeyValues::new();
        for key in [Some("5"), None, Some("6")] {
            keys.push(key.map(str::as_bytes));
        }
        assert_eq!((keys.is_null(1), keys.text(2)), (true, b"6".to_vec()));
        let mut first_missing = KeyValues::new();
        first_missing.push(None);
        first_missing.push(Some(b"5"));
        assert_eq!((first_missing.is_null(0), first_missing.text(1)), (true, b"5".to_vec()));
    }
}
