//! Reading alerts and taking it back: the reply says how the inbox stands after it.

use belfry::server::store::MOST_READ_AT_ONCE;
use serde_json::{Value, json};

use crate::support::{
    app::App,
    voice::{Voice, titles},
};

async fn mark(voice: &Voice, how: &str, id: &str) -> Value {
    let query = format!(
        "mutation ($id: ID!) {{ payload: {how}(id: $id) {{ alert {{ revision readAt }} \
         inbox {{ unreadCount revision alerts {{ edges {{ node {{ title readAt }} }} }} }} \
         problem {{ code field }} }} }}"
    );
    voice.data(&query, &json!({ "id": id })).await["payload"].take()
}

async fn mark_all(voice: &Voice, up_to: &str, filter: Value) -> Value {
    let query = "mutation ($upTo: Position!, $filter: AlertFilter) { payload: markAllAlertsRead(upTo: $upTo, filter: $filter) { \
        inbox { unreadCount revision alerts(filter: { unread: true }) { edges { node { title } } } } problem { code field } } }";
    voice.data(query, &json!({ "upTo": up_to, "filter": filter })).await["payload"].take()
}

/// The count and the revision of a payload's inbox.
fn standing(payload: &Value) -> (u64, u64) {
    let number = |name: &str| payload["inbox"][name].as_u64().unwrap();
    (number("unreadCount"), number("revision"))
}

#[tokio::test]
async fn reading_and_unreading_move_the_count_by_one_each() {
    let app = App::start().await;
    let ids = app.publisher().await.raise_some("ada", 2).await;
    let ada = app.person("ada");
    let read = mark(&ada, "markAlertRead", &ids[0]).await;
    assert_eq!((standing(&read), &read["alert"]["revision"]), ((1, 3), &json!(3)));
    assert!(read["alert"]["readAt"].is_string());
    assert_eq!(read["inbox"]["alerts"]["edges"][1]["node"]["readAt"], read["alert"]["readAt"]);
    let unread = mark(&ada, "markAlertUnread", &ids[0]).await;
    assert_eq!((standing(&unread), &unread["alert"]["readAt"]), ((2, 4), &Value::Null));
}

#[tokio::test]
async fn what_changes_nothing_makes_no_revision() {
    let app = App::start().await;
    let ids = app.publisher().await.raise_some("ada", 1).await;
    let ada = app.person("ada");
    assert_eq!(standing(&mark(&ada, "markAlertUnread", &ids[0]).await), (1, 1));
    mark(&ada, "markAlertRead", &ids[0]).await;
    let again = mark(&ada, "markAlertRead", &ids[0]).await;
    assert_eq!((standing(&again), &again["alert"]["revision"]), ((0, 2), &json!(2)));
    assert_eq!(standing(&mark_all(&ada, &ada.position().await, Value::Null).await), (0, 2));
}

#[tokio::test]
async fn somebody_elses_alert_answers_like_one_that_is_not_there() {
    let app = App::start().await;
    let id = app.publisher().await.raise("ada", "Hello").await;
    let grace = app.person("grace");
    for how in ["markAlertRead", "markAlertUnread"] {
        let not_yours = mark(&grace, how, &id).await;
        assert_eq!(not_yours, mark(&grace, how, "0190a0b0-0000-7000-8000-000000000000").await);
        let problem = json!({ "code": "NOT_FOUND", "field": "id" });
        assert_eq!(not_yours, json!({ "alert": null, "inbox": null, "problem": problem }));
    }
    assert_eq!(app.person("ada").unread().await, 1);
}

#[tokio::test]
async fn a_malformed_id_is_a_problem_that_names_it() {
    let app = App::start().await;
    let payload = mark(&app.person("ada"), "markAlertRead", "seven").await;
    assert_eq!(payload["problem"], json!({ "code": "INVALID", "field": "id" }));
}

#[tokio::test]
async fn mark_all_leaves_what_became_unread_after_the_position() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let ids = publisher.raise_some("ada", 3).await;
    mark(&ada, "markAlertRead", &ids[0]).await;
    let seen = ada.position().await;
    publisher.raise("ada", "later").await;
    mark(&ada, "markAlertUnread", &ids[0]).await;
    let payload = mark_all(&ada, &seen, Value::Null).await;
    assert_eq!(standing(&payload), (2, 7));
    assert_eq!(titles(&payload["inbox"]), ["later", "number 0"]);
}

#[tokio::test]
async fn mark_all_takes_what_fits_the_filter_in_one_revision() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    publisher.raise_some("ada", 2).await;
    for title in ["a", "b"] {
        publisher.create(&json!({ "recipientId": "ada", "kind": "build", "title": title })).await;
    }
    let payload = mark_all(&ada, &ada.position().await, json!({ "kinds": ["build"] })).await;
    assert_eq!(standing(&payload), (2, 5));
    assert_eq!(titles(&payload["inbox"]), ["number 1", "number 0"]);
}

#[tokio::test]
async fn a_position_that_this_inbox_did_not_give_out_is_a_problem_with_up_to() {
    let app = App::start().await;
    app.publisher().await.raise("ada", "Hello").await;
    let (ada, others) = (app.person("ada"), app.person("grace").position().await);
    let ahead = format!("{}00000009", &ada.position().await[..32]);
    for up_to in ["", "garbage", &others, &ahead] {
        let payload = mark_all(&ada, up_to, Value::Null).await;
        assert_eq!(
            payload,
            json!({ "inbox": null, "problem": { "code": "INVALID", "field": "upTo" } }),
            "{up_to}"
        );
    }
    assert_eq!(ada.unread().await, 1);
}

#[tokio::test]
async fn a_filter_that_names_too_much_marks_nothing() {
    let app = App::start().await;
    let ada = app.person("ada");
    app.publisher().await.raise("ada", "Hello").await;
    let payload = mark_all(&ada, &ada.position().await, json!({ "kinds": vec!["test"; 51] })).await;
    assert_eq!(payload["problem"], json!({ "code": "INVALID", "field": "filter.kinds" }));
    assert_eq!(ada.unread().await, 1);
}

#[tokio::test]
async fn marking_needs_a_person() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    let id = publisher.raise("ada", "Hello").await;
    for (voice, code) in [(publisher, "FORBIDDEN"), (app.nobody(), "UNAUTHENTICATED")] {
        let query = "mutation ($id: ID!) { markAlertRead(id: $id) { problem { code } } }";
        let answer = voice.ask(query, &json!({ "id": id })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code);
    }
}

#[tokio::test]
async fn however_many_there_are_all_are_read_by_one_mutation() {
    let app = App::start().await;
    let ada = app.person("ada");
    ada.position().await;
    app.folder.database.fill("ada", 2 * MOST_READ_AT_ONCE + 1).await;
    let read = mark_all(&ada, &ada.position().await, Value::Null).await;
    let filled = 2 * MOST_READ_AT_ONCE as u64 + 1;
    assert_eq!((standing(&read), &read["inbox"]["alerts"]["edges"]), ((0, filled + 3), &json!([])));
}
