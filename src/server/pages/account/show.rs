//! The account page of whoever asks: its model, from the store.

use axum::{
    extract::{Query, Request, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    super::{Fault, respond, show::fault},
    AccountView, account,
    owner::Owner,
};
use crate::server::state::AppState;

/// What the page's address may say.
#[derive(Deserialize)]
pub struct AccountQuery {
    /// What has just been done.
    done: Option<String>,
}

/// `GET /account`.
pub async fn page(
    State(state): State<AppState>,
    owner: Owner,
    Query(query): Query<AccountQuery>,
    request: Request,
) -> Response {
    let done = query.done.as_deref().filter(|_| !from_elsewhere(request.headers())).and_then(words);
    show(&state, &owner, done, None, request).await
}

/// Whether another site led here (Fetch Metadata): nobody's link may say what this page has done.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin")
}

fn words(done: &str) -> Option<&'static str> {
    match done {
        "password" => Some("Your password is changed. You are signed out everywhere else."),
        "session" => Some("That browser is signed out."),
        "others" => Some("You are signed out everywhere else."),
        _ => None,
    }
}

/// The account page, also as the answer to a password that was not changed.
pub async fn show(
    state: &AppState,
    owner: &Owner,
    done: Option<&'static str>,
    problem: Option<String>,
    request: Request,
) -> Response {
    match view(state, owner).await {
        Ok(Some(view)) => {
            let (site, view) = (state.site.clone(), AccountView { done, problem, ..view });
            respond(request, move || account(&site.assets(), view.clone())).await
        }
        Ok(None) => Redirect::to("/login").into_response(),
        Err(error) => fault(state, error, request).await,
    }
}

async fn view(state: &AppState, owner: &Owner) -> Result<Option<AccountView>, Fault> {
    let Some(person) = state.alerts.person(&owner.id).await? else { return Ok(None) };
    let sessions = state.auth.sessions_of(&owner.id).await?;
    Ok(Some(AccountView { person, sessions, this: owner.right.clone(), done: None, problem: None }))
}
