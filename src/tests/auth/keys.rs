//! Tokens signed with a key of the host application that Belfry knows the public half of.

use std::{fs, time::Duration};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use tokio::time::{interval, timeout};

use crate::{
    support::app::{App, Folder, JWT_SECRET, in_seconds, signed_with, try_start},
    ws::bench::PATIENCE,
};

/// A new Ed25519 key in PKCS #8 (RFC 8410): the fixed head, then 32 random bytes.
fn new_key() -> EncodingKey {
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    EncodingKey::from_ed_der(&[&head[..], &rand::random::<[u8; 32]>()].concat())
}

fn public(key: &EncodingKey, id: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, Algorithm::EdDSA).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    serde_json::to_value(jwk).unwrap()
}

fn signed(key: &EncodingKey, id: &str) -> String {
    let header = Header { kid: Some(id.to_owned()), ..Header::new(Algorithm::EdDSA) };
    encode(&header, &json!({ "sub": "ada", "exp": in_seconds(60) }), key).unwrap()
}

/// The flags of a server that knows these keys.
fn knowing(folder: &Folder, keys: &[Value]) -> Vec<String> {
    let file = folder.path("keys.json");
    fs::write(&file, json!({ "keys": keys }).to_string()).unwrap();
    ["--mode", "production", "--jwt-jwks", file.to_str().unwrap()].map(str::to_owned).to_vec()
}

#[tokio::test]
async fn a_token_signed_with_a_known_key_is_its_person() {
    let (folder, one, other) = (Folder::new(), new_key(), new_key());
    let flags = knowing(&folder, &[public(&one, "one"), public(&other, "other")]);
    let app = App::in_folder(folder, &flags.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for (key, id) in [(&one, "one"), (&other, "other")] {
        let viewer = app.bearer(&signed(key, id)).data("{ viewer { id } }", &json!({})).await;
        assert_eq!(viewer["viewer"]["id"], "ada");
    }
    let public_half = public(&one, "one")["x"].as_str().unwrap().to_owned();
    let claims = json!({ "sub": "ada", "exp": in_seconds(60) });
    // The last is the old trick of signing with the public key as if it were a shared secret.
    for bad in [signed(&new_key(), "one"), signed(&one, "third"), signed_with(&public_half, &claims)] {
        let answer = app.bearer(&bad).ask("{ viewer { id } }", &json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{bad}");
    }
}

/// Asks again until it is a person, or is none.
async fn becomes(app: &App, token: &str, viewer: Value) {
    let mut looks = interval(Duration::from_millis(50));
    let became = async {
        while app.bearer(token).ask("{ viewer { id } }", &json!({})).await["data"]["viewer"]["id"] != viewer {
            looks.tick().await;
        }
    };
    timeout(PATIENCE, became).await.unwrap();
}

#[tokio::test]
async fn keys_are_brought_into_use_and_taken_out_of_it_without_a_restart() {
    let (folder, old, new) = (Folder::new(), new_key(), new_key());
    let flags = knowing(&folder, &[public(&old, "old")]);
    let app = App::in_folder(folder, &flags.iter().map(String::as_str).collect::<Vec<_>>()).await;
    becomes(&app, &signed(&old, "old"), json!("ada")).await;
    knowing(&app.folder, &[public(&old, "old"), public(&new, "new")]);
    becomes(&app, &signed(&new, "new"), json!("ada")).await;
    knowing(&app.folder, &[public(&new, "new")]);
    becomes(&app, &signed(&old, "old"), Value::Null).await;
    becomes(&app, &signed(&new, "new"), json!("ada")).await;
}

#[tokio::test]
async fn a_changed_key_set_that_cannot_be_used_changes_nothing() {
    let (folder, one, two) = (Folder::new(), new_key(), new_key());
    let flags = knowing(&folder, &[public(&one, "one")]);
    let app = App::in_folder(folder, &flags.iter().map(String::as_str).collect::<Vec<_>>()).await;
    fs::write(app.folder.path("keys.json"), "half of a key se").unwrap();
    // It was looked at by then: what comes next is known.
    knowing(&app.folder, &[public(&one, "one"), public(&two, "two")]);
    becomes(&app, &signed(&two, "two"), json!("ada")).await;
    fs::write(app.folder.path("keys.json"), "{}").unwrap();
    becomes(&app, &signed(&one, "one"), json!("ada")).await;
    fs::remove_file(app.folder.path("keys.json")).unwrap();
    becomes(&app, &signed(&two, "two"), json!("ada")).await;
}

#[tokio::test]
async fn a_token_of_another_issuer_or_for_another_audience_is_not_good() {
    let flags = [
        "--mode",
        "production",
        "--jwt-secret",
        JWT_SECRET,
        "--jwt-issuer",
        "https://app.example",
        "--jwt-audience",
        "belfry",
    ];
    let app = App::with(&flags).await;
    let of = |claims: Value| {
        let mut all =
            json!({ "sub": "ada", "exp": in_seconds(60), "iss": "https://app.example", "aud": "belfry" });
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        signed_with(JWT_SECRET, &all)
    };
    for good in [json!({}), json!({ "aud": ["other", "belfry"] })] {
        becomes(&app, &of(good), json!("ada")).await;
    }
    for bad in [
        json!({ "iss": "https://other.example" }),
        json!({ "iss": null }),
        json!({ "aud": "other" }),
        json!({ "aud": null }),
        json!({ "nbf": in_seconds(60) }),
        json!({ "exp": null }),
    ] {
        let answer = app.bearer(&of(bad.clone())).ask("{ viewer { id } }", &json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{bad}");
    }
}

#[tokio::test]
async fn a_key_set_with_a_shared_secret_in_it_stops_the_start() {
    let folder = Folder::new();
    let symmetric = json!({ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256" });
    let mut nameless = public(&new_key(), "one");
    nameless.as_object_mut().unwrap().remove("alg");
    for (key, named) in [(symmetric, "symmetric"), (nameless, "no alg")] {
        let flags = knowing(&folder, &[key]);
        let flags = folder.flags(&flags.iter().map(String::as_str).collect::<Vec<_>>());
        let said = try_start(&flags).await.err().unwrap().to_string();
        assert!(said.starts_with("BELFRY_JWT_JWKS: ") && said.contains(named), "{said}");
    }
}
