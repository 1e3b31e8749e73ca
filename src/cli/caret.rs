//! Where in an expression is the mistake? The text as typed, with a mark under the spot.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::query::ExprError;
use crate::report::cells::escape_controls;

/// The error with the text of the option it was found in.
pub fn render(flag: &str, text: &str, error: &ExprError, color: bool) -> String {
    let mark = AnnotationKind::Primary.span(within(text, error.span.range()));
    // The renderer shows what is below a blank harmlessly, but not the controls above; the stand-in is
    // as long as they are, so that the mark stays where it is.
    let source: String =
        text.chars().map(|c| if matches!(c, '\u{80}'..='\u{9f}') { '·' } else { c }).collect();
    let snippet = Snippet::source(source).path(flag).annotation(mark);
    // Messages quote words of the text.
    let message = escape_controls(&error.message);
    let help = error.help.as_deref().map(escape_controls);
    let mut report = vec![Level::ERROR.primary_title(message).element(snippet)];
    if let Some(help) = help {
        report.push(Group::with_title(Level::HELP.secondary_title(help)));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&report) + "\n"
}

/// The range, made to fit the text: a wrong span must not hide the message.
fn within(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(range.start);
    start..text.ceil_char_boundary(range.end).max(start)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::query::expr::parse;

    fn shown(text: &str) -> String {
        render("--where", text, &parse(text).unwrap_err(), false)
    }

    #[test]
    fn the_mark_stands_under_the_spot() {
        assert_snapshot!(shown("plan_type = 'Pro' and company = Acme"), @r##"
    error: expected a value, found 'Acme'
     --> --where:1:33
      |
    1 | plan_type = 'Pro' and company = Acme
      |                                 ^^^^
      |
    help: text goes in single quotes: 'Acme'
    "##);
        assert_snapshot!(shown("(a = 1"), @r##"
    error: this '(' is not closed
     --> --where:1:1
      |
    1 | (a = 1
      | ^
    "##);
    }

    #[test]
    fn the_end_and_wide_characters_are_marked_too() {
        assert_snapshot!(shown("større = 'ø' and x"), @r##"
    error: expected an operator, found the end
     --> --where:1:19
      |
    1 | større = 'ø' and x
      |                   ^
      |
    help: a condition compares: x = 'x', x is not null
    "##);
    }

    #[test]
    fn escapes_in_the_text_do_not_reach_the_terminal() {
        for text in [
            "a = \u{9b}2Jx",
            "a = \u{1b}[2Jx",
            "\"a\u{1b}[2J\" b",
            "a = \"\u{1b}[2J\"",
            "\"\u{1b}[2J\" and b",
        ] {
            let shown = shown(text);
            assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
        }
    }

    #[test]
    fn colour_is_only_added_when_asked_for() {
        let error = parse("a = b").unwrap_err();
        assert!(render("--where", "a = b", &error, true).contains("\u{1b}["));
    }

    #[test]
    fn a_span_that_does_not_fit_is_no_reason_to_panic() {
        let error = ExprError::new("odd", crate::query::Span::new(1, 99));
        assert!(render("--where", "ø", &error, false).contains("odd"));
    }
}
