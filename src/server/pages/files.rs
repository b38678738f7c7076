//! The files pages load, served by leptos_axum from the site's folder.

use std::path::{Component, Path};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Response, header},
};
use leptos::config::LeptosOptions;
use leptos_axum::{file_and_error_handler, site_pkg_dir_service, site_pkg_dir_service_route_path};
use percent_encoding::percent_decode_str;
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;

use super::{
    notice::{NoticeView, notice},
    show::nothing,
};
use crate::server::{config::Mode, state::AppState};

/// What was built has a hash in its name and is good for ever; everything else is looked at again.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// A file that is missing may come: a browser with an old page can ask before the new one is up.
fn lifetime<B>(answer: &Response<B>) -> Option<HeaderValue> {
    (!answer.status().is_client_error()).then_some(FOR_EVER)
}

/// The built files, and below all other routes whatever `public/` holds, or a page that says no.
pub fn routes(state: &AppState) -> Router<AppState> {
    let options = &state.options;
    let built = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, lifetime))
        .service(site_pkg_dir_service(options));
    let site = state.site.clone();
    let missing = move |_: LeptosOptions| notice(&site.assets(), NoticeView::not_found());
    let file = file_and_error_handler::<AppState, _>(missing);
    let file = async move |State(state): State<AppState>, request: Request| {
        if state.mode == Mode::Production && is_graphiql(request.uri().path()) {
            return nothing(&state, request).await;
        }
        file(request.uri().clone(), State(state), request).await
    };
    Router::new().route_service(&site_pkg_dir_service_route_path(options), built).fallback(file)
}

/// Whether a path leads into GraphiQL's folder, which a built site has whatever the mode. It is read
/// as the file service reads it, so that no spelling leads past this.
fn is_graphiql(path: &str) -> bool {
    let Ok(path) = percent_decode_str(path).decode_utf8() else { return false };
    let mut names =
        Path::new(path.trim_start_matches('/')).components().filter(|name| *name != Component::CurDir);
    names.next().is_some_and(|name| name.as_os_str().eq_ignore_ascii_case("graphiql"))
}
