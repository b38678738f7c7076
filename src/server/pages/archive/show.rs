//! The archive page of whoever asks: its model, from the store.

use axum::{
    extract::{Query, Request, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    super::{
        respond,
        show::{PAGE, fault, page as bell_page},
        visitor::Visitor,
    },
    ArchiveView, archive,
};
use crate::{
    domain::{Filter, Revision, UserId},
    server::{
        alerts::AlertsError,
        auth::Caller,
        graphql::{cursor, parse_cursor},
        state::AppState,
        store::{List, Window},
    },
};

/// What the page's address may say.
#[derive(Deserialize)]
pub struct ArchiveQuery {
    /// After which alert the list begins.
    after: Option<String>,
}

/// `GET /archive`.
pub async fn page(
    State(state): State<AppState>,
    Visitor(caller): Visitor,
    Query(query): Query<ArchiveQuery>,
    request: Request,
) -> Response {
    let Caller::Person(person) = caller else { return Redirect::to("/login").into_response() };
    // An address that was cut short leads to the beginning.
    let after = query.after.and_then(|after| parse_cursor("after", &after).ok());
    match view(&state, &person.id, after).await {
        Ok(Some(view)) => {
            let site = state.site.clone();
            respond(request, move || archive(&site.assets(), view.clone())).await
        }
        Ok(None) => Redirect::to("/login").into_response(),
        Err(error) => fault(&state, error, request).await,
    }
}

async fn view(
    state: &AppState,
    person: &UserId,
    after: Option<Revision>,
) -> Result<Option<ArchiveView>, AlertsError> {
    let Some(user) = state.alerts.person(person).await? else { return Ok(None) };
    let list = |archived, after| List {
        filter: Filter { archived, ..Filter::default() },
        window: Window::First { count: PAGE, after, before: None },
    };
    let mut snapshot = state.alerts.inbox(person, &[list(false, None), list(true, after)]).await?;
    let Some(listed) = snapshot.lists.pop() else { return Ok(None) };
    let older = listed.alerts.last().filter(|_| listed.has_next).map(|alert| cursor(alert.created_revision));
    Ok(Some(ArchiveView {
        person: user,
        page: bell_page(snapshot),
        alerts: listed.alerts,
        older,
        newer: listed.has_previous,
    }))
}
