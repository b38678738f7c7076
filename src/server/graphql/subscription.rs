//! What can be listened to.
//!
//! A subscription's document is executed once when it opens, to be checked and to say what it
//! wants, and then once per change and distinct selection, to render what that change looks like
//! through it. Delivery lies between the two and is not GraphQL's: see [`super::engine`].

use std::{
    option,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Context, Result, Subscription};
use futures_util::stream::{self, Stream};

use super::{
    context::{Ask, coded},
    event::{InboxEvent, Told},
    object::Alert,
    scalar,
};
use crate::domain::Position;

/// What a subscription wants to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// New alerts.
    AlertAdded,
    /// Alerts that were read.
    AlertRead,
    /// Every change, resumable.
    InboxChanged(Option<Position>),
}

/// Why a subscription's document is executed.
pub enum Stage {
    /// It opens: note what it wants.
    Open(Arc<Mutex<Option<Wanted>>>),
    /// It is told something: show it.
    Render(Told),
}

/// The root of all subscriptions.
pub struct Subscription;

/// What can be listened to, over `graphql-transport-ws`.
#[Subscription]
impl Subscription {
    /// Alerts raised from the moment of subscribing on. Where it cannot go on it ends with an error, code `INBOX_RESET`.
    async fn alert_added(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Alert>> {
        one(ctx, || Ok(Wanted::AlertAdded), alert)
    }

    /// Alerts read from the moment of subscribing on. Where it cannot go on it ends with an error, code `INBOX_RESET`.
    async fn alert_read(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Alert>> {
        one(ctx, || Ok(Wanted::AlertRead), alert)
    }

    /// Every change after a position, once and in order; without a position, or where the log
    /// cannot say, an `InboxReset` first.
    async fn inbox_changed(
        &self,
        ctx: &Context<'_>,
        after: Option<scalar::Position>,
    ) -> Result<impl Stream<Item = InboxEvent>> {
        let wanted = || {
            let after = after.map(|after| after.0.parse()).transpose();
            let bad = |error| coded("BAD_USER_INPUT", format!("after {error}"));
            after
                .map(Wanted::InboxChanged)
                .map_err(|error: crate::domain::position::InvalidPosition| bad(error))
        };
        one(ctx, wanted, |told| match told {
            Told::Change(change) => InboxEvent::of(change),
            Told::Reset(standing) => Some(InboxEvent::reset(*standing)),
            Told::Alert(_) => None,
        })
    }
}

fn alert(told: &Told) -> Option<Alert> {
    match told {
        Told::Alert(alert) => Some(Alert(alert.clone())),
        Told::Change(_) | Told::Reset(_) => None,
    }
}

/// The stream of one execution: empty when opening, one item when rendering.
fn one<T>(
    ctx: &Context<'_>,
    wanted: impl FnOnce() -> Result<Wanted>,
    show: impl FnOnce(&Told) -> Option<T>,
) -> Result<stream::Iter<option::IntoIter<T>>> {
    let item = match ctx.data::<Stage>()? {
        Stage::Open(slot) => {
            ctx.person()?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(wanted()?);
            None
        }
        Stage::Render(told) => show(told),
    };
    Ok(stream::iter(item))
}
