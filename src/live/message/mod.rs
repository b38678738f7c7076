//! The messages of `graphql-transport-ws` as types, decoded strictly.
//!
//! What has an unknown type, lacks a member, or has one of the wrong kind is [`Malformed`], and the
//! protocol answers it with close code 4400. Members nobody asked for are passed over.

mod client;
mod frame;
mod server;

pub use client::{ClientMessage, Object, Request, complete, connection_init, ping, pong, subscribe};
pub use frame::Malformed;
pub use server::{ServerMessage, error, expires_in, expiring_in, is_live, live, next};

/// The WebSocket subprotocol both ends must name.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";
