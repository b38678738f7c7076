//! What a screen was told, noted apart from the inbox that is held against it.

use std::collections::HashMap;

use belfry::domain::{Alert, AlertId, InboxEvent, Page, Revision};

/// What was said to the screen since the last reset.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) head: Revision,
    pub(super) versions: HashMap<AlertId, Revision>,
    /// At which revision it was said that an alert is gone.
    pub(super) gone: HashMap<AlertId, Revision>,
    /// A reply came from a history whose reset is still to come.
    pub(super) ahead: bool,
}

impl Heard {
    pub(super) fn page(page: &Page) -> Self {
        let mut heard = Self::default();
        heard.alerts(page.head.revision, &page.alerts);
        heard
    }

    pub(super) fn alerts<'a>(&mut self, head: Revision, alerts: impl IntoIterator<Item = &'a Alert>) {
        self.head = self.head.max(head);
        for alert in alerts {
            let version = self.versions.entry(alert.id).or_default();
            *version = alert.revision.max(*version);
        }
    }

    /// One alert; none: it is gone.
    pub(super) fn alert(&mut self, id: AlertId, alert: Option<&Alert>, head: Revision) {
        self.alerts(head, alert);
        if alert.is_none() {
            self.gone.insert(id, head);
        }
    }

    pub(super) fn event(&mut self, event: &InboxEvent) {
        match event {
            InboxEvent::AlertChanged { alert_id, alert, head } => {
                self.alert(*alert_id, alert.as_ref(), head.revision);
            }
            InboxEvent::AlertsChanged { alerts, head, .. } => {
                self.alerts(head.revision, alerts.iter().flatten());
            }
            InboxEvent::InboxReset { head } => *self = Self { head: head.revision, ..Self::default() },
        }
    }
}
