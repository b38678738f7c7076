//! What several tests lean on.

pub mod app;
pub mod client;
pub mod database;
pub mod peer;
pub mod program;
pub mod redis;
pub mod voice;
