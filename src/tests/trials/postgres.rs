//! What PostgreSQL refuses.

use std::time::Duration;

use sqlx::PgConnection;
use tokio::time::Instant;

use super::{
    size, trial,
    world::{NODES, PATIENCE, World},
};

/// Takes every connection that is to be had.
async fn take_all(world: &World, taken: &mut Vec<PgConnection>) {
    while let Ok(conn) = world.postgres.connect().await {
        taken.push(conn);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_used_up() {
    trial("PostgreSQL: no connection left, 20 s", async |world| {
        let (mut taken, mut starved) = (Vec::new(), [false; NODES]);
        let (begin, length) = (Instant::now(), Duration::from_secs(20) / size().haste);
        while begin.elapsed() < length || starved != [true; NODES] {
            assert!(begin.elapsed() < PATIENCE, "who had one all the time? {starved:?}");
            for (number, starved) in starved.iter_mut().enumerate() {
                if world.is_ready(number).await {
                    // What it has is its own until it ends, and then whose who is first.
                    world.nodes[number].to_postgres.cut();
                } else {
                    *starved = true;
                }
                take_all(world, &mut taken).await;
            }
        }
    })
    .await;
}
