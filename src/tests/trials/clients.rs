//! What happens to people's browsers.

use belfry::domain::Act;
use std::time::Duration;

use futures_util::{StreamExt, future::join_all, stream};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, interval, sleep},
};

use super::{
    crowd::{self, Bystanders},
    history::{Acknowledged, now},
    judge, last,
    readers::Reader,
    screen::{Hint, Screen},
    size, trial,
    viewer::Viewer,
    world::{NODES, World},
    writer::try_create,
};
use crate::{
    operations::Scrape,
    support::{
        process::{memory, most_memory},
        proxy::{Flow, Proxy},
        voice::Voice,
    },
};

/// A line of its own to the nodes.
async fn line(world: &World, node: usize) -> Proxy {
    Proxy::to((0..NODES).map(|step| world.nodes[(node + step) % NODES].address.clone()).collect()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn laptops_sleep_and_wake() {
    trial("laptops asleep 60 s", async |world| {
        world.doors[0].flow(Flow::Still);
        last(60).await;
        assert!(world.doors[0].done() > 0, "nothing was held up");
        world.doors[0].flow(Flow::Free);
        world.screens.iter().for_each(|screen| screen.hint(Hint::Wake));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_left_and_shown_again() {
    trial("pages left and shown again, 20 times", async |world| {
        for _ in 0..20 {
            world.screens.iter().step_by(2).for_each(|screen| screen.hint(Hint::Leave));
            last(1).await;
            world.screens.iter().step_by(2).for_each(|screen| screen.hint(Hint::Wake));
            last(1).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_network_goes_during_mutations() {
    trial("network gone during mutations, 100 times", async |world| {
        let line = line(world, 0).await;
        let viewer = world.viewer_at(&world.people[0], line.port);
        let mut unanswered = 0;
        for round in 0..100 / size().haste {
            let Some(id) = world.screens[0].any_alert() else { continue };
            let marking = tokio::spawn({
                let viewer = viewer.clone();
                async move { viewer.act(id, if round % 2 == 0 { Act::Read } else { Act::Unread }).await }
            });
            sleep(Duration::from_millis(rand::random_range(0..30))).await;
            line.cut();
            unanswered += usize::from(!marking.await.unwrap());
        }
        assert!(unanswered > 0 || size().haste > 1, "every answer came");
    })
    .await;
}

/// What a reader that stalls may cost a node, in kB: a few frames, and never a queue of alerts.
const EACH: u64 = 64;

/// So many readers are of one person.
const READERS_OF_ONE: usize = 100;

/// Raises an alert of 4 kB.
async fn raise_large(publisher: Viewer, user: String, key: String) -> Acknowledged {
    let input = json!({ "recipientId": user, "kind": "test", "title": key, "body": "x".repeat(4_000) });
    Acknowledged { user, id: try_create(&publisher, input).await.unwrap() }
}

/// What stalls readers: 50 such alerts a second for a minute, to each of these people in turn.
async fn flood(publisher: &Viewer, people: &[String]) -> Vec<Acknowledged> {
    let (mut raising, mut ticks) = (JoinSet::new(), interval(Duration::from_millis(20)));
    for number in 0..50 * 60 / size().haste as usize {
        ticks.tick().await;
        let user = people[number % people.len()].clone();
        raising.spawn(raise_large(publisher.clone(), user, format!("number {number} of a flood")));
    }
    raising.join_all().await
}

/// Waits until no more than so many sockets are left on the first node.
async fn are_left(world: &World, count: usize) {
    let node = Voice::new(world.nodes[0].address.parse().unwrap(), None);
    let left = async || Scrape::of(&node).await.value("belfry_sockets");
    let until = Instant::now() + Duration::from_secs(30);
    while left().await > count as f64 {
        assert!(Instant::now() < until, "{} sockets are left, not {count}", left().await);
        sleep(Duration::from_millis(50)).await;
    }
}

/// Bystanders on the first node; people whose pages are open on the second, where they are raised alerts.
async fn with_people(readers: &[String]) -> World {
    let mut world = World::start().await;
    let bystanders = (0..crowd::bystanders()).map(|number| format!("bystander{number}"));
    world.people = bystanders.chain(readers.iter().cloned()).collect();
    let nodes = |number| usize::from(number >= crowd::bystanders());
    let viewers = world.people.iter().enumerate();
    let viewers = viewers.map(|(number, user)| world.viewer_at(user, world.port(nodes(number))));
    world.screens = crowd::open(viewers.collect()).await;
    world
}

/// Sockets that follow an inbox and never read what they are told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_readers_stall() {
    let count = 2_000 / usize::try_from(size().haste).unwrap();
    let people: Vec<_> =
        (0..count.div_ceil(READERS_OF_ONE)).map(|number| format!("reader{number}")).collect();
    let mut world = with_people(&people).await;
    let (address, process) = (world.nodes[0].address.clone(), world.process(0));
    let mut bystanders = Bystanders::of(&world).await;
    let ((), alone) = bystanders.during(last(15)).await;
    let opening = (0..count).map(|number| Reader::open(&address, &people[number % people.len()]));
    let stalled: Vec<_> = stream::iter(opening).buffer_unordered(32).collect().await;
    let (publisher, idle) = (world.publisher_at(world.port(1)).await, memory(process));

    let flooding = most_memory(process, flood(&publisher, &people));
    let ((most, flooded), meanwhile) = bystanders.during(flooding).await;
    world.healed = Some(now());
    are_left(&world, crowd::bystanders()).await;
    let taken = join_all(stalled.into_iter().map(Reader::read_up)).await.into_iter().max().unwrap();
    let (each, raised) = (most.saturating_sub(idle) / count as u64, flooded.len() / people.len());
    world.acknowledged = [flooded, bystanders.acknowledged].concat();
    let name = format!(
        "{count} stalled readers of {raised} alerts of 4 kB each: given up after {taken} at the latest, {each} kB \
         each at most; bystanders wait {alone} before, {meanwhile} meanwhile"
    );
    judge(&world, &name).await;
    assert!(taken < raised && each < EACH, "{name}");
}

/// A page that is opened while something is out of order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_open_while_news_is_lost() {
    let mut world = World::start().await;
    world.nodes.iter().for_each(|node| node.to_redis.flow(Flow::Still));
    let mut screens = Vec::new();
    for (number, user) in world.people.iter().enumerate() {
        screens.push(Screen::open(world.viewer(user, number % NODES)).await);
    }
    let writers = world.begin_with(screens).await;
    last(10).await;
    for node in &world.nodes {
        assert!(node.to_redis.done() > 0, "nothing was held up");
        node.to_redis.flow(Flow::Free);
    }
    super::heal(world, writers, "pages opened while Redis is unreached").await;
}
