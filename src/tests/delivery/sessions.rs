//! A session of the broker over a real store, without a socket before it.

use std::sync::Arc;

use tokio::time::timeout;

use belfry::{
    domain::{UserId, new_alert::Draft},
    server::{
        alerts::Alerts,
        broker::{Detached, Heard, Memory, Session, Start},
        store::{Log, Replay},
    },
};

use crate::{support::app::Folder, ws::bench::PATIENCE};

struct Works {
    alerts: Alerts,
    folder: Folder,
}

impl Works {
    async fn new() -> Self {
        Self::on(Folder::new()).await
    }

    async fn on(folder: Folder) -> Self {
        let alerts = Alerts::new(folder.database.open().await, Arc::new(Memory::default()));
        Self { alerts, folder }
    }

    async fn raise(&self, title: &str) {
        self.alerts.raise("test", draft(title)).await.unwrap();
    }

    /// Raises alerts of 4 kB, with their numbers as titles.
    async fn raise_heavy(&self, count: usize) {
        for number in 0..count {
            let draft = Draft { body: "x".repeat(4_000), ..draft(&number.to_string()) };
            self.alerts.raise("test", draft).await.unwrap();
        }
    }
}

fn draft(title: &str) -> Draft {
    Draft { recipient_id: "ada".into(), kind: "k".into(), title: title.into(), ..Draft::default() }
}

fn ada() -> UserId {
    "ada".parse().unwrap()
}

/// The title of the alert of the next change.
async fn title(session: &mut Session) -> String {
    match session.next().await {
        Heard::News(news) => news.change.alerts[0].title.clone(),
        Heard::Reset(standing) => panic!("reset to {standing:?}"),
    }
}

#[tokio::test]
async fn a_session_that_begins_now_misses_nothing_from_then_on() {
    let works = Works::new().await;
    works.raise("before").await;
    let mut session = works.alerts.listen(ada(), Start::Now).await.unwrap();
    works.raise("after").await;
    works.raise("later").await;
    assert_eq!([title(&mut session).await, title(&mut session).await], ["after", "later"]);
}

#[tokio::test]
async fn a_session_that_cannot_know_where_now_is_does_not_begin() {
    let works = Works::new().await;
    works.folder.database.tamper("alter table inboxes rename to elsewhere").await;
    assert!(works.alerts.listen(ada(), Start::Now).await.is_err());
}

#[tokio::test]
async fn a_session_that_takes_nothing_holds_little_of_all_that_it_missed() {
    let works = Works::new().await;
    let mut session = works.alerts.listen(ada(), Start::Reset).await.unwrap();
    assert!(matches!(session.next().await, Heard::Reset(_)));
    works.raise_heavy(300).await;
    assert_eq!(title(&mut session).await, "0");
    // What is read from here on has another kind than what was held until then.
    works.folder.database.tamper("update alerts set kind = 'late'").await;
    let mut held = 0;
    for number in 1..300 {
        let heard = timeout(PATIENCE, session.next()).await;
        let Ok(Heard::News(news)) = heard else { panic!("{heard:?} instead of {number}") };
        let alert = &news.change.alerts[0];
        assert_eq!(alert.title, number.to_string());
        held += usize::from(alert.kind != "late");
    }
    assert!((1..=8).contains(&held), "it held {held} alerts");
}

#[tokio::test]
async fn a_read_that_nobody_comes_for_holds_little() {
    let works = Works::new().await;
    let mut session = works.alerts.listen(ada(), Start::Reset).await.unwrap();
    let Heard::Reset(start) = session.next().await else { panic!("no reset") };
    works.raise_heavy(100).await;
    let log = Detached::new(works.folder.database.open().await, 1);
    let held = log.replay(&ada(), Some(start.position)).await.unwrap();
    assert!(matches!(&held, Replay::Portion(changes) if (1..=8).contains(&changes.len())), "{held:?}");
}

#[tokio::test]
async fn what_was_asked_for_is_done_and_told_though_whoever_asked_has_left() {
    let works = Works::on(Folder::on_server()).await;
    works.raise("before").await;
    let mut session = works.alerts.listen(ada(), Start::Now).await.unwrap();
    let mut holder = works.folder.database.connect().await;
    holder.run("begin; select from inboxes where user_id = 'ada' for update").await;
    let alerts = works.alerts.clone();
    let request = tokio::spawn(async move { alerts.raise("test", draft("unanswered")).await });
    works.folder.database.is_waited_for().await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    holder.let_go().await;
    assert_eq!(timeout(PATIENCE, title(&mut session)).await.unwrap(), "unanswered");
}
