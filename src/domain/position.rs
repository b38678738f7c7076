//! Where a reader of an inbox stands.

use std::{fmt, str::FromStr};

/// Rises by exactly 1 with every committed change of an inbox; 0 is an inbox nothing happened to.
pub type Revision = u32;

/// A point in the history of one inbox. Clients hold its text unread and hand it back to resume.
///
/// The epoch and the inbox's own random id make a position of another history, or of another
/// inbox, recognisable: such a one is answered with a reset, never with somebody's changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Identity of the store's history.
    pub epoch: u64,
    /// The inbox's own random id.
    pub inbox: u64,
    /// The last revision the reader knows of.
    pub revision: Revision,
}

impl Position {
    /// Whether both are places in one history of one inbox, and so compare by their revisions.
    pub fn is_beside(self, other: Self) -> bool {
        (self.epoch, self.inbox) == (other.epoch, other.inbox)
    }
}

/// Why a text is not a [`Position`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a position that this service gave out")]
pub struct InvalidPosition;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}{:08x}", self.epoch, self.inbox, self.revision)
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 40 || !text.bytes().all(digits) {
            return Err(InvalidPosition);
        }
        let half = |range| u64::from_str_radix(&text[range], 16).map_err(|_| InvalidPosition);
        Ok(Self {
            epoch: half(0..16)?,
            inbox: half(16..32)?,
            revision: Revision::from_str_radix(&text[32..], 16).map_err(|_| InvalidPosition)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_its_text() {
        let position = Position { epoch: u64::MAX, inbox: 7, revision: 301 };
        assert_eq!(position.to_string().parse(), Ok(position));
    }

    #[test]
    fn what_was_not_given_out_is_refused() {
        let long = "0".repeat(41);
        for bad in ["", "0", "+", "zz", long.as_str(), &"F".repeat(40), &"é".repeat(20)] {
            assert_eq!(bad.parse::<Position>(), Err(InvalidPosition), "{bad:?}");
        }
    }
}
