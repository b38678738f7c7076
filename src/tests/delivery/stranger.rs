//! The npm client `graphql-ws`, as a browser application that is not ours would use it.

use crate::support::{
    app::{App, in_seconds, token},
    peer::run,
};
use serde_json::json;

#[tokio::test]
async fn the_reference_client_signs_in_resumes_and_reads() {
    let app = App::start().await;
    let ada = app.person("ada");
    let position = ada.position().await;
    app.publisher().await.raise_some("ada", 2).await;
    let url = format!("ws://{}/graphql/ws", app.address);
    let token = token(&json!({ "sub": "ada", "exp": in_seconds(60) }));
    let output = run("inbox.mjs", &[&url, &token, &position]).await;
    let told = String::from_utf8_lossy(&output.stdout);
    let expected = ["new number 0, unread 1", "new number 1, unread 2", "read number 1, unread 1"];
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert_eq!(told.lines().collect::<Vec<_>>(), expected, "{complaints}");
    assert_eq!(ada.unread().await, 1);
}
