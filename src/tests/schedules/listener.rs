//! Who hears a session, and minds what it hears.

use belfry::{
    domain::Position,
    server::broker::{Heard, Session, Start},
};
use shuttle::future::block_on;

use super::node::{HEAD, Node};

pub struct Listener {
    session: Session,
    /// The last it heard of; none where it is yet to hear where it begins.
    at: Option<Position>,
}

impl Listener {
    /// A session that begins after the first position.
    pub fn after_head(node: &Node) -> Self {
        Self { session: node.open(Start::After(HEAD)), at: Some(HEAD) }
    }

    /// A session that hears first where it begins.
    pub fn from_reset(node: &Node) -> Self {
        Self { session: node.open(Start::Reset), at: None }
    }

    /// A session that has looked at the log already and waits for news alone, at the first position.
    pub fn at_head(node: &Node) -> Self {
        Self { session: node.open(Start::Now), at: Some(HEAD) }
    }

    /// Hears everything up to a position, once and in order. Waits until it is told.
    pub fn hears_to(&mut self, end: Position) {
        while self.at != Some(end) {
            self.at = Some(match block_on(self.session.next()) {
                Heard::News(news) => self.follows(news.change.position),
                Heard::Reset(standing) => standing.position,
            });
        }
    }

    fn follows(&self, heard: Position) -> Position {
        let next = self.at.map(|at| Position { revision: at.revision + 1, ..at });
        assert_eq!(Some(heard), next);
        heard
    }
}
