//! Rights that end while alerts are raised: by each cause, and how soon every node knows it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::sleep;

use super::{
    heal,
    history::{Moment, now},
    screen::Screen,
    size,
    telling::ended,
    viewer::Viewer,
    world::{NODES, World, wait},
};
use crate::{
    auth::causes::{Cause, WORD},
    support::{app::in_seconds, database::Database, proxy::Flow, voice::Voice},
    ws::peer::{Peer, reason},
};

/// Somebody's two sessions.
struct Signed {
    session: Viewer,
    other: Viewer,
}

/// Everybody signs in twice, and has a page of the first session on every node, and one that comes by a token.
async fn all_sign_in(world: &World) -> (Vec<Signed>, Vec<Screen>) {
    let (mut signed, mut screens) = (Vec::new(), Vec::new());
    for (number, user) in world.people.iter().enumerate() {
        let session = world.sign_in(user, WORD, number % NODES).await;
        let other = world.sign_in(user, WORD, (number + 1) % NODES).await;
        for door in &world.doors {
            screens.push(Screen::open(session.at(door.port)).await);
        }
        signed.push(Signed { session, other });
    }
    for (number, user) in world.people.iter().enumerate() {
        screens.push(Screen::open(world.viewer(user, (number + 1) % NODES)).await);
    }
    (signed, screens)
}

/// The first session of everybody ends, one after the other, each by the next cause. When that was begun.
async fn all_end(world: &World, signed: &[Signed]) -> Vec<(Cause, Moment)> {
    let (database, mut begun) = (Database::Server(world.postgres.url()), Vec::new());
    for (number, (user, Signed { session, other })) in world.people.iter().zip(signed).enumerate() {
        let (cause, door) = (Cause::ALL[number % Cause::ALL.len()], &world.doors[(number + 2) % NODES]);
        begun.push((cause, now()));
        let (session, other) = (session.at(door.port).voice(), other.at(door.port).voice());
        cause.happen(&database, user, &session, &other).await;
        sleep(size().pace).await;
    }
    begun
}

/// How late the pages of ended sessions were told it, of each cause, at most: from the commit on, or from the
/// moment at which they expired.
async fn lateness(world: &World, begun: &[(Cause, Moment)]) -> BTreeMap<String, Duration> {
    let (log, mut late) = (world.log().await, BTreeMap::new());
    for (pages, (cause, begun)) in world.screens.chunks(NODES).zip(begun) {
        for page in pages {
            let since = if *cause == Cause::Expired { *begun } else { ended(page, &log).unwrap().at };
            note(&mut late, &format!("{cause:?}"), page.ended().unwrap().saturating_sub(since));
        }
    }
    late
}

fn note(late: &mut BTreeMap<String, Duration>, cause: &str, by: Duration) {
    let most = late.entry(cause.to_owned()).or_default();
    *most = by.max(*most);
}

/// A socket on every node, by one right.
async fn sockets(world: &World, of: &Voice) -> Vec<Peer> {
    let voices: Vec<_> = world.doors.iter().map(|door| of.at(([127, 0, 0, 1], door.port).into())).collect();
    join_all(voices.iter().map(Voice::socket)).await
}

/// How long it takes until all of them are closed.
async fn closing(peers: Vec<Peer>, since: Moment, code: u16, why: &str) -> Duration {
    for mut peer in peers {
        assert_eq!(peer.closed().await, reason(code, why));
    }
    now().saturating_sub(since)
}

/// The tokens of publishers are revoked, and those of the host's application expire.
async fn tokens_end(world: &World, late: &mut BTreeMap<String, Duration>) {
    for _ in 0..=10 / size().haste {
        let end = in_seconds(2);
        let claims = json!({ "sub": "visitor", "exp": end });
        let visitor = world.viewer_with("visitor", &claims, world.port(0)).voice();
        let peers = sockets(world, &visitor).await;
        let expired =
            closing(peers, Duration::from_secs(end.try_into().unwrap()), 4403, "Credentials expired");
        note(late, "TokenExpired", expired.await);

        let publisher = world.publisher(0).await;
        let peers = sockets(world, &publisher.voice()).await;
        let begun = now();
        world.revoke(&publisher).await;
        note(late, "TokenRevoked", closing(peers, begun, 4401, "Unauthorized").await);
    }
}

/// Rights end in every way, and the pages of every node are told so within a bound.
async fn rights_end(name: &str, bound: Duration, flow: Flow) {
    let mut world = World::start().await;
    world.let_sign_in(WORD).await;
    let (signed, screens) = all_sign_in(&world).await;
    let writers = world.begin_with(screens).await;
    world.nodes.iter().for_each(|node| node.to_redis.flow(flow));
    let begun = all_end(&world, &signed).await;
    let screens = Arc::clone(&world.screens);
    let (theirs, _) = screens.split_at(NODES * signed.len());
    wait("every page of an ended session knows it", || theirs.iter().all(|page| page.ended().is_some()))
        .await;
    for page in theirs {
        assert!(page.viewer.page().await.is_none(), "whose session has ended sees a page");
    }
    let mut late = lateness(&world, &begun).await;
    tokens_end(&world, &mut late).await;
    for node in &world.nodes {
        assert!(flow == Flow::Free || node.to_redis.done() > 0, "nothing was held up");
        node.to_redis.flow(Flow::Free);
    }
    let each = late.iter().map(|(cause, late)| format!("{cause} {} ms", late.as_millis()));
    let each = each.collect::<Vec<_>>().join(", ");
    heal(world, writers, &format!("{name}; {} sockets are closed after, at most: {each}", theirs.len()))
        .await;
    // On a machine that is busy with other tests its own time says little.
    let bound = bound.max(size().bound - Duration::from_secs(5));
    assert!(late.values().all(|late| *late < bound), "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_end_under_load() {
    rights_end("rights end under load", Duration::from_secs(1), Flow::Free).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_end_while_redis_is_unreached() {
    rights_end("rights end while Redis is unreached", Duration::from_secs(5), Flow::Still).await;
}
