//! A right that ends, ends its sockets: by each cause, on every node, and nothing is told that was committed
//! after it.

use std::time::Duration;

use serde_json::Value;
use tokio::{task::JoinHandle, time::timeout};
use tokio_tungstenite::tungstenite::Message;

use super::causes::{Cause, WORD};
use crate::{
    support::{
        app::{App, Folder, JWT_SECRET},
        database::Database,
        redis::RedisServer,
        voice::Voice,
    },
    ws::peer::Peer,
};

/// How late the end of a right may be heard, also while Redis is away.
const LATEST: Duration = Duration::from_secs(5);

const REVISIONS: &str =
    "subscription { inboxChanged { ... on AlertChanged { revision } ... on InboxReset { revision } } }";

/// Raises one alert after the other.
fn raising(publisher: Voice, name: String) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            publisher.raise(&name, "news").await;
        }
    })
}

/// A socket that has heard where it begins, and of a change after that.
async fn listening(voice: &Voice) -> Peer {
    let mut peer = voice.socket().await;
    peer.subscribe("ear", REVISIONS).await;
    for _ in 0..2 {
        while revision(&peer.hear().await).is_none() {}
    }
    peer
}

fn revision(frame: &Value) -> Option<u64> {
    frame["payload"]["data"]["inboxChanged"]["revision"].as_u64()
}

/// The last revision that a peer is told of before it is closed for its right.
async fn last_before_the_end(peer: &mut Peer) -> u64 {
    let mut last = 0;
    loop {
        match peer.next().await {
            Some(Ok(Message::Text(text))) => {
                last = revision(&serde_json::from_str(&text).unwrap()).unwrap_or(last);
            }
            Some(Ok(Message::Close(Some(frame)))) => {
                assert_eq!((u16::from(frame.code), frame.reason.as_str()), (4401, "Unauthorized"));
                return last;
            }
            other => panic!("expected a close frame, heard {other:?}"),
        }
    }
}

/// The revision that the end of a right took.
async fn revision_of_end(database: &Database, right: &str) -> u64 {
    let end = format!(
        "select cast(revision as text) from changes where what = 'right_ended' and subject = '{right}'"
    );
    database.connect().await.text(&end).await.parse().unwrap()
}

async fn ends(nodes: &[App; 2], cause: Cause) {
    let (database, name) = (&nodes[0].folder.database, format!("{cause:?}"));
    nodes[0].can_sign_in(&name, WORD).await;
    let session = nodes[0].sign_in(&name, WORD).await;
    let other = nodes[1].sign_in(&name, WORD).await;
    let raising = raising(nodes[0].publisher_named(&name).await, name.clone());
    let (mut here, mut there) = (listening(&session).await, listening(&session.at(nodes[1].address)).await);
    cause.happen(database, &name, &session, &other).await;
    let both = async { tokio::join!(last_before_the_end(&mut here), last_before_the_end(&mut there)) };
    let (here, there) = timeout(LATEST, both).await.unwrap_or_else(|_| panic!("{cause:?} is heard too late"));
    raising.abort();
    let end = revision_of_end(database, &session.right()).await;
    assert!(here < end && there < end, "{cause:?} at {end}, and told {here} and {there}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_cause_closes_the_sockets_on_every_node_and_nothing_of_after_it_is_told() {
    let here = App::start().await;
    let flags = ["--mode", "production", "--jwt-secret", JWT_SECRET];
    let there = App::in_folder(here.folder.clone(), &flags).await;
    let nodes = [here, there];
    for cause in Cause::ALL {
        ends(&nodes, cause).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_cause_closes_them_while_redis_is_away() {
    let (folder, mut redis) = (Folder::on_server(), RedisServer::start().await);
    let url = redis.url();
    let flags = ["--mode", "production", "--redis-url", &url];
    let nodes = [App::in_folder(folder.clone(), &flags).await, App::in_folder(folder, &flags).await];
    redis.kill();
    for cause in Cause::ALL {
        ends(&nodes, cause).await;
    }
}
