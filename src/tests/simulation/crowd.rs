//! Who comes, from where, and who goes.

use belfry::{domain::Position, server::broker::Start};

use super::{
    listener::Listener,
    store::{PEOPLE, State},
    world::World,
};

const MOST_LISTENERS: usize = 5;

impl World {
    pub fn join(&mut self) {
        if self.listeners.len() == MOST_LISTENERS {
            return;
        }
        let who = self.anybody();
        let (start, at) = match self.dice.below(4) {
            0 => (Start::Reset, Vec::new()),
            1 => (Start::Now, vec![self.store.inside().head(who)]),
            2 if self.dice.one_in(4) => (Start::After(self.strange(who)), Vec::new()),
            _ => self.comeback(who),
        };
        self.listeners.push(Listener::new(&self.hub, &self.reader, who, start, at));
    }

    /// A position that its inbox never gave out: of somebody else, or of the future.
    fn strange(&mut self, who: usize) -> Position {
        let inside = self.store.inside();
        let (own, other) = (inside.head(who), inside.head((who + 1) % PEOPLE));
        let (own, other) = (inside.past(own).position, inside.past(other).position);
        if self.dice.one_in(2) { other } else { Position { revision: own.revision + 1_000, ..own } }
    }

    /// Where somebody stood once, who comes back from there.
    fn comeback(&mut self, who: usize) -> (Start, Vec<State>) {
        let inside = self.store.inside();
        let head = inside.head(who);
        let from = self.dice.below(self.known.len() + 1);
        let known = self.known.get(from).copied().filter(|state| inside.past(*state).who == who);
        let state = known.unwrap_or(head);
        let (past, now) = (inside.past(state), inside.past(head));
        // What was lost and overtaken since cannot be told from what overtook it.
        let lost = past.position.is_beside(now.position) && !inside.has(state);
        let state = if lost && self.recovery.is_none() { head } else { state };
        (Start::After(inside.past(state).position), vec![state])
    }

    pub fn part(&mut self) {
        if !self.listeners.is_empty() {
            self.listeners.swap_remove(self.dice.below(self.listeners.len()));
        }
    }
}
