//! What several tests lean on.

pub mod app;
pub mod authority;
pub mod client;
pub mod cluster;
pub mod database;
pub mod peer;
pub mod postgres;
pub mod process;
pub mod program;
pub mod proxy;
pub mod redis;
pub mod sentinel;
pub mod voice;
pub mod wire;
