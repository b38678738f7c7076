//! How large a text is, before anything parses it: the parser recurses into nested values without a bound.

use super::TooLarge;

/// The deepest nesting of brackets of any kind. Not a setting: what the parser's stack bears.
const NESTING: usize = 64;

/// Refuses a text of more than so many lexical tokens (GraphQL specification, section 2.1.6), or whose
/// brackets nest too deep. What is no token counts as one, since the parser will say so.
///
/// # Errors
/// What there is too much of.
pub(super) fn measure(text: &str, tokens: usize) -> Result<(), TooLarge> {
    let mut rest = text.as_bytes();
    let (mut depth, mut count) = (0_usize, 0_usize);
    while let Some(byte) = rest.first() {
        let length = match byte {
            b'"' => string(rest),
            b'#' => line(rest),
            b'.' if rest.starts_with(b"...") => 3,
            b'-' | b'0'..=b'9' => rest.iter().take_while(|byte| is_number(**byte)).count(),
            byte if is_name(*byte) => rest.iter().take_while(|byte| is_name(**byte)).count(),
            _ => 1,
        };
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        count += usize::from(!matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'#'));
        if depth > NESTING {
            return Err(TooLarge { most: NESTING, of: "levels of brackets" });
        }
        if count > tokens {
            return Err(TooLarge { most: tokens, of: "tokens" });
        }
        rest = &rest[length..];
    }
    Ok(())
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_number(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+')
}

/// The length of the string a text begins with (GraphQL specification, section 2.9.4). A block
/// string that does not end is what the parser takes it for: an empty string and what follows.
fn string(text: &[u8]) -> usize {
    if !text.starts_with(b"\"\"\"") {
        return quoted(text);
    }
    let mut at = 3;
    while let Some(next) = text[at..].iter().position(|byte| *byte == b'"') {
        at += next;
        let escaped = text[..at].ends_with(b"\\");
        if !escaped && text[at..].starts_with(b"\"\"\"") {
            return at + 3;
        }
        at += if escaped && text[at..].starts_with(b"\"\"\"") { 3 } else { 1 };
    }
    2
}

fn quoted(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            // Strings end with their line.
            b'\n' | b'\r' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

fn line(text: &[u8]) -> usize {
    text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use proptest::prelude::*;

    use super::*;

    fn levels(text: &str) -> Result<(), TooLarge> {
        measure(text, usize::MAX)
    }

    fn nested(levels: usize) -> String {
        format!("{{ a(b: {}{}) }}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn brackets_may_nest_to_the_limit_and_no_further() {
        assert!(levels(&nested(NESTING - 2)).is_ok());
        assert!(levels(&nested(NESTING - 1)).is_err());
        assert!(levels(&nested(100_000)).is_err());
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let many = "([{".repeat(100);
        for quiet in [
            format!("{{ a(b: \"{many}\") }}"),
            format!("{{ a(b: \"\\\"{many}\") }}"),
            format!("{{ a(b: \"\"\"\n{many}\n\\\"\"\"{many}\"\"\") }}"),
            format!("{{ a # {many}\n }}"),
        ] {
            assert!(parse_query(&quiet).is_ok(), "{quiet}");
            assert!(levels(&quiet).is_ok(), "{quiet}");
        }
    }

    #[test]
    fn a_string_that_does_not_end_hides_nothing() {
        let deep = "[".repeat(100);
        for sly in [
            format!("{{ a(b: \"\n{deep}"),
            format!("{{ a(b: [\"\"\" \" {deep}"),
            format!("{{ a(b: \"\\\n\"\n{deep}"),
        ] {
            assert!(levels(&sly).is_err(), "{sly}");
        }
    }

    #[test]
    fn tokens_are_counted_as_the_specification_has_them() {
        let text =
            "query Q($a: [Int!] = -1.5e3) { # words, that do not count\n a(b: \"c d\", e: $a) {g...f} }";
        // query Q ( $ a : [ Int ! ] = -1.5e3 ) { a ( b : "c d" e : $ a ) { g ... f } }
        assert!(measure(text, 30).is_ok());
        assert!(measure(text, 29).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_measured(text in "[\\[({\\])}\"\\\\#\na ]{0,200}") {
            let _ = levels(&text);
        }
    }
}
