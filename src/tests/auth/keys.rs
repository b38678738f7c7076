//! Tokens signed with a key of the host application that Belfry knows the public half of.

use std::fs;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

use crate::support::app::{App, Folder, in_seconds, signed_with, try_start};

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
