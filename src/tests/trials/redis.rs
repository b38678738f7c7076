//! What Redis does to its subscribers, and what happens to its messages.

use super::{
    last,
    resp::{dropping, repeating, swapping},
    trial, trial_in,
    world::{NODES, World},
};
use crate::support::{
    proxy::MakeTamper,
    sentinel::{NAME, Watched},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_restarts_twice_within_half_a_second() {
    trial("Redis restarted twice within half a second", async |world| {
        for _ in 0..2 {
            world.redis.kill();
            world.redis.restart().await;
        }
    })
    .await;
}

/// From the beginning of the fault on, whatever is not told must be found within two looks.
async fn tampered(name: &str, tamper: MakeTamper) {
    trial(name, async |world| {
        for node in &world.nodes {
            node.to_redis.tamper(Some(tamper));
            node.to_redis.cut();
        }
        last(5).await;
        let before: Vec<_> = world.nodes.iter().map(|node| node.to_redis.done()).collect();
        last(15).await;
        for (node, before) in world.nodes.iter().zip(before) {
            assert!(node.to_redis.done() > before, "no message was touched");
            node.to_redis.tamper(None);
            node.to_redis.cut();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_dropped_on_the_way() {
    tampered("Redis: one message in five dropped, 20 s", dropping).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_repeated_on_the_way() {
    tampered("Redis: one message in five repeated, 20 s", repeating).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_change_places_on_the_way() {
    tampered("Redis: one message in five swapped, 20 s", swapping).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_is_kicked_for_its_output_buffer() {
    trial("Redis: subscriber kicked for its output buffer", async |world| {
        let subscribers = async |world: &World| {
            let list: String = world.redis.ask("CLIENT LIST TYPE pubsub").await.unwrap();
            list.lines().count()
        };
        let mut conn = world.redis.connect().await;
        let set = |value: &str| {
            let mut command = redis::cmd("CONFIG");
            command.arg("SET").arg("client-output-buffer-limit").arg(value);
            command
        };
        set("pubsub 65536 0 0").exec_async(&mut conn).await.unwrap();
        world.signal_node(0, "STOP").await;
        let channels: Vec<String> = world.redis.ask("PUBSUB CHANNELS *").await.unwrap();
        // Until the system keeps no more of it for the node that does not read.
        while subscribers(world).await == NODES {
            let mut burst = redis::pipe();
            for channel in &channels {
                burst.publish(channel, vec![0_u8; 60_000]);
            }
            burst.exec_async(&mut conn).await.unwrap();
        }
        set("pubsub 33554432 8388608 60").exec_async(&mut conn).await.unwrap();
        world.signal_node(0, "CONT").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_master_under_sentinel_is_killed() {
    let Watched { servers: [master, replica], sentinels } = Watched::start().await;
    let names: Vec<_> = sentinels.iter().map(|sentinel| sentinel.name()).collect();
    let url = format!("redis-sentinel://{}/{NAME}", names.join(","));
    trial_in(World::on(master, Some(url)).await, "Redis: Sentinel failover", async |world| {
        world.redis.kill();
        loop {
            let role: Vec<redis::Value> = replica.ask("ROLE").await.unwrap();
            if role[0] == redis::Value::BulkString(b"master".to_vec()) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        last(5).await;
    })
    .await;
}
