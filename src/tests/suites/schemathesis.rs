//! Documents and arguments that schemathesis makes of the schema, sent by a session and by a publisher.

use std::path::Path;

use super::{installed, path, report, run, said};
use crate::support::app::App;

/// How many documents for each field.
const EACH: &str = "300";

/// Runs it with a header that says who asks, over some of the fields. The last line of its count.
async fn suite(app: &App, folder: &Path, shown: &str, fields: [&str; 2], position: &str) -> String {
    let mut suite = installed("python/bin/schemathesis", folder);
    let origin = format!("http://{}", app.address);
    suite.args(["run", &format!("{origin}/graphql"), "--header", shown]);
    // A cookie without it is refused.
    suite.args(["--header", &format!("Origin: {origin}")]);
    suite.args(["--phases", "fuzzing", "--checks", "no_fault_of_ours", "--continue-on-failure"]);
    // The same documents each time; a shrunk one is no better than the first.
    suite.args(["--seed", "1", "--max-examples", EACH, "--no-shrink"]).args(fields);
    suite.env("PYTHONPATH", path("src/tests/suites")).env("PYTHONDONTWRITEBYTECODE", "1");
    suite.env("SCHEMATHESIS_HOOKS", "belfry_hooks").env("BELFRY_POSITION", position);
    let output = run(&mut suite).await;
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    said.lines().find(|line| line.contains("generated, ")).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_no_fault_of_the_server() {
    let (app, folder) = (App::demo().await, tempfile::tempdir().unwrap());
    let (ada, publisher) = (app.sign_in("ada", "demo").await, app.publisher().await);
    publisher.raise_some("ada", 30).await;
    let position = ada.position().await;
    let (cookie, bearer) = (ada.header(), publisher.header());
    let create = "Mutation.createAlert";
    let by_session = suite(&app, folder.path(), &cookie, ["--exclude-name", create], &position).await;
    let by_publisher = suite(&app, folder.path(), &bearer, ["--include-name", create], &position).await;
    report("schemathesis, as a person", &by_session);
    report("schemathesis, as a publisher", &by_publisher);
    assert_eq!(app.nobody().get("/readyz").await.status(), 200);
}
