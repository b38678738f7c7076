//! Which page a request gets: the model of each, from the store.

use axum::{
    extract::{Query, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    DemoPerson, Fault, HomeView, LoginView, NoticeView, TryIt, TryItForm, home, login, notice, respond,
    visitor::Visitor,
};
use crate::{
    domain::{Filter, Page, Severity, User, UserId, event::Head},
    server::{
        alerts::AlertsError,
        auth::Caller,
        config::Mode,
        demo,
        graphql::cursor,
        request::SOON,
        state::AppState,
        store::{List, Snapshot, Window},
    },
    ui::{Opening, Undo},
};

/// How many alerts a page of the dropdown has.
pub(super) const PAGE: u32 = 20;

/// What the home page's address may say.
#[derive(Deserialize)]
pub struct HomeQuery {
    /// How many pages of alerts to show; given, the dropdown is open.
    pages: Option<u32>,
    /// Whose bell the panel has just rung.
    raised: Option<UserId>,
    /// What has just been taken out of the list.
    away: Option<String>,
}

/// What the panel says after an attempt that was refused.
pub struct Attempt {
    /// What was typed.
    pub form: TryItForm,
    /// Why it was refused.
    pub problem: String,
}

/// `GET /`: the home page of whoever is signed in, or the way to sign in.
pub async fn home_page(
    State(state): State<AppState>,
    Visitor(caller): Visitor,
    Query(query): Query<HomeQuery>,
    request: Request,
) -> Response {
    let Caller::Person(person) = caller else { return Redirect::to("/login").into_response() };
    show_home(&state, &person.id, query, None, request).await
}

/// The home page of a person, also as the answer to a form of it that was refused.
pub async fn show_home(
    state: &AppState,
    person: &UserId,
    query: HomeQuery,
    attempt: Option<Attempt>,
    request: Request,
) -> Response {
    match home_view(state, person, query, attempt).await {
        Ok(Some(view)) => {
            let site = state.site.clone();
            respond(request, move || home(&site.assets(), view.clone())).await
        }
        Ok(None) => Redirect::to("/login").into_response(),
        Err(error) => fault(state, error, request).await,
    }
}

impl HomeQuery {
    /// The page as it is without any wish.
    pub fn plain() -> Self {
        Self { pages: None, raised: None, away: None }
    }
}

async fn home_view(
    state: &AppState,
    person: &UserId,
    query: HomeQuery,
    attempt: Option<Attempt>,
) -> Result<Option<HomeView>, AlertsError> {
    let Some(user) = state.alerts.person(person).await? else { return Ok(None) };
    let pages = query.pages.unwrap_or(1).clamp(1, Opening::MOST_PAGES);
    let window = Window::First { count: pages * PAGE, after: None, before: None };
    let list = List { filter: Filter::default(), window };
    let snapshot = state.alerts.inbox(person, &[list]).await?;
    let demo = match state.mode {
        Mode::Demo => Some(try_it(state, person, query.raised.clone(), attempt).await?),
        Mode::Production => None,
    };
    let undo = match &query.away {
        Some(id) => undo(state, person, id).await?,
        None => None,
    };
    Ok(Some(HomeView { person: user, page: page(snapshot), pages, open: query.pages.is_some(), undo, demo }))
}

/// What can be taken back, if it is out of the inbox.
async fn undo(state: &AppState, person: &UserId, id: &str) -> Result<Option<Undo>, AlertsError> {
    match state.alerts.away(person, id).await {
        Ok(away) => Ok(away.map(|(alert, place)| Undo::of(&alert, place))),
        Err(AlertsError::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The page the bell opens with. Count, position and list are of one snapshot.
pub(super) fn page(snapshot: Snapshot) -> Page {
    let standing = snapshot.standing;
    let head = Head {
        revision: standing.position.revision,
        position: standing.position.to_string(),
        counts: standing.counts,
    };
    let listed = snapshot.lists.into_iter().next();
    let (alerts, more) = listed.map(|listed| (listed.alerts, listed.has_next)).unwrap_or_default();
    let next = alerts.last().filter(|_| more).map(|alert| cursor(alert.created_revision));
    Page { head, alerts, next }
}

async fn try_it(
    state: &AppState,
    person: &UserId,
    raised: Option<UserId>,
    attempt: Option<Attempt>,
) -> Result<TryIt, AlertsError> {
    let mut people = state.alerts.people().await?;
    people.retain(|user| demo::is_demo(&user.id));
    people.sort_by_key(|user| user.id == *person);
    let raised = raised.and_then(|raised| people.iter().find(|user| user.id == raised).cloned());
    let recipient = people.first().map_or_else(|| person.clone(), |user| user.id.clone());
    let (form, problem) = attempt.map_or_else(|| (empty(recipient), None), |it| (it.form, Some(it.problem)));
    Ok(TryIt { people, form, raised, problem, command: command(state, person) })
}

fn empty(recipient: UserId) -> TryItForm {
    TryItForm {
        recipient,
        severity: Severity::Info,
        title: "The build is green again".to_owned(),
        body: String::new(),
        link: String::new(),
    }
}

/// A command line that rings this person's bell, with this very program on the same database.
fn command(state: &AppState, person: &UserId) -> String {
    let program = std::env::current_exe().ok();
    let here = std::env::current_dir().ok();
    let near =
        program.as_deref().zip(here.as_deref()).and_then(|(program, here)| program.strip_prefix(here).ok());
    let program = near.or(program.as_deref()).map_or("belfry".into(), |path| path.display().to_string());
    let database = state.database.as_ref().map(|url| format!("DATABASE_URL='{url}' \\\n  "));
    let database = database.unwrap_or_default();
    format!("{database}{program} alert send \\\n  --to {person} --kind hello --title 'Hello from a shell'")
}

/// `GET /login`.
pub async fn login_page(
    State(state): State<AppState>,
    Visitor(caller): Visitor,
    request: Request,
) -> Response {
    match caller {
        Caller::Person(_) => Redirect::to("/").into_response(),
        Caller::Nobody | Caller::Publisher(_) => show_login(&state, String::new(), None, request).await,
    }
}

/// The login page, also as the answer to an attempt that was refused.
pub async fn show_login(
    state: &AppState,
    user: String,
    problem: Option<String>,
    request: Request,
) -> Response {
    let demo = match state.mode {
        Mode::Demo => demo::PEOPLE.iter().filter_map(demo_person).collect(),
        Mode::Production => Vec::new(),
    };
    let refused = problem.is_some();
    let (site, view) = (state.site.clone(), LoginView { user, problem, demo });
    let mut response = respond(request, move || login(&site.assets(), view.clone())).await;
    if refused {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    response
}

fn demo_person((id, name): &(&str, &str)) -> Option<DemoPerson> {
    let user = User { id: id.parse().ok()?, name: (*name).to_owned(), avatar_url: None };
    Some(DemoPerson { user, password: demo::PASSWORD.to_owned() })
}

/// The page for an address that leads nowhere.
pub async fn nothing(state: &AppState, request: Request) -> Response {
    let site = state.site.clone();
    let mut response = respond(request, move || notice(&site.assets(), NoticeView::not_found())).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// The page for a fault of ours, which is logged here.
pub async fn fault(state: &AppState, error: impl Into<Fault>, request: Request) -> Response {
    let error = error.into();
    tracing::error!(%error, path = request.uri().path(), "a page failed");
    let site = state.site.clone();
    let mut response = respond(request, move || notice(&site.assets(), NoticeView::fault())).await;
    if error.may_pass() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(header::RETRY_AFTER, SOON);
    } else {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    response
}
