//! What the pages' plain forms do. Each ends in a redirect, so that a reload repeats nothing.

use std::net::IpAddr;

use axum::{
    extract::{FromRequest, Path, Query, Request, State},
    http::{StatusCode, header::USER_AGENT},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use time::OffsetDateTime;
use tower_sessions::Session;

use super::{
    TryItForm,
    refusal::Refusal,
    show::{Attempt, HomeQuery, fault, nothing, show_home, show_login},
    visitor::Visitor,
};
use crate::{
    domain::{Act, Filter, Later, Severity, UserId, new_alert::Draft},
    server::{
        alerts::AlertsError,
        auth::{self, Caller, Person},
        sender::Sender,
        state::AppState,
    },
};

/// The name space of the panel's idempotency keys.
const PUBLISHER: &str = "demo";

#[derive(Deserialize)]
pub struct Credentials {
    user: String,
    password: String,
}

/// `POST /login`.
pub async fn sign_in(State(state): State<AppState>, session: Session, request: Request) -> Response {
    let (credentials, request) = match take::<Credentials>(request).await {
        Ok(taken) => taken,
        Err(response) => return *response,
    };
    let checked =
        state.auth.password(&credentials.user, credentials.password, address(&state, &request)).await;
    let proven = match checked.map(|shown| Refusal::of(shown, Refusal::wrong)) {
        Ok(Ok(proven)) => proven,
        Ok(Err(refusal)) => {
            let shown = show_login(&state, credentials.user, Some(refusal.problem.clone()), request).await;
            return refusal.put_on(shown);
        }
        Err(error) => return fault(&state, error, request).await,
    };
    match auth::sign_in(&session, &proven, request.headers().get(USER_AGENT)).await {
        Ok(()) => Redirect::to("/").into_response(),
        Err(error) => fault(&state, error, request).await,
    }
}

/// By what the sender of a request is counted, if at all.
pub(super) fn address(state: &AppState, request: &Request) -> Option<IpAddr> {
    state.rates.counted(*request.extensions().get::<Sender>()?)
}

/// `POST /logout`.
pub async fn sign_out(State(state): State<AppState>, session: Session, request: Request) -> Response {
    match auth::sign_out(&session).await {
        Ok(()) => Redirect::to("/login").into_response(),
        Err(error) => fault(&state, error, request).await,
    }
}

/// From where a form was sent, to come back to the same.
#[derive(Deserialize)]
pub struct Shown {
    /// How many pages the dropdown showed.
    pages: Option<u32>,
    /// The page, where it was not the dropdown.
    page: Option<Elsewhere>,
}

/// A page of what is not in the inbox.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Elsewhere {
    Archive,
    Snoozed,
}

impl Shown {
    /// There again; the dropdown says what was taken away.
    fn again(&self, away: Option<&str>) -> Redirect {
        let away = away.map(|id| format!("&away={id}")).unwrap_or_default();
        match self.page {
            Some(Elsewhere::Archive) => Redirect::to("/archive"),
            Some(Elsewhere::Snoozed) => Redirect::to("/snoozed"),
            None => Redirect::to(&format!("/?pages={}{away}#bell", self.pages.unwrap_or(1))),
        }
    }
}

/// `POST /alerts/{id}/read`, and so on by what is done.
pub async fn act(
    State(state): State<AppState>,
    Visitor(caller): Visitor,
    Path((id, act)): Path<(String, String)>,
    Query(shown): Query<Shown>,
    request: Request,
) -> Response {
    let Caller::Person(person) = caller else { return Redirect::to("/login").into_response() };
    let Some(act) = Act::named(&act) else { return nothing(&state, request).await };
    mark(&state, &person, (&id, act), &shown, request).await
}

#[derive(Deserialize)]
struct Other {
    act: String,
}

/// `POST /alerts/{id}/other`: what the row's second line has. Evenings and mornings are those of UTC, as all times of a
/// page are that no script has seen.
pub async fn other(
    State(state): State<AppState>,
    Visitor(caller): Visitor,
    Path(id): Path<String>,
    Query(shown): Query<Shown>,
    request: Request,
) -> Response {
    let Caller::Person(person) = caller else { return Redirect::to("/login").into_response() };
    let (Other { act }, request) = match take(request).await {
        Ok(taken) => taken,
        Err(response) => return *response,
    };
    let snooze = Later::named(&act).map(|later| Act::Snooze(later.after(OffsetDateTime::now_utc())));
    let Some(act) = snooze.or_else(|| Act::named(&act)) else { return nothing(&state, request).await };
    mark(&state, &person, (&id, act), &shown, request).await
}

