//! The server of `graphql-transport-ws`: each rule of the protocol as a claim.

mod bench;
mod clock;
mod connect;
mod core;
mod ends;
mod operations;
mod own_client;
mod peer;
mod ping;
mod schema;
mod stranger;
