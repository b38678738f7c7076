//! What a reader can do with an alert, what follows from what, and what of it is counted. `docs/states.md` has
//! the picture.

use serde::{Deserialize, Serialize};

/// What a reader has done with an alert that is theirs to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// It still calls for attention.
    pub unread: bool,
    /// It is put away: in the archive, and not in the inbox.
    pub archived: bool,
}

/// What a reader does with one alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Marks it read.
    Read,
    /// Marks it unread again.
    Unread,
    /// Puts it away.
    Archive,
    /// Takes it back.
    Unarchive,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Read, Self::Unread, Self::Archive, Self::Unarchive];

    /// The act of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Unread => "unread",
            Self::Archive => "archive",
            Self::Unarchive => "unarchive",
        }
    }
}

impl State {
    /// As an alert is raised.
    pub const RAISED: Self = Self { unread: true, archived: false };

    /// What is so after an act. Putting an alert away keeps whether it was read, so that it comes back as it was;
    /// who marks one unread wants to see it again, so it comes back too.
    #[must_use]
    pub fn after(self, act: Act) -> Self {
        match act {
            Act::Read => Self { unread: false, ..self },
            Act::Unread => Self::RAISED,
            Act::Archive => Self { archived: true, ..self },
            Act::Unarchive => Self { archived: false, ..self },
        }
    }

    /// What one alert in this state adds to the counts of its inbox.
    pub fn counts(self) -> Counts {
        let (unread, archived) = (self.unread && !self.archived, self.archived);
        Counts { unread: unread.into(), archived: archived.into() }
    }
}

/// The numbers of an inbox. They are counts of alerts, always all of them, and never a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// How many in the inbox are unread.
    pub unread: u32,
    /// How many are archived.
    pub archived: u32,
}

impl Counts {
    /// These after some alerts have gone from one state to another. None: there were not so many.
    pub fn after(self, moves: Moves) -> Option<Self> {
        let count = |now: u32, by: i64| u32::try_from(i64::from(now) + by).ok();
        Some(Self {
            unread: count(self.unread, moves.by(|counts| counts.unread))?,
            archived: count(self.archived, moves.by(|counts| counts.archived))?,
        })
    }
}

/// Alerts that all go from one state to another.
#[derive(Clone, Copy, Debug)]
pub struct Moves {
    alerts: u32,
    from: Counts,
    to: Counts,
}

impl Moves {
    /// So many of them. None: not there before, or not any more.
    pub fn new(alerts: u32, from: Option<State>, to: Option<State>) -> Self {
        let counts = |state: Option<State>| state.map(State::counts).unwrap_or_default();
        Self { alerts, from: counts(from), to: counts(to) }
    }

    /// One that is raised.
    pub fn raised() -> Self {
        Self::new(1, None, Some(State::RAISED))
    }

    /// No alert.
    pub fn none() -> Self {
        Self::new(0, None, None)
    }

    /// By how much one of the numbers rises.
    pub fn by(&self, number: impl Fn(&Counts) -> u32) -> i64 {
        (i64::from(number(&self.to)) - i64::from(number(&self.from))) * i64::from(self.alerts)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state() -> impl Strategy<Value = State> {
        any::<(bool, bool)>().prop_map(|(unread, archived)| State { unread, archived })
    }

    fn act() -> impl Strategy<Value = Act> {
        prop::sample::select(Act::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn an_act_done_twice_is_done_once(state in state(), act in act()) {
            prop_assert_eq!(state.after(act).after(act), state.after(act));
        }

        #[test]
        fn what_was_put_away_comes_back_as_it_was(state in state()) {
            let away = state.after(Act::Archive);
            let back = State { archived: false, ..state };
            prop_assert!(away.archived);
            prop_assert_eq!(away.after(Act::Unarchive), back);
        }

        #[test]
        fn nothing_is_unread_and_put_away_by_marking_it_unread(acts in prop::collection::vec(act(), 0..8)) {
            let state = acts.into_iter().fold(State::RAISED, State::after);
            prop_assert_eq!(state.after(Act::Unread), State::RAISED);
        }

        #[test]
        fn counts_are_what_all_alerts_add_up_to(
            mut alerts in prop::collection::vec(state(), 1..20),
            acts in prop::collection::vec((any::<prop::sample::Index>(), act()), 0..30),
        ) {
            let sum = |alerts: &[State]| alerts.iter().fold(Counts::default(), |sum, alert| {
                sum.after(Moves::new(1, None, Some(*alert))).unwrap()
            });
            let mut counts = sum(&alerts);
            for (which, act) in acts {
                let alert = which.get(&alerts);
                let after = alert.after(act);
                counts = counts.after(Moves::new(1, Some(*alert), Some(after))).unwrap();
                let place = which.index(alerts.len());
                alerts[place] = after;
                prop_assert_eq!(counts, sum(&alerts));
            }
        }
    }

    #[test]
    fn counts_do_not_go_below_nothing() {
        let gone = |alerts| Moves::new(alerts, Some(State::RAISED), None);
        assert_eq!(Counts::default().after(gone(1)), None);
        assert_eq!(State::RAISED.counts().after(gone(2)), None);
    }
}
