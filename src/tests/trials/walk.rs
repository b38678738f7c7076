//! One session's way through its inbox's log, as the checker follows it.

use belfry::{
    domain::{Alert, InboxEvent, Revision},
    server::store::MOST_REPLAYED,
};

use super::{
    checker::Verdict,
    history::{Committed, History, SessionHistory, Shown},
    ledger::{Ledger, State},
};

/// The most alerts that a bulk change names.
const MOST_NAMED: usize = 100;

pub struct Walk<'a> {
    session: &'a SessionHistory,
    history: &'a History,
    log: &'a [Committed],
    ledger: &'a Ledger,
    at: Revision,
    verdict: &'a mut Verdict,
}

impl<'a> Walk<'a> {
    pub fn of(
        session: &'a SessionHistory,
        history: &'a History,
        ledger: &'a Ledger,
        verdict: &'a mut Verdict,
    ) -> Self {
        let log = history.log.get(&session.user).map_or(&[][..], Vec::as_slice);
        Self { session, history, log, ledger, at: session.from, verdict }
    }

    pub fn judge(mut self) {
        for shown in &self.session.shown {
            self.step(shown);
        }
        // Who has lost the right to hear anything more lacks nothing.
        if self.session.ended.is_some() {
            return;
        }
        self.verdict.lost += self.missed_before(self.head() + 1);
        let Some(screen) = &self.session.screen else { return };
        if self.history.truth.get(&self.session.user) != Some(screen) {
            self.verdict.wrong += 1;
        }
    }

    fn step(&mut self, shown: &Shown) {
        let head = shown.event.head();
        let (revision, reset) = (head.revision, matches!(shown.event, InboxEvent::InboxReset { .. }));
        if self.session.ended.is_some_and(|ended| revision > ended) {
            self.verdict.disordered += 1;
            return;
        }
        if revision <= self.at && !reset {
            self.repeated(revision);
            return;
        }
        if reset {
            self.reset(revision);
        } else {
            self.verdict.lost += self.missed_before(revision);
        }
        self.compare(&shown.event);
        self.time(self.at + 1, revision, shown);
        self.at = revision;
    }

    fn reset(&mut self, revision: Revision) {
        self.verdict.resets += 1;
        self.verdict.disordered += usize::from(revision < self.at);
        self.verdict.needless += usize::from(revision.abs_diff(self.at) <= MOST_REPLAYED);
    }

    /// One that was shown before, or should have been.
    fn repeated(&mut self, revision: Revision) {
        let before = self.session.shown.iter().filter(|shown| shown.event.head().revision == revision);
        if before.count() > 1 || revision <= self.session.from {
            self.verdict.twice += 1;
        } else {
            self.verdict.disordered += 1;
        }
    }

    /// How many changes between where it stands and a revision should have been shown.
    fn missed_before(&self, revision: Revision) -> usize {
        let between = (self.at + 1..revision).filter_map(|revision| self.entry(revision));
        between.filter(|entry| !self.may_be_passed_over(entry)).count()
    }

    /// What else was told of an alert that has left the inbox may be passed over; its leaving may not.
    fn may_be_passed_over(&self, entry: &Committed) -> bool {
        let has_left = |id: &_| matches!(self.ledger.state(*id, self.head()), Some((_, State::Gone)));
        match entry.what.as_str() {
            "right_ended" => true,
            "raised" | "read" | "unread" => entry.ids.iter().all(has_left),
            _ => false,
        }
    }

    /// Holds what was said against the log.
    fn compare(&mut self, event: &InboxEvent) {
        let head = event.head();
        let nothing = self.log.is_empty() && head.revision == 0 && head.unread_count == 0;
        let Some(entry) = self.entry(head.revision) else {
            self.verdict.strange += usize::from(!nothing);
            return;
        };
        let leaves = matches!(entry.what.as_str(), "expired" | "removed");
        let (same, alerts) = match event {
            InboxEvent::AlertChanged { alert_id, alert, .. } => {
                (entry.ids == [*alert_id] && alert.is_none() == leaves, alert.as_slice())
            }
            InboxEvent::AlertsChanged { alert_ids: Some(ids), alerts, .. } => {
                (*ids == entry.ids, alerts.as_deref().unwrap_or_default())
            }
            InboxEvent::AlertsChanged { alert_ids: None, .. } => (entry.ids.len() > MOST_NAMED, &[][..]),
            InboxEvent::InboxReset { .. } => (true, &[][..]),
        };
        let counted = entry.unread == head.unread_count;
        let own = alerts.iter().all(|alert| entry.ids.contains(&alert.id));
        self.verdict.strange += usize::from(!same || !own);
        let true_to_store = alerts.iter().all(|alert| self.was(alert, head.revision));
        self.verdict.wrong += usize::from(!counted || own && !true_to_store);
    }

    /// Whether an alert was like this at its own revision, which is not before the one it is told with.
    fn was(&self, alert: &Alert, told_with: Revision) -> bool {
        let state = if alert.is_unread() { "unread" } else { "read" };
        let was = match self.ledger.state(alert.id, alert.revision) {
            Some((since, State::Unread(_))) if since == alert.revision => "unread",
            Some((since, State::Read)) if since == alert.revision => "read",
            _ => "otherwise",
        };
        was == state && alert.revision >= told_with
    }

    /// Notes how late something was shown, counted from its commit and from the end of the faults.
    fn time(&mut self, from: Revision, to: Revision, shown: &Shown) {
        let committed = (from..=to).filter_map(|revision| self.entry(revision)).map(|entry| entry.at);
        let Some(since) = committed.min() else { return };
        let late = |since| shown.at.saturating_sub(since);
        self.verdict.longest = self.verdict.longest.max(late(since));
        self.verdict.slowest = self.verdict.slowest.max(late(since.max(self.history.healed)));
    }

    fn entry(&self, revision: Revision) -> Option<&'a Committed> {
        self.log.get(usize::try_from(revision.checked_sub(1)?).ok()?)
    }

    fn head(&self) -> Revision {
        self.log.last().map_or(0, |entry| entry.revision)
    }
}
