//! The server of `graphql-transport-ws`: each rule of the protocol as a claim.

pub mod bench;
mod clock;
mod connect;
mod core;
pub mod echo;
mod ends;
mod frames;
mod operations;
mod own_client;
pub mod peer;
mod ping;
pub mod raw;
mod schema;
mod stranger;
