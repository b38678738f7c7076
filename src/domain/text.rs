//! What publishers write: one line, or several, of text that shows what it says.

use super::Invalid;

/// One line of text that shows something.
pub(super) fn line(field: &'static str, text: String, most: usize) -> Result<String, Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new(field, "must not be empty"));
    }
    if text.chars().all(is_invisible) {
        return Err(Invalid::new(field, "must show something"));
    }
    if text.chars().any(|it| it.is_control() || matches!(it, '\u{2028}' | '\u{2029}')) {
        return Err(Invalid::new(field, "must be one line without control characters"));
    }
    if text.chars().any(turns_writing) {
        return Err(Invalid::new(field, "must not turn the direction of writing"));
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

/// Whether a character draws nothing by itself: blanks, controls, and what Unicode calls default
/// ignorable. Each has its use between characters that show, as a joiner in an emoji has.
fn is_invisible(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || is_ignorable(letter) || is_filler(letter)
}

fn is_ignorable(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Letters that stand for an empty place.
fn is_filler(letter: char) -> bool {
    matches!(letter, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

/// Embeddings, overrides and isolates: with them a line reads otherwise than it is written, and may
/// turn what stands beside it. The marks that a name from right to left needs are none of them.
fn turns_writing(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(written: &str) -> Option<String> {
        line("title", written.to_owned(), 200).err().map(|invalid| invalid.must)
    }

    #[test]
    fn a_line_shows_something() {
        let nothing = [
            "\u{200b}",
            "\u{200b} \u{feff}",
            "\u{ad}\u{2060}",
            "\u{3164}",
            "\u{2800}\u{2800}",
            "\u{e0041}\u{fe0f}",
            "\u{202e}",
            "\0",
        ];
        for written in nothing {
            assert_eq!(refused(written).as_deref(), Some("must show something"), "{written:?}");
        }
        for blank in ["", " ", "\u{a0}\n"] {
            assert_eq!(refused(blank).as_deref(), Some("must not be empty"), "{blank:?}");
        }
        for shown in ["a", "\u{200f}שלום\u{200f}", "👩\u{200d}🚀", "❤\u{fe0f}", "نمی\u{200c}خواهم"]
        {
            assert_eq!(refused(shown), None, "{shown:?}");
        }
    }

    #[test]
    fn a_line_is_one_line() {
        for written in ["a\nb", "a\u{85}b", "a\u{2028}b", "a\u{2029}b", "a\u{1b}[2J"] {
            assert!(refused(written).is_some_and(|must| must.contains("one line")), "{written:?}");
        }
    }

    #[test]
    fn a_line_reads_as_it_is_written() {
        for turn in ['\u{202a}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2069}'] {
            let written = format!("paid {turn}000.01");
            assert!(refused(&written).is_some_and(|must| must.contains("direction")), "{written:?}");
        }
    }
}
