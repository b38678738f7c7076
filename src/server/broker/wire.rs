//! News as it travels between nodes: who sends it, and JSON, behind a MAC of both.
//!
//! Whoever can publish on the Redis could otherwise put words into every bell. The key is in the
//! store, which only nodes can read.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::domain::{Alert, AlertId, Change, Counts, Position, UserId, What};

/// The most bytes of one news. Of a larger change only the head travels, and nodes read the log.
pub const MOST_BYTES: usize = 64 * 1024;

/// The length of a MAC (RFC 2104 with SHA-256), which goes before the text.
const MAC: usize = 32;

/// The length of the sender, which goes before that.
const NODE: usize = 16;

/// The key of news, as the store keeps it.
#[derive(Clone)]
pub struct Key(pub [u8; 32]);

/// A node, as others are told of it. Random, for nothing but to be told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node([u8; NODE]);

impl Node {
    /// One that is nobody else.
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Whether it seems to have written this: its sessions heard it then. Whoever forges that keeps news
    /// from a node, as whoever drops it does; so this needs no MAC.
    pub fn wrote(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&self.0)
    }
}

/// What a node hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The change itself.
    Change(Box<Change>),
    /// Only that there is one: where the inbox stands.
    Head(UserId, Position),
}

/// Why bytes are not news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum NotNews {
    #[error("it does not carry this store's MAC")]
    Forged,
    #[error("its text is not that of news")]
    Malformed,
}

#[derive(Serialize, Deserialize)]
struct Text {
    user: UserId,
    position: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Told>,
}

/// What every version of this program says.
#[derive(Deserialize)]
struct Stand {
    user: UserId,
    position: String,
}

#[derive(Serialize, Deserialize)]
struct Told {
    #[serde(flatten)]
    counts: Counts,
    what: What,
    ids: Vec<AlertId>,
    alerts: Vec<Alert>,
}

/// The bytes of a change that a node tells of.
pub fn write(key: &Key, node: Node, change: &Change) -> Vec<u8> {
    let Change { user, position, counts, what, ids, alerts } = change;
    let told = Told { counts: *counts, what: what.clone(), ids: ids.clone(), alerts: alerts.clone() };
    let mut text = Text { user: user.clone(), position: position.to_string(), change: Some(told) };
    let mut bytes = sealed(key, node, &text);
    if bytes.len() > MOST_BYTES {
        text.change = None;
        bytes = sealed(key, node, &text);
    }
    bytes
}

/// What bytes say.
///
/// # Errors
/// They are not news of this store.
pub fn read(key: &Key, bytes: &[u8]) -> Result<Heard, NotNews> {
    // None of ours: it is not worth a hash.
    if bytes.len() > MOST_BYTES {
        return Err(NotNews::Forged);
    }
    let (node, rest) = bytes.split_at_checked(NODE).ok_or(NotNews::Forged)?;
    let (mac, text) = rest.split_at_checked(MAC).ok_or(NotNews::Forged)?;
    hasher(key).chain_update(node).chain_update(text).verify_slice(mac).map_err(|_| NotNews::Forged)?;
    let Text { user, position, change } = parsed(text)?;
    let position = position.parse().map_err(|_| NotNews::Malformed)?;
    Ok(match change {
        Some(Told { counts, what, ids, alerts }) => {
            Heard::Change(Box::new(Change { user, position, counts, what, ids, alerts }))
        }
        None => Heard::Head(user, position),
    })
}

/// Of a change as another version of this program tells it, whose key is the same, the head is understood.
fn parsed(text: &[u8]) -> Result<Text, NotNews> {
    serde_json::from_slice(text).or_else(|_| {
        let Stand { user, position } = serde_json::from_slice(text).map_err(|_| NotNews::Malformed)?;
        Ok(Text { user, position, change: None })
    })
}

fn sealed(key: &Key, node: Node, text: &Text) -> Vec<u8> {
    let mut bytes = [&node.0[..], &[0; MAC]].concat();
    // Everything in it has string keys and no failing parts; writing to memory does not fail.
    let _ = serde_json::to_writer(&mut bytes, text);
    let mac = hasher(key).chain_update(node.0).chain_update(&bytes[NODE + MAC..]).finalize().into_bytes();
    bytes[NODE..NODE + MAC].copy_from_slice(&mac);
    bytes
}

fn hasher(key: &Key) -> Hmac<Sha256> {
    // A key shorter than a block of the hash is filled up with zeros (RFC 2104, section 2).
    let mut block = [0; 64];
    block[..key.0.len()].copy_from_slice(&key.0);
    Hmac::new(&block.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: Key = Key([7; 32]);
    const NODE: Node = Node([9; 16]);

    fn change(ids: usize) -> Change {
        let position = Position { epoch: 1, inbox: 2, revision: 3 };
        let ids = vec![AlertId(uuid::Uuid::nil()); ids];
        let user = "ada".parse().unwrap();
        Change {
            user,
            position,
            counts: Counts { unseen: 3, unread: 4, archived: 5, snoozed: 6 },
            what: What::RightEnded("r".into()),
            ids,
            alerts: vec![],
        }
    }

    #[test]
    fn news_comes_out_as_it_went_in() {
        let change = change(2);
        assert_eq!(read(&KEY, &write(&KEY, NODE, &change)), Ok(Heard::Change(Box::new(change))));
    }

    #[test]
    fn of_a_large_change_only_the_head_travels() {
        let change = change(5_000);
        let bytes = write(&KEY, NODE, &change);
        assert!(bytes.len() < 200);
        assert_eq!(read(&KEY, &bytes), Ok(Heard::Head(change.user, change.position)));
    }

    #[test]
    fn of_a_change_that_only_another_version_understands_the_head_is_heard() {
        let Change { user, position, .. } = change(1);
        let text =
            format!(r#"{{"user":"{user}","position":"{position}","change":{{"what":"of tomorrow"}}}}"#);
        let mac = hasher(&KEY).chain_update(NODE.0).chain_update(&text).finalize().into_bytes();
        let bytes = [&NODE.0[..], &mac, text.as_bytes()].concat();
        assert_eq!(read(&KEY, &bytes), Ok(Heard::Head(user, position)));
    }

    #[test]
    fn a_node_knows_its_own() {
        let bytes = write(&KEY, NODE, &change(1));
        assert!(NODE.wrote(&bytes));
        assert!(!Node::random().wrote(&bytes) && !NODE.wrote(b""));
    }

    #[test]
    fn news_under_another_key_is_forged() {
        assert_eq!(read(&Key([8; 32]), &write(&KEY, NODE, &change(1))), Err(NotNews::Forged));
    }

    proptest! {
        #[test]
        fn one_changed_byte_is_noticed(at in 0_usize..100, by in 1_u8..) {
            let mut bytes = write(&KEY, NODE, &change(1));
            let at = at % bytes.len();
            bytes[at] = bytes[at].wrapping_add(by);
            prop_assert_eq!(read(&KEY, &bytes), Err(NotNews::Forged));
        }

        #[test]
        fn garbage_is_not_news(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read(&KEY, &bytes).is_err());
        }
    }
}
