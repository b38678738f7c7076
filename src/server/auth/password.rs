//! Passwords, by Argon2id with the library's parameters (19 MiB, 2 passes, 1 lane: OWASP's least).

use std::{
    cell::RefCell,
    sync::{Arc, LazyLock},
};

use argon2::{
    Argon2, Block, Params, Version,
    password_hash::{
        PasswordHasher,
        phc::{Output, PasswordHash},
    },
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
};

/// The shortest password that people may choose, in characters (NIST SP 800-63B, section 3.1.1.2).
pub const SHORTEST: usize = 8;

/// The longest password, in bytes. A longer one is nobody's, and is not worked on.
pub const LONGEST: usize = 1_024;

/// The hash of no password, so that unknown people take the same time to refuse.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody's password"));

/// How many passwords are worked on at once, in the whole process.
const AT_ONCE: usize = 4;

/// How much these threads give way (`nice(2)`): who signs in can wait a little, and what is delivered cannot.
const GIVES_WAY: i32 = 19;

/// Threads of their own: few, and not those that read files.
static WORKERS: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let mut workers = Builder::new_current_thread();
    workers.max_blocking_threads(AT_ONCE).thread_name("passwords").on_thread_start(|| {
        // It would be the whole process elsewhere; on Linux it is the thread. Where it may not, it works on.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(GIVES_WAY);
    });
    workers.build().ok()
});

thread_local! {
    /// What one of them works in, 19 MiB. It keeps that: given back each time, the allocator would hold on to it
    /// several times over.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Why a password was not worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// As many wait already as may.
    #[error("too many passwords are checked at once")]
    Busy,
    /// See [`LONGEST`].
    #[error("the password must be at most {LONGEST} bytes long")]
    TooLong,
    /// The system has no random numbers, or the program is about to end.
    #[error("the password could not be worked on")]
    Failed,
}

/// Hashes a password to a PHC string.
///
/// # Errors
/// Too long, or failed.
pub async fn hash(password: String) -> Result<String, PasswordError> {
    if password.len() > LONGEST {
        return Err(PasswordError::TooLong);
    }
    let hash = tokio::task::spawn_blocking(move || hash_now(&password)).await;
    hash.ok().flatten().ok_or(PasswordError::Failed)
}

fn hash_now(password: &str) -> Option<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.ok().map(|hash| hash.to_string())
}

/// Whether a password belongs to a hash, whatever that was made with.
fn belongs(password: &str, hash: &PasswordHash) -> Option<bool> {
    let version = hash.version.map(Version::try_from).transpose().ok()?.unwrap_or_default();
    let algorithm = hash.algorithm.as_str().try_into().ok()?;
    let argon2 = Argon2::new(algorithm, version, Params::try_from(hash).ok()?);
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let mut output = [0; Output::MAX_LENGTH];
    let output = output.get_mut(..expected.len())?;
    MEMORY.with_borrow_mut(|memory| {
        memory.resize(argon2.params().block_count(), Block::new());
        argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, memory).ok()
    })?;
    // Output compares in constant time.
    Some(Output::new(output).ok()? == *expected)
}

/// Checks passwords: so many at once, for each takes 19 MiB and a core for a while, and so many
/// more that wait.
pub struct Checks {
    working: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Default for Checks {
    fn default() -> Self {
        Self::new(AT_ONCE, 64)
    }
}

impl Checks {
    fn new(working: usize, waiting: usize) -> Self {
        Self { working: Arc::new(Semaphore::new(working)), waiting: Semaphore::new(waiting) }
    }

    /// Whether a password belongs to a hash; never, and as slowly, to none.
    ///
    /// # Errors
    /// Busy, or failed.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, PasswordError> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        let verified = self.work(move || {
            // Nothing is done for one of the two alone: even a copy of the hash showed in the time.
            let theirs = PasswordHash::new(hash.as_deref().or(NOBODY.as_deref())?).ok()?;
            Some(belongs(&password, &theirs)? && hash.is_some())
        });
        Ok(verified.await?.unwrap_or(false))
    }

    /// Hashes a password, in its turn.
    ///
    /// # Errors
    /// Any.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        if password.len() > LONGEST {
            return Err(PasswordError::TooLong);
        }
        self.work(move || hash_now(&password)).await?.ok_or(PasswordError::Failed)
    }

    /// The turn belongs to the work and not to who asked: a request that is dropped does not end
    /// the work, and must not let another begin beside it.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = self.waiting.try_acquire().map_err(|_| PasswordError::Busy)?;
        let turn = self.working.clone().acquire_owned().await.map_err(|_| PasswordError::Failed)?;
        drop(place);
        let workers = WORKERS.as_ref().ok_or(PasswordError::Failed)?;
        let done = workers.handle().spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| PasswordError::Failed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use argon2::Algorithm;
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_and_no_other() {
        let known = hash("a bell in a tower".into()).await.unwrap();
        assert!(known.starts_with("$argon2id$"));
        assert_eq!(Checks::default().verify("a bell in a tower".into(), Some(known.clone())).await, Ok(true));
        assert_eq!(Checks::default().verify("another".into(), Some(known)).await, Ok(false));
        assert_eq!(Checks::default().verify("nobody's password".into(), None).await, Ok(false));
    }

    #[tokio::test]
    async fn a_hash_that_was_made_in_another_way_knows_its_password_too() {
        let params = Params::new(1_024, 3, 2, Some(24)).unwrap();
        let maker = Argon2::new(Algorithm::Argon2i, Version::V0x10, params);
        let known = maker.hash_password(b"a bell in a tower").unwrap().to_string();
        let verify = async |word: &str| Checks::default().verify(word.into(), Some(known.clone())).await;
        assert_eq!((verify("a bell in a tower").await, verify("another").await), (Ok(true), Ok(false)));
    }

    #[tokio::test]
    async fn a_password_too_long_is_nobodys() {
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(hash(long.clone()).await, Err(PasswordError::TooLong));
        assert_eq!(Checks::default().verify(long, None).now_or_never(), Some(Ok(false)));
        assert!(hash("x".repeat(LONGEST)).await.is_ok());
    }

    #[tokio::test]
    async fn work_whose_asker_is_gone_keeps_its_turn() {
        let checks = Arc::new(Checks::new(1, 1));
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (finish, finishes) = mpsc::channel::<()>();
        let asker = tokio::spawn({
            let checks = checks.clone();
            async move { checks.work(move || (begun.send(()), finishes.recv())).await.map(drop) }
        });
        begins.await.unwrap();
        asker.abort();
        assert!(asker.await.unwrap_err().is_cancelled());
        let mut next = Box::pin(checks.work(|| ()));
        assert_eq!((&mut next).now_or_never(), None);
        assert_eq!(checks.work(|| ()).await, Err(PasswordError::Busy));
        finish.send(()).unwrap();
        assert_eq!(next.await, Ok(()));
    }
}
