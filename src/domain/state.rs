//! What a reader can do with an alert, what follows from what, and what of it is counted. `docs/states.md` has
//! the picture.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Where an alert can be found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Place {
    /// Among what calls for attention.
    #[default]
    Inbox,
    /// Put away.
    Archive,
    /// Put off, to come back by itself.
    Snoozed,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Inbox, Self::Archive, Self::Snoozed];
}

/// What a reader has done with an alert that is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// It has not been read.
    pub unread: bool,
    /// Where it is; none once it was thrown away. Then only its reader can take it back, while it is kept.
    pub place: Option<Place>,
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
    /// Puts it off until then.
    Snooze(OffsetDateTime),
    /// Throws it away.
    Delete,
    /// Takes it back into the inbox.
    Restore,
}

impl Act {
    /// Those that say all in their name.
    pub const PLAIN: [Self; 5] = [Self::Read, Self::Unread, Self::Archive, Self::Delete, Self::Restore];

    /// The plain act of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::PLAIN.into_iter().find(|act| act.name() == name)
    }

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Unread => "unread",
            Self::Archive => "archive",
            Self::Snooze(_) => "snooze",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    /// Until when it puts off.
    pub fn until(self) -> Option<OffsetDateTime> {
        match self {
            Self::Snooze(until) => Some(until),
            _ => None,
        }
    }

    /// Whether it takes an alert out of the list in which its reader sees it.
    pub fn takes_away(self) -> bool {
        matches!(self, Self::Archive | Self::Snooze(_) | Self::Delete)
    }
}

impl State {
    /// As an alert is raised, and as one comes back that was put off.
    pub const RAISED: Self = Self { unread: true, place: Some(Place::Inbox) };

    /// Whether an act can be done: what was thrown away can be taken back, and nothing else.
    pub fn admits(self, act: Act) -> bool {
        self.place.is_some() || matches!(act, Act::Delete | Act::Restore)
    }

    /// What is so after an act. Taking an alert away keeps whether it was read, so that it comes back as it was;
    /// who marks one unread wants to see it again, so it comes back too. What cannot be done changes nothing.
    #[must_use]
    pub fn after(self, act: Act) -> Self {
        let at = |place| Self { place, ..self };
        match act {
            _ if !self.admits(act) => self,
            Act::Read => Self { unread: false, ..self },
            Act::Unread => Self::RAISED,
            Act::Archive => at(Some(Place::Archive)),
            Act::Snooze(_) => at(Some(Place::Snoozed)),
            Act::Delete => at(None),
            Act::Restore => at(Some(Place::Inbox)),
        }
    }

    /// What one alert in this state adds to the counts of its inbox, if it came since its reader looked last.
    pub fn counts(self) -> Counts {
        let is_at = |place| u32::from(self.place == Some(place));
        let unread = if self.unread { is_at(Place::Inbox) } else { 0 };
        Counts { unseen: unread, unread, archived: is_at(Place::Archive), snoozed: is_at(Place::Snoozed) }
    }
}

/// The numbers of an inbox. They are counts of alerts, always all of them, and never a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// How many in the inbox are unread and came, or came back, since their reader looked at it last.
    pub unseen: u32,
    /// How many in the inbox are unread.
    pub unread: u32,
    /// How many are archived.
    pub archived: u32,
    /// How many are put off.
    pub snoozed: u32,
}

impl Counts {
    /// These after some alerts have gone from one state to another. None: there were not so many.
    pub fn after(self, moves: Moves) -> Option<Self> {
        let count = |now: u32, by: i64| u32::try_from(i64::from(now) + by).ok();
        Some(Self {
            unseen: count(self.unseen, moves.unseen())?,
            unread: count(self.unread, moves.by(|counts| counts.unread))?,
            archived: count(self.archived, moves.by(|counts| counts.archived))?,
            snoozed: count(self.snoozed, moves.by(|counts| counts.snoozed))?,
        })
    }
}

/// Alerts that all go from one state to another.
#[derive(Clone, Copy, Debug)]
pub struct Moves {
    alerts: u32,
    /// How many of them came since their reader looked last.
    new: u32,
    from: Counts,
    to: Counts,
}

