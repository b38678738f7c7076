//! One person and one address do to a node whatever they can think of; the others do not notice.

use std::{fs, time::Duration};

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{
    attacks::Flood,
    crowd::{self, Bystanders, Waits},
    history::now,
    judge,
    screen::Screen,
    size,
    world::{World, wait},
    writer::Writers,
};
use crate::support::{
    app::{in_seconds, token},
    process::{memory, most_memory, open_files},
};

/// What a node may hold more, in kB, while it is flooded, afterwards, and in the second half of it than in the first.
const MORE: u64 = 256 * 1_024;
const KEPT: u64 = 64 * 1_024;
const GROWTH: u64 = 16 * 1_024;

/// How many files more may be open afterwards: what waits for its next request.
const FILES: usize = 20;

/// Opens a page of somebody else again and again, for some time; how long it took each until it was live.
async fn visit(world: &World, length: Duration) -> Vec<Duration> {
    let (begin, mut waits) = (Instant::now(), Vec::new());
    while begin.elapsed() < length || waits.is_empty() {
        let asked = now();
        let page = Screen::open(world.viewer_at("visitor", world.port(0))).await;
        wait("a visitor's page is live", || page.is_live()).await;
        waits.push(now() - asked);
        drop(page);
        sleep(size().pace).await;
    }
    waits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_and_an_address_flood_a_node() {
    let length = Duration::from_secs(600) / size().haste.pow(2);
    let mut world = crowd::gather(0, &["--limit-loopback", "on"]).await;
    let (process, address) = (world.process(0), world.nodes[0].address.parse().unwrap());
    let mut bystanders = Bystanders::of(&world).await;
    let publishers = vec![world.publisher_at(world.port(0)).await, world.publisher_at(world.port(1)).await];
    let writers = Writers::begin(publishers, &world.people, &world.screens, size().pace);
    let (visits, alone) = bystanders.during(visit(&world, length / 10)).await;
    let (held, files, before) = (memory(process), open_files(process), Waits::of(visits));

    let flood = Flood::begin(address, &token(&json!({ "sub": "mallory", "exp": in_seconds(24 * 3600) })));
    let (sooner, _) = most_memory(process, visit(&world, length / 2)).await;
    let flooded = bystanders.during(visit(&world, length / 2));
    let (later, (visits, meanwhile)) = most_memory(process, flooded).await;
    let done = flood.done();
    drop(flood);
    world.healed = Some(now());
    wait("the files of the flood are closed", || open_files(process) <= files + FILES).await;
    let kept = memory(process);
    world.acknowledged = [writers.stop().await, bystanders.acknowledged].concat();

    let name = format!(
        "flood, {} s, {done:?}: bystanders wait {alone} before, {meanwhile} meanwhile; a page is live after {before} \
         before, {} meanwhile; {} MB before, {} and {} MB at most in its halves, {} MB after",
        length.as_secs(),
        Waits::of(visits),
        held / 1_024,
        sooner / 1_024,
        later / 1_024,
        kept / 1_024,
    );
    judge(&world, &name).await;
    assert!(done.iter().all(|(_, times)| *times > 0), "{name}");
    // The first moments of a short one say nothing of growth.
    let growth = GROWTH * u64::from(size().haste.pow(2));
    assert!(later <= held + MORE && kept <= held + KEPT && later <= sooner + growth, "{name}");
    assert!(!fs::read_to_string(world.log_file(0)).unwrap().contains("panicked"), "{name}");
}
