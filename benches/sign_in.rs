//! What can be told by how long a sign-in takes, and what many of them at once do to delivery.
//!
//! First 500 wrong passwords for somebody who is known and 500 for people who are not, in pairs of either order. By the
//! Mann-Whitney test, whose `z` lies between -1.96 and 1.96 nineteen times of twenty where both take the same time.
//! Then alerts, 100 a second, each to its one socket, from the request to the frame: alone, while 200 people look at the
//! page to sign in on at once, again and again, and while they sign in.
//!
//! `cargo bench --features ssr --bench sign_in`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on stops, and prints")]

#[path = "common/node.rs"]
mod node;
#[path = "common/socket.rs"]
mod socket;

use std::time::{Duration, Instant};

use belfry::server::{
    auth::{Secret, password},
    config::Database,
};
use futures_util::{StreamExt, future::join_all};
use node::Node;
use serde_json::json;
use socket::follow;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_tungstenite::tungstenite::Message;

const TRIES: usize = 500;
const AT_ONCE: usize = 200;
const ALERTS: usize = 1_000;
const SUBSCRIBE: &str = "subscription { inboxChanged { ... on AlertChanged { alert { title } } } }";
const CREATE: &str = "mutation($input: CreateAlertInput!) { createAlert(input: $input) { alert { id } } }";

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("bench.db").display());
    let token = prepare(&url).await;
    let node = Node::start(folder.path(), &["--database-url", &url, "--limits", "off"]);
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    compare(&client, &node.address).await;
    let alone = deliver(&client, &node.address, &token).await;
    let mut beside = Vec::new();
    for does in [Does::LooksAtThePage, Does::SignsIn] {
        let crowd = tokio::spawn(again_and_again(client.clone(), node.address.clone(), does));
        beside.push(deliver(&client, &node.address, &token).await);
        crowd.abort();
        let _ = crowd.await;
    }
    let signing_in = beside.pop().unwrap();
    let looking = beside.pop().unwrap();
    println!("the node holds {} MB while 200 sign in at once", node.memory() / 1_024);
    for (name, times) in [
        ("alone", alone),
        ("while 200 look at the page to sign in on at once", looking),
        ("while 200 sign in at once", signing_in),
    ] {
        let at = |share| quantile(&times, share);
        println!(
            "request to frame {name}: median {:.2}, p99 {:.2}, most {:.2} ms",
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
}

/// Makes somebody with a password, and a publisher; its token.
async fn prepare(url: &str) -> String {
    let database = Database {
        database_url: Some(url.to_owned()),
        pool_size: 10,
        statement_timeout: 5,
        acquire_timeout: 3,
    };
    let (store, secret) = (database.open().await.unwrap(), Secret::random().unwrap());
    let hash = password::hash("a long word".to_owned()).await.unwrap();
    store.add_person(&"known".parse().unwrap(), "Known", None, &hash).await.unwrap();
    store.add_token("bench", secret.hint(), &secret.hash(), &belfry::domain::Scope::default()).await.unwrap();
    store.close().await;
    secret.reveal().to_owned()
}

/// Shows a password; status and milliseconds.
async fn sign_in(client: &reqwest::Client, address: &str, user: &str, word: &str) -> (u16, f64) {
    let request = client.post(format!("http://{address}/login"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(format!("user={user}&password={word}"));
    let sent = Instant::now();
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    answer.bytes().await.unwrap();
    (status, sent.elapsed().as_secs_f64() * 1_000.0)
}

async fn compare(client: &reqwest::Client, address: &str) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..TRIES {
        let nobody = format!("u{number:04}");
        let mut pairs: [(&str, &mut Vec<f64>); 2] = [("known", &mut known), (&nobody, &mut unknown)];
        // In no order that threads or caches of the server could fall in with.
        if rand::random() {
            pairs.reverse();
        }
        for (user, times) in pairs {
            let (status, took) = sign_in(client, address, user, "a+wrong+one").await;
            assert_eq!(status, 401, "{user}");
            times.push(took);
        }
    }
    for (name, times) in [("known", &known), ("unknown", &unknown)] {
        let at = |share| quantile(times, share);
        println!("{TRIES} wrong passwords, {name}: median {:.2}, p99 {:.2} ms", at(0.5), at(0.99));
    }
    println!("Mann-Whitney z {:.2}", mann_whitney(&known, &unknown));
}

/// How far the pairs in which the first is greater are from half of all pairs, in standard deviations.
#[expect(clippy::cast_precision_loss, reason = "some hundreds")]
fn mann_whitney(ones: &[f64], others: &[f64]) -> f64 {
    let greater = |one: &f64| others.iter().filter(|other| one > *other).count();
    let pairs: usize = ones.iter().map(greater).sum();
    let (n, m) = (ones.len() as f64, others.len() as f64);
    (pairs as f64 - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

/// What each of a crowd does.
#[derive(Clone, Copy)]
enum Does {
    /// Nothing that needs a password: what so many requests cost by themselves.
    LooksAtThePage,
    SignsIn,
}

async fn again_and_again(client: reqwest::Client, address: String, does: Does) {
    let once = async || match does {
        Does::LooksAtThePage => {
            let page = client.get(format!("http://{address}/login")).send().await.unwrap();
            drop(page.bytes().await.unwrap());
        }
        Does::SignsIn => drop(sign_in(&client, &address, "known", "a+long+word").await),
    };
    loop {
        join_all((0..AT_ONCE).map(|_| once())).await;
        // Those who were asked to come again do so a moment later.
        sleep(Duration::from_millis(100)).await;
    }
}

/// Raises alerts at their rate, and says how long each took to its frame.
async fn deliver(client: &reqwest::Client, address: &str, token: &str) -> Vec<f64> {
    let mut socket = follow(address, "listener", SUBSCRIBE).await;
    let mut ticks = interval(Duration::from_millis(10));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut times = Vec::new();
    for number in 0..ALERTS {
        ticks.tick().await;
        let title = format!("Alert {number}");
        let input = json!({ "recipientId": "listener", "kind": "bench", "title": title });
        let body = json!({ "query": CREATE, "variables": { "input": input } }).to_string();
        let request = client.post(format!("http://{address}/graphql")).bearer_auth(token);
        let request = request.header("content-type", "application/json").body(body);
        let sent = Instant::now();
        let heard = async {
            while let Some(Ok(Message::Text(text))) = socket.next().await {
                if text.contains(&title) {
                    return sent.elapsed().as_secs_f64() * 1_000.0;
                }
            }
            panic!("the socket ended");
        };
        let (answer, took) = tokio::join!(request.send(), heard);
        answer.unwrap();
        times.push(took);
    }
    times
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place in a list of some hundreds"
)]
fn quantile(times: &[f64], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}
