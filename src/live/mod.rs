//! The `graphql-transport-ws` client: a protocol without a socket, and a socket for it.
//!
//! The words of the protocol ([`message`], [`close`]) are the server's too.

pub mod close;
pub mod message;
