//! The broker of one process: there is nobody else to tell.

use super::{Broker, Hub};
use crate::domain::Change;

/// Hands news to the sessions of this process.
#[derive(Default)]
pub struct Memory {
    hub: Hub,
}

impl Broker for Memory {
    fn publish(&self, change: Change) {
        self.relay(change);
    }

    fn relay(&self, change: Change) {
        self.hub.deliver(change);
    }

    fn hub(&self) -> &Hub {
        &self.hub
    }
}
