//! Publisher tokens: opaque secrets, stored as a hash.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::TryRng;
use sha2::{Digest, Sha256};

/// What every publisher token begins with, so that scanners find leaked ones.
const PREFIX: &str = "belfry_";
/// How many random bytes follow it.
const LENGTH: usize = 32;

/// A publisher token. Shown once, when it is made.
pub struct Secret(String);

impl Secret {
    /// A new one; none when the system has no random numbers.
    pub fn random() -> Option<Self> {
        let mut bytes = [0; LENGTH];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes).ok()?;
        Some(Self(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// A bearer token that has the form of one.
    pub fn parse(token: &str) -> Option<Self> {
        let secret = token.strip_prefix(PREFIX)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(secret).ok()?;
        (bytes.len() == LENGTH).then(|| Self(token.to_owned()))
    }

    /// What the store keeps of it. Plain SHA-256 does: 256 random bits cannot be guessed.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// Its beginning, to be recognised by in a list.
    pub fn hint(&self) -> &str {
        &self.0[..PREFIX.len() + 4]
    }

    /// The whole of it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognised_and_anything_else_is_not() {
        let secret = Secret::random().unwrap();
        let parsed = Secret::parse(secret.reveal()).unwrap();
        assert_eq!(parsed.hash(), secret.hash());
        assert_ne!(Secret::random().unwrap().hash(), secret.hash());
        for other in ["", "belfry_", "belfry_abc", "eyJhbGciOiJIUzI1NiJ9.e30.x"] {
            assert!(Secret::parse(other).is_none(), "{other}");
        }
    }
}
