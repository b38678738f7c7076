//! A model of the server: one inbox with all it ever was, and what it would say at any moment.

use belfry::domain::{
    Act, Alert, AlertId, Counts, InboxEvent, Page, Place, Position, Reply, Revision, Severity, event::Head,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::history::{Entry, History, counts};

/// How many alerts a page holds.
pub(super) const PAGE: usize = 3;
/// The largest bulk change that names its alerts.
const MOST_NAMED: usize = 2;
/// How many changes are replayed before a reset is the better answer.
const MOST_REPLAYED: usize = 6;

/// One person's inbox.
pub(super) struct Server {
    histories: Vec<History>,
    raised: u128,
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap()
}

/// An alert as it was raised in a revision.
pub(super) fn alert(name: u128, revision: Revision) -> Alert {
    Alert {
        id: AlertId(Uuid::from_u128(name)),
        revision,
        created_revision: revision,
        kind: "build".to_owned(),
        severity: Severity::Warning,
        title: format!("Build {name} failed"),
        body: String::new(),
        link: None,
        actor: None,
        data: None,
        created_at: OffsetDateTime::UNIX_EPOCH,
        read_at: None,
        archived_at: None,
        snoozed_until: None,
        expires_at: None,
    }
}

impl Server {
    pub(super) fn new() -> Self {
        Self { histories: vec![History::new()], raised: 0 }
    }

    fn history(&self) -> &History {
        self.histories.last().unwrap()
    }

    /// The alerts in any place now, oldest first.
    pub(super) fn alerts(&self) -> &[Alert] {
        self.history().moments.last().unwrap()
    }

    /// The alerts in the inbox now, oldest first.
    pub(super) fn listed(&self) -> impl DoubleEndedIterator<Item = &Alert> {
        self.alerts().iter().filter(|alert| alert.place() == Place::Inbox)
    }

    /// All places at a revision of an epoch, oldest alert first.
    pub(super) fn moment(&self, epoch: u64, revision: Revision) -> &[Alert] {
        &self.histories[usize::try_from(epoch).unwrap()].moments[revision as usize]
    }

    pub(super) fn epoch(&self) -> u64 {
        u64::try_from(self.histories.len() - 1).unwrap()
    }

    pub(super) fn revision(&self) -> Revision {
        number(self.history().log.len())
    }

    fn head_at(&self, revision: Revision) -> Head {
        let position = Position { epoch: self.epoch(), inbox: 7, revision }.to_string();
        Head { revision, position, counts: self.counts_at(self.epoch(), revision) }
    }

    /// The numbers at a revision of an epoch.
    pub(super) fn counts_at(&self, epoch: u64, revision: Revision) -> Counts {
        self.histories[usize::try_from(epoch).unwrap()].counts(revision)
    }

    pub(super) fn head(&self) -> Head {
        self.head_at(self.revision())
    }

    fn commit(&mut self, alerts: Vec<Alert>, entry: Entry) {
        let thrown = self.thrown().to_vec();
        self.commit_both(alerts, thrown, entry);
    }

    fn commit_both(&mut self, mut alerts: Vec<Alert>, thrown: Vec<Alert>, entry: Entry) {
        let revision = self.revision() + 1;
        let touched = match &entry {
            Entry::Changed(id) | Entry::Gone(id) => std::slice::from_ref(id),
            Entry::Bulk(ids) => ids,
            Entry::Seen => &[][..],
        };
        for alert in alerts.iter_mut().filter(|alert| touched.contains(&alert.id)) {
            alert.revision = revision;
        }
        alerts.sort_unstable_by_key(|alert| alert.created_revision);
        self.histories.last_mut().unwrap().push(alerts, thrown, entry);
    }

    pub(super) fn raise(&mut self) -> AlertId {
        self.raised += 1;
        let alert = alert(self.raised, self.revision() + 1);
        let id = alert.id;
        self.commit([self.alerts(), &[alert]].concat(), Entry::Changed(id));
        id
    }

    fn thrown(&self) -> &[Alert] {
        self.history().thrown.last().unwrap()
    }

    /// Whether its reader can do something with an alert.
    pub(super) fn holds(&self, id: AlertId) -> bool {
        self.alerts().iter().chain(self.thrown()).any(|alert| alert.id == id)
    }

    /// The id of an alert in some place or thrown away, counted round.
    pub(super) fn nth(&self, number: usize) -> Option<AlertId> {
        let all = [self.alerts(), self.thrown()].concat();
        Some(all[number.checked_rem(all.len())?].id)
    }

    /// Does something with alerts, as one change; makes none when nothing has to change.
    fn set(&mut self, act: Act, meant: impl Fn(&Alert) -> bool, entry: impl Fn(Vec<AlertId>) -> Entry) {
        let mut alerts = self.alerts().to_vec();
        let mut ids = Vec::new();
        let changes = |alert: &Alert| meant(alert) && alert.state().after(act) != alert.state();
        for alert in alerts.iter_mut().filter(|alert| changes(alert)) {
            let after = alert.state().after(act);
            alert.read_at = (!after.unread).then_some(OffsetDateTime::UNIX_EPOCH);
            let at = |place| (after.place == Some(place)).then_some(OffsetDateTime::UNIX_EPOCH);
            (alert.archived_at, alert.snoozed_until) = (at(Place::Archive), at(Place::Snoozed));
            ids.push(alert.id);
        }
        if !ids.is_empty() {
            self.commit(alerts, entry(ids));
        }
    }

    /// What the server says of the inbox now, and of an alert.
    pub(super) fn reply(&self, alert: Option<Alert>) -> Reply {
        Reply { alert, counts: self.head().counts, revision: self.revision() }
    }

    /// The mutation: the alert after it; none when it is gone.
    pub(super) fn act(&mut self, id: AlertId, act: Act) -> Option<Alert> {
        match act {
            Act::Delete => self.throw(id),
            Act::Restore => self.take_back(id),
            _ => {}
        }
        self.set(act, |alert| alert.id == id, |ids| Entry::Changed(ids[0]));
        self.alerts().iter().find(|alert| alert.id == id).cloned()
    }

    fn throw(&mut self, id: AlertId) {
        let (thrown, rest): (Vec<_>, Vec<_>) =
            self.alerts().iter().cloned().partition(|alert| alert.id == id);
        if !thrown.is_empty() {
            self.commit_both(rest, [self.thrown(), &thrown].concat(), Entry::Gone(id));
        }
    }

    fn take_back(&mut self, id: AlertId) {
        let (mut back, rest): (Vec<_>, Vec<_>) =
            self.thrown().iter().cloned().partition(|alert| alert.id == id);
        for alert in &mut back {
            (alert.archived_at, alert.snoozed_until) = (None, None);
        }
        if !back.is_empty() {
            self.commit_both([self.alerts(), &back].concat(), rest, Entry::Changed(id));
        }
    }

    /// What was put off comes back as new.
    pub(super) fn wake(&mut self, id: AlertId) {
        let (revision, mut alerts) = (self.revision() + 1, self.alerts().to_vec());
        let snoozed = alerts.iter_mut().find(|alert| alert.id == id && alert.snoozed_until.is_some());
        if let Some(alert) = snoozed {
            (alert.snoozed_until, alert.read_at, alert.created_revision) = (None, None, revision);
            self.commit(alerts, Entry::Changed(id));
        }
    }

    pub(super) fn read_all(&mut self) {
        self.set(Act::Read, |alert| alert.place() == Place::Inbox, Entry::Bulk);
    }

    /// Its reader has looked at it as it was at a revision.
    pub(super) fn see(&mut self, up_to: Revision) {
        let before = self.head().counts.unseen;
        if counts(self.alerts(), up_to).unseen < before {
            self.commit(self.alerts().to_vec(), Entry::Seen);
            *self.histories.last_mut().unwrap().seen.last_mut().unwrap() = up_to;
        }
    }

    pub(super) fn expire(&mut self, id: AlertId) {
        let rest: Vec<_> = self.alerts().iter().filter(|alert| alert.id != id).cloned().collect();
        if rest.len() < self.alerts().len() {
            self.commit(rest, Entry::Gone(id));
        }
    }

    /// Goes back some revisions, as a restored backup does: a new epoch begins there.
    pub(super) fn restore(&mut self, back: usize) {
        let mut history = self.history().clone();
        history.go_back(back);
        self.histories.push(history);
    }

    /// The page after a cursor, or the first one.
    pub(super) fn page(&self, after: Option<&str>) -> Page {
        let below = after.map_or(Revision::MAX, |after| after.parse().unwrap());
        let mut rest = self.listed().rev().filter(|alert| alert.created_revision < below);
        let alerts: Vec<_> = rest.by_ref().take(PAGE).cloned().collect();
        let last = alerts.last().map(|alert| alert.created_revision.to_string());
        Page { head: self.head(), alerts, next: last.filter(|_| rest.next().is_some()) }
    }

    pub(super) fn reset(&self) -> InboxEvent {
        InboxEvent::InboxReset { head: self.head() }
    }

    /// What happened in a revision, with the alerts as they are now; none when it was overtaken.
    pub(super) fn event(&self, revision: Revision) -> Option<InboxEvent> {
        let head = self.head_at(revision);
        let find = |id: &AlertId| self.alerts().iter().find(|alert| alert.id == *id).cloned();
        Some(match &self.history().log[revision as usize - 1] {
            Entry::Changed(id) => InboxEvent::AlertChanged { alert_id: *id, alert: Some(find(id)?), head },
            Entry::Gone(id) => InboxEvent::AlertChanged { alert_id: *id, alert: find(id), head },
            Entry::Seen => {
                let (alert_ids, alerts) = (Some(Vec::new()), Some(Vec::new()));
                InboxEvent::AlertsChanged { alert_ids, alerts, head }
            }
            Entry::Bulk(ids) => {
                let alerts = || ids.iter().filter_map(find).collect();
                let named = ids.len() <= MOST_NAMED;
                let (alert_ids, alerts) = (named.then(|| ids.clone()), named.then(alerts));
                InboxEvent::AlertsChanged { alert_ids, alerts, head }
            }
        })
    }

    /// What a subscription after a position is told at once.
    pub(super) fn replay(&self, after: &str) -> Vec<InboxEvent> {
        let after: Position = after.parse().unwrap();
        let missed = (self.revision() as usize).checked_sub(after.revision as usize);
        if after.epoch != self.epoch() || missed.is_none_or(|missed| missed > MOST_REPLAYED) {
            return vec![self.reset()];
        }
        (after.revision + 1..=self.revision()).filter_map(|revision| self.event(revision)).collect()
    }
}
