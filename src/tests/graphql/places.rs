//! Taking alerts out of the inbox, and back into it.

use belfry::ui::time::machine;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::{
    delivery::{Ear, standing},
    support::{
        app::App,
        voice::{Voice, titles},
    },
};

async fn act(voice: &Voice, how: &str, id: &str) -> Value {
    let query = format!(
        "mutation ($id: ID!) {{ payload: {how}(id: $id) {{ alert {{ title readAt archivedAt }} \
         inbox {{ unreadCount counts {{ unread archived snoozed }} revision \
                  alerts {{ edges {{ node {{ title }} }} }} \
                  archive: alerts(filter: {{ place: ARCHIVE }}) {{ edges {{ node {{ title }} }} }} }} \
         problem {{ code field }} }} }}"
    );
    voice.data(&query, &json!({ "id": id })).await["payload"].take()
}

#[tokio::test]
async fn an_alert_is_put_away_and_taken_back_as_it_was() {
    let app = App::start().await;
    let ids = app.publisher().await.raise_some("ada", 2).await;
    let ada = app.person("ada");
    let away = act(&ada, "archiveAlert", &ids[0]).await;
    assert!(away["alert"]["archivedAt"].is_string());
    assert_eq!(away["inbox"]["counts"], json!({ "unread": 1, "archived": 1, "snoozed": 0 }));
    assert_eq!(titles(&away["inbox"]), ["number 1"]);
    assert_eq!(away["inbox"]["archive"]["edges"], json!([{ "node": { "title": "number 0" } }]));
    let back = act(&ada, "restoreAlert", &ids[0]).await;
    assert_eq!((&back["alert"]["archivedAt"], &back["alert"]["readAt"]), (&Value::Null, &Value::Null));
    assert_eq!((&back["inbox"]["unreadCount"], &back["inbox"]["revision"]), (&json!(2), &json!(4)));
    assert_eq!(titles(&back["inbox"]), ["number 1", "number 0"]);
    assert_eq!(act(&ada, "restoreAlert", &ids[0]).await["inbox"]["revision"], 4, "nothing has changed");
}

#[tokio::test]
async fn only_ones_own_alerts_can_be_put_away() {
    let app = App::start().await;
    let id = app.publisher().await.raise("ada", "hers").await;
    let problem = json!({ "code": "NOT_FOUND", "field": "id" });
    for how in ["archiveAlert", "restoreAlert", "deleteAlert"] {
        assert_eq!(act(&app.person("eve"), how, &id).await["problem"], problem);
        let invalid = act(&app.person("ada"), how, "x").await;
        assert_eq!(invalid["problem"], json!({ "code": "INVALID", "field": "id" }));
    }
    assert_eq!(app.person("ada").unread().await, 1);
}

#[tokio::test]
async fn a_publisher_that_repeats_its_key_does_not_learn_what_was_put_away() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    let input = json!({ "recipientId": "ada", "kind": "test", "title": "Hello", "idempotencyKey": "k" });
    let first = publisher.create(&input).await;
    act(&app.person("ada"), "archiveAlert", first["alert"]["id"].as_str().unwrap()).await;
    assert_eq!(publisher.create(&input).await, first);
}

async fn snooze(voice: &Voice, id: &str, until: &str) -> Value {
    let query = "mutation ($id: ID!, $until: DateTime!) { payload: snoozeAlert(id: $id, until: $until) { \
        alert { snoozedUntil } inbox { counts { unread snoozed } \
        snoozed: alerts(filter: { place: SNOOZED }) { edges { node { title } } } } \
        problem { code field message } } }";
    voice.data(query, &json!({ "id": id, "until": until })).await["payload"].take()
}

fn in_days(days: i64) -> String {
    machine(OffsetDateTime::now_utc() + Duration::days(days))
}

#[tokio::test]
async fn an_alert_is_put_off_until_a_time_in_the_year_to_come() {
    let app = App::start().await;
    let id = app.publisher().await.raise("ada", "later").await;
    let ada = app.person("ada");
    for until in [in_days(0), in_days(-1), in_days(367), "9999-12-31T23:59:59Z".into()] {
        let problem = snooze(&ada, &id, &until).await["problem"].take();
        assert_eq!((&problem["code"], &problem["field"]), (&json!("INVALID"), &json!("until")), "{until}");
    }
    assert_eq!(ada.unread().await, 1);
    let until = in_days(366);
    let put_off = snooze(&ada, &id, &until).await;
    assert_eq!(put_off["alert"]["snoozedUntil"], until);
    assert_eq!(put_off["inbox"]["counts"], json!({ "unread": 0, "snoozed": 1 }));
    assert_eq!(put_off["inbox"]["snoozed"]["edges"], json!([{ "node": { "title": "later" } }]));
    assert_eq!(act(&ada, "restoreAlert", &id).await["inbox"]["counts"]["unread"], 1);
}

#[tokio::test]
async fn what_was_put_off_comes_back_by_itself_and_rings_everywhere() {
    let app = App::start().await;
    let id = app.publisher().await.raise("ada", "later").await;
    let ada = app.person("ada");
    snooze(&ada, &id, &in_days(1)).await;
    let mut ear = Ear::now(&ada).await;
    app.folder.database.make_waking("true").await;
    let event = ear.event().await;
    assert_eq!((&event["alertId"], &event["alert"]["title"]), (&json!(id), &json!("later")));
    assert_eq!(standing(&event), (3, 1));
}

#[tokio::test]
async fn a_deleted_alert_is_there_for_nobody_and_its_reader_can_take_it_back() {
    let app = App::start().await;
    let id = app.publisher().await.raise("ada", "hers").await;
    let ada = app.person("ada");
    let mut ear = Ear::now(&ada).await;
    let deleted = act(&ada, "deleteAlert", &id).await;
    assert_eq!((&deleted["alert"], &deleted["problem"]), (&Value::Null, &Value::Null));
    assert_eq!(deleted["inbox"]["unreadCount"], 0);
    let event = ear.event().await;
    assert_eq!((&event["alertId"], &event["alert"]), (&json!(id), &Value::Null));
    let query = "query ($id: ID!) { alert(id: $id) { id } }";
    assert_eq!(ada.data(query, &json!({ "id": id })).await["alert"], Value::Null);
    assert_eq!(act(&ada, "markAlertRead", &id).await["problem"]["code"], "NOT_FOUND");
    assert_eq!(act(&app.person("eve"), "restoreAlert", &id).await["problem"]["code"], "NOT_FOUND");
    assert_eq!(titles(&act(&ada, "restoreAlert", &id).await["inbox"]), ["hers"]);
    assert_eq!(ear.event().await["alert"]["title"], "hers");
}
