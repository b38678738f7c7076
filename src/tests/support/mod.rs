//! What several tests lean on.

pub mod client;
pub mod peer;
