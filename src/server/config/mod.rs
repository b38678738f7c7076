//! The settings of a node: one documented struct, from flags or the environment.

mod database;
mod retention;
mod sign_ins;

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, sync::Arc};

use clap::{Args, ValueEnum};
use leptos::config::LeptosOptions;

use super::{
    StartError,
    auth::{Allowed, Jwt, JwtError},
    broker::{Address, Broker, Memory, Redis, wire},
    ingest::Plan,
    metrics::Metrics,
    store::{Retention, Store},
};

pub use database::Database;
pub use sign_ins::SignIns;

/// How a node serves.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000")]
    pub site_addr: SocketAddr,

    /// The folder of the built site; by default `site` beside the folder of this program.
    #[arg(long, env = "LEPTOS_SITE_ROOT")]
    pub site_root: Option<PathBuf>,

    /// Redis, to carry news between nodes: redis://USER:PASSWORD@HOST:PORT,
    /// redis-sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/MASTER-NAME or
    /// redis-cluster://USER:PASSWORD@HOST:PORT,HOST:PORT; rediss://…, rediss-sentinel://… or rediss-cluster://…
    /// for TLS. Unset: one node, in-process.
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<String>,

    /// What the names of Belfry's own channels and keys in Redis begin with: 1-100 characters of
    /// A-Z a-z 0-9 _ . : / -
    #[arg(long, env = "BELFRY_REDIS_PREFIX", default_value = "belfry:", value_parser = prefix)]
    pub redis_prefix: String,

    /// Listens on Redis to what programs of the source design publish, on alertAdded-* and alertRead-*.
    #[arg(long, env = "BELFRY_BRIDGE", value_enum, default_value_t = Switch::Off)]
    pub bridge: Switch,

    /// demo: demo people, a panel to try things, GraphiQL, introspection; loopback only.
    /// By default demo while nothing of a production set-up is configured.
    #[arg(long, env = "BELFRY_MODE", value_enum)]
    pub mode: Option<Mode>,

    /// Lets host applications sign their users' tokens with this shared secret (HS256).
    #[arg(long, env = "BELFRY_JWT_SECRET", hide_env_values = true)]
    pub jwt_secret: Option<String>,

    /// Lets host applications sign tokens with the keys of this JWKS file.
    #[arg(long, env = "BELFRY_JWT_JWKS")]
    pub jwt_jwks: Option<PathBuf>,

    /// Seconds a token may be past its date, for clocks that disagree; at most 5.
    #[arg(long, env = "BELFRY_JWT_LEEWAY", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=5))]
    pub jwt_leeway: u64,

    /// Lets anyone read the schema in production mode too.
    #[arg(long, env = "BELFRY_INTROSPECTION", value_enum, default_value_t = Switch::Off)]
    pub introspection: Switch,

    /// off: no limits on counts and rates, for load tests. Sizes, depth and times stay limited.
    #[arg(long, env = "BELFRY_LIMITS", value_enum, default_value_t = Switch::On)]
    pub limits: Switch,

    /// Seconds to serve on after a signal to stop, while /readyz says 503 already: behind a load balancer,
    /// longer than it takes to notice.
    #[arg(long, env = "BELFRY_SHUTDOWN_DELAY", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=300))]
    pub shutdown_delay: u64,

    /// How long things are kept, as hours or days by state: what it does not name is kept as by default.
    #[arg(long, env = "BELFRY_RETENTION", default_value = retention::DEFAULT, value_parser = retention::parse)]
    pub retention: Retention,

    /// How many operations may run on one socket at once.
    #[arg(long, env = "BELFRY_LIMIT_OPERATIONS", default_value_t = 50, value_parser = operations)]
    pub limit_operations: usize,

    /// How many sockets are let in each second; the next ones wait, and are told to come again where that
    /// would take long.
    #[arg(long, env = "BELFRY_LIMIT_UPGRADES", default_value = "500")]
    pub limit_upgrades: NonZeroU32,

    /// How often passwords may be guessed.
    #[command(flatten)]
    pub sign_ins: SignIns,
}

/// What a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// For trying out, by one person on one machine.
    Demo,
    /// For everybody.
    Production,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    #[expect(missing_docs, reason = "the names say it")]
    On,
    #[expect(missing_docs, reason = "the names say it")]
    Off,
}

