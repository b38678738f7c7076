//! One session's way through its inbox's log, as the checker follows it.

use std::time::Duration;

use belfry::{
    domain::{Alert, AlertId, Counts, InboxEvent, Revision},
    server::store::MOST_REPLAYED,
};

use super::{
    checker::Verdict,
    history::{Committed, History, Loaded, Moment, SessionHistory, Shown},
    ledger::Ledger,
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
        self.verdict.lost += self.missed_before(self.head() + 1, self.head());
        let Some(screen) = &self.session.screen else { return };
        let truth = self.history.truth.get(&self.session.user);
        self.verdict.wrong += usize::from(!truth.is_some_and(|truth| screen.is_of(truth)));
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
            self.verdict.lost += self.missed_before(revision, self.committed_by(shown.at));
        }
        self.compare(shown);
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

    /// How many changes between where it stands and a revision should have been shown, as the inbox was
    /// at another one.
    fn missed_before(&self, revision: Revision, known: Revision) -> usize {
        let between = (self.at + 1..revision).filter_map(|revision| self.entry(revision));
        between.filter(|entry| !self.may_be_passed_over(entry, known)).count()
    }

    /// What else was told of an alert that has left the inbox may be passed over; its leaving may not.
    fn may_be_passed_over(&self, entry: &Committed, known: Revision) -> bool {
        match entry.what.as_str() {
            "right_ended" => true,
            "all_read" | "expired" | "deleted" | "removed" => false,
            _ => entry.ids.iter().all(|id| self.has_left(*id, entry.revision, known)),
        }
    }

    fn has_left(&self, id: AlertId, after: Revision, known: Revision) -> bool {
        self.ledger.was_away(id, after, known)
    }

    /// The last revision that may have been known at a moment. The log has its times to the millisecond.
    fn committed_by(&self, moment: Moment) -> Revision {
        let count = self.log.partition_point(|entry| entry.at <= moment + Duration::from_millis(1));
        Revision::try_from(count).unwrap()
    }

    /// Holds what was said against the log.
    fn compare(&mut self, shown: &Shown) {
        let head = shown.event.head();
        let nothing = self.log.is_empty() && head.revision == 0 && head.counts == Counts::default();
        let Some(entry) = self.entry(head.revision) else {
            self.verdict.strange += usize::from(!nothing);
            return;
        };
        let leaves = matches!(entry.what.as_str(), "expired" | "removed" | "deleted");
        let (same, alerts) = match &shown.event {
            InboxEvent::AlertChanged { alert_id, alert, .. } => {
                // What was thrown away may have been taken back since.
                let fits = alert.as_ref().map_or(leaves, |alert| !leaves || alert.revision > entry.revision);
                (entry.ids == [*alert_id] && fits, alert.as_slice())
            }
            InboxEvent::AlertsChanged { alert_ids: Some(ids), alerts: Some(alerts), .. } => {
                let known = self.committed_by(shown.at);
                let is_told = |id: &_| {
                    alerts.iter().any(|alert| alert.id == *id) || self.has_left(*id, entry.revision, known)
                };
                (*ids == entry.ids && ids.iter().all(is_told), alerts.as_slice())
            }
            InboxEvent::AlertsChanged { .. } => (entry.ids.len() > MOST_NAMED, &[][..]),
            InboxEvent::InboxReset { .. } => (true, &[][..]),
        };
        let counted = entry.counts == head.counts;
        let own = alerts.iter().all(|alert| entry.ids.contains(&alert.id));
        self.verdict.strange += usize::from(!same || !own);
        let true_to_store = alerts.iter().all(|alert| self.was(alert, head.revision));
        self.verdict.wrong += usize::from(!counted || own && !true_to_store);
    }

    /// Whether an alert was like this at its own revision, which is not before the one it is told with.
    fn was(&self, alert: &Alert, told_with: Revision) -> bool {
        let was = self.ledger.state(alert.id, alert.revision);
        let was = was.and_then(|(since, state)| state.here().filter(|_| since == alert.revision));
        was == Some(alert.state()) && alert.revision >= told_with
    }

    /// Notes how late something was shown, counted from its commit and from the end of the faults.
    fn time(&mut self, from: Revision, to: Revision, shown: &Shown) {
        let committed = (from..=to).filter_map(|revision| self.entry(revision)).map(|entry| entry.at);
        let Some(since) = committed.min() else { return };
        let at = self.whole_at(shown);
        let late = |since| at.saturating_sub(since);
        self.verdict.longest = self.verdict.longest.max(late(since));
        self.verdict.slowest = self.verdict.slowest.max(late(since.max(self.history.healed)));
    }

    /// When the list had what was shown: at once, or by the page that was loaded because of it.
    fn whole_at(&self, shown: &Shown) -> Moment {
        let names = match &shown.event {
            InboxEvent::AlertChanged { .. } => true,
            InboxEvent::AlertsChanged { alerts, .. } => alerts.is_some(),
            InboxEvent::InboxReset { .. } => false,
        };
        let has_it = |page: &&Loaded| page.at >= shown.at && page.revision >= shown.event.head().revision;
        let loaded = self.session.pages.iter().find(has_it).filter(|_| !names);
        loaded.map_or(shown.at, |page| page.at)
    }

    fn entry(&self, revision: Revision) -> Option<&'a Committed> {
        self.log.get(usize::try_from(revision.checked_sub(1)?).ok()?)
    }

    fn head(&self) -> Revision {
        self.log.last().map_or(0, |entry| entry.revision)
    }
}
