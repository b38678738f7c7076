//! The pages, rendered on the server.
//!
//! A page is a function from a plain view model to a view; the handlers make the model, and
//! [`respond`] renders it. Every page works without scripts: the bell is its one island.

pub mod account;
pub mod assets;
pub mod elsewhere;
mod fault;
mod files;
mod forms;
mod graphiql;
pub mod home;
pub mod login;
pub mod notice;
mod refusal;
mod shell;
mod show;
mod try_it;
mod visitor;

use any_spawner::Executor;
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    response::Response,
    routing::{get, post},
};
use leptos::prelude::IntoView;

use super::{config::Mode, state::AppState};

pub use self::{
    assets::{MissingAssets, Site},
    fault::Fault,
    home::{HomeView, home},
    login::{DemoPerson, LoginView, login},
    notice::{NoticeView, notice},
    try_it::{TryIt, TryItForm},
};

/// The addresses of the pages, of the forms on them, and of the files they load.
pub fn routes(state: &AppState) -> Router<AppState> {
    // Rendering spawns by leptos's own hook. It fails where another server of this process set it.
    let _ = Executor::init_tokio();
    let routes = Router::new()
        .route("/", get(show::home_page))
        .route("/login", get(show::login_page).post(forms::sign_in))
        .route("/logout", post(forms::sign_out))
        .route("/account", get(account::show::page))
        .route("/account/password", post(account::forms::change_password))
        .route("/account/sessions/end-others", post(account::forms::end_others))
        .route("/account/sessions/end-all", post(account::forms::end_all))
        .route("/account/sessions/{right}/end", post(account::forms::end_session))
        .route("/archive", get(elsewhere::show::archive))
        .route("/snoozed", get(elsewhere::show::snoozed))
        .route("/alerts/{id}/{act}", post(forms::act))
        .route("/alerts/{id}/other", post(forms::other))
        .route("/alerts/read-all", post(forms::read_all))
        .merge(files::routes(state));
    match state.mode {
        Mode::Demo => routes.route("/demo/alert", post(forms::raise)).route("/graphiql", get(graphiql::page)),
        Mode::Production => routes,
    }
}

/// Renders a page as the answer to a request. Pages are personal: nothing on the way may keep one.
pub async fn respond<V: IntoView + 'static>(
    request: Request,
    page: impl Fn() -> V + Clone + Send + Sync + 'static,
) -> Response {
    let mut response = leptos_axum::render_app_async(page)(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie"));
    response
}
