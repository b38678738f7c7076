//! A subscription on its way through an inbox's history: one result after the other, each rendered
//! once for all sockets that asked the same.

use std::{collections::VecDeque, sync::Arc};

use async_graphql::{Variables, parser::types::ExecutableDocument};
use axum::extract::ws::Utf8Bytes;
use serde_json::json;

use super::{
    engine::{Engine, encode},
    event::Told,
    subscription::Wanted,
    ws::Step,
};
use crate::{
    domain::{Alert, Change, What},
    server::{
        broker::{Heard, News, Part, Session},
        store::leave_alone,
    },
};

/// A subscription that was let in: how its results look.
pub struct Opened {
    /// What it wants to hear.
    pub wanted: Wanted,
    /// What it shares its results by.
    pub key: Arc<str>,
    /// Its document.
    pub doc: Arc<ExecutableDocument>,
    /// Which operation of it.
    pub name: Option<String>,
    /// The variables' values.
    pub variables: Variables,
}

/// A subscription on its way through the history.
pub struct Subscribed {
    engine: Engine,
    session: Session,
    opened: Opened,
    right: Option<String>,
    /// The right held at a place in the log from which on every change is heard, its end too.
    is_sure: bool,
    /// The change whose alerts are told one by one, until all were.
    bulk: Option<Bulk>,
    over: bool,
}

/// A change on its way as one result per alert.
struct Bulk {
    news: Arc<News>,
    /// How many of its ids were looked up.
    seen: usize,
    /// Alerts that were looked up and not told.
    ready: VecDeque<Alert>,
    /// How many were told.
    told: usize,
}

impl Subscribed {
    /// A subscription that hears what `session` hears, until `right` ends.
    pub fn new(engine: Engine, session: Session, opened: Opened, right: Option<String>) -> Self {
        Self { engine, session, opened, right, is_sure: false, bulk: None, over: false }
    }

    /// The next result with what comes after it; none when it is over.
    pub async fn step(mut self) -> Option<(Step, Self)> {
        self.next().await.map(|step| (step, self))
    }

    async fn next(&mut self) -> Option<Step> {
        loop {
            if let Some(step) = self.next_of_bulk().await {
                return Some(step);
            }
            if self.over {
                return None;
            }
            let heard = self.session.next().await;
            if !self.may_hear(&heard).await {
                return Some(self.end(Step::Ended));
            }
            let step = match heard {
                Heard::News(news) if self.ends(&news.change) => self.end(Step::Ended),
                Heard::News(news) => match self.take(news).await {
                    Some(step) => step,
                    None => continue,
                },
                Heard::Reset(standing) if matches!(self.opened.wanted, Wanted::InboxChanged(_)) => {
                    Step::Next(self.engine.render(&self.opened, Told::Reset(standing)).await)
                }
                Heard::Reset(_) => self.end(Step::Error(cannot_go_on())),
            };
            return Some(step);
        }
    }

    /// Whether whoever listens may be told of this. The end of their right is a change like others, but
    /// where a subscription begins, and over what a reset passes, it is not heard. So the store is asked:
    /// after what is to be told was read in it, so that a right that holds still held then.
    async fn may_hear(&mut self, heard: &Heard) -> bool {
        let Some(right) = &self.right else { return true };
        self.is_sure &= matches!(heard, Heard::News(_));
        while !self.is_sure {
            match self.engine.auth().holds(right).await {
                Ok(holds) if !holds => return false,
                Ok(_) => self.is_sure = true,
                Err(error) => {
                    // As where the log cannot be read: nothing is told, and it is logged by the sweeper.
                    tracing::debug!(%error, "cannot look whether a right holds; trying again");
                    leave_alone().await;
                }
            }
        }
        true
    }

    fn ends(&self, change: &Change) -> bool {
        matches!((&change.what, &self.right), (What::RightEnded(ended), Some(right)) if ended == right)
    }

    fn end(&mut self, step: Step) -> Step {
        self.over = true;
        step
    }

    /// The one result of a change, if that is what this subscription has of it.
    async fn take(&mut self, news: Arc<News>) -> Option<Step> {
        match (self.opened.wanted, &news.change.what) {
            (_, What::RightEnded(_)) => None,
            (Wanted::InboxChanged(_), _) => {
                let told = || Told::Change(news.change.clone());
                Some(self.show(&news, 0, told).await)
            }
            (Wanted::AlertAdded, What::Raised) | (Wanted::AlertRead, What::Read | What::AllRead) => {
                let ready: VecDeque<_> = news.change.alerts.iter().cloned().collect();
                let seen = if news.change.carries_alerts() { news.change.ids.len() } else { 0 };
                self.bulk = Some(Bulk { news, seen, ready, told: 0 });
                None
            }
            _ => None,
        }
    }

    /// The next result of a change that has one per alert. Of one too large to carry its alerts they
    /// are looked up a portion at a time, so that it costs no more memory than another.
    async fn next_of_bulk(&mut self) -> Option<Step> {
        let mut bulk = self.bulk.take()?;
        while bulk.ready.is_empty() && bulk.seen < bulk.news.change.ids.len() {
            let Change { user, ids, .. } = &bulk.news.change;
            let portion = &ids[bulk.seen..ids.len().min(bulk.seen + Change::MOST_ALERTS)];
            match self.engine.alerts().several(user, portion).await {
                Ok(alerts) => bulk.ready = alerts.into(),
                Err(error) => {
                    tracing::error!(%error, "cannot load the alerts of a change");
                    return Some(self.end(Step::Error(cannot_go_on())));
                }
            }
            bulk.seen += portion.len();
        }
        let alert = bulk.ready.pop_front()?;
        let step = self.show(&bulk.news, bulk.told, || Told::Alert(alert)).await;
        bulk.told += 1;
        self.bulk = Some(bulk);
        Some(step)
    }

    /// What a part of a change looks like here. Rendered once for all who ask the same; only not the
    /// parts of a change that does not carry its alerts, which each subscription looks up for itself.
    async fn show(&self, news: &News, index: usize, told: impl FnOnce() -> Told) -> Step {
        let render = async || self.engine.render(&self.opened, told()).await;
        let whole = matches!(self.opened.wanted, Wanted::InboxChanged(_));
        if !whole && !news.change.carries_alerts() {
            return Step::Next(render().await);
        }
        let part = Part { selection: self.opened.key.clone(), index };
        Step::Next(news.rendering(&part).get_or_init(render).await.clone())
    }
}

fn cannot_go_on() -> Utf8Bytes {
    let message = "the history has a hole here: load the inbox again";
    encode(&json!([{ "message": message, "extensions": { "code": "INBOX_RESET" } }]))
}
