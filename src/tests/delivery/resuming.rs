//! A stream begins where its client stood, or says that it cannot.

use serde_json::json;

use super::{Ear, INBOX_CHANGED, standing};
use crate::support::app::App;

#[tokio::test]
async fn without_a_position_the_first_event_is_a_reset() {
    let app = App::start().await;
    let ada = app.person("ada");
    let mut ear = Ear::on(&ada, INBOX_CHANGED, &json!({})).await;
    let reset = ear.event().await;
    assert_eq!((&reset["__typename"], standing(&reset)), (&json!("InboxReset"), (0, 0)));
    app.publisher().await.raise_some("ada", 2).await;
    assert_eq!(ear.standings(2).await, [(1, 1), (2, 2)]);
    let mut late = Ear::on(&ada, INBOX_CHANGED, &json!({ "after": null })).await;
    assert_eq!(standing(&late.event().await), (2, 2));
}

#[tokio::test]
async fn after_a_position_comes_exactly_what_came_after_it() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let ids = publisher.raise_some("ada", 3).await;
    let position = ada.position().await;
    publisher.raise_some("ada", 2).await;
    ada.mark_read(&ids[0]).await;
    let mut ear = Ear::after(&ada, &position).await;
    assert_eq!(ear.standings(3).await, [(4, 4), (5, 5), (6, 4)]);
    publisher.raise("ada", "live").await;
    assert_eq!(ear.event().await["alert"]["title"], "live");
}

#[tokio::test]
async fn at_a_current_position_nothing_is_said_until_something_changes() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    publisher.raise("ada", "before").await;
    let mut ear = Ear::now(&ada).await;
    ear.peer.settle().await;
    publisher.raise("ada", "after").await;
    assert_eq!(ear.event().await["alert"]["title"], "after");
}

#[tokio::test]
async fn each_event_carries_the_position_to_go_on_from() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let mut ear = Ear::now(&ada).await;
    publisher.raise_some("ada", 3).await;
    let first = ear.event().await;
    let mut other = Ear::after(&ada, first["position"].as_str().unwrap()).await;
    assert_eq!(other.event().await, ear.event().await);
    let last = ear.event().await;
    assert_eq!(last["position"], ada.inbox().await["position"]);
}

#[tokio::test]
async fn a_client_whose_sockets_keep_breaking_hears_everything_once_and_in_order() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let mut position = ada.position().await;
    let raising = tokio::spawn(async move { publisher.raise_some("ada", 60).await });
    let mut heard = Vec::new();
    while heard.len() < 60 {
        let mut ear = Ear::after(&ada, &position).await;
        for _ in 0..=heard.len() % 7 {
            if heard.len() < 60 {
                let event = ear.event().await;
                heard.push(standing(&event));
                position = event["position"].as_str().unwrap().to_owned();
            }
        }
    }
    let expected: Vec<_> = (1..=60).map(|number| (number, number)).collect();
    assert_eq!(heard, expected);
    raising.await.unwrap();
}

#[tokio::test]
async fn a_position_that_says_nothing_here_is_answered_with_a_reset() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    publisher.raise_some("ada", 2).await;
    let own = ada.position().await;
    let other_epoch = format!("{:016x}{}", 7, &own[16..]);
    let future = format!("{}00000003", &own[..32]);
    for position in [app.person("grace").position().await, other_epoch, future] {
        let reset = Ear::after(&ada, &position).await.event().await;
        assert_eq!((&reset["__typename"], standing(&reset)), (&json!("InboxReset"), (2, 2)));
        assert_eq!(reset["position"], own);
    }
}

#[tokio::test]
async fn three_hundred_changes_are_replayed_and_more_are_a_reset() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let empty = ada.position().await;
    publisher.raise_some("ada", 300).await;
    let mut ear = Ear::after(&ada, &empty).await;
    assert_eq!(ear.standings(300).await.last(), Some(&(300, 300)));
    publisher.raise("ada", "one more").await;
    assert_eq!(ear.event().await["alert"]["title"], "one more");
    let reset = Ear::after(&ada, &empty).await.event().await;
    assert_eq!((&reset["__typename"], standing(&reset)), (&json!("InboxReset"), (301, 301)));
}

#[tokio::test]
async fn a_malformed_position_is_an_error_that_names_the_argument() {
    let app = App::start().await;
    let ada = app.person("ada");
    for after in ["", "garbage", "0000000000000000000000000000000000000000ff"] {
        let mut ear = Ear::after(&ada, after).await;
        let frame = ear.frame().await;
        assert_eq!((&frame["type"], &frame["id"]), (&json!("error"), &json!("ear")));
        let error = &frame["payload"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
        assert!(error["message"].as_str().unwrap().starts_with("after "), "{error}");
        ear.peer.settle().await;
    }
    let mut ear = Ear::on(&ada, INBOX_CHANGED, &json!({ "after": 7 })).await;
    let frame = ear.frame().await;
    assert!(frame["payload"][0]["message"].as_str().unwrap().contains("after"), "{frame}");
}
