//! What happens to nodes.

use std::time::Duration;

use tokio::{net::TcpStream, time::timeout};

use super::{
    history::now,
    last, size, trial, trial_in,
    world::{NODES, World},
    writer::raise,
};
use crate::{support::program::clock_off, ws::bench::PATIENCE};

/// How many come to a node that has 200 descriptors.
const CROWD: usize = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_nodes_restart_one_after_the_other() {
    trial("rolling restart of all nodes", async |world| {
        for number in 0..NODES {
            world.stop_node(number).await;
            world.start_node(number).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_dies_between_commit_and_publish() {
    trial("node killed between commit and publish", async |world| {
        let publisher = world.publisher_at(world.port(0)).await;
        for round in 0..100 / size().haste {
            let publisher = publisher.clone();
            let (user, key) = (world.people[0].clone(), format!("committed in round {round}"));
            let committed = world.nodes[0].to_postgres.withhold(&key);
            let raising = tokio::spawn(async move { raise(&publisher, &user, &key).await });
            timeout(PATIENCE, committed).await.unwrap().unwrap();
            world.kill_node(0).await;
            world.start_node(0).await;
            world.acknowledged.push(raising.await.unwrap());
        }
    })
    .await;
}

/// Their clocks are an hour ahead and an hour behind: no decision of several nodes may hang on them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_of_nodes_are_off_by_an_hour() {
    let mut world = World::start().await;
    for (number, by) in ["FAKETIME=+1h", "FAKETIME=-1h"].into_iter().enumerate() {
        world.stop_node(number).await;
        world.nodes[number].wrapper = clock_off(by);
        world.start_node(number).await;
        let own = world.clock(number).await;
        assert!(own.abs_diff(now()) > Duration::from_secs(3_500), "its clock is not off");
    }
    trial_in(world, "clocks of two nodes off by an hour", async |_| last(20).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_runs_out_of_file_descriptors() {
    let mut world = World::start().await;
    world.stop_node(0).await;
    world.nodes[0].wrapper = vec!["prlimit", "--nofile=200:200"];
    world.start_node(0).await;
    trial_in(world, "node out of file descriptors, 20 s", async |world| {
        // Those that it cannot take are closed at once, or wait at its door.
        let mut taken = Vec::new();
        while taken.len() < CROWD
            && let Ok(taking) =
                timeout(Duration::from_secs(1), TcpStream::connect(&world.nodes[0].address)).await
        {
            taken.push(taking.unwrap());
        }
        last(20).await;
    })
    .await;
}
