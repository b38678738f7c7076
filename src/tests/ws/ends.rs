//! How sockets end, and that everything that ran on them ends too.

use std::time::{Duration, Instant};

use belfry::server::graphql::ws::Limits;
use futures_util::future::join_all;
use serde_json::json;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use super::{
    bench::{Bench, PATIENCE},
    peer::{Peer, reason},
};

/// No other deadline is near, on which an alarm set too late could ring.
fn calm() -> Limits {
    let far = 2 * PATIENCE;
    Limits { init: far, admit: far, ping: far, silence: far, write: far, ..Limits::default() }
}

/// Short for the writer, long for whoever reads on in the end.
fn impatient() -> Limits {
    Limits { write: Duration::from_millis(100), close: PATIENCE, ..calm() }
}

fn fragment(bytes: usize, data: Data, last: bool) -> Message {
    Message::Frame(Frame::message("x".repeat(bytes), OpCode::Data(data), last))
}

#[tokio::test]
async fn expired_credentials_close_with_4403() {
    let bench = Bench::start(calm()).await;
    let mut peer = Peer::admitted_as(&bench, "short-lived").await;
    peer.subscribe("1", "subscription { never }").await;
    assert_eq!(peer.closed().await, reason(4403, "Credentials expired"));
    bench.alive(0).await;
}

#[tokio::test]
async fn a_right_taken_away_closes_with_4401() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "subscription { never }").await;
    bench.alive(1).await;
    bench.right.cancel();
    assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));
    bench.alive(0).await;
}

#[tokio::test]
async fn an_operation_that_finds_the_right_ended_closes_with_4401() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("other", "subscription { never }").await;
    peer.subscribe("1", "subscription { ousted }").await;
    assert_eq!(peer.hear().await["payload"]["data"]["ousted"], 1);
    assert_eq!(peer.closed().await, reason(4401, "Unauthorized"));
    bench.alive(0).await;
}

#[tokio::test]
async fn a_right_taken_away_ends_operations_while_a_write_is_blocked() {
    let bench = Bench::start(calm()).await;
    let mut peer = Peer::admitted(&bench).await;
    // On the test's one thread the socket's task goes on until it cannot write: then it is our turn.
    peer.subscribe("1", "subscription { hot(bytes: 10000000) }").await;
    bench.alive(1).await;
    bench.right.cancel();
    bench.alive(0).await;
}

#[tokio::test]
async fn draining_tells_every_socket_1012_and_waits_for_it() {
    let bench = Bench::start(Limits { close: PATIENCE, ..Limits::default() }).await;
    let (mut early, mut ready) = (Peer::connect(&bench).await, Peer::admitted(&bench).await);
    ready.subscribe("1", "subscription { never }").await;
    bench.alive(1).await;
    let farewells = async { (early.closed().await, ready.closed().await) };
    let (told, ()) = tokio::join!(farewells, bench.sockets.drain(PATIENCE));
    assert_eq!(told, (reason(1012, "Service restart"), reason(1012, "Service restart")));
    assert_eq!((bench.sockets.count(), *bench.handles.alive.borrow()), (0, 0));

    let mut late = Peer::connect(&bench).await;
    assert_eq!(late.closed().await, reason(1012, "Service restart"));
}

#[tokio::test]
async fn sockets_are_told_one_after_the_other_that_the_node_stops() {
    let bench = Bench::start(Limits::default()).await;
    let peers = join_all((0..300).map(|_| Peer::admitted(&bench))).await;
    let begin = Instant::now();
    let farewells = peers.into_iter().map(async |mut peer| {
        assert_eq!(peer.closed().await, reason(1012, "Service restart"));
        begin.elapsed()
    });
    let (told, ()) = tokio::join!(join_all(farewells), bench.sockets.drain(PATIENCE));
    let (first, last) = (told.iter().min().unwrap(), told.iter().max().unwrap());
    // A millisecond each. Half of it leaves room for whoever is late on a busy machine.
    assert!(*last - *first > Duration::from_millis(150), "{first:?} {last:?}");
}

/// Whether something asked now is answered. Pings that are asked after it take turns with it.
async fn is_answered(peer: &mut Peer) -> bool {
    peer.subscribe("2", "{ hello }").await;
    let (mut pongs, mut answered) = (0, false);
    for _ in 0..5 {
        peer.say(json!({ "type": "ping" })).await;
    }
    while pongs < 5 {
        match peer.hear().await["type"].as_str() {
            Some("pong") => pongs += 1,
            _ => answered = true,
        }
    }
    answered
}

