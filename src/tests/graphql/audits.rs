//! The audits of npm `graphql-http`, as a stranger's view of GraphQL over HTTP.

use crate::support::{app::App, peer::run};

#[tokio::test]
async fn every_audit_of_graphql_over_http_is_passed() {
    let app = App::start().await;
    let output = run("audits.mjs", &[&format!("http://{}/graphql", app.address)]).await;
    let told = String::from_utf8_lossy(&output.stdout);
    let (passed, failed): (Vec<_>, Vec<_>) = told.lines().partition(|line| line.starts_with("ok "));
    assert_eq!(failed, [""; 0]);
    assert!(passed.len() > 50, "{told}{}", String::from_utf8_lossy(&output.stderr));
}
