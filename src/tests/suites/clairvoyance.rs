//! clairvoyance makes a schema of what a server says to wrong names. It reads the sentences of one
//! library; a go-between puts ours into those, so that it misses nothing that could be learnt.

use std::{fs, net::SocketAddr};

use axum::{Router, extract::State, http::header, routing::post};
use serde_json::Value;

use super::{installed, report, run, said};
use crate::support::app::App;

/// Nearly names of the schema: whoever is told a name for one of them was helped.
const WORDS: &str = "viewr inbx alrt unredCount revison postion alrts edgs nod titl bod svrity usr knd";

/// Listens in front of a server and says what it says in the words of `graphql-js`.
async fn go_between(to: SocketAddr) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |State((client, to)): State<(reqwest::Client, SocketAddr)>, body: String| {
        let request = client.post(format!("http://{to}/graphql")).header("content-type", "application/json");
        let answer = request.body(body).send().await.unwrap().text().await.unwrap();
        ([(header::CONTENT_TYPE, "application/json")], translated(&answer))
    };
    let router = Router::new().route("/graphql", post(ask)).with_state((client, to));
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

fn translated(answer: &str) -> String {
    let answer = answer.replace("Unknown field", "Cannot query field");
    let subfields = "must have a selection of subfields. Did you mean \\\"it { ... }\\\"?";
    let answer = answer.replace("must have a selection of subfields", subfields);
    answer.replace("has no subfields", "has no subfields.")
}

/// What it writes where it knows of no field.
const NOTHING: &str = "dummy";

/// The names of fields that it learns; none when it gives up.
async fn learnt(address: SocketAddr, words: Option<&str>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut suite = installed("python/bin/clairvoyance", folder.path());
    if let Some(words) = words {
        fs::write(folder.path().join("words"), words.replace(' ', "\n")).unwrap();
        suite.args(["-w", "words"]);
    }
    let output = run(suite.arg(format!("http://{address}/graphql")).args(["-o", "schema.json"])).await;
    assert!(said(&output).contains("Starting blind introspection"), "{}", said(&output));
    let Ok(schema) = fs::read(folder.path().join("schema.json")) else { return Vec::new() };
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let types = schema["data"]["__schema"]["types"].as_array().unwrap();
    let fields = types.iter().filter_map(|it| it["fields"].as_array()).flatten();
    let names = fields.filter_map(|field| field["name"].as_str()).filter(|name| *name != NOTHING);
    names.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn clairvoyance_learns_nothing_in_production() {
    let (demo, production) = (App::demo().await, App::start().await);
    // Otherwise it would learn nothing anywhere.
    let told = learnt(go_between(demo.address).await, Some(WORDS)).await;
    assert!(told.iter().any(|name| name == "inbox") && told.len() > 3, "{told:?}");
    let helped = learnt(go_between(production.address).await, Some(WORDS)).await;
    assert_eq!(helped, [""; 0]);
    let plainly = learnt(production.address, None).await;
    assert_eq!(plainly, [""; 0]);
    report("clairvoyance", &format!("{} names in demo mode, none in production", told.len()));
}
