//! A session of the broker over a real store, without a socket before it.

use std::sync::Arc;

use belfry::{
    domain::{UserId, new_alert::Draft},
    server::{
        alerts::Alerts,
        broker::{Heard, Memory, Session, Start},
    },
};

use crate::support::app::Folder;

struct Works {
    alerts: Alerts,
    folder: Folder,
}

impl Works {
    async fn new() -> Self {
        let folder = Folder::new();
        let alerts = Alerts::new(folder.database.open().await, Arc::new(Memory::default()));
        Self { alerts, folder }
    }

    async fn raise(&self, title: &str) {
        let draft =
            Draft { recipient_id: "ada".into(), kind: "k".into(), title: title.into(), ..Draft::default() };
        self.alerts.raise("test", draft).await.unwrap();
    }
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
