//! What readers that take nothing cost a node, and the others on it.
//!
//! 2,000 sockets, 100 of each of 20 people, stop reading once they are live, and their systems keep 4 kB for
//! them. For a minute 50 alerts a second of 4 kB each are raised to those people. 200 others read what they are
//! raised, ten alerts a second, before and meanwhile: from sending the request to the frame. One more reads a
//! kilobyte a second of what such a person is raised. The node is a process of its own, on SQLite or on the
//! servers of `DATABASE_URL` and `REDIS_URL`.
//!
//! `cargo bench --features ssr --bench stalled`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on stops, and prints")]

#[path = "common/node.rs"]
mod node;
#[path = "common/others.rs"]
mod others;
#[path = "common/socket.rs"]
mod socket;

use std::{
    env,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use node::Node;
use others::{OTHERS, Publisher, SUBSCRIBE, others, times};
use serde_json::Value;
use socket::{Socket, follow};
use tokio::{
    io::AsyncReadExt,
    time::{interval, sleep, timeout},
};

const STALLED: usize = 2_000;
const STALLED_PEOPLE: usize = 20;
/// What the system keeps for a reader that stalls, in bytes.
const BUFFER: u32 = 4_096;
const WINDOW: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let folder = tempfile::tempdir().unwrap();
    let url = env::var("DATABASE_URL");
    let url = url.unwrap_or_else(|_| format!("sqlite://{}", folder.path().join("bench.db").display()));
    let node = Node::start(folder.path(), &["--limits", "off", "--database-url", &url]);
    let publisher = Publisher::at(&node.address);
    let mut frames = others(&node.address).await;
    println!("others alone: {}", times(&publisher, &mut frames, sleep(WINDOW / 4)).await);
    let before = node.memory();
    let _stalled = stalled(&node.address).await;
    let idle = node.memory();
    let (latency, most, (), read) = tokio::join!(
        times(&publisher, &mut frames, sleep(WINDOW)),
        most_memory(&node),
        flood(&publisher),
        trickle(&node.address),
    );
    println!("a reader of 1 kB a second had {read} events, in order");
    println!("{} sockets are still open, of {}", publisher.metric("belfry_sockets").await, STALLED + OTHERS);
    println!("others beside {STALLED} stalled readers: {latency}");
    let each = |memory: u64, of: u64| memory.saturating_sub(of) * 1_000 / STALLED as u64;
    println!("a socket: {} bytes; what it grew by: {} bytes at most", each(idle, before), each(most, idle));
    println!(
        "memory: {before} kB before, {idle} kB with them, {most} kB at most, {} kB after",
        node.memory()
    );
}

/// Those who do not.
async fn stalled(address: &str) -> Vec<Socket> {
    let open = async |number: usize| {
        let person = format!("s{}", number % STALLED_PEOPLE);
        follow(address, &person, SUBSCRIBE, Some(BUFFER)).await
    };
    stream::iter(0..STALLED).map(open).buffer_unordered(32).collect().await
}

/// What stalls the readers.
async fn flood(publisher: &Publisher) {
    let (begin, body, mut number) = (Instant::now(), "x".repeat(4_000), 0);
    let mut ticks = interval(Duration::from_millis(20));
    while begin.elapsed() < WINDOW {
        ticks.tick().await;
        publisher.raise(&format!("s{}", number % STALLED_PEOPLE), &body).await;
        number += 1;
    }
    println!("{number} alerts of 4 kB were raised, each for {} stalled sockets", STALLED / STALLED_PEOPLE);
}

/// Reads a kilobyte a second of what one of those people is raised; how many events that were, each the
/// next.
async fn trickle(address: &str) -> usize {
    let mut stream = follow(address, "s0", SUBSCRIBE, Some(BUFFER)).await.into_inner();
    let (begin, mut ticks, mut bytes) = (Instant::now(), interval(Duration::from_millis(100)), Vec::new());
    while begin.elapsed() < WINDOW {
        ticks.tick().await;
        let mut some = [0; 100];
        let count = timeout(WINDOW, stream.read(&mut some)).await.unwrap().unwrap();
        assert!(count > 0, "it was given up after {:?}", begin.elapsed());
        bytes.extend(&some[..count]);
    }
    let revisions: Vec<_> = frames(&bytes).filter_map(revision).collect();
    assert!(revisions.windows(2).all(|pair| pair[1] == pair[0] + 1), "{revisions:?}");
    revisions.len()
}

fn revision(frame: &[u8]) -> Option<u64> {
    let frame: Value = serde_json::from_slice(frame).unwrap();
    frame["payload"]["data"]["inboxChanged"]["revision"].as_u64()
}

/// The texts of whole frames (RFC 6455, section 5.2).
fn frames(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (begin, length) = match *bytes {
            [0x81, 126, high, low, ..] => (4, usize::from(u16::from_be_bytes([high, low]))),
            [0x81, length, ..] => (2, usize::from(length)),
            _ => return None,
        };
        let text = bytes.get(begin..begin + length)?;
        bytes = &bytes[begin + length..];
        Some(text)
    })
}

/// The node's memory at its most, in kB.
async fn most_memory(node: &Node) -> u64 {
    let (begin, mut most) = (Instant::now(), 0);
    while begin.elapsed() < WINDOW {
        most = most.max(node.memory());
        sleep(Duration::from_millis(100)).await;
    }
    most
}
