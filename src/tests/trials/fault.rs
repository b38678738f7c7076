//! What can fail, how it begins and how it ends.

use std::time::Duration;

use super::world::World;
use crate::support::proxy::{Flow, Proxy};

/// A fault of one part. A number names the node, or the door that leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    RedisKilled,
    RedisFrozen,
    /// A node's connections to Redis end at Redis, and the node is not told.
    RedisHalfOpen(usize),
    /// Nothing gets through between a node and Redis.
    RedisUnreached(usize),
    PostgresKilled,
    PostgresFrozen,
    /// Every answer to a node 200 ms later.
    PostgresSlow(usize),
    /// All of a node's connections end at once.
    PostgresCut(usize),
    NodeKilled(usize),
    NodeFrozen(usize),
    /// Ended as a deployment ends it.
    NodeReplaced(usize),
    /// All connections of those who came by a door end at once.
    DoorCut(usize),
    /// The same, and those who came are not told.
    DoorHalfOpen(usize),
    /// Nothing gets through a door.
    DoorUnreached(usize),
    /// A thousand bytes a second get through to each of those who came.
    DoorThin(usize),
}

impl Fault {
    /// Each kind of them once.
    pub fn all(node: usize) -> [Self; 15] {
        [
            Self::RedisKilled,
            Self::RedisFrozen,
            Self::RedisHalfOpen(node),
            Self::RedisUnreached(node),
            Self::PostgresKilled,
            Self::PostgresFrozen,
            Self::PostgresSlow(node),
            Self::PostgresCut(node),
            Self::NodeKilled(node),
            Self::NodeFrozen(node),
            Self::NodeReplaced(node),
            Self::DoorCut(node),
            Self::DoorHalfOpen(node),
            Self::DoorUnreached(node),
            Self::DoorThin(node),
        ]
    }

    /// Whether it can begin while another lasts: no part can fail twice at once.
    pub fn goes_with(self, other: Self) -> bool {
        let part = |fault| match fault {
            Self::RedisKilled | Self::RedisFrozen => 'r',
            Self::PostgresKilled | Self::PostgresFrozen => 'p',
            Self::NodeKilled(_) | Self::NodeFrozen(_) | Self::NodeReplaced(_) => 'n',
            Self::RedisHalfOpen(_) | Self::RedisUnreached(_) => 'R',
            Self::PostgresSlow(_) | Self::PostgresCut(_) => 'P',
            _ => 'd',
        };
        // A node that starts needs its database.
        part(self) != part(other) && !matches!((part(self), part(other)), ('p', 'n') | ('n', 'p'))
    }

    /// The proxy by which it is done, if any.
    fn proxy(self, world: &World) -> Option<&Proxy> {
        match self {
            Self::RedisHalfOpen(node) | Self::RedisUnreached(node) => Some(&world.nodes[node].to_redis),
            Self::PostgresSlow(node) | Self::PostgresCut(node) => Some(&world.nodes[node].to_postgres),
            Self::DoorCut(door) | Self::DoorHalfOpen(door) => Some(&world.doors[door]),
            Self::DoorUnreached(door) | Self::DoorThin(door) => Some(&world.doors[door]),
            _ => None,
        }
    }

    /// How much it has done so far to what goes over the network. Signals need no such proof.
    pub fn done(self, world: &World) -> Option<usize> {
        self.proxy(world).map(Proxy::done)
    }

    /// It begins.
    pub async fn strike(self, world: &mut World) {
        match self {
            Self::RedisKilled => world.redis.kill(),
            Self::RedisFrozen => world.redis.signal("-STOP"),
            Self::RedisHalfOpen(node) => world.nodes[node].to_redis.orphan(),
            Self::RedisUnreached(node) => world.nodes[node].to_redis.flow(Flow::Still),
            Self::PostgresKilled => world.postgres.kill(),
            Self::PostgresFrozen => world.postgres.signal("-STOP"),
            Self::PostgresSlow(node) => {
                world.nodes[node].to_postgres.flow(Flow::Late(Duration::from_millis(200)));
            }
            Self::PostgresCut(node) => world.nodes[node].to_postgres.cut(),
            Self::NodeKilled(node) => world.kill_node(node).await,
            Self::NodeFrozen(node) => world.signal_node(node, "STOP").await,
            Self::NodeReplaced(node) => world.stop_node(node).await,
            Self::DoorCut(door) => world.doors[door].cut(),
            Self::DoorHalfOpen(door) => world.doors[door].orphan(),
            Self::DoorUnreached(door) => world.doors[door].flow(Flow::Still),
            Self::DoorThin(door) => world.doors[door].flow(Flow::Thin(1_000)),
        }
    }

    /// It is over.
    pub async fn heal(self, world: &mut World) {
        match self {
            Self::RedisKilled => world.redis.restart().await,
            Self::RedisFrozen => world.redis.signal("-CONT"),
            Self::RedisUnreached(node) => world.nodes[node].to_redis.flow(Flow::Free),
            Self::PostgresKilled => world.postgres.restart().await,
            Self::PostgresFrozen => world.postgres.signal("-CONT"),
            Self::PostgresSlow(node) => world.nodes[node].to_postgres.flow(Flow::Free),
            Self::NodeKilled(node) | Self::NodeReplaced(node) => world.start_node(node).await,
            Self::NodeFrozen(node) => world.signal_node(node, "CONT").await,
            Self::DoorUnreached(door) | Self::DoorThin(door) => world.doors[door].flow(Flow::Free),
            Self::RedisHalfOpen(node) => world.nodes[node].to_redis.cut(),
            Self::DoorHalfOpen(door) => world.doors[door].cut(),
            Self::PostgresCut(_) | Self::DoorCut(_) => {}
        }
    }
}
