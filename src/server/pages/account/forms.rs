//! What the forms of the account page do.

use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, header::USER_AGENT},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    super::{
        Fault,
        forms::{address, take},
        refusal::Refusal,
        show::{fault, nothing},
    },
    owner::Owner,
    show::show,
};
use crate::server::{
    auth::{
        self, NotChanged, Proven,
        password::{LONGEST, SHORTEST},
    },
    state::AppState,
};

/// `POST /account/sessions/{right}/end`: of one's own sessions; any other is nothing that there is.
pub async fn end_session(
    State(state): State<AppState>,
    owner: Owner,
    Path(right): Path<String>,
    request: Request,
) -> Response {
    match state.auth.end_session_of(&owner.id, right).await {
        Ok(true) => Redirect::to("/account?done=session").into_response(),
        Ok(false) => nothing(&state, request).await,
        Err(error) => fault(&state, error, request).await,
    }
}

/// `POST /account/sessions/end-others`.
pub async fn end_others(State(state): State<AppState>, owner: Owner, request: Request) -> Response {
    match state.auth.end_sessions_of(&owner.id, Some(owner.right)).await {
        Ok(_) => Redirect::to("/account?done=others").into_response(),
        Err(error) => fault(&state, error, request).await,
    }
}

/// `POST /account/sessions/end-all`, the one of this request too.
pub async fn end_all(
    State(state): State<AppState>,
    session: Session,
    owner: Owner,
    request: Request,
) -> Response {
    if let Err(error) = state.auth.end_sessions_of(&owner.id, None).await {
        return fault(&state, error, request).await;
    }
    match auth::sign_out(&session).await {
        Ok(()) => Redirect::to("/login").into_response(),
        Err(error) => fault(&state, error, request).await,
    }
}

#[derive(Deserialize)]
struct Passwords {
    current: String,
    new: String,
}

/// `POST /account/password`. Ends all sessions, and begins this one anew under another id.
pub async fn change_password(
    State(state): State<AppState>,
    session: Session,
    owner: Owner,
    request: Request,
) -> Response {
    let (passwords, request) = match take::<Passwords>(request).await {
        Ok(taken) => taken,
        Err(response) => return *response,
    };
    if let Some(problem) = unfit(&passwords) {
        return refused(&state, &owner, Refusal::of_form(problem), request).await;
    }
    let Passwords { current, new } = passwords;
    let shown = match state.auth.password(owner.id.as_str(), current, address(&state, &request)).await {
        Ok(shown) => shown,
        Err(error) => return fault(&state, error, request).await,
    };
    let shown = match Refusal::of(shown, wrong) {
        Ok(shown) => shown,
        Err(refusal) => return refused(&state, &owner, refusal, request).await,
    };
    match change(&state, &session, shown, new, request.headers().get(USER_AGENT)).await {
        Ok(None) => Redirect::to("/account?done=password").into_response(),
        Ok(Some(refusal)) => refused(&state, &owner, refusal, request).await,
        Err(error) => fault(&state, error, request).await,
    }
}

async fn change(
    state: &AppState,
    session: &Session,
    shown: Proven,
    new: String,
    agent: Option<&HeaderValue>,
) -> Result<Option<Refusal>, Fault> {
    let proven = match state.auth.change_password(shown, new).await {
        Ok(proven) => proven,
        Err(NotChanged::Outdated) => return Ok(Some(wrong())),
        Err(NotChanged::Password(_)) => return Ok(Some(Refusal::busy())),
        Err(NotChanged::Store(error)) => return Err(error.into()),
    };
    tracing::info!("a password was changed");
    auth::sign_in(session, &proven, agent).await?;
    Ok(None)
}

fn wrong() -> Refusal {
    Refusal::of_form("The current password is not right.".to_owned())
}

fn unfit(Passwords { current, new }: &Passwords) -> Option<String> {
    if new.chars().count() < SHORTEST {
        return Some(format!("The new password must be at least {SHORTEST} characters long."));
    }
    if new.len() > LONGEST {
        return Some(format!("The new password must be at most {LONGEST} bytes long."));
    }
    (new == current).then(|| "The new password is the one you have.".to_owned())
}

async fn refused(state: &AppState, owner: &Owner, refusal: Refusal, request: Request) -> Response {
    let shown = show(state, owner, None, Some(refusal.problem.clone()), request).await;
    refusal.put_on(shown)
}
