//! What is left of a file's name without its dates, numbers and parts? `meetings-2024-W01` is
//! `meetings`.

/// The name itself, then the name without its last stamp, and so on; the last may be empty, when the
/// name is nothing but stamps.
pub(super) fn stems(name: &str) -> Vec<&str> {
    let mut stems = vec![name];
    let mut rest = name;
    while let Some(shorter) = without_last_stamp(rest) {
        stems.push(shorter);
        rest = shorter;
    }
    stems
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '_' | '-' | '.' | '(' | ')' | '[' | ']' | '+' | ',')
}

fn without_last_stamp(name: &str) -> Option<&str> {
    let body = name.trim_end_matches(is_separator);
    let start =
        body.rfind(is_separator).map_or(0, |i| i + body[i..].chars().next().map_or(1, char::len_utf8));
    let word = &body[start..];
    let before = |end: usize| body[..end].trim_end_matches(is_separator);
    if is_stamp(word) {
        let rest = before(start);
        // `part 3` and `2024-01-01 to 2024-01-31`: the word belongs to the stamp behind it.
        let lead = rest.rfind(is_separator).map_or(0, |i| i + 1);
        let joins = ["part", "to", "week", "chunk"].iter().any(|w| rest[lead..].eq_ignore_ascii_case(w));
        return Some(if joins { before(lead) } else { rest });
    }
    // `meetings2024`, `meetings2024Q1`: a year or more may stand directly behind the name.
    let digits = word.find(|c: char| c.is_ascii_digit())?;
    let tail = &word[digits..];
    let leading_digits = tail.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && leading_digits >= 4 && is_stamp(tail)).then(|| before(start + digits))
}

/// Numbers, dates, times, weeks, quarters, half-years, parts: `2024`, `20240105T1030Z`, `W01`,
/// `2024Q1`, `part3`.
fn is_stamp(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let lettered = |letters: &[&str], digits_max: usize| {
        letters.iter().any(|l| word.strip_prefix(l).is_some_and(|d| digits(d) && d.len() <= digits_max))
    };
    if digits(&word) || lettered(&["w", "q", "h", "p"], 2) || lettered(&["part", "chunk"], 6) {
        return true;
    }
    // `2024w01`, `2024q1`, `20240105t103000z`: digits, one letter, digits.
    let body = word.strip_suffix('z').filter(|b| b.contains('t')).unwrap_or(&word);
    body.split_once(['w', 'q', 'h', 't']).is_some_and(|(a, b)| digits(a) && a.len() >= 4 && digits(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_taken_off_the_end() {
        for (name, stem) in [
            ("meetings-2024-W01", "meetings"),
            ("users_2024-01-05", "users"),
            ("meetings 2024Q1", "meetings"),
            ("meetings_part3", "meetings"),
            ("meetings part 3", "meetings"),
            ("meetings (2)", "meetings"),
            ("meetings-10", "meetings"),
            ("meetings2024", "meetings"),
            ("meetings.2024.01", "meetings"),
            ("Users_20240105T103000Z", "Users"),
            ("meetings 2024-01-01 to 2024-01-31", "meetings"),
            ("dbo.Users-2024", "dbo.Users"),
            ("2024-01", ""),
        ] {
            assert_eq!(stems(name).last(), Some(&stem), "{name}");
        }
    }

    #[test]
    fn words_stay() {
        for name in
            ["meetings_old", "user_settings", "users2", "meetings-final", "q", "part", "order_products"]
        {
            assert_eq!(stems(name), [name], "{name}");
        }
    }
}
