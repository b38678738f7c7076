//! The examples, run as they stand, against a server in production.

use std::path::{Path, PathBuf};

use belfry::server::auth::Secret;
use tokio::{process::Command, time::timeout};

use crate::{
    support::{
        app::{App, JWT_SECRET},
        program::PROGRAM,
        redis::RedisServer,
        voice::titles,
    },
    ws::bench::PATIENCE,
};

/// Python with what `examples/requirements.txt` names.
const PYTHON: &str = "target/python/bin/python";

#[tokio::test]
async fn shell_raises_by_curl() {
    expect_raised("examples/raise.sh", "", "Raised by curl").await;
}

#[tokio::test]
async fn shell_raises_by_redis_cli() {
    expect_raised("examples/stream.sh", "", "Raised by redis-cli").await;
}

#[tokio::test]
async fn python_raises_by_its_standard_library() {
    expect_raised(PYTHON, "examples/raise.py", "Raised by urllib").await;
}

#[tokio::test]
async fn python_raises_by_redis_py() {
    expect_raised(PYTHON, "examples/stream.py", "Raised by redis-py").await;
}

#[tokio::test]
async fn node_raises_by_fetch() {
    expect_raised("node", "examples/raise.mjs", "Raised by fetch").await;
}

#[tokio::test]
async fn node_raises_by_ioredis() {
    expect_raised("node", "examples/stream.mjs", "Raised by ioredis").await;
}

#[tokio::test]
async fn rust_raises_by_the_redis_crate() {
    let built = Path::new(PROGRAM).with_file_name("examples").join("stream");
    expect_raised(built.to_str().unwrap(), "", "Raised by redis-rs").await;
}

/// Runs an example from the root of the repository, and waits until Ada has what it raised.
async fn expect_raised(program: &str, script: &str, title: &str) {
    let redis = RedisServer::start().await;
    let mut flags = vec!["--mode", "production", "--jwt-secret", JWT_SECRET, "--redis-prefix", "belfry:"];
    let url = redis.url();
    flags.extend(["--redis-url", &url]);
    let app = App::with(&flags).await;
    let token = Secret::random().unwrap();
    assert!(
        app.store
            .add_token("example", token.hint(), &token.hash(), &belfry::domain::Scope::default())
            .await
            .unwrap()
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = PathBuf::from(program).components().count() == 1 || root.join(program).exists();
    assert!(found, "{program} is missing: run the tests with `make unit`");
    let path = if program.contains('/') { root.join(program) } else { program.into() };
    let mut example = Command::new(path);
    example.args(Some(script).filter(|script| !script.is_empty())).current_dir(root).kill_on_drop(true);
    example.env("BELFRY_URL", format!("http://{}", app.address));
    example.env("TOKEN", token.reveal()).env("REDIS_URL", &url);
    let output = timeout(PATIENCE, example.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(!output.stdout.is_empty(), "it says what it did");
    let ada = app.person("ada");
    let arrives = async {
        while titles(&ada.inbox().await) != [title] {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, arrives).await.unwrap_or_else(|_| panic!("{output:?} is not in Ada's inbox"));
}
