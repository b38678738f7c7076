//! People, by the host application's own ids.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use super::text;

/// The host application's id of a person: 1-64 characters of `A-Z a-z 0-9 _ . @ : -`.
///
/// Parsed once at the edge, so that it is safe in a channel name, a log line or a path everywhere after.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(Arc<str>);

/// Why a text is not a [`UserId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1-64 characters of A-Z a-z 0-9 _ . @ : -")]
pub struct InvalidUserId;

impl UserId {
    /// The longest id, in characters.
    pub const MAX: usize = 64;

    /// The id as the host application wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(text: &str) -> Result<Self, InvalidUserId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.@:-".contains(&byte);
        if (1..=Self::MAX).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidUserId)
        }
    }
}

impl TryFrom<String> for UserId {
    type Error = InvalidUserId;

    fn try_from(text: String) -> Result<Self, InvalidUserId> {
        text.parse()
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A person's name to show: one line of 1-100 characters, without blanks around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// Why a text is not a [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1-100 characters on one line that show something")]
pub struct InvalidName;

impl Name {
    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let line = text::line("name", text.trim().to_owned(), 100);
        line.map(Self).map_err(|_| InvalidName)
    }
}

/// A person who has an inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The host application's id.
    pub id: UserId,
    /// The name to show; the id until something better is known.
    pub name: String,
    /// A picture, as an absolute address or a path of the host.
    pub avatar_url: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_the_alphabet_pass_and_all_others_do_not() {
        for good in ["a", "ada@example.org", "urn:user-1_x.Y", &"x".repeat(64)] {
            assert!(good.parse::<UserId>().is_ok(), "{good}");
        }
        for bad in ["", "a b", "a*", "ä", "{a}", "a\n", "a/b", &"x".repeat(65)] {
            assert_eq!(bad.parse::<UserId>(), Err(InvalidUserId), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_one_line_that_shows_something() {
        for (text, name) in [("Ada Byron", "Ada Byron"), (" Ünal\n", "Ünal"), ("🔔", "🔔")] {
            assert_eq!(text.parse::<Name>().unwrap().as_str(), name);
        }
        assert!("é".repeat(100).parse::<Name>().is_ok());
        for bad in ["", " \u{a0}", "two\nlines", "\u{1b}[31mred", "\u{200b}", "a\u{202e}b", &"x".repeat(101)]
        {
            assert_eq!(bad.parse::<Name>(), Err(InvalidName), "{bad:?}");
        }
    }
}
