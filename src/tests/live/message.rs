//! The eight messages: what is taken, what is refused and with which words, what is written.

use belfry::live::message::{
    ClientMessage, Request, ServerMessage, complete, connection_init, next, ping, pong, subscribe,
};
use proptest::prelude::*;
use serde_json::{Value, json, value::RawValue};

/// What the server makes of a frame, or why it refuses it.
fn from_client(text: &str) -> Result<String, String> {
    ClientMessage::decode(text).map(written).map_err(|error| error.to_string())
}

/// What the server read, as a frame again.
fn written(message: ClientMessage) -> String {
    let raw = |payload: Option<Box<RawValue>>| payload.map(|it| it.get().to_owned());
    match message {
        ClientMessage::ConnectionInit { payload } => {
            connection_init(payload.map(|it| Value::Object(it).to_string()).as_deref())
        }
        ClientMessage::Ping { .. } => ping(),
        ClientMessage::Pong { payload } => pong(raw(payload).as_deref()),
        ClientMessage::Subscribe { id, payload } => {
            let variables = Value::Object(payload.variables.unwrap_or_default()).to_string();
            subscribe(&id, &payload.query, &variables)
        }
        ClientMessage::Complete { id } => complete(&id),
    }
}

/// What the client makes of a frame, or why it refuses it.
fn from_server(text: &str) -> Result<String, String> {
    ServerMessage::decode(text).map(|message| message.encode()).map_err(|error| error.to_string())
}

#[test]
fn every_message_of_a_client_is_read_as_it_was_written() {
    for text in [
        r#"{"type":"connection_init"}"#,
        r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#,
        r#"{"type":"ping"}"#,
        r#"{"type":"pong","payload":{"a":[1,{"b":null}]}}"#,
        r#"{"id":"1","type":"subscribe","payload":{"query":"{ a }","variables":{}}}"#,
        r#"{"id":"1","type":"subscribe","payload":{"query":"query A { a(b: \"\") }","variables":{"b":1}}}"#,
        r#"{"id":"\"\\\u0001é","type":"complete"}"#,
    ] {
        assert_eq!(from_client(text).as_deref(), Ok(text));
    }
}

#[test]
fn every_message_of_a_server_is_read_as_it_was_written() {
    for text in [
        r#"{"type":"connection_ack"}"#,
        r#"{"type":"connection_ack","payload":{"node":"a"}}"#,
        r#"{"type":"ping","payload":{"n":1e400}}"#,
        r#"{"type":"pong"}"#,
        r#"{"id":"1","type":"next","payload":{"data":{"a": 1}}}"#,
        r#"{"id":"1","type":"error","payload":[{"message":"no"},{"message":"nor this","path":["a"]}]}"#,
        r#"{"id":"1","type":"complete"}"#,
    ] {
        assert_eq!(from_server(text).as_deref(), Ok(text));
    }
}

