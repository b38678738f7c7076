//! Judges a history: was anything lost, told twice, out of order, miscounted or told to a stranger?

use std::{
    collections::{HashMap, HashSet},
    fmt,
    time::Duration,
};

use belfry::domain::{AlertId, InboxEvent, Revision};

use super::history::{Committed, History, SessionHistory, Shown};

/// How often each promise was broken, and how long it took until all was well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub alerts: usize,
    pub sessions: usize,
    /// Committed and never shown, or acknowledged and never committed.
    pub lost: usize,
    /// Shown again, or committed again.
    pub twice: usize,
    /// Shown after a later one, or after the right to see it ended.
    pub disordered: usize,
    /// A count, or a list, that is not the store's at that revision.
    pub wrong: usize,
    /// Of an alert that is not in the person's log.
    pub strange: usize,
    /// How often a session was told to load again: no promise is broken by that, and little is kept.
    pub resets: usize,
    /// The longest that a session lacked a change after it was committed and all faults were over.
    pub slowest: Duration,
}

impl Verdict {
    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.lost + self.twice + self.disordered + self.wrong + self.strange == 0
    }
}

impl fmt::Display for Verdict {
    /// Cells of a table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { alerts, sessions, lost, twice, disordered, wrong, strange, resets, slowest } = self;
        write!(
            f,
            "{alerts} | {sessions} | {lost} | {twice} | {disordered} | {} | {resets} | ",
            wrong + strange
        )?;
        write!(f, "{:.1} s", slowest.as_secs_f64())
    }
}

/// Judges everything.
pub fn check(history: &History) -> Verdict {
    let raised: Vec<_> = history.log.values().flatten().filter(|entry| entry.what == "raised").collect();
    let mut verdict =
        Verdict { alerts: raised.len(), sessions: history.sessions.len(), ..Verdict::default() };
    verdict.writers(history);
    history.log.values().for_each(|log| verdict.counts(log));
    for session in &history.sessions {
        Walk::of(session, history, &mut verdict).judge();
    }
    verdict
}

impl Verdict {
    /// Each acknowledged alert is in the log of its person once, and nothing else was raised.
    fn writers(&mut self, history: &History) {
        let mut raised: HashMap<(&str, AlertId), usize> = HashMap::new();
        for (user, log) in &history.log {
            let entries = log.iter().filter(|entry| entry.what == "raised");
            entries.flat_map(|entry| &entry.ids).for_each(|id| *raised.entry((user, *id)).or_default() += 1);
        }
        let told = history.acknowledged.iter().map(|told| (told.user.as_str(), told.id));
        let acknowledged: HashSet<_> = told.collect();
        self.lost += acknowledged.iter().filter(|alert| !raised.contains_key(alert)).count();
        let again = raised.iter().filter(|(alert, count)| **count > 1 || !acknowledged.contains(alert));
        self.twice += again.count();
    }
}

impl Verdict {
    /// Each count of a log is the number of alerts that are unread by what it says.
    fn counts(&mut self, log: &[Committed]) {
        let mut unread: HashSet<AlertId> = HashSet::new();
        for entry in log {
            match entry.what.as_str() {
                "raised" | "unread" => unread.extend(entry.ids.iter().copied()),
                _ => entry.ids.iter().for_each(|id| {
                    unread.remove(id);
                }),
            }
            self.wrong += usize::from(unread.len() != entry.unread as usize);
        }
    }
}

/// One session's way through its inbox's log.
struct Walk<'a> {
    session: &'a SessionHistory,
    history: &'a History,
    log: &'a [Committed],
    /// Which alerts have left the inbox: what else was told of them may be passed over.
    left: HashSet<AlertId>,
    at: Revision,
    verdict: &'a mut Verdict,
}

impl<'a> Walk<'a> {
    fn of(session: &'a SessionHistory, history: &'a History, verdict: &'a mut Verdict) -> Self {
        let log = history.log.get(&session.user).map_or(&[][..], Vec::as_slice);
        let leaving = log.iter().filter(|entry| matches!(entry.what.as_str(), "expired" | "removed"));
        let left = leaving.flat_map(|entry| entry.ids.clone()).collect();
        Self { session, history, log, left, at: session.from, verdict }
    }

    fn judge(mut self) {
        for shown in &self.session.shown {
            self.step(shown);
        }
        let end = self.session.ended.unwrap_or_else(|| self.head());
        self.verdict.lost += self.missed_before(end + 1);
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
            self.verdict.resets += 1;
            self.verdict.disordered += usize::from(revision < self.at);
        } else {
            self.verdict.lost += self.missed_before(revision);
        }
        self.compare(&shown.event);
        self.time(self.at + 1, revision, shown);
        self.at = revision;
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

    fn may_be_passed_over(&self, entry: &Committed) -> bool {
        match entry.what.as_str() {
            "right_ended" => true,
            "raised" | "read" | "unread" => entry.ids.iter().all(|id| self.left.contains(id)),
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
        let same = match event {
            InboxEvent::AlertChanged { alert_id, .. } => entry.ids == [*alert_id],
            InboxEvent::AlertsChanged { alert_ids, .. } => {
                alert_ids.as_ref().is_none_or(|ids| *ids == entry.ids)
            }
            InboxEvent::InboxReset { .. } => true,
        };
        let counted = entry.unread == head.unread_count;
        self.verdict.strange += usize::from(!same);
        self.verdict.wrong += usize::from(!counted);
    }

    /// Notes how late something was shown, counted from its commit or from the end of the faults.
    fn time(&mut self, from: Revision, to: Revision, shown: &Shown) {
        let committed = (from..=to).filter_map(|revision| self.entry(revision)).map(|entry| entry.at);
        let since = committed.map(|at| at.max(self.history.healed)).min();
        let late = since.map(|since| shown.at.saturating_sub(since)).unwrap_or_default();
        self.verdict.slowest = self.verdict.slowest.max(late);
    }

    fn entry(&self, revision: Revision) -> Option<&'a Committed> {
        self.log.get(usize::try_from(revision.checked_sub(1)?).ok()?)
    }

    fn head(&self) -> Revision {
        self.log.last().map_or(0, |entry| entry.revision)
    }
}
