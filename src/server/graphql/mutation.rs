//! What can be done.

use async_graphql::{Context, ID, Object, Result};

use super::{
    connection::lists,
    context::{Ask, out_of_scope, refusal},
    input::{AlertFilter, CreateAlertInput},
    object::{Alert, AlertPayload, CreateAlertPayload, Inbox, InboxPayload},
    scalar::{DateTime, Position},
};
use crate::{
    domain::{Act, new_alert::Draft},
    server::{
        alerts::AlertsError,
        store::{List, Marked},
    },
};

/// The root of all mutations.
pub struct Mutation;

/// What can be done. An expected refusal is a `problem`; its `field` says what it is about.
#[Object]
impl Mutation {
    /// Raises an alert. For publishers; what their token's scope leaves out is `FORBIDDEN`.
    async fn create_alert(&self, ctx: &Context<'_>, input: CreateAlertInput) -> Result<CreateAlertPayload> {
        let publisher = ctx.publisher()?;
        let draft = Draft::from(input);
        if let Some(field) = publisher.scope.excludes(&draft.kind, &draft.recipient_id) {
            return Err(out_of_scope(field));
        }
        match ctx.alerts().raise(&publisher.name, draft).await {
            // What became of it since is its reader's: a key that is repeated does not tell.
            Ok(alert) => Ok(CreateAlertPayload { alert: Some(Alert(alert.into_raised())), problem: None }),
            Err(error) => Ok(CreateAlertPayload { problem: Some(refusal(error)?.into()), alert: None }),
        }
    }

    /// Marks an alert read.
    async fn mark_alert_read(&self, ctx: &Context<'_>, id: ID) -> Result<AlertPayload> {
        mark(ctx, &id, Act::Read).await
    }

    /// Marks an alert unread again. From the archive, or put off, it comes back to the inbox.
    async fn mark_alert_unread(&self, ctx: &Context<'_>, id: ID) -> Result<AlertPayload> {
        mark(ctx, &id, Act::Unread).await
    }

    /// Puts an alert away: out of the inbox and its counts, into the archive.
    async fn archive_alert(&self, ctx: &Context<'_>, id: ID) -> Result<AlertPayload> {
        mark(ctx, &id, Act::Archive).await
    }

    /// Puts an alert off: out of the inbox and its counts until then, when it comes back unread and as new.
    /// `until` lies in the future, at most 366 days away.
    async fn snooze_alert(&self, ctx: &Context<'_>, id: ID, until: DateTime) -> Result<AlertPayload> {
        mark(ctx, &id, Act::Snooze(until.0)).await
    }

    /// Deletes an alert. It can be taken back for as long as it is kept.
    async fn delete_alert(&self, ctx: &Context<'_>, id: ID) -> Result<AlertPayload> {
        mark(ctx, &id, Act::Delete).await
    }

    /// Takes an alert back into the inbox that was archived, put off or deleted. It comes back as it was: unread,
    /// if it was not read.
    async fn restore_alert(&self, ctx: &Context<'_>, id: ID) -> Result<AlertPayload> {
        mark(ctx, &id, Act::Restore).await
    }

    /// Marks read what the person could see at the position `upTo` and what fits the filter.
    async fn mark_all_alerts_read(
        &self,
        ctx: &Context<'_>,
        up_to: Position,
        filter: Option<AlertFilter>,
    ) -> Result<InboxPayload> {
        let person = ctx.person()?;
        let lists = lists(ctx, &["inbox"]);
        let filter = filter.unwrap_or_default().into();
        let marked = ctx.alerts().mark_all(person, &up_to.0, filter, lists.clone()).await;
        payload(marked, lists)
    }

    /// Takes note that the person has seen the inbox as it was at the position `upTo`: what was there by then is not
    /// unseen any more. It stays unread. Where nothing was unseen, it changes nothing.
    async fn mark_all_alerts_seen(&self, ctx: &Context<'_>, up_to: Position) -> Result<InboxPayload> {
        let person = ctx.person()?;
        let lists = lists(ctx, &["inbox"]);
        let seen = ctx.alerts().see(person, &up_to.0, lists.clone()).await;
        payload(seen, lists)
    }
}

fn payload(marked: Result<Marked, AlertsError>, lists: Vec<List>) -> Result<InboxPayload> {
    match marked {
        Ok(marked) => {
            let inbox = Inbox { snapshot: marked.inbox, lists };
            Ok(InboxPayload { inbox: Some(inbox), problem: None })
        }
        Err(error) => Ok(InboxPayload { problem: Some(refusal(error)?.into()), inbox: None }),
    }
}

async fn mark(ctx: &Context<'_>, id: &str, act: Act) -> Result<AlertPayload> {
    let person = ctx.person()?;
    let lists = lists(ctx, &["inbox"]);
    match ctx.alerts().mark(person, id, act, lists.clone()).await {
        Ok(marked) => Ok(AlertPayload {
            alert: marked.alert.map(Alert),
            inbox: Some(Inbox { snapshot: marked.inbox, lists }),
            problem: None,
        }),
        Err(error) => Ok(AlertPayload { problem: Some(refusal(error)?.into()), ..AlertPayload::default() }),
    }
}
