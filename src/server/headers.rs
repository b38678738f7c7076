//! What every answer tells the browser to be careful with.

use axum::{
    Extension,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::sender::Sender;

/// Said with every answer that does not say otherwise. The referrer is kept for this host's own pages: with
/// none at all browsers would send `Origin: null` with forms. A page has a policy of its own; anything else
/// that a browser is made to show as one loads nothing.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// A year, by TLS alone (RFC 6797): said by a connection without it, it would mean nothing.
const BY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds what is not there yet.
pub async fn add(Extension(sender): Extension<Sender>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if sender.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, BY_TLS);
    }
    response
}
