//! What callers may take of a node. `BELFRY_LIMITS=off` lifts what limits counts and rates; sizes and times stay.

mod counts;
mod sizes;
mod times;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use clap::Args;

pub use self::{counts::Counts, sizes::Sizes, times::Times};
use super::Switch;
use crate::server::{
    auth::Allowed,
    graphql::{Bounds, ws},
    rates::Rates,
};

/// What callers may take of a node.
#[derive(Args, Clone, Debug)]
pub struct Limits {
    /// off: no limits on counts and rates, for load tests. Sizes, depth and times stay limited.
    #[arg(long = "limits", env = "BELFRY_LIMITS", value_enum, default_value_t = Switch::On)]
    pub counted: Switch,

    /// How many, and how many a second.
    #[command(flatten)]
    pub counts: Counts,

    /// How large.
    #[command(flatten)]
    pub sizes: Sizes,

    /// How large a document.
    #[command(flatten)]
    pub bounds: Bounds,

    /// How long.
    #[command(flatten)]
    pub times: Times,
}

impl Limits {
    /// A count, where counts are limited.
    fn counted<T>(&self, count: T) -> Option<T> {
        (self.counted == Switch::On).then_some(count)
    }

    /// What one socket may take.
    pub fn socket(&self) -> ws::Limits {
        ws::Limits {
            operations: self.counted(self.counts.operations).unwrap_or(usize::MAX),
            messages: self.counted(self.counts.messages.get()),
            bytes: self.counted(self.counts.bytes.get()),
            message_bytes: self.sizes.message,
            frame_bytes: self.sizes.frame,
            ..ws::Limits::default()
        }
    }

    /// How many sockets are let in each second; none: as many as come.
    pub fn upgrades(&self) -> Option<NonZeroU32> {
        self.counted(self.counts.upgrades)
    }

    /// How many sockets one person may have on this node; none: as many as they like.
    pub fn sockets(&self) -> Option<u32> {
        self.counted(self.counts.sockets.get())
    }

    /// The same of one address.
    pub fn sockets_address(&self) -> Option<u32> {
        self.counted(self.counts.sockets_address.get())
    }

    /// Whether this machine's own addresses count like others.
    pub fn loopback(&self) -> bool {
        self.counts.loopback == Switch::On
    }

    /// How many wrong passwords are looked at; none: as many as come.
    pub fn sign_ins(&self) -> Option<Allowed> {
        let Counts { sign_ins: account, sign_ins_address: address, .. } = self.counts;
        self.counted(Allowed { account, address })
    }

    /// How many requests publishers and addresses may make.
    pub fn rates(&self) -> Arc<Rates> {
        let publishers = self.counted(self.counts.requests);
        let addresses = self.counted(self.counts.requests_address);
        Arc::new(Rates::new(publishers, addresses, self.loopback()))
    }

    /// How long an answer may take, where `usual` is how long the database may.
    pub fn query(&self, usual: Duration) -> Duration {
        self.times.query_time.map_or(usual, Duration::from_secs)
    }
}
