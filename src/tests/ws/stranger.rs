//! The reference client of the protocol, npm `graphql-ws`, as a stranger.

use std::process::Output;

use belfry::server::graphql::ws::Limits;

use super::bench::Bench;
use crate::support::peer;

/// Runs a script against the server.
async fn run(bench: &Bench, script: &str) -> Output {
    peer::run(script, &[&format!("ws://{}/graphql/ws", bench.address)]).await
}

#[tokio::test]
async fn the_reference_client_is_served() {
    let bench = Bench::start(Limits::default()).await;
    let output = run(&bench, "graphql-ws-client.mjs").await;
    let (told, complaints) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}{complaints}");
    let expected = [
        r#"query {"data":{"hello":"world"}} complete"#,
        r#"mutation {"data":{"double":42}} complete"#,
        r#"subscription {"data":{"count":1}} {"data":{"count":2}} {"data":{"count":3}} complete"#,
        r#"invalid error Unknown field "nothing" on type "Query"."#,
        "disposed complete",
        r#"at once 0 {"data":{"count":1}} {"data":{"count":2}} complete"#,
        r#"at once 1 {"data":{"count":1}} {"data":{"count":2}} complete"#,
        r#"at once 2 {"data":{"count":1}} {"data":{"count":2}} complete"#,
        "ping answered",
        "closed 1000",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected);
    bench.alive(0).await;
}

#[tokio::test]
async fn the_reference_client_is_told_why_it_was_closed() {
    let bench = Bench::start(Limits::default()).await;
    let output = run(&bench, "graphql-ws-closed.mjs").await;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        ["refused 4403 Forbidden: an intruder", "ousted 4401 Unauthorized"]
    );
}
