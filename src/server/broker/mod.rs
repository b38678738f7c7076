//! Carries committed changes to the sessions that should hear them.
//!
//! The [`Hub`] knows the sessions of this process by user. A [`Session`] is pulled by whoever
//! writes to a socket: it gives one change at a time, in revision order, and reads the store's log
//! wherever news did not arrive, together with others by one [`Reader`]. A [`Broker`] carries news between processes: [`Memory`] where there
//! is one, [`Redis`] where there are many. The [`sweeper`] looks at the log once a second for what no
//! news told of: another process wrote, Redis lost it, or an alert fell due. News makes delivery
//! fast; only the log makes it complete.

mod cursor;
mod detached;
mod hub;
mod interest;
mod memory;
pub mod neighbour;
mod news;
mod reader;
mod redis;
mod repair;
mod session;
#[cfg_attr(feature = "shuttle", path = "stepped.rs")]
mod shared;
pub mod sweeper;
mod turns;
pub mod wire;

pub use detached::Detached;
pub use hub::Hub;
pub use interest::Interest;
pub use memory::Memory;
pub use news::{News, Part};
pub use reader::Reader;
pub use redis::{Address, Connection, Redis, RedisError};
pub use session::{Heard, Session, Start};

use serde::Serialize;

use crate::domain::Change;

/// Tells the sessions of a change, in whichever process they are.
pub trait Broker: Send + Sync {
    /// Hands a committed change on. Never waits, and promises nothing: whoever it does not reach finds
    /// it in the log.
    fn publish(&self, change: Change);

    /// The same for what a neighbour told: the sessions hear it, and no neighbour hears it back.
    fn relay(&self, change: Change);

    /// The sessions of this process.
    fn hub(&self) -> &Hub;

    /// Whether it reaches other nodes now.
    fn link(&self) -> Link;

    /// How much news waits to be told.
    fn waiting(&self) -> usize;
}

/// Whether news reaches other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    /// There is nobody else to tell.
    Alone,
    /// It does.
    Ok,
    /// Not now: what others raise arrives late.
    Away,
}
