//! What must not be in a log: whatever a caller sent who was refused.

use std::fs;

use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    app::{Folder, JWT_SECRET, in_seconds, signed_with, token},
    program::Serving,
    voice::{Voice, plain},
};

/// How much is logged: what is by default, and all that is for whoever looks for a fault.
const LEVELS: [&str; 2] =
    ["info", "debug,tower_sessions_core=debug,tower_sessions=debug,tower_sessions::service=debug"];

/// In every text, word and password below.
const CANARY: &str = "CANARY";

struct Logged {
    server: Serving,
    folder: Folder,
}

impl Logged {
    /// A server that logs all it has to say to whoever runs it, and what its libraries have.
    async fn start(level: &str) -> Self {
        let folder = Folder::new();
        let flags = folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET]);
        let server =
            Serving::in_environment(&flags, &[("RUST_LOG", level.to_owned())], &folder.path("log")).await;
        Self { server, folder }
    }

    fn voice(&self, name: &'static str, value: String) -> Voice {
        let header = reqwest::header::HeaderName::from_static(name);
        Voice::new(self.server.address.parse().unwrap(), Some((header, value)))
    }

    fn publisher(&self) -> Voice {
        let claims = json!({ "sub": "shop", "scope": "publish", "exp": in_seconds(60) });
        self.voice("authorization", format!("Bearer {}", token(&claims)))
    }

    /// What was logged; there is something, and no secret is in it.
    fn holds_no(&self, secrets: &[&str]) {
        let log = fs::read_to_string(self.folder.path("log")).unwrap();
        assert!(log.contains("refused"), "{log}");
        for secret in secrets {
            let line = log.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret}");
        }
    }
}

/// Documents with an alert's text in them, each wrong in its own way.
fn documents() -> Vec<String> {
    let create =
        |input: &str| format!("mutation {{ createAlert(input: {{ {input} }}) {{ alert {{ id }} }} }}");
    let fields = format!("recipientId: \"ada\", kind: \"k\", title: \"{CANARY}\", body: \"{CANARY}\"");
    vec![
        create(&format!("{fields}, severity: {CANARY}")),
        create(&format!("{fields}, severity: \"{CANARY}\"")),
        create(&format!("{fields}, colour: \"{CANARY}\"")),
        create(&format!("{fields}, expiresAt: \"{CANARY}\"")),
        create(&format!("{fields}, link: \"javascript:{CANARY}\"")),
        create(&format!("kind: \"k\", title: \"{CANARY}\"")),
        create(&format!("{fields}, actor: \"{CANARY}\"")),
        create(&format!("{fields}, actor: {{ name: 7, id: \"{CANARY}\" }}")),
        create(&format!("recipientId: \"{CANARY} !\", kind: \"k\", title: \"t\"")),
        create(&format!("recipientId: \"ada\", kind: \"k\", title: \"{CANARY}\u{7}\"")),
        create(&format!("{fields}, data: \"{CANARY}")),
        format!("{{ inbox {{ \"{CANARY}\" }} }}"),
        format!("mutation {{ createAlert(input: {{ title: \"{CANARY}\" }}"),
        format!("mutation {{ markAlertRead(id: \"{CANARY}\") {{ problem {{ message }} }} }}"),
        format!("{{ alert(id: \"{CANARY}\") {{ id }} }}"),
        format!("{{ inbox {{ alerts(first: \"{CANARY}\") {{ edges {{ cursor }} }} }} }}"),
        format!("{{ inbox {{ alerts(after: \"{CANARY}\") {{ edges {{ cursor }} }} }} }}"),
    ]
}

/// Variables with an alert's text in them, each ill-fitting in its own way.
fn variables() -> Vec<Value> {
    let with = |field: &str, value: Value| {
        let mut input = plain("ada", CANARY);
        input[field] = value;
        json!({ "input": input })
    };
    vec![
        with("severity", json!(CANARY)),
        with("colour", json!(CANARY)),
        with("title", json!([CANARY])),
        with("body", json!({ "text": CANARY })),
        with("expiresAt", json!(CANARY)),
        with("recipientId", json!(format!("{CANARY} !"))),
        with("link", json!(format!("//{CANARY}"))),
        with("data", json!(CANARY.repeat(1_000))),
        with("idempotencyKey", json!(format!("{CANARY}\n"))),
        json!({ "input": CANARY }),
        json!([CANARY]),
    ]
}

