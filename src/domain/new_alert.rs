//! What a publisher may raise, parsed once at the edge.

use serde_json::Value;
use time::{OffsetDateTime, UtcOffset};

use super::{
    Actor, Severity, UserId,
    text::{at_most, line, text},
};

/// A well-formed alert that is not stored yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAlert {
    /// Who should know. Need not exist yet.
    pub recipient: UserId,
    /// 1-64 characters.
    pub kind: String,
    /// How much it matters.
    pub severity: Severity,
    /// 1-200 characters that show something.
    pub title: String,
    /// At most 4,000 characters.
    pub body: String,
    /// `http:`, `https:`, or a path of the host.
    pub link: Option<String>,
    /// Who caused it.
    pub actor: Option<Actor>,
    /// At most 4,096 bytes of JSON, nested at most 32 levels deep.
    pub data: Option<Value>,
    /// When it leaves the inbox by itself, in UTC.
    pub expires_at: Option<OffsetDateTime>,
    /// 1-255 characters; the same key raises the same alert once.
    pub idempotency_key: Option<String>,
}

/// The fields of `CreateAlertInput` as they came in: what [`NewAlert::parse`] reads.
#[expect(missing_docs, reason = "each field is the one of that name in the GraphQL input")]
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub recipient_id: String,
    pub kind: String,
    pub severity: Severity,
    pub title: String,
    pub body: String,
    pub link: Option<String>,
    pub actor: Option<Actor>,
    pub data: Option<Value>,
    pub expires_at: Option<OffsetDateTime>,
    pub idempotency_key: Option<String>,
}

/// Refused input: which field, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {must}")]
pub struct Invalid {
    /// The field's name as the caller wrote it, e.g. `actor.name`.
    pub field: &'static str,
    /// What it must be; reads on after the field's name.
    pub must: String,
}

impl Invalid {
    /// A refusal of `field`.
    pub fn new(field: &'static str, must: impl Into<String>) -> Self {
        Self { field, must: must.into() }
    }
}

impl NewAlert {
    /// Parses a draft.
    ///
    /// # Errors
    /// The first field that is not as [`NewAlert`] says. Whether `expiresAt` has passed is the
    /// store's to say: it has the clock.
    pub fn parse(draft: Draft) -> Result<Self, Invalid> {
        let recipient: Result<UserId, _> = draft.recipient_id.parse();
        let alert = Self {
            recipient: recipient.map_err(|error| Invalid::new("recipientId", error.to_string()))?,
            kind: line("kind", draft.kind, 64)?,
            severity: draft.severity,
            title: line("title", draft.title, 200)?,
            body: text("body", draft.body, 4_000)?,
            link: draft.link.map(|it| address("link", it)).transpose()?,
            actor: draft.actor.map(actor).transpose()?,
            data: draft.data.map(data).transpose()?,
            expires_at: draft.expires_at.map(moment).transpose()?,
            idempotency_key: draft.idempotency_key.map(|it| line("idempotencyKey", it, 255)).transpose()?,
        };
        Ok(alert)
    }
}

/// An address a browser may be sent to. An allow-list: what is not plainly harmless is refused,
/// `javascript:` and `//other.host` with it.
fn address(field: &'static str, text: String) -> Result<String, Invalid> {
    let plain = !text.chars().any(|it| it.is_control() || it.is_whitespace() || it == '\\');
    let path = text.starts_with('/') && !text.starts_with("//");
    if plain && (path || has_web_host(&text)) {
        return at_most(field, text, 2_048);
    }
    Err(Invalid::new(field, "must be an http or https address, or a path that starts with one /"))
}