impl Moves {
    /// So many of them, of which so many came since their reader looked last. None: not there before, or not any
    /// more.
    pub fn of(alerts: u32, new: u32, from: Option<State>, to: Option<State>) -> Self {
        let counts = |state: Option<State>| state.map(State::counts).unwrap_or_default();
        Self { alerts, new, from: counts(from), to: counts(to) }
    }

    /// One alert.
    pub fn one(is_new: bool, from: Option<State>, to: Option<State>) -> Self {
        Self::of(1, is_new.into(), from, to)
    }

    /// One that is raised.
    pub fn raised() -> Self {
        Self::one(true, None, Some(State::RAISED))
    }

    /// No alert.
    pub fn none() -> Self {
        Self::of(0, 0, None, None)
    }

    fn unseen(&self) -> i64 {
        (i64::from(self.to.unseen) - i64::from(self.from.unseen)) * i64::from(self.new)
    }

    fn by(&self, number: impl Fn(&Counts) -> u32) -> i64 {
        (i64::from(number(&self.to)) - i64::from(number(&self.from))) * i64::from(self.alerts)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state() -> impl Strategy<Value = State> {
        (any::<bool>(), prop::option::of(prop::sample::select(Place::ALL.to_vec())))
            .prop_map(|(unread, place)| State { unread, place })
    }

    fn act() -> impl Strategy<Value = Act> {
        let mut acts = Act::PLAIN.to_vec();
        acts.push(Act::Snooze(OffsetDateTime::UNIX_EPOCH));
        prop::sample::select(acts)
    }

    proptest! {
        #[test]
        fn an_act_done_twice_is_done_once(state in state(), act in act()) {
            prop_assert_eq!(state.after(act).after(act), state.after(act));
        }

        #[test]
        fn what_was_taken_away_comes_back_as_it_was(unread in any::<bool>(), act in act()) {
            let state = State { unread, ..State::RAISED };
            prop_assert_eq!(state.after(act).place != state.place, act.takes_away());
            if act.takes_away() {
                prop_assert_eq!(state.after(act).after(Act::Restore), state);
            }
        }

        #[test]
        fn what_was_thrown_away_is_taken_back_or_stays_as_it_is(state in state(), act in act()) {
            let gone = state.after(Act::Delete);
            let back = State { place: Some(Place::Inbox), ..state };
            prop_assert_eq!(gone.after(act), if act == Act::Restore { back } else { gone });
        }

        #[test]
        fn what_is_marked_unread_is_unread_in_the_inbox(acts in prop::collection::vec(act(), 0..8)) {
            let state = acts.into_iter().fold(State::RAISED, State::after);
            let unread = if state.admits(Act::Unread) { State::RAISED } else { state };
            prop_assert_eq!(state.after(Act::Unread), unread);
        }

        #[test]
        fn counts_are_what_all_alerts_add_up_to(
            mut alerts in prop::collection::vec((any::<bool>(), state()), 1..20),
            acts in prop::collection::vec((any::<prop::sample::Index>(), act()), 0..30),
        ) {
            let sum = |alerts: &[(bool, State)]| alerts.iter().fold(Counts::default(), |sum, (is_new, alert)| {
                sum.after(Moves::one(*is_new, None, Some(*alert))).unwrap()
            });
            let mut counts = sum(&alerts);
            for (which, act) in acts {
                let (is_new, alert) = which.get_mut(&mut alerts);
                let after = alert.after(act);
                counts = counts.after(Moves::one(*is_new, Some(*alert), Some(after))).unwrap();
                *alert = after;
                prop_assert_eq!(counts, sum(&alerts));
            }
        }
    }

    #[test]
    fn counts_do_not_go_below_nothing() {
        let gone = |alerts, new| Moves::of(alerts, new, Some(State::RAISED), None);
        assert_eq!(Counts::default().after(gone(1, 0)), None);
        assert_eq!(State::RAISED.counts().after(gone(2, 0)), None);
        let all_seen = State::RAISED.counts().after(gone(0, 1)).unwrap();
        assert_eq!((all_seen.after(gone(1, 1)), all_seen.after(gone(1, 0))), (None, Some(Counts::default())));
    }
}
