//! 10,000 sockets that are dropped at once and come back.
//!
//! Each waits as Belfry's own client does, comes again when it is refused, and is back when it follows its
//! inbox. 200 others read what they are raised, ten alerts a second, before and meanwhile: from sending the
//! request to the frame. The node is a process of its own, with the limits it has unless it is told other ones,
//! on SQLite or on the servers of `DATABASE_URL` and `REDIS_URL`.
//!
//! `cargo bench --features ssr --bench storm`

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

use belfry::live::backoff::Backoff;
use futures_util::{StreamExt, future::join_all, stream};
use node::Node;
use others::{Publisher, SUBSCRIBE, others, times};
use socket::{Socket, try_follow};
use tokio::{sync::oneshot, time::sleep};

const SOCKETS: usize = 10_000;

#[tokio::main]
async fn main() {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let folder = tempfile::tempdir().unwrap();
    let url = env::var("DATABASE_URL");
    let url = url.unwrap_or_else(|_| format!("sqlite://{}", folder.path().join("bench.db").display()));
    let node = Node::start(folder.path(), &["--database-url", &url]);
    let publisher = Publisher::at(&node.address);
    let mut frames = others(&node.address).await;
    let opening = stream::iter(0..SOCKETS).map(|number| come(&node.address, number));
    let sockets: Vec<_> = opening.buffer_unordered(64).collect().await;
    println!("others before: {}", times(&publisher, &mut frames, sleep(Duration::from_secs(15))).await);
    let before = node.memory();
    let (over, storm) = oneshot::channel::<()>();
    let coming_back = async {
        drop(sockets);
        let begin = Instant::now();
        let coming = (0..SOCKETS).map(|number| tokio::spawn(come_back(node.address.clone(), number)));
        let back = join_all(coming).await;
        drop(over);
        (back, begin.elapsed())
    };
    let ended = async { drop(storm.await) };
    let ((_back, took), latency) = tokio::join!(coming_back, times(&publisher, &mut frames, ended));
    println!("all {SOCKETS} are back after {took:.1?}; others meanwhile: {latency}");
    println!("refused: {}", publisher.metric("belfry_upgrades_refused_total{reason=\"rate\"}").await);
    println!("memory: {before} kB before, {} kB after", node.memory());
}

async fn come_back(address: String, number: usize) -> Socket {
    come(&address, number).await
}

/// Comes until it is let in.
async fn come(address: &str, number: usize) -> Socket {
    let begin = Instant::now();
    let mut backoff = Backoff::begin(Duration::ZERO);
    loop {
        sleep(backoff.wait(begin.elapsed(), rand::random())).await;
        if let Some(socket) = try_follow(address, &format!("s{number}"), SUBSCRIBE, None).await {
            return socket;
        }
    }
}
