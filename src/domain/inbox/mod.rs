//! The whole logic of the bell: how an inbox on a screen takes in what it is told.
//!
//! Three kinds of news reach a screen over two connections, in any order: events of the live
//! stream, pages, and replies to one's own mutations. The rules that keep the screen right:
//!
//! - The counts shown are those of the highest revision heard of. They are never added to.
//! - Of two versions of one alert the higher revision wins.
//! - Only the stream and a freshly loaded first page move the position to resume from.
//! - Whatever was said since the list was loaded is kept, also of alerts outside the loaded window:
//!   a page that was read earlier and arrives later cannot bring an old version back.
//! - What is older than the list brings no alert into it: that alert may have left since.
//! - What is of another inbox is not taken in, and neither is anything after it.

mod known;
mod said;

use super::{Alert, AlertId, Counts, InboxEvent, Position, Revision, event::Head};
use known::{Known, Told};
pub use said::{Page, Reply};

/// An inbox as one screen knows it.
#[derive(Clone, Debug)]
pub struct Inbox {
    known: Known,
    /// The lowest creation revision the loaded pages reach down to; 0 when they reach the end.
    floor: Revision,
    next: Option<String>,
    /// The revision the list was loaded at or, while it is stale, has to be loaded at.
    base: Revision,
    /// While the list must be loaded again: the position at which it was last whole.
    whole_at: Option<String>,
    position: Head,
    counts: Counts,
    counted_at: Revision,
    generation: u32,
    replaced: bool,
}

impl Inbox {
    /// How many alerts a screen may know of before it loads the list again, which forgets those
    /// beyond the first page: far more than anybody scrolls through.
    pub const MOST_KNOWN: usize = 2_000;

    /// The inbox a server-rendered page opens with.
    pub fn open(page: Page) -> Self {
        let mut inbox = Self {
            known: Known::default(),
            floor: 0,
            next: None,
            base: 0,
            whole_at: None,
            position: page.head.clone(),
            counts: page.head.counts,
            counted_at: page.head.revision,
            generation: 0,
            replaced: false,
        };
        inbox.replace(page);
        inbox
    }

    /// How many are unread.
    pub fn unread(&self) -> u32 {
        self.counts.unread
    }

    /// All numbers.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What to hand back to resume the stream. Opaque.
    pub fn position(&self) -> &str {
        &self.position.position
    }

    /// Up to where somebody who looks at the list has seen: behind the position while the list is
    /// stale, since the stream goes on before what it passed over is on the screen. Opaque.
    pub fn seen(&self) -> &str {
        self.whole_at.as_deref().unwrap_or(self.position())
    }

    /// The cursor of the next page, while there is one.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Whether the first page must be loaded again before the list is right.
    pub fn is_stale(&self) -> bool {
        self.whole_at.is_some()
    }

    /// Names the history this screen follows: a reply asked for in an earlier one is dropped.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether this screen was answered as somebody else: a page that slept wakes to whoever has
    /// signed in meanwhile. What it shows stays the first person's, and changes no more.
    pub fn is_replaced(&self) -> bool {
        self.replaced
    }

    /// The alerts to show, newest first.
    pub fn alerts(&self) -> Vec<&Alert> {
        self.known.down_to(self.floor)
    }

    /// One alert, as far as it is known here.
    pub fn alert(&self, id: AlertId) -> Option<&Alert> {
        self.known.alert(id)
    }

