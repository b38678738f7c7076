//! Those who write: programs that raise alerts, and people who read them.

use std::{sync::Arc, time::Duration};

use belfry::domain::{Act, AlertId};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{history::Acknowledged, screen::Screen, viewer::Viewer};

const CREATE: &str = "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { \
    alert { id } problem { code field message } } }";

/// How long a program waits before it tries again under the same key.
const AGAIN: Duration = Duration::from_millis(100);

/// Everybody who writes, until they are stopped.
pub struct Writers {
    stop: CancellationToken,
    raising: JoinSet<Vec<Acknowledged>>,
    reading: JoinSet<()>,
}

impl Writers {
    /// Begins: each publisher raises an alert for one of `people` about every `pace`, and people read
    /// what their screens show.
    pub fn begin(
        publishers: Vec<Viewer>,
        people: &[String],
        screens: &Arc<Vec<Screen>>,
        pace: Duration,
    ) -> Self {
        let mut writers =
            Self { stop: CancellationToken::new(), raising: JoinSet::new(), reading: JoinSet::new() };
        for publisher in publishers {
            let (people, stop) = (people.to_vec(), writers.stop.clone());
            writers.raising.spawn(raise_on(publisher, people, pace, stop));
        }
        writers.reading.spawn(read_on(screens.clone(), 2 * pace, writers.stop.clone()));
        writers
    }

    /// Stops them; what each alert came to that was begun.
    pub async fn stop(mut self) -> Vec<Acknowledged> {
        self.stop.cancel();
        let mut acknowledged = Vec::new();
        while let Some(told) = self.raising.join_next().await {
            acknowledged.extend(told.unwrap());
        }
        while self.reading.join_next().await.is_some() {}
        acknowledged
    }
}

/// Raises alerts, each under a key of its own.
async fn raise_on(
    publisher: Viewer,
    people: Vec<String>,
    pace: Duration,
    stop: CancellationToken,
) -> Vec<Acknowledged> {
    let mut acknowledged = Vec::new();
    while !stop.is_cancelled() {
        let user = people[rand::random_range(0..people.len())].clone();
        let key = Uuid::from_u128(rand::random()).to_string();
        acknowledged.push(raise(&publisher, &user, &key).await);
        sleep(pace.mul_f64(rand::random_range(0.5..1.5))).await;
    }
    acknowledged
}

/// Raises an alert that has its key for a title, again and again until it is told that it is there.
pub async fn raise(publisher: &Viewer, user: &str, key: &str) -> Acknowledged {
    loop {
        if let Some(id) = try_raise(publisher, user, key).await {
            return Acknowledged { user: user.into(), id };
        }
        sleep(AGAIN).await;
    }
}

/// Raises it once; its id, or none when there was no answer, or a fault.
pub async fn try_raise(publisher: &Viewer, user: &str, key: &str) -> Option<AlertId> {
    let input = json!({ "recipientId": user, "kind": "test", "title": key, "idempotencyKey": key });
    try_create(publisher, input).await
}

/// The same, with all that an alert may have.
pub async fn try_create(publisher: &Viewer, input: Value) -> Option<AlertId> {
    let answer = publisher.ask(CREATE, json!({ "input": input })).await?;
    let answer: Value = serde_json::from_str(&answer).ok()?;
    let payload = &answer["data"]["createAlert"];
    assert_eq!(payload["problem"], Value::Null, "{answer}");
    payload["alert"]["id"].as_str()?.parse().ok()
}

/// What people do with an alert, reading mostly. What is put off comes back soon.
fn any_act() -> Act {
    match rand::random_range(0..12) {
        0..2 => Act::Unread,
        2 => Act::Archive,
        3 => Act::Snooze(OffsetDateTime::now_utc() + time::Duration::SECOND),
        4..6 => Act::Delete,
        _ => Act::Read,
    }
}

/// Does something with an alert, and takes back half of what takes it away.
async fn act_on(screen: &Screen, id: AlertId, act: Act) {
    screen.viewer.act(id, act).await;
    if act.takes_away() && rand::random() {
        screen.viewer.act(id, Act::Restore).await;
    }
}

/// Looks at what is on the screens, now and then at all of it, and reads it. What fails is not tried again.
async fn read_on(screens: Arc<Vec<Screen>>, pace: Duration, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let screen = &screens[rand::random_range(0..screens.len())];
        if let Some(id) = screen.any_alert() {
            match rand::random_range(0..20) {
                0 => drop(screen.viewer.mark_all(&screen.seen()).await),
                1..4 => drop(screen.viewer.see_all(&screen.seen()).await),
                _ => act_on(screen, id, any_act()).await,
            }
        }
        sleep(pace.mul_f64(rand::random_range(0.5..1.5))).await;
    }
}
