//! Whose pages may speak in the name of who looks at them (RFC 6454).
//!
//! A browser sends a site's cookies along with whatever any page makes it send there, and says in `Origin`
//! which page that was. No rule of browsers keeps another site's page from opening a socket; this one does.

use std::{collections::HashSet, sync::Arc};

use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Url;

use super::{auth::cookie_name, sender::Sender};

/// The origins whose pages may act here, besides the server's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(HashSet<Listed>);

/// One of them, as it is set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Listed {
    /// This one.
    Origin(url::Origin),
    /// Any; but not with a session's cookie.
    Any,
}

impl Origins {
    /// These.
    pub fn new(listed: impl IntoIterator<Item = Listed>) -> Self {
        Self(listed.into_iter().collect())
    }

    /// Whether a request may act here.
    fn let_in(&self, headers: &HeaderMap, sender: Sender) -> bool {
        let Some(from) = headers.get(header::ORIGIN) else { return !carries_session(headers) };
        let mut others = headers.get_all(header::ORIGIN).iter().skip(1);
        let from = from.to_str().ok().and_then(parse).filter(|_| others.next().is_none());
        let Some(from) = from else { return false };
        own(headers, sender).as_ref() == Some(&from)
            || self.0.contains(&Listed::Origin(from))
            || (self.0.contains(&Listed::Any) && !carries_session(headers))
    }
}

/// The origin of a page that was had from here by the name in `Host`.
fn own(headers: &HeaderMap, sender: Sender) -> Option<url::Origin> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    parse(&format!("{}://{host}", if sender.secure { "https" } else { "http" }))
}

/// The address of sockets here, as a page's policy names it; none where `Host` makes no sense.
pub fn sockets(headers: &HeaderMap, sender: Sender) -> Option<String> {
    let own = own(headers, sender)?.ascii_serialization();
    // Host names may hold what means something in a policy.
    let plain = own.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:/[]".contains(&byte));
    plain.then(|| own.replacen("http", "ws", 1))
}

/// An origin in its serialized form, and nothing else that a URL may have. `null` is none.
fn parse(text: &str) -> Option<url::Origin> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let (_, authority) = text.split_once("://")?;
    let bare = !authority.contains(['/', '\\', '?', '#', '@']);
    bare.then(|| url.origin())
}

/// An origin as it is set: `https://host`, with a port where it is not the usual one; or `*`.
///
/// # Errors
/// It is neither.
pub fn listed(text: &str) -> Result<Listed, String> {
    let text = text.trim();
    if text == "*" {
        return Ok(Listed::Any);
    }
    let origin = parse(text).map(Listed::Origin);
    origin.ok_or_else(|| {
        format!("{text:?} is no origin: write it like https://app.example.com, without a path")
    })
}

/// Whether a session's cookie comes with a request, good or not.
fn carries_session(headers: &HeaderMap) -> bool {
    let cookies =
        headers.get_all(header::COOKIE).iter().flat_map(|line| line.as_bytes().split(|it| *it == b';'));
    let mut names =
        cookies.filter_map(|cookie| cookie.split(|it| *it == b'=').next()).map(<[u8]>::trim_ascii);
    let sessions = [true, false].map(|secure| cookie_name(secure).as_bytes());
    names.any(|name| sessions.contains(&name))
}

/// Whether a request could change something, or open a socket.
fn acts(request: &Request) -> bool {
    !request.method().is_safe() || request.headers().contains_key(header::UPGRADE)
}

