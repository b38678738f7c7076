//! What can be asked.

use async_graphql::{Context, ID, Object, Result};

use super::{
    connection::lists,
    context::{Ask, failure},
    object::{Alert, Inbox, User},
};
use crate::server::auth::Caller;

/// The root of all queries.
pub struct Query;

/// What can be asked. An inbox is always that of whoever asks.
#[Object]
impl Query {
    /// Who is asking; null for nobody, and for a publisher.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let Caller::Person(person) = ctx.caller() else { return Ok(None) };
        let user = ctx.alerts().person(&person.id).await.map_err(failure)?;
        Ok(user.map(Into::into))
    }

    /// The inbox of the person who is asking.
    async fn inbox(&self, ctx: &Context<'_>) -> Result<Inbox> {
        let person = ctx.person()?;
        let lists = lists(ctx, &[]);
        let snapshot = ctx.alerts().inbox(person, &lists).await.map_err(failure)?;
        Ok(Inbox { snapshot, lists })
    }

    /// One alert of that inbox; null when there is no such one in it.
    async fn alert(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Alert>> {
        let person = ctx.person()?;
        let alert = ctx.alerts().alert(person, &id).await.map_err(failure)?;
        Ok(alert.map(Alert))
    }
}
