//! Telling the neighbours what this node committed, as the source design does: once, and as well as
//! Redis takes it.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::mpsc;

use super::{publisher::Letter, shards::Routes, subscriber::Ear};
use crate::{
    domain::{Alert, Change, UserId, What},
    server::{broker::neighbour::Event, store::StoreError},
};

/// How many changes wait to be told. More are dropped: a neighbour hears as well as may be.
const MOST_QUEUED: usize = 1_024;

/// How many alerts of a bulk change are in memory at once.
const MOST_AT_ONCE: usize = 100;

/// Where changes are put. Never waits.
pub(super) struct Herald(mpsc::Sender<Change>);

impl Herald {
    pub(super) fn tell(&self, change: &Change) {
        if event(&change.what).is_some() && self.0.try_send(change.clone()).is_err() {
            tracing::debug!("a change was not told to the neighbours: they are too many");
        }
    }
}

/// What a change is to the neighbours; they have no word for the others.
fn event(what: &What) -> Option<Event> {
    match what {
        What::Raised => Some(Event::Added),
        What::Read | What::AllRead => Some(Event::Read),
        _ => None,
    }
}

/// A herald, and what tells for ever.
pub(super) fn start(ear: Arc<Ear>, routes: Routes) -> (Herald, impl Future<Output = ()>) {
    let (herald, mut changes) = mpsc::channel(MOST_QUEUED);
    let run = async move {
        let way = Way { ear, routes };
        while let Some(change) = changes.recv().await {
            if let Err(error) = way.tell(change).await {
                tracing::debug!(%error, "a change was not told to the neighbours");
            }
        }
    };
    (Herald(herald), run)
}

/// What telling goes by.
struct Way {
    ear: Arc<Ear>,
    routes: Routes,
}

impl Way {
    async fn tell(&self, change: Change) -> Result<(), StoreError> {
        let Some(event) = event(&change.what) else { return Ok(()) };
        if change.carries_alerts() {
            return self.tell_alerts(event, &change.user, &change.alerts).await;
        }
        for ids in change.ids.chunks(MOST_AT_ONCE) {
            let mut alerts = self.ear.store.alerts(&change.user, ids).await?;
            // Since then somebody may have marked it unread again.
            alerts.retain(|alert| !alert.is_unread());
            self.tell_alerts(event, &change.user, &alerts).await?;
        }
        Ok(())
    }

    async fn tell_alerts(&self, event: Event, user: &UserId, alerts: &[Alert]) -> Result<(), StoreError> {
        let ids: Vec<_> = alerts.iter().map(|alert| alert.id).collect();
        let sources = match event {
            // What came over the bridge is not told as new.
            Event::Added => HashMap::new(),
            Event::Read => self.ear.store.sources(&ids).await?,
        };
        for alert in alerts {
            let source = sources.get(&alert.id).map(String::as_str);
            let message = event.message(user, alert, source);
            // Any server tells all; one and the same for a person keeps the order.
            let slot = self.ear.channels.slot(user);
            self.routes.send_other(slot, Letter::other(event.channel(user), message)).await;
        }
        Ok(())
    }
}