fn has_web_host(text: &str) -> bool {
    let rest = text
        .split_once("://")
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"));
    rest.is_some_and(|(_, rest)| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']))
}

fn actor(actor: Actor) -> Result<Actor, Invalid> {
    Ok(Actor {
        id: actor.id.map(|it| line("actor.id", it, 64)).transpose()?,
        name: line("actor.name", actor.name, 100)?,
        avatar_url: actor.avatar_url.map(|it| address("actor.avatarUrl", it)).transpose()?,
    })
}

/// A moment that can be said again in UTC: RFC 3339 ends with the year 9999.
fn moment(moment: OffsetDateTime) -> Result<OffsetDateTime, Invalid> {
    let utc = moment.checked_to_offset(UtcOffset::UTC).filter(|utc| (1970..=9999).contains(&utc.year()));
    utc.ok_or_else(|| Invalid::new("expiresAt", "must be in the years 1970 to 9999 in UTC"))
}

/// The deepest that `data` may nest. Stores and programs of others read it with parsers that end at
/// 100 levels or so, and around it are those of the message that carries it.
const MOST_LEVELS: u32 = 32;

fn data(data: Value) -> Result<Value, Invalid> {
    if !nests_within(MOST_LEVELS, &data) {
        return Err(Invalid::new("data", format!("must nest at most {MOST_LEVELS} levels deep")));
    }
    let size = data.to_string().len();
    if size <= 4_096 {
        return Ok(data);
    }
    Err(Invalid::new("data", format!("must be at most 4096 bytes of JSON, not {size}")))
}

/// Whether lists and objects nest within so many levels. It looks no deeper than that itself.
fn nests_within(levels: u32, value: &Value) -> bool {
    let within = |inner: &Value| nests_within(levels - 1, inner);
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => false,
        Value::Array(items) => items.iter().all(within),
        Value::Object(members) => members.values().all(within),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft { recipient_id: "ada".into(), kind: "mention".into(), title: "Hi".into(), ..Draft::default() }
    }

    fn refused(change: impl FnOnce(&mut Draft)) -> &'static str {
        let mut draft = draft();
        change(&mut draft);
        NewAlert::parse(draft).map(|_| "").unwrap_or_else(|invalid| invalid.field)
    }

    #[test]
    fn a_refusal_names_the_field() {
        assert_eq!(refused(|_| ()), "");
        assert_eq!(refused(|it| it.recipient_id = "a b".into()), "recipientId");
        assert_eq!(refused(|it| it.kind = "k".repeat(65)), "kind");
        assert_eq!(refused(|it| it.title = " \u{a0}".into()), "title");
        assert_eq!(refused(|it| it.title = "\u{200b}".into()), "title");
        assert_eq!(refused(|it| it.kind = "a\u{202e}b".into()), "kind");
        assert_eq!(refused(|it| it.title = "é".repeat(201)), "title");
        assert_eq!(refused(|it| it.title = "é".repeat(200)), "");
        assert_eq!(refused(|it| it.body = "b".repeat(4_001)), "body");
        assert_eq!(refused(|it| it.body = "\0".into()), "body");
        assert_eq!(refused(|it| it.data = Some("d".repeat(4_096).into())), "data");
        assert_eq!(refused(|it| it.idempotency_key = Some(String::new())), "idempotencyKey");
        let nameless = Actor { id: None, name: String::new(), avatar_url: None };
        assert_eq!(refused(|it| it.actor = Some(nameless)), "actor.name");
        let turning = Actor { id: None, name: "\u{2067}eve".into(), avatar_url: None };
        assert_eq!(refused(|it| it.actor = Some(turning)), "actor.name");
    }

    #[test]
    fn data_nests_as_deep_as_every_reader_follows() {
        let list = |inner| Value::Array(vec![Value::Null, inner]);
        let object = |inner| serde_json::json!({ "a": 1, "b": inner });
        let nested =
            |levels| (0..levels).fold(Value::Null, |it, n| if n % 2 == 0 { list(it) } else { object(it) });
        assert_eq!(refused(|it| it.data = Some(nested(32))), "");
        for levels in [33, 127, 130] {
            assert_eq!(refused(|it| it.data = Some(nested(levels))), "data", "{levels}");
        }
    }

    #[test]
    fn only_web_addresses_and_own_paths_are_links() {
        for good in ["/", "/a?b#c", "https://example.org", "HTTP://[::1]:80/x"] {
            assert_eq!(refused(|it| it.link = Some(good.into())), "", "{good}");
        }
        let bad = [
            "",
            "javascript:alert(1)",
            "//evil.example",
            "/\\evil.example",
            "ftp://x",
            "https://",
            "https:///x",
            "data:text/html,x",
            " /x",
            "/a b",
            "java\nscript:x",
            "mailto:a@b",
            "x",
        ];
        for link in bad {
            assert_eq!(refused(|it| it.link = Some(link.into())), "link", "{link:?}");
        }
    }
}
