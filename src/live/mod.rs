//! The `graphql-transport-ws` client: a protocol without a socket, and a socket for it.
//!
//! The words of the protocol ([`message`], [`close`]) are the server's too. [`session`] is the
//! client's whole behaviour without I/O; [`socket`] is the browser's hands for it.

pub mod backoff;
pub mod close;
pub mod json;
pub mod message;
pub mod session;
pub mod socket;

pub use session::{Outcome, Status};
pub use socket::{Live, Operation};