/// Settings that contradict each other or cannot be used: one sentence that names the variable.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Settings {
    /// The mode: as set, or demo while nothing of a production set-up is configured.
    ///
    /// # Errors
    /// Demo mode is refused where others could reach it.
    pub fn mode(&self, database: &Database) -> Result<Mode, ConfigError> {
        let configured = database.database_url.is_some()
            || self.redis_url.is_some()
            || self.jwt_secret.is_some()
            || self.jwt_jwks.is_some();
        let default = if configured { Mode::Production } else { Mode::Demo };
        let mode = self.mode.unwrap_or(default);
        if mode == Mode::Demo && !self.site_addr.ip().is_loopback() {
            return Err(ConfigError(format!(
                "demo mode has people with known passwords, so it does not listen on {}: set LEPTOS_SITE_ADDR \
                 to a loopback address, or BELFRY_MODE=production",
                self.site_addr
            )));
        }
        Ok(mode)
    }

    /// The verifier of host applications' tokens, if one is configured.
    ///
    /// # Errors
    /// Both ways at once, an empty secret, a file that cannot be read or is no key set.
    pub fn jwt(&self) -> Result<Option<Jwt>, ConfigError> {
        match (&self.jwt_secret, &self.jwt_jwks) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(ConfigError(
                "BELFRY_JWT_SECRET and BELFRY_JWT_JWKS exclude each other: unset one".to_owned(),
            )),
            (Some(secret), None) if secret.is_empty() => {
                Err(ConfigError("BELFRY_JWT_SECRET is empty: set a secret, or unset it".to_owned()))
            }
            (Some(secret), None) => Ok(Some(Jwt::with_secret(secret, self.jwt_leeway))),
            (None, Some(file)) => {
                let fault =
                    |error: String| ConfigError(format!("BELFRY_JWT_JWKS: {}: {error}", file.display()));
                let text = std::fs::read_to_string(file).map_err(|error| fault(error.to_string()))?;
                let jwt = Jwt::with_key_set(&text, self.jwt_leeway);
                jwt.map(Some).map_err(|error: JwtError| fault(error.to_string()))
            }
        }
    }

    /// What carries news: Redis where one is configured.
    ///
    /// # Errors
    /// The address is malformed, or the server will not do.
    pub async fn broker(
        &self,
        store: &Arc<dyn Store>,
        metrics: Arc<Metrics>,
    ) -> Result<Arc<dyn Broker>, StartError> {
        let Some(url) = &self.redis_url else {
            return Ok(Arc::new(Memory::counting(metrics)));
        };
        let address = Address::parse(url)?;
        let key = wire::Key(store.news_key().await?);
        Ok(Arc::new(Redis::open(&address, &self.redis_prefix, key, store.clone(), metrics).await?))
    }

    /// What other programs may raise alerts by; nothing without Redis.
    ///
    /// # Errors
    /// The bridge is wanted and Redis is not; or the address is malformed.
    pub fn ingest(&self) -> Result<Option<Plan>, StartError> {
        let bridge = self.bridge == Switch::On;
        match &self.redis_url {
            Some(url) => {
                let (address, prefix) = (Address::parse(url)?, self.redis_prefix.clone());
                Ok(Some(Plan { address, prefix, bridge }))
            }
            None if bridge => Err(ConfigError(
                "BELFRY_BRIDGE listens on Redis: set REDIS_URL, or BELFRY_BRIDGE=off".to_owned(),
            )
            .into()),
            None => Ok(None),
        }
    }

    /// The folder of the built site.
    pub fn site_root(&self) -> PathBuf {
        let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("site"));
        self.site_root.clone().or_else(beside).unwrap_or_else(|| PathBuf::from("target/site"))
    }

    /// What leptos wants to know: where the site is.
    pub fn leptos(&self) -> LeptosOptions {
        LeptosOptions::builder()
            .output_name("belfry")
            .site_root(self.site_root().to_string_lossy())
            .site_addr(self.site_addr)
            .build()
    }

    /// How many operations a socket may run.
    pub fn operations(&self) -> usize {
        if self.limits == Switch::Off { usize::MAX } else { self.limit_operations }
    }

    /// How many sockets are let in each second; none: as many as come.
    pub fn upgrades(&self) -> Option<NonZeroU32> {
        (self.limits == Switch::On).then_some(self.limit_upgrades)
    }

    /// How many wrong passwords are looked at; none: as many as come.
    pub fn allowed_sign_ins(&self) -> Option<Allowed> {
        (self.limits == Switch::On).then(|| self.sign_ins.allowed())
    }
}

fn operations(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number >= 20);
    number.ok_or_else(|| "must be a number, 20 or more".to_owned())
}

/// No character of patterns, of hash tags or of a line's end: a name is a name everywhere.
fn prefix(text: &str) -> Result<String, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_.:/-".contains(letter);
    if (1..=100).contains(&text.len()) && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err("must be 1-100 characters of A-Z a-z 0-9 _ . : / -".to_owned())
}
