//! Alerts from outside: their links, entries of the stream, messages of the bridge.

use belfry::{
    domain::{Actor, NewAlert, new_alert::Draft},
    server::ingest::{
        bridge::message::{self, Message},
        stream::entry,
    },
};
use url::Url;

use super::{fuzz, text};

/// What an alert is shown beside.
const HOST: &str = "https://host.example/inbox/";

/// Everything that the design promises of an alert, said once more.
fn is_within_limits(alert: &NewAlert) {
    let is_line = |text: &str, most: usize| {
        assert!((1..=most).contains(&text.chars().count()), "{text:?}");
        assert!(
            !text.contains(|it: char| it.is_control() || matches!(it, '\u{202a}'..='\u{202e}')),
            "{text:?}"
        );
    };
    is_line(&alert.kind, 64);
    is_line(&alert.title, 200);
    assert!(alert.body.chars().count() <= 4_000 && !alert.body.contains('\0'));
    alert.link.iter().for_each(|link| leads_to_the_web(link));
    if let Some(Actor { id, name, avatar_url }) = &alert.actor {
        is_line(name, 100);
        id.iter().for_each(|id| is_line(id, 64));
        avatar_url.iter().for_each(|address| leads_to_the_web(address));
    }
    assert!(alert.data.as_ref().is_none_or(|data| data.to_string().len() <= 4_096));
    alert.idempotency_key.iter().for_each(|key| is_line(key, 255));
}

/// As a browser takes it.
fn leads_to_the_web(link: &str) {
    assert!(link.chars().count() <= 2_048);
    let Ok(url) = Url::parse(HOST).unwrap().join(link) else { return };
    assert!(["http", "https"].contains(&url.scheme()), "{link:?}");
    let leaves = ["http://", "https://"].iter().any(|scheme| link.to_ascii_lowercase().starts_with(scheme));
    assert!(leaves || url.host_str() == Some("host.example"), "{link:?}");
    assert!(url.has_host(), "{link:?}");
}

/// What would be raised by hand to the same effect.
fn draft(alert: NewAlert) -> Draft {
    Draft {
        recipient_id: alert.recipient.to_string(),
        kind: alert.kind,
        severity: alert.severity,
        title: alert.title,
        body: alert.body,
        link: alert.link,
        actor: alert.actor,
        data: alert.data,
        expires_at: alert.expires_at,
        idempotency_key: alert.idempotency_key,
    }
}

fn is_taken_again(alert: NewAlert) {
    is_within_limits(&alert);
    assert_eq!(NewAlert::parse(draft(alert.clone())), Ok(alert));
}

/// One line for the log that repeats nothing at length.
fn is_discreet(reason: &str) {
    assert!(reason.len() < 400 && !reason.contains(char::is_control), "{reason:?}");
}

#[test]
fn a_link_leads_to_the_web_or_stays_on_the_host() {
    fuzz(
        "link",
        text(|link| {
            let draft = Draft {
                recipient_id: "ada".into(),
                kind: "k".into(),
                title: "t".into(),
                link: Some(link.to_owned()),
                ..Draft::default()
            };
            match NewAlert::parse(draft) {
                Ok(alert) => is_taken_again(alert),
                Err(invalid) => assert_eq!(invalid.field, "link"),
            }
        }),
    );
}

/// The fields of an entry stand between bars.
#[test]
fn an_entry_of_the_stream_is_an_alert_within_limits_or_a_sentence() {
    fuzz("stream_entry", |bytes| {
        let fields: Vec<_> = bytes.split(|byte| *byte == b'|').map(<[u8]>::to_vec).collect();
        match entry::parse("1700000000000-0", &fields) {
            Ok(alert) => is_taken_again(alert),
            Err(refused) => is_discreet(&refused.to_string()),
        }
    });
}

/// The first line is the channel.
#[test]
fn a_message_of_the_bridge_is_an_alert_within_limits_or_a_sentence() {
    fuzz("bridge_message", |bytes| {
        let (channel, payload) =
            bytes.split_at(bytes.iter().position(|it| *it == b'\n').unwrap_or(bytes.len()));
        match message::parse(channel, payload) {
            Ok(Some((user, Message::Added(alert)))) => {
                assert_eq!(alert.recipient, user);
                is_taken_again(*alert);
            }
            Ok(Some((_, Message::Read(key)))) => assert!((1..=255).contains(&key.chars().count())),
            Ok(None) => assert!(String::from_utf8_lossy(payload).contains("via")),
            Err(refused) => is_discreet(&refused.to_string()),
        }
    });
}
