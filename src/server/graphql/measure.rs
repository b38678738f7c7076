//! How large a document is, before anything walks it.
//!
//! The parser recurses into nested values without a bound, and validation walks every fragment as
//! often as it is spread, so a few hundred bytes could end the process or hold a core for minutes.
//! Both measures are linear in the text.

use std::collections::HashMap;

use async_graphql::{
    Name, ServerError, ServerResult,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

/// The deepest nesting of brackets of any kind.
const NESTING: usize = 64;
/// The most selections, each fragment counted as often as it is spread.
const SELECTIONS: usize = 5_000;

/// Refuses a text whose brackets nest too deep for the parser.
///
/// # Errors
/// A request error.
pub fn nesting(text: &str) -> ServerResult<()> {
    let mut rest = text.as_bytes();
    let mut depth = 0_usize;
    while let Some(byte) = rest.first() {
        let length = match byte {
            b'"' => string(rest),
            b'#' => line(rest),
            b'{' | b'[' | b'(' => {
                depth += 1;
                1
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                1
            }
            _ => 1,
        };
        if depth > NESTING {
            return Err(ServerError::new(format!("the document nests deeper than {NESTING} levels"), None));
        }
        rest = &rest[length..];
    }
    Ok(())
}

/// Refuses a document that asks for too much.
///
/// # Errors
/// A request error.
pub fn selections(doc: &ExecutableDocument) -> ServerResult<()> {
    let mut fragments = HashMap::new();
    let asked = doc.operations.iter().map(|(_, it)| count(doc, &it.node.selection_set.node, &mut fragments));
    if asked.fold(0, usize::saturating_add) > SELECTIONS {
        return Err(ServerError::new(format!("the document has more than {SELECTIONS} selections"), None));
    }
    Ok(())
}

fn count<'a>(
    doc: &'a ExecutableDocument,
    set: &'a SelectionSet,
    fragments: &mut HashMap<&'a Name, usize>,
) -> usize {
    set.items.iter().fold(0, |sum: usize, selection| {
        let below = match &selection.node {
            Selection::Field(field) => count(doc, &field.node.selection_set.node, fragments),
            Selection::InlineFragment(inline) => count(doc, &inline.node.selection_set.node, fragments),
            Selection::FragmentSpread(spread) => spread_of(doc, &spread.node.fragment_name.node, fragments),
        };
        sum.saturating_add(1).saturating_add(below)
    })
}

/// Counted once each; a circle counts as nothing here, for validation refuses it.
fn spread_of<'a>(
    doc: &'a ExecutableDocument,
    name: &'a Name,
    fragments: &mut HashMap<&'a Name, usize>,
) -> usize {
    if let Some(known) = fragments.get(name) {
        return *known;
    }
    let Some(fragment) = doc.fragments.get(name) else { return 0 };
    fragments.insert(name, 0);
    let size = count(doc, &fragment.node.selection_set.node, fragments);
    fragments.insert(name, size);
    size
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

    fn nested(levels: usize) -> String {
        format!("{{ a(b: {}{}) }}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn brackets_may_nest_to_the_limit_and_no_further() {
        assert!(nesting(&nested(NESTING - 2)).is_ok());
        assert!(nesting(&nested(NESTING - 1)).is_err());
        assert!(nesting(&nested(100_000)).is_err());
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
            assert!(nesting(&quiet).is_ok(), "{quiet}");
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
            assert!(nesting(&sly).is_err(), "{sly}");
        }
    }

    #[test]
    fn fragments_count_as_often_as_they_are_spread() {
        let doubling = |levels: usize| {
            let spread = |level| format!("fragment f{level} on Query {{ ...f{0} ...f{0} }} ", level + 1);
            let fragments: String = (0..levels).map(spread).collect();
            let text = format!("{{ ...f0 }} {fragments} fragment f{levels} on Query {{ viewer {{ id }} }}");
            selections(&parse_query(text).unwrap())
        };
        assert!(doubling(8).is_ok());
        assert!(doubling(12).is_err());
        assert!(doubling(500).is_err());
        assert!(selections(&parse_query("{ ...a } fragment a on Query { ...a }").unwrap()).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_measured(text in "[\\[({\\])}\"\\\\#\na ]{0,200}") {
            let _ = nesting(&text);
        }
    }
}
