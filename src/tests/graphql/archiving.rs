//! Putting alerts away, and taking them back.

use serde_json::{Value, json};

use crate::support::{
    app::App,
    voice::{Voice, titles},
};

async fn act(voice: &Voice, how: &str, id: &str) -> Value {
    let query = format!(
        "mutation ($id: ID!) {{ payload: {how}(id: $id) {{ alert {{ title readAt archivedAt }} \
         inbox {{ unreadCount counts {{ unread archived }} revision \
                  alerts {{ edges {{ node {{ title }} }} }} \
                  archive: alerts(filter: {{ archived: true }}) {{ edges {{ node {{ title }} }} }} }} \
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
    assert_eq!(away["inbox"]["counts"], json!({ "unread": 1, "archived": 1 }));
    assert_eq!(titles(&away["inbox"]), ["number 1"]);
    assert_eq!(away["inbox"]["archive"]["edges"], json!([{ "node": { "title": "number 0" } }]));
    let back = act(&ada, "unarchiveAlert", &ids[0]).await;
    assert_eq!((&back["alert"]["archivedAt"], &back["alert"]["readAt"]), (&Value::Null, &Value::Null));
    assert_eq!((&back["inbox"]["unreadCount"], &back["inbox"]["revision"]), (&json!(2), &json!(4)));
    assert_eq!(titles(&back["inbox"]), ["number 1", "number 0"]);
    assert_eq!(act(&ada, "unarchiveAlert", &ids[0]).await["inbox"]["revision"], 4, "nothing has changed");
}

#[tokio::test]
async fn only_ones_own_alerts_can_be_put_away() {
    let app = App::start().await;
    let id = app.publisher().await.raise("ada", "hers").await;
    let problem = json!({ "code": "NOT_FOUND", "field": "id" });
    for how in ["archiveAlert", "unarchiveAlert"] {
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
