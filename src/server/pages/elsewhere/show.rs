//! The page of whoever asks: its model, from the store.

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
    ARCHIVE, ElsewhereView, SNOOZED, Words, elsewhere,
};
use crate::{
    domain::{Filter, Place, Revision, UserId},
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
pub struct ElsewhereQuery {
    /// After which alert the list begins.
    after: Option<String>,
}

/// `GET /archive`.
pub async fn archive(
    state: State<AppState>,
    visitor: Visitor,
    query: Query<ElsewhereQuery>,
    request: Request,
) -> Response {
    page(state, visitor, query, (Place::Archive, ARCHIVE), request).await
}

/// `GET /snoozed`.
pub async fn snoozed(
    state: State<AppState>,
    visitor: Visitor,
    query: Query<ElsewhereQuery>,
    request: Request,
) -> Response {
    page(state, visitor, query, (Place::Snoozed, SNOOZED), request).await
}

async fn page(
    State(state): State<AppState>,
    Visitor(caller): Visitor,
    Query(query): Query<ElsewhereQuery>,
    which: (Place, Words),
    request: Request,
) -> Response {
    let Caller::Person(person) = caller else { return Redirect::to("/login").into_response() };
    // An address that was cut short leads to the beginning.
    let after = query.after.and_then(|after| parse_cursor("after", &after).ok());
    match view(&state, &person.id, which, after).await {
        Ok(Some(view)) => {
            let site = state.site.clone();
            respond(request, move || elsewhere(&site.assets(), view.clone())).await
        }
        Ok(None) => Redirect::to("/login").into_response(),
        Err(error) => fault(&state, error, request).await,
    }
}

async fn view(
    state: &AppState,
    person: &UserId,
    (place, words): (Place, Words),
    after: Option<Revision>,
) -> Result<Option<ElsewhereView>, AlertsError> {
    let Some(user) = state.alerts.person(person).await? else { return Ok(None) };
    let list = |place, after| List {
        filter: Filter { place, ..Filter::default() },
        window: Window::First { count: PAGE, after, before: None },
    };
    let lists = [list(Place::Inbox, None), list(place, after)];
    let mut snapshot = state.alerts.inbox(person, &lists).await?;
    let Some(listed) = snapshot.lists.pop() else { return Ok(None) };
    let older = listed.alerts.last().filter(|_| listed.has_next).map(|alert| cursor(alert.created_revision));
    Ok(Some(ElsewhereView {
        words,
        person: user,
        page: bell_page(snapshot),
        alerts: listed.alerts,
        older,
        newer: listed.has_previous,
    }))
}