#[tokio::test]
async fn what_runs_on_a_socket_is_answered_before_its_1012_and_nothing_new_is_begun() {
    let bench = Bench::start(Limits { finish: PATIENCE, ..Limits::default() }).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("ear", "subscription { never }").await;
    peer.subscribe("1", "{ slow }").await;
    bench.alive(2).await;
    let talk = async {
        while is_answered(&mut peer).await {}
        bench.handles.gate.add_permits(1);
        assert_eq!(peer.hear().await["payload"]["data"]["slow"], "at last");
        assert_eq!(peer.hear().await, json!({ "type": "complete", "id": "1" }));
        assert_eq!(peer.closed().await, reason(1012, "Service restart"));
    };
    tokio::join!(talk, bench.sockets.drain(PATIENCE));
}

#[tokio::test]
async fn draining_does_not_wait_for_ever() {
    let bench = Bench::start(Limits { close: PATIENCE, ..Limits::default() }).await;
    let _deaf = Peer::admitted(&bench).await;
    bench.sockets.drain(Duration::from_millis(50)).await;
    assert_eq!(bench.sockets.count(), 1);
}

#[tokio::test]
async fn a_message_of_64_kib_is_taken_and_one_byte_more_closes_with_1009() {
    let bench = Bench::start(Limits::default()).await;
    let empty = json!({ "type": "ping", "payload": { "pad": "" } }).to_string().len();
    let ping = |bytes: usize| json!({ "type": "ping", "payload": { "pad": "x".repeat(bytes - empty) } });
    let mut peer = Peer::connect(&bench).await;
    let most = Limits::default().message_bytes;
    peer.say(ping(most)).await;
    assert_eq!(peer.hear().await["type"], "pong");
    peer.say(ping(most + 1)).await;
    assert_eq!(peer.closed().await, reason(1009, "Message too big"));
}

#[tokio::test]
async fn a_message_too_big_in_sum_closes_with_1009() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    let half = Limits::default().message_bytes / 2;
    peer.send(fragment(half, Data::Text, false)).await;
    peer.send(fragment(half, Data::Continue, false)).await;
    peer.send(fragment(1, Data::Continue, true)).await;
    assert_eq!(peer.closed().await, reason(1009, "Message too big"));
}

#[tokio::test]
async fn the_sender_of_a_huge_message_sees_why_it_was_closed() {
    let bench = Bench::start(Limits::default()).await;
    let peer = Peer::admitted(&bench).await;
    let huge = Message::text("x".repeat(8 * 1024 * 1024));
    assert_eq!(peer.closed_while_sending(huge).await, reason(1009, "Message too big"));
}

#[tokio::test]
async fn faults_of_the_websocket_layer_close_with_its_own_codes() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::connect(&bench).await;
    peer.send(Message::Frame(Frame::message(vec![0xff], OpCode::Data(Data::Text), true))).await;
    assert_eq!(peer.closed().await, reason(1007, "Text is not UTF-8"));

    let mut peer = Peer::connect(&bench).await;
    peer.send(fragment(1, Data::Continue, true)).await;
    assert_eq!(peer.closed().await, reason(1002, "WebSocket protocol error"));
}

#[tokio::test]
async fn a_reader_too_slow_is_given_up_and_told_1013() {
    let bench = Bench::start(impatient()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "subscription { hot(bytes: 1000000) }").await;
    bench.alive(1).await;
    bench.alive(0).await;
    assert_eq!(peer.closed().await, reason(1013, "Too slow"));
}

#[tokio::test]
async fn a_reader_that_never_takes_anything_is_given_up() {
    let bench = Bench::start(Limits { close: Duration::from_millis(50), ..impatient() }).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "subscription { hot(bytes: 1000000) }").await;
    bench.alive(1).await;
    bench.alive(0).await;
    bench.sockets.drain(PATIENCE).await;
    assert_eq!(bench.sockets.count(), 0);
    peer.dropped().await;
}

#[tokio::test]
async fn a_slow_reader_does_not_delay_another_socket() {
    let bench = Bench::start(Limits::default()).await;
    let mut slow = Peer::admitted(&bench).await;
    slow.subscribe("1", "subscription { hot(bytes: 1000000) }").await;
    bench.alive(1).await;
    let mut other = Peer::admitted(&bench).await;
    for _ in 0..100 {
        other.settle().await;
    }
    assert_eq!(bench.sockets.count(), 2);
}

#[tokio::test]
async fn a_close_of_the_peer_is_answered_and_ends_its_operations() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "subscription { never }").await;
    bench.alive(1).await;
    let bye =
        tokio_tungstenite::tungstenite::protocol::CloseFrame { code: 1000.into(), reason: "bye".into() };
    peer.send(Message::Close(Some(bye))).await;
    assert_eq!(peer.closed().await.0, 1000);
    bench.alive(0).await;
}

#[tokio::test]
async fn a_connection_that_breaks_ends_its_operations() {
    let bench = Bench::start(Limits::default()).await;
    let mut peer = Peer::admitted(&bench).await;
    peer.subscribe("1", "subscription { never }").await;
    peer.subscribe("2", "{ slow }").await;
    bench.alive(2).await;
    drop(peer);
    bench.alive(0).await;
}
