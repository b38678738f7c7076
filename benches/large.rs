//! How fast an inbox of 100,000 alerts is, and how long others wait while all of it is read or leaves.
//!
//! In a file: `cargo bench --features ssr --bench large`. On a PostgreSQL that writes to no disk:
//! `src/tests/services sh -c 'DATABASE_URL=$BELFRY_TEST_POSTGRES/postgres cargo bench --features ssr --bench
//! large'`. The database must be empty.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on stops, and prints")]

use std::{
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use belfry::{
    domain::{Act, AlertId, Filter, NewAlert, Position, Severity, UserId},
    server::{
        alerts::Alerts,
        broker::Memory,
        store::{self, List, Pool, Retention, Store, Window},
    },
};
use sqlx::{AssertSqlSafe, ConnectOptions, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use tokio::task::JoinHandle;
use uuid::Uuid;

const ALERTS: u32 = 100_000;
const TIMES: usize = 200;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", folder.path().join("bench.db").display());
    let url = env::var("DATABASE_URL").unwrap_or(file);
    let store = store::open(&url, Pool::default()).await.unwrap();
    let ada: UserId = "ada".parse().unwrap();
    store.ensure_person(&ada, None).await.unwrap();
    fill(&url).await;
    println!("an inbox of {ALERTS} unread alerts, in milliseconds");
    pages(&*store, &ada).await;
    changes(&*store, &ada).await;
    everything(&store, &ada).await;
    retention(&store, &ada).await;
}

/// One alert in 20,000 is of a rare kind, and of a rare severity.
async fn fill(url: &str) {
    let (id, now) = match url.starts_with("postgres") {
        true => ("gen_random_uuid()", "clock_timestamp()"),
        false => ("randomblob(16)", "(select now from clock)"),
    };
    run(url, &format!(
        "with recursive n(n) as (select 1 union all select n + 1 from n where n < {ALERTS})
         insert into alerts (id, user_id, created_revision, revision, unread_since, kind, severity, title, body,
                             created_at)
         select {id}, 'ada', n, n, n, case when n % 20000 = 7 then 'rare' else 'build' end,
                case when n % 20000 = 9 then 'CRITICAL' else 'INFO' end, 'Build ' || n || ' is green',
                'The body of an alert that is about as long as they are, a sentence or two.', {now} from n"
    )).await;
    run(url, &format!("update inboxes set revision = {ALERTS}, unread = {ALERTS} where user_id = 'ada'"))
        .await;
    if url.starts_with("postgres") {
        run(url, "analyze").await;
    }
}

/// Runs a statement past the store.
async fn run(url: &str, sql: &str) {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    if url.starts_with("postgres") {
        let server: PgConnectOptions = url.parse().unwrap();
        sql.execute(&mut server.connect().await.unwrap()).await.unwrap();
    } else {
        let file: SqliteConnectOptions = url.parse().unwrap();
        sql.execute(&mut file.connect().await.unwrap()).await.unwrap();
    }
}

async fn pages(store: &dyn Store, ada: &UserId) {
    let window = |after, before| Window::First { count: 20, after, before };
    let of = |filter: &Filter, window| List { filter: filter.clone(), window };
    let all = Filter::default();
    let unread = |unread| Filter { unread: Some(unread), ..all.clone() };
    let kind = Filter { kinds: Some(vec!["rare".into()]), ..all.clone() };
    let severity = Filter { severities: Some(vec![Severity::Critical]), ..all.clone() };
    let lists = [
        ("the first page", of(&all, window(None, None))),
        ("a page in the middle", of(&all, window(Some(ALERTS / 2), None))),
        ("the last page", of(&all, Window::Last { count: 20, after: None, before: None })),
        ("a page of unread ones", of(&unread(true), window(None, None))),
        ("a page of read ones, of which there are none", of(&unread(false), window(None, None))),
        ("the 5 of a rare kind", of(&kind, window(None, None))),
        ("the 5 of a rare severity", of(&severity, window(None, None))),
        (
            "those of the rare kind that were read",
            of(&Filter { unread: Some(false), ..kind }, window(None, None)),
        ),
    ];
    timed("the count", async |_| drop(store.snapshot(ada, &[]).await.unwrap())).await;
    for (name, list) in lists {
        let list = [list];
        timed(name, async |_| drop(store.snapshot(ada, &list).await.unwrap())).await;
    }
}

async fn changes(store: &dyn Store, ada: &UserId) {
    timed("raising", async |_| raise(store, ada).await).await;
    let page =
        List { filter: Filter::default(), window: Window::First { count: 1, after: None, before: None } };
    let id = store.snapshot(ada, &[page]).await.unwrap().lists[0].alerts[0].id;
    timed("marking one", async |time| {
        drop(store.mark(ada, id, if time % 2 == 0 { Act::Read } else { Act::Unread }, &[]).await.unwrap())
    })
    .await;
    let head = store.standing(ada).await.unwrap().position;
    let after = Position { revision: head.revision - 300, ..head };
    timed("catching up on 300 changes", async |_| drop(store.replay(ada, Some(after)).await.unwrap())).await;
}

async fn raise(store: &dyn Store, user: &UserId) {
    let alert = NewAlert {
        recipient: user.clone(),
        kind: "build".into(),
        severity: Severity::Info,
        title: "Build 7 is red".into(),
        body: String::new(),
        link: None,
        actor: None,
        data: None,
        expires_at: None,
        idempotency_key: None,
    };
    store.raise("bench", AlertId(Uuid::now_v7()), &alert).await.unwrap();
}

/// Reads all, while somebody else is told things.
async fn everything(store: &Arc<dyn Store>, ada: &UserId) {
    let alerts = Alerts::new(store.clone(), Arc::new(Memory::default()));
    let head = store.standing(ada).await.unwrap().position.to_string();
    let rare = Filter { kinds: Some(vec!["rare".into()]), ..Filter::default() };
    timed_once("reading the 5 of a rare kind", alerts.mark_all(ada, &head, rare, Vec::new())).await;
    let others = others(store);
    timed_once("reading all", alerts.mark_all(ada, &head, Filter::default(), Vec::new())).await;
    report("  what others raised meanwhile", &stop(others).await);
}

/// Takes all out of the inbox, while somebody else is told things.
async fn retention(store: &Arc<dyn Store>, ada: &UserId) {
    let now = Retention { read: Duration::ZERO, ..Retention::default() };
    let others = others(store);
    timed_once("leaving of 1,000 that were read", async {
        for _ in 0..10 {
            assert_eq!(store.retire(&now).await.unwrap().len(), 100);
        }
    })
    .await;
    report("  what others raised meanwhile", &stop(others).await);
    assert!(store.standing(ada).await.unwrap().counts.unread < ALERTS);
}

/// Raises alerts for somebody else, one after the other, until it is stopped.
fn others(store: &Arc<dyn Store>) -> (tokio::sync::oneshot::Sender<()>, JoinHandle<Vec<f64>>) {
    let (stop, mut stopped) = tokio::sync::oneshot::channel();
    let store = store.clone();
    let raising = tokio::spawn(async move {
        let (bob, mut times) = ("bob".parse().unwrap(), Vec::new());
        while stopped.try_recv().is_err() {
            let begin = Instant::now();
            raise(&*store, &bob).await;
            times.push(millis(begin));
        }
        times
    });
    (stop, raising)
}

async fn stop((stop, raising): (tokio::sync::oneshot::Sender<()>, JoinHandle<Vec<f64>>)) -> Vec<f64> {
    stop.send(()).unwrap();
    raising.await.unwrap()
}

async fn timed(name: &str, work: impl AsyncFn(usize)) {
    let mut times = Vec::new();
    for time in 0..TIMES {
        let begin = Instant::now();
        work(time).await;
        times.push(millis(begin));
    }
    report(name, &times);
}

async fn timed_once(name: &str, work: impl Future) {
    let begin = Instant::now();
    work.await;
    println!("{name}: {:.1}", millis(begin));
}

fn report(name: &str, times: &[f64]) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |share: usize| sorted[(sorted.len() - 1) * share / 100];
    println!("{name}: median {:.2}, p99 {:.2}, most {:.2} (of {})", at(50), at(99), at(100), sorted.len());
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}
