//! Plain forms do what the bell does with scripts.

use super::{attribute, page, tags};
use crate::support::app::{App, location};

#[tokio::test]
async fn the_buttons_of_the_list_read_and_unread() {
    let app = App::start().await;
    let ada = app.person("ada");
    app.publisher().await.raise_some("ada", 2).await;
    for (verb, unread) in [("read", 1), ("unread", 2)] {
        let home = page(&ada, "/").await;
        let forms = tags(&home, &["form", "action=\"/alerts/", &format!("/{verb}?")]);
        let answer = ada.post(attribute(forms[0], "action"), &[]).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/?pages=1#bell"));
        assert_eq!(ada.unread().await, unread);
    }
}

#[tokio::test]
async fn the_button_above_the_list_reads_what_the_page_showed() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    publisher.raise_some("ada", 2).await;
    let home = page(&ada, "/?pages=2").await;
    publisher.raise("ada", "after the page").await;
    let up_to = attribute(tags(&home, &["input", "name=\"upTo\""])[0], "value");
    let form = tags(&home, &["form", "action=\"/alerts/read-all?"])[0];
    let answer = ada.post(attribute(form, "action"), &[("upTo", up_to)]).await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/?pages=2#bell"));
    assert_eq!(ada.unread().await, 1);
}

#[tokio::test]
async fn the_page_opens_on_the_list_after_a_form() {
    let app = App::start().await;
    let ada = app.person("ada");
    assert!(!tags(&page(&ada, "/").await, &["details"])[0].contains("open"));
    assert!(tags(&page(&ada, "/?pages=1").await, &["details"])[0].contains("open"));
}

#[tokio::test]
async fn forms_of_nobody_lead_to_the_login_page_and_change_nothing() {
    let app = App::start().await;
    let id = app.publisher().await.raise("ada", "Hello").await;
    let paths = [format!("/alerts/{id}/read"), format!("/alerts/{id}/unread"), "/alerts/read-all".into()];
    for path in paths {
        let answer = app.nobody().post(&path, &[("upTo", "x")]).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/login"), "{path}");
    }
    assert_eq!(app.person("ada").unread().await, 1);
}

#[tokio::test]
async fn a_form_about_what_is_not_there_leads_back_to_the_list() {
    let app = App::start().await;
    let theirs = app.publisher().await.raise("grace", "Hello").await;
    let ada = app.person("ada");
    for path in [format!("/alerts/{theirs}/read"), "/alerts/garbage/read".into(), "/alerts/read-all".into()] {
        let answer = ada.post(&path, &[("upTo", "garbage")]).await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/?pages=1#bell"), "{path}");
    }
    assert_eq!(app.person("grace").unread().await, 1);
}

#[tokio::test]
async fn a_form_without_its_fields_is_refused() {
    let app = App::start().await;
    let ada = app.person("ada");
    for (path, named) in [("/login", "user"), ("/alerts/read-all", "upTo")] {
        let answer = ada.post(path, &[("other", "x")]).await;
        assert_eq!(answer.status(), 422, "{path}");
        assert!(answer.text().await.unwrap().contains(named));
    }
}

#[tokio::test]
async fn the_panel_of_demo_mode_raises_an_alert_from_whoever_is_signed_in() {
    let app = App::demo().await;
    let ada = app.sign_in("ada", "demo").await;
    let fields =
        [("recipient", "grace"), ("severity", "WARNING"), ("title", "Hi"), ("body", ""), ("link", "/x")];
    let answer = ada.post("/demo/alert", &fields).await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/?raised=grace"));
    assert!(page(&ada, "/?raised=grace").await.contains("Raised."));
    let home = page(&app.sign_in("grace", "demo").await, "/").await;
    assert!(home.contains("Ada Byron") && home.contains("href=\"/x\"") && home.contains("Warning"));
}

#[tokio::test]
async fn the_panel_says_what_is_wrong_and_keeps_what_was_typed() {
    let app = App::demo().await;
    let ada = app.sign_in("ada", "demo").await;
    let with = |title, link| {
        [("recipient", "grace"), ("severity", "INFO"), ("title", title), ("body", "typed"), ("link", link)]
    };
    for (fields, named) in [(with(" ", ""), "title must"), (with("Hi", "javascript:x"), "link must")] {
        let answer = ada.post("/demo/alert", &fields).await;
        assert_eq!(answer.status(), 422, "{named}");
        let said = answer.text().await.unwrap();
        assert!(said.contains(named) && said.contains("typed"), "{named}");
    }
    let malformed = ada.post("/demo/alert", &[("recipient", "a b"), ("severity", "INFO")]).await;
    assert_eq!(malformed.status(), 422);
    assert!(malformed.text().await.unwrap().contains("recipient"));
    assert_eq!(app.sign_in("grace", "demo").await.unread().await, 0);
}
