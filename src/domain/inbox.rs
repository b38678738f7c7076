//! The whole logic of the bell: how an inbox on a screen takes in what it is told.
//!
//! Three kinds of news reach a screen over two connections, in any order: events of the live
//! stream, pages, and replies to one's own mutations. The rules that keep the screen right:
//!
//! - The count shown is the one of the highest revision heard of. It is never added to.
//! - Of two versions of one alert the higher revision wins.
//! - Only the stream and a freshly loaded first page move the position to resume from.
//! - Whatever the stream said is kept, also of alerts outside the loaded window: a page that was
//!   read earlier and arrives later cannot bring an old version back.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Alert, AlertId, InboxEvent, Revision, event::Head};

/// Some alerts of an inbox, newest first, all read in one snapshot with its head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// Where the inbox stood in that snapshot.
    pub head: Head,
    /// The alerts, by creation revision, highest first.
    pub alerts: Vec<Alert>,
    /// Where the next page starts; none on the last page.
    pub next: Option<String>,
}

/// What is known of one alert.
#[derive(Clone, Debug)]
enum Known {
    Here(Alert),
    Gone(Revision),
}

impl Known {
    fn revision(&self) -> Revision {
        match self {
            Self::Here(alert) => alert.revision,
            Self::Gone(revision) => *revision,
        }
    }
}

/// An inbox as one screen knows it.
#[derive(Clone, Debug)]
pub struct Inbox {
    known: HashMap<AlertId, Known>,
    /// The lowest creation revision the loaded pages reach down to; 0 when they reach the end.
    floor: Revision,
    next: Option<String>,
    /// The stream has been heard without a hole since this revision: older pages are of no use.
    heard_since: Revision,
    position: Head,
    unread: u32,
    counted_at: Revision,
    /// Set while the list must be loaded again, to the least revision that will do.
    stale: Option<Revision>,
    generation: u32,
}

impl Inbox {
    /// The inbox a server-rendered page opens with.
    pub fn open(page: Page) -> Self {
        let mut inbox = Self {
            known: HashMap::new(),
            floor: 0,
            next: None,
            heard_since: 0,
            position: page.head.clone(),
            unread: page.head.unread_count,
            counted_at: page.head.revision,
            stale: None,
            generation: 0,
        };
        inbox.replace(page);
        inbox
    }

    /// The number on the bell.
    pub fn unread(&self) -> u32 {
        self.unread
    }

    /// What to hand back to resume the stream, or to say up to where one has seen. Opaque.
    pub fn position(&self) -> &str {
        &self.position.position
    }

    /// The cursor of the next page, while there is one.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Whether the first page must be loaded again before the list is right.
    pub fn is_stale(&self) -> bool {
        self.stale.is_some()
    }

    /// Names the history this screen follows: a reply asked for in an earlier one is dropped.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The alerts to show, newest first.
    pub fn alerts(&self) -> Vec<&Alert> {
        let here = self.known.values().filter_map(|known| match known {
            Known::Here(alert) if alert.created_revision >= self.floor => Some(alert),
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

    /// One alert, as far as it is known here.
    pub fn alert(&self, id: AlertId) -> Option<&Alert> {
        match self.known.get(&id) {
            Some(Known::Here(alert)) => Some(alert),
            _ => None,
        }
    }

    /// Takes in one event of the live stream.
    pub fn apply(&mut self, event: InboxEvent) {
        match event {
            InboxEvent::AlertChanged { alert_id, alert, head } => {
                self.learn(alert_id, alert, head.revision);
                self.advance(head);
            }
            InboxEvent::AlertsChanged { alert_ids: Some(ids), alerts: Some(alerts), head } => {
                for id in ids {
                    let alert = alerts.iter().find(|alert| alert.id == id).cloned();
                    self.learn(id, alert, head.revision);
                }
                self.advance(head);
            }
            InboxEvent::AlertsChanged { head, .. } => {
                self.stale = self.stale.max(Some(head.revision));
                self.advance(head);
            }
            InboxEvent::InboxReset { head } => self.reset(head),
        }
    }

    /// Takes in the reply to a mutation of one's own: an alert, and a count with its revision.
    ///
    /// It never moves the position: the change itself is still to come on the stream.
    pub fn reply(&mut self, alert: Option<Alert>, revision: Revision, unread: u32, generation: u32) {
        if generation != self.generation {
            return;
        }
        if let Some(alert) = alert {
            self.learn(alert.id, Some(alert), 0);
        }
        self.count(revision, unread);
    }

    /// Takes in a first page that was asked for in `generation`.
    pub fn first_page(&mut self, page: Page, generation: u32) {
        if generation != self.generation {
            return;
        }
        let late = page.head.revision < self.position.revision;
        let too_old = self.stale.is_some_and(|least| page.head.revision < least);
        if late || too_old {
            self.merge(page);
        } else {
            self.replace(page);
        }
    }

    /// Takes in the page after the cursor `after`, asked for in `generation`.
    pub fn next_page(&mut self, page: Page, after: &str, generation: u32) {
        let asked_for = generation == self.generation && self.next.as_deref() == Some(after);
        if !asked_for || page.head.revision < self.heard_since {
            return;
        }
        self.reach(&page);
        self.merge(page);
    }

    fn replace(&mut self, page: Page) {
        self.known.retain(|_, known| known.revision() > page.head.revision);
        self.heard_since = page.head.revision;
        self.position = page.head.clone();
        self.stale = None;
        self.reach(&page);
        self.merge(page);
    }

    fn reach(&mut self, page: &Page) {
        let last = page.alerts.last().map_or(0, |alert| alert.created_revision);
        self.floor = if page.next.is_some() { last } else { 0 };
        self.next.clone_from(&page.next);
    }

    fn merge(&mut self, page: Page) {
        self.count(page.head.revision, page.head.unread_count);
        if page.head.revision < self.heard_since {
            return;
        }
        for alert in page.alerts {
            self.learn(alert.id, Some(alert), 0);
        }
    }

    /// Keeps the newer of what is known of an alert and what is told; none is gone at `revision`.
    fn learn(&mut self, id: AlertId, alert: Option<Alert>, revision: Revision) {
        let told = alert.map_or(Known::Gone(revision), Known::Here);
        let newer = self.known.get(&id).is_none_or(|known| known.revision() < told.revision());
        if newer {
            self.known.insert(id, told);
        }
    }

    fn count(&mut self, revision: Revision, unread: u32) {
        if revision >= self.counted_at {
            self.counted_at = revision;
            self.unread = unread;
        }
    }

    fn advance(&mut self, head: Head) {
        self.count(head.revision, head.unread_count);
        if head.revision > self.position.revision {
            self.position = head;
        }
    }

    /// Revisions before a reset may be of another history: nothing known outlives the next page,
    /// but stays on the screen until that page is there.
    fn reset(&mut self, head: Head) {
        self.generation += 1;
        self.known.retain(|_, known| matches!(known, Known::Here(_)));
        for known in self.known.values_mut() {
            if let Known::Here(alert) = known {
                alert.revision = 0;
            }
        }
        self.heard_since = head.revision;
        self.stale = Some(head.revision);
        self.counted_at = head.revision;
        self.unread = head.unread_count;
        self.position = head;
    }
}
