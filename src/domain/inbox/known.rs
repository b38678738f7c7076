//! What a screen knows of each alert.

use std::collections::HashMap;

use crate::domain::{Alert, AlertId, Place, Revision};

/// What was said of one alert last.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Here(Box<Alert>),
    Gone(Revision),
}

impl Told {
    pub(super) fn revision(&self) -> Revision {
        match self {
            Self::Here(alert) => alert.revision,
            Self::Gone(revision) => *revision,
        }
    }
}

/// All that was said since the list was loaded, and the list.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(HashMap<AlertId, Told>);

impl Known {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn has(&self, id: AlertId) -> bool {
        self.0.contains_key(&id)
    }

    /// One alert, unless it is gone.
    pub(super) fn alert(&self, id: AlertId) -> Option<&Alert> {
        match self.0.get(&id) {
            Some(Told::Here(alert)) => Some(alert),
            _ => None,
        }
    }

    /// The alerts of the inbox from a creation revision on, newest first.
    pub(super) fn down_to(&self, floor: Revision) -> Vec<&Alert> {
        let here = self.0.values().filter_map(|told| match told {
            Told::Here(alert) if alert.created_revision >= floor && alert.place() == Place::Inbox => {
                Some(&**alert)
            }
            _ => None,
        });
        // Insertion, not a sort: the list is short, and a sort weighs 7 kB of WASM.
        let mut alerts: Vec<&Alert> = Vec::new();
        for alert in here {
            let at = alerts.partition_point(|other| other.created_revision > alert.created_revision);
            alerts.insert(at, alert);
        }
        alerts
    }

    /// Keeps the newer of what is known of an alert and what is told.
    pub(super) fn keep(&mut self, id: AlertId, told: Told) {
        let newer = self.0.get(&id).is_none_or(|known| known.revision() < told.revision());
        if newer {
            self.0.insert(id, told);
        }
    }

    /// Forgets whatever is of this revision or older.
    pub(super) fn forget(&mut self, revision: Revision) {
        self.0.retain(|_, told| told.revision() > revision);
    }

    /// Makes anything told from now on newer than what is here.
    pub(super) fn grow_old(&mut self) {
        self.0.retain(|_, told| matches!(told, Told::Here(_)));
        for told in self.0.values_mut() {
            if let Told::Here(alert) = told {
                alert.revision = 0;
            }
        }
    }
}