    /// Takes in one event of the live stream.
    pub fn apply(&mut self, event: InboxEvent) {
        if !self.recognises(event.head()) {
            return;
        }
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
                self.await_page(head.revision);
                self.advance(head);
            }
            InboxEvent::InboxReset { head } => self.reset(head),
        }
    }

    /// Takes in that something was said which could not be read. Pages on their way may be older.
    pub fn distrust(&mut self) {
        self.generation += 1;
        self.outdate();
    }

    /// Takes in the reply to a mutation of one's own: what it was about, that alert unless it is gone, and counts
    /// with their revision.
    ///
    /// It never moves the position: the change itself is still to come on the stream.
    pub fn reply(&mut self, about: Option<AlertId>, reply: Reply, generation: u32) {
        if generation != self.generation {
            return;
        }
        if let Some(id) = about {
            self.learn(id, reply.alert, reply.revision);
        }
        self.count(reply.revision, reply.counts);
    }

    /// Takes in a first page that was asked for in `generation`.
    ///
    /// It may be older than the position: what the stream said between the two is kept.
    pub fn first_page(&mut self, page: Page, generation: u32) {
        if !self.follows(&page.head, generation) {
            return;
        }
        if page.head.revision >= self.base {
            self.replace(page);
        } else {
            self.glean(page);
        }
    }

    /// Takes in the page after the cursor `after`, asked for in `generation`.
    ///
    /// When the list was loaded anew meanwhile, and ends elsewhere, it grows no further by it.
    pub fn next_page(&mut self, page: Page, after: &str, generation: u32) {
        if !self.follows(&page.head, generation) {
            return;
        }
        self.count(page.head.revision, page.head.counts);
        if page.head.revision >= self.base && self.next() == Some(after) {
            self.extend(page);
        } else {
            self.glean(page);
        }
    }

    fn follows(&mut self, head: &Head, generation: u32) -> bool {
        self.recognises(head) && generation == self.generation && history(head) == history(&self.position)
    }

    /// Whether a head is of the inbox this screen opened with, and all before it were.
    fn recognises(&mut self, head: &Head) -> bool {
        if let (Some((_, theirs)), Some((_, own))) = (history(head), history(&self.position)) {
            self.replaced |= theirs != own;
        }
        !self.replaced
    }

    fn replace(&mut self, page: Page) {
        self.known.forget(page.head.revision);
        self.base = page.head.revision;
        self.whole_at = None;
        self.advance(page.head.clone());
        self.extend(page);
    }

    /// Takes in a page the list goes on with: it now ends where the page ends.
    fn extend(&mut self, page: Page) {
        let last = page.alerts.last().map_or(0, |alert| alert.created_revision);
        self.floor = if page.next.is_some() { last } else { 0 };
        self.next = page.next;
        for alert in page.alerts {
            self.known.keep(alert.id, Told::Here(Box::new(alert)));
        }
    }

    /// Takes in what news there is on a page that does not fit the list.
    fn glean(&mut self, page: Page) {
        for alert in page.alerts {
            self.learn(alert.id, Some(alert), 0);
        }
    }

    /// Takes in that alerts changed in a revision, and not which.
    fn await_page(&mut self, revision: Revision) {
        if revision > self.base {
            self.base = revision;
            self.outdate();
        }
    }

    /// From here on the list is not whole. To be said before the position moves.
    fn outdate(&mut self) {
        if !self.is_stale() {
            self.whole_at = Some(self.position.position.clone());
        }
    }

    /// Takes in what the stream or a reply says of one alert; none: it is gone at `revision`.
    /// From before the base it may mend an alert that is known, and never brings in another.
    fn learn(&mut self, id: AlertId, alert: Option<Alert>, revision: Revision) {
        let told = alert.map_or(Told::Gone(revision), |alert| Told::Here(Box::new(alert)));
        if told.revision() >= self.base || self.known.has(id) {
            self.known.keep(id, told);
            if self.known.len() > Self::MOST_KNOWN {
                self.outdate();
            }
        }
    }

    fn count(&mut self, revision: Revision, counts: Counts) {
        if revision >= self.counted_at {
            self.counted_at = revision;
            self.counts = counts;
        }
    }

    fn advance(&mut self, head: Head) {
        self.count(head.revision, head.counts);
        if head.revision > self.position.revision {
            self.position = head;
        }
    }

    /// Revisions before a reset may be of another history: nothing known outlives the next page,
    /// but stays on the screen until that page is there. The cursor of the old list ends with it.
    fn reset(&mut self, head: Head) {
        self.generation += 1;
        self.next = None;
        self.known.grow_old();
        self.base = head.revision;
        self.outdate();
        self.counted_at = head.revision;
        self.counts = head.counts;
        self.position = head;
    }
}

/// Which history a head is of. After a restore a page may bring a new one before the stream resets:
/// taken in, its position would be resumed from without a reset, and the old counts stay.
fn history(head: &Head) -> Option<(u64, u64)> {
    let position = head.position.parse::<Position>().ok()?;
    Some((position.epoch, position.inbox))
}
