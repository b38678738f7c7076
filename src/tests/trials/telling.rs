//! What a world tells of all that happened in it.

use std::{collections::HashMap, time::Duration};

use belfry::{
    domain::{AlertId, Counts},
    server::store::right_of_session,
};
use sqlx::Row;
use tokio::time::{Instant, sleep};

use super::{
    history::{Committed, History, SessionHistory},
    screen::{Screen, of_page},
    viewer::Credential,
    world::{PATIENCE, World},
};

/// The change log of each person.
pub type Log = HashMap<String, Vec<Committed>>;

impl World {
    /// Waits until every page shows what the store has, at most [`PATIENCE`], then tells everything that happened.
    pub async fn history(&self) -> History {
        let until = Instant::now() + PATIENCE;
        // What somebody gave up waiting for, or what falls due, may still be committed.
        let (mut due, mut log) = (self.is_due().await, self.log().await);
        while (due || !self.is_whole(&log)) && Instant::now() < until {
            sleep(Duration::from_millis(50)).await;
            (due, log) = (self.is_due().await, self.log().await);
        }
        let mut truth = HashMap::new();
        for user in &self.people {
            let page = self.viewer(user, 0).page().await.unwrap();
            truth.insert(user.clone(), of_page(&page).seen);
        }
        let told = |screen: &Screen| match ended(screen, &log) {
            Some(entry) => SessionHistory { ended: Some(entry.revision), screen: None, ..screen.history() },
            None => screen.history(),
        };
        let sessions = self.screens.iter().map(told).collect();
        let (acknowledged, healed) = (self.acknowledged.clone(), self.healed.unwrap_or_default());
        let marked = self.marked.lock().unwrap().clone();
        History { log, truth, acknowledged, marked, sessions, healed }
    }

    /// Whether time alone will change something while this is judged.
    async fn is_due(&self) -> bool {
        let due = "select exists (select from alerts where
            expires_at <= clock_timestamp() + interval '10 s' and (expired_at is null or place <> 'DELETED')
            or place = 'SNOOZED' and snoozed_until <= clock_timestamp() + interval '10 s')";
        sqlx::query_scalar(due).fetch_one(&mut self.postgres.connect().await.unwrap()).await.unwrap()
    }

    /// Whether every page is live, and shows where its inbox stands, or knows that its right has ended.
    fn is_whole(&self, log: &Log) -> bool {
        let head = |user: &str| log.get(user).and_then(|log| log.last()).map_or(0, |entry| entry.revision);
        let is_whole = |screen: &Screen| match ended(screen, log) {
            Some(_) => screen.ended().is_some(),
            None => screen.is_live() && screen.revision() == Some(head(&screen.viewer.user)),
        };
        self.screens.iter().all(is_whole)
    }

    /// The change log of each person.
    pub async fn log(&self) -> Log {
        let mut conn = self.postgres.connect().await.unwrap();
        let rows = "select user_id, revision, unseen, unread, archived, snoozed, what, alert_ids, subject, seen, \
                    extract(epoch from created_at)::float8 as at from changes order by user_id, revision";
        let mut log = Log::new();
        for row in sqlx::query(rows).fetch_all(&mut conn).await.unwrap() {
            let number = |name| u32::try_from(row.get::<i64, _>(name)).unwrap();
            let ids: Vec<uuid::Uuid> = row.get("alert_ids");
            log.entry(row.get("user_id")).or_default().push(Committed {
                revision: number("revision"),
                counts: Counts {
                    unseen: number("unseen"),
                    unread: number("unread"),
                    archived: number("archived"),
                    snoozed: number("snoozed"),
                },
                what: row.get("what"),
                ids: ids.into_iter().map(AlertId).collect(),
                subject: row.get("subject"),
                seen: row.get::<Option<i64>, _>("seen").map(|seen| seen.try_into().unwrap()),
                at: Duration::from_secs_f64(row.get("at")),
            });
        }
        log
    }
}

/// The entry of the log by which a page's right ended.
pub fn ended<'a>(screen: &Screen, log: &'a Log) -> Option<&'a Committed> {
    let Credential::Cookie(cookie) = &screen.viewer.shown else { return None };
    let right = right_of_session(cookie.split_once('=').unwrap().1);
    log.get(&screen.viewer.user)?.iter().find(|entry| entry.subject.as_ref() == Some(&right))
}