async fn raise_badly(logged: &Logged) {
    let publisher = logged.publisher();
    let create = "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { problem { field } } }";
    let documents = documents().into_iter().map(|query| json!({ "query": query }));
    let variables = variables().into_iter().map(|values| json!({ "query": create, "variables": values }));
    let mut socket = publisher.socket().await;
    for (number, body) in documents.chain(variables).enumerate() {
        let post = publisher.request(Method::POST, "/graphql").json(&body);
        post.send().await.unwrap().bytes().await.unwrap();
        let query = body["query"].as_str().unwrap().to_owned();
        let mut asked = url::form_urlencoded::Serializer::new(String::new());
        asked.append_pair("query", &query).append_pair("variables", &body["variables"].to_string());
        publisher.get(&format!("/graphql?{}", asked.finish())).await.bytes().await.unwrap();
        if body["variables"].is_array() {
            continue;
        }
        socket.say(json!({ "id": number.to_string(), "type": "subscribe", "payload": body })).await;
        while socket.hear().await["type"] == "next" {}
    }
    let cut_off = format!("{{\"query\": \"{CANARY}\", \"variables\": {{\"title\": \"{CANARY}");
    let post = publisher.request(Method::POST, "/graphql").header("content-type", "application/json");
    post.body(cut_off).send().await.unwrap();
}

async fn knock_badly(logged: &Logged) {
    let claims = json!({ "sub": "ada", "name": CANARY, "exp": in_seconds(60) });
    let (forged, publishers) = (signed_with("another secret", &claims), format!("bfy_{CANARY}"));
    for token in [&forged, &publishers, CANARY, &format!("{CANARY}.{CANARY}.{CANARY}")] {
        let voice = logged.voice("authorization", format!("Bearer {token}"));
        assert_eq!(voice.get("/graphql?query={__typename}").await.status(), 401);
        assert_eq!(voice.upgrade_refused().await, 401);
        let nobody = logged.voice("accept", "*/*".to_owned());
        for shown in [json!(format!("Bearer {token}")), json!(token), json!([token])] {
            let mut peer = nobody.upgrade().await;
            let init = json!({ "type": "connection_init", "payload": { "authorization": shown } });
            peer.send(Message::text(init.to_string())).await;
            assert_eq!(peer.closed().await.0, 4403);
        }
    }
    let visitor = logged.voice("cookie", format!("__Host-belfry={CANARY}AAAAAAAAAAAAAAAA"));
    visitor.get(&format!("/?token={CANARY}")).await;
    visitor.post("/login", &[("user", "ada"), ("password", CANARY)]).await;
    visitor.post("/login", &[("user", CANARY), ("password", "in the wrong field")]).await;
    visitor.get(&format!("/{CANARY}?{CANARY}")).await;
}

#[tokio::test]
async fn no_text_of_an_alert_that_was_refused_is_logged() {
    for level in LEVELS {
        let logged = Logged::start(level).await;
        raise_badly(&logged).await;
        logged.holds_no(&[CANARY]);
    }
}

#[tokio::test]
async fn nothing_that_was_shown_by_who_was_turned_away_is_logged() {
    for level in LEVELS {
        let logged = Logged::start(level).await;
        knock_badly(&logged).await;
        logged.holds_no(&[CANARY, "eyJ"]);
    }
}

#[tokio::test]
async fn each_answer_is_a_line_for_whoever_asks_for_it() {
    let logged = Logged::start("belfry=info,tower_http=debug").await;
    logged.publisher().get("/graphql?query={nothing}").await;
    let log = fs::read_to_string(logged.folder.path("log")).unwrap();
    let line = log.lines().find(|line| line.contains("finished processing request")).unwrap();
    assert!(line.contains("status=") && line.contains("/graphql") && !line.contains("nothing"), "{line}");
}
