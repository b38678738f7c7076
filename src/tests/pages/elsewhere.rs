//! Taking alerts out of the inbox by plain forms, and the pages of what is elsewhere.

use super::{attribute, page, tags};
use crate::support::{
    app::{App, location},
    voice::Voice,
};

/// A server, ada, and so many alerts of hers, which she has put away.
async fn put_away(count: usize) -> (App, Voice, Vec<String>) {
    let app = App::start().await;
    let publisher = app.publisher().await;
    let ids = publisher.raise_some("ada", count).await;
    publisher.raise("grace", "hers").await;
    let ada = app.person("ada");
    for id in &ids {
        ada.post(&format!("/alerts/{id}/archive"), &[]).await;
    }
    (app, ada, ids)
}

#[tokio::test]
async fn what_a_form_put_away_can_be_taken_back_on_the_page_it_leads_to() {
    let (_app, ada, ids) = put_away(1).await;
    let away = ada.post(&format!("/alerts/{}/archive?pages=2", ids[0]), &[]).await;
    let back_to = format!("/?pages=2&away={}#bell", ids[0]);
    assert_eq!((away.status().as_u16(), location(&away)), (303, &*back_to));
    let shown = page(&ada, back_to.split('#').next().unwrap()).await;
    let undo = tags(&shown, &["form", "class=\"banner undo\""])[0];
    assert!(!undo.contains("hidden") && shown.contains("number 0"));
    let back = ada.post(attribute(undo, "action"), &[]).await;
    assert_eq!((location(&back), ada.unread().await), ("/?pages=2#bell", 1));
    // It is not in the archive any more: there is nothing to take back.
    let shown = page(&ada, back_to.split('#').next().unwrap()).await;
    assert!(tags(&shown, &["form", "class=\"banner undo\""])[0].contains("hidden"));
}

#[tokio::test]
async fn only_what_is_in_ones_own_archive_can_be_taken_back() {
    let (app, _, ids) = put_away(1).await;
    let grace = app.person("grace");
    for id in [&*ids[0], "garbage"] {
        let shown = page(&grace, &format!("/?away={id}")).await;
        assert!(tags(&shown, &["form", "class=\"banner undo\""])[0].contains("hidden"));
    }
}

#[tokio::test]
async fn the_archive_is_read_page_by_page() {
    let (_app, ada, _) = put_away(25).await;
    let first = page(&ada, "/archive").await;
    assert_eq!(first.matches("Move to inbox:").count(), 20);
    assert!(first.contains("number 24") && !first.contains("Newest"));
    let older = attribute(tags(&first, &["a", "href=\"/archive?after="])[0], "href");
    let rest = page(&ada, older).await;
    assert_eq!(rest.matches("Move to inbox:").count(), 5);
    assert!(rest.contains("number 0") && rest.contains("Newest") && !rest.contains("Older"));
    let cut_short = &older[..older.len() - 1];
    assert!(page(&ada, cut_short).await.contains("number 24"));
}

#[tokio::test]
async fn what_is_moved_to_the_inbox_leaves_the_archive_and_one_stays_there() {
    let (_app, ada, _) = put_away(2).await;
    let shown = page(&ada, "/archive").await;
    let form = tags(&shown, &["form", "/restore?page=archive"])[0];
    let moved = ada.post(attribute(form, "action"), &[]).await;
    assert_eq!((moved.status().as_u16(), location(&moved)), (303, "/archive"));
    assert_eq!(ada.unread().await, 1);
    assert_eq!(page(&ada, "/archive").await.matches("Move to inbox:").count(), 1);
}

#[tokio::test]
async fn nobody_has_no_archive_and_an_act_that_is_none_is_not_there() {
    let (app, ada, ids) = put_away(1).await;
    let answer = app.nobody().get("/archive").await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/login"));
    assert_eq!(ada.post(&format!("/alerts/{}/burn", ids[0]), &[]).await.status(), 404);
}

#[tokio::test]
async fn what_a_form_put_off_waits_on_a_page_of_its_own() {
    let app = App::start().await;
    let id = app.publisher().await.raise("ada", "later").await;
    let ada = app.person("ada");
    assert!(page(&ada, "/snoozed").await.contains("Nothing here"));
    let put_off = ada.post(&format!("/alerts/{id}/other?pages=1"), &[("act", "tomorrow")]).await;
    let back_to = format!("/?pages=1&away={id}");
    assert_eq!(location(&put_off), format!("{back_to}#bell"));
    assert!(page(&ada, &back_to).await.contains("Snoozed: later"));
    let shown = page(&ada, "/snoozed").await;
    assert!(shown.contains("Comes back") && shown.contains("09:00 UTC"), "{shown}");
    let form = tags(&shown, &["form", "/restore?page=snoozed"])[0];
    let moved = ada.post(attribute(form, "action"), &[]).await;
    assert_eq!((location(&moved), ada.unread().await), ("/snoozed", 1));
}

#[tokio::test]
async fn what_a_form_deleted_can_be_taken_back_on_the_page_it_leads_to() {
    let app = App::start().await;
    let id = app.publisher().await.raise("ada", "by mistake").await;
    let ada = app.person("ada");
    let deleted = ada.post(&format!("/alerts/{id}/other"), &[("act", "delete")]).await;
    let shown = page(&ada, location(&deleted).split('#').next().unwrap()).await;
    assert!(shown.contains("Deleted: by mistake"));
    let undo = tags(&shown, &["form", "class=\"banner undo\""])[0];
    ada.post(attribute(undo, "action"), &[]).await;
    assert_eq!(ada.unread().await, 1);
    assert_eq!(ada.post(&format!("/alerts/{id}/other"), &[("act", "never")]).await.status(), 404);
}
