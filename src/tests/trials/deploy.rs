//! A deployment under load, behind the balancer that `deploy/haproxy.cfg` sets up.

use std::{path::Path, process::Stdio, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    process::{Child, Command},
    task::JoinSet,
    time::{Instant, interval, sleep},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    crowd,
    history::{Acknowledged, now},
    judge, size,
    viewer::{Credential, Marks, Viewer},
    world::{NODES, World},
    writer::try_raise,
};
use crate::{
    support::{
        app::{in_seconds, token},
        redis::free_port,
    },
    ws::bench::PATIENCE,
};

/// How many requests begin in a second, whatever became of those before. Of ten two raise an alert, one
/// loads a page and the others ask for the count.
const REQUESTS: u32 = 500;

/// What is asked for most: where an inbox stands.
const COUNT: &str = "{ inbox { unreadCount revision } }";

/// The balancer, in front of all nodes.
fn balancer(world: &World, port: u16) -> Child {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/haproxy.cfg");
    let mut command = Command::new("haproxy");
    command.arg("-db").arg("-f").arg(config).env("BALANCER", format!("127.0.0.1:{port}"));
    // Debian keeps it where only root looks.
    command.env("PATH", "/usr/sbin:/usr/bin:/bin");
    for (number, node) in world.nodes.iter().enumerate() {
        command.env(format!("NODE_{}", number + 1), &node.address);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap()
}

/// Waits until the balancer gives requests to a node, of its own accord.
async fn is_given_work(port: u16, number: usize) {
    let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = http.get(format!("http://127.0.0.1:{port}/healthz")).send().await;
        let name = format!("node{}", number + 1);
        if answer.is_ok_and(|answer| answer.headers().get("x-node").is_some_and(|node| *node == *name)) {
            return;
        }
        assert!(Instant::now() < until, "{name} gets no work");
        sleep(Duration::from_millis(20)).await;
    }
}

/// What came of a request.
enum Answer {
    Raised(Acknowledged),
    Read,
    None,
}

/// Those who ask: programs, and people with a page.
struct Load {
    publisher: Viewer,
    readers: Vec<Viewer>,
}

impl Load {
    /// All of these people, and a program.
    fn by(people: &[String], port: u16) -> Arc<Self> {
        // The balancer ends what was idle for ten seconds: nobody asks on what is about to end.
        let http = reqwest::Client::builder().no_proxy().pool_idle_timeout(Duration::from_secs(5));
        let http = http.timeout(PATIENCE).build().unwrap();
        let caller = |name: &str, scope: &str| {
            let claims = json!({ "sub": name, "scope": scope, "exp": in_seconds(3_600) });
            Viewer::new(name, Credential::Token(token(&claims)), port, http.clone(), Marks::default())
        };
        let readers = people.iter().map(|user| caller(user, "inbox")).collect();
        Arc::new(Self { publisher: caller("publisher", "publish"), readers })
    }

    /// Asks at an even pace until it is stopped; every answer, and how many came in a second.
    async fn run(self: Arc<Self>, stop: CancellationToken) -> (Vec<Answer>, f64) {
        let (mut ticks, mut asking) = (interval(Duration::from_secs(1) / requests()), JoinSet::new());
        let begin = Instant::now();
        for number in 0.. {
            ticks.tick().await;
            if stop.is_cancelled() {
                break;
            }
            let load = self.clone();
            asking.spawn(async move { load.ask(number).await });
        }
        let answers = asking.join_all().await;
        let rate = answers.len() as f64 / begin.elapsed().as_secs_f64();
        (answers, rate)
    }

    /// Asks once. Nothing is tried again.
    async fn ask(&self, number: usize) -> Answer {
        let reader = &self.readers[rand::random_range(0..self.readers.len())];
        match number % 10 {
            0 | 5 => self.raise(&reader.user, number).await,
            1 if reader.page().await.is_some() => Answer::Read,
            2..=4 | 6.. if counts(reader).await => Answer::Read,
            _ => Answer::None,
        }
    }

    async fn raise(&self, user: &str, number: usize) -> Answer {
        match try_raise(&self.publisher, user, &format!("number {number}")).await {
            Some(id) => Answer::Raised(Acknowledged { user: user.into(), id }),
            None => Answer::None,
        }
    }
}

/// Whether somebody is told where their inbox stands.
async fn counts(reader: &Viewer) -> bool {
    let answer = reader.ask(COUNT, json!({})).await;
    let answer: Option<Value> = answer.and_then(|answer| serde_json::from_str(&answer).ok());
    answer.is_some_and(|answer| answer["data"]["inbox"]["revision"].is_u64())
}

/// How many requests a second there are in a trial of this size.
fn requests() -> u32 {
    REQUESTS / size().haste
}

/// A world behind the balancer, three pages of each of its people, and the port by which all come.
async fn behind_a_balancer() -> (World, Child, u16) {
    let people = 1_000 / size().haste.pow(2);
    let mut world = World::start().await;
    world.people = (0..people).map(|number| format!("person{number}")).collect();
    (world.shutdown_delay, world.limits) = ("4", &[]);
    for number in 0..NODES {
        world.stop_node(number).await;
        world.start_node(number).await;
    }
    let port = free_port();
    let balancer = balancer(&world, port);
    for number in 0..NODES {
        is_given_work(port, number).await;
    }
    let pages = world.people.iter().flat_map(|user| [user; 3]).map(|user| world.viewer_at(user, port));
    world.screens = crowd::open(pages.collect()).await;
    (world, balancer, port)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_deploy_fails_no_request_and_loses_no_alert() {
    let (mut world, _balancer, port) = behind_a_balancer().await;
    let stop = CancellationToken::new();
    let load = Load::by(&world.people, port);
    let asking = AbortOnDropHandle::new(tokio::spawn(load.run(stop.clone())));
    for number in 0..NODES {
        world.stop_node(number).await;
        world.start_node(number).await;
        is_given_work(port, number).await;
    }
    world.healed = Some(now());
    sleep(Duration::from_secs(1)).await;
    stop.cancel();
    let (answers, rate) = asking.await.unwrap();
    let failed = answers.iter().filter(|answer| matches!(answer, Answer::None)).count();
    let name = format!(
        "rolling deploy, {} sockets, {} requests at {rate:.0}/s, {failed} of them failed",
        world.screens.len(),
        answers.len()
    );
    world.acknowledged.extend(answers.into_iter().filter_map(|answer| match answer {
        Answer::Raised(acknowledged) => Some(acknowledged),
        Answer::Read | Answer::None => None,
    }));
    judge(&world, &name).await;
    assert_eq!(failed, 0, "{name}");
    assert!(rate >= 0.9 * f64::from(requests()), "{name}");
}
