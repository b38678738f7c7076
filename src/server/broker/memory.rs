//! The broker of one process: there is nobody else to tell.

use std::sync::Arc;

use super::{Broker, Hub, Link};
use crate::{domain::Change, server::metrics::Metrics};

/// Hands news to the sessions of this process.
#[derive(Default)]
pub struct Memory {
    hub: Hub,
}

impl Memory {
    /// Over a hub that counts what it does.
    pub fn counting(metrics: Arc<Metrics>) -> Self {
        Self { hub: Hub::counting(metrics) }
    }
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

    fn link(&self) -> Link {
        Link::Alone
    }

    fn waiting(&self) -> usize {
        0
    }
}
