//! What handlers share.

use std::{sync::Arc, time::Duration};

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use tokio_util::sync::CancellationToken;

use super::{
    admission::Admission,
    alerts::Alerts,
    auth::Auth,
    broker::Broker,
    config::Mode,
    graphql::{Engine, ws::Sockets},
    metrics::Metrics,
    origin::Origins,
    pages::Site,
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
