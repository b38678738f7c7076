//! What a node does by itself with what was kept long enough.

use serde_json::Value;

use super::becomes;
use crate::{
    delivery::{Ear, standing},
    support::app::{App, JWT_SECRET},
};

const FLAGS: [&str; 4] = ["--mode", "production", "--jwt-secret", JWT_SECRET];

#[tokio::test]
async fn a_node_removes_what_was_kept_for_as_long_as_it_was_told() {
    let app = App::with(&FLAGS).await;
    let ids = app.publisher().await.raise_some("ada", 3).await;
    let (ada, position) = (app.person("ada"), app.person("ada").position().await);
    ada.mark_read(&ids[0]).await;
    let folder = app.stop().await;
    let ago = folder.database.ago(2 * 60 * 60);
    folder.database.tamper(&format!("update alerts set read_at = {ago} where read_at is not null")).await;
    let app = App::in_folder(folder, &FLAGS).await;
    assert_eq!(app.person("ada").inbox().await["alerts"]["edges"].as_array().unwrap().len(), 3);
    let folder = app.stop().await;
    let app = App::in_folder(folder, &[&FLAGS[..], &["--retention", "read=1h"]].concat()).await;
    let ada = ada.at(app.address);
    becomes(&app.nobody(), "belfry_alerts_retired_total", 1.0).await;
    let mut ear = Ear::after(&ada, &position).await;
    let event = ear.event().await;
    assert_eq!(
        (standing(&event), &event["alertId"], &event["alert"]),
        ((5, 2), &ids[0].as_str().into(), &Value::Null)
    );
    assert_eq!(ada.inbox().await["alerts"]["edges"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_node_deletes_what_nobody_can_ask_for_any_more_and_counts_it() {
    let app = App::with(&FLAGS).await;
    app.person("ada").position().await;
    let folder = app.stop().await;
    folder.database.fill("ada", 450).await;
    let ago = folder.database.ago(8 * 24 * 60 * 60);
    folder.database.tamper(&format!("update alerts set expired_at = {ago}")).await;
    folder.database.tamper("update inboxes set unread = 0").await;
    let app = App::in_folder(folder, &FLAGS).await;
    becomes(&app.nobody(), "belfry_rows_deleted_total{table=\"alerts\"}", 450.0).await;
}
