//! How many sockets one person and one address may have.

use serde_json::json;

use super::{Scrape, becomes};
use crate::{
    support::app::{App, JWT_SECRET},
    ws::peer::reason,
};

const REFUSED: &str = "belfry_upgrades_refused_total";

async fn with(flags: &[&str]) -> App {
    App::with(&[&["--mode", "production", "--jwt-secret", JWT_SECRET], flags].concat()).await
}

#[tokio::test]
async fn a_person_has_so_many_sockets_and_another_when_one_is_closed() {
    let app = with(&["--limit-sockets", "2"]).await;
    let ada = app.person("ada");
    let (first, _second) = (ada.socket().await, ada.socket().await);
    let mut third = ada.upgrade().await;
    third.say(json!({ "type": "connection_init" })).await;
    assert_eq!(third.closed().await, reason(1013, "Too many sockets"));
    let _other = app.person("grace").socket().await;
    assert_eq!(Scrape::of(&ada).await.value(&format!("{REFUSED}{{reason=\"person\"}}")), 1.0);
    drop(first);
    becomes(&ada, "belfry_sockets", 2.0).await;
    let _again = ada.socket().await;
}

#[tokio::test]
async fn an_address_has_so_many_sockets_and_another_when_one_is_closed() {
    let app = with(&["--limit-sockets-address", "2", "--limit-loopback", "on"]).await;
    let (first, _second) = (app.person("ada").socket().await, app.person("grace").upgrade().await);
    assert_eq!(app.person("kim").upgrade_refused().await, 503);
    let metrics = app.nobody();
    assert_eq!(Scrape::of(&metrics).await.value(&format!("{REFUSED}{{reason=\"address\"}}")), 1.0);
    drop(first);
    becomes(&metrics, "belfry_sockets", 1.0).await;
    let _again = app.person("kim").socket().await;
}

#[tokio::test]
async fn an_address_is_whom_a_trusted_proxy_names() {
    let more = ["--limit-sockets-address", "1", "--trusted-proxies", "127.0.0.1"];
    let app = with(&more).await;
    let from = |address: &str| app.person("ada").upgrading().header("x-forwarded-for", address);
    let first = from("192.0.2.1").send().await.unwrap();
    assert_eq!(first.status(), 101);
    assert_eq!(from("198.51.100.9, 192.0.2.1").send().await.unwrap().status(), 503);
    assert_eq!(from("192.0.2.2").send().await.unwrap().status(), 101);
}

#[tokio::test]
async fn this_machine_and_a_node_without_limits_count_nobody() {
    let few = ["--limit-sockets", "1", "--limit-sockets-address", "1"];
    let app = with(&few).await;
    let _two = (app.person("ada").socket().await, app.person("grace").socket().await);
    let app = with(&[&few[..], &["--limit-loopback", "on", "--limits", "off"]].concat()).await;
    let ada = app.person("ada");
    let _two = (ada.socket().await, ada.socket().await);
}
