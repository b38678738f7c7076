//! What happens to people's browsers.

use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{
    last,
    screen::{Hint, Screen},
    size, trial,
    world::{NODES, World},
};
use crate::support::{
    app::{in_seconds, token},
    proxy::{Flow, Proxy},
    voice::Voice,
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
        for round in 0..100 / size().haste {
            let Some(id) = world.screens[0].any_alert() else { continue };
            let marking = tokio::spawn({
                let viewer = viewer.clone();
                async move { viewer.mark(id, round % 2 == 0).await }
            });
            tokio::time::sleep(Duration::from_millis(rand::random_range(0..30))).await;
            line.cut();
            marking.await.unwrap();
        }
    })
    .await;
}

/// Sockets of one person that follow the inbox and never read what they are told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_readers_stall() {
    let count = 2_000 / usize::try_from(size().haste).unwrap();
    trial(&format!("{count} stalled readers, 30 s"), async |world| {
        let person = token(&json!({ "sub": world.people[0], "exp": in_seconds(3600) }));
        let address = world.nodes[0].address.parse().unwrap();
        let shown = (axum::http::header::AUTHORIZATION, format!("Bearer {person}"));
        let voice = Voice::new(address, Some(shown));
        let mut stalled = Vec::new();
        for _ in 0..count {
            let mut peer = voice.socket().await;
            let query =
                "subscription { inboxChanged { __typename ... on AlertChanged { alert { title body } } } }";
            let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": query } });
            peer.send(Message::text(subscribe.to_string())).await;
            stalled.push(peer);
        }
        last(30).await;
    })
    .await;
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
    world.nodes.iter().for_each(|node| node.to_redis.flow(Flow::Free));
    super::heal(world, writers, "pages opened while Redis is unreached").await;
}
