//! What the pages show, and to whom.

use serde_json::json;

use super::{attribute, page, tags};
use crate::support::{
    app::{App, location},
    voice::plain,
};

#[tokio::test]
async fn nobody_is_sent_to_the_login_page() {
    let app = App::start().await;
    for voice in [app.nobody(), app.publisher().await] {
        let answer = voice.get("/").await;
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/login"));
    }
    let login = page(&app.nobody(), "/login").await;
    assert_eq!(tags(&login, &["form", "method=\"post\"", "action=\"/login\""]).len(), 1);
    assert_eq!(tags(&login, &["input", "name=\"user\""]).len(), 1);
    assert_eq!(tags(&login, &["input", "name=\"password\"", "type=\"password\""]).len(), 1);
}

#[tokio::test]
async fn whoever_is_signed_in_needs_no_login_page() {
    let app = App::start().await;
    let answer = app.person("ada").get("/login").await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/"));
}

#[tokio::test]
async fn the_login_page_of_a_demo_signs_in_with_one_click() {
    let app = App::demo().await;
    let login = page(&app.nobody(), "/login").await;
    for person in ["ada", "grace", "alan"] {
        assert_eq!(tags(&login, &["input", "name=\"user\"", &format!("value=\"{person}\"")]).len(), 1);
    }
}

#[tokio::test]
async fn the_home_page_has_the_number_and_the_list_before_any_script() {
    let app = App::start().await;
    let (publisher, ada) = (app.publisher().await, app.person("ada"));
    let ids = publisher.raise_some("ada", 3).await;
    ada.mark_read(&ids[1]).await;
    let home = page(&ada, "/").await;
    assert!(home.contains("<title>(2) Belfry</title>"), "{:.300}", home);
    assert!(home.contains("Notifications, 2 unread"));
    let places: Vec<_> = (0..3).map(|number| home.find(&format!("number {number}")).unwrap()).collect();
    assert!(places[2] < places[1] && places[1] < places[0]);
    let up_to = tags(&home, &["input", "name=\"upTo\""]);
    assert_eq!(attribute(up_to[0], "value"), ada.position().await);
}

#[tokio::test]
async fn an_empty_inbox_says_so() {
    let app = App::start().await;
    let home = page(&app.person("ada"), "/").await;
    assert!(home.contains("<title>Belfry</title>") && home.contains("All quiet"));
}

#[tokio::test]
async fn older_alerts_are_on_further_pages() {
    let app = App::start().await;
    let ada = app.person("ada");
    app.publisher().await.raise_some("ada", 21).await;
    let first = page(&ada, "/").await;
    assert!(!first.contains("number 0<"));
    let more = tags(&first, &["class=\"load-more\""])[0];
    assert_eq!((attribute(more, "href"), more.contains("hidden")), ("/?pages=2#bell", false));
    let second = page(&ada, "/?pages=2").await;
    assert!(second.contains("number 0<") && second.contains("number 20<"));
    assert!(tags(&second, &["class=\"load-more\""])[0].contains("hidden"));
    for odd in ["/?pages=0", "/?pages=4000000000"] {
        page(&ada, odd).await;
    }
}

#[tokio::test]
async fn the_longest_page_leads_no_further() {
    let app = App::start().await;
    let ada = app.person("ada");
    app.publisher().await.raise_some("ada", 501).await;
    let before = page(&ada, "/?pages=24").await;
    assert!(!tags(&before, &["class=\"load-more\""])[0].contains("hidden"));
    for pages in ["25", "26"] {
        let last = page(&ada, &format!("/?pages={pages}")).await;
        assert_eq!(tags(&last, &["li", "class=\"alert unread\""]).len(), 500);
        assert!(tags(&last, &["class=\"load-more\""])[0].contains("hidden"), "{pages}");
    }
}

#[tokio::test]
async fn a_long_text_is_on_the_page_whole_behind_a_way_to_read_it() {
    let app = App::start().await;
    let (short, long) = ("Short.", format!("{}the end of it.", "word ".repeat(700)));
    for body in [short, &long] {
        let mut alert = plain("ada", "Hello");
        alert["body"] = json!(body);
        app.publisher_named(&body[..4]).await.create(&alert).await;
    }
    let home = page(&app.person("ada"), "/").await;
    assert!(home.contains(&format!(">{long}<")) && home.contains(&format!(">{short}<")));
    let more = tags(&home, &["details", "class=\"alert-more\""]);
    assert_eq!(more.iter().map(|tag| tag.contains("hidden")).collect::<Vec<_>>(), [false, true]);
}

#[tokio::test]
async fn what_a_publisher_wrote_is_text_on_the_page_and_nothing_else() {
    let app = App::start().await;
    let mut alert = plain("ada", "<script>alert(1)</script>");
    alert["body"] = json!("</script><img src=x onerror=alert(2)> & \"quotes\"");
    alert["actor"] = json!({ "name": "<b>Grace</b>", "avatarUrl": "/x\"onload=\"alert(3)" });
    app.publisher().await.create(&alert).await;
    let home = page(&app.person("ada"), "/").await;
    for dangerous in ["<script>alert(1)", "<img src=x", "<b>Grace", "\"onload=\""] {
        assert!(!home.contains(dangerous), "{dangerous}");
    }
    assert!(home.contains("&lt;script&gt;alert(1)"));
}

#[tokio::test]
async fn what_the_bell_does_not_show_is_not_on_the_page() {
    let app = App::start().await;
    let mut alert = plain("ada", "Hello");
    alert["data"] = json!({ "secret of the host": "d".repeat(4_000) });
    let made = app.publisher().await.create(&alert).await;
    assert_eq!(made["alert"]["data"], alert["data"]);
    let home = page(&app.person("ada"), "/").await;
    assert!(home.contains("data-opening=\"{") && !home.contains("secret of the host"));
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_a_page_with_404() {
    let app = App::start().await;
    for path in ["/nothing", "/alerts", "/pkg/nothing.js", "/..%2f..%2fetc%2fpasswd"] {
        let answer = app.nobody().get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
    }
    let said = app.nobody().get("/nothing").await.text().await.unwrap();
    assert!(said.contains("Nothing here") && said.contains("href=\"/\""));
}

#[tokio::test]
async fn health_and_readiness_answer() {
    let app = App::start().await;
    for path in ["/healthz", "/readyz"] {
        page(&app.nobody(), path).await;
    }
}
