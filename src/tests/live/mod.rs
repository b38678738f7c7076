//! The protocol's client, from its words to a stranger's server.

mod backoff;
mod close;
mod message;
mod session;
mod stranger;
