//! The names of channels, and where in a cluster they are.

use std::{ops::RangeInclusive, sync::Arc};

use crc16::{State, XMODEM};

use crate::domain::UserId;

/// Into how many parts people fall in a cluster; those of one part share a slot. So no more slots than
/// these have subscribers, and a cluster that moves thousands of slots disturbs them only as often.
/// Nodes of every version have to agree on it.
const PARTITIONS: u16 = 256;

/// How many slots a cluster has.
pub(super) const SLOTS: u16 = 16_384;

/// How channels are named, and by which commands they are used.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    prefix: Arc<str>,
    sharded: bool,
}

impl Channels {
    /// Those of a single server, or of a cluster's shards.
    pub(super) fn new(prefix: &str, sharded: bool) -> Self {
        Self { prefix: prefix.into(), sharded }
    }

    /// The channel of a user's news.
    pub(super) fn of(&self, user: &UserId) -> String {
        let prefix = &self.prefix;
        if self.sharded {
            format!("{prefix}news:{{{}}}:{user}", crc(user.as_str()) % PARTITIONS)
        } else {
            format!("{prefix}news:{user}")
        }
    }

    /// The slot of that channel.
    pub(super) fn slot(&self, user: &UserId) -> u16 {
        slot_of(&self.of(user))
    }

    /// The command that joins a channel.
    pub(super) fn join(&self) -> &'static str {
        if self.sharded { "SSUBSCRIBE" } else { "SUBSCRIBE" }
    }

    /// The command that leaves one.
    pub(super) fn leave(&self) -> &'static str {
        if self.sharded { "SUNSUBSCRIBE" } else { "UNSUBSCRIBE" }
    }

    /// The command that tells one.
    pub(super) fn tell(&self) -> &'static str {
        if self.sharded { "SPUBLISH" } else { "PUBLISH" }
    }
}

/// The slot of a name: that of what stands in its first braces, if there is something
/// (Redis cluster specification, "Hash tags").
pub(super) fn slot_of(name: &str) -> u16 {
    let tag = name.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
    crc(tag.filter(|tag| !tag.is_empty()).unwrap_or(name)) % SLOTS
}

fn crc(text: &str) -> u16 {
    State::<XMODEM>::calculate(text.as_bytes())
}

/// The slots that one server holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots(Vec<RangeInclusive<u16>>);

impl Slots {
    /// Every slot, as a single server has it.
    pub(super) fn all() -> Self {
        Self::of(0..=SLOTS - 1)
    }

    pub(super) fn of(range: RangeInclusive<u16>) -> Self {
        Self(vec![range])
    }

    pub(super) fn add(&mut self, range: RangeInclusive<u16>) {
        self.0.push(range);
    }

    /// How many they are.
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(ExactSizeIterator::len).sum()
    }

    pub(super) fn hold(&self, slot: u16) -> bool {
        self.0.iter().any(|range| range.contains(&slot))
    }
}

#[cfg(test)]
mod tests {
    use redis::cluster_routing::Slot;

    use super::*;

    fn user(number: usize) -> UserId {
        format!("user{number}").parse().unwrap()
    }

    #[test]
    fn a_slot_is_that_which_redis_finds() {
        for name in ["123456789", "foo", "belfry:news:{7}:ada", "a{}b", "a{b", "}{a}{b}", "{a{b}c}"] {
            assert_eq!(Slot::new(slot_of(name)), Some(Slot::for_key(name)), "{name}");
        }
    }

    #[test]
    fn a_channel_of_a_cluster_names_its_partition_for_good() {
        let channels = Channels::new("belfry:", true);
        assert_eq!(channels.of(&"ada".parse().unwrap()), "belfry:news:{50}:ada");
    }

    #[test]
    fn people_share_few_slots_and_spread_over_three_shards() {
        let channels = Channels::new("belfry:", true);
        let mut slots: Vec<_> = (0..10_000).map(|number| channels.slot(&user(number))).collect();
        for shard in 0..3 {
            let (from, to) = (shard * SLOTS / 3, (shard + 1) * SLOTS / 3);
            let share = slots.iter().filter(|slot| (from..to).contains(*slot)).count();
            assert!((2_500..4_200).contains(&share), "{share}");
        }
        slots.sort_unstable();
        slots.dedup();
        assert_eq!(slots.len(), usize::from(PARTITIONS));
    }
}
