//! Each fault by itself.

use super::{fault::Fault, last, trial};

/// One fault of so many seconds.
async fn alone(name: &str, fault: Fault, seconds: u32) {
    trial(name, async |world| {
        let before = fault.done(world);
        fault.strike(world).await;
        last(seconds).await;
        let after = fault.done(world);
        assert!(after.is_none_or(|after| Some(after) > before), "it did nothing");
        fault.heal(world).await;
    })
    .await;
}

/// A test of each.
macro_rules! alone {
    ($($claim:ident: $name:literal, $fault:expr, $seconds:literal;)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $claim() {
            alone($name, $fault, $seconds).await;
        })*
    };
}

alone! {
    redis_is_killed_and_comes_back: "Redis killed, back after 30 s", Fault::RedisKilled, 30;
    redis_stands_still: "Redis frozen 10 s", Fault::RedisFrozen, 10;
    connections_to_redis_are_half_open: "Redis: half-open connections", Fault::RedisHalfOpen(0), 10;
    redis_is_unreached_by_one_node: "Redis unreached by one node, 20 s", Fault::RedisUnreached(1), 20;
    postgres_is_killed_and_comes_back: "PostgreSQL killed and restarted", Fault::PostgresKilled, 10;
    postgres_stands_still: "PostgreSQL frozen 10 s", Fault::PostgresFrozen, 10;
    postgres_is_slow: "PostgreSQL slow for one node, 200 ms an answer", Fault::PostgresSlow(0), 30;
    a_nodes_connections_to_postgres_end: "PostgreSQL connections cut", Fault::PostgresCut(2), 5;
    a_node_is_killed_and_another_comes: "node killed, another after 5 s", Fault::NodeKilled(1), 5;
    a_node_stands_still_and_wakes: "node frozen 20 s and woken", Fault::NodeFrozen(0), 20;
    sockets_end: "sockets cut", Fault::DoorCut(0), 5;
    sockets_are_half_open: "half-open sockets, 15 s", Fault::DoorHalfOpen(1), 15;
    readers_are_unreached: "nothing gets through to readers, 40 s", Fault::DoorUnreached(1), 40;
    readers_take_a_thousand_bytes_a_second: "readers at 1 kB/s, 30 s", Fault::DoorThin(2), 30;
}
