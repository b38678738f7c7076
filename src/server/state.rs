//! What handlers share.

use std::{sync::Arc, time::Duration};

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use tokio_util::sync::CancellationToken;

use super::{
    admission::Admission,
    alerts::Alerts,
    auth::{Auth, Jwt, Throttle},
    broker::Broker,
    config::{Database, Mode, Settings, Switch},
    graphql::{self, Engine, ws::Sockets},
    metrics::Metrics,
    origin::Origins,
    pages::Site,
    probe::Pulse,
    rates::Rates,
    sender::Proxies,
    store::Store,
    tally::Tally,
};
use crate::domain::UserId;

/// Everything a handler may ask for. Cloning it is cheap.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// Who may open a socket now.
    pub admission: Arc<Admission>,
    /// The use cases of alerts.
    pub alerts: Alerts,
    /// Who is asking.
    pub auth: Auth,
    /// GraphQL for both transports.
    pub engine: Engine,
    /// What tells of changes.
    pub broker: Arc<dyn Broker>,
    /// How long an answer may take.
    pub patience: Duration,
    /// Cancelled when the node is about to stop.
    pub draining: CancellationToken,
    /// What it counts.
    pub metrics: Arc<Metrics>,
    /// The database's address without its password, where it is not the default one.
    pub database: Option<Arc<str>>,
    /// Demo or production.
    pub mode: Mode,
    /// Where leptos finds the site.
    pub options: LeptosOptions,
    /// Whose pages may act here.
    pub origins: Arc<Origins>,
    /// What the store said last to those who probe it.
    pub pulse: Pulse,
    /// Which proxies are believed.
    pub proxies: Arc<Proxies>,
    /// How many requests publishers and addresses may make.
    pub rates: Arc<Rates>,
    /// The sockets of each person on this node.
    pub persons: Tally<UserId>,
    /// The built files.
    pub site: Site,
    /// All sockets of this process.
    pub sockets: Sockets,
    /// The database.
    pub store: Arc<dyn Store>,
}

/// What was opened for a node.
pub struct Opened {
    pub mode: Mode,
    pub jwt: Option<Jwt>,
    pub site: Site,
    pub store: Arc<dyn Store>,
    pub broker: Arc<dyn Broker>,
    pub metrics: Arc<Metrics>,
}

impl AppState {
    /// What the handlers of a node share that was opened by its settings.
    pub fn new(settings: &Settings, database: &Database, opened: Opened) -> Self {
        let Opened { mode, jwt, site, store, broker, metrics } = opened;
        let limits = &settings.limits;
        let alerts = Alerts::new(store.clone(), broker.clone());
        let throttle = Throttle::new(limits.sign_ins());
        let auth = Auth::new(store.clone(), broker.clone(), jwt, throttle);
        let introspection = mode == Mode::Demo || settings.introspection == Switch::On;
        let schema = graphql::schema(alerts.clone(), introspection, &limits.bounds, limits.sizes.page);
        Self {
            admission: Arc::new(Admission::new(
                limits.upgrades(),
                limits.sockets_address(),
                limits.loopback(),
                metrics.clone(),
            )),
            engine: Engine::new(schema, alerts.clone(), auth.clone(), limits.bounds.clone()),
            alerts,
            auth,
            broker,
            database: database.database_url.is_some().then(|| database.shown().into()),
            draining: CancellationToken::new(),
            sockets: Sockets::new(limits.socket(), metrics.clone()),
            metrics,
            mode,
            options: settings.leptos(),
            origins: Arc::new(settings.edge.origins()),
            patience: limits.query(database.patience()),
            pulse: Pulse::default(),
            proxies: Arc::new(settings.edge.proxies()),
            rates: limits.rates(),
            persons: Tally::up_to(limits.sockets()),
            site,
            store,
        }
    }
}
