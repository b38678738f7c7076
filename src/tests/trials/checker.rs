//! Judges a history: was anything lost, told twice, out of order, miscounted or told to a stranger?

use std::{
    collections::{HashMap, HashSet},
    fmt,
    time::Duration,
};

use belfry::domain::{AlertId, Counts};

use super::{
    history::{Committed, History, Mark, Marked, SessionHistory},
    ledger::{Ledger, State},
    walk::Walk,
};

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
    /// A count, a list or an alert that is not the store's at that revision.
    pub wrong: usize,
    /// Of an alert that is not in the person's log.
    pub strange: usize,
    /// How often a session was told to load again: no promise is broken by that.
    pub resets: usize,
    /// Those of them before which so little was missed that it could have been told.
    pub needless: usize,
    /// The longest that a session lacked a change after it was committed.
    pub longest: Duration,
    /// The same, counted from when all faults were over.
    pub slowest: Duration,
}

impl Verdict {
    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.lost + self.twice + self.disordered + self.wrong + self.strange + self.needless == 0
    }
}

impl fmt::Display for Verdict {
    /// Cells of a table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { alerts, sessions, lost, twice, disordered, resets, .. } = self;
        let wrong = self.wrong + self.strange;
        write!(f, "{alerts} | {sessions} | {lost} | {twice} | {disordered} | {wrong} | {resets} | ")?;
        write!(f, "{:.1} s | {:.1} s", self.longest.as_secs_f64(), self.slowest.as_secs_f64())
    }
}

/// Judges everything.
pub fn check(history: &History) -> Verdict {
    let raised: Vec<_> = history.log.values().flatten().filter(|entry| entry.what == "raised").collect();
    let mut verdict =
        Verdict { alerts: raised.len(), sessions: history.sessions.len(), ..Verdict::default() };
    let ledgers: HashMap<_, _> =
        history.log.iter().map(|(user, log)| (user.as_str(), Ledger::of(log))).collect();
    let nothing = Ledger::default();
    let ledger = |user: &str| ledgers.get(user).unwrap_or(&nothing);
    verdict.writers(history);
    history.marked.iter().for_each(|marked| verdict.mark(marked, ledger(&marked.user), history));
    history.log.iter().for_each(|(user, log)| verdict.inbox(user, log, ledger(user), history));
    for session in &history.sessions {
        verdict.pages(session, ledger(&session.user));
        Walk::of(session, history, ledger(&session.user), &mut verdict).judge();
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

    /// An acknowledged mark holds at the revision that its answer names, and so does the number.
    fn mark(&mut self, marked: &Marked, ledger: &Ledger, history: &History) {
        let at = marked.revision;
        let Some(log) = history.log.get(&marked.user).and_then(|log| log.get(..at as usize)) else {
            // The store has forgotten that there was such a revision.
            self.lost += 1;
            return;
        };
        let holds = match marked.mark {
            Mark::Act(id, act) => ledger.state(id, at).is_some_and(|(_, state)| match state {
                State::Held { state, .. } => state.after(act) == state,
                State::Gone => true,
            }),
            Mark::AllRead(up_to) => ledger.is_read_up_to(up_to, at),
            Mark::AllSeen(up_to) => ledger.is_seen_up_to(up_to, at),
        };
        self.lost += usize::from(!holds);
        self.wrong += usize::from(log.last().map(|entry| entry.counts).unwrap_or_default() != marked.counts);
    }

    /// The counts of a log are what its alerts come to, and the list of today is what all of it comes to.
    fn inbox(&mut self, user: &str, log: &[Committed], ledger: &Ledger, history: &History) {
        let mut counts = Counts::default();
        for entry in log {
            for id in &entry.ids {
                counts = counts.after(ledger.moves(*id, entry.revision)).unwrap_or_default();
            }
            if entry.seen.is_some() {
                counts = ledger.counts(entry.revision);
            }
            self.wrong += usize::from(counts != entry.counts);
        }
        let head = log.last().map_or(0, |entry| entry.revision);
        self.wrong += usize::from(history.truth.get(user).is_some_and(|truth| *truth != ledger.page(head)));
    }

    /// Each page was what the inbox was at that revision.
    fn pages(&mut self, session: &SessionHistory, ledger: &Ledger) {
        self.wrong += session.pages.iter().filter(|page| ledger.page(page.revision) != page.seen).count();
    }
}
