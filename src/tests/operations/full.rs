//! A disk that is full while a node runs.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    delivery::{Ear, standing},
    support::{
        app::{Folder, JWT_SECRET, in_seconds, token},
        program::Serving,
        voice::Voice,
    },
};

const CREATE: &str = "mutation ($input: CreateAlertInput!) { createAlert(input: $input) { alert { id } } }";

/// Lets no file of a process grow past some bytes: as on a full disk its writes fail.
async fn allow(server: &Serving, bytes: &str) {
    let (pid, limit) = (format!("--pid={}", server.process()), format!("--fsize={bytes}:"));
    assert!(Command::new("prlimit").args([pid, limit]).status().await.unwrap().success());
}

fn voice(server: &Serving, claims: &Value) -> Voice {
    let header = (reqwest::header::AUTHORIZATION, format!("Bearer {}", token(claims)));
    Voice::new(server.address.parse().unwrap(), Some(header))
}

fn large(key: &str) -> Value {
    let body = "x".repeat(4_000);
    json!({ "input": { "recipientId": "ada", "kind": "k", "title": key, "body": body, "idempotencyKey": key } })
}

/// Raises until that fails; how many came through, and what the first that did not was answered.
async fn fill(publisher: &Voice) -> (u64, Value) {
    for number in 0..1_000 {
        let answer = publisher.ask(CREATE, &large(&number.to_string())).await;
        if answer.get("errors").is_some() {
            return (number, answer);
        }
    }
    panic!("there was room for all");
}

#[tokio::test]
async fn on_a_full_disk_writes_fail_and_reads_go_on_and_room_mends_it_without_a_restart() {
    let folder = Folder::in_file();
    // It must not mind the signal for files that grow too large: writing to them fails instead.
    let heedless = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
    let flags = folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET]);
    let server = Serving::under(&heedless, &flags, Path::new("/dev/null")).await;
    let publisher = voice(&server, &json!({ "sub": "shop", "scope": "publish", "exp": in_seconds(300) }));
    let ada = voice(&server, &json!({ "sub": "ada", "exp": in_seconds(300) }));
    let start = ada.position().await;
    let mut ear = Ear::now(&ada).await;
    allow(&server, "1000000").await;
    let (raised, answer) = fill(&publisher).await;
    assert!(raised > 0, "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
    for number in 1..=raised {
        assert_eq!(standing(&ear.event().await), (number, number));
    }
    for _ in 0..20 {
        let again = publisher.ask(CREATE, &large(&raised.to_string())).await;
        assert_eq!(again["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{again}");
        assert_eq!(ada.unread().await, raised);
    }
    assert_eq!(ada.get("/readyz").await.status(), 200);
    assert_eq!(Ear::after(&ada, &start).await.standings(1).await, [(1, 1)]);
    allow(&server, "unlimited").await;
    // The same key: what failed was not half done.
    let again = publisher.data(CREATE, &large(&raised.to_string())).await;
    assert!(again["createAlert"]["alert"]["id"].is_string(), "{again}");
    assert_eq!(standing(&ear.event().await), (raised + 1, raised + 1));
    assert_eq!(ada.unread().await, raised + 1);
}
