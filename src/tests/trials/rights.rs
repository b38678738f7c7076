//! Rights that end while alerts are raised.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{
    heal,
    screen::Screen,
    size,
    telling::ended,
    world::{NODES, World, wait},
};
use crate::support::proxy::Flow;

const WORD: &str = "correct horse battery staple";

/// Everybody has a page that is signed in and, on another node, one that comes by a token. They sign out
/// one after the other, on a third node.
async fn all_sign_out(name: &str, bound: Duration, flow: Flow) {
    let mut world = World::start().await;
    world.let_sign_in(WORD).await;
    let (mut signed_in, mut others) = (Vec::new(), Vec::new());
    for (number, user) in world.people.iter().enumerate() {
        signed_in.push(Screen::open(world.sign_in(user, WORD, number % NODES).await).await);
        others.push(Screen::open(world.viewer(user, (number + 1) % NODES)).await);
    }
    let count = signed_in.len();
    let writers = world.begin_with(signed_in.into_iter().chain(others).collect()).await;
    world.nodes.iter().for_each(|node| node.to_redis.flow(flow));
    let screens = Arc::clone(&world.screens);
    for (number, screen) in screens[..count].iter().enumerate() {
        let elsewhere = screen.viewer.at(world.doors[(number + 2) % NODES].port);
        assert!(elsewhere.post("/logout").send().await.unwrap().status().is_redirection());
        sleep(size().pace).await;
    }
    let knows = |screen: &Screen| screen.ended().is_some();
    wait("every page that was signed out knows it", || screens[..count].iter().all(knows)).await;
    for screen in &screens[..count] {
        assert!(screen.viewer.page().await.is_none(), "who has signed out sees a page");
    }
    let log = world.log().await;
    let late = |screen| Some(Screen::ended(screen)?.saturating_sub(ended(screen, &log)?.at));
    let longest = screens[..count].iter().map(|screen| late(screen).unwrap()).max().unwrap();
    for node in &world.nodes {
        assert!(flow == Flow::Free || node.to_redis.done() > 0, "nothing was held up");
        node.to_redis.flow(Flow::Free);
    }
    heal(world, writers, &format!("{name}: {count} sockets closed within {} ms", longest.as_millis())).await;
    // On a machine that is busy with other tests its own time says little.
    assert!(longest < bound.max(size().bound - Duration::from_secs(5)), "{longest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_sign_out() {
    all_sign_out("people sign out under load", Duration::from_secs(1), Flow::Free).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_sign_out_while_redis_is_unreached() {
    all_sign_out("people sign out while Redis is unreached", Duration::from_secs(5), Flow::Still).await;
}
