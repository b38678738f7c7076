//! The files pages load, served by leptos_axum from the site's folder.

use axum::{
    Router,
    http::{HeaderValue, Response, header},
};
use leptos::config::LeptosOptions;
use leptos_axum::{file_and_error_handler, site_pkg_dir_service, site_pkg_dir_service_route_path};
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;

use super::notice::{NoticeView, notice};
use crate::server::state::AppState;

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
    Router::new()
        .route_service(&site_pkg_dir_service_route_path(options), built)
        .fallback(file_and_error_handler::<AppState, _>(missing))
}
