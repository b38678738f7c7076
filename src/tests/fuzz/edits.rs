//! What becomes of a seed: bytes changed, cut, doubled, and taken from its neighbours.

use proptest::{collection::vec, prelude::*, sample::Index};

/// The longest input, in bytes: more than any of the parsers takes.
const LONGEST: usize = 256 * 1024;

/// What breaks parsers that do not expect it.
const WORDS: [&str; 42] = [
    "\0",
    "\r\n",
    "\n",
    "\t",
    " ",
    "\"",
    "'",
    "\\",
    "\\u0000",
    "\\ud800",
    "\\udfff\\ud800",
    "é",
    "🔔",
    "\u{202e}",
    "\u{200b}",
    "\u{feff}",
    "\u{2028}",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "4294967296",
    "99999999999999999999",
    "-0.0",
    "//",
    "/\\",
    "javascript:",
    "https://",
    "..",
    "%00",
    "=",
    "&",
    "|",
    ".",
    "*",
];

#[derive(Clone, Debug)]
enum Edit {
    Set(Index, u8),
    Flip(Index, u32),
    Word(Index, &'static str),
    Cut(Index, usize),
    /// A stretch of it, so often in its place.
    Repeat(Index, usize, usize),
    /// The rest is that of another seed.
    Splice(Index, Index, Index),
}

/// Inputs near the seeds.
pub(super) fn edited(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), vec(edit(), 0..8)).prop_map(move |(seed, edits)| {
        let mut bytes = seed.get(&seeds).clone();
        for edit in edits {
            edit.make(&mut bytes, &seeds);
            bytes.truncate(LONGEST);
        }
        bytes
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    let times = prop_oneof![8 => 2..5_usize, 1 => 2..3_000_usize];
    prop_oneof![
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        2 => (at(), 0..8_u32).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        4 => (at(), prop::sample::select(&WORDS[..])).prop_map(|(at, word)| Edit::Word(at, word)),
        2 => (at(), 1..20_usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        2 => (at(), 1..20_usize, times).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
        2 => (at(), at(), at()).prop_map(|(at, other, from)| Edit::Splice(at, other, from)),
    ]
}

impl Edit {
    fn make(&self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        // A place between bytes, the end among them.
        let place = |at: &Index, bytes: &[u8]| at.index(bytes.len() + 1);
        let stretch = |at: &Index, length: usize, bytes: &[u8]| {
            let start = at.index(bytes.len() + 1);
            start..(start + length).min(bytes.len())
        };
        match self {
            Self::Set(at, byte) => {
                let at = place(at, bytes);
                bytes.iter_mut().skip(at).take(1).for_each(|it| *it = *byte);
            }
            Self::Flip(at, bit) => {
                let at = place(at, bytes);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit);
            }
            Self::Word(at, word) => {
                let at = place(at, bytes);
                bytes.splice(at..at, word.bytes());
            }
            Self::Cut(at, length) => drop(bytes.drain(stretch(at, *length, bytes))),
            Self::Repeat(at, length, times) => {
                let range = stretch(at, *length, bytes);
                let many = bytes[range.clone()].repeat(*times);
                bytes.splice(range, many);
            }
            Self::Splice(at, other, from) => {
                bytes.truncate(place(at, bytes));
                let other = other.get(seeds);
                bytes.extend(&other[place(from, other)..]);
            }
        }
    }
}