async fn mark(
    state: &AppState,
    person: &Person,
    (id, act): (&str, Act),
    shown: &Shown,
    request: Request,
) -> Response {
    let marked = state.alerts.mark(&person.id, id, act, Vec::new()).await;
    let away = act.takes_away() && marked.is_ok();
    done(state, marked.map(drop), shown.again(away.then_some(id)), request).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpTo {
    up_to: String,
}

/// `POST /alerts/read-all`.
pub async fn read_all(
    State(state): State<AppState>,
    Visitor(caller): Visitor,
    Query(shown): Query<Shown>,
    request: Request,
) -> Response {
    let Caller::Person(Person { id: person, .. }) = caller else {
        return Redirect::to("/login").into_response();
    };
    let (UpTo { up_to }, request) = match take(request).await {
        Ok(taken) => taken,
        Err(response) => return *response,
    };
    let marked = state.alerts.mark_all(&person, &up_to, Filter::default(), Vec::new()).await;
    done(&state, marked.map(drop), shown.again(None), request).await
}

/// Back to the list. What was refused has changed under the page: the list as it is now is the
/// answer to that too.
async fn done(
    state: &AppState,
    done: Result<(), AlertsError>,
    again: Redirect,
    request: Request,
) -> Response {
    match done {
        Ok(()) | Err(AlertsError::Refused(_)) => again.into_response(),
        Err(error) => fault(state, error, request).await,
    }
}

#[derive(Deserialize)]
struct Raise {
    recipient: UserId,
    severity: Severity,
    title: String,
    body: String,
    link: String,
}

/// `POST /demo/alert`: the panel of demo mode.
pub async fn raise(State(state): State<AppState>, Visitor(caller): Visitor, request: Request) -> Response {
    let Caller::Person(Person { id: person, .. }) = caller else {
        return Redirect::to("/login").into_response();
    };
    let (form, request) = match take::<Raise>(request).await {
        Ok(taken) => taken,
        Err(response) => return *response,
    };
    let raised = match draft(&state, &person, &form).await {
        Ok(draft) => state.alerts.raise(PUBLISHER, draft).await,
        Err(error) => Err(error),
    };
    match raised {
        Ok(_) => Redirect::to(&format!("/?raised={}", form.recipient)).into_response(),
        Err(AlertsError::Refused(refusal)) => {
            let attempt = Attempt { problem: refusal.to_string(), form: form.into() };
            let shown = show_home(&state, &person, HomeQuery::plain(), Some(attempt), request).await;
            (StatusCode::UNPROCESSABLE_ENTITY, shown).into_response()
        }
        Err(error) => fault(&state, error, request).await,
    }
}

/// The alert of the panel, raised by whoever is signed in.
async fn draft(state: &AppState, person: &UserId, form: &Raise) -> Result<Draft, AlertsError> {
    let user = state.alerts.person(person).await?;
    let actor = user.map(|user| crate::domain::Actor {
        id: Some(user.id.to_string()),
        name: user.name,
        avatar_url: user.avatar_url,
    });
    Ok(Draft {
        recipient_id: form.recipient.to_string(),
        kind: "demo".to_owned(),
        severity: form.severity,
        title: form.title.clone(),
        body: form.body.clone(),
        link: Some(form.link.clone()).filter(|link| !link.is_empty()),
        actor,
        ..Draft::default()
    })
}

impl From<Raise> for TryItForm {
    fn from(form: Raise) -> Self {
        let Raise { recipient, severity, title, body, link } = form;
        Self { recipient, severity, title, body, link }
    }
}

/// The fields of a form, and the request without its body: pages are rendered from one.
pub(super) async fn take<T: serde::de::DeserializeOwned>(
    request: Request,
) -> Result<(T, Request), Box<Response>> {
    let (parts, body) = request.into_parts();
    let bare = Request::from_parts(parts.clone(), axum::body::Body::empty());
    let form = axum::Form::<T>::from_request(Request::from_parts(parts, body), &()).await;
    form.map(|axum::Form(fields)| (fields, bare)).map_err(|refused| Box::new(refused.into_response()))
}
