//! What the host application's tokens are signed with: a shared secret, or public keys. Those of a file are
//! read again when it has changed, so that keys are brought into use and taken out of it without a restart.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

use jsonwebtoken::{Algorithm, DecodingKey, jwk::JwkSet};

use super::JwtError;

/// How often the file is looked at, at most: no flood of tokens makes more of it.
const LOOK: Duration = Duration::from_secs(1);

/// A key, with the one algorithm it is for.
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// All keys, as they are now.
pub(super) struct Keys {
    known: RwLock<Arc<Vec<Key>>>,
    file: Option<File>,
}

/// Where keys come from.
struct File {
    path: PathBuf,
    looked: Mutex<Looked>,
}

/// When the file was looked at last, and what it was then: none where it could not be seen.
struct Looked {
    at: Instant,
    was: Option<(SystemTime, u64)>,
}

impl Keys {
    pub(super) fn shared(secret: &str) -> Self {
        let key = DecodingKey::from_secret(secret.as_bytes());
        Self::fixed(vec![Key { id: None, algorithm: Algorithm::HS256, key }])
    }

    pub(super) fn set(json: &str) -> Result<Self, JwtError> {
        Ok(Self::fixed(parse(json)?))
    }

    fn fixed(keys: Vec<Key>) -> Self {
        Self { known: RwLock::new(Arc::new(keys)), file: None }
    }

    pub(super) fn file(path: &Path) -> Result<Self, JwtError> {
        let looked = Mutex::new(Looked { at: Instant::now(), was: look(path) });
        let file = File { path: path.to_owned(), looked };
        Ok(Self { file: Some(file), ..Self::fixed(read(path)?) })
    }

    /// The keys that are good now, or were a second ago.
    pub(super) fn now(&self) -> Arc<Vec<Key>> {
        if let Some(keys) = self.file.as_ref().and_then(File::changed) {
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        }
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl File {
    /// What it holds now, if that is something new and good. Otherwise what is known stays, and is told once.
    fn changed(&self) -> Option<Vec<Key>> {
        // Who finds somebody looking goes on with what is known.
        let mut looked = self.looked.try_lock().ok()?;
        if looked.at.elapsed() < LOOK {
            return None;
        }
        looked.at = Instant::now();
        let is = look(&self.path);
        if is == looked.was {
            return None;
        }
        looked.was = is;
        let keys = read(&self.path);
        match &keys {
            Ok(keys) => tracing::info!(keys = keys.len(), "BELFRY_JWT_JWKS has changed, and was read again"),
            Err(error) => {
                tracing::error!(%error, "BELFRY_JWT_JWKS has changed, and cannot be used: the keys of before stay")
            }
        }
        keys.ok()
    }
}

fn look(path: &Path) -> Option<(SystemTime, u64)> {
    let found = fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

fn read(path: &Path) -> Result<Vec<Key>, JwtError> {
    parse(&fs::read_to_string(path).map_err(|error| JwtError::Keys(error.to_string()))?)
}

fn parse(json: &str) -> Result<Vec<Key>, JwtError> {
    // What the parser says may hold what it read.
    let unread = |error: serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        JwtError::Keys(format!("it is not the JSON that it must be at line {line}, column {column}"))
    };
    let set: JwkSet = serde_json::from_str(json).map_err(unread)?;
    let keys: Vec<_> = set.keys.iter().map(Key::from_jwk).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(JwtError::Keys("it holds no key".to_owned())) } else { Ok(keys) }
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
