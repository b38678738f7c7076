//! Whole requests: forms, query strings and bodies, at a server that runs.

use serde_json::Value;
use tokio::runtime::Runtime;

use super::fuzz;
use crate::support::{app::App, voice::Voice};

const FORM: &str = "application/x-www-form-urlencoded";

/// A demo server, and somebody who is signed in to it.
async fn house() -> (App, Voice) {
    let app = App::demo().await;
    let ada = app.sign_in("ada", "demo").await;
    (app, ada)
}

/// Sends a body; the answer and whether it is a page. It is never a fault of ours.
async fn sent(voice: &Voice, path: &str, media: &str, body: &[u8]) -> (String, bool) {
    let request =
        voice.request(reqwest::Method::POST, path).header("content-type", media).body(body.to_vec());
    let answer = request.send().await.unwrap();
    assert!(!answer.status().is_server_error(), "{}", answer.status());
    let media = answer.headers().get("content-type").map(|media| media.to_str().unwrap().to_owned());
    (answer.text().await.unwrap(), media.is_some_and(|media| media.starts_with("text/html")))
}

#[test]
fn no_form_of_a_page_is_a_fault_of_ours() {
    let runtime = Runtime::new().unwrap();
    let (_app, ada) = runtime.block_on(house());
    fuzz("form", |body| {
        runtime.block_on(async {
            for path in ["/demo/alert", "/alerts/read-all"] {
                let (answer, is_page) = sent(&ada, path, FORM, body).await;
                assert!(!is_page || !answer.contains("<script>alert("), "{answer}");
            }
        });
    });
}

/// The part after the question mark, as far as it can stand in an address.
#[test]
fn no_address_of_a_page_is_a_fault_of_ours() {
    let runtime = Runtime::new().unwrap();
    let (_app, ada) = runtime.block_on(house());
    fuzz("form", |query| {
        let query: String =
            query.iter().filter(|it| it.is_ascii_graphic() && **it != b'#').map(|it| *it as char).collect();
        runtime.block_on(async {
            for path in ["/", "/login", "/graphql"] {
                let request = ada.request(reqwest::Method::GET, &format!("{path}?{query:.4000}"));
                let status = request.send().await.unwrap().status();
                assert!(!status.is_server_error(), "{status}");
            }
        });
    });
}

#[test]
fn no_body_sent_to_graphql_is_a_fault_of_ours() {
    let runtime = Runtime::new().unwrap();
    let (_app, ada) = runtime.block_on(house());
    fuzz("graphql_body", |body| {
        let (answer, _) = runtime.block_on(sent(&ada, "/graphql", "application/json", body));
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let errors = answer["errors"].as_array().into_iter().flatten();
        for error in errors {
            assert_ne!(error["extensions"]["code"], "INTERNAL", "{answer}");
            assert_ne!(error["extensions"]["code"], "UNAVAILABLE", "{answer}");
        }
    });
}