/// Answers 403 to what another site's page sends, before anything is looked up for it.
pub async fn guard(
    State(origins): State<Arc<Origins>>,
    Extension(sender): Extension<Sender>,
    request: Request,
    next: Next,
) -> Response {
    if !acts(&request) || origins.let_in(request.headers(), sender) {
        return next.run(request).await;
    }
    let shown =
        |name| request.headers().get(name).map_or("none", |it: &HeaderValue| it.to_str().unwrap_or("?"));
    let (origin, host) = (shown(header::ORIGIN), shown(header::HOST));
    tracing::info!(
        origin,
        host,
        secure = sender.secure,
        "refused: the origin is not allowed, see BELFRY_ORIGINS"
    );
    (StatusCode::FORBIDDEN, "pages of this origin may not act here").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(
        origins: &Origins,
        host: &str,
        secure: bool,
        origin: Option<&str>,
        cookie: Option<&str>,
    ) -> bool {
        let mut headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
        headers.extend(origin.map(|it| (header::ORIGIN, it.parse().unwrap())));
        headers.extend(cookie.map(|it| (header::COOKIE, it.parse().unwrap())));
        origins.let_in(&headers, Sender { address: [192, 0, 2, 1].into(), secure })
    }

    #[test]
    fn a_page_of_this_host_may_act_here_and_one_of_a_host_that_looks_like_it_may_not() {
        let own = |origin| judge(&Origins::default(), "bell.example", true, Some(origin), None);
        for origin in ["https://bell.example", "https://BELL.example", "https://bell.example:443"] {
            assert!(own(origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "*",
            "https://",
            "http://bell.example",
            "https://bell.example:8443",
            "https://evil.example",
            "https://a.bell.example",
            "https://bell.example.evil.example",
            "https://evilbell.example",
            "https://bell.example@evil.example",
            "https://bell.example/",
            "https://bell.example\\.evil.example",
            "wss://bell.example",
            "file://bell.example",
            "https://bell.example, https://evil.example",
        ] {
            assert!(!own(origin), "{origin}");
        }
    }

    #[test]
    fn two_origins_are_none() {
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("bell.example"))]);
        for origin in ["http://bell.example", "http://evil.example"] {
            headers.append(header::ORIGIN, HeaderValue::from_static(origin));
        }
        let sender = Sender { address: [192, 0, 2, 1].into(), secure: false };
        assert!(!Origins::default().let_in(&headers, sender));
    }

    #[test]
    fn who_says_no_origin_may_act_here_without_a_sessions_cookie() {
        let judge = |cookie| judge(&Origins::default(), "bell.example", true, None, cookie);
        assert!(judge(None));
        assert!(judge(Some("theme=dark; notbelfry=1")));
        assert!(!judge(Some("belfry=x")));
        assert!(!judge(Some("theme=dark;__Host-belfry=x")));
    }

    #[test]
    fn a_listed_origin_may_act_here_and_any_other_only_without_a_session() {
        let some = Origins::new([listed("https://app.example:443").unwrap()]);
        assert!(judge(&some, "bell.example", true, Some("https://app.example"), Some("belfry=x")));
        assert!(!judge(&some, "bell.example", true, Some("https://other.example"), None));
        let any = Origins::new([listed("*").unwrap()]);
        assert!(judge(&any, "bell.example", true, Some("https://other.example"), None));
        assert!(!judge(&any, "bell.example", true, Some("https://other.example"), Some("__Host-belfry=x")));
        assert!(!judge(&any, "bell.example", true, Some("null"), None));
    }

    #[test]
    fn an_origin_is_set_without_a_path() {
        for no in
            ["app.example", "https://app.example/", "https://app.example/x", "ftp://app.example", "null"]
        {
            assert!(listed(no).is_err(), "{no}");
        }
    }

    #[test]
    fn a_pages_policy_names_the_sockets_of_the_host_it_was_had_from() {
        let at = |host: &str, secure| {
            let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
            sockets(&headers, Sender { address: [192, 0, 2, 1].into(), secure })
        };
        assert_eq!(at("bell.example", true).as_deref(), Some("wss://bell.example"));
        assert_eq!(at("127.0.0.1:3000", false).as_deref(), Some("ws://127.0.0.1:3000"));
        assert_eq!(at("bell.example; script-src *", true), None);
        assert_eq!(at("bell.example/x", true), None);
        assert_eq!(at("bell.example;sandbox", true), None);
    }
}
