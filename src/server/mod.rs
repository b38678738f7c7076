//! The server: everything that never reaches the browser.
//!
//! [`Server::start`] opens the store, migrates, makes the demo people and binds the port last, so
//! that whoever can connect can use it. [`Server::run`] serves until it is told to stop and then
//! lets go in order: no new requests, sockets told to come back elsewhere, the store closed.

mod admission;
pub mod alerts;
pub mod auth;
pub mod broker;
pub mod cli;
pub mod config;
pub mod demo;
pub mod graphql;
mod headers;
pub mod ingest;
mod log;
mod metered;
pub mod metrics;
mod origin;
pub mod pages;
mod probe;
mod rates;
mod refusals;
mod request;
mod retention;
mod router;
mod sender;
mod serve;
mod socket;
mod state;
pub mod store;
mod tally;
mod transport;

use std::{io, net::SocketAddr, os::fd::RawFd, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

pub use state::AppState;

use self::{
    broker::{RedisError, sweeper},
    config::{ConfigError, Database, Mode, Settings},
    ingest::Ingest,
    metrics::Metrics,
    pages::{MissingAssets, Site},
    serve::{most_open, serve},
    state::Opened,
    store::{OpenError, StoreError},
};

/// How long a stopping node waits for requests and sockets to end: all sockets have left before that.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long it then waits for the store, which may stand still.
const LAST: Duration = Duration::from_secs(5);

/// A node that is ready to serve: its port is bound.
pub struct Server {
    state: AppState,
    listener: TcpListener,
    router: Router,
    /// Where the probes are asked, if not there.
    probes: Option<(TcpListener, Router)>,
    /// How long it serves on after it was told to stop.
    delay: Duration,
    /// How long the head of a request may take.
    head: Duration,
    /// Dropped, and so stopped, before the store closes; so is the next.
    sweeper: AbortOnDropHandle<()>,
    retention: AbortOnDropHandle<()>,
    /// None without Redis.
    ingest: Option<Ingest>,
}

/// Why a node did not start: one sentence that says which setting and what to do.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is what could not be had")]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("DATABASE_URL: the database failed: {0}")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Redis(#[from] RedisError),
    #[error(transparent)]
    Site(#[from] MissingAssets),
    #[error("{0}: cannot listen on {1}: {2}; stop what listens there, or choose another address")]
    Listen(&'static str, SocketAddr, io::Error),
}

impl Server {
    /// Opens everything a node needs, the port last.
    ///
    /// # Errors
    /// The first thing that could not be had.
    pub async fn start(settings: &Settings, database: &Database) -> Result<Self, StartError> {
        let mode = settings.mode(database)?;
        let jwt = settings.jwt()?;
        let plan = settings.ingest()?;
        let watched = std::env::var_os("LEPTOS_WATCH").is_some();
        let site = Site::open(&settings.site_root(), watched)?;
        let store = database.open().await?;
        match mode {
            Mode::Demo => demo::make_people(&*store).await?,
            Mode::Production => demo::end(&*store).await?,
        }
        let metrics = Arc::new(Metrics::default());
        let broker = settings.broker(&store, metrics.clone()).await?;
        if database.is_shared() && settings.redis_url.is_none() {
            tracing::warn!(
                "REDIS_URL is unset: what other nodes raise on this database arrives a second late"
            );
        }
        let mark = store.log_end().await?;
        let limits = &settings.limits;
        let opened = Opened { mode, jwt, site, store: store.clone(), broker: broker.clone(), metrics };
        let state = AppState::new(settings, database, opened);
        let listener = listen("LEPTOS_SITE_ADDR", settings.site_addr).await?;
        let probes = match settings.probes.probes_addr {
            Some(address) => Some(listen("BELFRY_PROBES_ADDR", address).await?),
            None => None,
        };
        let ingest = plan.map(|plan| Ingest::start(plan, store.clone(), &state.alerts));
        let keeper = retention::run(store.clone(), broker.clone(), settings.retention);
        let retention = AbortOnDropHandle::new(tokio::spawn(keeper));
        let sockets = state.sockets.clone();
        let sweeping = sweeper::run(store, broker, mark, move |live| sockets.set_live(live));
        let sweeper = AbortOnDropHandle::new(tokio::spawn(sweeping));
        let delay = Duration::from_secs(settings.shutdown_delay);
        let router = router::router(&state, limits, probes.is_some());
        let head = Duration::from_secs(limits.times.head_time);
        let probes = probes.map(|listener| (listener, router::probes_router(&state, limits)));
        Ok(Self { state, listener, router, probes, delay, head, sweeper, retention, ingest })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where its probes are asked, if not there.
    ///
    /// # Errors
    /// The system's.
    pub fn probes_address(&self) -> io::Result<Option<SocketAddr>> {
        self.probes.as_ref().map(|(listener, _)| listener.local_addr()).transpose()
    }

    /// Demo or production.
    pub fn mode(&self) -> Mode {
        self.state.mode
    }

    /// Serves until `stop` resolves, and for the delay after it, in which it says that it is not ready;
    /// then takes no new requests, ends sockets with 1012 one after the other, lets the requests at hand
    /// finish, and closes the store.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        // Until the end: whoever asks how it is hears that it is draining.
        let _probes = self.probes.map(|(listener, router)| {
            let serving = serve(listener, router, self.head, RawFd::MAX, CancellationToken::new());
            AbortOnDropHandle::new(tokio::spawn(serving))
        });
        let stopping = CancellationToken::new();
        let mut serving = pin!(serve(self.listener, self.router, self.head, most_open(), stopping.clone()));
        let told = async {
            stop.await;
            self.state.draining.cancel();
            sleep(self.delay).await;
        };
        tokio::select! {
            () = &mut serving => {}
            () = told => {}
        }
        tracing::info!(sockets = self.state.sockets.count(), "stopping");
        stopping.cancel();
        let ingested = async {
            if let Some(ingest) = &self.ingest {
                // What it was at and could not end another node will do.
                let _ = timeout(PATIENCE, ingest.stop()).await;
            }
        };
        let sockets = self.state.sockets.drain(PATIENCE);
        // Requests that outlast the wait are cut off: their commits run in tasks of their own.
        let _ = tokio::join!(sockets, timeout(PATIENCE, serving), ingested);
        drop((self.sweeper, self.retention));
        if timeout(LAST, self.state.store.close()).await.is_err() {
            tracing::warn!("the store was still at work when the wait for it ended");
        }
    }
}

async fn listen(variable: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| StartError::Listen(variable, address, error))
}
