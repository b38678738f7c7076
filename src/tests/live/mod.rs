//! The protocol's client, from its words to a stranger's server.

mod close;
mod message;
