//! When do two names mean the same thing? Files, headers and dimensions are compared in one
//! normal form: lower case, without spaces, `_`, `-`, `[` and `]`.

/// The normal form of a file, table or column name.
pub fn normal(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '[' | ']' | '\u{feff}' | '\u{200b}'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether two names have the same normal form.
pub fn same(a: &str, b: &str) -> bool {
    normal(a) == normal(b)
}

/// The candidate nearest to `typed`, when one is near enough to be a likely slip of the keyboard.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = normal(typed);
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&typed, &normal(c)), c))
        .filter(|(d, c)| *d <= 1 + c.len().min(typed.len()) / 4)
        .min()
        .map(|(_, c)| c)
}

/// `; did you mean 'mau'?`, or nothing when no candidate is near.
pub fn did_you_mean<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(typed, candidates).map_or_else(String::new, |c| format!("; did you mean '{c}'?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_forms_agree() {
        for form in ["Host_User_ID", "hostUserId", "Host User ID", "[host-user-id]"] {
            assert_eq!(normal(form), "hostuserid", "{form}");
        }
    }

    #[test]
    fn a_slip_is_suggested_and_a_stranger_is_not() {
        assert_eq!(nearest("mua", ["dau", "mau", "revenue"]), Some("mau"));
        assert_eq!(nearest("zzz", ["dau", "mau", "revenue"]), None);
    }
}
