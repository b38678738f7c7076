//! Passwords, by Argon2id with the library's parameters (19 MiB, 2 passes, 1 lane: OWASP's least).

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// How many passwords are worked on at once: each takes 19 MiB and a core for a while.
static WORKING: Semaphore = Semaphore::const_new(4);

/// The hash of no password, so that unknown people take the same time to refuse.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody's password"));

/// Hashes a password to a PHC string. None when the system has no random numbers.
pub async fn hash(password: String) -> Option<String> {
    work(move || hash_now(&password)).await.flatten()
}

/// Whether a password belongs to a hash; never, and as slowly, to none.
pub async fn verify(password: String, hash: Option<String>) -> bool {
    let verified = work(move || {
        let known = hash.is_some();
        let hash = hash.or_else(|| NOBODY.clone())?;
        let hash = PasswordHash::new(&hash).ok()?;
        let right = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
        Some(right && known)
    });
    verified.await.flatten().unwrap_or(false)
}

fn hash_now(password: &str) -> Option<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.ok().map(|hash| hash.to_string())
}

async fn work<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _turn = WORKING.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_and_no_other() {
        let known = hash("a bell in a tower".into()).await;
        assert!(known.as_ref().unwrap().starts_with("$argon2id$"));
        assert!(verify("a bell in a tower".into(), known.clone()).await);
        assert!(!verify("another".into(), known).await);
        assert!(!verify("nobody's password".into(), None).await);
    }
}
