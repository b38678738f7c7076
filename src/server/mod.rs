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
pub mod ingest;
mod log;
pub mod metrics;
pub mod pages;
mod probe;
mod request;
mod retention;
mod router;
mod socket;
mod state;
pub mod store;

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

pub use state::AppState;

use self::{
    admission::{Admission, Descriptor},
    alerts::Alerts,
    auth::{Auth, Throttle},
    broker::{RedisError, sweeper},
    config::{ConfigError, Database, Mode, Settings, Switch},
    graphql::{
        Engine,
        ws::{Limits, Sockets},
    },
    ingest::Ingest,
    metrics::Metrics,
    pages::{MissingAssets, Site},
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
    /// How long it serves on after it was told to stop.
    delay: Duration,
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
    #[error(
        "LEPTOS_SITE_ADDR: cannot listen on {0}: {1}; stop what listens there, or choose another address"
    )]
    Listen(SocketAddr, io::Error),
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
        let alerts = Alerts::new(store.clone(), broker.clone());
        let introspection = mode == Mode::Demo || settings.introspection == Switch::On;
        let auth = Auth::new(store.clone(), broker.clone(), jwt, Throttle::new(settings.allowed_sign_ins()));
        let schema = graphql::schema(alerts.clone(), introspection);
        let engine = Engine::new(schema, alerts.clone(), auth.clone());
        let limits = Limits { operations: settings.operations(), ..Limits::default() };
        let state = AppState {
            admission: Arc::new(Admission::new(settings.upgrades(), metrics.clone())),
            alerts,
            auth,
            engine,
            broker: broker.clone(),
            database: database.database_url.is_some().then(|| database.shown().into()),
            draining: CancellationToken::new(),
            sockets: Sockets::new(limits, metrics.clone()),
            metrics,
            mode,
            options: settings.leptos(),
            patience: database.patience(),
            site,
            store: store.clone(),
        };
        let address = settings.site_addr;
        let listener =
            TcpListener::bind(address).await.map_err(|error| StartError::Listen(address, error))?;
        let ingest = plan.map(|plan| Ingest::start(plan, store.clone(), &state.alerts));
        let keeper = retention::run(store.clone(), broker.clone(), settings.retention);
        let retention = AbortOnDropHandle::new(tokio::spawn(keeper));
        let sockets = state.sockets.clone();
        let sweeping = sweeper::run(store, broker, mark, move |live| sockets.set_live(live));
        let sweeper = AbortOnDropHandle::new(tokio::spawn(sweeping));
        let delay = Duration::from_secs(settings.shutdown_delay);
        Ok(Self { router: router::router(&state), state, listener, delay, sweeper, retention, ingest })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Demo or production.
    pub fn mode(&self) -> Mode {
        self.state.mode
    }

    /// Serves until `stop` resolves, and for the delay after it, in which it says that it is not ready;
    /// then takes no new requests, ends sockets with 1012 one after the other, lets the requests at hand
    /// finish, and closes the store.
    ///
    /// # Errors
    /// The listener's.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let stopping = CancellationToken::new();
        let router = self.router.into_make_service_with_connect_info::<Descriptor>();
        let graceful =
            axum::serve(self.listener, router).with_graceful_shutdown(stopping.clone().cancelled_owned());
        let mut serving = pin!(graceful.into_future());
        let told = async {
            stop.await;
            self.state.draining.cancel();
            sleep(self.delay).await;
        };
        tokio::select! {
            failed = &mut serving => return failed,
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
        let (_, served, ()) = tokio::join!(sockets, timeout(PATIENCE, serving), ingested);
        drop((self.sweeper, self.retention));
        if timeout(LAST, self.state.store.close()).await.is_err() {
            tracing::warn!("the store was still at work when the wait for it ended");
        }
        // Requests that outlast the wait are cut off: their commits run in tasks of their own.
        served.unwrap_or(Ok(()))
    }
}
