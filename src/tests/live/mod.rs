//! The protocol's client, from its words to a stranger's server.

mod backoff;
mod close;
mod json;
mod message;
mod session;
mod stranger;
