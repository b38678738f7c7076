//! Text that would be more than text: on every page that shows it, it is what it was and nothing else.
//!
//! The browser tests take the same corpus through a page that is open.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{attribute, page, tags};
use crate::support::{
    app::{App, in_seconds, token},
    voice::{Voice, plain},
};

/// `src/tests/corpora/hostile.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Corpus {
    texts: Vec<String>,
    links: Vec<String>,
    refused_links: Vec<String>,
}

impl Corpus {
    fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/corpora/hostile.json");
        serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
    }
}

/// An alert whose every word is this.
fn of(word: &str, to: &str) -> Value {
    let short: String = word.chars().take(60).collect();
    let mut alert = plain(to, word);
    alert["body"] = json!(format!("{word}\n{word}"));
    alert["kind"] = json!(short);
    alert["actor"] = json!({ "id": short, "name": word });
    alert["data"] = json!({ word: [word] });
    alert["idempotencyKey"] = json!(word);
    alert
}

/// The elements of a page with the names of their attributes, in order: what markup there is.
fn markup(page: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), page);
    while let Some((_, tag)) = rest.split_once('<') {
        let Some(letter) = tag.chars().next() else { break };
        rest = tag;
        if letter.is_ascii_alphabetic() || matches!(letter, '/' | '!') {
            let (element, after) = element(tag);
            // What stands in a script is no markup.
            rest =
                if element.starts_with("script") { after.split_once("</script").unwrap().1 } else { after };
            found.push(element);
        }
    }
    found
}

/// The name of an element and those of its attributes, and what follows its tag.
fn element(tag: &str) -> (String, &str) {
    let (mut quoted, mut names) = (None, String::new());
    for (at, letter) in tag.char_indices() {
        match (quoted, letter) {
            (None, '>') => return (names, &tag[at..]),
            (None, '"' | '\'') => quoted = Some(letter),
            (Some(quote), _) if quote == letter => quoted = None,
            (None, _) => names.push(letter),
            (Some(_), _) => {}
        }
    }
    (names, "")
}

/// Text of a page as a browser reads it.
fn read(text: &str) -> String {
    let escapes =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    escapes.iter().fold(text.to_owned(), |text, (escape, letter)| text.replace(escape, letter))
}

/// A page of somebody who has been told one thing.
async fn told(app: &App, to: &str, word: &str) -> String {
    let made = app.publisher_named(&format!("{to} {}", word.len())).await.create(&of(word, to)).await;
    assert_eq!(made["problem"], Value::Null, "{word}");
    page(&app.person(to), "/?pages=1").await
}

#[tokio::test]
async fn whatever_an_alert_says_the_page_has_the_markup_of_any_other() {
    let app = App::start().await;
    for (number, text) in Corpus::read().texts.iter().enumerate() {
        // What is longer than a few lines has a way to read on.
        let usual = told(&app, &format!("usual{number}"), &"x".repeat(text.chars().count())).await;
        let hostile = told(&app, &format!("p{number}"), text).await;
        assert_eq!(markup(&hostile), markup(&usual), "{text}");
        // Title, body and name.
        assert!(read(&hostile).matches(text.as_str()).count() >= 4, "{text}");
        assert!(hostile.contains("<title>(1) Belfry</title>"), "{text}");
    }
}

#[tokio::test]
async fn whatever_a_person_is_called_the_page_has_the_markup_of_any_other() {
    let app = App::start().await;
    let named = async |number: usize, name: &str| {
        let claims = json!({ "sub": format!("p{number}"), "exp": in_seconds(600), "name": name });
        page(&app.bearer(&token(&claims)), "/").await
    };
    let usual = named(1_000, "Ada Byron").await;
    for (number, text) in Corpus::read().texts.iter().enumerate() {
        let hostile = named(number, text).await;
        assert_eq!(markup(&hostile), markup(&usual), "{text}");
        assert!(read(&hostile).contains(text), "{text}");
    }
}

/// The page that answers a form which was refused.
async fn refused(voice: &Voice, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = voice.post(path, fields).await;
    assert!([401, 422].contains(&answer.status().as_u16()), "{path} {}", answer.status());
    answer.text().await.unwrap()
}

#[tokio::test]
async fn whatever_was_typed_into_a_form_comes_back_as_text() {
    let app = App::demo().await;
    let ada = app.sign_in("ada", "demo").await;
    let raising = async |word: &str| {
        let link = format!("no link: {word}");
        let fields =
            [("recipient", "ada"), ("severity", "INFO"), ("title", word), ("body", word), ("link", &link)];
        refused(&ada, "/demo/alert", &fields).await
    };
    let usual = raising("Hello").await;
    for text in &Corpus::read().texts {
        let hostile = raising(text).await;
        assert_eq!(markup(&hostile), markup(&usual), "{text}");
        assert!(read(&hostile).matches(text.as_str()).count() >= 3, "{text}");
    }
}

#[tokio::test]
async fn whoever_cannot_sign_in_gets_their_words_back_as_text() {
    let app = App::demo().await;
    let usual = refused(&app.nobody(), "/login", &[("user", "nobody"), ("password", "x")]).await;
    // Each try costs a hash of the password.
    for text in Corpus::read().texts.iter().take(10) {
        let hostile = refused(&app.nobody(), "/login", &[("user", text), ("password", text)]).await;
        assert_eq!(markup(&hostile), markup(&usual), "{text}");
    }
}

#[tokio::test]
async fn a_link_that_is_no_address_of_the_web_is_refused_wherever_there_is_one() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    for link in &Corpus::read().refused_links {
        let mut alert = plain("ada", "Hello");
        alert["link"] = json!(link);
        assert_eq!(publisher.create(&alert).await["problem"]["field"], "link", "{link:?}");
        let mut alert = plain("ada", "Hello");
        alert["actor"] = json!({ "name": "Grace", "avatarUrl": link });
        assert_eq!(publisher.create(&alert).await["problem"]["field"], "actor.avatarUrl", "{link:?}");
    }
    assert_eq!(app.person("ada").unread().await, 0);
}

#[tokio::test]
async fn a_link_that_is_taken_is_one_attribute_of_the_page() {
    let app = App::start().await;
    let publisher = app.publisher().await;
    for (number, link) in Corpus::read().links.iter().enumerate() {
        let to = format!("p{number}");
        let mut alert = plain(&to, "Hello");
        alert["link"] = json!(link);
        alert["actor"] = json!({ "name": "Grace", "avatarUrl": link });
        assert_eq!(publisher.create(&alert).await["problem"], Value::Null, "{link}");
        let home = page(&app.person(&to), "/").await;
        let of = |tag: &str, name: &str| -> Vec<String> {
            tags(&home, &[tag, name]).iter().map(|tag| read(attribute(tag, name))).collect()
        };
        assert!(of("a ", "href").contains(link), "{link} {:?}", of("a ", "href"));
        assert_eq!(of("img ", "src"), [link.as_str()]);
    }
}
