//! What callers show: tokens of the host application, and publisher tokens.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use belfry::server::auth::{Jwt, Secret};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{fuzz, fuzz_with, text};
use crate::support::app::{JWT_SECRET, in_seconds, token};

/// Whether a token is signed with the secret by HS256 (RFC 7515, appendix A.1), and what it says.
fn signed(token: &str) -> Option<Value> {
    let (content, signature) = token.rsplit_once('.')?;
    let (header, claims) = content.split_once('.')?;
    let json = |part: &str| serde_json::from_slice::<Value>(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let mac = Hmac::<Sha256>::new_from_slice(JWT_SECRET.as_bytes()).unwrap().chain_update(content);
    mac.verify_slice(&BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    (json(header)?["alg"] == "HS256").then_some(json(claims)?)
}

/// Good ones to be spoilt. They end, so no file can keep them.
fn good() -> Vec<Vec<u8>> {
    let ends = in_seconds(100_000);
    let claims = [
        json!({ "sub": "ada", "exp": ends }),
        json!({ "sub": "ada", "exp": ends, "scope": "publish", "name": "Ada \u{202e}" }),
        json!({ "sub": "ada", "exp": ends, "nbf": in_seconds(-5), "scope": "inbox", "name": 7 }),
        json!({ "sub": "no such id", "exp": ends }),
        json!({ "sub": "ada", "exp": i64::MAX }),
        json!({ "sub": "ada", "exp": 1e300 }),
        json!({ "sub": "ada", "exp": -1 }),
        json!({ "sub": "ada", "exp": ends, "scope": "root" }),
    ];
    claims.iter().map(|claims| token(claims).into_bytes()).collect()
}

#[test]
fn a_token_is_good_only_with_our_signature_and_for_the_one_it_names() {
    let jwt = Jwt::with_secret(JWT_SECRET, 0);
    fuzz_with(
        "jwt",
        good(),
        text(|token| {
            let Ok(verified) = jwt.verify(token) else { return };
            let claims = signed(token).unwrap();
            assert_eq!(claims["sub"], verified.user.as_str());
            assert_eq!(claims["exp"].as_i64(), Some(verified.ends_at.unix_timestamp()));
            assert!(verified.ends_at.unix_timestamp() >= in_seconds(0));
            assert_eq!(verified.publishes, claims["scope"] == "publish");
        }),
    );
}

#[test]
fn a_key_set_is_read_or_refused_in_one_sentence_that_holds_nothing_of_it() {
    fuzz(
        "key_set",
        text(|json| {
            if let Err(refused) = Jwt::with_key_set(json, 0) {
                let sentence = refused.to_string();
                assert!(sentence.len() < 200 && !sentence.contains('\n'), "{sentence}");
            }
        }),
    );
}

#[test]
fn a_publisher_token_is_the_text_it_came_as() {
    let made = Secret::random().unwrap().reveal().as_bytes().to_vec();
    fuzz_with(
        "publisher_token",
        vec![made],
        text(|token| {
            let Some(secret) = Secret::parse(token) else { return };
            assert_eq!(secret.reveal(), token);
            assert!(token.len() == 50 && token.starts_with("belfry_") && secret.hint().len() == 11);
        }),
    );
}
