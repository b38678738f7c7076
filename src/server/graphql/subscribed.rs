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
    server::broker::{Heard, News, Part, Session},
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
    /// Results of the change at hand that are not given yet.
    ready: VecDeque<Ready>,
    over: bool,
}

/// One result to give.
struct Ready {
    news: Arc<News>,
    index: usize,
    /// What it shows; none for the change as a whole.
    alert: Option<Alert>,
}

impl Subscribed {
    /// A subscription that hears what `session` hears, until `right` ends.
    pub fn new(engine: Engine, session: Session, opened: Opened, right: Option<String>) -> Self {
        Self { engine, session, opened, right, ready: VecDeque::new(), over: false }
    }

    /// The next result; none when it is over.
    pub async fn next(&mut self) -> Option<Step> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(self.show(ready).await);
            }
            if self.over {
                return None;
            }
            match self.session.next().await {
                Heard::News(news) if self.ends(&news.change) => {
                    self.over = true;
                    return Some(Step::Ended);
                }
                Heard::News(news) => self.take(news).await,
                Heard::Reset(standing) if matches!(self.opened.wanted, Wanted::InboxChanged(_)) => {
                    return Some(Step::Next(self.engine.render(&self.opened, Told::Reset(standing)).await));
                }
                Heard::Reset(_) => {
                    self.over = true;
                    return Some(Step::Error(cannot_go_on()));
                }
            }
        }
    }

    fn ends(&self, change: &Change) -> bool {
        matches!((&change.what, &self.right), (What::RightEnded(ended), Some(right)) if ended == right)
    }

    /// Turns a change into the results that this subscription has of it.
    async fn take(&mut self, news: Arc<News>) {
        let alerts = match (self.opened.wanted, &news.change.what) {
            (_, What::RightEnded(_)) => return,
            (Wanted::InboxChanged(_), _) => {
                self.ready.push_back(Ready { news, index: 0, alert: None });
                return;
            }
            (Wanted::AlertAdded, What::Raised) | (Wanted::AlertRead, What::Read) => {
                news.change.alerts.clone()
            }
            (Wanted::AlertRead, What::AllRead) => self.all_read(&news.change).await,
            _ => return,
        };
        let ready = alerts.into_iter().enumerate();
        self.ready.extend(ready.map(|(index, alert)| Ready {
            news: news.clone(),
            index,
            alert: Some(alert),
        }));
    }

    /// The alerts of a bulk read, also of one too large to carry them.
    async fn all_read(&self, change: &Change) -> Vec<Alert> {
        if change.ids.len() <= Change::MOST_ALERTS {
            return change.alerts.clone();
        }
        self.engine.alerts().several(&change.user, &change.ids).await
    }

    async fn show(&self, ready: Ready) -> Step {
        let part = Part { selection: self.opened.key.clone(), index: ready.index };
        let cell = ready.news.rendering(&part);
        let render = || {
            let told = ready.alert.map_or_else(|| Told::Change(ready.news.change.clone()), Told::Alert);
            self.engine.render(&self.opened, told)
        };
        Step::Next(cell.get_or_init(render).await.clone())
    }
}

fn cannot_go_on() -> Utf8Bytes {
    let message = "the history has a hole here: load the inbox again";
    encode(&json!([{ "message": message, "extensions": { "code": "INBOX_RESET" } }]))
}
