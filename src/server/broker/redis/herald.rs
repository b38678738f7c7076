//! Telling the neighbours what this node committed, as the source design does: once, and as well as
//! Redis takes it.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::mpsc;

use super::publisher::{Lane, Letter};
use crate::{
    domain::{Alert, Change, What},
    server::{
        broker::neighbour::Event,
        store::{Store, StoreError},
    },
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
        What::Unread | What::Expired | What::RightEnded(_) => None,
    }
}

/// A herald, and what tells for ever.
pub(super) fn start(store: Arc<dyn Store>, lane: Lane) -> (Herald, impl Future<Output = ()>) {
    let (herald, mut changes) = mpsc::channel(MOST_QUEUED);
    let run = async move {
        while let Some(change) = changes.recv().await {
            if let Err(error) = tell(&*store, &lane, change).await {
                tracing::debug!(%error, "a change was not told to the neighbours");
            }
        }
    };
    (Herald(herald), run)
}

async fn tell(store: &dyn Store, lane: &Lane, change: Change) -> Result<(), StoreError> {
    let Some(event) = event(&change.what) else { return Ok(()) };
    if change.carries_alerts() {
        return tell_alerts(store, lane, event, &change, &change.alerts).await;
    }
    for ids in change.ids.chunks(MOST_AT_ONCE) {
        let mut alerts = store.alerts(&change.user, ids).await?;
        // Since then somebody may have marked it unread again.
        alerts.retain(|alert| !alert.is_unread());
        tell_alerts(store, lane, event, &change, &alerts).await?;
    }
    Ok(())
}

async fn tell_alerts(
    store: &dyn Store,
    lane: &Lane,
    event: Event,
    change: &Change,
    alerts: &[Alert],
) -> Result<(), StoreError> {
    let sources = match event {
        // What came over the bridge is not told as new.
        Event::Added => HashMap::new(),
        Event::Read => store.sources(&alerts.iter().map(|alert| alert.id).collect::<Vec<_>>()).await?,
    };
    for alert in alerts {
        let source = sources.get(&alert.id).map(String::as_str);
        let message = event.message(&change.user, alert, source);
        lane.send(Letter::new(event.channel(&change.user), message)).await;
    }
    Ok(())
}