#[test]
fn null_and_absent_are_one_and_members_nobody_asked_for_are_passed_over() {
    let bare = r#"{"type":"connection_init"}"#;
    assert_eq!(from_client(r#" {"type":"connection_init","payload":null,"more":[]} "#).as_deref(), Ok(bare));
    assert_eq!(from_server(r#"{"payload":null,"type":"ping","id":7}"#).as_deref(), Ok(r#"{"type":"ping"}"#));
    let text = r#"{"id":"1","type":"subscribe","payload":{"query":"{ a }","operationName":null,"variables":null,"extensions":null,"doc_id":4}}"#;
    let Ok(ClientMessage::Subscribe { payload, .. }) = ClientMessage::decode(text) else { panic!("refused") };
    assert_eq!(payload, Request { query: "{ a }".into(), ..Request::default() });
}

#[test]
fn a_ping_and_a_request_are_read_with_all_that_came_with_them() {
    let ping = r#"{"type":"ping","payload":{"n":1e400}}"#;
    let Ok(ClientMessage::Ping { payload: Some(payload) }) = ClientMessage::decode(ping) else {
        panic!("refused")
    };
    assert_eq!(payload.get(), r#"{"n":1e400}"#);
    let text = r#"{"id":"1","type":"subscribe","payload":{"query":"query A { a }","operationName":"A","variables":{"b":1},"extensions":{"c":2}}}"#;
    let Ok(ClientMessage::Subscribe { payload, .. }) = ClientMessage::decode(text) else { panic!("refused") };
    let (variables, extensions) = (json!({ "b": 1 }), json!({ "c": 2 }));
    let expected = Request {
        query: "query A { a }".into(),
        operation_name: Some("A".into()),
        variables: variables.as_object().cloned(),
        extensions: extensions.as_object().cloned(),
    };
    assert_eq!(payload, expected);
}

#[test]
fn what_no_client_may_send_is_refused_with_what_was_expected_and_found() {
    for (text, answer) in [
        ("", "message: expected a JSON object, found no JSON"),
        ("{", "message: expected a JSON object, found no JSON"),
        (r#"{"type":"ping"}x"#, "message: expected a JSON object, found no JSON"),
        (r#"["1","ping",null]"#, "message: expected a JSON object, found an array"),
        ("7", "message: expected a JSON object, found a number"),
        (r#""ping""#, "message: expected a JSON object, found a string"),
        (r#"{"type":"ping","type":"pong"}"#, "message: expected a JSON object, found a member twice"),
        ("{}", "type: expected a string, found nothing"),
        (r#"{"type":4}"#, "type: expected a string, found a number"),
        (r#"{"type":"\ud800"}"#, "type: expected a string, found one that cannot be read"),
        (r#"{"type":"start"}"#, "type: expected one that a client sends, found start"),
        (r#"{"type":"connection_ack"}"#, "type: expected one that a client sends, found connection_ack"),
        (r#"{"type":"connection_init","payload":"x"}"#, "payload: expected an object, found a string"),
        (r#"{"type":"ping","payload":[]}"#, "payload: expected an object, found an array"),
        (r#"{"type":"pong","payload":0}"#, "payload: expected an object, found a number"),
        (r#"{"type":"complete"}"#, "id: expected a non-empty string, found nothing"),
        (r#"{"type":"complete","id":""}"#, "id: expected a non-empty string, found an empty one"),
        (r#"{"type":"complete","id":1}"#, "id: expected a string, found a number"),
        (r#"{"type":"subscribe","payload":{"query":""}}"#, "id: expected a non-empty string, found nothing"),
    ] {
        assert_eq!(from_client(text), Err(answer.into()), "{text}");
    }
}

#[test]
fn a_request_of_the_wrong_shape_is_refused_by_the_name_of_its_member() {
    for (payload, answer) in [
        ("null", "payload: expected a JSON object, found null"),
        (r#"["{ a }"]"#, "payload: expected a JSON object, found an array"),
        ("{}", "payload.query: expected a string, found nothing"),
        (r#"{"query":{}}"#, "payload.query: expected a string, found an object"),
        (r#"{"query":"","operationName":true}"#, "payload.operationName: expected a string, found a boolean"),
        (r#"{"query":"","variables":[]}"#, "payload.variables: expected an object, found an array"),
        (
            r#"{"query":"","variables":{"a":1e400}}"#,
            "payload.variables: expected an object, found one that cannot be read",
        ),
        (r#"{"query":"","extensions":"x"}"#, "payload.extensions: expected an object, found a string"),
    ] {
        let text = format!(r#"{{"id":"1","type":"subscribe","payload":{payload}}}"#);
        assert_eq!(from_client(&text), Err(answer.into()), "{text}");
    }
}

#[test]
fn what_no_server_may_send_is_refused_with_what_was_expected_and_found() {
    const LIST: &str = "payload: expected a list of errors with messages, found ";
    for (text, answer) in [
        (
            r#"{"type":"connection_init"}"#,
            "type: expected one that a server sends, found connection_init".into(),
        ),
        (r#"{"type":"connection_ack","payload":1}"#, "payload: expected an object, found a number".into()),
        (r#"{"type":"next","id":"1"}"#, "payload: expected an object, found nothing".into()),
        (r#"{"type":"next","id":"1","payload":[]}"#, "payload: expected an object, found an array".into()),
        (r#"{"type":"next","payload":{}}"#, "id: expected a non-empty string, found nothing".into()),
        (r#"{"type":"error","id":"1"}"#, format!("{LIST}nothing")),
        (r#"{"type":"error","id":"1","payload":[]}"#, format!("{LIST}an empty one")),
        (r#"{"type":"error","id":"1","payload":{"message":"no"}}"#, format!("{LIST}an object")),
        (r#"{"type":"error","id":"1","payload":[{"message":1}]}"#, format!("{LIST}one without")),
        (r#"{"type":"error","id":"1","payload":["no"]}"#, format!("{LIST}one without")),
    ] {
        assert_eq!(from_server(text), Err(answer), "{text}");
    }
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    let deep = format!("{{\"a\":{}", "[".repeat(200_000));
    let text = format!(r#"{{"id":"1","type":"subscribe","payload":{{"query":"","variables":{deep}"#);
    assert!(from_client(&text).is_err());
    let closed = format!("{{\"a\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let text = format!(r#"{{"id":"1","type":"subscribe","payload":{{"query":"","variables":{closed}}}}}"#);
    assert!(from_client(&text).is_err());
}

proptest! {
    #[test]
    fn any_id_and_any_response_make_a_next_that_is_read_back(id in "\\PC{1,20}|.{1,20}", text in ".*") {
        let response = json!({ "data": { "text": text } });
        let frame = next(&id, &response.to_string());
        let expected = json!({ "id": id, "type": "next", "payload": response });
        prop_assert_eq!(serde_json::from_str::<Value>(&frame).ok(), Some(expected));
        prop_assert_eq!(from_server(&frame), Ok(frame.clone()));
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in r#"\{?("?(type|id|payload)"?:?|"(ping|next|error|subscribe)"|[\[\]{},0-9\\]|.){0,12}\}?"#) {
        let _ = (from_client(&text), from_server(&text));
    }
}
