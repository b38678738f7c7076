//! Tokens of the host application (RFC 7519). The algorithm is fixed by the configuration, never by
//! the token.

use std::path::Path;

use jsonwebtoken::{TokenData, Validation, decode, decode_header, errors::ErrorKind};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::keys::{Key, Keys};
use crate::domain::{Name, UserId};

/// Verifies the host application's tokens.
pub struct Jwt {
    keys: Keys,
    leeway: u64,
    /// What `iss` and `aud` must be, where they are looked at (RFC 7519, sections 4.1.1 and 4.1.3).
    issuer: Option<String>,
    audience: Option<String>,
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
            // What the library says of bad JSON holds what stands there, at any length.
            ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Json(_) | ErrorKind::Utf8(_) => {
                Self::Form
            }
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
        Self::by(Keys::shared(secret), leeway)
    }

    /// Tokens signed with one of a set of public keys (RFC 7517), each with its own `alg`.
    ///
    /// # Errors
    /// When the text is no such set, or a key of it is symmetric or names no algorithm.
    pub fn with_key_set(json: &str, leeway: u64) -> Result<Self, JwtError> {
        Ok(Self::by(Keys::set(json)?, leeway))
    }

    /// The same, of a file that is read again when it has changed.
    ///
    /// # Errors
    /// When it cannot be read, or is no such set.
    pub fn with_key_file(file: &Path, leeway: u64) -> Result<Self, JwtError> {
        Ok(Self::by(Keys::file(file)?, leeway))
    }

    fn by(keys: Keys, leeway: u64) -> Self {
        Self { keys, leeway, issuer: None, audience: None }
    }

    /// Takes tokens of this issuer and for this audience alone, where they are given.
    #[must_use]
    pub fn expecting(self, issuer: Option<String>, audience: Option<String>) -> Self {
        Self { issuer, audience, ..self }
    }

    /// Verifies a token.
    ///
    /// # Errors
    /// Whatever is wrong with it, in words for its sender.
    pub fn verify(&self, token: &str) -> Result<Verified, JwtError> {
        let id = decode_header(token)?.kid;
        let named = |key: &&Key| id.is_none() || key.id.is_none() || key.id == id;
        let mut outcome = Err(JwtError::UnknownKey);
        for key in self.keys.now().iter().filter(named) {
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
        validation.validate_aud = self.audience.is_some();
        validation.aud = self.audience.clone().map(|audience| [audience].into());
        validation.iss = self.issuer.clone().map(|issuer| [issuer].into());
        let looked_at = [("iss", self.issuer.is_some()), ("aud", self.audience.is_some())];
        let looked_at = looked_at.iter().filter(|(_, looked_at)| *looked_at).map(|(claim, _)| *claim);
        let required: Vec<_> = ["exp", "sub"].into_iter().chain(looked_at).collect();
        validation.set_required_spec_claims(&required);
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
