//! Reading JSON where every kilobyte counts: in the page.
//!
//! A [`Json`] is a view of text that is known to be one JSON value (RFC 8259); what is asked for is
//! found anew each time, which for messages of a few kilobytes costs nothing that can be felt. The
//! server reads with serde_json, which would be a fifth of the page's WASM. A property test holds
//! the two to the same answers.

use std::ops::Range;

/// How deep values may nest; the same as serde_json's.
const DEPTH: u8 = 127;

/// One JSON value, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Checks a whole text. None when it is not exactly one JSON value, or nests too deep.
    pub fn parse(text: &'a str) -> Option<Self> {
        let scan = Scan(text.as_bytes());
        let start = scan.blank(0);
        let end = scan.value(start, DEPTH)?;
        (scan.blank(end) == text.len()).then(|| Self(&text[start..end]))
    }

    /// The value as it was written.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    /// What it is, in words.
    pub fn kind(self) -> &'static str {
        kind(self.0)
    }

    /// A member of an object; none when it is absent or null, or this is no object. Of two with
    /// one name, the last.
    pub fn get(self, name: &str) -> Option<Self> {
        let mut found = None;
        if self.is_object() {
            self.each(|key, value| {
                if unquote(key).as_deref() == Some(name) {
                    found = Some(value);
                }
            });
        }
        found.filter(|value| !value.is_null())
    }

    /// The items of an array; none when this is no array.
    pub fn items(self) -> Option<Vec<Self>> {
        let mut items = Vec::new();
        self.0.starts_with('[').then(|| self.each(|_, item| items.push(item)))?;
        Some(items)
    }

    /// A string's text; none when this is no string, or its escapes name no characters.
    pub fn string(self) -> Option<String> {
        unquote(self.0)
    }

    /// A whole number of this range; none for anything else, 1.0 included.
    pub fn number(self) -> Option<u32> {
        self.0.parse().ok()
    }

    /// A truth value; none when this is none.
    pub fn boolean(self) -> Option<bool> {
        self.0.parse().ok()
    }

    /// Shows the members of an object or the items of an array, in order. Items have no key.
    fn each(self, mut show: impl FnMut(&'a str, Self)) {
        let text = self.0;
        Scan(text.as_bytes()).inside(0, DEPTH, &mut |key, value| show(&text[key], Self(&text[value])));
    }
}

/// What JSON without leading blanks is, in words: its first byte tells.
pub fn kind(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// A string as JSON.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{0}'..='\u{1f}' => {
                let digit = |of: u32| char::from_digit(of, 16).unwrap_or('0');
                quoted.push_str("\\u00");
                quoted.push(digit(u32::from(letter) / 16));
                quoted.push(digit(u32::from(letter) % 16));
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// The text of a string that was found well-formed.
fn unquote(quoted: &str) -> Option<String> {
    let mut rest = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(rest.len());
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let (letter, after) = unescape(escape)?;
        text.push(letter);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// The character of an escape, and what follows it.
fn unescape(escape: &str) -> Option<(char, &str)> {
    let (kind, rest) = escape.split_at_checked(1)?;
    let letter = match kind {
        "n" => '\n',
        "t" => '\t',
        "r" => '\r',
        "b" => '\u{8}',
        "f" => '\u{c}',
        "u" => return unescape_unit(rest),
        _ => kind.chars().next()?,
    };
    Some((letter, rest))
}

/// A character by its UTF-16: one unit, or a pair of surrogates.
fn unescape_unit(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| u16::from_str_radix(text.get(..4)?, 16).ok();
    let mut units = vec![unit(text)?];
    let mut rest = text.get(4..)?;
    if (0xd800..0xdc00).contains(&units[0]) {
        let low = rest.strip_prefix("\\u")?;
        units.push(unit(low)?);
        rest = low.get(4..)?;
    }
    let mut letters = char::decode_utf16(units);
    Some((letters.next()?.ok()?, rest))
}

/// Walks JSON text. Each step says where what begins at a place ends, or that it is not well-formed.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn at(&self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    fn blank(&self, mut at: usize) -> usize {
        while matches!(self.at(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at
    }

    fn value(&self, at: usize, depth: u8) -> Option<usize> {
        match self.at(at)? {
            b'{' | b'[' => self.inside(at, depth, &mut |_, _| {}),
            b'"' => self.string(at),
            b't' => self.word(at, "true"),
            b'f' => self.word(at, "false"),
            b'n' => self.word(at, "null"),
            _ => self.number(at),
        }
    }

    /// An object or an array, showing each member or item: where its key and its value are.
    fn inside(
        &self,
        start: usize,
        depth: u8,
        show: &mut dyn FnMut(Range<usize>, Range<usize>),
    ) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let (keyed, last) = if self.at(start)? == b'{' { (true, b'}') } else { (false, b']') };
        let mut at = self.blank(start + 1);
        if self.at(at)? == last {
            return Some(at + 1);
        }
        loop {
            let key = at..if keyed { self.string(at)? } else { at };
            if keyed {
                at = self.blank(self.word(self.blank(key.end), ":")?);
            }
            let end = self.value(at, depth)?;
            show(key, at..end);
            at = self.blank(end);
            match self.at(at)? {
                b',' => at = self.blank(at + 1),
                byte => return (byte == last).then_some(at + 1),
            }
        }
    }

    fn string(&self, at: usize) -> Option<usize> {
        let mut at = self.word(at, "\"")?;
        loop {
            at = match self.at(at)? {
                b'"' => return Some(at + 1),
                b'\\' => self.escape(at + 1)?,
                0..=0x1f => return None,
                _ => at + 1,
            }
        }
    }

    fn escape(&self, at: usize) -> Option<usize> {
        match self.at(at)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 1),
            b'u' => {
                let digits = self.0.get(at + 1..at + 5)?;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(at + 5)
            }
            _ => None,
        }
    }

    fn word(&self, at: usize, word: &str) -> Option<usize> {
        self.0.get(at..)?.starts_with(word.as_bytes()).then_some(at + word.len())
    }

    fn number(&self, at: usize) -> Option<usize> {
        let mut at = self.word(at, "-").unwrap_or(at);
        at = self.word(at, "0").or_else(|| self.digits(at))?;
        if let Some(fraction) = self.word(at, ".") {
            at = self.digits(fraction)?;
        }
        if let Some(exponent) = self.word(at, "e").or_else(|| self.word(at, "E")) {
            let sign = self.word(exponent, "+").or_else(|| self.word(exponent, "-"));
            at = self.digits(sign.unwrap_or(exponent))?;
        }
        Some(at)
    }

    /// At least one digit.
    fn digits(&self, start: usize) -> Option<usize> {
        let mut at = start;
        while self.at(at).is_some_and(|byte| byte.is_ascii_digit()) {
            at += 1;
        }
        (at > start).then_some(at)
    }
}
