//! The pages, rendered on the server.
//!
//! A page is a function from a plain view model to a view; the handlers make the model, and
//! [`respond`] renders it. Every page works without scripts: the bell is its one island.

pub mod assets;
pub mod home;
pub mod login;
pub mod notice;
mod shell;
mod try_it;

use axum::{extract::Request, response::Response};
use leptos::prelude::IntoView;

pub use self::{
    assets::Site,
    home::{HomeView, home},
    login::{DemoPerson, LoginView, login},
    notice::{NoticeView, notice},
    try_it::{TryIt, TryItForm},
};

/// Renders a page as the answer to a request.
pub async fn respond<V: IntoView + 'static>(
    request: Request,
    page: impl Fn() -> V + Clone + Send + Sync + 'static,
) -> Response {
    leptos_axum::render_app_async(page)(request).await
}
