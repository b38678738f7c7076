//! What publishers write: one line, or several, of text that shows what it says.

use super::Invalid;

/// One line of text that shows something.
pub(super) fn line(field: &'static str, text: String, most: usize) -> Result<String, Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new(field, "must not be empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(field, "must be one line without control characters"));
    }
    at_most(field, text, most)
}

/// Any text, over several lines if need be.
pub(super) fn text(field: &'static str, text: String, most: usize) -> Result<String, Invalid> {
    if text.chars().any(|it| it.is_control() && !matches!(it, '\n' | '\r' | '\t')) {
        return Err(Invalid::new(field, "must not contain control characters"));
    }
    at_most(field, text, most)
}

/// Text of a bounded length.
pub(super) fn at_most(field: &'static str, text: String, most: usize) -> Result<String, Invalid> {
    let length = text.chars().count();
    if length <= most {
        return Ok(text);
    }
    Err(Invalid::new(field, format!("must be at most {most} characters, not {length}")))
}
