//! What the bell's number is: what came since the inbox was looked at.

use serde_json::{Value, json};

use crate::{
    delivery::Ear,
    support::{app::App, voice::Voice},
};

const SEEN: &str = "mutation ($upTo: Position!) { payload: markAllAlertsSeen(upTo: $upTo) { \
    inbox { counts { unseen unread } revision } problem { code field } } }";

const COUNTED: &str = "subscription ($after: Position) { inboxChanged(after: $after) { __typename \
    ... on AlertsChanged { alertIds alerts { id } revision counts { unseen unread } } \
    ... on InboxReset { revision } ... on AlertChanged { revision } } }";

async fn see(voice: &Voice, up_to: &str) -> Value {
    voice.data(SEEN, &json!({ "upTo": up_to })).await["payload"].take()
}

#[tokio::test]
async fn what_was_looked_at_is_seen_and_stays_unread() {
    let app = App::start().await;
    app.publisher().await.raise_some("ada", 2).await;
    let ada = app.person("ada");
    let position = ada.position().await;
    let seen = json!({ "inbox": { "counts": { "unseen": 0, "unread": 2 }, "revision": 3 }, "problem": null });
    assert_eq!(see(&ada, &position).await, seen);
    assert_eq!(see(&ada, &position).await, seen, "nothing has changed");
}

#[tokio::test]
async fn every_tab_hears_that_the_inbox_was_seen() {
    let app = App::start().await;
    app.publisher().await.raise_some("ada", 2).await;
    let ada = app.person("ada");
    let position = ada.position().await;
    let mut ear = Ear::on(&ada, COUNTED, &json!({ "after": position })).await;
    see(&ada, &position).await;
    let heard = json!({ "__typename": "AlertsChanged", "alertIds": [], "alerts": [], "revision": 3,
                        "counts": { "unseen": 0, "unread": 2 } });
    assert_eq!(ear.event().await, heard);
    let mut late = Ear::on(&ada, COUNTED, &json!({ "after": position })).await;
    assert_eq!(late.event().await, heard, "who comes back later too");
}

#[tokio::test]
async fn a_position_that_is_none_is_a_problem_of_its_field() {
    let app = App::start().await;
    app.publisher().await.raise_some("ada", 1).await;
    let foreign = app.person("eve").position().await;
    for up_to in ["", "x", &foreign] {
        let problem = json!({ "code": "INVALID", "field": "upTo" });
        assert_eq!(see(&app.person("ada"), up_to).await["problem"], problem, "{up_to}");
    }
}
