//! A deployment under load, behind the balancer that `deploy/haproxy.cfg` sets up.

use std::{path::Path, process::Stdio, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::{
    process::{Child, Command},
    task::JoinSet,
    time::{Instant, interval, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    history::{Acknowledged, now},
    judge,
    screen::{Screen, Viewer},
    size,
    world::{NODES, World, wait},
    writer::try_raise,
};
use crate::support::redis::free_port;

/// How many requests a second there are in all, of each of so many callers: one in five raises an alert,
/// the others load a page.
const CALLERS: u32 = 10;
const REQUESTS: u32 = 500;

/// A caller's requests, and how many of them failed.
#[derive(Default)]
struct Called {
    count: usize,
    failed: usize,
    acknowledged: Vec<Acknowledged>,
}

/// The balancer, in front of all nodes.
fn balancer(world: &World, port: u16) -> Child {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/haproxy.cfg");
    let mut command = Command::new("haproxy");
    command.arg("-db").arg("-f").arg(config).env("BALANCER", format!("127.0.0.1:{port}"));
    // Debian keeps it where only root looks.
    command.env("PATH", "/usr/sbin:/usr/bin:/bin");
    for (number, node) in world.nodes.iter().enumerate() {
        command.env(format!("NODE_{}", number + 1), &node.address);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap()
}

/// Waits until the balancer gives requests to a node, of its own accord.
async fn is_given_work(port: u16, number: usize) {
    let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = http.get(format!("http://127.0.0.1:{port}/healthz")).send().await;
        let name = format!("node{}", number + 1);
        if answer.is_ok_and(|answer| answer.headers().get("x-node").is_some_and(|node| *node == *name)) {
            return;
        }
        assert!(Instant::now() < until, "{name} gets no work");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Calls at an even pace until it is stopped. Nothing is tried again.
async fn call(publisher: Viewer, reader: Viewer, people: Vec<String>, stop: CancellationToken) -> Called {
    let (mut called, mut ticks) = (Called::default(), interval(Duration::from_secs(1) * CALLERS / REQUESTS));
    while !stop.is_cancelled() {
        ticks.tick().await;
        called.count += 1;
        if called.count % 5 > 0 {
            called.failed += usize::from(reader.page().await.is_none());
            continue;
        }
        let user = people[rand::random_range(0..people.len())].clone();
        match try_raise(&publisher, &user, &format!("{} {}", publisher.user, called.count)).await {
            Some(id) => called.acknowledged.push(Acknowledged { user, id }),
            None => called.failed += 1,
        }
    }
    called
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_deploy_fails_no_request_and_loses_no_alert() {
    let sockets = 3_000 / (usize::try_from(size().haste).unwrap()).pow(2);
    let mut world = World::start().await;
    world.people = (0..sockets / 3).map(|number| format!("person{number}")).collect();
    (world.shutdown_delay, world.limits) = ("4", "on");
    for number in 0..NODES {
        world.stop_node(number).await;
        world.start_node(number).await;
    }
    let port = free_port();
    let _balancer = balancer(&world, port);
    for number in 0..NODES {
        is_given_work(port, number).await;
    }
    let pages = world.people.iter().flat_map(|user| [user; 3]).map(|user| world.viewer_at(user, port));
    let screens: Vec<_> =
        stream::iter(pages.collect::<Vec<_>>()).map(Screen::open).buffer_unordered(32).collect().await;
    world.screens = Arc::new(screens);
    let are_live = || world.screens.iter().all(Screen::is_live);
    wait("all sockets are open", are_live).await;

    let (stop, mut calling) = (CancellationToken::new(), JoinSet::new());
    for number in 0..CALLERS as usize {
        let publisher = world.publisher_at(port).await;
        let reader = world.viewer_at(&world.people[number % world.people.len()], port);
        calling.spawn(call(publisher, reader, world.people.clone(), stop.clone()));
    }
    for number in 0..NODES {
        world.stop_node(number).await;
        world.start_node(number).await;
        is_given_work(port, number).await;
    }
    world.healed = Some(now());
    sleep(Duration::from_secs(1)).await;
    stop.cancel();
    let (mut count, mut failed) = (0, 0);
    while let Some(called) = calling.join_next().await {
        let called = called.unwrap();
        (count, failed) = (count + called.count, failed + called.failed);
        world.acknowledged.extend(called.acknowledged);
    }
    judge(&world, &format!("rolling deploy, {count} requests, {failed} of them failed")).await;
    assert_eq!(failed, 0, "of {count}");
}
