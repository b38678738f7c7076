//! What a node by itself counts.

use std::collections::HashSet;

use serde_json::json;
use tokio::time::timeout;

use super::{Scrape, becomes};
use crate::{
    delivery::{Ear, INBOX_CHANGED},
    support::{app::App, program::belfry},
    ws::bench::PATIENCE,
};

/// The name of the family that a sample belongs to.
fn family<'a>(name: &'a str, families: &HashSet<&str>) -> &'a str {
    let suffixes = ["_total", "_bucket", "_count", "_sum", "_info", ""];
    let stems = suffixes.iter().filter_map(|suffix| name.strip_suffix(suffix));
    stems.into_iter().find(|stem| families.contains(stem)).unwrap_or_else(|| panic!("{name} has no type"))
}

#[tokio::test]
async fn a_scrape_is_a_whole_exposition_of_open_metrics() {
    let app = App::start().await;
    app.nobody().get("/").await;
    let answer = app.nobody().get("/metrics").await;
    let media = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (200, &media.parse().unwrap()));
    let text = answer.text().await.unwrap();
    assert!(text.ends_with("\n# EOF\n") && text.matches("# EOF").count() == 1, "{text}");
    let (mut families, mut samples) = (HashSet::new(), HashSet::new());
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(comment) = line.strip_prefix("# ") {
            let words: Vec<_> = comment.splitn(3, ' ').collect();
            assert!(words[0] != "TYPE" || families.insert(words[1]), "{line}: a family twice");
            assert!(words[0] != "HELP" || words[2].len() > 5, "{line}");
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap();
        assert!(samples.insert(sample), "{line}: a sample twice");
        assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
        let name = sample.split('{').next().unwrap();
        assert!(family(name, &families).starts_with("belfry_"), "{line}");
    }
    assert!(
        samples.contains(format!("belfry_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")).as_str())
    );
}

#[tokio::test]
async fn sockets_subscriptions_and_what_they_are_given_are_counted() {
    let app = App::start().await;
    let (publisher, nobody) = (app.publisher().await, app.nobody());
    let mut ears = [Ear::now(&app.person("ada")).await, Ear::now(&app.person("ada")).await];
    for name in ["belfry_sockets", "belfry_operations", "belfry_subscriptions"] {
        becomes(&nobody, name, 2.0).await;
    }
    publisher.raise_some("ada", 3).await;
    publisher.raise("grace", "Nobody listens").await;
    for ear in &mut ears {
        assert_eq!(ear.standings(3).await, [(1, 1), (2, 2), (3, 3)]);
    }
    let scrape = Scrape::of(&nobody).await;
    assert_eq!(scrape.value("belfry_deliveries_total"), 6.0);
    // The acknowledgement too.
    assert_eq!(scrape.value("belfry_frames_total"), 8.0);
    drop(ears);
    for name in ["belfry_sockets", "belfry_operations", "belfry_subscriptions"] {
        becomes(&nobody, name, 0.0).await;
    }
}

#[tokio::test]
async fn an_operation_that_is_completed_is_not_counted_any_more() {
    let app = App::start().await;
    let mut peer = app.person("ada").socket().await;
    peer.subscribe("1", INBOX_CHANGED).await;
    peer.subscribe("2", INBOX_CHANGED).await;
    becomes(&app.nobody(), "belfry_operations", 2.0).await;
    peer.say(json!({ "id": "1", "type": "complete" })).await;
    becomes(&app.nobody(), "belfry_operations", 1.0).await;
    becomes(&app.nobody(), "belfry_subscriptions", 1.0).await;
}

#[tokio::test]
async fn what_another_process_raised_is_a_gap_that_the_sweeper_repairs() {
    let app = App::start().await;
    let mut ear = Ear::now(&app.person("ada")).await;
    becomes(&app.nobody(), "belfry_subscriptions", 1.0).await;
    let url = app.folder.url();
    let send = ["alert", "send", "--to", "ada", "--kind", "k", "--title", "t", "--database-url", &url];
    assert_eq!(belfry(&send).await.code, Some(0));
    assert_eq!(ear.standings(1).await, [(1, 1)]);
    let scrape = Scrape::of(&app.nobody()).await;
    assert_eq!(scrape.value("belfry_gaps_repaired_total"), 1.0);
    assert_eq!(scrape.value("belfry_deliveries_total"), 1.0);
    assert!(scrape.value("belfry_sweep_duration_seconds_count") >= 1.0);
    assert_eq!(scrape.value("belfry_sweeps_failed_total"), 0.0);
}

