//! Tokens of the host application (RFC 7519). The algorithm is fixed by the configuration, never by
//! the token.

use jsonwebtoken::{
    Algorithm, DecodingKey, TokenData, Validation, decode, decode_header, errors::ErrorKind, jwk::JwkSet,
};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::domain::{Name, UserId};

/// Verifies the host application's tokens.
pub struct Jwt {
    keys: Vec<Key>,
    leeway: u64,
}

struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// What a valid token says.
#[derive(Debug)]
pub struct Verified {
    /// Who shows it.
    pub user: UserId,
    /// The name to show.
    pub name: Option<Name>,
    /// Whether it is for raising alerts rather than for an inbox.
    pub publishes: bool,
    /// When it ends.
    pub ends_at: OffsetDateTime,
}

/// Why a token, or a set of keys, does not do.
#[derive(Debug, thiserror::Error)]
pub enum JwtError {
    /// Its form.
    #[error("the token is neither a publisher token nor a JWT")]
    Form,
    /// Its signature.
    #[error("the token's signature is not good")]
    Signature,
    /// Its `exp`.
    #[error("the token has expired")]
    Expired,
    /// Its `nbf`.
    #[error("the token is not good yet")]
    Early,
    /// Anything else that the standard has a rule for.
    #[error("the token is not good: {0}")]
    Invalid(jsonwebtoken::errors::Error),
    /// A claim.
    #[error("the token's {0}")]
    Claim(&'static str),
    /// No key is configured that it could be signed by.
    #[error("the token is signed by a key that is not known here")]
    UnknownKey,
    /// The key file.
    #[error("the key set cannot be used: {0}")]
    Keys(String),
}

impl From<jsonwebtoken::errors::Error> for JwtError {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Utf8(_) => Self::Form,
            ErrorKind::InvalidSignature => Self::Signature,
            ErrorKind::ExpiredSignature => Self::Expired,
            ErrorKind::ImmatureSignature => Self::Early,
            _ => Self::Invalid(error),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    name: Option<Value>,
    scope: Option<String>,
}

impl Jwt {
    /// Tokens signed with a shared secret (HS256), judged with so many seconds of leeway.
    pub fn with_secret(secret: &str, leeway: u64) -> Self {
        let key = DecodingKey::from_secret(secret.as_bytes());
        Self { keys: vec![Key { id: None, algorithm: Algorithm::HS256, key }], leeway }
    }

    /// Tokens signed with one of a set of public keys (RFC 7517), each with its own `alg`.
    ///
    /// # Errors
    /// When the text is no such set, or a key of it is symmetric or names no algorithm.
    pub fn with_key_set(json: &str, leeway: u64) -> Result<Self, JwtError> {
        // What the parser says may hold what it read.
        let unread = |error: serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            JwtError::Keys(format!("it is not the JSON that it must be at line {line}, column {column}"))
        };
        let set: JwkSet = serde_json::from_str(json).map_err(unread)?;
        let keys: Result<Vec<_>, _> = set.keys.iter().map(Key::from_jwk).collect();
        let keys = keys?;
        if keys.is_empty() {
            return Err(JwtError::Keys("it holds no key".to_owned()));
        }
        Ok(Self { keys, leeway })
    }

    /// Verifies a token.
    ///
    /// # Errors
    /// Whatever is wrong with it, in words for its sender.
    pub fn verify(&self, token: &str) -> Result<Verified, JwtError> {
        let id = decode_header(token)?.kid;
        let named = |key: &&Key| id.is_none() || key.id.is_none() || key.id == id;
        let mut outcome = Err(JwtError::UnknownKey);
        for key in self.keys.iter().filter(named) {
            outcome = self.verify_by(key, token);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn verify_by(&self, key: &Key, token: &str) -> Result<Verified, JwtError> {
        let mut validation = Validation::new(key.algorithm);
        validation.leeway = self.leeway;
        validation.validate_nbf = true;
        validation.validate_aud = false;
        validation.set_required_spec_claims(&["exp", "sub"]);
        let TokenData { claims, .. } = decode::<Claims>(token, &key.key, &validation)?;
        Ok(Verified {
            user: claims.sub.parse().map_err(|_| JwtError::Claim("sub is not a user id"))?,
            name: claims.name.as_ref().and_then(name),
            publishes: match claims.scope.as_deref() {
                None | Some("inbox") => false,
                Some("publish") => true,
                Some(_) => return Err(JwtError::Claim("scope must be inbox or publish")),
            },
            ends_at: self.end(claims.exp)?,
        })
    }

    fn end(&self, exp: i64) -> Result<OffsetDateTime, JwtError> {
        let seconds = exp.saturating_add_unsigned(self.leeway);
        OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| JwtError::Claim("exp is out of range"))
    }
}

/// A name that does not fit is none: it keeps nobody from their inbox.
fn name(claim: &Value) -> Option<Name> {
    let name = claim.as_str().and_then(|text| text.parse().ok());
    if name.is_none() {
        tracing::debug!(%claim, "the name in a token is not taken over");
    }
    name
}

impl Key {
    fn from_jwk(jwk: &jsonwebtoken::jwk::Jwk) -> Result<Self, JwtError> {
        let named = jwk.common.key_algorithm.and_then(|algorithm| algorithm.to_string().parse().ok());
        let algorithm: Algorithm = named.ok_or_else(|| JwtError::Keys("a key names no alg".to_owned()))?;
        if matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
            return Err(JwtError::Keys("a key is symmetric: public keys alone belong there".to_owned()));
        }
        let key = DecodingKey::from_jwk(jwk).map_err(|error| JwtError::Keys(error.to_string()))?;
        Ok(Self { id: jwk.common.key_id.clone(), algorithm, key })
    }
}
