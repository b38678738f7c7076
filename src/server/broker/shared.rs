//! What threads share in the broker is made of these. The feature `shuttle` has `stepped.rs` in its place.

pub(super) use std::sync::{Mutex, MutexGuard};

pub(super) use dashmap::DashMap;
pub(super) use tokio::sync::Notify;