#[tokio::test]
async fn what_was_missed_is_a_read_of_the_log() {
    let app = App::start().await;
    let position = app.person("ada").position().await;
    app.publisher().await.raise_some("ada", 3).await;
    assert_eq!(Scrape::of(&app.nobody()).await.value("belfry_catch_ups_total"), 0.0);
    let mut ear = Ear::after(&app.person("ada"), &position).await;
    assert_eq!(ear.standings(3).await, [(1, 1), (2, 2), (3, 3)]);
    let scrape = Scrape::of(&app.nobody()).await;
    assert!(scrape.value("belfry_catch_ups_total") >= 1.0);
    assert_eq!(scrape.value("belfry_deliveries_total"), 3.0);
}

#[tokio::test]
async fn a_sweep_that_fails_is_counted() {
    let app = App::start().await;
    app.folder.lose("changes").await;
    let failing =
        async { while Scrape::of(&app.nobody()).await.value("belfry_sweeps_failed_total") < 1.0 {} };
    timeout(PATIENCE, failing).await.unwrap();
    assert!(Scrape::of(&app.nobody()).await.value("belfry_sweep_duration_seconds_count") >= 1.0);
}

#[tokio::test]
async fn requests_are_counted_by_the_template_of_their_route_and_by_status() {
    let app = App::start().await;
    app.publisher().await.raise("ada", "Hello").await;
    let strange = "/alerts/not-an-alert-of-anybody/read";
    let refused = app.nobody().post(strange, &[]).await.status().as_u16();
    assert_eq!(app.nobody().get("/no/such/page").await.status(), 404);
    assert_eq!(app.person("ada").upgrade_refused().await, 101);
    let scrape = Scrape::of(&app.nobody()).await;
    for (route, status) in
        [("/graphql", 200), ("/alerts/{id}/{act}", refused), ("other", 404), ("/graphql/ws", 101)]
    {
        let labels = format!("{{route=\"{route}\",status=\"{status}\"}}");
        assert_eq!(scrape.value(&format!("belfry_http_requests_total{labels}")), 1.0, "{route}");
        let duration = format!("belfry_http_request_duration_seconds_count{{route=\"{route}\"}}");
        assert_eq!(scrape.value(&duration), 1.0, "{route}");
    }
}

#[tokio::test]
async fn no_label_holds_what_a_caller_chose() {
    let app = App::start().await;
    let publisher = app.publisher_named("canary-publisher").await;
    let id = publisher.raise("canary-user", "canary title").await;
    app.person("canary-user").mark_read(&id).await;
    let mut ear = Ear::now(&app.person("canary-user")).await;
    publisher.raise("canary-user", "canary title").await;
    ear.event().await;
    for path in [&format!("/alerts/{id}/read"), "/canary", "/graphql?query={canary}", "/pkg/canary.js"] {
        app.nobody().get(path).await;
        app.nobody().post(path, &[("canary", "canary")]).await;
    }
    let strange = reqwest::Method::from_bytes(b"CANARY").unwrap();
    app.nobody().request(strange, "/graphql").send().await.unwrap();
    let Scrape(text) = Scrape::of(&app.nobody()).await;
    assert!(text.contains("status=\"404\""), "{text}");
    assert!(!text.to_lowercase().contains("canary") && !text.contains(&id), "{text}");
}

#[tokio::test]
async fn the_pool_is_told_as_it_is() {
    let app = App::start().await;
    let scrape = Scrape::of(&app.nobody()).await;
    let connections = |state: &str| scrape.value(&format!("belfry_store_connections{{state=\"{state}\"}}"));
    let (idle, used) = (connections("idle"), connections("used"));
    assert!(
        idle + used >= 1.0 && idle + used <= scrape.value("belfry_store_connections_max"),
        "{}",
        scrape.0
    );
}
